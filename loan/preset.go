package loan

import (
	"embed"
	"encoding/json"
	"fmt"
	"math"

	"lombard.example/lombard"
)

//go:embed presets/*.json
var presets embed.FS

// Preset is a lender's published terms. The numbers are illustrative: lenders
// change them, and only the contract counts.
type Preset struct {
	Title    string           `json:"title"`
	Lender   string           `json:"lender"` // as a sentence begins with it
	Source   string           `json:"source"`
	Call     float64          `json:"call"` // the LTV at which this lender calls
	Facility lombard.Facility `json:"facility"`
}

// PresetOf returns the terms of that name; false for simple, which has none,
// and for a name nobody knows.
func PresetOf(name lombard.PresetName) (Preset, bool) {
	if name == lombard.PresetSimple || !lombard.Known(name) {
		return Preset{}, false
	}
	text, err := presets.ReadFile("presets/" + string(name) + ".json")
	var p Preset
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		panic(fmt.Sprintf("preset %s: %v", name, err)) // a data file of ours that no run can mend
	}
	return p, true
}

// Resolve fills in what a facility leaves open: first from its preset, then
// with the defaults of its parts. call is the LTV at which the lender calls.
// What was asked for stays.
func Resolve(f lombard.Facility, call float64) lombard.Facility {
	if p, ok := PresetOf(f.Preset); ok {
		g := p.Facility
		fill(&f.HedgeRecognition, g.HedgeRecognition)
		fill(&f.Interest, g.Interest)
		fill(&f.BaselHoldingDays, g.BaselHoldingDays)
		fill(&f.Cure, g.Cure)
		fill(&f.Liquidation, g.Liquidation)
		f.Thresholds = withPublished(f.Thresholds, g.Thresholds, call)
	}
	if !f.Branches() {
		return f
	}
	f.Thresholds, f.Cure, f.Liquidation = clone(f.Thresholds), clone(f.Cure), clone(f.Liquidation)
	t, c, l := f.Thresholds, f.Cure, f.Liquidation
	t.Call = call
	fill(&t.Comparison, lombard.ComparisonGE)
	fill(&t.CureTo, cureBelow(t.Comparison, call))
	choose(&c.Unit)
	choose(&c.CashMode)
	choose(&c.Test)
	choose(&c.Execute)
	if c.SelfCure == nil {
		yes := true
		c.SelfCure = &yes
	}
	if c.Waterfall == nil {
		c.Waterfall = []lombard.WaterfallStep{lombard.CureExternalCash, lombard.CureSellCollateral}
	}
	choose(&l.Monitoring)
	choose(&l.Mode)
	fill(&l.TargetLTV, t.CureTo)
	if l.Slippage == nil {
		const ordinary = 0.005
		slippage := ordinary
		l.Slippage = &slippage
	}
	return f
}

// cureBelow is where a call asks to get back to by default: to the call itself
// with a lender who calls above it, and 0.05 below it with one who calls at it,
// who would call again the next day.
func cureBelow(comparison lombard.Comparison, call float64) float64 {
	const apart = 0.05
	if comparison == lombard.ComparisonGT || call <= 2*apart {
		return call
	}
	return math.Round((call-apart)*1e6) / 1e6
}

func clone[T any](p *T) *T {
	var x T
	if p != nil {
		x = *p
	}
	return &x
}

// choose fills in the default of a choice as its table has it.
func choose[T lombard.Chosen](to *T) { fill(to, lombard.DefaultOf[T]()) }

func fill[T comparable](to *T, value T) {
	var zero T
	if *to == zero {
		*to = value
	}
}
