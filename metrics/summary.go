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
// are the path and contracts the options it held, in the order they were opened.
// The error, of kind pricing, says that the path's money does not add up.
func Summarize(s lombard.Scenario, days []lombard.Day, contracts []lombard.Contract) (lombard.Summary, error) {
	var t Tally
	t.Reset(&s, len(days))
	for i := range days {
		t.Day(&days[i], contracts)
	}
	return t.Summary(contracts)
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
