package loan_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// TestNoPublishedLevelVanishesUnsaid: beside any call, each level that a preset
// publishes is either kept or named in a sentence, and what is kept is in order.
func TestNoPublishedLevelVanishesUnsaid(t *testing.T) {
	for _, name := range lombard.ValuesOf[lombard.PresetName]() {
		p, ok := loan.PresetOf(name)
		if !ok {
			continue
		}
		if p.Lender == "" {
			t.Errorf("%s has no lender", name)
		}
		for call := 0.05; call < 0.995; call += 0.01 {
			got := loan.Resolve(lombard.Facility{Preset: name}, call)
			again := loan.Resolve(got, call)
			if fmt.Sprintf("%+v", *again.Thresholds) != fmt.Sprintf("%+v", *got.Thresholds) {
				t.Errorf("%s at %.2f: resolved twice %+v, once %+v", name, call, *again.Thresholds, *got.Thresholds)
			}
			said := strings.Join(loan.Overrides(got, call), " ")
			u, v := p.Facility.Thresholds, got.Thresholds
			for _, l := range []struct{ published, kept float64 }{{u.InitialMax, v.InitialMax}, {u.CureTo, v.CureTo}, {u.Accelerated, v.Accelerated}, {u.Liquidate, v.Liquidate}} {
				if l.published != 0 && l.kept != l.published && !strings.Contains(said, percent(l.published)) {
					t.Errorf("%s at %.2f: %v is gone and %q does not say so", name, call, l.published, said)
				}
			}
			for _, x := range u.Notify {
				if !slices.Contains(v.Notify, x) && !strings.Contains(said, percent(x)) {
					t.Errorf("%s at %.2f: the notice at %v is gone and %q does not say so", name, call, x, said)
				}
			}
			ordered := v.InitialMax <= call && v.CureTo <= call && (v.Accelerated == 0 || v.Accelerated >= call) && (v.Liquidate == 0 || v.Liquidate >= max(call, v.Accelerated))
			if !ordered || len(v.Notify) > 0 && v.Notify[len(v.Notify)-1] > call {
				t.Errorf("%s at %.2f: %+v is out of order", name, call, *v)
			}
		}
		if said := loan.Overrides(loan.Resolve(lombard.Facility{Preset: name}, p.Call), p.Call); len(said) > 0 {
			t.Errorf("%s at its own call: %q", name, said)
		}
	}
}

func percent(x float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", 100*x), "0"), ".") + " %"
}

// TestOverridesAreSentences by hand.
func TestOverridesAreSentences(t *testing.T) {
	for _, c := range []struct {
		preset lombard.PresetName
		asked  lombard.Thresholds
		call   float64
		want   string
	}{
		{"btc_ledn", lombard.Thresholds{}, 0.75, "Ledn calls at 70 %; you ask for 75 %."},
		{"btc_ledn", lombard.Thresholds{}, 0.45, "Ledn calls at 70 %; you ask for 45 %. Ledn lends at most 50 %, which lies above your call and is left out. Ledn asks to get back to 50 %, which lies above your call and is left out."},
		{"btc_ledn", lombard.Thresholds{Liquidate: 0.9}, 0.7, "Ledn liquidates at 80 %; you ask for 90 %."},
		{"btc_unchained", lombard.Thresholds{}, 0.6, "Unchained calls at 66.67 %; you ask for 60 %. Unchained asks to get back to 60.61 %, which lies above your call and is left out. Unchained warns at 62.5 %, which lies above your call and is left out."},
		{"btc_unchained", lombard.Thresholds{Notify: []float64{0.55}}, 0.6667, "Unchained warns at 57.1 % and at 62.5 %, which your own notices replace."},
		{"simple", lombard.Thresholds{}, 0.75, ""},
	} {
		f := loan.Resolve(lombard.Facility{Preset: c.preset, Thresholds: &c.asked}, c.call)
		if got := strings.Join(loan.Overrides(f, c.call), " "); got != c.want {
			t.Errorf("%s at %v: %q, want %q", c.preset, c.call, got, c.want)
		}
	}
}

// A cure or a liquidation of one's own stands in place of the whole published
// one: what it changes of the deadline and of the target is said.
func TestAReplacedCureOrLiquidationIsSaid(t *testing.T) {
	for want, f := range map[string]lombard.Facility{
		"": {},
		"Ledn gives 5 business days to answer a call; you ask for 1 calendar day.":                                                 {Cure: &lombard.Cure{Period: 1, Unit: lombard.UnitCalendarDays}},
		"Unchained sells until the LTV is 50 %; you ask for 60 %.":                                                                 {Preset: "btc_unchained", Liquidation: &lombard.Liquidation{TargetLTV: 0.6}},
		"Unchained gives 48 hours to answer a call; you ask for no time. Unchained sells until the LTV is 50 %; you ask for 40 %.": {Preset: "btc_unchained", Cure: &lombard.Cure{}, Liquidation: &lombard.Liquidation{TargetLTV: 0.4}},
	} {
		f.Preset = cmp.Or(f.Preset, "btc_ledn")
		p, _ := loan.PresetOf(f.Preset)
		f = loan.Resolve(f, p.Call)
		if got := strings.Join(loan.Overrides(f, p.Call), " "); got != want {
			t.Errorf("%s: %q, want %q", f.Preset, got, want)
		}
	}
}
