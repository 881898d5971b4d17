package loan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"lombard.example/lombard"
)

// withPublished adds to the levels of a request those that its preset publishes
// and it does not give, but for those that contradict the level at which this
// lender calls, or one that was asked for; Overrides says which.
func withPublished(asked, published *lombard.Thresholds, call float64) *lombard.Thresholds {
	if published == nil {
		return asked
	}
	t := clone(asked)
	fill(&t.Comparison, published.Comparison)
	for _, l := range levels(published, t) {
		if *l.asked == 0 && !l.contradicts(t, call) {
			*l.asked = l.published
		}
	}
	if t.Notify == nil {
		t.Notify = slices.DeleteFunc(slices.Clone(published.Notify), func(x float64) bool { return x > call })
		if len(t.Notify) == 0 {
			t.Notify = nil
		}
	}
	return t
}

// level is one of a lender's levels but for the notices: where a preset
// publishes it and where a request has it.
type level struct {
	does      string // what the lender does there, as a sentence goes on from its name
	published float64
	asked     *float64
	above     bool // it belongs above the call, else below it
	last      bool // and above the accelerated call
}

func levels(published, asked *lombard.Thresholds) []level {
	return []level{
		{does: "lends at most", published: published.InitialMax, asked: &asked.InitialMax},
		{does: "asks to get back to", published: published.CureTo, asked: &asked.CureTo},
		{does: "shortens its deadline at", published: published.Accelerated, asked: &asked.Accelerated, above: true},
		{does: "liquidates at", published: published.Liquidate, asked: &asked.Liquidate, above: true, last: true},
	}
}

// contradicts reports whether the published level lies on the wrong side of the
// call.
func (l level) contradicts(t *lombard.Thresholds, call float64) bool {
	switch {
	case l.last:
		return l.published < max(call, t.Accelerated)
	case l.above:
		return l.published < call
	default:
		return l.published > call
	}
}

// Overrides says in sentences what a resolved facility does not keep of the
// levels that its preset publishes: those that the request gives otherwise, and
// those that are left out because they contradict it. None: all are kept.
func Overrides(f lombard.Facility, call float64) []string {
	p, ok := PresetOf(f.Preset)
	if !ok {
		return nil
	}
	var said []string
	if p.Call != call {
		said = append(said, fmt.Sprintf("%s calls at %s; you ask for %s.", p.Lender, percent(p.Call), percent(call)))
	}
	said = append(said, replaced(p, f)...)
	if p.Facility.Thresholds == nil || f.Thresholds == nil {
		return said
	}
	t := f.Thresholds
	for _, l := range levels(p.Facility.Thresholds, t) {
		switch {
		case l.published == 0 || *l.asked == l.published:
		case l.contradicts(t, call):
			side := "above"
			if l.above {
				side = "below"
			}
			said = append(said, fmt.Sprintf("%s %s %s, which lies %s your call and is left out.", p.Lender, l.does, percent(l.published), side))
		default:
			said = append(said, fmt.Sprintf("%s %s %s; you ask for %s.", p.Lender, l.does, percent(l.published), percent(*l.asked)))
		}
	}
	var gone []string
	for _, x := range p.Facility.Thresholds.Notify {
		if !slices.Contains(t.Notify, x) {
			gone = append(gone, percent(x))
		}
	}
	if len(gone) > 0 {
		why := "lies above your call and is left out"
		if p.Facility.Thresholds.Notify[0] <= call && len(gone) == len(p.Facility.Thresholds.Notify) {
			why = "your own notices replace"
		}
		said = append(said, fmt.Sprintf("%s warns at %s, which %s.", p.Lender, strings.Join(gone, " and at "), why))
	}
	return said
}

// replaced says what a cure or a liquidation of the request's own, which stands
// in place of the published one, asks for otherwise.
func replaced(p Preset, f lombard.Facility) []string {
	var said []string
	if c := p.Facility.Cure; c != nil && f.Cure != nil && c.Period != 0 {
		if gives, asks := period(*c), period(*f.Cure); gives != asks {
			said = append(said, fmt.Sprintf("%s gives %s to answer a call; you ask for %s.", p.Lender, gives, asks))
		}
	}
	if l := p.Facility.Liquidation; l != nil && f.Liquidation != nil && l.TargetLTV != 0 && f.Liquidation.TargetLTV != l.TargetLTV {
		said = append(said, fmt.Sprintf("%s sells until the LTV is %s; you ask for %s.", p.Lender, percent(l.TargetLTV), percent(f.Liquidation.TargetLTV)))
	}
	return said
}

// period writes how long there is to answer a call, such as 5 business days.
func period(c lombard.Cure) string {
	if c.Period == 0 {
		return "no time"
	}
	unit := string(cmp.Or(c.Unit, lombard.DefaultOf[lombard.CureUnit]()))
	if c.Period == 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	return fmt.Sprintf("%d %s", c.Period, strings.ReplaceAll(unit, "_", " "))
}

// percent writes a fraction in per cent, such as 66.67 %.
func percent(x float64) string {
	const hundredths = 1e4
	return lombard.Number(math.Round(x*hundredths)/100) + " %"
}
