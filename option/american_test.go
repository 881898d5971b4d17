package option_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard/internal/tier"
	"lombard.example/lombard/option"
)

// TestAmericanPremia compares early-exercise premia with the converged ones of
// Andersen, Lake and Offengenden, to eight printed digits.
func TestAmericanPremia(t *testing.T) {
	for _, c := range []struct{ strike, rate, want, tolerance float64 }{
		{100, 0.05, 0.10695270, 1e-6},
		{100, 0.075, 0.36711123, 1e-6},
		{95, 0.075, 0.2386504, 1e-5},
	} {
		in := option.Inputs{Spot: 100, Strike: c.strike, Years: 1, Rate: c.rate, Yield: 0.05, Vol: 0.25}
		got := option.American{}.Price(option.Put, in) - option.BlackScholesMerton{}.Price(option.Put, in)
		if math.Abs(got-c.want) > c.tolerance {
			t.Errorf("premium at strike %v and rate %v = %.8f, want %.8f", c.strike, c.rate, got, c.want)
		}
	}
}

// TestAmericanPortfolio compares with the converged values of the paper's
// portfolio of puts.
func TestAmericanPortfolio(t *testing.T) {
	worst, squares, count := 0.0, 0.0, 0
	for _, r := range published(t, "alo_portfolio_6000.csv") {
		in := r.inputs(t, "t")
		want := math.Max(r.num(t, "converged"), option.Intrinsic(r.kind(), in.Spot, in.Strike))
		gap := math.Abs(option.American{}.Price(r.kind(), in)-want) / in.Strike * 100
		worst, squares, count = math.Max(worst, gap), squares+gap*gap, count+1
		if !(gap <= 1e-5) {
			t.Errorf("%v: off by %.1e for a strike of 100", r, gap)
		}
	}
	t.Logf("%d puts: largest error %.1e, root mean square %.1e for a strike of 100", count, worst, math.Sqrt(squares/float64(count)))
}

// TestAmericanGrid compares with QuantLib's high-precision fixed point, and
// with its finite differences where that refuses.
func TestAmericanGrid(t *testing.T) {
	t.Parallel()
	worst, coarseWorst := 0.0, 0.0
	for _, r := range published(t, "quantlib_grid_american.csv") {
		in := r.inputs(t, "t")
		got := option.American{}.Price(r.kind(), in)
		floor := option.Intrinsic(r.kind(), in.Spot, in.Strike)
		if !(got >= floor) {
			t.Errorf("%v: %v is below intrinsic", r, got)
		}
		column, tolerance, high := "ql_qdfp_highprecision", 2e-4, &worst
		if r[column] == "" || r[column] == "nan" {
			if column = "ql_fd_800x800"; r[column] == "" {
				continue
			}
			tolerance, high = 2e-2, &coarseWorst
		}
		gap := math.Abs(got-math.Max(r.num(t, column), floor)) / math.Max(in.Spot, in.Strike) * 100
		*high = math.Max(*high, gap)
		if !(gap <= tolerance) {
			t.Errorf("%v: %.8f, want %s, off by %.1e", r, got, r[column], gap)
		}
	}
	t.Logf("largest difference for 100: %.1e from the fixed point, %.1e from finite differences", worst, coarseWorst)
}

// anyInputs draws ordinary market inputs.
func anyInputs(t *rapid.T) option.Inputs {
	return option.Inputs{
		Spot:   rapid.Float64Range(20, 500).Draw(t, "spot"),
		Strike: 100,
		Years:  rapid.Float64Range(0.01, 5).Draw(t, "years"),
		Rate:   rapid.Float64Range(-0.05, 0.15).Draw(t, "rate"),
		Yield:  rapid.Float64Range(-0.05, 0.15).Draw(t, "yield"),
		Vol:    rapid.Float64Range(0.03, 1.2).Draw(t, "vol"),
	}
}

func anyKind(t *rapid.T) option.Kind {
	return rapid.SampledFrom([]option.Kind{option.Put, option.Call}).Draw(t, "kind")
}

func TestPutCallParity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := anyInputs(t)
		e := option.BlackScholesMerton{}
		got := e.Price(option.Call, in) - e.Price(option.Put, in)
		want := in.Spot*math.Exp(-in.Yield*in.Years) - in.Strike*math.Exp(-in.Rate*in.Years)
		if math.Abs(got-want) > 1e-11*math.Max(in.Spot, in.Strike) {
			t.Fatalf("call − put = %v, want %v for %+v", got, want, in)
		}
	})
}

