package hedge_test

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
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

// A collar bought on a day: its strikes, its expiry and how much of it.
func ExampleTemplate_Open() {
	collar, err := hedge.Lookup("collar-95-110-12m")
	if err != nil {
		fmt.Println(err)
		return
	}
	day := lombard.MustDate("2024-01-02")
	fund, _ := market.Lookup("GLD")
	contracts, notes, err := collar.Open([]int{0, 1}, hedge.Market{
		Date: day, Anchor: day, Spot: 190, EntrySpot: 190, Cost: 190, Rate: 0.04, Units: 1050, Instrument: fund, Listed: true,
	}, quotes{date: day})
	for _, c := range contracts {
		fmt.Println(c.Leg.Right, c.Strike, c.Expiry, c.Quantity)
	}
	fmt.Println(len(notes), err)
	// Output:
	// put 180 2024-12-20 1000
	// call 210 2024-12-20 -1000
	// 0 <nil>
}

// A hedge in words, and what a unit with it is worth at expiry if spot has halved.
func ExampleTemplate_Words() {
	put, err := hedge.Lookup("protective-put-95pct-12m")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(put.Words())
	worst := put.PayoffPoints()[0]
	fmt.Printf("at %.2f of spot: options %.2f, position %.2f\n", worst.Spot, worst.Options, worst.Position)
	// Output:
	// Long a put at 95 % of spot for 12 months on the whole position. Held to expiry and renewed while the run lasts.
	// at 0.50 of spot: options 0.45, position 0.95
}

// A template made in code is checked as one that is read.
func ExampleTemplate_Check() {
	naked := hedge.Template{Legs: []hedge.Leg{{
		ID: "put", Right: lombard.RightPut, Side: hedge.Short, Ratio: hedge.Ratio{Num: 1, Den: 1},
		Strike: hedge.Strike{Method: hedge.MethodMoneyness, Of: hedge.OfSpot, Value: 0.9}, Expiry: hedge.Expiry{Tenor: 12},
	}}}
	fmt.Println(naked.Check())
	// Output:
	// template.legs[0].side would leave a short put uncovered: add a long put with a strike at least as high, the same or a later expiry and at least its ratio.
}

// How much must be pledged for a third to be one listed contract.
func ExampleTemplate_LeastUnits() {
	ladder, err := hedge.Lookup("ladder-33-33-33-atm-95pct-90pct-12m")
	units, leg := ladder.LeastUnits(100)
	fmt.Println(units, leg.ID, err)
	// Output:
	// 300 put-atm <nil>
}
