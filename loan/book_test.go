package loan_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

func recognised(mode lombard.Recognition, haircut float64, b loan.Book) float64 {
	return loan.Recognition{Mode: mode, Haircut: haircut, Call: 0.75}.Recognised(b)
}

func TestRecognitionOfAHedge(t *testing.T) {
	// 1,000 units at 76; puts at 100 worth 24.50 each; 100 short calls worth 3.
	book := loan.Book{Spot: 76, Units: 1000, Cash: 100, Options: []loan.Option{
		{Put: true, Quantity: 1000, Strike: 100, Value: 24.5, Years: 0.8}, {Quantity: -100, Strike: 120, Value: 3, Years: 0.8},
	}}
	for _, row := range []struct {
		mode lombard.Recognition
		want float64
	}{
		{lombard.RecognitionMarketValue, 100_300},
		{lombard.RecognitionHaircut, 94_175}, // 76,000 + 100 − 300 + 0.75 × 24,500
		{lombard.RecognitionIntrinsic, 99_800},
		{lombard.RecognitionNone, 75_800},
		{lombard.RecognitionLongDated, 81_925}, // 75,800 + 0.25 × 24,500
		{lombard.RecognitionFloor, 75_800},     // 0.75 × 100 is below spot
	} {
		if got := recognised(row.mode, 0.25, book); math.Abs(got-row.want) > 1e-9 {
			t.Errorf("%s counts %v, want %v", row.mode, got, row.want)
		}
	}
	for _, mode := range []lombard.Recognition{lombard.RecognitionMarketValue, lombard.RecognitionHaircut, lombard.RecognitionIntrinsic, lombard.RecognitionFloor} {
		short := loan.Recognition{Mode: mode, MinDays: 300}
		if got := short.Recognised(book); got != 75_800 {
			t.Errorf("%s: an option with too few days left counts: %v", mode, got)
		}
	}
}

// A put at the money for 5.00 a unit, marked at its intrinsic value: the
// recognised LTV by how the premium was paid and what share of the put counts.
func TestTheSamePutByFundingAndRecognition(t *testing.T) {
	const loanOf, premium = 60_000.0, 5_000.0
	for _, row := range []struct {
		name        string
		owed        float64
		units, puts float64
		counted     float64
		want        [4]float64 // at 100, 88, 80, 76
	}{
		{"unhedged", loanOf, 1000, 0, 1, [4]float64{.6000, .6818, .7500, .7895}},
		{"cash, counted whole", loanOf, 1000, 1000, 1, [4]float64{.6, .6, .6, .6}},
		{"on the loan, counted whole", loanOf + premium, 1000, 1000, 1, [4]float64{.65, .65, .65, .65}},
		{"on the loan, half counted", loanOf + premium, 1000, 1000, .5, [4]float64{.6500, .6915, .7222, .7386}},
		{"on the loan, not counted", loanOf + premium, 1000, 1000, 0, [4]float64{.6500, .7386, .8125, .8553}},
		{"collateral sold, counted whole", loanOf, 955, 900, 1, [4]float64{.6283, .6326, .6356, .6371}},
	} {
		for i, spot := range []float64{100, 88, 80, 76} {
			b := loan.Book{Spot: spot, Units: row.units, Options: []loan.Option{{Put: true, Quantity: row.puts, Strike: 100, Value: 100 - spot, Years: 0.5}}}
			got := loan.LTV(row.owed, recognised(lombard.RecognitionHaircut, 1-row.counted, b))
			if math.Abs(got-row.want[i]) > 5e-5 {
				t.Errorf("%s at %v: LTV %.4f, want %.4f", row.name, spot, got, row.want[i])
			}
		}
	}
	// Selling the put at 76 without recognition: (65,000 − 24,000)/76,000.
	if got := loan.LTV(loanOf+premium-24_000, 76_000); math.Abs(got-.5395) > 5e-5 {
		t.Errorf("after monetising: %.4f", got)
	}
}

// The largest LTV on the stock's value alone at which FINRA 4210 does not call.
func TestMarginRulesOfFINRA(t *testing.T) {
	for _, row := range []struct{ spot, strike, want float64 }{
		{100, 0, .75}, {100, 100, .90}, {100, 95, .855}, {100, 90, .81}, {100, 80, .75}, {80, 95, .88125},
	} {
		b := loan.Book{Spot: row.spot, Units: 1000}
		if row.strike > 0 {
			b.Options = []loan.Option{{Put: true, Quantity: 1000, Strike: row.strike, Value: 1, Years: 0.5}}
		}
		rc := recognised(lombard.RecognitionFINRA, 0, b)
		if got := 0.75 * rc / (1000 * row.spot); math.Abs(got-row.want) > 1e-12 {
			t.Errorf("spot %v, put at %v: called from %.6f of the stock, want %.6f", row.spot, row.strike, got, row.want)
		}
		if ltv := loan.LTV(row.want*1000*row.spot, rc); math.Abs(ltv-0.75) > 1e-12 {
			t.Errorf("spot %v, put at %v: LTV %.6f at the requirement, want 0.75", row.spot, row.strike, ltv)
		}
	}
	collar := loan.Book{Spot: 100, Units: 1000, Options: []loan.Option{
		{Put: true, Quantity: 1000, Strike: 95, Value: 2, Years: 0.5}, {Quantity: -1000, Strike: 110, Value: 1, Years: 0.5},
	}}
	// min(9.5 + 5, 27.5) = 14.5 a unit.
	if got := recognised(lombard.RecognitionFINRA, 0, collar); math.Abs(got-85_500/0.75) > 1e-9 {
		t.Errorf("collar counts %v", got)
	}
	covered := loan.Book{Spot: 120, Units: 1000, Options: []loan.Option{{Quantity: -1000, Strike: 110, Value: 12, Years: 0.5}}}
	if got := recognised(lombard.RecognitionFINRA, 0, covered); math.Abs(got-1000*110*0.75/0.75) > 1e-9 {
		t.Errorf("covered call counts %v", got)
	}
}

