package option

import (
	"math"
	"testing"

	"lombard.example/lombard/internal/tier"
)

// TestTwoBoundaries prices puts worth exercising between two spots only, yield
// < rate < 0. The truth is extrapolated
// from a grid twice as fine both ways; the tree, which
// shares no step with it, stands beside.
func TestTwoBoundaries(t *testing.T) {
	t.Parallel()
	worst, beside := 0.0, 0.0
	rates := [][2]float64{{-0.01, -0.03}, {-0.001, -0.04}, {-0.005, -0.01}, {-0.02, -0.05}}
	for _, rates := range rates[:tier.Of(2, len(rates))] {
		for _, vol := range []float64{0.08, 0.3} {
			for _, years := range []float64{0.5, 3} {
				in := Inputs{Spot: 100, Strike: 100, Years: years, Rate: rates[0], Yield: rates[1], Vol: vol}
				finer := lattice{gridOf(in, 2*latticeTimes, 2*nodesPerSD), gridOf(in, latticeTimes, nodesPerSD)}
				marker := American{}.Marker(Put, in)
				for _, spot := range []float64{50, 70, 80, 90, 95, 100, 110} {
					in.Spot = spot
					got := marker.Price(spot, years)
					want := math.Max(atLeast(Put, in), BlackScholesMerton{}.Price(Put, in)+finer.at(spot, years))
					worst = math.Max(worst, math.Abs(got-want))
					beside = math.Max(beside, math.Abs(got-Tree{}.Price(Put, in)))
					if math.Abs(got-want) > 2e-4 {
						t.Errorf("%+v: %.6f, on the finer grid %.6f", in, got, want)
					}
				}
			}
		}
	}
	t.Logf("for a strike of 100: at most %.1e from the finer grid, %.1e from the tree", worst, beside)
	if beside > 1e-2 {
		t.Errorf("the tree is %.1e away", beside)
	}
}

func BenchmarkLattice(b *testing.B) {
	in := Inputs{Spot: 100, Strike: 100, Years: 1, Rate: -0.01, Yield: -0.03, Vol: 0.2}
	for b.Loop() {
		solveLattice(in)
	}
}
