package option

import (
	"errors"
	"math"
)

// ErrNoVol says that no vol gives the price: it is below what the option is
// worth without randomness, or above what it can ever be worth.
var ErrNoVol = errors.New("no vol gives this price")

// Limits of an implied vol, as total deviations σ√T.
const (
	leastDeviation = 1e-9
	mostDeviation  = 40.0
)

// ImpliedVol returns the annual vol at which the Black–Scholes–Merton price of
// an option is the given one; in.Vol is not read. The price is brought to the
// normalised form of an out-of-the-money call and solved on the logarithm of
// the price where it is low and of its complement where it is high, the
// objective functions of Jäckel (Let's Be Rational, Wilmott, January 2015), by
// Newton steps that a bracket holds. Verified by round trips: the price comes
// back to its last digits. The error is ErrNoVol.
func ImpliedVol(kind Kind, in Inputs, price float64) (float64, error) {
	if !(in.Years > 0 && in.Spot > 0 && in.Strike > 0) || math.IsNaN(price) {
		return 0, ErrNoVol
	}
	spot, strike := in.Spot*math.Exp(-in.Yield*in.Years), in.Strike*math.Exp(-in.Rate*in.Years)
	timeValue := price - Intrinsic(kind, spot, strike)
	scale := math.Sqrt(spot * strike)
	x := -math.Abs(math.Log(in.Spot/in.Strike) + (in.Rate-in.Yield)*in.Years)
	beta, most := timeValue/scale, math.Exp(x/2)
	if !(beta > 0 && beta < most) {
		return 0, ErrNoVol
	}
	s := normalisedVol(x, beta, most)
	if !(s > leastDeviation && s < mostDeviation) {
		return 0, ErrNoVol
	}
	return s / math.Sqrt(in.Years), nil
}

// normalised returns the price of an out-of-the-money call, x = ln(F/K) ≤ 0,
// over √(F·K), and its derivative by the deviation s.
func normalised(x, s float64) (price, slope float64) {
	h, t := x/s, s/2
	price = 0.5 * (math.Exp(x/2)*math.Erfc(-(h+t)/math.Sqrt2) - math.Exp(-x/2)*math.Erfc(-(h-t)/math.Sqrt2))
	return math.Max(price, 0), math.Exp(-0.5*(h*h+t*t)) / math.Sqrt(2*math.Pi)
}

// normalisedVol solves normalised(x, s) = beta for 0 < beta < most.
func normalisedVol(x, beta, most float64) float64 {
	// The slope is largest at √(2|x|), where the curve turns: below it the log
	// of the price is nearly straight, above it the log of the complement.
	turn := math.Sqrt(2 * -x)
	atTurn := 0.0
	if turn > 0 {
		atTurn, _ = normalised(x, turn)
	}
	below := beta < atTurn
	low, high := leastDeviation, mostDeviation
	if below {
		high = turn
	} else if turn > low {
		low = turn
	}
	s := turn
	if turn == 0 {
		s = math.Min(high, math.Sqrt(2*math.Pi)*beta) // at the money: Brenner and Subrahmanyam, 1988
	}
	const rounds = 100
	for range rounds {
		price, slope := normalised(x, s)
		gap := price - beta
		if gap > 0 {
			high = math.Min(high, s)
		} else {
			low = math.Max(low, s)
		}
		next := s - step(below, price, slope, beta, most)
		if gap == 0 || math.Abs(next-s) <= 2e-16*s {
			return s
		}
		if !(next > low && next < high) {
			next = (low + high) / 2
			if below {
				next = math.Sqrt(low * high)
			}
		}
		s = next
	}
	return s
}

// step is the Newton step of the objective: 1/ln(price) where prices are low,
// for it is nearly straight there, and the log of the complement where they
// are high.
func step(below bool, price, slope, beta, most float64) float64 {
	switch {
	case !(slope > 0):
		return math.NaN()
	case below && price > 0:
		now, want := math.Log(price), math.Log(beta)
		return (1/now - 1/want) / (-slope / (price * now * now))
	case !below && price < most:
		return (math.Log(most-beta) - math.Log(most-price)) / (slope / (most - price))
	default:
		return math.NaN()
	}
}

// ImpliedVolAmerican returns the annual vol at which the American price of an
// option is the given one, by a bracketed secant over the price; in.Vol is not
// read. The error is ErrNoVol: the price is at intrinsic value, where every
// low vol gives the same, or out of reach.
func ImpliedVolAmerican(kind Kind, in Inputs, price float64) (float64, error) {
	if !(in.Years > 0 && in.Spot > 0 && in.Strike > 0) || !(price > Intrinsic(kind, in.Spot, in.Strike)) {
		return 0, ErrNoVol
	}
	gap := func(vol float64) float64 {
		in.Vol = vol
		return American{}.Price(kind, in) - price
	}
	low, high := 1e-3, 5.0
	gapLow, gapHigh := gap(low), gap(high)
	if gapLow > 0 || gapHigh < 0 {
		return 0, ErrNoVol
	}
	const rounds, precision = 100, 1e-13
	for range rounds {
		next := high - gapHigh*(high-low)/(gapHigh-gapLow)
		if margin := 1e-3 * (high - low); !(next > low+margin && next < high-margin) {
			next = (low + high) / 2
		}
		g := gap(next)
		if g > 0 {
			high, gapHigh = next, g
			gapLow /= 2 // Illinois: the end that stays counts less
		} else {
			low, gapLow = next, g
			gapHigh /= 2
		}
		if high-low < precision*high || math.Abs(g) < 1e-14*in.Strike {
			return next, nil
		}
	}
	return (low + high) / 2, nil
}
