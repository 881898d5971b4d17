// Package metrics condenses a daily path into the figures of a summary and the
// verdict in words. Every function is from values to values; its comment holds
// the formula. A figure that is undefined is null, never zero.
package metrics

import (
	"fmt"
	"math"

	"lombard.example/lombard"
)

// Summarize returns every figure of the summary. The scenario is resolved; days
// are the path and contracts the options it held. The error, of kind pricing,
// says that the path's money does not add up.
func Summarize(s lombard.Scenario, days []lombard.Day, contracts []lombard.Contract) (lombard.Summary, error) {
	if len(days) == 0 {
		return lombard.Summary{}, &lombard.Error{Kind: lombard.KindDataUnavailable, Code: "empty_path", Message: "The path has no days.", Hint: "Choose a period with prices."}
	}
	first, last := &days[0], &days[len(days)-1]
	m := lombard.Summary{
		StartValue:        s.UnderlyingUnits * first.SpotClose,
		EndValueHedgedNet: last.NetPortfolioValue,
		EndValueUnhedged:  last.Units * last.SpotClose,
		OptionCashPledged: last.OptionCashPledged,
		LoanBalanceAtEnd:  last.LoanBalance,
		InterestCharged:   interestCharged(s, days),
		EquityHedgedEnd:   last.EquityHedged,
		EquityUnhedgedEnd: last.EquityUnhedged,
		OpenMark:          last.OptionMarketValue,
		Sessions:          len(days),
	}
	before := s.UnderlyingUnits
	for i := range days {
		m.Dividends += days[i].DividendOn(before)
		before = days[i].Units
	}
	ltvs(&m, days)
	calls(&m, s, days)
	costs(&m, days, contracts)
	yearly(&m, s, days, contracts)
	return m, reconcile(&m, soldEarly(days))
}

// soldEarly is what collateral sold to pay premiums would be worth more, or
// less, at the end: Σ units sold × (spot at the sale − last spot).
func soldEarly(days []lombard.Day) float64 {
	last := &days[len(days)-1]
	sold := 0.0
	for i := range days {
		sold += days[i].CollateralSold
	}
	return sold - (last.Units-last.UnitsHedged)*last.SpotClose
}

// reconcile asserts end_value_hedged_net − end_value_unhedged =
// −hedge_cost_net_of_mark: what the hedge changed is what it cost. Collateral
// sold along the way is valued at its sale.
func reconcile(m *lombard.Summary, sold float64) error {
	gap := m.EndValueHedgedNet - m.EndValueUnhedged + m.HedgeCostNetOfMark - sold
	scale := math.Abs(m.EndValueUnhedged) + math.Abs(m.PremiumsPaid) + math.Abs(m.PremiumsReceived) + math.Abs(m.Payoff)
	if math.Abs(gap) <= 1e-6+1e-11*scale {
		return nil
	}
	return &lombard.Error{
		Kind: lombard.KindPricing, Code: "no_balance",
		Message: fmt.Sprintf("The run does not balance: the hedge changed the end value by %.6f and cost %.6f.", m.EndValueHedgedNet-m.EndValueUnhedged, m.HedgeCostNetOfMark),
		Hint:    "This is a defect of the program: please report it with the request.",
	}
}
