package option

import "math"

// term is a block of points of the premium's integral, without what depends on the
// spot: at ln S = x a point has d₂ = x·inverse + offset and d₁ = d₂ + spread.
type term struct {
	offset, inverse, spread octet
	strike, spot, level     octet // r·e^{−r·rest}, q·e^{−q·rest} and q·B(u)·e^{−r·rest}, times the weight
	slope                   octet // of ln(X/B(u)) by vol
}

// reading is a boundary read at one time to expiry: all of a premium that does not
// depend on the spot. Every spot on a day is priced over one reading.
type reading struct {
	of     *exercise
	years  float64
	sloped bool    // the terms know the boundary's slope by vol
	level  float64 // at or below which the put is exercised
	turn   float64 // spot below which the integral is cut in two

	discount, carry, root float64 // e^{−rT}, e^{−qT}, √T
	terms                 []term
}

// read makes a reading of a boundary; sloped: with its slope by vol.
func (r *reading) read(e *exercise, years float64, sloped bool) {
	*r = reading{of: e, years: years, sloped: sloped, discount: exp(-e.rate * years), carry: 1, root: math.Sqrt(years), terms: r.terms[:0]}
	if e.yield != 0 {
		r.carry = exp(-e.yield * years)
	}
	b := e.over
	if b == nil {
		return
	}
	r.level = b.limit * exp(-b.fall(years))
	if drift := b.rate - b.yield; drift < 0 && b.rule.bend > 0 {
		r.turn = b.limit * exp(-drift*years)
	}
	r.fill(0, years)
}

// fill appends the terms over the times from now in [from, to].
func (r *reading) fill(from, to float64) {
	b, p := r.of.over, &r.of.over.rule.premium
	carry, span, first := b.rate-b.yield, to-from, len(r.terms)
	if need := first + len(p.part); need <= cap(r.terms) {
		r.terms = r.terms[:need]
	} else {
		r.terms = append(r.terms, make([]term, len(p.part))...)
	}
	for k := range p.part {
		t := &r.terms[first+k]
		var y, slope octet
		for j, part := range &p.part[k] {
			left := r.years - to + span*part // without the cancellation of years − rest
			y[j] = b.rule.place(math.Sqrt(left / b.years))
		}
		fall := b.smooth.atEight(&y)
		if r.sloped {
			slope = r.of.tilts.vol.atEight(&y)
		}
		for j, share := range &p.rest[k] {
			rest, h := from+span*share, math.Sqrt(max(fall[j], 0))
			spread := b.vol * math.Sqrt(rest)
			inverse := 1 / spread
			t.spread[j], t.inverse[j], t.offset[j] = spread, inverse, (h-b.level+carry*rest)*inverse-spread/2
			lent := p.weight[k][j] * span * exp(-b.rate*rest)
			t.strike[j], t.spot[j], t.level[j], t.slope[j] = b.rate*lent, 0, 0, 0
			if b.yield != 0 {
				t.spot[j] = b.yield * (p.weight[k][j] * span * exp(-b.yield*rest))
				t.level[j] = b.yield * lent * b.limit * exp(-h)
			}
			if h > 0 {
				t.slope[j] = slope[j] / (2 * h)
			}
		}
	}
}

// over returns the terms for a spot. Where the forward falls (yield > rate) its path
// crosses the boundary of a wide life, and with little vol the integrand turns
// there: the integral is cut in two at that time.
func (r *reading) over(x, spot float64) []term {
	if !(spot < r.turn) {
		return r.terms
	}
	b := r.of.over
	low, high := 0.0, r.years
	const rounds = 40
	for range rounds {
		middle := (low + high) / 2
		if x-b.level+b.fall(max(r.years-middle, 0))+(b.rate-b.yield)*middle > 0 { // ln of the forward over the boundary
			low = middle
		} else {
			high = middle
		}
	}
	cut := reading{of: r.of, years: r.years, sloped: r.sloped}
	cut.fill(0, low)
	cut.fill(low, r.years)
	return cut.terms
}

// premium is what early exercise adds to the European put, at a spot above level.
func (r *reading) premium(spot float64) float64 {
	x := ln(spot)
	return early(r.over(x, spot), x, spot, r.of.yield != 0)
}

// moves is the premium with its slopes.
func (r *reading) moves(spot float64) moves {
	x := ln(spot)
	return earlyMoves(r.over(x, spot), x, spot, r.of.vol, r.of.yield != 0)
}
