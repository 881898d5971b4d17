package option

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
)

// American prices American options by the fixed point of Andersen, Lake and
// Offengenden (High-performance American option pricing, Journal of
// Computational Finance 20, 2016): the exercise boundary solves an integral
// equation, is interpolated in √time at Chebyshev nodes, and the early-exercise
// premium is an integral over it. Calls are puts with spot and strike, and rate
// and yield, exchanged (McDonald and Schroder, 1998). Verified against published
// converged values to 1e-6 for a strike of 100 in ordinary cases, and to 1e-4
// against finer rules for lives of up to 200 years, vols from 0.001 to 5 and
// rates and yields between −1 and 1. A price is at least intrinsic and European
// value and at most that of the option that never expires.
// Where the boundary has two branches (a put with yield < rate < 0) the premium
// comes from a lattice instead, good to 2e-4 for a strike of 100.
type American struct{}

var _ Engine = American{}

// Name implements Engine.
func (American) Name() string { return "American fixed point (Andersen–Lake–Offengenden)" }

// Price implements Engine.
func (American) Price(kind Kind, in Inputs) float64 {
	return americanMarker(kind, in).Price(in.Spot, in.Years)
}

// Greeks implements Engine: central differences of the price, theta from the
// pricing equation.
func (a American) Greeks(kind Kind, in Inputs) Greeks {
	if _, ok := simple(kind, in); ok {
		return simpleGreeks(kind, in)
	}
	if Intrinsic(kind, in.Spot, in.Strike) >= a.Price(kind, in) {
		return Greeks{Delta: exercised(kind, in.Spot, in.Strike)} // held only to be exercised
	}
	width := in.Spot * min(0.01, 0.1*in.Vol*math.Sqrt(in.Years))
	m := americanMarker(kind, in)
	high, mid, low := m.Price(in.Spot+width, in.Years), m.Price(in.Spot, in.Years), m.Price(in.Spot-width, in.Years)
	g := Greeks{Delta: (high - low) / (2 * width), Gamma: max(0, (high-2*mid+low)/(width*width))}
	g.Theta = in.Rate*mid - (in.Rate-in.Yield)*in.Spot*g.Delta - in.Vol*in.Vol*in.Spot*in.Spot*g.Gamma/2
	difference := func(change func(*Inputs, float64), width float64) float64 {
		up, down := in, in
		change(&up, width)
		change(&down, -width)
		return (a.Price(kind, up) - a.Price(kind, down)) / (2 * width)
	}
	g.Vega = max(0, difference(func(i *Inputs, x float64) { i.Vol += x }, 0.01*in.Vol))
	g.Rho = difference(func(i *Inputs, x float64) { i.Rate += x }, 1e-4)
	return g
}

// simple returns the price where no boundary is needed: at expiry, when early
// exercise never pays, and when there is no randomness.
func simple(kind Kind, in Inputs) (float64, bool) {
	switch {
	case in.Years <= 0:
		return Intrinsic(kind, in.Spot, in.Strike), true
	case neverEarly(kind, in):
		return atLeast(kind, in), true
	case in.Vol*math.Sqrt(in.Years) < minDeviation:
		return max(atLeast(kind, in), certain(kind, in)), true
	default:
		return 0, false
	}
}

// simpleGreeks are the greeks where simple has the price.
func simpleGreeks(kind Kind, in Inputs) Greeks {
	european := BlackScholesMerton{}
	if Intrinsic(kind, in.Spot, in.Strike) > european.Price(kind, in) {
		return Greeks{Delta: exercised(kind, in.Spot, in.Strike)}
	}
	return european.Greeks(kind, in)
}

// atLeast is the larger of exercising now and never before expiry.
func atLeast(kind Kind, in Inputs) float64 {
	european := BlackScholesMerton{}.Price(kind, in)
	if neverEarly(kind, in) {
		return european
	}
	return max(Intrinsic(kind, in.Spot, in.Strike), european)
}

// minDeviation is the σ√T below which the tree's steps drown in rounding and
// the price is that of a certain path.
const minDeviation = 1e-6

