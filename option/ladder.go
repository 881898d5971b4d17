package option

import "math"

// Ladder prices European options of one rate and one yield, to the last bit as
// BlackScholesMerton does. What depends on the time to expiry alone (discount
// factors and √T) is computed once for each calendar day of life and serves every
// option, spot and vol: the marks of a run, or of a thousand runs. The zero value
// is ready for a rate and a yield of 0; it is not safe for concurrent use.
type Ladder struct {
	rate, yield float64
	rungs       []rung // by calendar days to expiry
}

// rung is a time to expiry.
type rung struct {
	years                 float64 // 0: not computed yet
	discount, carry, root float64 // e^{−rT}, e^{−qT}, √T
}

// longest is the life, in calendar days, that a ladder remembers: a century.
const longest = 36_525

// Set makes the ladder that of a rate and a yield, continuously compounded.
func (l *Ladder) Set(rate, yield float64) {
	if l.rate != rate || l.yield != yield {
		l.rate, l.yield = rate, yield
		clear(l.rungs)
	}
}

// at returns the rung of a time to expiry above 0.
func (l *Ladder) at(years float64) rung {
	const daysPerYear = 365
	day := int(years*daysPerYear + 0.5)
	if uint(day) < uint(len(l.rungs)) && l.rungs[day].years == years {
		return l.rungs[day]
	}
	r := rung{years: years, discount: exp(-l.rate * years), carry: 1, root: math.Sqrt(years)}
	if l.yield != 0 {
		r.carry = exp(-l.yield * years)
	}
	if day >= 0 && day <= longest {
		if day >= len(l.rungs) {
			l.rungs = append(l.rungs, make([]rung, day+1-len(l.rungs))...)
		}
		l.rungs[day] = r
	}
	return r
}

// Marker returns a marker of a European option that is priced over the ladder
// while it is that of the option's rate and yield.
func (l *Ladder) Marker(kind Kind, in Inputs) Marker { return &ladderMarker{l, kind, in} }

type ladderMarker struct {
	ladder *Ladder
	kind   Kind
	in     Inputs
}

var _ Marker = (*ladderMarker)(nil)

// at returns the rung of a time to expiry; false where the formula has to do
// without: at expiry, without vol, and over a ladder of another rate.
func (m *ladderMarker) at(years float64) (r rung, deviation float64, ok bool) {
	if !(years > 0) || m.ladder.rate != m.in.Rate || m.ladder.yield != m.in.Yield {
		return rung{}, 0, false
	}
	r = m.ladder.at(years)
	deviation = m.in.Vol * r.root
	return r, deviation, deviation > 0
}

// Price implements Marker.
func (m *ladderMarker) Price(spot, years float64) float64 {
	r, deviation, ok := m.at(years)
	if !ok {
		return europeanMarker{m.kind, m.in}.Price(spot, years)
	}
	return priceOver(m.kind, spot*r.carry, m.in.Strike*r.discount, deviation)
}

// Mark implements Marker. Delta and vega are those of Greeks.
func (m *ladderMarker) Mark(spot, years float64) (price, delta, vega float64) {
	r, deviation, ok := m.at(years)
	if !ok {
		return europeanMarker{m.kind, m.in}.Mark(spot, years)
	}
	discounted, sign := spot*r.carry, 1.0
	if m.kind == Put {
		sign = -1
	}
	d1 := (ln(spot/m.in.Strike)+(m.in.Rate-m.in.Yield)*years)/deviation + deviation/2
	phi := density(d1)
	delta = sign * discounted / spot * below(phi, -sign*d1)
	vega = discounted * phi * r.root
	return priceOver(m.kind, discounted, m.in.Strike*r.discount, deviation), delta, vega
}
