package calc_test

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// What is filled in where a request leaves it open.
func ExampleResolve() {
	gold, _ := market.Lookup("XAU")
	s, defaults := calc.Resolve(lombard.Scenario{
		Symbol: "XAU", StartDate: lombard.MustDate("1987-12-14"), EndDate: lombard.MustDate("1989-03-31"), TemplateSlug: "unhedged",
		UnderlyingUnits: 1000, LoanAmount: 301_650, MarginCallLTV: 0.75, DataSource: "sample",
	}, gold)
	fmt.Println(s.ScenarioName)
	fmt.Println(s.Facility.Monitoring, s.Facility.HedgeRecognition, s.Assumptions.Vol.Model, *s.Assumptions.Rate)
	fmt.Println(len(defaults), "defaults")
	// Output:
	// XAU 1987-12-14 to 1989-03-31
	// close market_value realised 0.065
	// 19 defaults
}

// A hedge of one's own, and one that does not exist.
func ExampleTemplates() {
	own, err := calc.Templates(&lombard.Scenario{Template: []byte(`{"legs":[{"right":"put","strike":{"value":0.9},"expiry":{"tenor":"6m"}}]}`)})
	fmt.Println(own[0].Words(), err)
	_, err = calc.Templates(&lombard.Scenario{TemplateSlug: "protective-putt"})
	fmt.Println(err)
	// Output:
	// Long a put at 90 % of spot for 6 months on the whole position. Held to expiry. <nil>
	// There is no template "protective-putt". See the list of templates, such as protective-put-atm-12m.
}
