package calc_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
	"lombard.example/lombard/market/csv"
)

// A file of one's own prices becomes a verdict.
func ExampleRun() {
	file, err := os.Open("testdata/gold.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	prices, err := csv.Read(file, "XAU")
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := calc.Run(context.Background(), lombard.Scenario{
		StartDate: lombard.MustDate("1987-12-14"), EndDate: lombard.MustDate("1989-03-31"),
		TemplateSlug: "protective-put-atm-12m", UnderlyingUnits: 1000, LoanAmount: 301_650, MarginCallLTV: 0.75,
	}, prices)
	if err != nil {
		fmt.Println(err) // names every wrong field, with what would work
		return
	}
	verdict, _, _ := strings.Cut(result.Verdict, ". ")
	fmt.Println(verdict)
	// Output: As this lender counts it, the hedge would have prevented all 55 days in call
}

// The stages of a run, for programs that fetch what a plan needs themselves.
func ExamplePlan_Needs() {
	fund, _ := market.Lookup("SPY")
	plan, err := calc.NewPlan(lombard.Scenario{
		Symbol: "SPY", StartDate: lombard.MustDate("2008-01-02"), EndDate: lombard.MustDate("2009-12-31"), DataSource: "own",
		TemplateSlug: "protective-put-95pct-12m", UnderlyingUnits: 100, LoanAmount: 9_000, MarginCallLTV: 0.75,
	}, fund)
	if err != nil {
		fmt.Println(err)
		return
	}
	needs := plan.Needs()
	fmt.Println(needs.Symbol, needs.Start, needs.End)
	fmt.Println(needs.Warmup, "sessions before entry, of which", needs.Least.Least, "for the", needs.Least.What)
	fmt.Println(len(plan.Defaults), "fields have their default, such as", plan.Defaults[11])
	// Output:
	// SPY 2008-01-02 2009-12-31
	// 252 sessions before entry, of which 252 for the realised vol
	// 19 fields have their default, such as assumptions.vol
}

// A wrong request is answered with every field that is wrong.
func ExampleRun_faults() {
	prices := market.Series{Symbol: "MINE", Bars: []market.Bar{
		{Date: lombard.MustDate("2024-01-02"), Close: 50},
		{Date: lombard.MustDate("2024-01-03"), Close: 49},
	}}
	_, err := calc.Run(context.Background(), lombard.Scenario{
		StartDate: lombard.MustDate("2024-01-02"), EndDate: lombard.MustDate("2024-01-03"),
		TemplateSlug: "unhedged", UnderlyingUnits: 100, LoanAmount: 3_000, MarginCallLTV: 75,
		Facility: lombard.Facility{Monitoring: "hourly"},
	}, prices)
	for _, f := range lombard.AsError(err).Fields {
		fmt.Println(f.Message)
	}
	// Output:
	// margin_call_ltv must be a fraction between 0 and 1, such as 0.75. Did you mean 0.75? That is 75 %.
	// facility.monitoring is not available: use close or low.
}
