// Package metrics condenses a daily path into the figures of a summary and the
// verdict in words. Every function is from values to values; its comment holds
// the formula. A figure that is undefined is null, never zero.
package metrics

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
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
		EndValueUnhedged:  s.UnderlyingUnits * last.SpotClose,
		OptionCashPledged: last.OptionCashPledged,
		LoanBalanceAtEnd:  last.LoanBalance,
		InterestCharged:   last.LoanBalance - s.LoanAmount,
		EquityHedgedEnd:   last.EquityHedged,
		EquityUnhedgedEnd: last.EquityUnhedged,
		OpenMark:          last.OptionMarketValue,
		Sessions:          len(days),
	}
	ltvs(&m, days)
	calls(&m, days, s.MarginCallLTV)
	costs(&m, days, contracts)
	yearly(&m, s, days, contracts)
	return m, reconcile(&m)
}

// reconcile asserts end_value_hedged_net − end_value_unhedged =
// −hedge_cost_net_of_mark: what the hedge changed is what it cost.
func reconcile(m *lombard.Summary) error {
	gap := m.EndValueHedgedNet - m.EndValueUnhedged + m.HedgeCostNetOfMark
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

// ltvs: max LTV = max over closes of the LTV, with its first date.
func ltvs(m *lombard.Summary, days []lombard.Day) {
	for i := range days {
		d := &days[i]
		if d.LTVHedged > m.MaxLTVHedged {
			m.MaxLTVHedged, m.MaxLTVHedgedDate = d.LTVHedged, d.Date
		}
		if d.LTVUnhedged > m.MaxLTVUnhedged {
			m.MaxLTVUnhedged, m.MaxLTVUnhedgedDate = d.LTVUnhedged, d.Date
		}
		m.MaxLTVRecognised = math.Max(m.MaxLTVRecognised, d.LTVRecognised)
	}
}

// calls: margin-call days = count of sessions on which the lender calls;
// by the low = count of sessions whose LTV at the low is at the threshold or
// above; headroom = min(1 − LTV/threshold); cure cash = max(L − θ·V).
func calls(m *lombard.Summary, days []lombard.Day, threshold float64) {
	m.MinHeadroomHedged, m.MinHeadroomUnhedged = math.Inf(1), math.Inf(1)
	var lowHedged, lowUnhedged int
	intraday := false
	for i := range days {
		d := &days[i]
		if d.MarginCallHedged {
			m.MarginCallDaysHedged++
			if m.FirstCallHedged.IsZero() {
				m.FirstCallHedged = d.Date
			}
		}
		if d.MarginCallUnhedged {
			m.MarginCallDaysUnhedged++
			if m.FirstCallUnhedged.IsZero() {
				m.FirstCallUnhedged = d.Date
			}
		}
		if loan.MarginCall(d.LTVNotRecognised, threshold) {
			m.MarginCallDaysIfNotRecognised++
		}
		if d.LTVHedgedLow != nil && d.LTVUnhedgedLow != nil {
			intraday = true
			if loan.MarginCall(*d.LTVHedgedLow, threshold) {
				lowHedged++
			}
			if loan.MarginCall(*d.LTVUnhedgedLow, threshold) {
				lowUnhedged++
			}
		}
		m.MinHeadroomHedged = math.Min(m.MinHeadroomHedged, loan.Headroom(d.LTVRecognised, threshold))
		m.MinHeadroomUnhedged = math.Min(m.MinHeadroomUnhedged, loan.Headroom(d.LTVUnhedged, threshold))
		m.CureCashUnhedged = math.Max(m.CureCashUnhedged, loan.CureCash(d.LoanBalance, d.UnderlyingValue, threshold))
	}
	if intraday {
		m.MarginCallDaysLowHedged, m.MarginCallDaysLowUnhedged = &lowHedged, &lowUnhedged
	}
	m.BreachedHedged, m.BreachedUnhedged = m.MarginCallDaysHedged > 0, m.MarginCallDaysUnhedged > 0
}

// costs: total_hedge_cost = premiums paid − received − payoffs + frictions;
// net of mark subtracts the value of what is still open.
func costs(m *lombard.Summary, days []lombard.Day, contracts []lombard.Contract) {
	for i := range contracts {
		c := &contracts[i]
		m.Purchases++
		if c.Quantity >= 0 {
			m.PremiumsPaid += c.Premium
		} else {
			m.PremiumsReceived += c.Premium
		}
		if c.Payoff != nil {
			m.Payoff += *c.Payoff
		}
	}
	marked, held := 0, 0
	for i := range days {
		d := &days[i]
		m.Frictions += d.Frictions
		m.CashFromOutside += d.CashFromOutside
		if d.CashFromOutside > m.CashFromOutsideLargest {
			m.CashFromOutsideLargest, m.CashFromOutsideDate = d.CashFromOutside, d.Date
		}
		if d.IVUsed != nil {
			held++
			if d.MarkSource == "surface" || d.MarkSource == "iv_carry" {
				marked++
			}
		}
	}
	if held > 0 {
		share := float64(marked) / float64(held)
		m.ModelMarkedShare = &share
	}
	m.TotalHedgeCost = m.PremiumsPaid - m.PremiumsReceived - m.Payoff + m.Frictions
	m.HedgeCostNetOfMark = m.TotalHedgeCost - m.OpenMark
}

// minYears is the length of a run below which a yearly figure says nothing.
const minYears = 1.0 / 12

// yearly: cost_pa_pct = hedge_cost_net_of_mark / mean(hedged units × S) / Y,
// against the loan: / loan / Y, with Y = calendar days / 365.25. premium_pa_pct
// = Σ (paid − received) × (days held in the run ÷ days to expiry at purchase) /
// mean(hedged units × S) / Y. Null without a hedge or below a month.
func yearly(m *lombard.Summary, s lombard.Scenario, days []lombard.Day, contracts []lombard.Contract) {
	last := days[len(days)-1].Date
	years := float64(last-days[0].Date) / 365.25
	if len(contracts) == 0 || years < minYears {
		return
	}
	notional, earned := 0.0, 0.0
	for i := range days {
		hedged := 0.0
		for k := range contracts {
			c := &contracts[k]
			if c.Right == "put" && c.Quantity > 0 && c.Opened <= days[i].Date && (c.Settled.IsZero() || days[i].Date < c.Settled) {
				hedged += c.Quantity
			}
		}
		notional += math.Min(hedged, s.UnderlyingUnits) * days[i].SpotClose / float64(len(days))
	}
	for k := range contracts {
		c := &contracts[k]
		until := last
		if !c.Settled.IsZero() {
			until = min(until, c.Settled)
		}
		share := math.Min(1, float64(until-c.Opened)/float64(c.Expiry-c.Opened))
		earned += math.Copysign(c.Premium, c.Quantity) * share
	}
	ofLoan := m.HedgeCostNetOfMark / s.LoanAmount / years
	m.CostPAPctOfLoan = &ofLoan
	if notional > 0 {
		cost, premium := m.HedgeCostNetOfMark/notional/years, earned/notional/years
		m.CostPAPct, m.PremiumPAPct = &cost, &premium
	}
}
