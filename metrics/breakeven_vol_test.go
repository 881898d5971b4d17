package metrics

import (
	"context"
	"math"
	"slices"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/option"
)

func resolvedFor(style lombard.Style) lombard.Scenario {
	rate, yield := 0.04, 0.0
	return lombard.Scenario{UnderlyingUnits: 100, Assumptions: lombard.Assumptions{Rate: &rate, DividendYield: &yield, OptionStyle: style}}
}

// premiumAt is what the contracts cost together at one vol.
func premiumAt(s lombard.Scenario, vol float64, contracts ...lombard.Contract) float64 {
	p, _ := purchasesOf(s, contracts)
	return p.premium(context.Background(), p.engine, vol)
}

// A call at the money, spot 100, rate 4 %, one year, is worth 8.405688 at a vol
// of 0.16 and 6.178462 at 0.10 (Black–Scholes, by a second program). Sold at
// 0.16, it cost 6.178462 in the end: at 0.10 that would have been for nothing.
func TestBreakevenVolOfACoveredCall(t *testing.T) {
	for _, style := range []lombard.Style{"european", "american"} { // without a yield the same
		call := bought("call", -100, 100, 8.4057)
		got := breakevenVol(t.Context(), &lombard.Summary{Payoff: -617.84616}, resolvedFor(style), []lombard.Contract{call})
		if got == nil || math.Abs(*got-0.10) > 1e-6 {
			t.Errorf("%s: break-even vol = %v, want 0.10", style, show(got))
		}
		undefined(t, "of a call that cost nothing", breakevenVol(t.Context(), &lombard.Summary{}, resolvedFor(style), []lombard.Contract{call}))
		undefined(t, "of a call that cost more than the spot", breakevenVol(t.Context(), &lombard.Summary{Payoff: -1e4}, resolvedFor(style), []lombard.Contract{call}))
		undefined(t, "of a call that cost less than it is worth without vol", breakevenVol(t.Context(), &lombard.Summary{Payoff: -300}, resolvedFor(style), []lombard.Contract{call}))
	}
}

// The price of a call spread rises with vol and falls again: of two vols at which
// it is worth the same the one nearest the vol paid, 0.16, counts, and where the
// maximum is only just reached there still are two.
func TestBreakevenVolNearestTheVolPaid(t *testing.T) {
	s := resolvedFor("european")
	spread := []lombard.Contract{bought("call", 100, 110, 1), bought("call", -100, 120, 1)}
	f := func(vol float64) float64 { return premiumAt(s, vol, spread...) }
	top, at := 0.0, 0.0
	for v := 0.002; v < 5; v *= 1.0005 {
		if x := f(v); x > top {
			top, at = x, v
		}
	}
	for _, vol := range []float64{0.12, 0.2, at * 0.9, at * 1.1, at * 0.999, at * 1.001} {
		got := breakevenVol(t.Context(), &lombard.Summary{Payoff: f(vol)}, s, spread)
		if got == nil || math.Abs(f(*got)-f(vol)) > 1e-7*f(vol) {
			t.Errorf("at the price of vol %v: %v", vol, show(got))
			continue
		}
		other := roots(func(v float64) float64 { return f(v) - f(vol) }, thorough, 1e-8)
		if !slices.ContainsFunc(other, func(v float64) bool { return math.Abs(v-vol) < 1e-4 }) {
			t.Errorf("%v is not among the roots %v", vol, other)
		}
		for _, v := range other {
			if math.Abs(math.Log(v/0.16)) < math.Abs(math.Log(*got/0.16))-1e-9 {
				t.Errorf("%v is nearer to 0.16 than %v", v, *got)
			}
		}
	}
	undefined(t, "above the maximum", breakevenVol(t.Context(), &lombard.Summary{Payoff: top * 1.001}, s, spread))
}

// Options of every style, kind and sign: the vol that is found costs what the
// hedge paid.
func TestBreakevenVolCostsNothing(t *testing.T) {
	for _, style := range []lombard.Style{"european", "american"} {
		for _, contracts := range [][]lombard.Contract{
			{bought("put", 100, 95, 1)},
			{bought("put", 100, 120, 1)},
			{bought("call", -100, 110, 1)},
			{bought("call", -100, 80, 1)},
			{bought("put", 100, 95, 1), bought("call", -100, 110, 1)},
			{bought("put", 100, 100, 1), bought("put", -100, 85, 1)},
			{bought("call", -50, 105, 1), bought("put", -20, 70, 1), bought("put", 40, 90, 1)},
		} {
			s := resolvedFor(style)
			*s.Assumptions.DividendYield = 0.02
			for _, vol := range []float64{0.05, 0.16, 0.4, 1.5} {
				worth := premiumAt(s, vol, contracts...)
				got := breakevenVol(t.Context(), &lombard.Summary{Payoff: worth + 3, Frictions: 3}, s, contracts)
				if got == nil && worth == math.Trunc(worth) {
					continue // at intrinsic value, where every lower vol gives the same
				}
				if got == nil || math.Abs(premiumAt(s, *got, contracts...)-worth) > 1e-4 {
					t.Errorf("%s, %d contracts at %v, worth %v: %v", style, len(contracts), vol, worth, show(got))
				}
			}
		}
	}
}

// A run whose rate is published prices each purchase at its own, 0 among them,
// and at the yield it was bought at: of a future the rate.
func TestVolsOfARateThatIsPublished(t *testing.T) {
	s := resolvedFor("european")
	s.Assumptions.RateSeries = "DGS1"
	first, second := bought("put", 100, 100, 1), bought("put", 100, 100, 1)
	first.Rate, first.Yield = 0.05, new(0.05)
	second.Rate, second.Yield = 0, new(0.0)
	engine := option.BlackScholesMerton{}
	in := option.Inputs{Spot: 100, Strike: 100, Years: 1, Rate: 0.05, Yield: 0.05, Vol: 0.2}
	none := option.Inputs{Spot: 100, Strike: 100, Years: 1, Vol: 0.2}
	worth := 100 * (engine.Price(option.Put, in) + engine.Price(option.Put, none))
	if got := breakevenVol(t.Context(), &lombard.Summary{Payoff: worth}, s, []lombard.Contract{first, second}); got == nil || math.Abs(*got-0.2) > 1e-9 {
		t.Errorf("break-even vol = %v, want 0.2", show(got))
	}
	second.IV = 0.24
	in.Vol, none.Vol = 0.16, 0.24
	a, b := engine.Greeks(option.Put, in).Vega, engine.Greeks(option.Put, none).Vega
	equal(t, "vol paid", volPaid(s, []lombard.Contract{first, second}), (0.16*a+0.24*b)/(a+b))
}
