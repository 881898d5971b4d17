package loan_test

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// The lender calls at the threshold itself, not only above it.
func ExampleMarginCall() {
	fmt.Println(loan.MarginCall(loan.LTV(60_000, 80_000), 0.75), loan.MarginCall(loan.LTV(60_000, 80_001), 0.75))
	// Output:
	// true false
}

// The price at which a loan of 60 against a unit at 100 is called at 75 %, without
// a hedge and with a put at 95 that the lender counts at its intrinsic value: at none.
func ExampleCallSpot() {
	for _, options := range [][]loan.Option{nil, {{Put: true, Quantity: 1, Strike: 95}}} {
		lender := loan.Recognition{Mode: lombard.RecognitionIntrinsic, Call: 0.75}
		book := loan.Book{Spot: 100, Units: 1, Options: options}
		spot := loan.CallSpot(0.75, book, func(spot float64) float64 {
			b := book
			b.Spot = spot
			return loan.LTV(60, lender.Recognised(b))
		})
		fmt.Printf("%.2f\n", spot)
	}
	// Output:
	// 80.00
	// 0.00
}

// Basel's exposure after a haircut of 15 % over ten days, remargined daily and
// held for twenty.
func ExampleStressedExposure() {
	fmt.Printf("%.4f\n", loan.StressedExposure(80, 100, 0.15, 1, 20))
	// Output:
	// 1.2132
}

// The terms of a preset, with one of one's own; and what that replaces.
func ExampleResolve() {
	f := loan.Resolve(lombard.Facility{Preset: lombard.PresetName("private_bank_lombard")}, 0.75)
	fmt.Println(f.Thresholds.InitialMax, f.Cure.Period, f.Cure.Unit)
	for _, sentence := range loan.Overrides(f, 0.75) {
		fmt.Println(sentence)
	}
	// Output:
	// 0.6 5 business_days
	// A private bank calls at 70 %; you ask for 75 %.
}