func TestAProtectedFloorCountsTheHighestStrikesFirst(t *testing.T) {
	b := loan.Book{Spot: 80, Units: 1000, Options: []loan.Option{
		{Put: true, Quantity: 600, Strike: 90, Value: 10, Years: 1}, {Put: true, Quantity: 600, Strike: 100, Value: 20, Years: 1},
	}}
	r := loan.Recognition{Mode: lombard.RecognitionFloor, Rate: math.Log(1.25)} // e^{−r} = 0.8
	// 600 units at 100 × 0.8 = 80 and 400 at 90 × 0.8 = 72: none above spot.
	if got := r.Recognised(b); math.Abs(got-80_000) > 1e-9 {
		t.Errorf("floor at the spot counts %v", got)
	}
	b.Spot = 70
	// 600 × 80 + 400 × 72 = 76,800.
	if got := r.Recognised(b); math.Abs(got-76_800) > 1e-9 {
		t.Errorf("floor counts %v, want 76800", got)
	}
}

func TestLendingValueIsReachedAtTheCall(t *testing.T) {
	r := loan.Recognition{Mode: lombard.RecognitionMarketValue, Lending: 0.6, Call: 0.75}
	b := loan.Book{Spot: 100, Units: 1000}
	if ltv := loan.LTV(60_000, r.Recognised(b)); math.Abs(ltv-0.75) > 1e-12 {
		t.Errorf("LTV at the lending value = %v, want the call", ltv)
	}
}

// More recognition never means a higher LTV, and none of the ways counts a
// long option below nothing.
func TestRecognitionIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spot := rapid.Float64Range(1, 200).Draw(t, "spot")
		strike := rapid.Float64Range(1, 200).Draw(t, "strike")
		years := rapid.Float64Range(0, 2).Draw(t, "years")
		value := math.Max(0, strike-spot) + rapid.Float64Range(0, 20).Draw(t, "time value")
		b := loan.Book{Spot: spot, Units: 10, Options: []loan.Option{{Put: true, Quantity: 10, Strike: strike, Value: value, Years: years}}}
		none, whole := recognised(lombard.RecognitionNone, 0, b), recognised(lombard.RecognitionMarketValue, 0, b)
		last := none
		for _, haircut := range []float64{1, 0.75, 0.5, 0.25, 0} {
			got := recognised(lombard.RecognitionHaircut, haircut, b)
			if got < last-1e-9 {
				t.Fatalf("a haircut of %v counts %v, a larger one %v", haircut, got, last)
			}
			last = got
		}
		for _, mode := range []lombard.Recognition{lombard.RecognitionIntrinsic, lombard.RecognitionLongDated} {
			if got := recognised(mode, 0, b); got < none-1e-9 || got > whole+1e-9 {
				t.Fatalf("%s counts %v, outside %v to %v", mode, got, none, whole)
			}
		}
		if got := recognised(lombard.RecognitionFloor, 0.1, b); got < none-1e-9 {
			t.Fatalf("the floor counts %v, less than nothing, %v", got, none)
		}
	})
}

func ExampleRecognition() {
	b := loan.Book{Spot: 76, Units: 1000, Options: []loan.Option{{Put: true, Quantity: 1000, Strike: 100, Value: 24}}}
	fmt.Printf("%.4f %.4f\n", loan.LTV(65_000, loan.Recognition{Mode: lombard.RecognitionMarketValue}.Recognised(b)), loan.LTV(65_000, loan.Recognition{Mode: lombard.RecognitionNone}.Recognised(b)))
	// Output: 0.6500 0.8553
}

// TestLongDatedBeginsBehindNineMonths: an option with nine months to run counts
// nothing yet, one with a day more a quarter (Cboe's margin manual).
func TestLongDatedBeginsBehindNineMonths(t *testing.T) {
	lender := loan.Recognition{Mode: lombard.RecognitionLongDated}
	for years, want := range map[float64]float64{0.6: 100, 0.75: 100, 0.75 + 1.0/365: 105} {
		b := loan.Book{Spot: 100, Units: 1, Options: []loan.Option{{Put: true, Quantity: 1, Strike: 100, Value: 20, Years: years}}}
		if got := lender.Recognised(b); got != want {
			t.Errorf("with %.3f years to run it is %v, want %v", years, got, want)
		}
	}
}
