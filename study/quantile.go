package study

import (
	"math"
	"slices"

	"lombard.example/lombard"
)

// quantile is that of sorted values by linear interpolation between order
// statistics, type 7 of Hyndman and Fan (1996): h = (n−1)p.
func quantile(sorted []float64, p float64) float64 {
	h := float64(len(sorted)-1) * p
	low := math.Floor(h)
	i := int(low)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (h-low)*(sorted[i+1]-sorted[i])
}

// quantilesOf sorts the values in place; not ok where there are none.
func quantilesOf(values []float64) (q lombard.Quantiles, ok bool) {
	if len(values) == 0 {
		return q, false
	}
	slices.Sort(values)
	return lombard.Quantiles{
		P05: quantile(values, 0.05), P25: quantile(values, 0.25), P50: quantile(values, 0.5), P75: quantile(values, 0.75), P95: quantile(values, 0.95),
		Max: values[len(values)-1],
	}, true
}