// neverEarly reports whether exercise before expiry never pays: a put when the
// strike earns nothing and the spot costs nothing to be short of, a call in
// the mirror case.
func neverEarly(kind Kind, in Inputs) bool {
	if kind == Put {
		return in.Rate <= 0 && in.Yield >= in.Rate
	}
	return in.Yield <= 0 && in.Rate >= in.Yield
}

// certain is the value on the path without randomness: the best of exercising
// at any time, found at the ends or where the discounted payoff turns.
func certain(kind Kind, in Inputs) float64 {
	value := func(t float64) float64 {
		spot, strike := in.Spot*exp(-in.Yield*t), in.Strike*exp(-in.Rate*t)
		return Intrinsic(kind, spot, strike)
	}
	best := max(value(0), value(in.Years))
	if in.Rate*in.Yield > 0 && in.Rate != in.Yield {
		turn := ln(in.Rate*in.Strike/(in.Yield*in.Spot)) / (in.Rate - in.Yield)
		if turn > 0 && turn < in.Years {
			best = max(best, value(turn))
		}
	}
	return best
}

// Sizes of the method: Chebyshev nodes besides the one at expiry, points of the
// boundary's integral, points of the premium's integral.
const (
	nodes      = 10
	points     = 16
	fineSteps  = 32
	iterations = 100
	residual   = 1e-9
	tolerable  = 1e-6 // change of ln B that is left after all iterations
)

// deepestLevel bounds the boundary from below, as a fraction of the strike,
// where a put without rate has no perpetual one.
const deepestLevel = 1e-9

// rule is what every solution shares: the nodes and Gauss–Legendre points, in
// the angle θ with u = τ·sin²θ, which takes the roots out of both integrals.
type rule struct {
	root          [nodes + 1]float64 // √(τ/T) of the nodes
	sine, cosine  [points]float64    // of θ
	weight        [points]float64    // of dθ
	interpolation [nodes + 1][points][nodes + 1]float64
	premium       struct {
		sine, cosine, weight [fineSteps]float64
		interpolation        [fineSteps][nodes + 1]float64
	}
}

var theRule = sync.OnceValue(func() *rule {
	r := &rule{}
	for i := range r.root {
		r.root[i] = (1 + math.Cos(math.Pi*float64(nodes-i)/nodes)) / 2
	}
	angles(r.sine[:], r.cosine[:], r.weight[:])
	angles(r.premium.sine[:], r.premium.cosine[:], r.premium.weight[:])
	for i := range r.interpolation {
		for j := range r.interpolation[i] {
			r.interpolation[i][j] = r.weights(r.root[i] * r.sine[j])
		}
	}
	for j := range r.premium.interpolation {
		r.premium.interpolation[j] = r.weights(r.premium.sine[j])
	}
	return r
})

// angles fills Gauss–Legendre points and weights on [0, π/2].
func angles(sine, cosine, weight []float64) {
	theta := make([]float64, len(weight))
	quad.Legendre{}.FixedLocations(theta, weight, 0, math.Pi/2)
	for j := range theta {
		sine[j], cosine[j] = math.Sin(theta[j]), math.Cos(theta[j])
	}
}

// weights returns what the values at the nodes count for at x = √(u/T), by
// barycentric interpolation at Chebyshev points (Berrut and Trefethen, 2004).
func (r *rule) weights(x float64) (w [nodes + 1]float64) {
	sum := 0.0
	for k := range w {
		gap := x - r.root[k]
		if math.Abs(gap) < 1e-15 {
			w = [nodes + 1]float64{}
			w[k] = 1
			return w
		}
		w[k] = 1 / gap
		if k%2 == 1 {
			w[k] = -w[k]
		}
		if k == 0 || k == nodes {
			w[k] /= 2
		}
		sum += w[k]
	}
	for k := range w {
		w[k] /= sum
	}
	return w
}

// boundary is the exercise boundary of a put over the time to expiry.
type boundary struct {
	Inputs
	*rule
	limit float64            // the boundary just before expiry, X
	h     [nodes + 1]float64 // −ln(B/X) at the nodes, ≥ 0
}

// kernels are those of every node and point.
type kernels [nodes + 1][points]kernel

