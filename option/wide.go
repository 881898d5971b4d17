package option

import (
	"math"
	"slices"
	"sync"
)

// The ordinary rule of boundary puts its nodes and points where the boundary of
// an ordinary life moves. Over a wide one (large σ²T, rT or qT) it falls to the
// perpetual boundary within a small part of the life, and both integrals have
// most of their weight at their ends. A wide boundary has its nodes closer
// together towards expiry, in y with √(τ/T) = sinh(a·y)/sinh(a), and integrates by
// the double exponential rule (Takahasi and Mori, 1974), whose points lie
// geometrically at both ends.
type wideRule struct {
	bend           float64   // a
	root           []float64 // √(τ/T) of the nodes
	part, rest     []float64 // u/τ and 1 − u/τ of the points
	weight         []float64 // of du/τ
	interpolation  [][][]float64
	barycentric, y []float64
}

// theWideRule is the one of every wide boundary: nodes besides the one at expiry
// and points on either side of the middle.
var theWideRule = sync.OnceValue(func() *wideRule {
	const bend, nodes, points, reach = 4.5, 24, 36, 3.0
	return newWideRule(bend, nodes, points, reach)
})

func newWideRule(bend float64, nodes, points int, reach float64) *wideRule {
	r := &wideRule{bend: bend}
	for i := range nodes + 1 {
		y := (1 + math.Cos(math.Pi*float64(nodes-i)/float64(nodes))) / 2
		w := 1.0
		if i%2 == 1 {
			w = -1
		}
		if i == 0 || i == nodes {
			w /= 2
		}
		r.y, r.barycentric = append(r.y, y), append(r.barycentric, w)
		r.root = append(r.root, math.Sinh(bend*y)/math.Sinh(bend))
	}
	step := reach / float64(points)
	for k := -points; k <= points; k++ {
		t := float64(k) * step
		// u/τ = 1/(1 + e^{−2s}) with s = π/2·sinh t
		s := math.Pi / 2 * math.Sinh(t)
		part, rest := 1/(1+math.Exp(-2*s)), 1/(1+math.Exp(2*s))
		r.part, r.rest = append(r.part, part), append(r.rest, rest)
		r.weight = append(r.weight, step*math.Pi*math.Cosh(t)*part*rest)
	}
	for _, root := range r.root {
		all := make([][]float64, len(r.part))
		for j, part := range r.part {
			all[j] = r.weights(root * math.Sqrt(part))
		}
		r.interpolation = append(r.interpolation, all)
	}
	return r
}

// weights returns what the values at the nodes count for at x = √(u/T), as those
// of rule do, in y.
func (r *wideRule) weights(x float64) []float64 {
	y := math.Asinh(x*math.Sinh(r.bend)) / r.bend
	w := make([]float64, len(r.y))
	sum := 0.0
	for k := range w {
		gap := y - r.y[k]
		if math.Abs(gap) < 1e-15 {
			clear(w)
			w[k] = 1
			return w
		}
		w[k] = r.barycentric[k] / gap
		sum += w[k]
	}
	for k := range w {
		w[k] /= sum
	}
	return w
}

// wide is the exercise boundary of a put over a wide life.
type wide struct {
	Inputs
	rule  *wideRule
	limit float64
	h     []float64 // −ln(B/X) at the nodes
}

// isWide reports whether a life is too wide for the ordinary rule: its variance,
// its discounting or its drift in deviations is large.
func isWide(in Inputs) bool {
	const variance, discount, yield, drift = 4, 1, 2, 2
	return in.Vol*in.Vol*in.Years > variance || in.Rate*in.Years > discount || math.Abs(in.Yield)*in.Years > yield || drifts(in) > drift
}

// drifts is the drift of a life in standard deviations.
func drifts(in Inputs) float64 { return math.Abs(in.Rate-in.Yield) * math.Sqrt(in.Years) / in.Vol }

