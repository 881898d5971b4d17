package metrics

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/option"
)

// purchases prices every option of a run again at one vol.
type purchases struct {
	engine    option.Engine
	contracts []lombard.Contract
	rate      float64
	yield     float64
}

func (p purchases) inputs(c *lombard.Contract, vol float64) (option.Kind, option.Inputs) {
	const year = 365
	kind := option.Put
	if c.Right == "call" {
		kind = option.Call
	}
	return kind, option.Inputs{Spot: c.SpotAtOpen, Strike: c.Strike, Years: float64(c.Expiry-c.Opened) / year, Rate: p.rateOf(c), Yield: p.yieldOf(c), Vol: vol}
}

// rateOf is the rate a contract was bought at.
func (p purchases) rateOf(c *lombard.Contract) float64 {
	if c.Rate != 0 {
		return c.Rate
	}
	return p.rate
}

// yieldOf is the dividend yield a contract was bought at.
func (p purchases) yieldOf(c *lombard.Contract) float64 {
	if c.Yield != nil {
		return *c.Yield
	}
	return p.yield
}

// premium: Σ signed quantity × price at the vol.
func (p purchases) premium(engine option.Engine, vol float64) float64 {
	sum := 0.0
	for i := range p.contracts {
		kind, in := p.inputs(&p.contracts[i], vol)
		sum += p.contracts[i].Quantity * engine.Price(kind, in)
	}
	return sum
}

// breakevenVol: the one vol σ with Σ premiums(σ) + frictions = payoffs + open
// mark, everything but the premiums as it happened; null where no vol does it.
// The root for European options is where the search for American ones starts.
func breakevenVol(m *lombard.Summary, s lombard.Scenario, contracts []lombard.Contract) *float64 {
	engine, ok := option.EngineFor(s.Assumptions.OptionStyle)
	european, _ := option.EngineFor(lombard.StyleEuropean)
	if !ok || len(contracts) == 0 || s.Assumptions.Rate == nil || s.Assumptions.DividendYield == nil {
		return nil
	}
	p := purchases{engine, contracts, *s.Assumptions.Rate, *s.Assumptions.DividendYield}
	worth := m.Payoff + m.OpenMark - m.Frictions
	root, ok := bisect(func(vol float64) float64 { return p.premium(european, vol) - worth })
	if !ok {
		return nil
	}
	if engine == european {
		return &root
	}
	return p.polish(root, worth)
}

// bisect finds the root of a rising function of vol.
func bisect(f func(vol float64) float64) (float64, bool) {
	low, high := 0.001, 5.0
	if f(low) > 0 || f(high) < 0 {
		return 0, false
	}
	const rounds = 60
	for range rounds {
		if middle := (low + high) / 2; f(middle) > 0 {
			high = middle
		} else {
			low = middle
		}
	}
	return (low + high) / 2, true
}

// polish walks from a vol to the root by secants; null when it does not get
// there.
func (p purchases) polish(vol, worth float64) *float64 {
	gap := func(vol float64) float64 { return p.premium(p.engine, vol) - worth }
	const rounds, step = 8, 0.999
	a, b := vol, vol*step
	fa, fb := gap(a), gap(b)
	for range rounds {
		if math.Abs(fb) <= 1e-9*math.Abs(worth) {
			return defined(b)
		}
		next := b - fb*(b-a)/(fb-fa)
		if !(next > 0 && next < 5) {
			return nil
		}
		a, fa = b, fb
		b, fb = next, gap(next)
	}
	return nil
}

// volPaid: Σ vega × vol / Σ vega over the purchases.
func volPaid(s lombard.Scenario, contracts []lombard.Contract) *float64 {
	european, ok := option.EngineFor(lombard.StyleEuropean)
	if !ok || s.Assumptions.Rate == nil || s.Assumptions.DividendYield == nil {
		return nil
	}
	p := purchases{european, contracts, *s.Assumptions.Rate, *s.Assumptions.DividendYield}
	sum, weight := 0.0, 0.0
	for i := range contracts {
		kind, in := p.inputs(&contracts[i], contracts[i].IV)
		_, _, vega := european.Marker(kind, in).Mark(in.Spot, in.Years)
		vega *= math.Abs(contracts[i].Quantity)
		sum += vega * contracts[i].IV
		weight += vega
	}
	return ratio(sum, weight)
}
