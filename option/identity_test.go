package option_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/option"
)

// TestAmericanOfLongstaffAndSchwartz prices the puts of Valuing American
// Options by Simulation (2001), table 1: strike 40, rate 0.06. The values are
// converged ones to four decimals; the paper's own differences allow exercise
// fifty times a year and lie a cent below.
func TestAmericanOfLongstaffAndSchwartz(t *testing.T) {
	for _, c := range []struct {
		spot float64
		want [4]float64 // vol 0.2 for one and two years, vol 0.4 for one and two
	}{
		{36, [4]float64{4.4867, 4.8483, 7.1090, 8.5142}},
		{38, [4]float64{3.2572, 3.7514, 6.1546, 7.6749}},
		{40, [4]float64{2.3196, 2.8900, 5.3183, 6.9235}},
		{42, [4]float64{1.6212, 2.2167, 4.5882, 6.2502}},
		{44, [4]float64{1.1130, 1.6933, 3.9528, 5.6467}},
	} {
		for i, want := range c.want {
			in := option.Inputs{Spot: c.spot, Strike: 40, Years: float64(1 + i%2), Rate: 0.06, Vol: 0.2 * float64(1+i/2)}
			if got := (option.American{}).Price(option.Put, in); math.Abs(got-want) > 1e-4 {
				t.Errorf("%+v: %.5f, want %.4f", in, got, want)
			}
		}
	}
}

// TestAmericanBesideEuropean holds converged pairs: puts on a gold fund (rate
// 0.04, vol 0.16, one year) and on a gold future (rate 0.05, vol 0.15, half a
// year), and the put of Hull, Options, Futures, and Other Derivatives, on
// which his trees converge.
func TestAmericanBesideEuropean(t *testing.T) {
	fund := option.Inputs{Spot: 100, Years: 1, Rate: 0.04, Vol: 0.16}
	future := option.Inputs{Spot: 2000, Years: 0.5, Rate: 0.05, Yield: 0.05, Vol: 0.15}
	hull := option.Inputs{Spot: 50, Years: 5.0 / 12, Rate: 0.10, Vol: 0.40}
	for _, c := range []struct {
		name                                  string
		in                                    option.Inputs
		strike, american, european, tolerance float64
	}{
		{"fund", fund, 100, 4.8886, 4.4846, 6e-5},
		{"fund", fund, 95, 2.9045, 2.6993, 6e-5},
		{"fund", fund, 90, 1.5624, 1.4682, 6e-5},
		{"fund", fund, 85, 0.7444, 0.7062, 6e-5},
		{"fund", fund, 80, 0.3059, 0.2925, 6e-5},
		{"future", future, 2000, 82.904, 82.500, 6e-4},
		{"future", future, 1900, 41.030, 40.888, 6e-4},
		{"future", future, 1800, 16.587, 16.546, 6e-4},
		{"Hull", hull, 50, 4.2842, 4.0760, 6e-5},
	} {
		c.in.Strike = c.strike
		if got := (option.American{}).Price(option.Put, c.in); math.Abs(got-c.american) > c.tolerance {
			t.Errorf("%s: American put at %v = %.5f, want %v", c.name, c.strike, got, c.american)
		}
		if got := (option.BlackScholesMerton{}).Price(option.Put, c.in); math.Abs(got-c.european) > c.tolerance {
			t.Errorf("%s: European put at %v = %.5f, want %v", c.name, c.strike, got, c.european)
		}
	}
}

// TestAmericanIsMonotoneInStrike holds in every case, those of the tree too: a
// put rises with its strike, by no more than the strike does.
func TestAmericanIsMonotoneInStrike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in, kind := anyInputs(t), anyKind(t)
		more := in
		more.Strike = in.Strike * 1.02
		slack := 1e-9 * math.Max(in.Spot, in.Strike)
		if kind == option.Put && in.Rate < 0 || kind == option.Call && in.Yield < 0 {
			slack = 5e-5 * math.Max(in.Spot, in.Strike) // the tree's
		}
		rise := option.American{}.Price(kind, more) - option.American{}.Price(kind, in)
		if kind == option.Call {
			rise = -rise
		}
		most := (more.Strike - in.Strike) * math.Max(1, math.Exp(-in.Rate*in.Years))
		if rise < -slack || rise > most+slack {
			t.Fatalf("a strike higher by %v moves the %s by %v: %+v", more.Strike-in.Strike, kind, rise, in)
		}
	})
}

func TestEuropeanIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in, kind := anyInputs(t), anyKind(t)
		wilder, higher := in, in
		wilder.Vol *= 1.01
		higher.Strike *= 1.01
		e := option.BlackScholesMerton{}
		slack := 1e-12 * math.Max(in.Spot, in.Strike)
		if e.Price(kind, wilder) < e.Price(kind, in)-slack {
			t.Fatalf("more vol lowers the %s: %+v", kind, in)
		}
		rise := e.Price(kind, higher) - e.Price(kind, in)
		if kind == option.Put && rise < -slack || kind == option.Call && rise > slack {
			t.Fatalf("a higher strike moves the %s by %v: %+v", kind, rise, in)
		}
	})
}

