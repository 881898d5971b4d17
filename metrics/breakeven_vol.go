package metrics

import (
	"context"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/option"
)

// purchases prices every option of a run again at one vol.
type purchases struct {
	engine    option.Engine
	contracts []lombard.Contract
	rate      float64 // of every purchase, unless it follows a published one
	follows   bool    // each contract has its own
	yield     float64 // likewise, unless the contract has its own
}

// purchasesOf returns the purchases of a run; false where there are none or the
// scenario is not resolved.
func purchasesOf(s lombard.Scenario, contracts []lombard.Contract) (purchases, bool) {
	a := &s.Assumptions
	engine, ok := option.EngineFor(a.OptionStyle)
	if !ok || len(contracts) == 0 || a.Rate == nil || a.DividendYield == nil {
		return purchases{}, false
	}
	return purchases{engine, contracts, *a.Rate, a.RateSeries != "", *a.DividendYield}, true
}

func (p purchases) inputs(c *lombard.Contract, vol float64) (option.Kind, option.Inputs) {
	const year = 365
	kind := option.Put
	if c.Right == "call" {
		kind = option.Call
	}
	return kind, option.Inputs{Spot: c.SpotAtOpen, Strike: c.Strike, Years: float64(c.Expiry-c.Opened) / year, Rate: p.rateOf(c), Yield: p.yieldOf(c), Vol: vol}
}