// solveWide finds the boundary by fixed-point iteration; nil where it has none.
func solveWide(in Inputs, rule *wideRule) *wide {
	b := &wide{Inputs: in, rule: rule, limit: in.Strike, h: make([]float64, len(rule.root))}
	if in.Yield > in.Rate {
		b.limit = in.Strike * in.Rate / in.Yield
	}
	lowest := max(perpetual(in), in.Strike*deepestLevel)
	if !(lowest <= b.limit) {
		return nil
	}
	still := make([][]kernel, len(rule.root))
	for i := 1; i < len(still); i++ {
		still[i] = b.kernels(i)
	}
	const strong = 3
	first, second := b.improve, b.match
	if drifts(in) > strong {
		first, second = second, first
	}
	if b.iterate(lowest, still, first) || b.iterate(lowest, still, second) || b.iterate(lowest, still, first) {
		return b
	}
	if slices.ContainsFunc(b.h, math.IsNaN) {
		return nil
	}
	return b
}

// iterate starts from a guess and improves it until it settles.
func (b *wide) iterate(lowest float64, still [][]kernel, improve func(i int, still []kernel) float64) bool {
	deepest := ln(b.limit / lowest)
	for i, root := range b.rule.root {
		tau := b.Years * root * root
		speed := ((b.Rate-b.Yield)*tau - 2*b.Vol*math.Sqrt(tau)) * b.limit / max(b.limit-lowest, 1e-12*b.limit)
		b.h[i] = ln(b.limit / (lowest + (b.limit-lowest)*exp(min(speed, 0))))
	}
	step, before := 1.0, math.Inf(1)
	next := make([]float64, len(b.h))
	for range iterations {
		gap := 0.0
		for i := 1; i < len(b.h); i++ {
			better := min(max(improve(i, still[i]), 0), deepest)
			if math.IsNaN(better) {
				return false
			}
			gap = max(gap, math.Abs(better-b.h[i]))
			next[i] = b.h[i] + step*(better-b.h[i])
		}
		copy(b.h[1:], next[1:])
		switch {
		case gap < residual:
			return true
		case gap > 0.8*before:
			step = max(step/2, 0.0625)
		}
		before = gap
	}
	return before < tolerable
}

// match returns the next −ln(B/X) by the paper's FP-B, the equation of the
// values themselves: where drift outweighs vol, the slopes of FP-A vanish.
func (b *wide) match(i int, still []kernel) float64 {
	tau := b.Years * b.rule.root[i] * b.rule.root[i]
	deviation, carry, own := b.Vol*math.Sqrt(tau), b.Rate-b.Yield, b.h[i]
	down := (ln(b.limit/b.Strike)-own+carry*tau)/deviation - deviation/2
	n, d := exp(-b.Rate*tau)*normal(down), exp(-b.Yield*tau)*normal(down+deviation)
	for j := range still {
		k := &still[j]
		minus := (b.at(b.rule.interpolation[i][j])-own)/k.spread + k.drift
		n += k.strike * k.spread * normal(minus)
		d += k.spot * k.spread * normal(minus+k.spread)
	}
	return -ln(b.Strike / b.limit * n / d)
}

// kernels are those of a node, carried to today.
func (b *wide) kernels(i int) []kernel {
	carry, tau := b.Rate-b.Yield, b.Years*b.rule.root[i]*b.rule.root[i]
	all := make([]kernel, len(b.rule.part))
	for j := range all {
		u, rest := tau*b.rule.part[j], tau*b.rule.rest[j]
		spread := b.Vol * math.Sqrt(rest)
		measure := b.rule.weight[j] * tau / spread
		all[j] = kernel{
			spread: spread, drift: carry*rest/spread - spread/2, carried: exp(-carry * rest),
			strike: b.Rate * exp(-b.Rate*(tau-u)) * measure, spot: b.Yield * exp(-b.Yield*(tau-u)) * measure,
		}
	}
	return all
}

// at returns ln(X/B) from interpolation weights.
func (b *wide) at(w []float64) float64 {
	sum := 0.0
	for k, x := range w {
		sum += x * b.h[k] * b.h[k]
	}
	return math.Sqrt(max(sum, 0))
}

