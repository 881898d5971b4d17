package option

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// drawOrdinary draws options of ordinary lives, in and out of the money.
func drawOrdinary(r *rand.Rand) (Kind, Inputs) {
	between := func(low, high float64) float64 { return low + (high-low)*r.Float64() }
	in := Inputs{Spot: between(60, 150), Strike: 100, Years: between(0.02, 2), Rate: between(0.005, 0.1), Yield: between(0, 0.1), Vol: between(0.1, 0.6)}
	if r.IntN(4) == 0 {
		in.Yield = 0
	}
	return Put + Kind(r.IntN(2)), in
}

// TestRememberedBoundariesChangeNoPrice prices options in any order over boundaries
// that remember those before, some of which have taken each other's place, and each
// alone: the bits are the same.
func TestRememberedBoundariesChangeNoPrice(t *testing.T) {
	for _, few := range []bool{false, true} {
		r := rand.New(rand.NewPCG(3, 5))
		warm := Boundaries{few: few}
		type quote struct {
			kind Kind
			in   Inputs
		}
		var all []quote
		for range 40 {
			kind, in := drawOrdinary(r)
			all = append(all, quote{kind, in})
			in.Strike, in.Spot = 250, in.Spot*2.5
			all = append(all, quote{kind, in}) // the same boundary at another strike
		}
		for range 2 {
			for _, q := range all {
				m := warm.Marker(q.kind, q.in)
				got := m.Price(q.in.Spot, q.in.Years)
				price, delta, vega := m.Mark(q.in.Spot, q.in.Years)
				alone := American{}.Marker(q.kind, q.in)
				p, d, v := alone.Mark(q.in.Spot, q.in.Years)
				if want := (American{}).Price(q.kind, q.in); got != want || price != p || delta != d || vega != v {
					t.Fatalf("%s %+v: %v and %v, %v, %v; alone %v and %v, %v, %v", q.kind, q.in, got, price, delta, vega, want, p, d, v)
				}
			}
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
		if !few && warm.solves > 80 {
			t.Errorf("%d boundaries were solved for 40 sets of vol, rate, yield and life", warm.solves)
		}
	}
}

// TestABoundaryServesAWholeYear counts: a year of daily marks of puts at many
// strikes solves one boundary for each class of lives.
func TestABoundaryServesAWholeYear(t *testing.T) {
	var b Boundaries
	for strike := 80.0; strike <= 120; strike += 10 {
		m := b.Marker(Put, Inputs{Strike: strike, Rate: 0.04, Vol: 0.2})
		for days := 365; days > 0; days-- {
			m.Price(100, float64(days)/365)
		}
	}
	if b.solves != 9 {
		t.Errorf("%d boundaries solved for five years of marks, want 9", b.solves)
	}
	if len(b.solved) > keptBoundaries || len(b.readings) > keptReadings {
		t.Errorf("%d boundaries and %d readings remembered", len(b.solved), len(b.readings))
	}
}

// TestFewLatticesAreRemembered: puts with a yield below a rate below 0 have lattices
// of megabytes, and those of the last used stay.
func TestFewLatticesAreRemembered(t *testing.T) {
	var b Boundaries
	in := Inputs{Spot: 100, Strike: 100, Years: 0.9, Rate: -0.01, Yield: -0.03, Vol: 0.2}
	want := b.Price(Put, in)
	for i := range 3 * keptLattices {
		b.keepLattice(&exercise{carried: carried{years: float64(i)}, lattice: &lattice{}})
		if got := b.Price(Put, in); got != want || b.solves != 1 {
			t.Fatalf("after %d more: %v, at first %v; %d solved", i+1, got, want, b.solves)
		}
	}
	if len(b.lattices) != keptLattices {
		t.Errorf("%d lattices are remembered, want %d", len(b.lattices), keptLattices)
	}
	for range 2 * keptLattices {
		b.keepLattice(&exercise{lattice: &lattice{}})
	}
	if b.Price(Put, in); b.solves != 2 {
		t.Errorf("%d solved, want 2: the lattice was used longest ago", b.solves)
	}
	for _, kept := range b.solved {
		if kept != nil {
			t.Error("a lattice is among the boundaries")
		}
	}
	for _, kept := range b.readings {
		if kept != nil {
			t.Error("a reading holds a lattice")
		}
	}
}

// TestPricesAreContinuousBetweenClasses: neither the class of a life nor the rule of
// a width may be seen in a price.
func TestPricesAreContinuousBetweenClasses(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for range 30 {
		kind, in := drawOrdinary(r)
		in.Years = classOf(in.Years)
		longer := in
		longer.Years *= 1 + 1e-12
		for accuracy, limit := range map[Accuracy]float64{Fast: 2e-2, Standard: 1e-4, High: 5e-6} {
			gap := math.Abs(American{accuracy}.Price(kind, in) - American{accuracy}.Price(kind, longer))
			if gap > limit {
				t.Errorf("%s, %s %+v: %.1e between two classes", accuracy, kind, in, gap)
			}
		}
	}
}

// TestAmericanGreeksAreSlopes compares the derivatives of the integral with
// differences of prices of high accuracy.
func TestAmericanGreeksAreSlopes(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 19))
	worst := map[string]float64{}
	for range draws(60) {
		kind, in := drawOrdinary(r)
		in.Years = classOf(in.Years) * 0.8 // away from the border of a class
		high := American{High}
		price := func(change func(*Inputs)) float64 {
			other := in
			change(&other)
			return high.Price(kind, other)
		}
		slope := func(change func(*Inputs, float64), width float64) float64 {
			return (price(func(i *Inputs) { change(i, width) }) - price(func(i *Inputs) { change(i, -width) })) / (2 * width)
		}
		width := 0.05 * in.Vol * math.Sqrt(in.Years) * in.Spot
		if price(func(i *Inputs) { i.Spot -= 2 * width }) <= Intrinsic(kind, in.Spot-2*width, 100)+1e-3 || price(func(i *Inputs) { i.Spot += 2 * width }) <= Intrinsic(kind, in.Spot+2*width, 100)+1e-3 {
			continue // exercised within the difference
		}
		g := American{}.Greeks(kind, in)
		for name, c := range map[string][3]float64{
			"delta": {g.Delta, slope(func(i *Inputs, x float64) { i.Spot += x }, width/20), 2e-4},
			"gamma": {g.Gamma, (price(func(i *Inputs) { i.Spot += width / 4 }) - 2*price(func(*Inputs) {}) + price(func(i *Inputs) { i.Spot -= width / 4 })) / (width * width / 16), 2e-3},
			"vega":  {g.Vega, slope(func(i *Inputs, x float64) { i.Vol += x }, 1e-3), 2e-2},
			"theta": {g.Theta, -slope(func(i *Inputs, x float64) { i.Years += x }, 1e-3*in.Years), 2e-2},
			"rho":   {g.Rho, slope(func(i *Inputs, x float64) { i.Rate += x }, 1e-4), 2e-2},
		} {
			gap := math.Abs(c[0] - c[1])
			worst[name] = math.Max(worst[name], gap)
			if !(gap <= c[2]) {
				t.Errorf("%s of %s %+v = %v, the price's slope is %v", name, kind, in, c[0], c[1])
			}
		}
	}
	t.Logf("largest differences from the prices' slopes: %v", worst)
}

