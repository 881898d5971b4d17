package metrics

import (
	"math"

	"lombard.example/lombard"
)

// efficiency: 1 − Var(r_H)/Var(r_U).
func efficiency(hedged, unhedged []float64) *float64 {
	v := ratio(variance(hedged), variance(unhedged))
	if v == nil {
		return nil
	}
	x := 1 - *v
	return &x
}

// troughProtection: [(W_H(q) − W_H(p)) − (W_U(q) − W_U(p))]/(W_U(p) − W_U(q)), p
// and q the peak and trough of the unhedged maximum drawdown.
func troughProtection(hedged, unhedged []float64) *float64 {
	fall, p, q := drawdown(unhedged)
	if fall == 0 {
		return nil
	}
	return ratio((hedged[q]-hedged[p])-(unhedged[q]-unhedged[p]), unhedged[p]-unhedged[q])
}

// crisisBeta: slope of r_H on r_U over the worst tenth of r_U.
func crisisBeta(hedged, unhedged []float64) *float64 {
	n := min(len(hedged), len(unhedged))
	const share, atLeast = 10, 5
	worst := n / share
	if worst < atLeast {
		return nil
	}
	x, y := make([]float64, worst), make([]float64, worst)
	for k, i := range least(unhedged[:n], worst) {
		x[k], y[k] = unhedged[i], hedged[i]
	}
	mx, my := mean(x), mean(y)
	xy, xx := 0.0, 0.0
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
	}
	return ratio(xy, xx)
}

// hedgeMetrics: also dd_per_cost = (|MDD_U| − |MDD_H|)/cost_pa_pct and
// ltv_points_per_cost = (max LTV_U − max LTV_H)·100/cost_pa_pct, null where the
// hedge cost nothing, or nothing but a residue beside its premiums, and
// payoff/gross premium.
func hedgeMetrics(m *lombard.Metrics, hedged, unhedged growth) lombard.HedgeMetrics {
	var h lombard.HedgeMetrics
	if m.Cost.PremiumGross == 0 && m.Cost.PremiumCredit == 0 {
		return h
	}
	if len(hedged.returns) == len(unhedged.returns) {
		h.EfficiencyVar, h.CrisisBeta = efficiency(hedged.returns, unhedged.returns), crisisBeta(hedged.returns, unhedged.returns)
	}
	h.TroughProtection = troughProtection(hedged.wealth, unhedged.wealth)
	if m.Cost.PremiumGross > 0 {
		h.PayoffToPremium = ratio(m.Cost.Payoff, m.Cost.PremiumGross)
	}
	if c := m.Cost.CostPAPct; c != nil && m.Cost.HedgeCostNetOfMark > negligible*(m.Cost.PremiumGross+m.Cost.PremiumCredit) {
		fallU, _, _ := drawdown(unhedged.wealth)
		fallH, _, _ := drawdown(hedged.wealth)
		h.DrawdownPerCost = ratio(math.Abs(fallU)-math.Abs(fallH), *c)
		h.LTVPointsPerCost = ratio((m.Loan.Unhedged.MaxLTV-m.Loan.Hedged.MaxLTV)*100, *c)
	}
	return h
}
