package metrics

import (
	"fmt"
	"strings"

	"lombard.example/lombard"
)

// Verdict says in plain English whether the loan would have been called,
// whether the hedge prevented it under the recognition it assumes, what the
// hedge cost, and how that compares with borrowing less. name is the template's
// title; the scenario is resolved.
func Verdict(s lombard.Scenario, name string, m lombard.Summary, figures lombard.Metrics, branches []lombard.Branch) string {
	sentences := []string{unhedged(s, m)}
	switch {
	case m.Purchases > 0:
		sentences = append(sentences, hedged(s, name, m), cost(m))
		if m.CashFromOutsideLargest > 0 {
			sentences = append(sentences, fmt.Sprintf("The most cash it needed on one day was %s, on %s.", money(m.CashFromOutsideLargest), m.CashFromOutsideDate))
		}
		sentences = append(sentences, against(m, figures)...)
	case m.CashFromOutside > 0:
		sentences = append(sentences, repaid(s, m))
	default:
		sentences = append(sentences, "No hedge was bought, so nothing was paid for one.")
	}
	return strings.Join(append(sentences, enforced(branches)...), " ")
}

// repaid says what the control does that borrows less.
func repaid(s lombard.Scenario, m lombard.Summary) string {
	text := fmt.Sprintf("Had %s repaid the loan instead of paying for the hedge, ", money(m.CashFromOutside))
	if m.MarginCallDaysHedged == 0 {
		return text + fmt.Sprintf("it would not have been called (LTV at most %s).", apart(m.MaxLTVRecognised, s.MarginCallLTV))
	}
	return text + fmt.Sprintf("it would have been called on %s, first on %s.", count(m.MarginCallDaysHedged, "day"), m.FirstCallHedged)
}

// against compares the hedge with repaying the loan from the same cash.
func against(m lombard.Summary, figures lombard.Metrics) []string {
	d, v := figures.Loan.Deleveraged, figures.Hedge.VsDeleverage
	if v.Repaid == 0 {
		return nil
	}
	var calls string
	switch {
	case m.MarginCallDaysUnhedged == 0 && d.MarginCallDays == 0:
		calls = "it would not have been called either"
	case d.MarginCallDays == 0:
		calls = "it would not have been called"
	case d.MarginCallDays < m.MarginCallDaysUnhedged:
		calls = count(d.MarginCallDays, "call day") + " would remain"
	default:
		calls = fmt.Sprintf("it would have been called on %s all the same", count(d.MarginCallDays, "day"))
	}
	wealth := fmt.Sprintf("%s more", money(-v.EndWealth))
	if v.EndWealth > 0 {
		wealth = fmt.Sprintf("%s less", money(v.EndWealth))
	}
	return []string{fmt.Sprintf("Had the same cash repaid the loan on the same dates instead, %s, and %s would be left at the end.", calls, wealth)}
}

// enforced says what the lender's own terms would have come to.
func enforced(branches []lombard.Branch) []string {
	if len(branches) == 0 {
		return nil
	}
	with := map[string]string{lombard.BranchHedged: "with it", lombard.BranchDeleveraged: "repaying instead"}
	words := func(b *lombard.Branch) string {
		switch {
		case b.BadDebt > 0:
			return fmt.Sprintf("all collateral sold and %s still owed", money(b.BadDebt))
		case b.Liquidations > 0:
			return fmt.Sprintf("%s sold by the lender in %s", amount(b.UnitsSold, "unit"), count(b.Liquidations, "sale"))
		case b.CallsCount > 0:
			return count(b.CallsCount, "call") + met(b)
		default:
			return "no call"
		}
	}
	if len(branches) == 1 {
		return []string{fmt.Sprintf("Under the lender's terms: %s.", words(&branches[0]))}
	}
	return []string{fmt.Sprintf("Under the lender's terms: without the hedge %s; %s %s.", words(&branches[0]), with[branches[1].Branch], words(&branches[1]))}
}

// met says what the calls of an account were met with.
func met(b *lombard.Branch) string {
	var parts []string
	if b.CashPaid > 0 {
		parts = append(parts, money(b.CashPaid)+" in cash")
	}
	if b.HedgeSold > 0 {
		parts = append(parts, money(b.HedgeSold)+" from selling the hedge")
	}
	if b.UnitsSold > 0 {
		parts = append(parts, "the sale of "+amount(b.UnitsSold, "unit"))
	}
	switch len(parts) {
	case 0:
		return ", none of which cost anything"
	case 1:
		return ", met with " + parts[0]
	default:
		return ", met with " + strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
	}
}

