// Package option prices options on one underlying: European ones by
// Black–Scholes–Merton, American ones numerically, both behind one interface.
// Prices and greeks are per unit of the underlying. A price is never NaN,
// never negative and, for an American option, never below intrinsic.
package option

import "math"

// Kind is what an option gives the right to: it enumerates put and call.
type Kind int

// The kinds.
const (
	Put Kind = iota + 1
	Call
)

// String returns put or call.
func (k Kind) String() string {
	switch k {
	case Put:
		return "put"
	case Call:
		return "call"
	default:
		return "invalid kind"
	}
}

// Inputs are the arguments of a pricing formula. Spot and Strike are prices
// per unit and positive; Years is the time to expiry, ACT/365F, ≥ 0; Rate and
// Yield are continuously compounded fractions per year; Vol is an annual
// fraction, ≥ 0.
type Inputs struct {
	Spot, Strike, Years, Rate, Yield, Vol float64
}

// Greeks are the sensitivities of a price: Delta per unit of spot, Gamma per
// unit squared, Vega per 1.00 of vol, Theta per year (−∂V/∂T, negative for a
// decaying long option), Rho per 1.00 of rate.
type Greeks struct {
	Delta, Gamma, Vega, Theta, Rho float64
}

// Engine is one pricing method. It is a value, safe for concurrent use.
type Engine interface {
	// Name is the method's name in words, as a result's provenance shows it.
	Name() string
	// Price returns the value of one unit.
	Price(kind Kind, in Inputs) float64
	// Greeks returns the sensitivities of Price.
	Greeks(kind Kind, in Inputs) Greeks
	// Marker returns the same price for day after day of one option; in.Years
	// is the longest life it will be asked for.
	Marker(kind Kind, in Inputs) Marker
}

// Intrinsic returns what exercising now would pay.
func Intrinsic(kind Kind, spot, strike float64) float64 {
	if kind == Put {
		return math.Max(strike-spot, 0)
	}
	return math.Max(spot-strike, 0)
}
