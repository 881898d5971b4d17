package option

import "math"

// Greeks returns the sensitivities of Price, all from one boundary: the premium's
// integral is differentiated by spot and, with the slopes of the boundary, by vol
// and rate; theta follows from the pricing equation.
func (b *Boundaries) Greeks(kind Kind, in Inputs) Greeks {
	if _, ok := simple(kind, in); ok {
		return simpleGreeks(kind, in)
	}
	m := &boundaryMarker{of: b, kind: kind, in: in}
	c, at, scale := asPut(kind, in)
	e := m.at(c)
	if e.lattice != nil {
		return m.bumped()
	}
	price, delta, vega := m.Mark(in.Spot, in.Years)
	if price <= Intrinsic(kind, in.Spot, in.Strike) {
		return Greeks{Delta: exercised(kind, in.Spot, in.Strike)} // held only to be exercised
	}
	r := b.reading(e, in.Years, true)
	g := BlackScholesMerton{}.Greeks(kind, in)
	gamma, byRate, byYield := r.bends(at)
	rho := byRate
	if kind == Call {
		rho = byYield
	}
	// s²·put'' is the same for the put and for the call, which is worth spot × put(strike/spot).
	g = Greeks{Delta: delta, Gamma: max(0, g.Gamma+gamma*scale/(in.Spot*in.Spot)), Vega: vega, Rho: g.Rho + rho*scale}
	g.Theta = theta(in, price, g)
	return g
}

// theta is the price's slope by time from the pricing equation.
func theta(in Inputs, price float64, g Greeks) float64 {
	return in.Rate*price - (in.Rate-in.Yield)*in.Spot*g.Delta - in.Vol*in.Vol*in.Spot*in.Spot*g.Gamma/2
}

// bends are the premium's second slope by spot, times the spot squared, and its
// slopes by rate and yield.
func (r *reading) bends(spot float64) (gamma, rate, yield float64) {
	b, t, x := r.of.over, r.of.tilts, ln(spot)
	terms := r.over(x, spot)
	for k := range terms {
		for j := range lanes8 {
			o := &terms[k]
			inverse, spread := o.inverse[j], o.spread[j]
			minus := x*inverse + o.offset[j]
			plus := minus + spread
			rest := spread / b.vol * (spread / b.vol)
			dense := thin(minus)
			gamma += dense * inverse * ((minus*inverse+1)*(o.strike[j]-o.level[j]) + o.level[j])
			y := b.rule.place(math.Sqrt(max(r.years-rest, 0) / b.years))
			var byRate, byYield float64 // of h
			h := math.Sqrt(max(b.smooth.at(y), 0))
			if h > 0 {
				byRate, byYield = t.rate.at(y)/(2*h), t.yield.at(y)/(2*h)
			}
			steep := dense * inverse * (o.strike[j] - o.level[j])
			rate -= steep * (rest + byRate - t.levelRate)
			yield -= steep * (byYield - rest - t.levelYield)
			inStrike, inSpot := below(dense, minus), below(thin(plus), plus)
			lent := 0.0 // the weight times e^{−r·rest}
			switch {
			case b.rate > 0:
				lent = o.strike[j] / b.rate
			case b.yield != 0:
				lent = o.level[j] / (b.yield * b.limit * exp(-h))
			}
			carried := lent * exp((b.rate-b.yield)*rest) // the weight times e^{−q·rest}
			rate += lent * (1 - b.rate*rest) * inStrike
			yield -= carried * (1 - b.yield*rest) * inSpot * spot
		}
	}
	return gamma, rate, yield
}

// bumped are the greeks over lattices: central differences of the price, theta
// from the pricing equation.
func (m *boundaryMarker) bumped() Greeks {
	in := m.in
	price, delta, vega := m.bump(in.Spot, in.Years)
	if price <= Intrinsic(m.kind, in.Spot, in.Strike) {
		return Greeks{Delta: exercised(m.kind, in.Spot, in.Strike)}
	}
	width := in.Spot * min(0.01, 0.1*in.Vol*math.Sqrt(in.Years))
	high, low := m.Price(in.Spot+width, in.Years), m.Price(in.Spot-width, in.Years)
	g := Greeks{Delta: delta, Gamma: max(0, (high-2*price+low)/(width*width)), Vega: vega}
	g.Theta = theta(in, price, g)
	up, down := in, in
	up.Rate += 1e-4
	down.Rate -= 1e-4
	g.Rho = (m.of.Price(m.kind, up) - m.of.Price(m.kind, down)) / 2e-4
	return g
}
