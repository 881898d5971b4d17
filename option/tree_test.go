package option

import (
	"math"
	"testing"
)

// TestTreeEuropeanConverges is the second engine of the European formula: the
// mean over the tree's paths, which ends in the formula for its last step only.
func TestTreeEuropeanConverges(t *testing.T) {
	for _, kind := range []Kind{Put, Call} {
		for _, spot := range []float64{70, 90, 100, 110, 140} {
			for _, rates := range [][2]float64{{0.05, 0}, {0.02, 0.06}, {-0.01, 0.02}} {
				in := Inputs{Spot: spot, Strike: 100, Years: 0.75, Rate: rates[0], Yield: rates[1], Vol: 0.25}
				_, half := onTree(kind, in, coarse)
				_, whole := onTree(kind, in, fine)
				want := BlackScholesMerton{}.Price(kind, in)
				if got := 2*whole - half; math.Abs(got-want) > 5e-4 {
					t.Errorf("%s %+v: the tree gives %.6f, the formula %.6f", kind, in, got, want)
				}
			}
		}
	}
}

// TestOnlyTwoBoundariesNeedTheLattice says when the fixed point hands over: with
// a positive rate it never does.
func TestOnlyTwoBoundariesNeedTheLattice(t *testing.T) {
	for _, rate := range []float64{1e-7, 1e-3, 0.05, 0.15} {
		for _, yield := range []float64{-0.05, 0, 0.03, 0.15} {
			for _, vol := range []float64{0.03, 0.2, 1.5} {
				in := Inputs{Spot: 100, Strike: 100, Years: 2, Rate: rate, Yield: yield, Vol: vol}
				if e := exerciseOf(unit(in), Standard); e.over == nil {
					t.Errorf("%+v has no boundary", in)
				}
			}
		}
	}
	in := Inputs{Spot: 100, Strike: 100, Years: 2, Rate: -0.01, Yield: -0.03, Vol: 0.2}
	if e := exerciseOf(unit(in), Standard); e.over != nil || e.lattice == nil {
		t.Errorf("%+v has two boundaries and was given one", in)
	}
}

// TestBoundaryBesideItsApproximation compares the exercise boundary of a put at
// 120 (rate 0.10, yield 0.03, vol 0.25, five years) with QD+'s of ten nodes,
// which is an approximation good to about a quarter of a per cent.
func TestBoundaryBesideItsApproximation(t *testing.T) {
	b := solve(carried{years: 5, rate: 0.10, yield: 0.03, vol: 0.25}, Standard)
	if b == nil {
		t.Fatal("no boundary")
	}
	for years, want := range map[float64]float64{4.9: 87.769609, 4: 88.390530, 2.5: 90.143273, 1: 94.497938, 0.1: 106.258896} {
		if got := 120 * b.limit * math.Exp(-b.fall(years)); math.Abs(got/want-1) > 2.5e-3 {
			t.Errorf("boundary with %v years left = %.4f, QD+ %.4f", years, got, want)
		}
	}
}

func BenchmarkAmericanSolve(b *testing.B) {
	in := Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0.05, Yield: 0.02, Vol: 0.2}
	b.ReportAllocs()
	for b.Loop() {
		solve(unit(in), Standard)
	}
}

func BenchmarkAmericanOverABoundary(b *testing.B) {
	m := American{}.Marker(Put, Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0.05, Yield: 0.02, Vol: 0.2})
	b.ReportAllocs()
	for b.Loop() {
		m.Price(95, 0.7)
	}
}

func BenchmarkEuropean(b *testing.B) {
	in := Inputs{Spot: 100, Strike: 95, Years: 1, Rate: 0.05, Yield: 0.02, Vol: 0.2}
	b.ReportAllocs()
	for b.Loop() {
		BlackScholesMerton{}.Price(Put, in)
	}
}
