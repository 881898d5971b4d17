package option

import "math"

// rationalVol solves b(x, s) = beta for 0 < beta < most = e^{x/2}, x ≤ 0, by the
// scheme of Jäckel (Let's Be Rational, Wilmott, January 2015): a rational guess
// on four branches of prices, then Householder steps of third order, two of them
// but at the very ends, on an objective that is nearly straight on each. It is
// NaN where that does not settle.
func rationalVol(x, beta, most float64) float64 {
	s, part := rationalGuess(x, beta, most)
	const rounds, settled = 6, 1e-5 // the error after a step is of its fourth power
	for range rounds {
		step := householder(part, x, s, beta, most)
		next := s + step
		if !(next > s/4 && next < 4*s) {
			return math.NaN()
		}
		if s = next; math.Abs(step) <= settled*s {
			return s
		}
	}
	return math.NaN()
}

// branchOf prices names an objective.
type branchOf int

const (
	lowPrices branchOf = iota
	middlePrices
	highPrices
)

// scaled returns the price of an out-of-the-money call over √(F·K), what it
// lacks to the most it can be worth, and its slope by s. Both tails of the
// normal distribution are Mills ratios of one density.
func scaled(x, s, most float64) (price, lacks, slope float64) {
	h, t := x/s, s/2
	slope = exp(-0.5*(h*h+t*t)) * (1 / (math.Sqrt2 * math.SqrtPi))
	near, far := h+t, mills(t-h)
	if near > 0 {
		lacks = slope * (mills(near) + far)
		return most - lacks, lacks, slope
	}
	price = slope * (mills(-near) - far)
	return price, most - price, slope
}

// householder returns the step of third order.
func householder(part branchOf, x, s, beta, most float64) float64 {
	price, lacks, slope := scaled(x, s, most)
	x2 := x * x / (s * s)
	second := x2/s - s/4
	third := second*second - 3*x2/(s*s) - 0.25
	var newton, h2, h3 float64
	switch part {
	case lowPrices: // 1/ln b
		now, want, rate := ln(price), ln(beta), slope/price
		newton = (want - now) * now / want / rate
		h2 = second - rate*(1+2/now)
		h3 = third + 2*rate*rate*(1+3/now*(1+1/now)) - 3*rate*second*(1+2/now)
	case highPrices: // −ln(most − b)
		rate := slope / lacks
		newton = ln(lacks/(most-beta)) / rate
		h2 = second + rate
		h3 = third + rate*(2*rate+3*second)
	case middlePrices:
		newton, h2, h3 = (beta-price)/slope, second, third
	}
	return newton * (1 + 0.5*h2*newton) / (1 + newton*(h2+h3*newton/6))
}

// rationalGuess is the guess of the paper's section 4, within a few thousandths:
// between points where value and slope are known, a rational cubic. They are the
// curve's turning point and where its tangent there meets 0 and the most.
func rationalGuess(x, beta, most float64) (float64, branchOf) {
	const least = 1e-14
	if -x < least { // at the money the curve is 2Φ(s/2) − 1
		s := -2 * inverseNormal((1-beta)/2)
		if beta > 0.5 {
			return s, highPrices
		}
		return s, middlePrices
	}
	turn := math.Sqrt(-2 * x)
	price, lacks, slope := scaled(x, turn, most)
	if beta < price {
		low := turn - price/slope
		lowPrice, _, lowSlope := scaled(x, low, most)
		if low > 0 && beta >= lowPrice {
			return rationalCubic(beta, cubicEnd{lowPrice, low, 1 / lowSlope}, cubicEnd{price, turn, 1 / slope}, 0, false), middleOrLow(beta, most)
		}
		return lowGuess(x, beta, low, lowPrice), lowPrices
	}
	high := turn + lacks/slope
	highPrice, _, highSlope := scaled(x, high, most)
	if beta <= highPrice {
		s := rationalCubic(beta, cubicEnd{price, turn, 1 / slope}, cubicEnd{highPrice, high, 1 / highSlope}, 0, true)
		if beta > most/2 {
			return s, highPrices
		}
		return s, middlePrices
	}
	// f = Φ(−s/2), 0 with a slope of −1/2 at the most
	ratio := x / high
	f := rationalCubic(beta, cubicEnd{highPrice, normal(-high / 2), -0.5 * exp(0.5*ratio*ratio)}, cubicEnd{most, 0, -0.5},
		math.Sqrt(math.Pi/2)*ratio*ratio/high*exp(ratio*ratio+high*high/8), true)
	if !(f > 0) {
		f = (most - beta) / 2
	}
	return -2 * inverseNormal(f), highPrices
}

