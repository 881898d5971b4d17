package backtest

import (
	"math"
	"slices"

	"lombard.example/lombard/market"
	"lombard.example/lombard/vol"
)

// stressLeast is how many sessions the median vol needs; before them spreads
// are as they are.
const stressLeast = 21

// StressWindow is how many sessions crash spreads look back: five years.
func StressWindow(i market.Instrument) int {
	const years = 5
	return years * i.SessionsPerYear()
}

// stressOf returns, for each bar, what spreads are multiplied with: max(1,
// σ/median σ), the median over that many sessions, of the exponentially weighted
// vol (decay 0.94: RiskMetrics Technical Document, 1996) up to that bar.
func stressOf(bars []vol.Bar, sessions int) []float64 {
	const decay = 0.94
	factors := make([]float64, len(bars))
	vols := make([]float64, 0, len(bars))
	var window []float64 // the vols of the trailing five years, sorted
	variance := 0.0
	for i := range bars {
		factors[i] = 1
		if i == 0 {
			continue
		}
		x := math.Log(bars[i].Close / bars[i-1].Close)
		if i == 1 {
			variance = x * x
		}
		variance = decay*variance + (1-decay)*x*x
		vols = append(vols, math.Sqrt(variance))
		window = insert(window, vols[len(vols)-1])
		if old := len(vols) - 1 - sessions; old >= 0 {
			at, _ := slices.BinarySearch(window, vols[old])
			window = slices.Delete(window, at, at+1)
		}
		if len(vols) < stressLeast {
			continue
		}
		if median := window[len(window)/2]; median > 0 {
			factors[i] = math.Max(1, vols[len(vols)-1]/median)
		}
	}
	return factors
}

func insert(sorted []float64, x float64) []float64 {
	at, _ := slices.BinarySearch(sorted, x)
	return slices.Insert(sorted, at, x)
}
