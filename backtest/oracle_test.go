package backtest_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/internal/tier"
	"lombard.example/lombard/market"
)

// walk returns n sessions of a geometric Brownian motion, dt years apart.
func walk(r *rand.Rand, n int, drift, vol, dt float64) market.Series {
	bars := make([]market.Bar, n)
	x := 0.0
	for i := range bars {
		bars[i] = market.Bar{Date: lombard.MustDate("2020-01-01") + lombard.Date(i), Close: 100 * math.Exp(x)}
		x += (drift-vol*vol/2)*dt + vol*math.Sqrt(dt)*r.NormFloat64()
	}
	s := made(bars...)
	s.Instrument.SevenDay = true
	return s
}

// How often a loan is called within a year of daily closes: the published
// figures are the first-passage probability with the continuity correction of
// Broadie, Glasserman and Kou (1997) and 400,000 simulated paths.
func TestCallsAreAsLikelyAsFirstPassage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ vol, drift, ltv, call, want float64 }{
		{0.16, 0.04, 0.60, 0.75, 0.11852},
		{0.60, 0.10, 0.50, 0.70, 0.59579},
		{0.60, 0.10, 0.50, 0.80, 0.45980},
	} {
		const sessions = 253
		paths := tier.Of(1000, 8000)
		r := rand.New(rand.NewPCG(1, 2))
		called := 0
		for range paths {
			prices := walk(r, sessions, test.drift, test.vol, 1.0/252)
			s := over(prices, 1, test.ltv*100, test.call)
			days := run(t, backtest.Input{Scenario: s, Series: prices, Template: template(t, "unhedged")}).Days
			for i := range days {
				if days[i].MarginCallUnhedged {
					called++
					break
				}
			}
		}
		got := float64(called) / float64(paths)
		if margin := 3.5 * math.Sqrt(test.want*(1-test.want)/float64(paths)); math.Abs(got-test.want) > margin {
			t.Errorf("vol %v, call at %v: called on %.5f of the paths, want %.5f ± %.5f", test.vol, test.call, got, test.want, margin)
		}
	}
}

// What rolling monthly 95 % puts costs when they are bought at a vol of 22 % and
// the market moves at 20 %: 2.5707 % a year in expectation (the design of
// Israelov and Nielsen, Still not cheap, 2015, with r = q = 0 and μ = 4 %).
func TestRollingPutsCostTheirPremium(t *testing.T) {
	paths, months := tier.Of(200, 1500), 12
	r := rand.New(rand.NewPCG(3, 4))
	sum, squares := 0.0, 0.0
	hedge := custom(t, `{"slug":"monthly","legs":[{"id":"put","right":"put","strike":{"value":0.95},"expiry":{"tenor":"1m"}}]}`)
	for range paths * months {
		// One put, from its purchase to its expiry 31 days later; time is scaled
		// so that these are a twelfth of a year at both vols.
		prices := walk(r, 32, 0.04, 0.20, 1.0/12/31)
		s := over(prices, 1, 1, 0.99)
		s.Assumptions.Rate, s.Assumptions.DividendYield = number(0), number(0)
		s.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolFlat, Value: 0.22 * math.Sqrt(365.0/12/31)}
		path := run(t, backtest.Input{Scenario: s, Series: prices, Template: hedge})
		c := path.Contracts[0]
		cost := (c.Premium - *c.Payoff) / 100
		sum += cost
		squares += cost * cost
	}
	n := float64(paths * months)
	mean := sum / n
	margin := 3.5 * math.Sqrt((squares/n-mean*mean)/n) * 12
	if got := mean * 12; math.Abs(got-0.025707) > margin {
		t.Errorf("a year costs %.5f, want 0.025707 ± %.5f", got, margin)
	}
}
