package metrics

import (
	"fmt"
	"strings"

	"lombard.example/lombard"
)

// Verdict answers in plain English. Its first three sentences, of at most 20
// words each, say whether the hedge would have prevented the margin calls as
// this lender counts it, what it cost or earned, and whether repaying the loan
// with the same cash would have done better. The details follow: the loan
// without a hedge, the recognition assumed, the parts of the cost, the largest
// payment, and what the lender's own terms would have come to. name is the
// template's title; the scenario is resolved.
func Verdict(s lombard.Scenario, name string, m lombard.Summary, figures lombard.Metrics, branches []lombard.Branch) string {
	var sentences []string
	switch {
	case m.Purchases > 0:
		sentences = append(sentences, answer(s, "the hedge", m, branches), cost(m), against(m, figures))
	case m.CashFromOutside > 0:
		sentences = append(sentences, answer(s, "the repayment of "+money(m.CashFromOutside), m, branches))
	default:
		sentences = append(sentences, alone(m, branches), "No hedge was bought, so nothing was paid for one.")
	}
	sentences = append(sentences, unhedged(s, m))
	if m.Purchases > 0 || m.CashFromOutside > 0 {
		sentences = append(sentences, counted(s, name, m))
	}
	if m.Purchases > 0 {
		sentences = append(sentences, parts(m))
		if rounds(m.CashFromOutsideLargest) != 0 {
			sentences = append(sentences, fmt.Sprintf("The most cash needed on one day was %s, on %s.", money(m.CashFromOutsideLargest), m.CashFromOutsideDate))
		}
	}
	return strings.Join(append(sentences, enforced(branches)...), " ")
}

// answer says whether the hedge, or the repayment, prevented the calls. Days
// are compared by date. Where the lender's terms sell collateral, that comes
// first.
func answer(s lombard.Scenario, subject string, m lombard.Summary, branches []lombard.Branch) string {
	if len(branches) > 1 {
		if sold := sales(subject, m, &branches[0], &branches[1]); sold != "" {
			return sold
		}
	}
	if m.MarginCallDaysUnhedged == 0 && m.MarginCallDaysHedged == 0 {
		return fmt.Sprintf("The loan would not have been called, with %s or without.", subject)
	}
	who := fmt.Sprintf("As this lender counts it, %s would have", subject)
	switch {
	case m.Purchases == 0:
		who = fmt.Sprintf("%s would have", capital(subject))
	case s.Facility.HedgeRecognition == lombard.RecognitionNone:
		who = fmt.Sprintf("This lender does not count %s, which would have", subject)
	}
	if m.MarginCallDaysUnhedged == 0 {
		return fmt.Sprintf("%s caused %s in call; without it, none.", who, count(m.MarginCallDaysAdded, "day"))
	}
	text := fmt.Sprintf("%s prevented %s", who, prevented(m))
	if m.MarginCallDaysAdded > 0 {
		text += fmt.Sprintf(" and added %d", m.MarginCallDaysAdded)
	}
	return text + "."
}

// prevented words the days in call without the hedge that are none with it.
func prevented(m lombard.Summary) string {
	switch before := m.MarginCallDaysUnhedged; {
	case before == 1 && m.MarginCallDaysPrevented == 1:
		return "the one day in call"
	case m.MarginCallDaysPrevented == 0:
		return fmt.Sprintf("none of %s in call", count(before, "day"))
	case m.MarginCallDaysPrevented < before:
		return fmt.Sprintf("%d of %d days in call", m.MarginCallDaysPrevented, before)
	case before == 2:
		return "both days in call"
	default:
		return fmt.Sprintf("all %d days in call", before)
	}
}

