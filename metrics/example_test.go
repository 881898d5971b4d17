package metrics_test

import (
	"context"
	"fmt"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
)

// fall is a fund that loses a quarter in four sessions, and a loan against it.
func fall() (lombard.Result, error) {
	fund, _ := market.Lookup("GLD")
	prices := market.Series{Symbol: "GLD", Instrument: fund}
	for i, price := range []float64{200, 180, 160, 150} {
		prices.Bars = append(prices.Bars, market.Bar{Date: lombard.MustDate("2024-01-02") + lombard.Date(i), Close: price})
	}
	return calc.Run(context.Background(), lombard.Scenario{
		StartDate: prices.Bars[0].Date, EndDate: prices.Bars[3].Date, TemplateSlug: "protective-put-atm-12m",
		UnderlyingUnits: 100, LoanAmount: 14_000, MarginCallLTV: 0.85,
		Assumptions: lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: 0.16}, Rate: new(0.04), DividendYield: new(0.0)},
	}, prices)
}

// The figures of a path of days.
func ExampleSummarize() {
	result, err := fall()
	if err != nil {
		fmt.Println(err)
		return
	}
	path := result.Templates[0]
	m, err := metrics.Summarize(result.Request, path.DailyPath, path.Contracts)
	fmt.Printf("called on %d days without the put, %d with it; it cost %.2f and is worth %.2f\n", m.MarginCallDaysUnhedged, m.MarginCallDaysHedged, m.TotalHedgeCost, m.OpenMark)
	fmt.Printf("worst LTV %.4f, hedged %.4f, %v\n", m.MaxLTVUnhedged, m.MaxLTVHedged, err)
	// Output:
	// called on 2 days without the put, 0 with it; it cost 1004.18 and is worth 5000.00
	// worst LTV 0.9333, hedged 0.7000, <nil>
}

// The verdict in words.
func ExampleVerdict() {
	result, err := fall()
	if err != nil {
		fmt.Println(err)
		return
	}
	path := result.Templates[0]
	text := metrics.Verdict(result.Request, path.TemplateName, path.Summary, path.Metrics, nil)
	first, _, _ := strings.Cut(text, ". ")
	fmt.Println(first)
	// Output:
	// As this lender counts it, the hedge would have prevented both days in call
}
