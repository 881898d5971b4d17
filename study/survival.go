package study

import (
	"math"
	"slices"

	"lombard.example/lombard"
)

// normal975 is the quantile of the standard normal distribution at 97.5 %.
const normal975 = 1.959963984540054

// life is how long a start was seen, and whether it ended in a call.
type life struct {
	days   int // to the first call, or as far as the window was seen
	called bool
}

// survival is the product-limit estimate of the share that is called by each day
// on which a call came (Kaplan and Meier 1958). Lives that end without one on a
// day count as seen on that day. The variance is Greenwood's, Σ d/(n(n−d)); the
// 95 % interval is that of log(−log S), which stays within 0 and 1.
func survival(lives []life) []lombard.SurvivalStep {
	slices.SortFunc(lives, func(a, b life) int { return a.days - b.days })
	steps := []lombard.SurvivalStep{}
	alive, greenwood := 1.0, 0.0
	for i := 0; i < len(lives); {
		day, atRisk, called := lives[i].days, len(lives)-i, 0
		for ; i < len(lives) && lives[i].days == day; i++ {
			if lives[i].called {
				called++
			}
		}
		if called == 0 {
			continue
		}
		n, d := float64(atRisk), float64(called)
		alive *= 1 - d/n
		step := lombard.SurvivalStep{Days: day, Called: 1 - alive, Low: 1 - alive, High: 1 - alive, AtRisk: atRisk}
		if called < atRisk {
			greenwood += d / (n * (n - d))
			width := normal975 * math.Sqrt(greenwood) / math.Log(alive)
			step.Low, step.High = 1-math.Pow(alive, math.Exp(width)), 1-math.Pow(alive, math.Exp(-width))
		}
		steps = append(steps, step)
	}
	return steps
}
