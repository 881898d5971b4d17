package lombard_test

import (
	"fmt"

	"lombard.example/lombard"
)

// Dates are civil days; months are clamped to the last day there is.
func ExampleDate_AddMonths() {
	fmt.Println(lombard.MustDate("2024-01-31").AddMonths(1), lombard.MustDate("2024-01-31").AddMonths(12))
	// Output: 2024-02-29 2025-01-31
}

// The values of a choice, with their words.
func ExampleChoicesOf() {
	for _, c := range lombard.ChoicesOf[lombard.Monitoring]() {
		fmt.Println(c.Value, "–", c.Short)
	}
	// Output:
	// close – at the close
	// low – at the day's low
}

// One sentence for one wrong field, a count for several.
func ExampleInvalid() {
	units := lombard.FieldError{Field: "underlying_units", Message: "underlying_units must be above 0."}
	loan := lombard.FieldError{Field: "loan_amount", Message: "loan_amount must be above 0."}
	fmt.Println(lombard.Invalid([]lombard.FieldError{units}))
	fmt.Println(lombard.Invalid([]lombard.FieldError{units, loan}))
	// Output:
	// underlying_units must be above 0.
	// 2 fields of the request are wrong. underlying_units: underlying_units must be above 0. loan_amount: loan_amount must be above 0.
}

// A request is checked whole: every wrong field is named, with what would work.
func ExampleScenario_Validate() {
	s := lombard.Scenario{
		Symbol: "XAU", StartDate: lombard.MustDate("1989-03-31"), EndDate: lombard.MustDate("1987-12-14"), TemplateSlug: "unhedged",
		UnderlyingUnits: 1000, LoanAmount: 301_650, MarginCallLTV: 75, DataSource: "sample",
	}
	for _, f := range s.Validate() {
		fmt.Printf("%s: %s [%s]\n", f.Field, f.Message, f.Suggestion)
	}
	// Output:
	// end_date: end_date is before the start date, 1989-03-31. Please set it to a later date. []
	// margin_call_ltv: margin_call_ltv must be a fraction between 0 and 1, such as 0.75. Did you mean 0.75? That is 75 %. [0.75]
}

// What a field is called by whoever reads it.
func ExampleWordsOf() {
	fmt.Println(lombard.WordsOf(lombard.RecognitionMarketValue), lombard.Known(lombard.Recognition("mark")))
	// Output:
	// at market value false
}

// A date that is none says so.
func ExampleParseDate() {
	_, err := lombard.ParseDate("2023-02-29")
	fmt.Println(err)
	// Output:
	// "2023-02-29" is not a date of the form YYYY-MM-DD
}
