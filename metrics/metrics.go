package metrics

import (
	"context"

	"lombard.example/lombard"
)

// Run is what the grouped figures of a hedge are made from.
type Run struct {
	Scenario  lombard.Scenario // resolved
	Summary   lombard.Summary  // the path's own
	Days      []lombard.Day    // the path; not empty
	Contracts []lombard.Contract
	Branches  []lombard.Branch // the facility's, if it has any
	CallSpot  float64          // at which the lender would call the hedged branch at the last close; 0 where no fall would make it
}

// Of returns the grouped figures of a hedge: the loan first. The vol at which a
// hedge of many American options would have cost nothing takes long to find, so
// the error is that of ctx once it has ended; there is no other.
func Of(ctx context.Context, in Run) (lombard.Metrics, error) {
	s, summary, days, contracts := in.Scenario, in.Summary, in.Days, in.Contracts
	control := deleveraged(s, days)
	m := lombard.Metrics{
		Loan: loanMetrics(in, control),
		Cost: lombard.CostMetrics{
			PremiumGross: summary.PremiumsPaid, PremiumCredit: summary.PremiumsReceived, Payoff: summary.Payoff, Frictions: summary.Frictions,
			TotalHedgeCost: summary.TotalHedgeCost, HedgeCostNetOfMark: summary.HedgeCostNetOfMark,
			CostPAPct: summary.CostPAPct, CostPAPctOfLoan: summary.CostPAPctOfLoan, PremiumPAPct: summary.PremiumPAPct,
		},
	}
	breakevens(&m.Cost, s, days, contracts)
	m.Cost.VolPaid, m.Cost.BreakevenVol = volPaid(s, contracts), breakevenVol(ctx, &summary, s, contracts)
	if err := ctx.Err(); err != nil {
		return lombard.Metrics{}, err
	}

	start := s.UnderlyingUnits*days[0].SpotClose - s.LoanAmount
	with, without := make([]float64, len(days)), make([]float64, len(days))
	with[0], without[0] = start, start
	for i := 1; i < len(days); i++ {
		with[i], without[i] = days[i].EquityHedged, days[i].EquityUnhedged
	}
	hedged, unhedged := growthOf(with), growthOf(without)
	years, rate := float64(days[len(days)-1].Date-days[0].Date)/daysPerYear, 0.0
	if s.Assumptions.Rate != nil {
		rate = *s.Assumptions.Rate
	}
	m.Risk = lombard.RiskByBranch{Unhedged: riskOf(unhedged, years, rate), Hedged: riskOf(hedged, years, rate), Deleveraged: riskOf(growthOf(control.wealth), years, rate)}
	m.Hedge = hedgeMetrics(&m, hedged, unhedged)
	m.Hedge.VsDeleverage = versus(&m, days, control)
	return m, ctx.Err()
}

// daysPerYear turns calendar days into years.
const daysPerYear = 365.25