func TestAmericanIsWorthItsRights(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in, kind := anyInputs(t), anyKind(t)
		a := option.American{}.Price(kind, in)
		floor := math.Max(option.Intrinsic(kind, in.Spot, in.Strike), option.BlackScholesMerton{}.Price(kind, in))
		if !(a >= floor) || math.IsInf(a, 0) {
			t.Fatalf("%s %+v = %v, at least %v", kind, in, a, floor)
		}
		if in.Rate >= 0 && kind == option.Put && a > in.Strike {
			t.Fatalf("put %+v = %v is above its strike", in, a)
		}
	})
}

// TestAmericanOfAlmostNoRate is a call that carry pays nothing to exercise and
// nothing to hold: rounding may put the European a hair above intrinsic.
func TestAmericanOfAlmostNoRate(t *testing.T) {
	in := option.Inputs{Spot: 202.5, Strike: 100, Years: 0.046875, Rate: 4.547473508864641e-13, Yield: 4.547473508864641e-13, Vol: 0.46875}
	got, european := option.American{}.Price(option.Call, in), option.BlackScholesMerton{}.Price(option.Call, in)
	if !(got >= european) {
		t.Errorf("American %.17g, European %.17g", got, european)
	}
}

func TestAmericanIsMonotone(t *testing.T) {
	t.Parallel()
	const slack = 2e-5 // for a strike of 100
	rapid.Check(t, func(t *rapid.T) {
		in, kind := anyInputs(t), anyKind(t)
		if kind == option.Put && in.Rate <= 0 || kind == option.Call && in.Yield <= 0 {
			t.Skip("the tree's cases are coarser")
		}
		base := option.American{}.Price(kind, in)
		longer, wilder := in, in
		longer.Years *= 1.3
		wilder.Vol *= 1.1
		for name, more := range map[string]option.Inputs{"a longer life": longer, "more vol": wilder} {
			if got := (option.American{}).Price(kind, more); got < base-slack*math.Max(1, in.Spot/100) {
				t.Fatalf("%s lowers the %s from %v to %v: %+v", name, kind, base, got, in)
			}
		}
	})
}

func TestMcDonaldSchroderSymmetry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := anyInputs(t)
		mirror := option.Inputs{Spot: in.Strike, Strike: in.Spot, Years: in.Years, Rate: in.Yield, Yield: in.Rate, Vol: in.Vol}
		put, call := option.American{}.Price(option.Put, in), option.American{}.Price(option.Call, mirror)
		if math.Abs(put-call) > 1e-2*math.Max(1, in.Spot/100) { // the tree's cases set the tolerance
			t.Fatalf("P = %v and C of the mirror = %v for %+v", put, call, in)
		}
	})
}

func TestAmericanWithoutCarryIsEuropean(t *testing.T) {
	in := option.Inputs{Spot: 90, Strike: 100, Years: 1, Vol: 0.2}
	if a, e := (option.American{}).Price(option.Put, in), (option.BlackScholesMerton{}).Price(option.Put, in); a != e {
		t.Errorf("American %v, European %v", a, e)
	}
}

// TestTreeAgrees is the second engine: a method that shares nothing with the
// integral equation. It allows exercise only at its steps, so it is held to
// lives and rates for which they are close enough.
func TestTreeAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in, kind := anyInputs(t), anyKind(t)
		in.Vol, in.Years = math.Max(in.Vol, 0.1), math.Min(in.Years, 1)
		in.Rate, in.Yield = math.Min(in.Rate, 0.1), math.Min(in.Yield, 0.1)
		gap := math.Abs(option.American{}.Price(kind, in) - option.Tree{}.Price(kind, in))
		if gap > 2e-2*math.Max(1, in.Spot/100) {
			t.Fatalf("the engines differ by %v on %s %+v", gap, kind, in)
		}
	})
}

