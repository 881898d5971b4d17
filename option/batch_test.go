package option_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard/option"
)

func columns(n int, of func(i int) option.Inputs) option.Columns {
	var c option.Columns
	for i := range n {
		o := of(i)
		c.Spot, c.Strike, c.Years = append(c.Spot, o.Spot), append(c.Strike, o.Strike), append(c.Years, o.Years)
		c.Rate, c.Yield, c.Vol = append(c.Rate, o.Rate), append(c.Yield, o.Yield), append(c.Vol, o.Vol)
	}
	return c
}

// A batch has the bits of pricing one by one, whatever is among its options, on
// vectors and without.
func TestABatchAgreesWithItsOptions(t *testing.T) {
	odd := []float64{0, -1, 1e-300, 1e300, math.Inf(1), math.NaN()}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "options")
		draw := func(low, high float64, name string) float64 {
			if rapid.IntRange(0, 40).Draw(t, "odd") == 0 {
				return rapid.SampledFrom(odd).Draw(t, name)
			}
			return rapid.Float64Range(low, high).Draw(t, name)
		}
		kind := rapid.SampledFrom([]option.Kind{option.Put, option.Call}).Draw(t, "kind")
		c := columns(n, func(int) option.Inputs {
			return option.Inputs{
				Spot: draw(1e-3, 1e4, "spot"), Strike: draw(1e-3, 1e4, "strike"), Years: draw(0, 10, "years"),
				Rate: draw(-0.2, 0.3, "rate"), Yield: draw(-0.2, 0.3, "yield"), Vol: draw(0, 3, "vol"),
			}
		})
		prices := make([]float64, n)
		option.PriceEuropean(kind, c, prices)
		for i := range prices {
			in := c.At(i)
			want := option.BlackScholesMerton{}.Price(kind, in)
			if prices[i] != want && !(math.IsNaN(prices[i]) && math.IsNaN(want)) {
				t.Fatalf("%+v: in a batch %v, alone %v", in, prices[i], want)
			}
		}
	})
}

func TestABatchOfAmericansReusesBoundaries(t *testing.T) {
	c := columns(60, func(i int) option.Inputs {
		return option.Inputs{Spot: 100, Strike: 80 + float64(i), Years: 0.1 + float64(i%7)/5, Rate: 0.05, Yield: 0.02, Vol: 0.2 + 0.1*float64(i/20)}
	})
	prices := make([]float64, 60)
	for _, kind := range []option.Kind{option.Put, option.Call} {
		option.PriceAmerican(kind, c, prices)
		for i := range prices {
			if want := (option.American{}).Price(kind, c.At(i)); math.Abs(prices[i]-want) > 1e-4 {
				t.Errorf("%v %+v: in a batch %v, alone %v", kind, c.At(i), prices[i], want)
			}
		}
	}
}