// sales words what the lender would have sold with and without the hedge;
// empty where it would have sold no collateral in either account.
func sales(subject string, m lombard.Summary, without, with *lombard.Branch) string {
	added, adding := "", ""
	if m.MarginCallDaysAdded > 0 {
		added, adding = fmt.Sprintf(", %d added", m.MarginCallDaysAdded), fmt.Sprintf(", adding %d", m.MarginCallDaysAdded)
	}
	switch {
	case rounds(with.BadDebt) != 0:
		return fmt.Sprintf("Even with %s, this lender would have sold everything and still be owed %s.", subject, money(with.BadDebt))
	case with.UnitsLiquidated > 0 && without.UnitsLiquidated == 0:
		return fmt.Sprintf("With %s, this lender would have sold %s; without it, none.", subject, unitsOf(with.UnitsLiquidated))
	case with.UnitsLiquidated > 0:
		return fmt.Sprintf("Even with %s, this lender would have sold %s; %d of %s in call prevented%s.", subject,
			unitsOf(with.UnitsLiquidated), m.MarginCallDaysPrevented, count(m.MarginCallDaysUnhedged, "day"), added)
	case without.UnitsLiquidated > 0 && m.MarginCallDaysUnhedged > 0:
		return fmt.Sprintf("%s would have prevented the lender's sale of %s and %s%s.", capital(subject), unitsOf(without.UnitsLiquidated), prevented(m), adding)
	case without.UnitsLiquidated > 0:
		return fmt.Sprintf("%s would have prevented the lender's sale of %s.", capital(subject), unitsOf(without.UnitsLiquidated))
	default:
		return ""
	}
}

// alone says what becomes of a loan without a hedge.
func alone(m lombard.Summary, branches []lombard.Branch) string {
	when := ", first on"
	if m.MarginCallDaysUnhedged == 1 {
		when = ","
	}
	switch {
	case len(branches) > 0 && rounds(branches[0].BadDebt) != 0:
		return fmt.Sprintf("This lender would have sold everything and still be owed %s.", money(branches[0].BadDebt))
	case len(branches) > 0 && branches[0].UnitsLiquidated > 0:
		return fmt.Sprintf("This lender would have sold %s of the collateral.", unitsOf(branches[0].UnitsLiquidated))
	case m.MarginCallDaysUnhedged == 0:
		return "The loan would not have been called."
	default:
		return fmt.Sprintf("The loan would have been called on %s%s %s.", count(m.MarginCallDaysUnhedged, "day"), when, m.FirstCallUnhedged)
	}
}

// cost says what the hedge cost or earned, net of what it paid and of what is
// still open.
func cost(m lombard.Summary) string {
	switch net := rounds(m.HedgeCostNetOfMark); {
	case net < 0:
		return fmt.Sprintf("The hedge would have earned %s net.", money(-net))
	case net == 0:
		return "The hedge would have cost nothing net."
	case m.CostPAPctOfLoan == nil:
		return fmt.Sprintf("The hedge would have cost %s net.", money(net))
	default:
		return fmt.Sprintf("The hedge would have cost %s net, or %s of the loan a year.", money(net), small(*m.CostPAPctOfLoan))
	}
}

// against says whether repaying the loan from the same cash on the same dates
// would have done better: fewer days in call and no less at the end, or as few
// and more.
func against(m lombard.Summary, figures lombard.Metrics) string {
	v := figures.Hedge.VsDeleverage
	if rounds(v.Repaid) == 0 {
		return "The hedge took no cash from outside that could have repaid the loan instead."
	}
	days, more := figures.Loan.Deleveraged.MarginCallDays, rounds(-v.EndWealth)
	called := count(days, "day") + " in call"
	if days == 0 {
		called = "no days in call"
	}
	wealth := "as much at the end"
	switch {
	case more > 0:
		wealth = money(more) + " more at the end"
	case more < 0:
		wealth = money(-more) + " less at the end"
	}
	const repaying = "Repaying the loan with that cash would have"
	switch fewer := m.MarginCallDaysHedged - days; {
	case fewer == 0 && more == 0:
		return fmt.Sprintf("%s done as well: %s, as much left.", repaying, called)
	case fewer >= 0 && more >= 0:
		return fmt.Sprintf("%s done better: %s and %s.", repaying, called, wealth)
	case fewer <= 0 && more <= 0:
		return fmt.Sprintf("%s done worse: %s and %s.", repaying, called, wealth)
	default:
		return fmt.Sprintf("%s meant %s but %s.", repaying, called, wealth)
	}
}