// TestTreeOnThePortfolio gives the tree's own accuracy on the paper's puts.
func TestTreeOnThePortfolio(t *testing.T) {
	worst, squares, count := 0.0, 0.0, 0.0
	for _, r := range published(t, "alo_portfolio_6000.csv") {
		in := r.inputs(t, "t")
		want := math.Max(r.num(t, "converged"), option.Intrinsic(r.kind(), in.Spot, in.Strike))
		gap := math.Abs(option.Tree{}.Price(r.kind(), in)-want) / in.Strike * 100
		worst, squares, count = math.Max(worst, gap), squares+gap*gap, count+1
		if !(gap <= 6e-3) {
			t.Errorf("%v: off by %.1e for a strike of 100", r, gap)
		}
	}
	if rms := math.Sqrt(squares / count); !(rms <= 4e-4) {
		t.Errorf("root mean square error %.1e for a strike of 100", rms)
	}
	t.Logf("%v puts: largest error %.1e, root mean square %.1e for a strike of 100", count, worst, math.Sqrt(squares/count))
}

func TestGreeksAreTheSlopesOfThePrice(t *testing.T) {
	for name, e := range map[string]option.Engine{"european": option.BlackScholesMerton{}, "american": option.American{}} {
		for _, kind := range []option.Kind{option.Put, option.Call} {
			for _, spot := range []float64{80, 95, 100, 120} {
				in := option.Inputs{Spot: spot, Strike: 100, Years: 0.75, Rate: 0.05, Yield: 0.03, Vol: 0.2}
				slope := func(change func(*option.Inputs, float64), width float64) float64 {
					up, down := in, in
					change(&up, width)
					change(&down, -width)
					return (e.Price(kind, up) - e.Price(kind, down)) / (2 * width)
				}
				got := e.Greeks(kind, in)
				for greek, pair := range map[string][2]float64{
					"delta": {got.Delta, slope(func(i *option.Inputs, x float64) { i.Spot += x }, 0.05)},
					"vega":  {got.Vega, slope(func(i *option.Inputs, x float64) { i.Vol += x }, 1e-3)},
					"rho":   {got.Rho, slope(func(i *option.Inputs, x float64) { i.Rate += x }, 1e-4)},
					"theta": {got.Theta, -slope(func(i *option.Inputs, x float64) { i.Years += x }, 1e-3)},
				} {
					if math.Abs(pair[0]-pair[1]) > 2e-3*math.Max(1, math.Abs(pair[1])) {
						t.Errorf("%s %s at %v: %s = %v, slope %v", name, kind, spot, greek, pair[0], pair[1])
					}
				}
			}
		}
	}
}

