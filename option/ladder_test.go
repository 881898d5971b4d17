package option_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard/option"
)

// A ladder's marks are those of the formula to the last bit, whatever was asked
// of it before: days and parts of days, other vols, rates that change.
func TestALadderPricesAsTheFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var ladder option.Ladder
		for range rapid.IntRange(1, 4).Draw(t, "rates") {
			rate, yield := rapid.SampledFrom([]float64{0, 0.05, -0.01}).Draw(t, "rate"), rapid.SampledFrom([]float64{0, 0.02}).Draw(t, "yield")
			ladder.Set(rate, yield)
			kind := rapid.SampledFrom([]option.Kind{option.Put, option.Call}).Draw(t, "kind")
			in := option.Inputs{
				Spot: 100, Years: 2, Strike: rapid.Float64Range(1, 1e3).Draw(t, "strike"), Vol: rapid.SampledFrom([]float64{0, 0.05, 0.3, 2}).Draw(t, "vol"),
				Rate: rapid.SampledFrom([]float64{rate, 0.07}).Draw(t, "own rate"), Yield: yield,
			}
			marker, want := ladder.Marker(kind, in), option.BlackScholesMerton{}.Marker(kind, in)
			for range rapid.IntRange(1, 8).Draw(t, "marks") {
				spot, years := rapid.Float64Range(1, 1e3).Draw(t, "spot"), float64(rapid.IntRange(-1, 800).Draw(t, "days"))/365
				if rapid.IntRange(0, 3).Draw(t, "part of a day") == 0 {
					years = rapid.SampledFrom([]float64{0.1, 1e-9, 150, math.Pi}).Draw(t, "years")
				}
				same(t, "price", marker.Price(spot, years), want.Price(spot, years))
				price, delta, vega := marker.Mark(spot, years)
				p, d, v := want.Mark(spot, years)
				same(t, "mark", price, p)
				same(t, "delta", delta, d)
				same(t, "vega", vega, v)
			}
		}
	})
}

func same(t *rapid.T, what string, got, want float64) {
	t.Helper()
	if math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("%s = %v, want %v", what, got, want)
	}
}

func BenchmarkEuropeanOverALadder(b *testing.B) {
	var ladder option.Ladder
	ladder.Set(0.03, 0.01)
	marker := ladder.Marker(option.Put, option.Inputs{Spot: 100, Strike: 95, Years: 1, Rate: 0.03, Yield: 0.01, Vol: 0.2})
	for i := 0; b.Loop(); i++ {
		marker.Price(100+float64(i%7), float64(1+i%365)/365)
	}
}
