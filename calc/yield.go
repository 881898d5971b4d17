package calc

import (
	"fmt"
	"math"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Without a dividend yield of its own a run follows the dividends that its
// prices record: each purchase is priced with those of the twelve months before.

// followsDividends reports whether a request leaves its yield to the dividends
// on record and has options to price.
func (p *Plan) followsDividends() bool {
	a := &p.asked.Assumptions
	return (a.DividendYield == nil || a.YieldFrom != "") && p.HoldsOptions()
}

// settleHistory gives back what was asked for and is of no use: sessions that
// nothing looks at, and all that only dividends would need where none was paid.
// What comes after entry decides nothing here, but where dividends are missed it
// is said.
func (p *Plan) settleHistory(series *market.Series) {
	kept := min(series.First, Sessions(p.history(series.Instrument, false)))
	if p.followsDividends() {
		kept = withDividends(kept, series)
	}
	*series = series.From(kept)
}

// withDividends adds the sessions of the twelve months before entry to those
// that are kept, where dividends were paid in them.
func withDividends(kept int, series *market.Series) int {
	const week = 7
	entry := series.First
	spot, since := series.Bars[entry].Close, series.Bars[entry].Date.AddMonths(-12)
	begins := series.Bars[0].Date
	if yield, known := market.DividendYield(series.Bars, entry, spot); known || begins > since+week {
		if recorded, years := market.RecordedYield(series.Bars); begins > since+week && recorded > yield && differ(recorded, years, yield) {
			series.Warnings = append(slices.Clip(series.Warnings), lombard.Warning{
				Code: "dividends_not_known",
				Message: fmt.Sprintf("The prices begin on %s, so the dividends of the 12 months before the first purchase are not all known: its options are priced with a dividend yield of %s a year, and the dividends on record come to %s. Use prices that begin on %s or earlier, or give dividend_yield, such as %.3f.",
					begins, percent(yield), percent(recorded), since, recorded),
			})
		}
		for kept < entry && series.Bars[entry-kept].Date > since {
			kept++
		}
	}
	return kept
}

// setYield makes the yield of a scenario that follows the dividends on record
// that of its entry. Where there are none, the instrument's stays.
func setYield(s *lombard.Scenario, series *market.Series) {
	a := &s.Assumptions
	if a.YieldFrom == "" {
		return
	}
	if series.Instrument.Class == market.ClassFuture {
		a.YieldFrom = ""
		return
	}
	yield, known := market.DividendYield(series.Bars, series.First, series.Bars[series.First].Close)
	if !known {
		yield = series.Instrument.DividendYield
	}
	a.DividendYield = &yield
	if !market.PaysDividends(series.Bars) {
		a.YieldFrom = ""
	}
}

// yieldWarning says that a yield that was given is not that of the dividends on
// record.
func (c *Case) yieldWarning() (w lombard.Warning, ok bool) {
	a := &c.Scenario.Assumptions
	recorded, years := market.RecordedYield(c.Series.Bars)
	if a.YieldFrom != "" || recorded == 0 || !differ(recorded, years, *a.DividendYield) || a.PricingMode == lombard.PricingQuotes || !holdOptions(c.Templates) {
		return w, false
	}
	return lombard.Warning{
		Code: "yield_differs",
		Message: fmt.Sprintf("The dividends on record come to %s of the price a year, and the options are priced with a dividend yield of %s. Give dividend_yield %.3f, or leave it out to price each purchase with the dividends of the 12 months before it.",
			percent(recorded), percent(*a.DividendYield), recorded),
	}, true
}

// differ reports whether a yield is not that of the dividends on record. A
// quarterly dividend more or less falls into a year by the day it is paid, and
// what less than a year records may be too little.
func differ(recorded float64, years int, used float64) bool {
	const least, part, quarter = 0.0025, 0.1, 0.25
	gap := recorded - used
	if years > 0 {
		gap = math.Abs(gap)
	}
	return gap > max(least, recorded*(part+quarter/float64(max(1, years))))
}

func percent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }
