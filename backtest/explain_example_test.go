package backtest_test

import (
	"context"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// threeDays is a fund that falls through the call.
func threeDays(facility lombard.Facility) (lombard.Result, error) {
	fund, _ := market.Lookup("GLD")
	prices := market.Series{Symbol: "GLD", Instrument: fund}
	for i, price := range []float64{200, 180, 160} {
		prices.Bars = append(prices.Bars, market.Bar{Date: lombard.MustDate("2024-01-02") + lombard.Date(i), Close: price})
	}
	return calc.Run(context.Background(), lombard.Scenario{
		StartDate: prices.Bars[0].Date, EndDate: prices.Bars[2].Date, TemplateSlug: "unhedged",
		UnderlyingUnits: 100, LoanAmount: 14_000, MarginCallLTV: 0.85, Facility: facility,
		Assumptions: lombard.Assumptions{Vol: &lombard.VolModel{Model: lombard.VolFlat, Value: 0.16}, Rate: new(0.04), DividendYield: new(0.0)},
	}, prices)
}

// Where the numbers of one day come from, line by line.
func ExampleExplain() {
	result, err := threeDays(lombard.Facility{})
	if err != nil {
		fmt.Println(err)
		return
	}
	day, err := backtest.Explain(result.Request, result.Templates[0], lombard.MustDate("2024-01-04"))
	fmt.Println(day.Sentence)
	for _, line := range day.Sections[0].Lines {
		fmt.Printf("%s = %s\n", line.Label, line.Expression)
	}
	fmt.Println(err)
	// Output:
	// On 2024-01-04, with calls from an LTV of 0.85 on, the loan is called (LTV 0.8750) without the hedge and is called (LTV 0.8750) with it, as this lender counts it.
	// Collateral value = 100 units × 160
	// <nil>
}

// The lender's terms carried out: a call that is answered by selling collateral.
func ExampleBranches() {
	result, err := threeDays(lombard.Facility{Cure: &lombard.Cure{Waterfall: []lombard.WaterfallStep{lombard.CureSellCollateral}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, event := range result.Templates[0].Branches[0].Events {
		fmt.Println(event.Date, event.Text)
	}
	// Output:
	// 2024-01-04 The lender calls 1200.00 at an LTV of 0.8750, due 2024-01-04.
	// 2024-01-04 The borrower sold 38.461538 units at 160.00; 6123.08 repaid the loan.
	// 2024-01-04 The call is cured by selling collateral: the LTV is 0.8000.
}