// TestEuropeanKeepsItsTails compares far out-of-the-money prices with values
// computed to 50 digits, relative to themselves: premiums too small for an
// absolute error to say anything.
func TestEuropeanKeepsItsTails(t *testing.T) {
	worst, count := 0.0, 0
	for _, r := range published(t, "quantlib_grid_european.csv") {
		want := r.num(t, "mp_price")
		if !(want > 1e-200 && want < 1e-6) {
			continue
		}
		gap := math.Abs(option.BlackScholesMerton{}.Price(r.kind(), r.inputs(t, "t"))/want - 1)
		worst, count = math.Max(worst, gap), count+1
		if !(gap <= 1e-8) {
			t.Errorf("%v: off by %.1e of the price", r, gap)
		}
	}
	if count < 20 {
		t.Errorf("the grid holds only %d far prices", count)
	}
	t.Logf("%d prices below 1e-6: largest relative error %.1e", count, worst)
}

// TestMarkersHoldOverShorterLives asks one boundary, solved for up to two
// years, for lives down to a hundredth of it, against a boundary of their own.
func TestMarkersHoldOverShorterLives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := option.Inputs{
			Spot: 100, Strike: 100,
			Years: rapid.Float64Range(0.25, 2).Draw(t, "years"),
			Rate:  rapid.Float64Range(0, 0.1).Draw(t, "rate"),
			Yield: rapid.Float64Range(0, 0.06).Draw(t, "yield"),
			Vol:   rapid.Float64Range(0.08, 0.7).Draw(t, "vol"),
		}
		kind := anyKind(t)
		day := in
		day.Spot = rapid.Float64Range(60, 150).Draw(t, "spot")
		day.Years *= rapid.Float64Range(0.01, 1).Draw(t, "share of the life")
		got := option.American{}.Marker(kind, in).Price(day.Spot, day.Years)
		if want := (option.American{}).Price(kind, day); math.Abs(got-want) > 1.5e-4*math.Max(1, day.Spot/100) {
			t.Fatalf("%s %+v marked at %v over %v years, want %v", kind, day, got, in.Years, want)
		}
	})
}

// TestZCountsStandardDeviations from the forward, by hand: the forward is
// 100·e^{0.04}, so a strike one deviation of 0.16 above it lies at z = 1.
func TestZCountsStandardDeviations(t *testing.T) {
	in := option.Inputs{Spot: 100, Strike: 100 * math.Exp(0.04+0.16), Years: 1, Rate: 0.06, Yield: 0.02, Vol: 0.16}
	if got := option.Z(in); math.Abs(got-1) > 1e-12 {
		t.Errorf("z = %v, want 1", got)
	}
	in.Years = 0
	if got := option.Z(in); got != 0 {
		t.Errorf("z at expiry = %v, want 0", got)
	}
}

func TestEngineForKnowsItsStyles(t *testing.T) {
	for style, want := range map[lombard.Style]option.Engine{"european": option.BlackScholesMerton{}, "american": option.American{}} {
		if got, ok := option.EngineFor(style); !ok || got != want {
			t.Errorf("engine for %s = %v, %v", style, got, ok)
		}
	}
	if got, ok := option.EngineFor("bermudan"); ok || got != nil {
		t.Errorf("engine for an unknown style = %v, %v", got, ok)
	}
}

func ExampleBlackScholesMerton() {
	in := option.Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0.04, Vol: 0.16}
	engine := option.BlackScholesMerton{}
	fmt.Printf("%.4f, delta %.4f\n", engine.Price(option.Put, in), engine.Greeks(option.Put, in).Delta)
	// Output: 4.4846, delta -0.3707
}

func ExampleAmerican() {
	in := option.Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0.04, Vol: 0.16}
	fmt.Printf("%.4f\n", option.American{}.Price(option.Put, in))
	// Output: 4.8886
}

func ExampleTree() {
	in := option.Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0.04, Vol: 0.16}
	fmt.Printf("%.2f\n", option.Tree{}.Price(option.Put, in))
	// Output: 4.89
}

func ExampleAmerican_Marker() {
	in := option.Inputs{Spot: 100, Strike: 95, Years: 1, Rate: 0.04, Vol: 0.16}
	marker := option.American{}.Marker(option.Put, in)
	for _, spot := range []float64{100, 90, 80} {
		fmt.Printf("%.2f\n", marker.Price(spot, 0.5))
	}
	// Output:
	// 1.82
	// 6.27
	// 15.00
}

func ExampleEngineFor() {
	engine, ok := option.EngineFor("european")
	fmt.Println(engine.Name(), ok)
	// Output: Black–Scholes–Merton true
}

func ExampleIntrinsic() {
	fmt.Println(option.Intrinsic(option.Put, 90, 100), option.Intrinsic(option.Call, 90, 100))
	// Output: 10 0
}

func ExampleZ() {
	in := option.Inputs{Spot: 100, Strike: 90, Years: 1, Rate: 0.04, Vol: 0.16}
	fmt.Printf("%.2f\n", option.Z(in))
	// Output: -0.91
}