// rateOf is the rate a contract was bought at; a published one may be 0.
func (p purchases) rateOf(c *lombard.Contract) float64 {
	if p.follows {
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

// premium: Σ signed quantity × price at the vol. It is no number once ctx has
// ended: no search goes on from there for long.
func (p purchases) premium(ctx context.Context, engine option.Engine, vol float64) float64 {
	const between = 32 // prices, of which one takes up to 0.1 ms
	sum := 0.0
	for i := range p.contracts {
		if i%between == 0 && ctx.Err() != nil {
			return math.NaN()
		}
		kind, in := p.inputs(&p.contracts[i], vol)
		sum += p.contracts[i].Quantity * engine.Price(kind, in)
	}
	return sum
}

// breakevenVol: the vol σ with Σ premiums(σ) + frictions = payoffs + open mark,
// everything but the premiums as it happened; null where no vol between 0.001
// and 5 does it. What is bought costs more at a higher vol and what is sold
// brings more, so a hedge of both may have several such vols: the one nearest
// the vol paid counts.
func breakevenVol(ctx context.Context, m *lombard.Summary, s lombard.Scenario, contracts []lombard.Contract) *float64 {
	p, ok := purchasesOf(s, contracts)
	european, _ := option.EngineFor(lombard.StyleEuropean)
	paid := volPaid(s, contracts)
	if !ok || paid == nil {
		return nil
	}
	scale := 0.0
	for i := range contracts {
		scale += math.Abs(contracts[i].Quantity) * contracts[i].SpotAtOpen
	}
	const rounding = 1e-12
	worth, nothing := m.Payoff+m.OpenMark-m.Frictions, rounding*scale
	gap := func(engine option.Engine) func(float64) float64 {
		return func(vol float64) float64 { return p.premium(ctx, engine, vol) - worth }
	}
	near := nearest(roots(gap(european), thorough, nothing), *paid)
	if p.engine == european {
		return near
	}
	if near != nil {
		// The root for European options is where the walk to that for American ones
		// starts.
		if root := polish(gap(p.engine), *near, nothing); root != nil {
			return root
		}
	}
	var exact []float64
	for _, vol := range roots(gap(screen{p.engine}), firstLook(len(contracts)), nothing) {
		if root := polish(gap(p.engine), vol, nothing); root != nil {
			exact = append(exact, *root)
		}
	}
	return nearest(exact, *paid)
}

// screen prices American options for a first look: those of a vol so high or so
// low that an exact price takes a hundred times as long have the larger of
// intrinsic and European value, which they are near.
type screen struct{ option.Engine }

func (e screen) Price(kind option.Kind, in option.Inputs) float64 {
	const variance, drift = 4, 2
	if in.Vol*in.Vol*in.Years > variance || math.Abs(in.Rate-in.Yield)*math.Sqrt(in.Years) > drift*in.Vol {
		return math.Max(option.Intrinsic(kind, in.Spot, in.Strike), option.BlackScholesMerton{}.Price(kind, in))
	}
	return e.Engine.Price(kind, in)
}

// search says how closely roots looks: points of its grid, and halvings of what
// brackets a root.
type search struct{ points, halvings int }

// thorough finds the roots of a cheap function to the last digit.
var thorough = search{points: 128, halvings: 60}

// firstLook finds roots from which polish goes on, and keeps a look at many
// contracts from taking longer than their run.
func firstLook(contracts int) search {
	const most, least, prices = 32, 8, 256
	return search{points: max(least, min(most, prices/contracts)), halvings: 8}
}

// nearest returns the vol whose ratio to another is the smallest.
func nearest(vols []float64, to float64) *float64 {
	var best *float64
	for i, x := range vols {
		if best == nil || math.Abs(math.Log(x/to)) < math.Abs(math.Log(*best/to)) {
			best = &vols[i]
		}
	}
	return best
}

// Limits of a vol that is looked for.
const lowestVol, highestVol = 0.001, 5.0

// roots finds the vols at which f changes its sign, on a grid that is
// geometric in vol and, where f turns round without having crossed, at its
// turning point. Values within nothing of 0 are rounding and have no sign.
func roots(f func(vol float64) float64, how search, nothing float64) []float64 {
	type point struct{ vol, f float64 }
	at := func(vol float64) point { return point{vol, f(vol)} }
	sign := func(p point) int {
		switch {
		case p.f > nothing:
			return 1
		case p.f < -nothing:
			return -1
		default:
			return 0
		}
	}
	var signed []point // those with a sign, in order
	for k := range how.points + 1 {
		if p := at(lowestVol * math.Pow(highestVol/lowestVol, float64(k)/float64(how.points))); sign(p) != 0 {
			signed = append(signed, p)
		}
	}
	var found []float64
	bracket := func(low, high point) {
		if sign(low)*sign(high) < 0 {
			found = append(found, bisect(f, low.vol, high.vol, low.f > 0, how.halvings))
		}
	}
	for k := 1; k < len(signed); k++ {
		low, high := signed[k-1], signed[k]
		if sign(low) == sign(high) && k+1 < len(signed) && sign(signed[k+1]) == sign(high) {
			// low, high and the next: does f come nearer to 0 between them?
			side := float64(sign(high))
			if next := signed[k+1]; side*high.f <= side*low.f && side*high.f <= side*next.f {
				if turn := at(turning(f, low.vol, next.vol, side, how.halvings)); sign(turn) == -sign(low) {
					bracket(low, turn)
					bracket(turn, next)
				}
			}
		}
		bracket(low, high)
	}
	return found
}

// bisect finds the vol at which f changes its sign.
func bisect(f func(vol float64) float64, low, high float64, falling bool, halvings int) float64 {
	for range halvings {
		if middle := (low + high) / 2; f(middle) > 0 == falling {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// turning finds where side·f is least, by golden section.
func turning(f func(vol float64) float64, low, high, side float64, rounds int) float64 {
	const golden = 0.6180339887498949
	a, b := high-golden*(high-low), low+golden*(high-low)
	fa, fb := side*f(a), side*f(b)
	for range rounds {
		if fa < fb {
			high, b, fb = b, a, fa
			a = high - golden*(high-low)
			fa = side * f(a)
		} else {
			low, a, fa = a, b, fb
			b = low + golden*(high-low)
			fb = side * f(b)
		}
	}
	return (low + high) / 2
}

// polish walks from a vol to the root by secants; null when it does not get
// there.
func polish(gap func(vol float64) float64, vol, nothing float64) *float64 {
	const rounds, step, enough = 10, 0.999, 1000
	a, b := vol, vol*step
	fa, fb := gap(a), gap(b)
	for range rounds {
		if math.Abs(fb) <= enough*nothing {
			return defined(b)
		}
		next := b - fb*(b-a)/(fb-fa)
		if !(next > lowestVol && next < highestVol) || next == b {
			return nil
		}
		a, fa = b, fb
		b, fb = next, gap(next)
	}
	return nil
}

// volPaid: Σ vega × vol / Σ vega over the purchases.
func volPaid(s lombard.Scenario, contracts []lombard.Contract) *float64 {
	european, _ := option.EngineFor(lombard.StyleEuropean)
	p, ok := purchasesOf(s, contracts)
	if !ok {
		return nil
	}
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
