package backtest

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/option"
)

// Explanation is one day's arithmetic, line by line: a reader can compute
// every value again from what stands beside it.
type Explanation struct {
	Date         lombard.Date `json:"date"`
	TemplateSlug string       `json:"template_slug"`
	Sentence     string       `json:"sentence"`
	Sections     []Section    `json:"sections"`
}

// Section is a group of lines under a title.
type Section struct {
	Title string `json:"title"`
	Lines []Line `json:"lines"`
}

// Line is one step of the arithmetic.
type Line struct {
	Label      string  `json:"label"`
	Expression string  `json:"expression"`
	Value      float64 `json:"value"`
	Unit       string  `json:"unit"` // money, fraction, units or price
}

// Explain returns the arithmetic of one day of a stored result, rebuilt from
// the day and the contracts without running the path again. Errors are
// *lombard.Error: kind not_found for a date that is no session of the path,
// kind pricing when the rebuilt marks disagree with the stored day.
func Explain(s lombard.Scenario, t lombard.TemplateResult, date lombard.Date) (Explanation, error) {
	i := indexOfDay(t.DailyPath, date)
	if i < 0 {
		return Explanation{}, noSession(t.DailyPath, date)
	}
	day := &t.DailyPath[i]
	options, total, err := optionLines(s, t.Contracts, day)
	if err != nil {
		return Explanation{}, err
	}
	if gap := math.Abs(total - day.OptionMarketValue); gap > 1e-9*math.Max(1, math.Abs(total)) {
		return Explanation{}, fault(fmt.Sprintf("The options of %s are worth %.6f by their marks and %.6f in the stored day.", date, total, day.OptionMarketValue))
	}
	e := Explanation{Date: date, TemplateSlug: t.TemplateSlug, Sections: []Section{
		{"Collateral", []Line{{"Collateral value", fmt.Sprintf("%g units × %.4f", s.UnderlyingUnits, day.SpotClose), day.UnderlyingValue, "money"}}},
		{"Options", options},
		{"Cash", cashLines(day)},
		{"Loan", loanLines(s, day)},
		{"Loan to value", ltvLines(s, day)},
	}}
	if i > 0 {
		e.Sections = append(e.Sections, Section{"Change since the close before", changeLines(s, t.Contracts, &t.DailyPath[i-1], day)})
	}
	e.Sentence = sentence(s, day)
	return e, nil
}

func indexOfDay(days []lombard.Day, date lombard.Date) int {
	for i := range days {
		if days[i].Date == date {
			return i
		}
	}
	return -1
}

func noSession(days []lombard.Day, date lombard.Date) error {
	e := &lombard.Error{Kind: lombard.KindNotFound, Code: "no_session", Message: fmt.Sprintf("%s is not a session of this run.", date)}
	if len(days) > 0 {
		near := days[0].Date
		for i := range days {
			if days[i].Date <= date {
				near = days[i].Date
			}
		}
		e.Hint = fmt.Sprintf("The nearest is %s.", near)
	}
	return e
}

// optionLines lists each open option with what it is priced from, and each
// one that was settled on the day.
func optionLines(s lombard.Scenario, contracts []lombard.Contract, day *lombard.Day) (lines []Line, total float64, err error) {
	engine, ok := option.EngineFor(s.Assumptions.OptionStyle)
	if !ok {
		return nil, 0, fault("The result's option style is unknown.")
	}
	for i := range contracts {
		c := &contracts[i]
		switch {
		case c.Settled == day.Date && !c.Settled.IsZero():
			lines = append(lines, Line{
				c.ID + " settled", fmt.Sprintf("%g units × intrinsic value of a %s at %.4f with spot %.4f", c.Quantity, c.Right, c.Strike, day.SpotClose), *c.Payoff, "money",
			})
		case c.Opened <= day.Date && (c.Settled.IsZero() || c.Settled > day.Date) && day.IVUsed != nil:
			in := option.Inputs{
				Spot: day.SpotClose, Strike: c.Strike, Years: yearsTo(day.Date, c.Expiry),
				Rate: *s.Assumptions.Rate, Yield: *s.Assumptions.DividendYield, Vol: *day.IVUsed,
			}
			mark := markerOf(engine, s.Assumptions, c, *day.IVUsed).Price(in.Spot, in.Years)
			total += c.Quantity * mark
			lines = append(lines, Line{
				c.ID, fmt.Sprintf("%g units × %.6f, the mark of a %s by %s: spot %.4f, strike %.4f, %d days to %s (%.6f years), rate %g, yield %g, vol %.6f",
					c.Quantity, mark, c.Right, engine.Name(), in.Spot, in.Strike, max(0, c.Expiry-day.Date), c.Expiry, in.Years, in.Rate, in.Yield, in.Vol),
				c.Quantity * mark, "money",
			})
		}
	}
	return append(lines, Line{"Option market value", "sum of the open options, marked by " + day.MarkSource, total, "money"}), total, nil
}

