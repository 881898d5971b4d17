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