// fall returns ln(X/B) with that time to expiry.
func (b *wide) fall(years float64) float64 {
	y := math.Asinh(math.Sqrt(years/b.Years)*math.Sinh(b.rule.bend)) / b.rule.bend
	sum, weights := 0.0, 0.0
	for k, at := range b.rule.y {
		gap := y - at
		if math.Abs(gap) < 1e-15 {
			return b.h[k]
		}
		w := b.rule.barycentric[k] / gap
		sum, weights = sum+w*b.h[k]*b.h[k], weights+w
	}
	return math.Sqrt(max(sum/weights, 0))
}

// improve is boundary.improve, with both sides carried to today, so that nothing
// overflows over a long life.
func (b *wide) improve(i int, still []kernel) float64 {
	tau := b.Years * b.rule.root[i] * b.rule.root[i]
	deviation := b.Vol * math.Sqrt(tau)
	carry := b.Rate - b.Yield
	own := b.h[i]
	level := ln(b.limit/b.Strike) - own
	down := (level+carry*tau)/deviation - deviation/2
	up := down + deviation
	strike, spot := exp(-b.Rate*tau), exp(-b.Yield*tau)
	n := strike * density(down) / deviation
	d := spot * (density(up)/deviation + normal(up))
	for j := range still {
		k := &still[j]
		ratio := b.at(b.rule.interpolation[i][j]) - own
		minus := ratio/k.spread + k.drift
		n += k.strike * density(minus)
		if b.Yield == 0 {
			continue
		}
		plus := minus + k.spread
		thin := density(plus)
		d += k.spot * (thin + k.spread*normal(plus))
	}
	f := b.Strike / b.limit * n / d
	now := exp(-own)
	variance := deviation * deviation
	slopeN, slopeD := -strike*down*density(down)/variance, -spot*down*density(up)/variance
	slope := f / now * (slopeN/n - slopeD/d)
	next := now - (now-f)/(1-slope)
	if !(next > 0 && slope < 0.9) {
		next = f
	}
	return -ln(next)
}

// level implements exercise.
func (b *wide) level(years float64) float64 {
	return b.limit * exp(-b.fall(years))
}

// premium implements exercise. Where the forward falls (yield > rate) its path
// crosses the boundary, and with little vol the integrand turns there: the
// integral is cut in two at that time.
func (b *wide) premium(spot, years float64) float64 {
	fromLimit, carry := ln(spot/b.limit), b.Rate-b.Yield
	gap := func(rest float64) float64 { // ln of the forward over the boundary
		return fromLimit + b.fall(max(years-rest, 0)) + carry*rest
	}
	if !(carry < 0 && gap(years) < 0) {
		return b.between(fromLimit, 0, years, years)
	}
	low, high := 0.0, years
	const rounds = 40
	for range rounds {
		if middle := (low + high) / 2; gap(middle) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return b.between(fromLimit, 0, low, years) + b.between(fromLimit, low, years, years)
}

// between integrates the gain of exercising over the times from now in [from,
// to], of an option with that life.
func (b *wide) between(fromLimit, from, to, years float64) float64 {
	carry, spot, sum := b.Rate-b.Yield, b.limit*exp(fromLimit), 0.0
	for j := range b.rule.part {
		rest := from + (to-from)*b.rule.rest[j]
		left := years - to + (to-from)*b.rule.part[j] // without the cancellation of years − rest
		spread := b.Vol * math.Sqrt(rest)
		minus := (fromLimit+b.fall(left)+carry*rest)/spread - spread/2
		gain := b.Rate * b.Strike * exp(-b.Rate*rest) * below(density(minus), minus)
		if b.Yield != 0 {
			plus := minus + spread
			gain -= b.Yield * spot * exp(-b.Yield*rest) * below(density(plus), plus)
		}
		sum += b.rule.weight[j] * (to - from) * gain
	}
	return sum
}
