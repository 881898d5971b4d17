package option

import (
	"math"
	"slices"
)

// Boundaries price American options and remember the exercise boundaries that they
// have solved: one boundary of a rate, a yield and a vol serves every strike, every
// spot and every life of its class, put or call. The marks of a run, or of the
// thousand runs of a study, share them. What is remembered never changes a price:
// it is that of American to the last bit. The zero value is ready, of standard
// accuracy; its memory is bounded: some MB over ordinary lives, some ten over wide
// ones, and some MB more for each lattice. It is not safe for concurrent use.
type Boundaries struct {
	// Accuracy of the prices; set it before the first.
	Accuracy Accuracy

	solved   []*exercise // by hash: one that hashes alike takes the place
	readings []*reading  // likewise
	lattices []*exercise // those without a single boundary, the last used first
	solves   int         // boundaries solved so far
	few      bool        // for one option: small tables
}

// Sizes of what is remembered.
const (
	keptBoundaries = 1024
	keptReadings   = 2048
	keptLattices   = 24 // a lattice takes megabytes where a boundary takes a few thousand bytes
	keptOfOne      = 16 // of one option
)

// kept is the size of a table.
func (b *Boundaries) kept(many int) int {
	if b.few {
		return keptOfOne
	}
	return many
}

// boundariesOf are those of one option.
func boundariesOf(a American) *Boundaries { return &Boundaries{Accuracy: a.Accuracy, few: true} }

// Marker returns a marker over the boundaries; in.Years is not read, for each life
// has the boundary of its class.
func (b *Boundaries) Marker(kind Kind, in Inputs) Marker {
	return &boundaryMarker{of: b, kind: kind, in: in}
}

// Of returns what makes the markers of an engine's options: the boundaries for an
// American engine of their accuracy, and otherwise the engine.
func (b *Boundaries) Of(e Engine) Markers {
	switch e := e.(type) {
	case American:
		if e.Accuracy == b.Accuracy {
			return b
		}
	case OnFuture:
		return futureMarkers{b.Of(e.Of)}
	}
	return e
}

// futureMarkers makes markers of options on a future.
type futureMarkers struct{ of Markers }

// Marker implements Markers.
func (f futureMarkers) Marker(kind Kind, in Inputs) Marker {
	return f.of.Marker(kind, withoutCarry(in))
}

// Price returns the value of one unit.
func (b *Boundaries) Price(kind Kind, in Inputs) float64 {
	m := boundaryMarker{of: b, kind: kind, in: in}
	return m.Price(in.Spot, in.Years)
}

// PriceAll writes the price of every option to prices, which is as long as the
// columns, in any order.
func (b *Boundaries) PriceAll(kind Kind, in Columns, prices []float64) {
	for i := range in.Spot {
		prices[i] = b.Price(kind, in.At(i))
	}
}

// exercise is what early exercise is priced over: the boundary of a put on a strike
// of 1 or, where there is no single one, a lattice.
type exercise struct {
	carried
	over    *boundary
	lattice *lattice
	never   everlasting // what bounds the put, where its rate is above 0
	tilts   *tilts      // of the boundary, once asked for
}

func exerciseOf(c carried, accuracy Accuracy) *exercise {
	e := &exercise{carried: c}
	if c.rate > 0 {
		e.never = everlastingPut(c)
	}
	if e.over = solve(c, accuracy); e.over == nil {
		e.lattice = solveLattice(Inputs{Spot: 1, Strike: 1, Years: c.years, Rate: c.rate, Yield: c.yield, Vol: c.vol})
	}
	return e
}

// most bounds the put at a spot.
func (e *exercise) most(spot, years float64) float64 {
	if e.rate > 0 {
		return e.never.price(spot)
	}
	return exp(-e.rate * years)
}

// classYears is the life of the class of options that live for about a year.
const classYears = 374.0 / 365

// classOf returns the longest life of the class that a life above 0 belongs to, at
// most twice as long: the one that a boundary is solved for. Classes double, so
// that a boundary is never read far from its end, where its nodes lie far apart.
func classOf(years float64) float64 {
	fraction, power := math.Frexp(years / classYears)
	if fraction == 0.5 {
		power--
	}
	return max(years, math.Ldexp(classYears, power))
}

