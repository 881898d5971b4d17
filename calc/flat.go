package calc

import (
	"context"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

// What a flat year assumes: the vol of gold over the long run, and a loan and a
// call that leave room for templates which look at them.
const (
	FlatYearVol  = 0.16
	flatYearRate = 0.04
	flatYearLoan = 0.60
	flatYearCall = 0.75
)

// FlatYear returns what a hedge costs over one year in which the price does not
// move, as a fraction of the collateral: European options at mid, a flat vol of
// 16 %, a rate of 4 %. Negative is earned; nil where the hedge cannot be run on
// such prices.
func FlatYear(t hedge.Template) *float64 {
	const spot = 100.0
	first, last := lombard.MustDate("2023-01-03"), lombard.MustDate("2024-01-03")
	instrument, _ := market.Lookup("FLAT")
	series := market.Series{Symbol: instrument.Symbol, Instrument: instrument}
	for day := first; day <= last; day++ {
		if !day.IsWeekend() {
			series.Bars = append(series.Bars, market.Bar{Date: day, Close: spot})
		}
	}
	rate, yield := flatYearRate, 0.0
	scenario, _ := Resolve(lombard.Scenario{
		Symbol: series.Symbol, StartDate: first, EndDate: last, TemplateSlug: t.Slug, DataSource: "flat",
		UnderlyingUnits: 1, LoanAmount: flatYearLoan * spot, MarginCallLTV: flatYearCall,
		Assumptions: lombard.Assumptions{
			Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: FlatYearVol}, Rate: &rate, DividendYield: &yield,
			OptionStyle: lombard.StyleEuropean, Execution: lombard.ExecutionMid,
		},
	}, instrument)
	c := Case{Scenario: scenario, Templates: []hedge.Template{t}, Series: series}
	all, err := c.Figures(context.Background())
	if err != nil {
		return nil
	}
	summary := &all[0].Summary
	cost := summary.HedgeCostNetOfMark / spot
	return &cost
}
