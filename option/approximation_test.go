package option_test

import (
	"math"
	"testing"

	"lombard.example/lombard/option"
)

// TestWidelyCopiedApproximationsAreNotTheTruth holds values that circulate as
// test tables and belong to one approximation each (QuantLib's tests of QD+, Ju
// 1999, Barone-Adesi and Whaley, Bjerksund and Stensland 1993). An engine that
// converges meets the truth and so must not meet them.
func TestWidelyCopiedApproximationsAreNotTheTruth(t *testing.T) {
	for _, c := range []struct {
		name                            string
		kind                            option.Kind
		in                              option.Inputs
		approximation, truth, tolerance float64
	}{
		{"QD+, put of ten years", option.Put, option.Inputs{Spot: 100, Strike: 120, Years: 10, Rate: .10, Yield: .03, Vol: .25}, 22.973833, 23.000, 2e-3},
		{"QD+, call without rate", option.Call, option.Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0, Yield: .025, Vol: .25}, 8.871506, 8.8654, 1e-4},
		{"Ju, put", option.Put, option.Inputs{Spot: 40, Strike: 40, Years: .5833, Rate: .0488, Vol: .3}, 3.161, 3.1697, 1e-4},
		{"Ju, call", option.Call, option.Inputs{Spot: 80, Strike: 100, Years: 3, Rate: .03, Yield: .07, Vol: .2}, 2.605, 2.5800, 1e-4},
		{"Barone-Adesi and Whaley, put", option.Put, option.Inputs{Spot: 90, Strike: 100, Years: .5, Rate: .10, Yield: .10, Vol: .35}, 14.6945, 14.669, 1e-3},
		{"Bjerksund and Stensland, call", option.Call, option.Inputs{Spot: 42, Strike: 40, Years: .75, Rate: .04, Yield: .08, Vol: .35}, 5.2704, 5.3091, 1e-4},
	} {
		got := option.American{}.Price(c.kind, c.in)
		if math.Abs(got-c.truth) > c.tolerance {
			t.Errorf("%s: %.6f, want %v", c.name, got, c.truth)
		}
		if math.Abs(got-c.approximation) < math.Abs(got-c.truth) {
			t.Errorf("%s: %.6f meets the approximation %v, not the truth %v", c.name, got, c.approximation, c.truth)
		}
	}
}

// Options on futures: Hull's European put at 20 on 20 (rate 9 %, vol 25 %, four
// months) is worth 1.12; the American ones are converged values of calls and
// puts at 2,000 on 2,000.
func TestOptionsOnFutures(t *testing.T) {
	black, _ := option.EngineFor("black76")
	american, _ := option.EngineFor("american_future")
	in := option.Inputs{Spot: 20, Strike: 20, Years: 4.0 / 12, Rate: .09, Vol: .25}
	if got := black.Price(option.Put, in); math.Abs(got-1.116642) > 1e-6 || black.Name() != "Black-76" {
		t.Errorf("%s put = %.6f, want 1.116642", black.Name(), got)
	}
	gold := option.Inputs{Spot: 2000, Strike: 2000, Years: .5, Rate: .05, Vol: .15, Yield: 0.7} // the yield is not read
	for _, kind := range []option.Kind{option.Put, option.Call} {                               // at the money they are worth the same
		if got := american.Price(kind, gold); math.Abs(got-82.904) > 6e-4 {
			t.Errorf("American %s = %.4f, want 82.904", kind, got)
		}
		if got := black.Price(kind, gold); math.Abs(got-82.500) > 6e-4 {
			t.Errorf("European %s = %.4f, want 82.500", kind, got)
		}
	}
	for _, engine := range []option.Engine{black, american} {
		const width = 1e-4
		up, down := gold, gold
		up.Rate += width
		down.Rate -= width
		want := (engine.Price(option.Put, up) - engine.Price(option.Put, down)) / (2 * width)
		if got := engine.Greeks(option.Put, gold).Rho; math.Abs(got-want) > 1e-3*math.Abs(want) {
			t.Errorf("%s: rho %v, want %v", engine.Name(), got, want)
		}
		price, delta, _ := engine.Marker(option.Put, gold).Mark(2000, .5)
		if math.Abs(price-engine.Price(option.Put, gold)) > 1e-9 || math.Abs(delta-engine.Greeks(option.Put, gold).Delta) > 1e-3 {
			t.Errorf("%s: marked %v, delta %v", engine.Name(), price, delta)
		}
	}
}
