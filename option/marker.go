package option

import (
	"math"
	"sync"
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

// Markers makes markers of options.
type Markers interface {
	// Marker returns a marker of the option; in.Years is the longest life it will be
	// asked for.
	Marker(kind Kind, in Inputs) Marker
}

// Marker returns a marker for the option; in.Years is the longest life it will
// be asked for.
func (BlackScholesMerton) Marker(kind Kind, in Inputs) Marker { return europeanMarker{kind, in} }

// Marker returns a marker for the option: it solves the exercise boundary of each
// class of lives once. Boundaries share them among options.
func (a American) Marker(kind Kind, in Inputs) Marker {
	return &lockedMarker{of: boundariesOf(a).Marker(kind, in)}
}

// lockedMarker lets a marker be used by many at once.
type lockedMarker struct {
	mu sync.Mutex
	of Marker
}

// Price implements Marker.
func (m *lockedMarker) Price(spot, years float64) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of.Price(spot, years)
}

// Mark implements Marker.
func (m *lockedMarker) Mark(spot, years float64) (price, delta, vega float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.of.Mark(spot, years)
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

// ceiling is more than any option of the kind is worth: the one that never
// expires, where holding it costs something.
func ceiling(kind Kind, in Inputs) float64 {
	if kind == Call {
		in = mirror(in)
	}
	if in.Rate > 0 {
		c, spot, scale := asPut(Put, in)
		return everlastingPut(c).price(spot) * scale
	}
	return in.Strike * math.Exp(-in.Rate*in.Years)
}
