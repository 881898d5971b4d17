package hedge_test

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
)

// The built-in hedges by their slugs.
func ExampleLookup() {
	put, err := hedge.Lookup("protective-put-95pct-12m")
	fmt.Println(put.Title, len(put.Legs), err)
	_, err = hedge.Lookup("protective-put-95pct-12")
	fmt.Println(err)
	fmt.Println(len(hedge.All()), "hedges")
	// Output:
	// 95 % put, 12 months 1 <nil>
	// There is no template "protective-put-95pct-12". The nearest are protective-put-95pct-12m, protective-put-95pct-12m-roll-90d, protective-put-95pct-12m-ratchet.
	// 31 hedges
}

// The third expiry of a hedge of six months bought on the last day of August.
func ExampleExpiryDate() {
	fmt.Println(hedge.ExpiryDate(lombard.MustDate("2023-08-31"), 6, 3, false))
	// Output:
	// 2025-02-28
}
