package option

import (
	"math"
)

// American prices American options by the fixed point of Andersen, Lake and
// Offengenden (High-performance American option pricing, Journal of
// Computational Finance 20, 2016): the exercise boundary solves an integral
// equation, is interpolated in √time at Chebyshev nodes, and the early-exercise
// premium is an integral over it. Calls are puts with spot and strike, and rate
// and yield, exchanged (McDonald and Schroder, 1998). The boundary is that of the
// longest life of a class, whose lives are up to twice as long as one another, so
// that a price is the same whatever else is priced over the boundary. Greeks are
// derivatives of the same integral. Verified against published converged values to
// Accuracy in ordinary cases, and to 1e-4 for a strike of 100 against finer rules for
// lives of up to 200 years, vols from 0.001 to 5 and rates and yields between −1 and
// 1. A price is at least intrinsic and European value and at most that of the option
// that never expires.
// Where the boundary has two branches (a put with yield < rate < 0) the premium
// comes from a lattice instead, good to 2e-4 for a strike of 100.
type American struct{ Accuracy Accuracy }

var _ Engine = American{}

// Name implements Engine.
func (American) Name() string { return "American fixed point (Andersen–Lake–Offengenden)" }

// Price implements Engine.
func (a American) Price(kind Kind, in Inputs) float64 {
	return boundariesOf(a).Price(kind, in)
}

// Greeks implements Engine.
func (a American) Greeks(kind Kind, in Inputs) Greeks {
	return boundariesOf(a).Greeks(kind, in)
}

// simple returns the price where no boundary is needed: at expiry, when early
// exercise never pays, and when there is no randomness.
func simple(kind Kind, in Inputs) (float64, bool) {
	switch {
	case in.Years <= 0:
		return Intrinsic(kind, in.Spot, in.Strike), true
	case neverEarly(kind, in):
		return atLeast(kind, in), true
	case in.Vol*math.Sqrt(in.Years) < minDeviation:
		return max(atLeast(kind, in), certain(kind, in)), true
	default:
		return 0, false
	}
}

// simpleGreeks are the greeks where simple has the price.
func simpleGreeks(kind Kind, in Inputs) Greeks {
	european := BlackScholesMerton{}
	if Intrinsic(kind, in.Spot, in.Strike) > european.Price(kind, in) {
		return Greeks{Delta: exercised(kind, in.Spot, in.Strike)}
	}
	return european.Greeks(kind, in)
}

// atLeast is the larger of exercising now and never before expiry.
func atLeast(kind Kind, in Inputs) float64 {
	european := BlackScholesMerton{}.Price(kind, in)
	if neverEarly(kind, in) {
		return european
	}
	return max(Intrinsic(kind, in.Spot, in.Strike), european)
}

// minDeviation is the σ√T below which the tree's steps drown in rounding and
// the price is that of a certain path.
const minDeviation = 1e-6

// neverEarly reports whether exercise before expiry never pays: a put when the
// strike earns nothing and the spot costs nothing to be short of, a call in
// the mirror case.
func neverEarly(kind Kind, in Inputs) bool {
	if kind == Put {
		return in.Rate <= 0 && in.Yield >= in.Rate
	}
	return in.Yield <= 0 && in.Rate >= in.Yield
}

// certain is the value on the path without randomness: the best of exercising
// at any time, found at the ends or where the discounted payoff turns.
func certain(kind Kind, in Inputs) float64 {
	value := func(t float64) float64 {
		spot, strike := in.Spot*exp(-in.Yield*t), in.Strike*exp(-in.Rate*t)
		return Intrinsic(kind, spot, strike)
	}
	best := max(value(0), value(in.Years))
	if in.Rate*in.Yield > 0 && in.Rate != in.Yield {
		turn := ln(in.Rate*in.Strike/(in.Yield*in.Spot)) / (in.Rate - in.Yield)
		if turn > 0 && turn < in.Years {
			best = max(best, value(turn))
		}
	}
	return best
}
