package metrics

import "math"

// skew: m₃/m₂^{3/2} with central moments over n. Null without variation.
func skew(r []float64) *float64 {
	if len(r) < 3 {
		return nil
	}
	m, second, third := mean(r), 0.0, 0.0
	for _, x := range r {
		d := x - m
		second += d * d
		third += d * d * d
	}
	n := float64(len(r))
	return ratio(third/n, math.Pow(second/n, 1.5))
}