// unhedged says what happens without a hedge.
func unhedged(s lombard.Scenario, m lombard.Summary) string {
	peak := apart(m.MaxLTVUnhedged, s.MarginCallLTV)
	if m.MarginCallDaysUnhedged == 0 {
		return fmt.Sprintf("Without a hedge the loan would not have been called: its LTV peaked at %s on %s, and the lender calls at %s.",
			peak, m.MaxLTVUnhedgedDate, percent(s.MarginCallLTV))
	}
	when := ", first on"
	if m.MarginCallDaysUnhedged == 1 {
		when = ","
	}
	text := fmt.Sprintf("Without a hedge the loan would have been called on %s%s %s", count(m.MarginCallDaysUnhedged, "day"), when, m.FirstCallUnhedged)
	if s.Facility.Monitoring == lombard.MonitoringLow && m.MarginCallDaysLowUnhedged != nil {
		text += ", counting the lows of the day"
	}
	text += fmt.Sprintf("; its LTV at the close peaked at %s", peak)
	if m.CureCashUnhedged > 0 {
		text += fmt.Sprintf(", and repaying %s would have brought it back to the threshold of %s", money(m.CureCashUnhedged), percent(s.MarginCallLTV))
	}
	return text + "."
}

// hedged says what the hedge changes, the recognition it assumes and, in the
// same sentence, what would happen without recognition.
func hedged(s lombard.Scenario, name string, m lombard.Summary) string {
	peak := fmt.Sprintf("(LTV at most %s at the close)", apart(m.MaxLTVRecognised, s.MarginCallLTV))
	var effect string
	switch before, after := m.MarginCallDaysUnhedged, m.MarginCallDaysHedged; {
	case after == 0 && before == 0:
		effect = "the loan would not have been called either " + peak
	case after == 0 && before == 1:
		effect = "that call is prevented " + peak
	case after == 0 && before == 2:
		effect = "both calls are prevented " + peak
	case after == 0:
		effect = "every one of them is prevented " + peak
	case after < before:
		effect = fmt.Sprintf("%d of the %d are prevented and %s, first on %s", before-after, before, remain(after), m.FirstCallHedged)
	case after == before:
		effect = fmt.Sprintf("it makes no difference: %s", remain(after))
	default:
		effect = fmt.Sprintf("there are more: %s, first on %s", count(after, "call day"), m.FirstCallHedged)
	}
	sentence := fmt.Sprintf("With the hedge (%s), %s, %s", name, assumed(s.Facility), effect)
	if m.MarginCallDaysIfNotRecognised > 0 && s.Facility.HedgeRecognition != lombard.RecognitionNone {
		sentence += fmt.Sprintf("; were the options not recognised by the lender, there would be %s", count(m.MarginCallDaysIfNotRecognised, "call day"))
	}
	return sentence + "."
}

func remain(days int) string {
	if days == 1 {
		return "1 call day remains"
	}
	return count(days, "call day") + " remain"
}

func assumed(f lombard.Facility) string {
	switch {
	case f.HedgeRecognition == lombard.RecognitionNone:
		return "which this lender does not count"
	case f.HedgeRecognition == lombard.RecognitionIntrinsic:
		return "if the lender counts it at intrinsic value"
	case f.HedgeRecognition == lombard.RecognitionFloor:
		return "if the lender counts covered units at no less than the protected floor"
	case f.HedgeRecognition == lombard.RecognitionFINRA:
		return "under the margin rules of FINRA 4210"
	case f.HedgeRecognition == lombard.RecognitionLongDated:
		return "if the lender counts a quarter of options with more than nine months to run"
	case f.HedgeRecognition == lombard.RecognitionHaircut && f.Haircut != nil:
		return fmt.Sprintf("if the lender counts it with a haircut of %s", percent(*f.Haircut))
	default:
		return "if the lender counts it at market value"
	}
}

// cost says what the hedge cost, net of what is still open.
func cost(m lombard.Summary) string {
	spent := m.PremiumsPaid - m.PremiumsReceived + m.Frictions
	parts := []string{"cost " + money(spent)}
	if spent < 0 {
		parts[0] = "brought in " + money(-spent)
	}
	switch {
	case m.Payoff > 0:
		parts = append(parts, "paid "+money(m.Payoff))
	case m.Payoff < 0:
		parts = append(parts, "took "+money(-m.Payoff)+" at expiry")
	default:
		parts = append(parts, "paid nothing")
	}
	switch {
	case m.OpenMark > 0:
		parts = append(parts, "are still worth "+money(m.OpenMark))
	case m.OpenMark < 0:
		parts = append(parts, "would still take "+money(-m.OpenMark)+" to close")
	}
	account := strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
	if m.HedgeCostNetOfMark <= 0 {
		return fmt.Sprintf("The options paid more than they cost: they %s, a gain of %s.", account, money(-m.HedgeCostNetOfMark))
	}
	aYear := ""
	if m.CostPAPctOfLoan != nil {
		aYear = fmt.Sprintf(", or %s of the loan a year", percentTo(*m.CostPAPctOfLoan, 2))
	}
	return fmt.Sprintf("The options %s: a net cost of %s%s.", account, money(m.HedgeCostNetOfMark), aYear)
}
