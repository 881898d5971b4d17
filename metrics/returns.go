package metrics

import "math"

// growth is the net wealth of an account at every close and the returns between
// them.
type growth struct {
	wealth  []float64
	returns []float64
	wiped   bool
}

func growthOf(wealth []float64) growth {
	r, wiped := returns(wealth)
	return growth{wealth, r, wiped}
}

// returns: r_t = W_t/W_{t−1} − 1. Where wealth falls to nothing the return is −1
// and the series ends; wiped reports it.
func returns(wealth []float64) (r []float64, wiped bool) {
	if len(wealth) > 1 {
		r = make([]float64, 0, len(wealth)-1)
	}
	for i := 1; i < len(wealth); i++ {
		if wealth[i-1] <= 0 {
			return r, true
		}
		r = append(r, math.Max(0, wealth[i])/wealth[i-1]-1)
	}
	return r, len(wealth) > 0 && wealth[len(wealth)-1] <= 0
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// variance: Σ(x − mean)²/(n − 1); NaN for fewer than two.
func variance(x []float64) float64 {
	if len(x) < 2 {
		return math.NaN()
	}
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	return sum / float64(len(x)-1)
}

// defined returns x, or null for what is no number.
func defined(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}

// ratio returns a/b, or null where b is nothing.
func ratio(a, b float64) *float64 {
	if b == 0 {
		return nil
	}
	return defined(a / b)
}
