package backtest

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// Explanation is one day's arithmetic, line by line: a reader can compute
// every value again from what stands beside it.
type Explanation struct {
	Date         lombard.Date `json:"date"`          // The session
	TemplateSlug string       `json:"template_slug"` // The hedge
	Sentence     string       `json:"sentence"`      // The day in one sentence
	Sections     []Section    `json:"sections"`      // The arithmetic, in groups
}

// Section is a group of lines under a title.
type Section struct {
	Title string `json:"title"` // What the lines are about
	Lines []Line `json:"lines"` // One figure each
}

// Line is one step of the arithmetic.
type Line struct {
	Label      string  `json:"label"`      // What the figure is
	Expression string  `json:"expression"` // How it is computed, with the numbers
	Value      float64 `json:"value"`      // The figure
	Unit       string  `json:"unit"`       // money, fraction, units or price
}

// Explain returns the arithmetic of one day of a stored result, rebuilt from
// the day and the contracts without running the path again. Errors are
// *lombard.Error: kind not_found for a date that is no session of the path,
// kind pricing when what is rebuilt disagrees with the stored day.
func Explain(s lombard.Scenario, t lombard.TemplateResult, date lombard.Date) (Explanation, error) {
	i := indexOfDay(t.DailyPath, date)
	if i < 0 {
		return Explanation{}, noSession(t.DailyPath, date)
	}
	x := explainer{scenario: s.WrittenOut(), contracts: t.Contracts, day: &t.DailyPath[i], book: loan.Book{Spot: t.DailyPath[i].SpotClose, Cash: t.DailyPath[i].OptionCashPledged}}
	x.book.Units = x.day.UnitsHedged
	if i > 0 {
		x.before = &t.DailyPath[i-1]
	}
	options, err := x.options()
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{Date: date, TemplateSlug: t.TemplateSlug, Sections: []Section{
		{"Collateral", []Line{{"Collateral value", fmt.Sprintf("%s units × %s", quantity(x.day.UnitsHedged), exact(x.day.SpotClose)), x.day.UnderlyingValue, unitMoney}}},
		{"Options", options},
		{"Hedge cash", x.cash()},
		{"Loan", x.loan()},
		{"Loan to value", x.ltvs()},
	}}
	if x.day.LTVHedgedLow != nil && x.day.LTVUnhedgedLow != nil {
		e.Sections = append(e.Sections, Section{"At the day's low", x.lows()})
	}
	e.Sections = append(e.Sections, Section{x.changeTitle(), x.change()})
	e.Sentence = x.sentence()
	return e, x.agree()
}

// Units of a line's value.
const (
	unitMoney    = "money"
	unitFraction = "fraction"
)

