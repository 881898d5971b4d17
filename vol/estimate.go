package vol

import (
	"fmt"
	"math"

	"lombard.example/lombard"
)

// decay of the exponentially weighted estimator, a day (RiskMetrics Technical
// Document, 4th ed. 1996, §5.3).
const decay = 0.94

// Estimate returns the realised annual vol of the last window sessions:
// cc, close to close, mean not subtracted; parkinson (1980), from highs and
// lows; garman_klass (1980); rogers_satchell (1991); yang_zhang (2000), which
// adds the overnight move; ewma, close to close with weights that decay by
// 0.94 a session. The last four but ewma, and parkinson, need opens, highs and
// lows. An empty name is cc. The error says what is missing.
func Estimate(estimator lombard.Estimator, bars []Bar, window, sessionsPerYear int) (float64, error) {
	if window < 1 || len(bars) < window+1 {
		return 0, fmt.Errorf("a realised vol over %d sessions needs %d closes and has %d", window, window+1, len(bars))
	}
	recent := bars[len(bars)-window-1:]
	if estimator == "" || estimator == lombard.EstimatorClose {
		return annual(closeToClose(recent)/float64(window), sessionsPerYear), nil
	}
	if estimator == lombard.EstimatorEWMA {
		return annual(weighted(recent), sessionsPerYear), nil
	}
	for i := range recent {
		if b := &recent[i]; !(b.Open > 0 && b.High > 0 && b.Low > 0) {
			return 0, fmt.Errorf("the %s estimator needs opens, highs and lows, and the prices are closes only on some days", estimator)
		}
	}
	daily, err := byRange(estimator, recent)
	return annual(daily, sessionsPerYear), err
}

func annual(daily float64, sessionsPerYear int) float64 {
	return math.Sqrt(daily * float64(sessionsPerYear))
}

// closeToClose returns the sum of squared log returns.
func closeToClose(bars []Bar) float64 {
	sum := 0.0
	for i := 1; i < len(bars); i++ {
		x := math.Log(bars[i].Close / bars[i-1].Close)
		sum += x * x
	}
	return sum
}

// weighted returns the exponentially weighted mean of squared log returns; the
// weights of the window add up to one.
func weighted(bars []Bar) float64 {
	sum, weights, weight := 0.0, 0.0, 1.0
	for i := len(bars) - 1; i > 0; i-- {
		x := math.Log(bars[i].Close / bars[i-1].Close)
		sum += weight * x * x
		weights += weight
		weight *= decay
	}
	return sum / weights
}

// byRange returns the daily variance by an estimator that uses the session's
// range. The first bar only gives the close before.
func byRange(estimator lombard.Estimator, bars []Bar) (float64, error) {
	n := float64(len(bars) - 1)
	sum := 0.0
	for i := 1; i < len(bars); i++ {
		b := &bars[i]
		high, low, end := math.Log(b.High/b.Open), math.Log(b.Low/b.Open), math.Log(b.Close/b.Open)
		switch estimator {
		case lombard.EstimatorParkinson:
			sum += (high - low) * (high - low) / (4 * math.Ln2)
		case lombard.EstimatorGarmanKlass:
			sum += 0.5*(high-low)*(high-low) - (2*math.Ln2-1)*end*end
		case lombard.EstimatorRogersSatchell, lombard.EstimatorYangZhang:
			sum += high*(high-end) + low*(low-end)
		case lombard.EstimatorClose, lombard.EstimatorEWMA:
			return 0, fmt.Errorf("the estimator %q does not look at ranges", estimator)
		default:
			return 0, fmt.Errorf("there is no estimator %q", estimator)
		}
	}
	if estimator != lombard.EstimatorYangZhang {
		return math.Max(0, sum/n), nil
	}
	return yangZhang(bars, sum/n), nil
}

// yangZhang weighs the variances of the overnight and the daytime move and the
// Rogers–Satchell variance (Yang and Zhang, Drift-independent volatility
// estimation, Journal of Business 73, 2000), with k = 0.34/(1.34 + (n+1)/(n−1)).
func yangZhang(bars []Bar, rogersSatchell float64) float64 {
	n := float64(len(bars) - 1)
	if n < 2 {
		return rogersSatchell
	}
	night := func(i int) float64 { return math.Log(bars[i].Open / bars[i-1].Close) }
	day := func(i int) float64 { return math.Log(bars[i].Close / bars[i].Open) }
	k := 0.34 / (1.34 + (n+1)/(n-1))
	return variance(len(bars), night) + k*variance(len(bars), day) + (1-k)*rogersSatchell
}

// variance is the sample variance of x over 1 ≤ i < n.
func variance(n int, x func(int) float64) float64 {
	mean := 0.0
	for i := 1; i < n; i++ {
		mean += x(i) / float64(n-1)
	}
	sum := 0.0
	for i := 1; i < n; i++ {
		sum += (x(i) - mean) * (x(i) - mean)
	}
	return sum / float64(n-2)
}
