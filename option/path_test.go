package option_test

import (
	"math"
	"testing"

	"lombard.example/lombard/option"
)

// A path has the bits of its marker, day by day, whatever its length.
func TestAPathHasTheBitsOfItsMarker(t *testing.T) {
	for n := range 40 {
		spots, years := make([]float64, n), make([]float64, n)
		for i := range n {
			spots[i], years[i] = 100+20*math.Sin(float64(i)), float64(n-1-i)/365
		}
		for _, kind := range []option.Kind{option.Put, option.Call} {
			for _, yield := range []float64{0, 0.03} {
				in := option.Inputs{Strike: 95, Rate: 0.04, Yield: yield, Vol: 0.2}
				prices, deltas, vegas := make([]float64, n), make([]float64, n), make([]float64, n)
				option.MarkPath(kind, in, spots, years, prices, deltas, vegas)
				marker := option.BlackScholesMerton{}.Marker(kind, in)
				for i := range n {
					if price, delta, vega := marker.Mark(spots[i], years[i]); prices[i] != price || deltas[i] != delta || vegas[i] != vega {
						t.Fatalf("day %d of %d: %v %v %v, the marker %v %v %v", i, n, prices[i], deltas[i], vegas[i], price, delta, vega)
					}
				}
			}
		}
	}
}

func TestAPathAllocatesNothing(t *testing.T) {
	spots, years, prices := make([]float64, 100), make([]float64, 100), make([]float64, 100)
	for i := range spots {
		spots[i], years[i] = 90+float64(i)/5, float64(100-i)/365
	}
	in := option.Inputs{Strike: 95, Rate: 0.04, Vol: 0.2}
	if n := testing.AllocsPerRun(10, func() { option.PricePath(option.Put, in, spots, years, prices) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPricePath(b *testing.B) {
	spots, years, prices := make([]float64, 256), make([]float64, 256), make([]float64, 256)
	for i := range spots {
		spots[i], years[i] = 90+float64(i)/12, float64(256-i)/365
	}
	in := option.Inputs{Strike: 95, Rate: 0.04, Yield: 0.01, Vol: 0.2}
	for b.Loop() {
		option.PricePath(option.Put, in, spots, years, prices)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/option")
}
