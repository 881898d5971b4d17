package option

import (
	"math"
	"slices"
)

// carried is a put on a strike of 1 without its spot: what its exercise boundary
// depends on. Prices scale with spot and strike together, so one boundary serves
// every strike.
type carried struct{ years, rate, yield, vol float64 }

// boundary is the exercise boundary of a put on a strike of 1 over the time to
// expiry, B(τ) = X·e^{−h(τ)}. It does not change once it is solved.
type boundary struct {
	carried
	rule  *rule
	limit float64   // just before expiry, X
	level float64   // ln X
	h     []float64 // −ln(B/X) at the nodes, ≥ 0
	smooth
}

// smooth is h² as Chebyshev coefficients: it is smooth in √time where h is not.
type smooth []float64

// Sizes of the iteration.
const (
	iterations = 100
	tolerable  = 1e-6 // change of ln B that is left after all iterations
)

// deepestLevel bounds the boundary from below, as a fraction of the strike,
// where a put without rate has no perpetual one.
const deepestLevel = 1e-9

// isWide reports whether a life is too wide for the ordinary rule: its variance,
// its discounting or its drift in deviations is large.
func (c carried) isWide() bool {
	const variance, discount, yield, drift = 4, 1, 2, 2
	return c.vol*c.vol*c.years > variance || c.rate*c.years > discount || math.Abs(c.yield)*c.years > yield || c.drifts() > drift
}

// drifts is the drift of a life in standard deviations.
func (c carried) drifts() float64 { return math.Abs(c.rate-c.yield) * math.Sqrt(c.years) / c.vol }

// solve finds the boundary of a put: over the ordinary rule, and of a wide life or
// where that fails over the wide one. nil where there is no single boundary.
func solve(c carried, accuracy Accuracy) *boundary {
	if !(c.rate >= 0) {
		return nil
	}
	if !c.isWide() {
		if b := solveOver(c, ordinaryRules[accuracy]()); b != nil {
			return b
		}
	}
	return solveWide(c, wideRules[accuracy]())
}

// start returns the boundary before the iteration, the lowest level that it can
// have, and whether it has one.
func start(c carried, r *rule) (b *boundary, lowest float64, ok bool) {
	b = &boundary{carried: c, rule: r, limit: 1, h: make([]float64, len(r.root))}
	if c.yield > c.rate {
		b.limit = c.rate / c.yield
	}
	b.level = ln(b.limit)
	lowest = max(perpetual(c), deepestLevel)
	return b, lowest, lowest <= b.limit
}

// solveOver finds the boundary by the paper's first equation, FP-A; nil where the
// iteration does not settle.
func solveOver(c carried, r *rule) *boundary {
	b, lowest, ok := start(c, r)
	if !ok {
		return nil
	}
	b.guess(lowest)
	if !b.iterate(lowest, b.equation(), b.improve) || !b.plausible() {
		return nil
	}
	return b.finished()
}

// solveWide finds the boundary of a wide life by FP-A or, where drift outweighs vol,
// by FP-B, and by the other where the iteration does not settle; nil where there is
// none.
func solveWide(c carried, r *rule) *boundary {
	b, lowest, ok := start(c, r)
	if !ok {
		return nil
	}
	all := b.equation()
	const strong = 3
	first, second := refinement(b.improve), refinement(b.match)
	if c.drifts() > strong {
		first, second = second, first
	}
	for _, improve := range []refinement{first, second, first} {
		b.guess(lowest)
		if b.iterate(lowest, all, improve) {
			break
		}
	}
	if slices.ContainsFunc(b.h, math.IsNaN) {
		return nil
	}
	return b.finished()
}

// finished makes the coefficients that the boundary is read by.
func (b *boundary) finished() *boundary {
	b.smooth = make(smooth, len(b.h))
	for m, row := range b.rule.cosines {
		for i, x := range row {
			b.smooth[m] += x * b.h[i] * b.h[i]
		}
	}
	return b
}

// at is the polynomial at y on [0, 1], by Clenshaw's recurrence.
func (s smooth) at(y float64) float64 {
	x := 2*y - 1
	var one, two float64
	for m := len(s) - 1; m > 0; m-- {
		one, two = s[m]+2*x*one-two, one
	}
	return s[0] + x*one - two
}

