package metrics

import "math"

// sortino: √A·mean(r − mar)/√(mean(min(r − mar, 0)²)), the lower mean over all
// n returns. Null without a return below mar.
func sortino(r []float64, perYear, least float64) *float64 {
	sum := 0.0
	for _, x := range r {
		below := math.Min(x-least, 0)
		sum += below * below
	}
	if sum == 0 {
		return nil
	}
	return defined(math.Sqrt(perYear) * (mean(r) - least) / math.Sqrt(sum/float64(len(r))))
}