func middleOrLow(beta, most float64) branchOf {
	if beta > 1e-3*most {
		return middlePrices
	}
	return lowPrices
}

// lowGuess interpolates f = 2π|x|/(3√3)·Φ(−|x|/(√3 s))³ between a price of 0,
// where its slope by the price is 1, and the price at low.
func lowGuess(x, beta, low, lowPrice float64) float64 {
	const root3 = 1.7320508075688772
	z := -x / (root3 * low)
	tail, y := normal(-z), z*z
	f := 2 * math.Pi * -x / (3 * root3) * tail * tail * tail
	first := 2 * math.Pi * y * exp(y+low*low/8) * tail * tail
	second := math.Pi / 6 * y / (low * low * low) * tail * exp(2*y+low*low/4) * (8*root3*low*-x + (3*low*low*(low*low-8)-8*x*x)*tail/density(z))
	f = rationalCubic(beta, cubicEnd{0, 0, 1}, cubicEnd{lowPrice, f, first}, second, false)
	if !(f > 0) {
		f = beta * beta / lowPrice
	}
	return math.Abs(x / (root3 * inverseNormal(root3*math.Cbrt(f/(2*math.Pi*-x)))))
}

// cubicEnd is where a rational cubic is known.
type cubicEnd struct{ at, value, slope float64 }

// rationalCubic interpolates between two ends (Delbourgo and Gregory, Shape
// preserving piecewise rational interpolation, 1985), with the second derivative
// that is given at the left or at the right end, within what keeps its shape.
func rationalCubic(at float64, left, right cubicEnd, second float64, atLeft bool) float64 {
	width := right.at - left.at
	if !(width > 0) {
		return (left.value + right.value) / 2
	}
	chord := (right.value - left.value) / width
	var r float64
	if atLeft {
		r = (0.5*width*second + (right.slope - left.slope)) / (chord - left.slope)
	} else {
		r = (0.5*width*second + (right.slope - left.slope)) / (right.slope - chord)
	}
	// the least control that keeps slope and bend
	least := (left.slope + right.slope) / chord
	if up, down := right.slope-chord, chord-left.slope; up*down > 0 {
		least = max(least, math.Abs(right.slope-left.slope)/min(math.Abs(up), math.Abs(down)))
	}
	if !(r >= least) {
		r = least
	}
	t := (at - left.at) / width
	u := 1 - t
	if !(r < 1e100) { // a chord
		return left.value*u + right.value*t
	}
	return (right.value*t*t*t + (r*right.value-width*right.slope)*t*t*u + (r*left.value+width*left.slope)*t*u*u + left.value*u*u*u) / (1 + (r-3)*t*u)
}

// inverseNormal returns the x with Φ(x) = p to 1.2e-9 of itself (P. J. Acklam, An
// algorithm for computing the inverse normal cumulative distribution function,
// 2003), for 0 < p ≤ 1/2.
func inverseNormal(p float64) float64 {
	const edge = 0.02425
	if p < edge {
		q := math.Sqrt(-2 * ln(p))
		return (((((-7.784894002430293e-03*q-3.223964580411365e-01)*q-2.400758277161838e+00)*q-2.549732539343734e+00)*q+4.374664141464968e+00)*q + 2.938163982698783e+00) /
			((((7.784695709041462e-03*q+3.224671290700398e-01)*q+2.445134137142996e+00)*q+3.754408661907416e+00)*q + 1)
	}
	q := p - 0.5
	r := q * q
	return (((((-3.969683028665376e+01*r+2.209460984245205e+02)*r-2.759285104469687e+02)*r+1.383577518672690e+02)*r-3.066479806614716e+01)*r + 2.506628277459239e+00) * q /
		(((((-5.447609879822406e+01*r+1.615858368580409e+02)*r-1.556989798598866e+02)*r+6.680131188771972e+01)*r-1.328068155288572e+01)*r + 1)
}