// atEight is at of eight places, side by side.
func (s smooth) atEight(y *octet) octet {
	var x, one, two octet
	for j := range x {
		x[j] = 2*y[j] - 1
	}
	for m := len(s) - 1; m > 0; m-- {
		c := s[m]
		for j := range x {
			one[j], two[j] = c+2*x[j]*one[j]-two[j], one[j]
		}
	}
	for j := range x {
		x[j] = s[0] + x[j]*one[j] - two[j]
	}
	return x
}

// fall returns ln(X/B) with that time to expiry.
func (b *boundary) fall(years float64) float64 {
	return math.Sqrt(max(b.smooth.at(b.rule.place(math.Sqrt(years/b.years))), 0))
}

// plausible reports whether an iteration that has not settled to the last
// digits is still monotone, and so good to the digits that matter.
func (b *boundary) plausible() bool {
	for i := 1; i < len(b.h); i++ {
		if b.h[i] < b.h[i-1]-1e-4 {
			return false
		}
	}
	return true
}

// kernel is what a block of points of a node's integral needs that stands still
// while the boundary moves.
type kernel struct {
	spread       octet // σ√(τ−u)
	inverse      octet // of spread
	drift        octet // (r−q)(τ−u)/spread − spread/2
	strike, spot octet // r·e^{−r(τ−u)} and q·e^{−q(τ−u)}, times the weight and du/spread
}

// node is the integral equation at one time to expiry.
type node struct {
	root, carry  float64 // σ√τ and (r−q)τ
	strike, spot float64 // e^{−rτ} and e^{−qτ}
	blocks       []kernel
}

// equation is what every step of the iteration needs and no step changes.
func (b *boundary) equation() []node {
	p, carry := &b.rule.points, b.rate-b.yield
	nodes := make([]node, len(b.rule.root))
	blocks := make([]kernel, len(nodes)*len(p.part))
	for i := 1; i < len(nodes); i++ {
		tau := b.years * b.rule.root[i] * b.rule.root[i]
		n := node{b.vol * math.Sqrt(tau), carry * tau, exp(-b.rate * tau), exp(-b.yield * tau), blocks[i*len(p.part) : (i+1)*len(p.part)]}
		for k := range n.blocks {
			fill := &n.blocks[k]
			for j, share := range &p.rest[k] {
				rest := tau * share
				spread := b.vol * math.Sqrt(rest)
				inverse := 1 / spread
				measure := p.weight[k][j] * tau * inverse
				fill.spread[j], fill.inverse[j], fill.drift[j] = spread, inverse, carry*rest*inverse-spread/2
				fill.strike[j], fill.spot[j] = b.rate*exp(-b.rate*rest)*measure, 0
				if b.yield != 0 {
					fill.spot[j] = b.yield * exp(-b.yield*rest) * measure
				}
			}
		}
		nodes[i] = n
	}
	return nodes
}

// guess starts from the boundary of Bjerksund and Stensland (1993): it falls from
// X to the perpetual one exponentially.
func (b *boundary) guess(lowest float64) {
	for i, root := range b.rule.root {
		tau := b.years * root * root
		speed := ((b.rate-b.yield)*tau - 2*b.vol*math.Sqrt(tau)) * b.limit / max(b.limit-lowest, 1e-12*b.limit)
		b.h[i] = ln(b.limit / (lowest + (b.limit-lowest)*exp(min(speed, 0))))
	}
}

// refinement returns the next −ln(B/X) at a node.
type refinement func(i int, n *node, square []float64) float64