// kernel is what one point of a node's integral needs that stands still while
// the boundary moves.
type kernel struct {
	spread       float64 // σ√(τ−u)
	drift        float64 // (r−q)(τ−u)/spread − spread/2
	strike, spot float64 // r·e^{ru} and q·e^{qu}, times the weight and du/(σ√(τ−u))
	carried      float64 // e^{−(r−q)(τ−u)}
}

// prepare computes the kernels.
func (b *boundary) prepare(all *kernels) {
	carry := b.Rate - b.Yield
	for i := 1; i <= nodes; i++ {
		tau := b.Years * b.root[i] * b.root[i]
		root := math.Sqrt(tau)
		for j := range points {
			u, rest := tau*b.sine[j]*b.sine[j], root*b.cosine[j]
			spread := b.Vol * rest
			measure := b.weight[j] * 2 * root * b.sine[j] / b.Vol
			all[i][j] = kernel{
				spread: spread, drift: carry*rest*rest/spread - spread/2, carried: exp(-carry * rest * rest),
				strike: b.Rate * exp(b.Rate*u) * measure, spot: b.Yield * exp(b.Yield*u) * measure,
			}
		}
	}
}

// solve finds the boundary by fixed-point iteration; false when the case has
// no single boundary or the iteration does not settle.
func solve(in Inputs) (*boundary, bool) {
	if !(in.Rate >= 0) {
		return nil, false
	}
	b := &boundary{Inputs: in, rule: theRule(), limit: in.Strike}
	var still kernels
	b.prepare(&still)
	if in.Yield > in.Rate {
		b.limit = in.Strike * in.Rate / in.Yield
	}
	lowest := max(perpetual(in), in.Strike*deepestLevel)
	if !(lowest <= b.limit) {
		return nil, false
	}
	deepest := ln(b.limit / lowest)
	b.guess(lowest)
	step, before := 1.0, math.Inf(1)
	for range iterations {
		gap, next := 0.0, b.h
		for i := 1; i <= nodes; i++ {
			better := min(max(b.improve(i, &still), 0), deepest)
			gap = max(gap, math.Abs(better-b.h[i]))
			next[i] += step * (better - b.h[i])
		}
		b.h = next
		switch {
		case math.IsNaN(gap):
			return nil, false
		case gap < residual:
			return b, true
		case gap > 0.8*before: // it swings: damp it
			step = max(step/2, 0.125)
		}
		before = gap
	}
	return b, before < tolerable && b.plausible()
}

// plausible reports whether an iteration that has not settled to the last
// digits is still monotone, and so good to the digits that matter.
func (b *boundary) plausible() bool {
	for i := 1; i <= nodes; i++ {
		if b.h[i] < b.h[i-1]-1e-4 {
			return false
		}
	}
	return true
}

// perpetual is the boundary of a put that never expires (Merton, 1973).
func perpetual(in Inputs) float64 {
	exponent := perpetualExponent(in)
	return in.Strike * exponent / (exponent - 1)
}

// perpetualExponent is the power of spot, ≤ 0, that the value of a perpetual put
// falls with.
func perpetualExponent(in Inputs) float64 {
	variance := in.Vol * in.Vol
	drift := (in.Rate-in.Yield)/variance - 0.5
	root := math.Sqrt(drift*drift + 2*in.Rate/variance)
	if drift < 0 { // without cancellation
		return -2 * in.Rate / variance / (root - drift)
	}
	return -drift - root
}

// everlasting is a put that never expires: worth more than any other with a
// rate above 0.
type everlasting struct{ strike, level, exponent float64 }

func everlastingPut(in Inputs) everlasting {
	return everlasting{in.Strike, perpetual(in), perpetualExponent(in)}
}

// price returns the value at a spot.
func (e everlasting) price(spot float64) float64 {
	if spot <= e.level {
		return e.strike - spot
	}
	return (e.strike - e.level) * exp(e.exponent*ln(spot/e.level))
}

