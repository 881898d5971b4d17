package backtest_test

import (
	"context"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

func ExampleRun() {
	template, err := hedge.Lookup("protective-put-atm-12m")
	if err != nil {
		fmt.Println(err)
		return
	}
	gold, _ := market.Lookup("XAU")
	rate := 0.04
	scenario, _ := calc.Resolve(lombard.Scenario{ // fills in everything that is left open here
		Symbol: gold.Symbol, EndDate: lombard.MustDate("2024-01-04"), UnderlyingUnits: 100, LoanAmount: 14_000, MarginCallLTV: 0.85,
		Assumptions: lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: 0.16}, Rate: &rate},
	}, gold)
	path, err := backtest.Run(context.Background(), backtest.Input{
		Scenario: scenario,
		Template: template,
		Series: market.Series{
			Instrument: gold,
			Bars: []market.Bar{
				{Date: lombard.MustDate("2024-01-02"), Close: 200},
				{Date: lombard.MustDate("2024-01-03"), Close: 180},
				{Date: lombard.MustDate("2024-01-04"), Close: 160},
			},
		},
	}, nil)
	for _, day := range path.Days {
		fmt.Printf("%s LTV %.4f, hedged %.4f, called %v\n", day.Date, day.LTVUnhedged, day.LTVHedged, day.MarginCallUnhedged)
	}
	fmt.Println(err)
	// Output:
	// 2024-01-02 LTV 0.7000, hedged 0.6699, called false
	// 2024-01-03 LTV 0.7778, hedged 0.7038, called false
	// 2024-01-04 LTV 0.8750, hedged 0.7219, called true
	// <nil>
}
