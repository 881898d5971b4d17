package backtest

import (
	"lombard.example/lombard"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// markPath is the marks of an option at the closes after a bar, at one vol, rate
// and yield. They do not depend on the loan or on how many of the option are held,
// so walks that buy the same option on the same day share them.
type markPath struct {
	key    pathKey
	turn   int // how often this place has been used for another option
	marker option.Marker
	marks  []float64 // by close from that of the bar after the key's on
}

// pathKey is all that marks depend on. The bar stands for the prices after it: it
// is kept alive by the key, so no other bar has its address.
type pathKey struct {
	bar      *market.Bar
	european bool
	kind     option.Kind
	expiry   lombard.Date
	in       option.Inputs
}

// markPaths are the marks of the options of the last walks over the same prices.
type markPaths struct {
	all    [64]markPath
	next   int         // where the option after the last one is looked for first
	prices *market.Bar // the first of those that the walks were over
}

// over forgets the marks over other prices, which the keys would keep in memory.
func (m *markPaths) over(prices *market.Bar) {
	if m.prices == prices {
		return
	}
	m.prices = prices
	for k := range m.all {
		p := &m.all[k]
		*p = markPath{turn: p.turn, marks: p.marks[:0]}
	}
}

// of returns the marks of an option: those of an earlier walk, or none yet in the
// place of the oldest.
func (m *markPaths) of(key *pathKey) *markPath {
	at := m.next
	for k := range m.all {
		if p := &m.all[(m.next+k)%len(m.all)]; p.key.bar == key.bar && p.key == *key {
			at = (m.next + k) % len(m.all)
			break
		}
	}
	m.next = (at + 1) % len(m.all)
	p := &m.all[at]
	if p.key != *key {
		*p = markPath{key: *key, turn: p.turn + 1, marks: p.marks[:0]}
	}
	return p
}

// markFrom gives the position a marker of its vol, with the marks that it has been
// asked for by walks before.
func (r *runner) markFrom(p *position, date lombard.Date) {
	in := inputsOf(&r.contracts[p.record], date, r.rate, r.yield, p.sigma)
	p.path = nil
	if !r.steady || r.record.keeps {
		p.marker = r.markerOf(p.kind, in)
		return
	}
	p.since = r.session
	path := r.paths.of(&pathKey{bar: &r.series.Bars[r.session-r.offset], european: r.european, kind: p.kind, expiry: p.Expiry, in: in})
	if path.marker == nil {
		path.marker = r.markerOf(p.kind, in)
	}
	p.marker, p.path, p.turn = path.marker, path, path.turn
}

// scalarKernel is the pricing without vectors, over which a marker is faster than a
// path: it keeps what depends on the day alone. Both have the same bits.
const scalarKernel = "scalar"

// marksTo returns the marks of a position at the closes of a stretch. They are a
// copy: where many options are open, the next of them may take the place of the path.
func (r *runner) marksTo(p *position) []float64 {
	c := &r.closes
	r.aim(p, r.sheet.dates[c.at], c.spot[0])
	if p.path == nil || p.path.turn != p.turn { // another option has its place
		p.marker = nil
		r.aim(p, r.sheet.dates[c.at], c.spot[0])
	}
	path, end := p.path, c.at+c.n-p.since-1
	for len(path.marks) < end {
		first := len(path.marks)
		n := min(longest, end-first)
		bar := p.since + 1 + first
		path.marks = append(path.marks, r.years[:n]...)
		spots, years, marks := r.sheet.closes[bar:bar+n], r.years[:n], path.marks[first:]
		for k, date := range r.sheet.dates[bar : bar+n] {
			years[k] = yearsTo(date, p.Expiry)
		}
		if r.european && option.Kernel() != scalarKernel {
			option.PricePath(p.kind, path.key.in, spots, years, marks)
			continue
		}
		for k, spot := range spots {
			marks[k] = p.marker.Price(spot, years[k])
		}
	}
	return r.stretchMarks(path.marks[end-c.n : end]...)
}

// sensitiveMarks is marksTo for who keeps the day: with delta and vega, which are
// computed beside the price and are not shared.
func (r *runner) sensitiveMarks(p *position) []float64 {
	c := &r.closes
	r.aim(p, r.sheet.dates[c.at], c.spot[0])
	marks := r.stretchMarks(c.spot...)
	for k, spot := range c.spot {
		var delta, vega float64
		marks[k], delta, vega = p.marker.Mark(spot, yearsTo(r.sheet.dates[c.at+k], p.Expiry))
		c.delta[k] += p.quantity * delta
		c.vega[k] += p.quantity * vega
	}
	return marks
}

// stretchMarks returns a copy that is valid for as long as the stretch.
func (r *runner) stretchMarks(marks ...float64) []float64 {
	first := len(r.marks)
	r.marks = append(r.marks, marks...)
	return r.marks[first:]
}
