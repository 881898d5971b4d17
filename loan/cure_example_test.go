package loan_test

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// A loan of 60,000 against 1,000 units at 76 is to be brought back to an LTV of
// 65 %. Repaying takes the least.
func ExampleRepay() {
	fmt.Printf("%.2f\n", loan.Repay(60_000, 76_000, 0.65))
	// Output: 10600.00
}

// The same by pledging more cash.
func ExamplePledge() {
	fmt.Printf("%.2f\n", loan.Pledge(60_000, 76_000, 0.65))
	// Output: 16307.69
}

// The same by pledging more units at 76.
func ExampleAddUnits() {
	fmt.Printf("%.3f\n", loan.AddUnits(60_000, 76_000, 0.65, 76))
	// Output: 214.575
}

// The same by selling collateral, without a cost and with one of half a per
// cent of what is sold.
func ExampleSell() {
	fmt.Printf("%.2f %.2f\n", loan.Sell(60_000, 76_000, 0.65, 0, 76_000), loan.Sell(60_000, 76_000, 0.65, 0.005, 76_000))
	// Output: 30285.71 30724.64
}

// The largest loan against 1,000 units at 502.75 that is not in call at 75 %.
func ExampleLargestLoan() {
	fmt.Printf("%.2f\n", loan.LargestLoan(1000, 502.75, 0.75))
	// Output: 377062.49
}

// How far the collateral may fall before the lender calls.
func ExampleHeadroom() {
	fmt.Printf("%.0f %%\n", 100*loan.Headroom(0.60, 0.75))
	// Output: 20 %
}

// Interest of 6 % on 600,000 over the 90 days from the end of January 2024, put
// on the loan each month.
func ExampleAccrue() {
	account := loan.Account{Principal: 600_000, Rate: 0.06}
	charged := loan.Accrue(&account, lombard.MustDate("2024-01-31"), lombard.MustDate("2024-04-30"))
	fmt.Printf("%.2f on a balance of %.2f\n", charged, account.Balance())
	// Output: 9045.06 on a balance of 609045.06
}

// The published levels of a lender.
func ExamplePresetOf() {
	ledn, _ := loan.PresetOf("btc_ledn")
	terms := loan.Resolve(lombard.Facility{Preset: "btc_ledn"}, 0.70).Thresholds
	fmt.Println(ledn.Title)
	fmt.Println("lends", terms.InitialMax, "calls at 0.7, sells at", terms.Liquidate)
	// Output:
	// Ledn bitcoin loan
	// lends 0.5 calls at 0.7, sells at 0.8
}
