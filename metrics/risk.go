package metrics

import (
	"math"

	"lombard.example/lombard"
)

// riskOf: the statistics of a series of net wealth. A, the sessions a year, is
// counted from the run; CAGR = (W_T/W_0)^{1/Y} − 1; vol = √A·sd; Calmar =
// CAGR/|maximum drawdown|. Yearly figures are null below a month.
func riskOf(g growth, years, rate float64) lombard.RiskMetrics {
	wealth, r, wiped := g.wealth, g.returns, g.wiped
	m := lombard.RiskMetrics{WipedOut: wiped, CVaR95: cvar(r, 0.05), Skew: skew(r), Ulcer: ulcer(wealth)}
	m.Worst1, m.Worst5, m.Worst20, m.Worst60 = worst(wealth, 1), worst(wealth, 5), worst(wealth, 20), worst(wealth, 60)
	if len(r) == 0 || wealth[0] <= 0 {
		return m
	}
	fall, _, _ := drawdown(wealth)
	m.MaxDrawdown = &fall
	if years < minYears {
		return m
	}
	perYear := float64(len(wealth)-1) / years
	m.CAGR = defined(math.Pow(math.Max(0, wealth[len(wealth)-1])/wealth[0], 1/years) - 1)
	if wiped {
		lost := -1.0
		m.CAGR = &lost
	}
	m.Vol = defined(math.Sqrt(perYear * variance(r)))
	m.Sharpe, m.Sortino = sharpe(r, perYear, rate/perYear), sortino(r, perYear, 0)
	if m.CAGR != nil {
		m.Calmar = ratio(*m.CAGR, math.Abs(fall))
	}
	return m
}
