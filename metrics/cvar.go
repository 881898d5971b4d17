package metrics

import "math"

// cvar: the mean of the worst share α of returns, exactly: sorted upwards and
// with k = ⌊nα⌋, (Σ_{i≤k} x_i + (nα − k)·x_{k+1})/(nα) (Acerbi and Tasche, On the
// coherence of expected shortfall, 2002). Null without returns.
func cvar(r []float64, alpha float64) *float64 {
	if len(r) == 0 {
		return nil
	}
	const rounding = 1e-9 // so that 20 × 0.05 is 1
	tail := float64(len(r)) * alpha
	whole := int(math.Floor(tail + rounding))
	worst, sum := least(r, whole+1), 0.0
	for _, i := range worst[:min(whole, len(worst))] {
		sum += r[i]
	}
	if rest := tail - float64(whole); rest > rounding && whole < len(worst) {
		sum += rest * r[worst[whole]]
	}
	return defined(sum / tail)
}