func TestDegenerateCasesAreExact(t *testing.T) {
	for _, c := range []struct {
		name string
		kind option.Kind
		in   option.Inputs
		want float64
	}{
		{"at expiry in the money", option.Put, option.Inputs{Spot: 90, Strike: 100, Vol: 0.2}, 10},
		{"at expiry out of the money", option.Call, option.Inputs{Spot: 90, Strike: 100, Vol: 0.2}, 0},
		{"no vol, best exercised now", option.Put, option.Inputs{Spot: 90, Strike: 100, Years: 1, Rate: 0.05}, 10},
		{"no vol, best held to expiry", option.Call, option.Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0.05}, 100 - 100*math.Exp(-0.05)},
	} {
		if got := (option.American{}).Price(c.kind, c.in); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func FuzzPrice(f *testing.F) {
	f.Add(100.0, 100.0, 1.0, 0.05, 0.02, 0.2, true)
	f.Add(1e-9, 1e9, 10.0, -1.0, 1.0, 5.0, false)
	f.Add(100.0, 100.0, 1e-9, 0.5, -0.5, 1e-9, true)
	f.Fuzz(func(t *testing.T, spot, strike, years, rate, yield, vol float64, put bool) {
		ok := spot >= 1e-9 && spot <= 1e9 && strike >= 1e-9 && strike <= 1e9 && years >= 0 && years <= 30 &&
			math.Abs(rate) <= 1 && math.Abs(yield) <= 1 && vol >= 0 && vol <= 5
		if !ok {
			t.Skip("outside what a request may ask")
		}
		kind := option.Call
		if put {
			kind = option.Put
		}
		in := option.Inputs{Spot: spot, Strike: strike, Years: years, Rate: rate, Yield: yield, Vol: vol}
		for name, e := range map[string]option.Engine{"european": option.BlackScholesMerton{}, "american": option.American{}} {
			got := e.Price(kind, in)
			if !(got >= 0) || math.IsInf(got, 0) {
				t.Fatalf("%s %s %+v = %v", name, kind, in, got)
			}
			if name == "american" && got < option.Intrinsic(kind, spot, strike) {
				t.Fatalf("american %s %+v = %v is below intrinsic", kind, in, got)
			}
			g := e.Greeks(kind, in)
			if math.IsNaN(g.Delta + g.Gamma + g.Vega + g.Theta + g.Rho) {
				t.Fatalf("%s %s %+v has greeks %+v", name, kind, in, g)
			}
		}
	})
}

func BenchmarkEuropeanPrice(b *testing.B) {
	in := option.Inputs{Spot: 100, Strike: 95, Years: 1, Rate: 0.04, Vol: 0.16}
	b.ReportAllocs()
	for b.Loop() {
		option.BlackScholesMerton{}.Price(option.Put, in)
	}
}

func BenchmarkAmericanPrice(b *testing.B) {
	in := option.Inputs{Spot: 100, Strike: 95, Years: 1, Rate: 0.04, Vol: 0.16}
	b.ReportAllocs()
	for b.Loop() {
		option.American{}.Price(option.Put, in)
	}
}

func BenchmarkTreePrice(b *testing.B) {
	in := option.Inputs{Spot: 100, Strike: 95, Years: 1, Rate: 0.04, Vol: 0.16}
	b.ReportAllocs()
	for b.Loop() {
		option.Tree{}.Price(option.Put, in)
	}
}

// TestMarkersAgreeWithTheirEngine prices every spot and shorter life over one
// boundary and compares with a boundary of its own.
func TestMarkersAgreeWithTheirEngine(t *testing.T) {
	for name, e := range map[string]option.Engine{"european": option.BlackScholesMerton{}, "american": option.American{}} {
		for _, kind := range []option.Kind{option.Put, option.Call} {
			in := option.Inputs{Spot: 100, Strike: 95, Years: 1, Rate: 0.05, Yield: 0.03, Vol: 0.2}
			marker := e.Marker(kind, in)
			for _, spot := range []float64{60, 80, 95, 100, 130} {
				for _, years := range []float64{1, 0.7, 0.25, 3.0 / 365, 0} {
					day := in
					day.Spot, day.Years = spot, years
					price, delta, vega := marker.Mark(spot, years)
					want, greeks := e.Price(kind, day), e.Greeks(kind, day)
					if math.Abs(price-want) > 1e-5 || marker.Price(spot, years) != price {
						t.Errorf("%s %s at %v with %v years: %v, want %v", name, kind, spot, years, price, want)
					}
					if math.Abs(delta-greeks.Delta) > 1e-4 || math.Abs(vega-greeks.Vega) > 1e-2 {
						t.Errorf("%s %s at %v with %v years: delta %v, vega %v, want %v, %v", name, kind, spot, years, delta, vega, greeks.Delta, greeks.Vega)
					}
				}
			}
		}
	}
}

func BenchmarkAmericanMark(b *testing.B) {
	m := option.American{}.Marker(option.Put, option.Inputs{Spot: 100, Strike: 95, Years: 1, Rate: 0.04, Vol: 0.16})
	b.ReportAllocs()
	for b.Loop() {
		m.Mark(101, 0.6)
	}
}

// TestAmericanAccuracies holds each accuracy to what its name promises on the
// paper's portfolio.
func TestAmericanAccuracies(t *testing.T) {
	rows := published(t, "alo_portfolio_6000.csv")
	step := tier.Of(5, 1)
	for accuracy, limit := range map[option.Accuracy]float64{option.Fast: 5e-5, option.Standard: 1e-6, option.High: 1e-8} {
		var over option.Boundaries
		over.Accuracy = accuracy
		worst, squares, count := 0.0, 0.0, 0.0
		for i := 0; i < len(rows); i += step {
			in := rows[i].inputs(t, "t")
			want := math.Max(rows[i].num(t, "converged"), option.Intrinsic(rows[i].kind(), in.Spot, in.Strike))
			gap := math.Abs(over.Price(rows[i].kind(), in)-want) / in.Strike * 100
			worst, squares, count = math.Max(worst, gap), squares+gap*gap, count+1
		}
		if rms := math.Sqrt(squares / count); !(rms <= limit && worst <= 50*limit) {
			t.Errorf("%s: root mean square error %.1e, largest %.1e for a strike of 100", accuracy, rms, worst)
		} else {
			t.Logf("%s: root mean square error %.1e, largest %.1e", accuracy, rms, worst)
		}
	}
}
