package metrics

import "math"

// sharpe: √A·mean(r − rf)/sd(r − rf), A sessions a year, rf the risk-free
// return of a session, sd with n − 1. Null without variation.
func sharpe(r []float64, perYear, riskFree float64) *float64 {
	deviation := math.Sqrt(variance(r))
	const rounding = 1e-15
	if !(deviation > rounding) {
		return nil
	}
	return defined(math.Sqrt(perYear) * (mean(r) - riskFree) / deviation)
}