// hash mixes numbers into a place in a table.
func hash(numbers ...float64) uint64 {
	h := uint64(14695981039346656037)
	for _, x := range numbers {
		h = (h ^ math.Float64bits(x)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	return h
}

// exercise returns the boundary for the class of a put's life.
func (b *Boundaries) exercise(c carried) *exercise {
	c.years = classOf(c.years)
	if b.solved == nil {
		b.solved = make([]*exercise, b.kept(keptBoundaries))
	}
	place := &b.solved[hash(c.years, c.rate, c.yield, c.vol)%uint64(len(b.solved))]
	if *place != nil && (*place).carried == c {
		return *place
	}
	if e := b.latticeOf(c); e != nil {
		return e
	}
	e := exerciseOf(c, b.Accuracy.at())
	b.solves++
	if e.lattice != nil {
		b.keepLattice(e)
	} else {
		*place = e
	}
	return e
}

// latticeOf returns the lattice of a put's life, if it is remembered.
func (b *Boundaries) latticeOf(c carried) *exercise {
	i := slices.IndexFunc(b.lattices, func(e *exercise) bool { return e.carried == c })
	if i < 0 {
		return nil
	}
	e := b.lattices[i]
	copy(b.lattices[1:i+1], b.lattices[:i])
	b.lattices[0] = e
	return e
}

// keepLattice remembers a lattice, in place of the one that was used longest ago.
func (b *Boundaries) keepLattice(e *exercise) {
	b.lattices = slices.Insert(b.lattices[:min(len(b.lattices), keptLattices-1)], 0, e)
}

// reading returns the reading of a boundary at a time to expiry.
func (b *Boundaries) reading(e *exercise, years float64, sloped bool) *reading {
	if e.lattice != nil { // whose reading is soon made, and would hold it
		r := &reading{}
		r.read(e, years, false)
		return r
	}
	if b.readings == nil {
		b.readings = make([]*reading, b.kept(keptReadings))
	}
	// Neighbouring days stand side by side: the marks of one life never take each
	// other's place.
	const daysPerYear = 365
	place := &b.readings[(hash(e.rate, e.yield, e.vol)+uint64(years*daysPerYear+0.5))%uint64(len(b.readings))]
	if *place == nil {
		*place = &reading{}
	}
	r := *place
	sloped = sloped || e.tilts != nil // a mark follows
	if r.of != e || r.years != years || sloped && !r.sloped {
		if sloped && e.tilts == nil {
			e.tilts = e.over.tilt()
		}
		r.read(e, years, sloped)
	}
	return r
}

// boundaryMarker is the marker of one option.
type boundaryMarker struct {
	of   *Boundaries
	kind Kind
	in   Inputs
	last *exercise // of the last price, while the class stays
}

var _ Marker = (*boundaryMarker)(nil)

// asPut returns the put on a strike of 1 that an option is worth, times scale: the
// option itself, and for a call the put with spot and strike, and rate and yield,
// exchanged.
func asPut(kind Kind, in Inputs) (c carried, spot, scale float64) {
	if kind == Call {
		in = mirror(in)
	}
	return carried{in.Years, in.Rate, in.Yield, in.Vol}, in.Spot / in.Strike, in.Strike
}

// mirror exchanges spot and strike, and rate and yield: a call becomes a put of
// the same price.
func mirror(in Inputs) Inputs {
	in.Spot, in.Strike, in.Rate, in.Yield = in.Strike, in.Spot, in.Yield, in.Rate
	return in
}

// at returns the exercise of a life.
func (m *boundaryMarker) at(c carried) *exercise {
	if e := m.last; e != nil && e.years >= c.years && e.years == classOf(c.years) {
		return e
	}
	m.last = m.of.exercise(c)
	return m.last
}

func (m *boundaryMarker) inputs(spot, years float64) Inputs {
	in := m.in
	in.Spot, in.Years = spot, years
	return in
}

// Price implements Marker.
func (m *boundaryMarker) Price(spot, years float64) float64 {
	in := m.inputs(spot, years)
	if price, ok := simple(m.kind, in); ok {
		return price
	}
	c, at, scale := asPut(m.kind, in)
	e := m.at(c)
	r := m.of.reading(e, years, false)
	european, early := m.european(r, spot), 0.0
	floor := max(european, Intrinsic(m.kind, spot, in.Strike))
	if e.lattice != nil {
		early = e.lattice.at(at, years)
	} else {
		if at <= r.level {
			return floor
		}
		early = max(r.premium(at), 0)
	}
	return max(floor, min(european+early*scale, e.most(at, years)*scale))
}

// european is the value without early exercise.
func (m *boundaryMarker) european(r *reading, spot float64) float64 {
	discount, carry := r.discount, r.carry
	if m.kind == Call {
		discount, carry = carry, discount
	}
	return priceOver(m.kind, spot*carry, m.in.Strike*discount, m.in.Vol*r.root)
}

// Mark implements Marker. Price, delta and vega come from one boundary: the slopes
// are the derivatives of the premium's integral.
func (m *boundaryMarker) Mark(spot, years float64) (price, delta, vega float64) {
	in := m.inputs(spot, years)
	if price, ok := simple(m.kind, in); ok {
		g := simpleGreeks(m.kind, in)
		return price, g.Delta, g.Vega
	}
	c, at, scale := asPut(m.kind, in)
	e := m.at(c)
	if e.lattice != nil {
		return m.bump(spot, years)
	}
	r := m.of.reading(e, years, true)
	european, intrinsic := m.european(r, spot), Intrinsic(m.kind, spot, in.Strike)
	if at <= r.level {
		return max(european, intrinsic), exercised(m.kind, spot, in.Strike), 0
	}
	more := r.moves(at)
	price = max(european, intrinsic, min(european+max(more.value, 0)*scale, e.most(at, years)*scale))
	if price <= intrinsic {
		return price, exercised(m.kind, spot, in.Strike), 0
	}
	g := BlackScholesMerton{}.Greeks(m.kind, in)
	return price, m.held(g.Delta, more, at), max(0, g.Vega+more.vega*scale)
}

// held is the delta of an option that is not exercised: that of the European plus
// the premium's.
func (m *boundaryMarker) held(delta float64, more moves, at float64) float64 {
	if m.kind == Call { // worth spot × put(strike/spot)
		return min(max(delta+more.value-more.delta, 0), 1)
	}
	return min(max(delta+more.delta/at, -1), 0)
}

// bump is Mark over a lattice: delta from the price's slope, vega from lattices on
// either side of the vol.
func (m *boundaryMarker) bump(spot, years float64) (price, delta, vega float64) {
	price = m.Price(spot, years)
	if price <= Intrinsic(m.kind, spot, m.in.Strike) {
		return price, exercised(m.kind, spot, m.in.Strike), 0
	}
	step := spot * min(0.01, 0.1*m.in.Vol*math.Sqrt(years))
	delta = (m.Price(spot+step, years) - m.Price(spot-step, years)) / (2 * step)
	up, down := *m, *m
	width := 0.01 * m.in.Vol
	up.in.Vol, up.last = m.in.Vol+width, nil
	down.in.Vol, down.last = m.in.Vol-width, nil
	return price, delta, max(0, (up.Price(spot, years)-down.Price(spot, years))/(2*width))
}
