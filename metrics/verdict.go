package metrics

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// Verdict says in plain English whether the loan would have been called,
// whether the hedge prevented it under the recognition it assumes, and what
// the hedge cost. name is the template's title; the scenario is resolved.
func Verdict(s lombard.Scenario, name string, m lombard.Summary) string {
	sentences := []string{unhedged(s, m)}
	if m.Purchases > 0 {
		sentences = append(sentences, hedged(s, name, m), cost(m))
		if m.CashFromOutsideLargest > 0 {
			sentences = append(sentences, fmt.Sprintf("The most it needed in cash on one day was %s, on %s.", money(m.CashFromOutsideLargest), m.CashFromOutsideDate))
		}
	}
	return strings.Join(sentences, " ")
}

// unhedged says what happens without a hedge.
func unhedged(s lombard.Scenario, m lombard.Summary) string {
	by := "by the close"
	if s.Facility.Monitoring == lombard.MonitoringLow && m.MarginCallDaysLowUnhedged != nil {
		by = "by the low or the close"
	}
	if m.MarginCallDaysUnhedged == 0 {
		return fmt.Sprintf("Without a hedge the loan would not have been called: its LTV peaked at %s on %s, and the lender calls at %s.",
			percent(m.MaxLTVUnhedged), m.MaxLTVUnhedgedDate, percent(s.MarginCallLTV))
	}
	return fmt.Sprintf("Without a hedge the loan would have been called on %s (%s), first on %s; its LTV peaked at %s, and repaying %s would have kept it at the %s threshold.",
		count(m.MarginCallDaysUnhedged, "day"), by, m.FirstCallUnhedged, percent(m.MaxLTVUnhedged), money(m.CureCashUnhedged), percent(s.MarginCallLTV))
}

// hedged says what the hedge changes, the recognition it assumes and, in the
// same sentence, what would happen without recognition.
func hedged(s lombard.Scenario, name string, m lombard.Summary) string {
	assumption := assumed(s.Facility)
	var effect string
	switch before, after := m.MarginCallDaysUnhedged, m.MarginCallDaysHedged; {
	case after == 0 && before == 0:
		effect = fmt.Sprintf("it would not have been called either (LTV at most %s)", percent(m.MaxLTVRecognised))
	case after == 0 && before == 1:
		effect = fmt.Sprintf("the call is prevented (LTV at most %s)", percent(m.MaxLTVRecognised))
	case after == 0:
		effect = fmt.Sprintf("every one of them is prevented (LTV at most %s)", percent(m.MaxLTVRecognised))
	case after < before:
		effect = fmt.Sprintf("%s of the %d are prevented and %s remain", count(before-after, "call day"), before, count(after, "call day"))
	case after == before:
		effect = fmt.Sprintf("nothing changes: %s", count(after, "call day"))
	default:
		effect = fmt.Sprintf("there are more: %s", count(after, "call day"))
	}
	sentence := fmt.Sprintf("With the hedge (%s), %s, %s", name, assumption, effect)
	if m.MarginCallDaysIfNotRecognised > 0 && s.Facility.HedgeRecognition != lombard.RecognitionNone {
		sentence += fmt.Sprintf("; were the option not recognised by the lender, there would be %s", count(m.MarginCallDaysIfNotRecognised, "call day"))
	}
	return sentence + "."
}

func assumed(f lombard.Facility) string {
	switch f.HedgeRecognition {
	case lombard.RecognitionNone:
		return "which this lender does not count"
	case lombard.RecognitionIntrinsic:
		return "if the lender counts it at intrinsic value"
	case lombard.RecognitionHaircut:
		return fmt.Sprintf("if the lender counts it with a haircut of %s", percent(*f.Haircut))
	default:
		return "if the lender counts it at market value"
	}
}

// cost says what the hedge cost, net of what is still open.
func cost(m lombard.Summary) string {
	aYear := ""
	if m.CostPAPctOfLoan != nil && m.HedgeCostNetOfMark > 0 {
		aYear = fmt.Sprintf(", %s of the loan a year", percent(*m.CostPAPctOfLoan))
	}
	open := ""
	if m.OpenMark != 0 {
		open = fmt.Sprintf(" and are still worth %s", money(m.OpenMark))
	}
	subject := "The options"
	if m.HedgeCostNetOfMark <= 0 {
		return fmt.Sprintf("%s paid more than they cost: they cost %s, paid %s%s, a gain of %s.",
			subject, money(m.PremiumsPaid-m.PremiumsReceived+m.Frictions), money(m.Payoff), open, money(-m.HedgeCostNetOfMark))
	}
	return fmt.Sprintf("%s cost %s, paid %s%s: a net cost of %s%s.",
		subject, money(m.PremiumsPaid-m.PremiumsReceived+m.Frictions), money(m.Payoff), open, money(m.HedgeCostNetOfMark), aYear)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func percent(x float64) string { return strconv.FormatFloat(x*100, 'f', 1, 64) + " %" }

// money rounds to whole units from 1,000 on and to cents below, with thousands
// separators.
func money(x float64) string {
	decimals := 2
	if math.Abs(x) >= 1000 {
		decimals = 0
	}
	text := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	var b strings.Builder
	if x < 0 {
		b.WriteByte('-')
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if fraction != "" {
		b.WriteString("." + fraction)
	}
	return b.String()
}
