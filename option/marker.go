package option

import (
	"math"
	"sync/atomic"
)

// Marker values one option day after day while its strike, rate, yield and vol
// stand still. It is a value, safe for concurrent use.
type Marker interface {
	// Price returns the value of one unit at a spot with years left; years are
	// at most those the marker was made for.
	Price(spot, years float64) float64
	// Mark returns the price with its delta and its vega.
	Mark(spot, years float64) (price, delta, vega float64)
}

// Marker returns a marker for the option; in.Years is the longest life it will
// be asked for.
func (BlackScholesMerton) Marker(kind Kind, in Inputs) Marker { return europeanMarker{kind, in} }

// Marker returns a marker for the option: the exercise boundary is solved once
// for its vol and once on either side for the vega.
func (American) Marker(kind Kind, in Inputs) Marker {
	width := 0.01 * in.Vol
	up, down := in, in
	up.Vol += width
	down.Vol -= width
	return &bumpedMarker{kind: kind, in: in, mid: americanMarker(kind, in), up: americanMarker(kind, up), down: americanMarker(kind, down), width: width}
}

type europeanMarker struct {
	kind Kind
	in   Inputs
}

func (m europeanMarker) at(spot, years float64) Inputs {
	in := m.in
	in.Spot, in.Years = spot, years
	return in
}

// Price implements Marker.
func (m europeanMarker) Price(spot, years float64) float64 {
	return BlackScholesMerton{}.Price(m.kind, m.at(spot, years))
}

// Mark implements Marker.
func (m europeanMarker) Mark(spot, years float64) (price, delta, vega float64) {
	in := m.at(spot, years)
	g := BlackScholesMerton{}.Greeks(m.kind, in)
	return BlackScholesMerton{}.Price(m.kind, in), g.Delta, g.Vega
}

// solved prices an American option over boundaries solved once, or where there
// is no single boundary over a lattice.
type solved struct {
	kind     Kind
	in       Inputs
	put      Inputs   // the option itself, or the mirror put of a call
	over     exercise // the boundary of the put
	lattice  *lattice // likewise
	mirrored bool
	never    everlasting                 // what bounds the put, where its rate is above 0
	shorter  [8]atomic.Pointer[exercise] // boundaries of a quarter of the life, a sixteenth, …, once asked for
}

// exercise is a boundary that early exercise is priced over.
type exercise interface {
	// level returns the spot at or below which the put is exercised.
	level(years float64) float64
	// premium returns what early exercise adds to the European put.
	premium(spot, years float64) float64
}

// americanMarker solves the boundary for the option's longest life.
func americanMarker(kind Kind, in Inputs) *solved {
	m := &solved{kind: kind, in: in}
	if _, ok := simple(kind, in); ok {
		return m
	}
	m.put = in
	if kind == Call {
		m.put = mirror(in)
		m.mirrored = true
	}
	m.never = everlastingPut(m.put)
	if m.over = solveExercise(m.put); m.over == nil {
		m.lattice = solveLattice(m.put)
	}
	return m
}

// mirror exchanges spot and strike, and rate and yield: a call becomes a put of
// the same price.
func mirror(in Inputs) Inputs {
	in.Spot, in.Strike, in.Rate, in.Yield = in.Strike, in.Spot, in.Yield, in.Rate
	return in
}

// solveExercise finds the boundary of a put: by the ordinary rule, and over a
// wide life by that for one. nil where there is no single boundary.
func solveExercise(in Inputs) exercise {
	if !(in.Rate >= 0) {
		return nil
	}
	if !isWide(in) {
		if b, ok := solve(in); ok {
			return b
		}
	}
	if b := solveWide(in, theWideRule()); b != nil {
		return b
	}
	return nil
}

// boundaryFor returns the boundary that prices a life: the nodes of one solved
// for a much longer life lie too far apart.
func (m *solved) boundaryFor(years float64) exercise {
	const part = 4
	k, life := 0, m.put.Years
	for ; years < life/part && k < len(m.shorter); k++ {
		life /= part
	}
	if k == 0 {
		return m.over
	}
	if known := m.shorter[k-1].Load(); known != nil {
		return *known
	}
	in := m.put
	in.Years = life
	b := solveExercise(in)
	if b == nil {
		b = m.over
	}
	m.shorter[k-1].Store(&b)
	return b
}

// Price returns the value of one unit. The boundary of a mirrored put is that
// of the strike at which it was solved and scales with the spot.
func (m *solved) Price(spot, years float64) float64 {
	in := m.in
	in.Spot, in.Years = spot, years
	if price, ok := simple(m.kind, in); ok {
		return price
	}
	scale, below := 1.0, spot
	if m.mirrored { // the mirror put's strike is the call's spot at solving
		scale = spot / m.put.Strike
		below = in.Strike / scale
	}
	european := BlackScholesMerton{}.Price(m.kind, in)
	early := 0.0
	if m.lattice != nil {
		early = m.lattice.at(below, years) * scale
	} else {
		b := m.boundaryFor(years)
		if below <= b.level(years) {
			return atLeast(m.kind, in)
		}
		early = math.Max(b.premium(below, years), 0) * scale
	}
	most := m.put.Strike * exp(max(-m.put.Rate*years, 0))
	if m.put.Rate > 0 {
		most = m.never.price(below)
	}
	return math.Max(atLeast(m.kind, in), math.Min(european+early, most*scale))
}

// ceiling is more than any option of the kind is worth: the one that never
// expires, where holding it costs something.
func ceiling(kind Kind, in Inputs) float64 {
	if kind == Call {
		in = mirror(in)
	}
	if in.Rate > 0 {
		return everlastingPut(in).price(in.Spot)
	}
	return in.Strike * math.Exp(-in.Rate*in.Years)
}

// bumpedMarker adds delta, from the price's slope, and vega, from the markers
// on either side of the vol.
type bumpedMarker struct {
	kind          Kind
	in            Inputs
	mid, up, down *solved
	width         float64
}

// Price implements Marker.
func (m *bumpedMarker) Price(spot, years float64) float64 { return m.mid.Price(spot, years) }

// Mark implements Marker.
func (m *bumpedMarker) Mark(spot, years float64) (price, delta, vega float64) {
	price = m.mid.Price(spot, years)
	switch {
	case years <= 0:
		return price, exercised(m.kind, spot, m.in.Strike), 0
	case price <= Intrinsic(m.kind, spot, m.in.Strike):
		return price, exercised(m.kind, spot, m.in.Strike), 0
	}
	step := spot * math.Min(0.01, 0.1*m.in.Vol*math.Sqrt(years))
	if step > 0 {
		delta = (m.mid.Price(spot+step, years) - m.mid.Price(spot-step, years)) / (2 * step)
	}
	if m.width > 0 {
		vega = math.Max(0, (m.up.Price(spot, years)-m.down.Price(spot, years))/(2*m.width))
	}
	return price, delta, vega
}