// explainer is one stored day and what it takes to compute it again.
type explainer struct {
	scenario  lombard.Scenario
	contracts []lombard.Contract
	day       *lombard.Day
	before    *lombard.Day // nil on the first day
	book      loan.Book    // options are added as they are marked
	long      float64      // Σ value of long options, ≥ 0
	short     float64      // Σ value of short options, as a positive liability
	terms     float64      // sum of the change's terms
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

// options lists each open option with what it is priced from, and fills in the
// book.
func (x *explainer) options() ([]Line, error) {
	a := &x.scenario.Assumptions
	engine, ok := option.EngineFor(a.OptionStyle)
	if !ok || a.Rate == nil || a.DividendYield == nil {
		return nil, fault("The stored request is not resolved: its option style or its carry is missing.", defect)
	}
	var lines []Line
	for i := range x.contracts {
		c := &x.contracts[i]
		if c.Opened > x.day.Date || !c.Settled.IsZero() && c.Settled <= x.day.Date || x.day.IVUsed == nil {
			continue
		}
		held, stored := c.HeldOn(x.day.Date), x.markOf(c.ID)
		years := yearsTo(x.day.Date, c.Expiry)
		mark, words := x.remark(engine, c, stored)
		value := held * mark
		x.book.Options = append(x.book.Options, loan.Option{Put: kindOf(c.Right) == option.Put, Quantity: held, Strike: c.StrikeOn(x.day.Date), Value: mark, Years: years})
		if value < 0 {
			x.short -= value
		} else {
			x.long += value
		}
		lines = append(lines, Line{c.ID, fmt.Sprintf("%s units × %s, %s", quantity(held), exact(mark), words), value, unitMoney})
	}
	words := "no option is open"
	if len(lines) > 0 {
		words = "sum of the open options"
	}
	return append(lines, Line{"Option market value", words, x.long - x.short, unitMoney}), nil
}

// markOf is what is stored of a contract's mark.
func (x *explainer) markOf(id string) lombard.OptionMark {
	for _, m := range x.day.OptionMarks {
		if m.Contract == id {
			return m
		}
	}
	return lombard.OptionMark{Contract: id, Vol: *x.day.IVUsed}
}

// remark computes a mark again and says how: the middle of the day's quote, or
// the model's price at the vol that is stored.
func (x *explainer) remark(engine option.Engine, c *lombard.Contract, m lombard.OptionMark) (mark float64, words string) {
	date, strike := x.day.Date, c.StrikeOn(x.day.Date)
	if m.Source == lombard.MarkQuote {
		return (m.Bid + m.Ask) / 2, fmt.Sprintf("the middle of a bid of %s and an ask of %s for the %s at %s until %s", exact(m.Bid), exact(m.Ask), c.Right, exact(strike), c.Expiry)
	}
	years := yearsTo(date, c.Expiry)
	rate, yield := x.carry()
	mark = markerOf(engine, c, date, rate, yield, m.Vol).Price(x.day.SpotClose, years)
	words = fmt.Sprintf("the mark of a %s by %s: spot %s, strike %s, %d days to %s (%s years), rate %s, yield %s, vol %s",
		c.Right, engine.Name(), exact(x.day.SpotClose), exact(strike), max(0, c.Expiry-date), c.Expiry, exact(years), exact(rate), exact(yield), exact(m.Vol))
	switch m.Source {
	case lombard.MarkCarry:
		words += fmt.Sprintf(", which is that of its quote %d days before", m.AgeDays)
	case lombard.MarkSurface:
		words += ", which is the model's: it has no quote of the last week"
	}
	if m.Ask > 0 && mark > m.Ask {
		mark, words = m.Ask, words+fmt.Sprintf("; at most the ask of %s, as there was no bid", exact(m.Ask))
	}
	return mark, words
}

// carry returns the rate and the dividend yield behind the day's marks. Results
// of engine 1 do not tell the yield of a future whose rate is published.
func (x *explainer) carry() (rate, yield float64) {
	rate, yield = carryOf(x.day, &x.scenario.Assumptions)
	if i, _ := market.Lookup(x.scenario.Symbol); i.Class == market.ClassFuture && x.scenario.Assumptions.RateSeries != "" {
		yield = rate
	}
	return rate, yield
}

// cash lists the day's trades and what became of their cash.
func (x *explainer) cash() []Line {
	var lines []Line
	for i := range x.contracts {
		c := &x.contracts[i]
		for _, t := range c.Trades {
			if t.Date == x.day.Date {
				lines = append(lines, Line{
					c.ID + " " + t.Type, fmt.Sprintf("−(%s units × %s), the fill; mid %s; commissions apart", quantity(t.Quantity), exact(t.Fill), exact(t.Mid)), -t.Quantity * t.Fill, unitMoney,
				})
			}
		}
		if c.Settled == x.day.Date && c.Settled >= c.Expiry && c.Payoff != nil {
			left := c.HeldOn(x.day.Date)
			intrinsic := option.Intrinsic(kindOf(c.Right), x.day.SpotClose, c.StrikeOn(x.day.Date))
			lines = append(lines, Line{
				c.ID + " expired", fmt.Sprintf("%s units × %s, the intrinsic value of a %s at %s with spot %s", quantity(left), exact(intrinsic), c.Right, exact(c.StrikeOn(x.day.Date)), exact(x.day.SpotClose)), left * intrinsic, unitMoney,
			})
		}
		if c.Opened == x.day.Date {
			lines = append(lines, Line{
				c.ID + " opened", fmt.Sprintf("−(%s units × %s), the fill; mid %s", quantity(c.Quantity), exact(c.Fill), exact(c.Mid)), -c.Quantity * c.Fill, unitMoney,
			})
		}
	}
	pledged := 0.0
	if x.before != nil {
		pledged = x.before.OptionCashPledged
	}
	lines = append(lines, Line{"Hedge cash of the day", "sum of the day's trades; positive is received", x.day.HedgeCash, unitMoney})
	if x.day.CollateralSold != 0 {
		lines = append(lines, Line{"Collateral sold", "units sold at the close to pay for the hedge", x.day.CollateralSold, unitMoney})
	}
	return append(lines,
		Line{"Put in from outside", fmt.Sprintf("max(0, −(%s pledged before + %s))", price(pledged), price(x.day.HedgeCash)), x.day.CashFromOutside, unitMoney},
		Line{"Hedge cash pledged", fmt.Sprintf("%s + %s + %s from outside", price(pledged), price(x.day.HedgeCash), price(x.day.CashFromOutside)), x.day.OptionCashPledged, unitMoney})
}

func (x *explainer) loan() []Line {
	interest := "no interest is charged"
	if rate := x.day.LoanRate; rate != nil {
		interest = fmt.Sprintf("principal × the rate of the day, %s since the close before, × the part of a year", exact(*rate))
	} else if rate := x.scenario.Facility.LoanRate; rate != nil && *rate != 0 {
		interest = fmt.Sprintf("principal × %s × the part of a year since it was last capitalised or paid", exact(*rate))
	}
	lines := []Line{
		{"Principal and capitalised interest", price(x.scenario.LoanAmount) + " borrowed and what was capitalised since", x.day.LoanBalance - x.day.AccruedInterest, unitMoney},
		{"Accrued interest", interest, x.day.AccruedInterest, unitMoney},
		{"Loan balance", "principal + accrued interest", x.day.LoanBalance, unitMoney},
	}
	if x.day.InterestPaid != 0 {
		lines = append(lines, Line{"Interest paid", "in cash so far, at month ends", x.day.InterestPaid, unitMoney})
	}
	if x.day.LoanBalanceHedged != x.day.LoanBalance {
		lines = append(lines, Line{"Loan balance, hedged", "with premiums drawn on it, proceeds that repaid it, and the interest on both", x.day.LoanBalanceHedged, unitMoney})
	}
	return lines
}

func (x *explainer) ltvs() []Line {
	d, call := x.day, x.scenario.MarginCallLTV
	over := func(collateral string) string {
		return fmt.Sprintf("%s / (%s)", price(x.day.LoanBalanceHedged), collateral)
	}
	base := fmt.Sprintf("%s + %s", price(d.UnderlyingValue), price(d.OptionCashPledged))
	liability := ""
	if x.short > 0 {
		liability = " − " + price(x.short) + " owed on short options"
	}
	return []Line{
		{"LTV unhedged", fmt.Sprintf("%s / (%s)", price(d.LoanBalance), price(x.day.Units*d.SpotClose)), d.LTVUnhedged, unitFraction},
		{"LTV hedged", over(base + " + " + price(d.OptionMarketValue)), d.LTVHedged, unitFraction},
		{"LTV recognised", over(base + x.recognised() + liability), d.LTVRecognised, unitFraction},
		{"LTV if not recognised", over(base + liability), d.LTVNotRecognised, unitFraction},
		{"Threshold", "the lender calls at or above it", call, unitFraction},
		{"Headroom unhedged", fmt.Sprintf("1 − %.6f / %s", d.LTVUnhedged, exact(call)), loan.Headroom(d.LTVUnhedged, call), unitFraction},
		{"Headroom hedged", fmt.Sprintf("1 − %.6f / %s", d.LTVRecognised, exact(call)), loan.Headroom(d.LTVRecognised, call), unitFraction},
	}
}

// recognised words what this lender adds for long options.
func (x *explainer) recognised() string {
	f, d := &x.scenario.Facility, x.day
	counted := x.lender().Recognised(x.book) - d.UnderlyingValue - d.OptionCashPledged + x.short
	switch f.HedgeRecognition {
	case lombard.RecognitionNone:
		return " + 0 for options, which this lender does not count"
	case lombard.RecognitionIntrinsic:
		return fmt.Sprintf(" + %s of intrinsic value", price(counted))
	case lombard.RecognitionHaircut:
		return fmt.Sprintf(" + (1 − %s) × %s", exact(or0(f.Haircut)), price(x.long))
	case lombard.RecognitionFloor:
		return fmt.Sprintf(" + %s that covered units count more than spot: %s of the strike, discounted", price(counted), exact(1-or0(f.Haircut)))
	case lombard.RecognitionLongDated:
		return fmt.Sprintf(" + %s: 0.25 of options with more than nine months to run", price(counted))
	case lombard.RecognitionFINRA:
		return fmt.Sprintf(" + %s, so that the LTV is at the call where equity is at the requirements of FINRA 4210", price(counted-x.short))
	case lombard.RecognitionMarketValue:
		return " + " + price(x.long)
	}
	return fmt.Sprintf(" + what a lender counts by %q, which is not known", f.HedgeRecognition)
}

func (x *explainer) lender() loan.Recognition {
	return loan.RecognitionOf(&x.scenario.Facility, x.scenario.MarginCallLTV, or0(x.scenario.Assumptions.Rate))
}

func (x *explainer) lows() []Line {
	low := exact(x.day.SpotLow)
	return []Line{
		{"LTV unhedged at the low", fmt.Sprintf("%s / (%s units × %s)", price(x.day.LoanBalance), quantity(x.day.Units), low), *x.day.LTVUnhedgedLow, unitFraction},
		{"LTV recognised at the low", "the same on the book held before the close's trades, options repriced at " + low, *x.day.LTVHedgedLow, unitFraction},
	}
}

func (x *explainer) changeTitle() string {
	if x.before == nil {
		return "Change at entry"
	}
	return "Change since " + x.before.Date.String()
}

// change splits the change in hedged equity; the terms add up to the last line.
func (x *explainer) change() []Line {
	d, before := x.day, x.before
	if before == nil { // the account without its hedge, at the same close
		units := x.scenario.UnderlyingUnits
		before = &lombard.Day{SpotClose: d.SpotClose, UnderlyingValue: units * d.SpotClose, LoanBalance: d.LoanBalance, LoanBalanceHedged: d.LoanBalance, Units: units, UnitsHedged: units}
	}
	bought, paidOut := 0.0, 0.0
	for i := range x.contracts {
		c := &x.contracts[i]
		if c.Opened == d.Date {
			bought += c.Quantity * c.Mid
		}
		for _, t := range c.Trades {
			if t.Date == d.Date {
				paidOut += t.Proceeds
			}
		}
		if c.Settled == d.Date && c.Settled >= c.Expiry && c.Payoff != nil {
			paidOut += c.HeldOn(d.Date) * option.Intrinsic(kindOf(c.Right), d.SpotClose, c.StrikeOn(d.Date))
		}
	}
	held, from := before.UnitsHedged, before.SpotClose
	dividend, repaid, reinvested := d.DividendOn(held), 0.0, 0.0
	switch x.scenario.Facility.Dividends {
	case lombard.DividendsRepay:
		repaid = dividend
	case lombard.DividendsReinvest:
		reinvested = dividend
	case lombard.DividendsCash:
	}
	if d.Split != 0 {
		held, from = held*d.Split, from/d.Split
	}
	charged := before.LoanBalanceHedged - x.day.LoanBalanceHedged + x.drawn(before) - (d.InterestPaid - before.InterestPaid) - repaid
	lines := []Line{
		{"Collateral", fmt.Sprintf("%s units × (%s − %s)", quantity(held), exact(d.SpotClose), exact(from)), d.UnderlyingValue + d.CollateralSold - reinvested - before.UnderlyingValue, unitMoney},
		{
			"Options held over the day", fmt.Sprintf("%s marked now − %s bought at mid today + %s paid out today − %s marked before", price(d.OptionMarketValue), price(bought), price(paidOut), price(before.OptionMarketValue)),
			d.OptionMarketValue - bought + paidOut - before.OptionMarketValue, unitMoney,
		},
		{"Frictions", "−|fill − mid| × units of today's trades", -d.Frictions, unitMoney},
		{"Interest", "charged since the close before", charged, unitMoney},
	}
	if dividend != 0 {
		lines = append(lines, Line{"Dividend", fmt.Sprintf("%s units × %s", quantity(held), exact(d.Dividend)), dividend, unitMoney})
	}
	x.terms = 0
	for _, l := range lines {
		x.terms += l.Value
	}
	return append(lines, Line{"Change in hedged equity", "sum of the above", x.terms, unitMoney})
}

// drawn is what hedging drew on the loan today, or, negative, repaid of it:
// what the day's cash does not explain otherwise.
func (x *explainer) drawn(before *lombard.Day) float64 {
	if x.day.LoanBalanceHedged == x.day.LoanBalance && before.LoanBalanceHedged == before.LoanBalance {
		return 0
	}
	return x.day.OptionCashPledged - before.OptionCashPledged - x.day.HedgeCash - x.day.CashFromOutside - x.day.CollateralSold
}

func (x *explainer) sentence() string {
	d := x.day
	verdict := func(called bool, ltv float64, atLow *float64) string {
		if !called {
			return fmt.Sprintf("is not called (LTV %.4f)", ltv)
		}
		if !loan.MarginCall(ltv, x.scenario.MarginCallLTV) && atLow != nil {
			return fmt.Sprintf("is called at the day's low (LTV %.4f there, %.4f at the close)", *atLow, ltv)
		}
		return fmt.Sprintf("is called (LTV %.4f)", ltv)
	}
	return fmt.Sprintf("On %s, with calls from an LTV of %s on, the loan %s without the hedge and %s with it, as this lender counts it.",
		d.Date, exact(x.scenario.MarginCallLTV), verdict(d.MarginCallUnhedged, d.LTVUnhedged, d.LTVUnhedgedLow), verdict(d.MarginCallHedged, d.LTVRecognised, d.LTVHedgedLow))
}

// agree compares what was computed again with what is stored.
func (x *explainer) agree() error {
	d := x.day
	before := x.scenario.UnderlyingUnits*d.SpotClose - d.LoanBalance
	if x.before != nil {
		before = x.before.EquityHedged
	}
	for _, row := range []struct {
		what                 string
		again, stored, scale float64
	}{
		{"option market value", x.long - x.short, d.OptionMarketValue, x.long + x.short},
		{"recognised LTV", loan.LTV(x.day.LoanBalanceHedged, x.lender().Recognised(x.book)), d.LTVRecognised, d.LTVRecognised},
		{"change in equity", x.terms, d.EquityHedged - before, d.UnderlyingValue + d.LoanBalance + x.long},
	} {
		if !(math.Abs(row.again-row.stored) <= 1e-9*math.Abs(row.scale)+1e-12) {
			return fault(fmt.Sprintf("The %s of %s is %v when computed again and %v in the stored result.", row.what, d.Date, row.again, row.stored), defect)
		}
	}
	return nil
}