// guess starts from the boundary of Bjerksund and Stensland (1993): it falls
// from X to the perpetual one exponentially.
func (b *boundary) guess(lowest float64) {
	for i := range b.h {
		tau := b.Years * b.root[i] * b.root[i]
		speed := ((b.Rate-b.Yield)*tau - 2*b.Vol*math.Sqrt(tau)) * b.limit / max(b.limit-lowest, 1e-12*b.limit)
		level := lowest + (b.limit-lowest)*exp(min(speed, 0))
		b.h[i] = ln(b.limit / level)
	}
}

// at returns ln(X/B) from interpolation weights. h² is smooth in √time where h
// is not, so the square is what is interpolated.
func (b *boundary) at(w *[nodes + 1]float64) float64 {
	sum := 0.0
	for k, x := range w {
		sum += x * b.h[k] * b.h[k]
	}
	return math.Sqrt(max(sum, 0))
}

// improve returns the next −ln(B/X) at a node: the equation called FP-A in the
// paper, B = f(B) = K·e^{−(r−q)τ}·N/D, by a Newton step whose derivative leaves
// the integrals out.
func (b *boundary) improve(i int, still *kernels) float64 {
	tau := b.Years * b.root[i] * b.root[i]
	root := math.Sqrt(tau)
	deviation := b.Vol * root
	carry := b.Rate - b.Yield
	own := b.h[i]
	level := ln(b.limit/b.Strike) - own // ln(B/K)

	down := (level+carry*tau)/deviation - deviation/2
	up := down + deviation
	n := density(down) / deviation
	d := density(up)/deviation + normal(up)
	for j := range points {
		k := &still[i][j]
		ratio := b.at(&b.interpolation[i][j]) - own // ln(B(τ)/B(u))
		minus := ratio/k.spread + k.drift
		thin := density(minus)
		n += k.strike * thin
		if b.Yield == 0 {
			continue
		}
		plus := minus + k.spread
		thin *= exp(-ratio) * k.carried // density(plus)
		whole := thin * mills(math.Abs(plus))
		if plus > 0 {
			whole = 1 - whole
		}
		d += k.spot * (thin + k.spread*whole)
	}
	f := exp(ln(b.Strike/b.limit)-carry*tau) * n / d // B/X
	now := exp(-own)
	variance := deviation * deviation
	slopeN, slopeD := -down*density(down)/(deviation*variance), -down*density(up)/variance // × B
	slopeN *= deviation
	slope := f / now * (slopeN/n - slopeD/d)
	next := now - (now-f)/(1-slope)
	if !(next > 0 && slope < 0.9) {
		next = f
	}
	return -ln(next)
}

// below returns Φ(−x), given φ(x).
func below(density, x float64) float64 {
	if x < 0 {
		return 1 - density*mills(-x)
	}
	return density * mills(x)
}

// level returns the spot at or below which the put is exercised with that much
// time left.
func (b *boundary) level(years float64) float64 {
	w := b.rule.weights(math.Sqrt(years / b.Years))
	return b.limit * exp(-b.at(&w))
}

// premium returns what early exercise adds to the European put at a spot with
// the given time left, at most the time the boundary was solved for: with vol
// and rates standing still, one boundary prices every spot and every shorter
// life.
func (b *boundary) premium(spot, years float64) float64 {
	root, share := math.Sqrt(years), math.Sqrt(years/b.Years)
	fromLimit := ln(spot / b.limit)
	carry := b.Rate - b.Yield
	sum := 0.0
	for j := range fineSteps {
		p := &b.rule.premium
		weights := &p.interpolation[j]
		if share < 1 {
			w := b.rule.weights(share * p.sine[j])
			weights = &w
		}
		rest := root * p.cosine[j] // √(years−u)
		spread := b.Vol * rest
		ratio := fromLimit + b.at(weights) // ln(S/B(u))
		minus := (ratio+carry*rest*rest)/spread - spread/2
		thin := density(minus)
		gain := b.Rate * b.Strike * exp(-b.Rate*rest*rest) * below(thin, minus)
		if b.Yield != 0 {
			plus := minus + spread
			gain -= b.Yield * spot * exp(-b.Yield*rest*rest) * below(density(plus), plus)
		}
		sum += p.weight[j] * 2 * years * p.sine[j] * p.cosine[j] * gain
	}
	return sum
}
