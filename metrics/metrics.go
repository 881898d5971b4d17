package metrics

import "lombard.example/lombard"

// Of returns the grouped figures of a hedge: the loan first. summary is the
// path's own; branches are the facility's, if it has any. The scenario is
// resolved and the path is not empty.
func Of(s lombard.Scenario, summary lombard.Summary, days []lombard.Day, contracts []lombard.Contract, branches []lombard.Branch) lombard.Metrics {
	control := deleveraged(s, days)
	m := lombard.Metrics{
		Loan: loanMetrics(s, days, control, branches),
		Cost: lombard.CostMetrics{
			PremiumGross: summary.PremiumsPaid, PremiumCredit: summary.PremiumsReceived, Payoff: summary.Payoff, Frictions: summary.Frictions,
			TotalHedgeCost: summary.TotalHedgeCost, HedgeCostNetOfMark: summary.HedgeCostNetOfMark,
			CostPAPct: summary.CostPAPct, CostPAPctOfLoan: summary.CostPAPctOfLoan, PremiumPAPct: summary.PremiumPAPct,
		},
	}
	breakevens(&m.Cost, s, days, contracts)
	m.Cost.VolPaid, m.Cost.BreakevenVol = volPaid(s, contracts), breakevenVol(&summary, s, contracts)

	start := s.UnderlyingUnits*days[0].SpotClose - s.LoanAmount
	hedged, unhedged := []float64{start}, []float64{start}
	for i := range days[1:] {
		hedged, unhedged = append(hedged, days[i+1].EquityHedged), append(unhedged, days[i+1].EquityUnhedged)
	}
	years, rate := float64(days[len(days)-1].Date-days[0].Date)/daysPerYear, 0.0
	if s.Assumptions.Rate != nil {
		rate = *s.Assumptions.Rate
	}
	m.Risk = lombard.RiskByBranch{Unhedged: riskOf(unhedged, years, rate), Hedged: riskOf(hedged, years, rate), Deleveraged: riskOf(control.wealth, years, rate)}
	m.Hedge = hedgeMetrics(&m, hedged, unhedged)
	m.Hedge.VsDeleverage = versus(&m, days, control)
	return m
}

// daysPerYear turns calendar days into years.
const daysPerYear = 365.25
