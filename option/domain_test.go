package option

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"lombard.example/lombard/internal/tier"
)

// draws is how many sets of vol, rates and life a test over the whole domain
// takes; each is priced at many spots and shorter lives. LOMBARD_TESTS=long takes
// twenty times as many.
func draws(n int) int {
	return tier.Of(n, 20*n)
}

// drawWide draws from all that lombard price accepts: lives from a day to 200
// years, vols from 0.001 to 5, rates and yields from −1 to 1 and often near 0.
func drawWide(r *rand.Rand) Inputs {
	span := func(low, high float64) float64 { return low * math.Pow(high/low, r.Float64()) }
	rate := func() float64 {
		x := span(1e-4, 1)
		switch r.IntN(8) {
		case 0:
			return 0
		case 1, 2:
			return -x
		default:
			return x
		}
	}
	in := Inputs{Spot: 100, Strike: 100, Years: span(1.0/365, 200), Vol: span(0.001, 5), Rate: rate(), Yield: rate()}
	if r.IntN(6) == 0 {
		in.Yield = in.Rate // of a future
	}
	return in
}

// residual is the change of ln B at which a finer boundary ends.
const residual = 1e-9

// unit is a put as its boundary sees it.
func unit(in Inputs) carried {
	c, _, _ := asPut(Put, in)
	return c
}

// spots are prices around the strike, in deviations and in powers of ten.
func spots(in Inputs) []float64 {
	all := []float64{0.1, 1, 10, 50, 80, 90, 95, 99, 100, 101, 105, 110, 125, 200, 1000, 1e4, 1e5}
	deviation := min(in.Vol*math.Sqrt(in.Years), 5)
	for z := -3.0; z <= 3; z += 0.75 {
		all = append(all, 100*math.Exp(z*deviation))
	}
	return all
}

// scaleOf is what 100 is to an option on a strike of 100: its larger price.
func scaleOf(spot float64) float64 { return math.Max(1, spot/100) }

// TestAmericanOverTheWholeDomain holds what every American option must be,
// whatever its inputs: at least intrinsic and European value, at most the price
// of the option that never expires, convex bounds in spot, and worth the same
// over a boundary of a longer life.
func TestAmericanOverTheWholeDomain(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 8))
	count, worst := 0, 0.0
	for range draws(60) {
		in := drawWide(r)
		for _, kind := range []Kind{Put, Call} {
			if put := in; kind == Put && put.Rate < 0 || kind == Call && put.Yield < 0 {
				continue // European, or of TestTwoBoundaries
			}
			m := American{}.Marker(kind, in)
			for _, share := range []float64{1, 0.5, 0.02} {
				years := share * in.Years
				one := in
				one.Years = years
				fresh := m
				if share < 1 {
					fresh = American{}.Marker(kind, one)
				}
				before := math.NaN()
				for _, spot := range spots(one)[:17] {
					one.Spot = spot
					count++
					got, want := m.Price(spot, years), fresh.Price(spot, years)
					if !(got >= Intrinsic(kind, spot, 100) && got >= BlackScholesMerton{}.Price(kind, one)) || got > ceiling(kind, one)*(1+1e-12) && got > atLeast(kind, one) {
						t.Errorf("%s %+v = %v, at least %v and at most %v", kind, one, got, atLeast(kind, one), ceiling(kind, one))
					}
					gap := math.Abs(got-want) / scaleOf(spot)
					worst = math.Max(worst, gap)
					if gap > 1e-4 {
						t.Errorf("%s %+v marked %v over %v years, fresh %v", kind, one, got, in.Years, want)
					}
					if kind == Put && got > before+1e-4 || kind == Call && got < before-1e-4*scaleOf(spot) {
						t.Errorf("%s %+v = %v, at the spot before %v", kind, one, got, before)
					}
					before = got
				}
			}
		}
	}
	t.Logf("%d prices; marks within %.1e of fresh ones for a strike of 100", count, worst)
}

// TestAmericanBesideAFinerRule compares over the whole domain with boundaries of
// nearly twice the nodes and points, in other places.
func TestAmericanBesideAFinerRule(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 21))
	finer := newWideRule(residual, 5, 40, 64, 3.2)
	count, worst := 0, 0.0
	for range draws(60) {
		in := drawWide(r)
		in.Rate = math.Abs(in.Rate)
		if _, ok := simple(Put, in); ok {
			continue
		}
		b := solveWide(unit(in), finer)
		if b == nil {
			t.Errorf("%+v has no finer boundary", in)
			continue
		}
		m := American{}.Marker(Put, in)
		r := &reading{}
		r.read(&exercise{carried: b.carried, over: b}, in.Years, false)
		for _, spot := range spots(in) {
			in.Spot = spot
			want := Intrinsic(Put, spot, in.Strike)
			if spot > r.level*in.Strike {
				want = math.Max(atLeast(Put, in), BlackScholesMerton{}.Price(Put, in)+r.premium(spot/in.Strike)*in.Strike)
			}
			got := m.Price(spot, in.Years)
			count++
			worst = math.Max(worst, math.Abs(got-want))
			if !(math.Abs(got-want) <= 1e-4) {
				t.Errorf("%+v: %.7f, with a finer rule %.7f (σ²T %.3g, rT %.3g, qT %.3g, drift %.3g)", in, got, want, in.Vol*in.Vol*in.Years, in.Rate*in.Years, in.Yield*in.Years, unit(in).drifts())
			}
		}
	}
	t.Logf("%d prices: at most %.1e apart for a strike of 100", count, worst)
}

