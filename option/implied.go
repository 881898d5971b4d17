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
// normalised form of an out-of-the-money call and solved by the rational guess
// and the steps of Jäckel (Let's Be Rational, Wilmott, January 2015); where they
// do not settle, by Newton steps that a bracket holds. Verified by round trips:
// within 1e-11 where the price tells vols apart. The error is ErrNoVol.
func ImpliedVol(kind Kind, in Inputs, price float64) (float64, error) {
	if !(in.Years > 0 && in.Spot > 0 && in.Strike > 0) || math.IsNaN(price) {
		return 0, ErrNoVol
	}
	spot, strike := in.Spot*exp(-in.Yield*in.Years), in.Strike*exp(-in.Rate*in.Years)
	timeValue := price - Intrinsic(kind, spot, strike)
	scale := math.Sqrt(spot * strike)
	x := -math.Abs(ln(in.Spot/in.Strike) + (in.Rate-in.Yield)*in.Years)
	beta, most := timeValue/scale, exp(x/2)
	if !(beta > 0 && beta < most) {
		return 0, ErrNoVol
	}
	s := rationalVol(x, beta, most)
	if math.IsNaN(s) {
		s = normalisedVol(x, beta, most)
	}
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
// option is the given one; in.Vol is not read. It starts at the European vol of
// the price, which is never less, and steps by secants within a bracket. The
// error is ErrNoVol: the price is at intrinsic value, where every low vol gives
// the same, or out of reach.
func ImpliedVolAmerican(kind Kind, in Inputs, price float64) (float64, error) {
	if !(in.Years > 0 && in.Spot > 0 && in.Strike > 0) || !(price > Intrinsic(kind, in.Spot, in.Strike)) {
		return 0, ErrNoVol
	}
	gap := func(vol float64) float64 {
		in.Vol = vol
		return American{}.Price(kind, in) - price
	}
	low, high := leastVol, mostVol
	a, err := ImpliedVol(kind, in, price)
	if err != nil || !(a > low && a < high) {
		a = 0.2
	}
	ga := gap(a)
	if ga > 0 {
		high = a
	} else {
		low = a
	}
	in.Vol = a
	b := a - ga/math.Max(BlackScholesMerton{}.Greeks(kind, in).Vega, 1e-6*in.Strike)
	const rounds, precision = 100, 1e-13
	for range rounds {
		if ga == 0 {
			return a, nil
		}
		if !(b > low && b < high) {
			b = (low + high) / 2
		}
		gb := gap(b)
		if gb > 0 {
			high = b
		} else {
			low = b
		}
		if math.Abs(gb) < 1e-14*in.Strike || high-low < precision*high || math.Abs(b-a) < precision*b {
			return b, within(b, gb, in.Strike)
		}
		a, b, ga = b, b-gb*(b-a)/(gb-ga), gb
	}
	return (low + high) / 2, nil
}

// Limits of an American implied vol.
const leastVol, mostVol = 1e-3, 5.0

// within refuses a vol at a limit that does not give the price.
func within(vol, gap, strike float64) error {
	if (vol < leastVol*1.001 || vol > mostVol*0.999) && math.Abs(gap) > 1e-9*strike {
		return ErrNoVol
	}
	return nil
}
