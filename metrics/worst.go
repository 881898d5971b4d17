package metrics

import "math"

// worst: min over t of W_{t+k}/W_t − 1, k sessions apart. Null for a shorter run.
func worst(wealth []float64, sessions int) *float64 {
	least := math.NaN()
	for i := sessions; i < len(wealth); i++ {
		if wealth[i-sessions] <= 0 {
			break
		}
		if x := math.Max(wealth[i], 0)/wealth[i-sessions] - 1; !(x >= least) {
			least = x
		}
	}
	return defined(least)
}