// TestAmericanBesideFiniteDifferences is the second engine where the boundary is
// one: the lattice marches a partial differential equation and shares no step
// with the integral equation.
func TestAmericanBesideFiniteDifferences(t *testing.T) {
	r := rand.New(rand.NewPCG(34, 55))
	span := func(low, high float64) float64 { return low * math.Pow(high/low, r.Float64()) }
	count, worst := 0, 0.0
	for range draws(8) {
		in := Inputs{Spot: 100, Strike: 100, Years: span(0.1, 50), Vol: span(0.1, 3), Rate: span(0.003, 0.5), Yield: span(0.003, 0.5)}
		if r.IntN(3) == 0 {
			in.Yield = -in.Yield / 4
		}
		if in.Vol*in.Vol*in.Years > 30 || unit(in).drifts() > 6 {
			continue
		}
		m, grid := American{}.Marker(Put, in), solveLattice(in)
		for _, spot := range spots(in) {
			in.Spot = spot
			if spot < 1 || spot > 1000 {
				continue
			}
			want := math.Max(atLeast(Put, in), BlackScholesMerton{}.Price(Put, in)+grid.at(spot, in.Years))
			gap := math.Abs(m.Price(spot, in.Years) - want)
			count++
			worst = math.Max(worst, gap)
			if gap > 2e-3 {
				t.Errorf("%+v: %.6f, by finite differences %.6f", in, m.Price(spot, in.Years), want)
			}
		}
	}
	t.Logf("%d prices: at most %.1e apart for a strike of 100", count, worst)
}

// TestAmericanWhereTheBoundaryFallsEarly holds prices that a boundary of few
// nodes missed: the first above that of the perpetual put, 89.2688315.
func TestAmericanWhereTheBoundaryFallsEarly(t *testing.T) {
	for _, c := range []struct {
		in   Inputs
		want float64
	}{
		{Inputs{100, 100, 30, 0.3, 0.04, 5}, 89.26883},
		{Inputs{103.0928, 100, 10, 0.25, -0.005, 0.2}, 1.88699},
	} {
		got := American{}.Price(Put, c.in)
		if math.Abs(got-c.want) > 1e-5 {
			t.Errorf("%+v = %.6f, want %.5f", c.in, got, c.want)
		}
		call := mirror(c.in)
		if other := (American{}).Price(Call, call); math.Abs(other-got) > 1e-9 {
			t.Errorf("the mirror call is worth %.9f, the put %.9f", other, got)
		}
		if got > ceiling(Put, c.in) {
			t.Errorf("%.9f is above the perpetual %.9f", got, ceiling(Put, c.in))
		}
	}
	// Merton's perpetual put by hand: rate 5 %, vol 20 %, no yield: the exponent is
	// −2r/σ² = −2.5, the boundary 100 × 2.5/3.5 = 71.428571, the value at 100
	// 28.571429 × (100/71.428571)^−2.5 = 12.319755.
	in := Inputs{Spot: 100, Strike: 100, Rate: 0.05, Vol: 0.2}
	if got := ceiling(Put, in); math.Abs(got-28.571428571*math.Pow(1.4, -2.5)) > 1e-6 {
		t.Errorf("perpetual put = %v", got)
	}
	in.Years = 200
	if got := (American{}).Price(Put, in); math.Abs(got-ceiling(Put, in)) > 1e-5 {
		t.Errorf("a put of 200 years is worth %v, the perpetual one %v", got, ceiling(Put, in))
	}
}

// TestAmericanIsMonotoneOverTheWholeDomain: more time and more vol are never
// worth less, across every hand-over between rules.
func TestAmericanIsMonotoneOverTheWholeDomain(t *testing.T) {
	for _, c := range []struct{ rate, yield float64 }{{0.05, 0}, {0.02, 0.06}, {0.3, 0.04}, {0, -0.03}, {0.04, 0.04}} {
		for _, spot := range []float64{60, 100, 140} {
			last := 0.0
			for _, years := range []float64{0.001, 0.01, 0.1, 0.5, 1, 2, 5, 9, 11, 20, 40, 100} {
				got := American{}.Price(Put, Inputs{spot, 100, years, c.rate, c.yield, 0.3})
				if got < last-1e-4 {
					t.Errorf("at %v, %+v: %v years are worth %v, fewer %v", spot, c, years, got, last)
				}
				last = got
			}
			last = 0
			for _, vol := range []float64{0.001, 0.01, 0.03, 0.1, 0.3, 0.6, 1, 1.5, 2, 3, 5} {
				got := American{}.Price(Put, Inputs{spot, 100, 2, c.rate, c.yield, vol})
				if got < last-1e-4 {
					t.Errorf("at %v, %+v: vol %v is worth %v, less %v", spot, c, vol, got, last)
				}
				last = got
			}
		}
	}
}

func ExampleAmerican_Price() {
	in := Inputs{Spot: 100, Strike: 100, Years: 30, Rate: 0.3, Yield: 0.04, Vol: 5}
	fmt.Printf("%.5f\n", American{}.Price(Put, in))
	// Output: 89.26883
}
