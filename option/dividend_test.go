package option_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard/option"
)

// Hull, §15.12: a European call at 40 on 40 with 0.50 paid in two and in five
// months is worth 3.67; §21.3: an American put at 50 on 52 with 2.06 paid in
// three and a half months, on trees of 50, 100 and 500 steps, 4.2084, 4.2143 and
// 4.2194.
func TestDividendsOfHull(t *testing.T) {
	call := option.WithDividends{Dividends: []option.Dividend{{Years: 2.0 / 12, Amount: 0.5}, {Years: 5.0 / 12, Amount: 0.5}}}
	in := option.Inputs{Spot: 40, Strike: 40, Years: 0.5, Rate: 0.09, Vol: 0.30}
	if got := call.Price(option.Call, in); math.Abs(got-3.671233) > 1e-6 {
		t.Errorf("European call = %.6f, want 3.671233", got)
	}
	put := option.WithDividends{Dividends: []option.Dividend{{Years: 3.5 / 12, Amount: 2.06}}, American: true}
	in = option.Inputs{Spot: 52, Strike: 50, Years: 5.0 / 12, Rate: 0.10, Vol: 0.40}
	if got := put.Price(option.Put, in); math.Abs(got-4.2194) > 2e-3 {
		t.Errorf("American put = %.4f, on Hull's largest tree 4.2194", got)
	}
}

// Without dividends the tree is a second engine for the fixed point; put 4.2842
// at 50 is the value on which Hull's trees converge, 4.4885 with five steps.
func TestTheTreeOfLeisenAndReimerConverges(t *testing.T) {
	t.Parallel()
	in := option.Inputs{Spot: 50, Strike: 50, Years: 5.0 / 12, Rate: 0.10, Vol: 0.40}
	for steps, tolerance := range map[int]float64{51: 2e-3, 101: 1e-3, 501: 2e-4} {
		if got := (option.WithDividends{American: true, Steps: steps}).Price(option.Put, in); math.Abs(got-4.2842) > tolerance {
			t.Errorf("%d steps: %.5f, want 4.2842", steps, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		in := option.Inputs{
			Spot: rapid.Float64Range(70, 140).Draw(t, "spot"), Strike: 100, Years: rapid.Float64Range(0.1, 2).Draw(t, "years"),
			Rate: rapid.Float64Range(0, 0.1).Draw(t, "rate"), Yield: rapid.Float64Range(0, 0.08).Draw(t, "yield"), Vol: rapid.Float64Range(0.1, 0.6).Draw(t, "vol"),
		}
		kind := anyKind(t)
		got, want := option.WithDividends{American: true}.Price(kind, in), option.American{}.Price(kind, in)
		if math.Abs(got-want) > 5e-4*in.Spot { // a tree of a few hundred steps swings by as much
			t.Fatalf("%s %+v: tree %.6f, fixed point %.6f", kind, in, got, want)
		}
	})
}

// A dividend can only help who holds a put and hurt who holds a call, and
// waiting is never worth less than the European option.
func TestDividendsMovePutsAndCallsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := option.Inputs{Spot: 100, Strike: rapid.Float64Range(80, 120).Draw(t, "strike"), Years: 1, Rate: rapid.Float64Range(0, 0.08).Draw(t, "rate"), Vol: rapid.Float64Range(0.1, 0.5).Draw(t, "vol")}
		paid := []option.Dividend{{Years: rapid.Float64Range(0.05, 0.95).Draw(t, "when"), Amount: rapid.Float64Range(0.1, 8).Draw(t, "amount")}}
		european, american := option.WithDividends{Dividends: paid}, option.WithDividends{Dividends: paid, American: true, Steps: 101}
		none := option.WithDividends{}
		if european.Price(option.Put, in) < none.Price(option.Put, in) || european.Price(option.Call, in) > none.Price(option.Call, in) {
			t.Fatalf("a dividend of %+v moves %+v the wrong way", paid, in)
		}
		for _, kind := range []option.Kind{option.Put, option.Call} {
			if a, e := american.Price(kind, in), european.Price(kind, in); a < e-2e-3 || a < option.Intrinsic(kind, in.Spot, in.Strike) || math.IsNaN(a) {
				t.Fatalf("%s with %+v on %+v: American %v, European %v", kind, paid, in, a, e)
			}
		}
	})
}