func cashLines(day *lombard.Day) []Line {
	return []Line{
		{"Hedge cash of the day", "payoffs and premiums received − premiums paid − frictions", day.HedgeCash, "money"},
		{"Frictions of the day", "|fill − mid| × quantity", day.Frictions, "money"},
		{"Put in from outside", "what pledged hedge cash did not cover", day.CashFromOutside, "money"},
		{"Hedge cash pledged", "after the day's trades", day.OptionCashPledged, "money"},
	}
}

func loanLines(s lombard.Scenario, day *lombard.Day) []Line {
	return []Line{
		{"Principal and capitalised interest", fmt.Sprintf("%.2f borrowed and what was capitalised since", s.LoanAmount), day.LoanBalance - day.AccruedInterest, "money"},
		{"Accrued interest", "not yet capitalised", day.AccruedInterest, "money"},
		{"Loan balance", "principal + accrued interest", day.LoanBalance, "money"},
	}
}

func ltvLines(s lombard.Scenario, day *lombard.Day) []Line {
	lines := []Line{
		{"LTV unhedged", fmt.Sprintf("%.2f / %.2f", day.LoanBalance, day.UnderlyingValue), day.LTVUnhedged, "fraction"},
		{"LTV hedged", fmt.Sprintf("%.2f / (%.2f + %.2f + %.2f)", day.LoanBalance, day.UnderlyingValue, day.OptionMarketValue, day.OptionCashPledged), day.LTVHedged, "fraction"},
		{"LTV recognised", "options counted as " + s.Facility.HedgeRecognition, day.LTVRecognised, "fraction"},
		{"LTV if not recognised", fmt.Sprintf("%.2f / (%.2f + %.2f)", day.LoanBalance, day.UnderlyingValue, day.OptionCashPledged), day.LTVNotRecognised, "fraction"},
	}
	if day.LTVHedgedLow != nil && day.LTVUnhedgedLow != nil {
		lines = append(lines,
			Line{"LTV unhedged at the low", fmt.Sprintf("at %.4f", day.SpotLow), *day.LTVUnhedgedLow, "fraction"},
			Line{"LTV recognised at the low", fmt.Sprintf("at %.4f, on the options held before the close", day.SpotLow), *day.LTVHedgedLow, "fraction"})
	}
	return append(lines,
		Line{"Threshold", "the lender calls at or above it", s.MarginCallLTV, "fraction"},
		Line{"Headroom unhedged", "1 − LTV / threshold", loan.Headroom(day.LTVUnhedged, s.MarginCallLTV), "fraction"},
		Line{"Headroom hedged", "1 − recognised LTV / threshold", loan.Headroom(day.LTVRecognised, s.MarginCallLTV), "fraction"})
}

// changeLines splits the change in equity; the terms add up to the last line.
func changeLines(s lombard.Scenario, contracts []lombard.Contract, before, day *lombard.Day) []Line {
	bought, paidOut := 0.0, 0.0
	for i := range contracts {
		c := &contracts[i]
		if c.Opened == day.Date {
			bought += c.Quantity * c.Mid
		}
		if c.Settled == day.Date && c.Payoff != nil {
			paidOut += *c.Payoff
		}
	}
	options := day.OptionMarketValue - bought + paidOut - before.OptionMarketValue
	interest := day.LoanBalance - before.LoanBalance
	return []Line{
		{"Collateral", fmt.Sprintf("%g units × (%.4f − %.4f)", s.UnderlyingUnits, day.SpotClose, before.SpotClose), day.UnderlyingValue - before.UnderlyingValue, "money"},
		{"Options held over the day", "marks and payoffs at this close − marks at the close before", options, "money"},
		{"Frictions", "of today's trades", -day.Frictions, "money"},
		{"Interest", "charged since the close before", -interest, "money"},
		{"Change in hedged equity", "sum of the above", day.EquityHedged - before.EquityHedged, "money"},
	}
}

func sentence(s lombard.Scenario, day *lombard.Day) string {
	verdict := func(called bool) string {
		if called {
			return "is called"
		}
		return "is not called"
	}
	return fmt.Sprintf("On %s the loan %s without the hedge (LTV %.4f against %.4f) and %s with it (recognised LTV %.4f).",
		day.Date, verdict(day.MarginCallUnhedged), day.LTVUnhedged, s.MarginCallLTV, verdict(day.MarginCallHedged), day.LTVRecognised)
}
