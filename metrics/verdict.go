package metrics

import (
	"fmt"
	"strings"

	"lombard.example/lombard"
)

// Verdict says in plain English whether the loan would have been called,
// whether the hedge prevented it under the recognition it assumes, and what
// the hedge cost. name is the template's title; the scenario is resolved.
func Verdict(s lombard.Scenario, name string, m lombard.Summary) string {
	sentences := []string{unhedged(s, m)}
	if m.Purchases == 0 {
		return strings.Join(append(sentences, "No hedge was bought, so nothing was paid for one."), " ")
	}
	sentences = append(sentences, hedged(s, name, m), cost(m))
	if m.CashFromOutsideLargest > 0 {
		sentences = append(sentences, fmt.Sprintf("The most cash it needed on one day was %s, on %s.", money(m.CashFromOutsideLargest), m.CashFromOutsideDate))
	}
	return strings.Join(sentences, " ")
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
