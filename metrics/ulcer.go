package metrics

import "math"

// ulcer: √(mean over t of (W_t / max_{s≤t} W_s − 1)²) (Martin and McCann, The
// Investor's Guide to Fidelity Funds, 1989).
func ulcer(wealth []float64) *float64 {
	high, sum := 0.0, 0.0
	for _, w := range wealth {
		high = math.Max(high, w)
		if high <= 0 {
			return nil
		}
		fall := math.Max(w, 0)/high - 1
		sum += fall * fall
	}
	return defined(math.Sqrt(sum / float64(len(wealth))))
}