// TestGreeksOverTheWholeDomain holds what greeks must be at every accuracy, whatever
// the inputs, and that no price is below intrinsic or European value.
func TestGreeksOverTheWholeDomain(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 37))
	for range draws(40) {
		in := drawWide(r)
		for _, kind := range []Kind{Put, Call} {
			if put := in; kind == Put && put.Rate < 0 || kind == Call && put.Yield < 0 {
				continue // European, or of TestTwoBoundaries
			}
			over := Boundaries{Accuracy: Accuracy(r.IntN(accuracies))}
			for _, spot := range spots(in) {
				in.Spot = spot
				g, price := over.Greeks(kind, in), over.Price(kind, in)
				if sum := g.Delta + g.Gamma + g.Vega + g.Theta + g.Rho; math.IsNaN(sum) || math.IsInf(sum, 0) {
					t.Fatalf("%s %+v has greeks %+v", kind, in, g)
				}
				if kind == Put && g.Delta > 0 || kind == Call && g.Delta < 0 || math.Abs(g.Delta) > 1+1e-12 && in.Yield >= 0 && in.Rate >= 0 || g.Gamma < 0 || g.Vega < 0 {
					t.Errorf("%s %+v has greeks %+v", kind, in, g)
				}
				if !(price >= atLeast(kind, in)) || math.IsInf(price, 0) {
					t.Errorf("%s %+v = %v, at least %v", kind, in, price, atLeast(kind, in))
				}
			}
		}
	}
}

func ExampleBoundaries() {
	var boundaries Boundaries
	sum := 0.0
	for strike := 80.0; strike <= 100; strike += 5 { // one boundary for five strikes
		sum += boundaries.Price(Put, Inputs{Spot: 100, Strike: strike, Years: 1, Rate: 0.04, Vol: 0.2})
	}
	fmt.Printf("%.3f\n", sum)
	// Output: 15.661
}

// BenchmarkAmericanDays prices a spot on each day of a year over the boundaries that
// the years before have left.
func BenchmarkAmericanDays(b *testing.B) {
	for name, yield := range map[string]float64{"yield": 0.02, "no yield": 0} {
		b.Run(name, func(b *testing.B) {
			var over Boundaries
			m := over.Marker(Put, Inputs{Strike: 100, Rate: 0.05, Yield: yield, Vol: 0.2})
			days, sum := 0, 0.0
			for b.Loop() {
				days = days%365 + 1
				sum += m.Price(101, float64(days)/365)
			}
			if math.IsNaN(sum) {
				b.Error("no price")
			}
		})
	}
}