// iterate improves the boundary until it settles.
func (b *boundary) iterate(lowest float64, all []node, improve refinement) bool {
	deepest := ln(b.limit / lowest)
	part, before := 1.0, math.Inf(1)
	next, square := make([]float64, len(b.h)), make([]float64, len(b.h))
	for range iterations {
		for i, h := range b.h {
			square[i] = h * h
		}
		gap := 0.0
		for i := 1; i < len(b.h); i++ {
			better := min(max(improve(i, &all[i], square), 0), deepest)
			if math.IsNaN(better) {
				return false
			}
			gap = max(gap, math.Abs(better-b.h[i]))
			next[i] = b.h[i] + part*(better-b.h[i])
		}
		copy(b.h[1:], next[1:])
		switch {
		case gap < b.rule.settled:
			return true
		case gap > 0.9*before: // it swings: damp it
			part = max(part/2, 0.0625)
		}
		before = gap
	}
	return before < tolerable
}

// improve returns the next −ln(B/X) at a node: the equation called FP-A in the
// paper, B = f(B) = K·e^{−(r−q)τ}·N/D, with both sides carried to today so that
// nothing overflows over a long life, by a Newton step whose derivative leaves the
// integrals out.
func (b *boundary) improve(i int, at *node, square []float64) float64 {
	own, deviation := b.h[i], at.root
	down := (b.level-own+at.carry)/deviation - deviation/2
	up := down + deviation
	thinDown, thinUp := density(down), density(up)
	n := at.strike * thinDown / deviation
	d := at.spot * (thinUp/deviation + below(thinUp, -up))
	addN, addD := slopes(at.blocks, b.rule.between[i], square, own, b.yield != 0)
	n, d = n+addN, d+addD
	f := n / (d * b.limit) // B/X
	now := exp(-own)
	slopeN, slopeD := -at.strike*down*thinDown/(deviation*deviation), -at.spot*down*thinUp/(deviation*deviation)
	slope := f / now * (slopeN/n - slopeD/d)
	next := now - (now-f)/(1-slope)
	if !(next > 0 && slope < 0.9) {
		next = f
	}
	return -ln(next)
}

// match returns the next −ln(B/X) by the paper's FP-B, the equation of the
// values themselves: where drift outweighs vol, the slopes of FP-A vanish.
func (b *boundary) match(i int, at *node, square []float64) float64 {
	own := b.h[i]
	down := (b.level-own+at.carry)/at.root - at.root/2
	n, d := at.strike*normal(down), at.spot*normal(down+at.root)
	for k := range at.blocks {
		block := &at.blocks[k]
		for j, h := range falls(b.rule.between[i][k], square) {
			minus := (h-own)*block.inverse[j] + block.drift[j]
			n += block.strike[j] * block.spread[j] * normal(minus)
			d += block.spot[j] * block.spread[j] * normal(minus+block.spread[j])
		}
	}
	return -ln(n / (d * b.limit))
}

// falls are ln(X/B) at the points of a block, from the squares at the nodes.
func falls(between []octet, square []float64) (h octet) {
	for k := range between {
		for j, w := range &between[k] {
			h[j] += w * square[k]
		}
	}
	for j, x := range &h {
		h[j] = math.Sqrt(max(x, 0))
	}
	return h
}

// perpetual is the boundary of a put that never expires, of its strike (Merton,
// Theory of rational option pricing, 1973).
func perpetual(c carried) float64 {
	exponent := perpetualExponent(c)
	return exponent / (exponent - 1)
}

// perpetualExponent is the power of spot, ≤ 0, that the value of a perpetual put
// falls with.
func perpetualExponent(c carried) float64 {
	variance := c.vol * c.vol
	drift := (c.rate-c.yield)/variance - 0.5
	root := math.Sqrt(drift*drift + 2*c.rate/variance)
	if drift < 0 { // without cancellation
		return -2 * c.rate / variance / (root - drift)
	}
	return -drift - root
}

// everlasting is a put on a strike of 1 that never expires: worth more than any
// other with a rate above 0.
type everlasting struct{ level, exponent float64 }

func everlastingPut(c carried) everlasting {
	return everlasting{perpetual(c), perpetualExponent(c)}
}

// price returns the value at a spot.
func (e everlasting) price(spot float64) float64 {
	if spot <= e.level {
		return 1 - spot
	}
	return (1 - e.level) * exp(e.exponent*ln(spot/e.level))
}

// below returns Φ(−x), given φ(x).
func below(density, x float64) float64 {
	if x < 0 {
		return 1 - density*mills(-x)
	}
	return density * mills(x)
}
