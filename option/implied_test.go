package option_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard/option"
)

// Every price that the formula gives comes back as a vol that gives it again:
// to its last digits, and to 1e-11 of vol where the price tells vols apart.
func TestImpliedVolIsTheFormulasInverse(t *testing.T) {
	european := option.BlackScholesMerton{}
	rapid.Check(t, func(t *rapid.T) {
		in := option.Inputs{
			Spot: 100, Strike: rapid.Float64Range(20, 500).Draw(t, "strike"), Years: rapid.Float64Range(0.005, 30).Draw(t, "years"),
			Rate: rapid.Float64Range(-0.05, 0.2).Draw(t, "rate"), Yield: rapid.Float64Range(-0.05, 0.2).Draw(t, "yield"), Vol: rapid.Float64Range(0.01, 3).Draw(t, "vol"),
		}
		kind := rapid.SampledFrom([]option.Kind{option.Put, option.Call}).Draw(t, "kind")
		price, vega := european.Price(kind, in), european.Greeks(kind, in).Vega
		scale := in.Spot*math.Exp(-in.Yield*in.Years) + in.Strike*math.Exp(-in.Rate*in.Years)
		if !(vega*in.Vol > 1e-10*scale) {
			return // the price does not tell this vol from its neighbours
		}
		got, err := option.ImpliedVol(kind, in, price)
		if err != nil {
			t.Fatalf("price %v: %v", price, err)
		}
		blur := 4e-16 * scale / vega // vols whose prices differ by rounding only
		if math.Abs(got-in.Vol) > 1e-11+4*blur {
			t.Fatalf("implied vol %v of a price at vol %v, gap %g, blur %g", got, in.Vol, got-in.Vol, blur)
		}
	})
}

func TestImpliedVolOfPublishedPrices(t *testing.T) {
	// Hull, Options, Futures, and Other Derivatives: S = 21, K = 20, r = 10 %,
	// T = 0.25 and a call of 1.875 imply 23.5 %.
	got, err := option.ImpliedVol(option.Call, option.Inputs{Spot: 21, Strike: 20, Years: 0.25, Rate: 0.10}, 1.875)
	if err != nil || math.Abs(got-0.2345) > 5e-4 {
		t.Errorf("implied vol = %v, %v; want 0.2345", got, err)
	}
}

func TestUnattainablePricesHaveNoVol(t *testing.T) {
	in := option.Inputs{Spot: 100, Strike: 90, Years: 1}
	for name, price := range map[string]float64{"below intrinsic": 9.9, "at intrinsic": 10, "above spot": 100.1, "no number": math.NaN(), "negative": -1} {
		if got, err := option.ImpliedVol(option.Call, in, price); !errors.Is(err, option.ErrNoVol) {
			t.Errorf("%s: %v, %v; want ErrNoVol", name, got, err)
		}
	}
	if got, err := option.ImpliedVolAmerican(option.Put, option.Inputs{Spot: 80, Strike: 100, Years: 1, Rate: 0.05}, 20); !errors.Is(err, option.ErrNoVol) {
		t.Errorf("an American put at intrinsic: %v, %v; want ErrNoVol", got, err)
	}
}

func TestImpliedVolOfTheLowestPrices(t *testing.T) {
	for _, in := range []option.Inputs{
		{Spot: 100, Strike: 200, Years: 0.1, Vol: 0.2}, {Spot: 100, Strike: 150, Years: 0.01, Vol: 0.3}, {Spot: 100, Strike: 101, Years: 1e-4, Vol: 0.05},
	} {
		price := option.BlackScholesMerton{}.Price(option.Call, in)
		if got, err := option.ImpliedVol(option.Call, in, price); price > 1e-300 && (err != nil || math.Abs(got/in.Vol-1) > 1e-9) {
			t.Errorf("implied vol of %g = %v, %v; want %v", price, got, err, in.Vol)
		}
	}
}

func TestImpliedVolOfAnAmericanOption(t *testing.T) {
	in := option.Inputs{Spot: 100, Strike: 105, Years: 0.75, Rate: 0.05, Yield: 0.01, Vol: 0.23}
	price := option.American{}.Price(option.Put, in)
	if got, err := option.ImpliedVolAmerican(option.Put, in, price); err != nil || math.Abs(got-0.23) > 1e-9 {
		t.Errorf("implied vol = %v, %v; want 0.23", got, err)
	}
}

func BenchmarkImpliedVol(b *testing.B) {
	in := option.Inputs{Spot: 100, Strike: 110, Years: 1, Rate: 0.04, Vol: 0.2}
	price := option.BlackScholesMerton{}.Price(option.Call, in)
	for b.Loop() {
		_, _ = option.ImpliedVol(option.Call, in, price)
	}
}
