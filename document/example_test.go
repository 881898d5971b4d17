package document_test

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// A request is read strictly: everything that is wrong with it at once.
func ExampleScenario() {
	_, err := document.Scenario([]byte(`{"symbol":"xau","start_date":"1987-12-14","end_date":"1989-13-31","template_slug":"unhedged",
		"underlying_units":"1000","loan_amount":301650,"margin_call_ltv":75,"data_source":"sample","levrage":2}`))
	for _, f := range lombard.AsError(err).Fields {
		fmt.Println(f.Message)
	}
	// Output:
	// end_date is not a date of the form YYYY-MM-DD.
	// underlying_units must be a number.
	// levrage is not a known field. Known are symbol, start_date, end_date, underlying_units, collateral_value, loan_amount, loan_to_value, position, margin_call_ltv, data_source, template_slug, template_slugs, template, scenario_name, dataset, max_cost_usd, data_quality, force, on_conflict, facility, assumptions.
	// symbol is not a symbol: use A–Z, 0–9, '.', '_' and '-', at most 32 of them.
	// margin_call_ltv must be a fraction between 0 and 1, such as 0.75. Did you mean 0.75? That is 75 %.
}
