package metrics

// drawdown: min over t of W_t / max_{s≤t} W_s − 1, with the indices of its peak
// and trough. It is 0 for wealth that never falls, and −1 where it falls to
// nothing.
func drawdown(wealth []float64) (worst float64, peak, trough int) {
	high := 0
	for i, w := range wealth {
		if w > wealth[high] {
			high = i
		}
		if wealth[high] <= 0 {
			continue
		}
		if fall := max(w, 0)/wealth[high] - 1; fall < worst {
			worst, peak, trough = fall, high, i
		}
	}
	return worst, peak, trough
}
