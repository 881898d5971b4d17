package metrics

import (
	"fmt"
	"strings"

	"lombard.example/lombard"
)

// unhedged says what happens without a hedge.
func unhedged(s lombard.Scenario, m lombard.Summary) string {
	peak := fmt.Sprintf("LTV at the close peaked at %s on %s", apart(m.MaxLTVUnhedged, s.MarginCallLTV), m.MaxLTVUnhedgedDate)
	threshold := percent(s.MarginCallLTV)
	if m.MarginCallDaysUnhedged == 0 {
		return fmt.Sprintf("Without a hedge the loan is never called: %s, and the lender calls at %s.", peak, threshold)
	}
	when := ", first on"
	if m.MarginCallDaysUnhedged == 1 {
		when = ","
	}
	text := fmt.Sprintf("Without a hedge the loan is called on %s%s %s", count(m.MarginCallDaysUnhedged, "day"), when, m.FirstCallUnhedged)
	if s.Facility.Monitoring == lombard.MonitoringLow && m.MarginCallDaysLowUnhedged != nil {
		text += ", counting the lows of the day"
	}
	text += fmt.Sprintf("; %s, and the lender calls at %s", peak, threshold)
	if rounds(m.CureCashUnhedged) != 0 {
		text += fmt.Sprintf("; repaying %s would have brought it back to %s on its worst day", money(m.CureCashUnhedged), threshold)
	}
	return text + "."
}

// counted says how the lender is taken to count the hedge, how high its LTV
// then rises and, in the same sentence, what would happen without recognition.
func counted(s lombard.Scenario, name string, m lombard.Summary) string {
	text := fmt.Sprintf("With the repayment (%s)", name)
	if m.Purchases > 0 {
		text = fmt.Sprintf("With the hedge (%s), %s,", name, assumed(s.Facility))
	}
	text += fmt.Sprintf(" LTV at the close peaks at %s", apart(m.MaxLTVRecognised, s.MarginCallLTV))
	switch m.MarginCallDaysHedged {
	case 0:
		text += " and the loan is never called"
	case 1:
		text += fmt.Sprintf(" and the loan is called on 1 day, %s", m.FirstCallHedged)
	default:
		text += fmt.Sprintf(" and the loan is called on %d days, first on %s", m.MarginCallDaysHedged, m.FirstCallHedged)
	}
	if m.Purchases > 0 && m.MarginCallDaysIfNotRecognised > 0 && s.Facility.HedgeRecognition != lombard.RecognitionNone {
		text += fmt.Sprintf("; if the lender did not count the options, it would be called on %s", count(m.MarginCallDaysIfNotRecognised, "day"))
	}
	return text + "."
}

// assumed words how the lender counts the hedge.
func assumed(f lombard.Facility) string {
	switch f.HedgeRecognition {
	case lombard.RecognitionNone:
		return "which this lender does not count"
	case lombard.RecognitionIntrinsic:
		return "counted at intrinsic value"
	case lombard.RecognitionFloor:
		return "with covered units counted at no less than the protected floor"
	case lombard.RecognitionFINRA:
		return "under the margin rules of FINRA 4210"
	case lombard.RecognitionLongDated:
		return "with a quarter counted of options that have more than nine months to run"
	case lombard.RecognitionHaircut:
		haircut := 0.0
		if f.Haircut != nil {
			haircut = *f.Haircut
		}
		return fmt.Sprintf("counted with a haircut of %s", percent(haircut))
	case lombard.RecognitionMarketValue:
		return "counted at market value"
	}
	return fmt.Sprintf("counted by %q, which is not known", f.HedgeRecognition)
}

// parts says what the net cost is made of.
func parts(m lombard.Summary) string {
	var said []string
	switch spent := rounds(m.PremiumsPaid - m.PremiumsReceived + m.Frictions); {
	case spent > 0:
		said = append(said, "cost "+money(spent))
	case spent < 0:
		said = append(said, "brought in "+money(-spent))
	default:
		said = append(said, "cost nothing to open")
	}
	switch payoff := rounds(m.Payoff); {
	case payoff > 0:
		said = append(said, "paid "+money(payoff))
	case payoff < 0:
		said = append(said, "took "+money(-payoff)+" to settle")
	default:
		said = append(said, "paid nothing")
	}
	switch open := rounds(m.OpenMark); {
	case open > 0:
		said = append(said, "are still worth "+money(open))
	case open < 0:
		said = append(said, "would still take "+money(-open)+" to close")
	}
	return fmt.Sprintf("The options %s.", joined(said))
}

// enforced says what the lender's own terms would have come to.
func enforced(branches []lombard.Branch) []string {
	if len(branches) == 0 {
		return nil
	}
	with := map[string]string{lombard.BranchHedged: "with it", lombard.BranchDeleveraged: "repaying instead"}
	if len(branches) == 1 {
		return []string{fmt.Sprintf("Under the lender's terms: %s.", outcome(&branches[0]))}
	}
	return []string{fmt.Sprintf("Under the lender's terms: without the hedge %s; %s %s.", outcome(&branches[0]), with[branches[1].Branch], outcome(&branches[1]))}
}

// outcome words what one account came to.
func outcome(b *lombard.Branch) string {
	switch {
	case rounds(b.BadDebt) != 0:
		return fmt.Sprintf("all collateral sold and %s still owed", money(b.BadDebt))
	case b.UnitsLiquidated > 0:
		return fmt.Sprintf("%s sold by the lender", unitsOf(b.UnitsLiquidated))
	case b.Liquidations > 0:
		return "options or pledged cash taken by the lender, and no collateral sold"
	case b.CallsCount > 0:
		return count(b.CallsCount, "call") + met(b)
	default:
		return "no call"
	}
}

// met says what the calls of an account were met with.
func met(b *lombard.Branch) string {
	var said []string
	if rounds(b.CashPaid) != 0 {
		said = append(said, money(b.CashPaid)+" in cash")
	}
	if rounds(b.HedgeSold) != 0 {
		said = append(said, money(b.HedgeSold)+" from selling the hedge")
	}
	if b.UnitsSold > 0 {
		said = append(said, "the sale of "+unitsOf(b.UnitsSold))
	}
	if len(said) == 0 {
		return ", not paid for"
	}
	return ", met with " + joined(said)
}

// joined lists phrases in a sentence.
func joined(said []string) string {
	if len(said) == 1 {
		return said[0]
	}
	return strings.Join(said[:len(said)-1], ", ") + " and " + said[len(said)-1]
}
