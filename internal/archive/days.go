package archive

import (
	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

type day = lombard.Day

// Products that are added to are put through float64, so that no machine fuses
// the two: a guess has to come out alike everywhere.

func orMissing(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}

// sharedDays are the columns of a day that all hedges of a result have in
// common, as a rule: prices, and the account without a hedge.
var sharedDays = []column[day]{
	{name: "date", date: func(d *day) *lombard.Date { return &d.Date }},
	{name: "spot_close", number: func(d *day) *float64 { return &d.SpotClose }},
	{name: "spot_open", number: func(d *day) *float64 { return &d.SpotOpen }, guesses: []guesser[day]{from(closeOf)}},
	{name: "spot_high", number: func(d *day) *float64 { return &d.SpotHigh }, guesses: []guesser[day]{from(closeOf)}},
	{name: "spot_low", number: func(d *day) *float64 { return &d.SpotLow }, guesses: []guesser[day]{from(closeOf)}},
	{name: "bar_quality", word: func(d *day) *string { return &d.BarQuality }},
	{name: "split", number: func(d *day) *float64 { return &d.Split }},
	{name: "dividend", number: func(d *day) *float64 { return &d.Dividend }},
	{name: "underlying_units", number: func(d *day) *float64 { return &d.Units }},
	{name: "loan_balance", number: func(d *day) *float64 { return &d.LoanBalance }},
	{name: "accrued_interest", number: func(d *day) *float64 { return &d.AccruedInterest }},
	{name: "ltv_unhedged", number: func(d *day) *float64 { return &d.LTVUnhedged }, guesses: []guesser[day]{
		from(func(d, _ *day) float64 { return loan.LTV(d.LoanBalance, float64(d.Units*d.SpotClose)) }),
	}},
	{name: "ltv_unhedged_low", optional: func(d *day) **float64 { return &d.LTVUnhedgedLow }, guesses: []guesser[day]{
		from(func(d, _ *day) float64 { return loan.LTV(d.LoanBalance, float64(d.Units*d.SpotLow)) }),
	}},
	{name: "margin_call_unhedged", truth: func(d *day) *bool { return &d.MarginCallUnhedged }},
	{name: "equity_unhedged", number: func(d *day) *float64 { return &d.EquityUnhedged }, guesses: []guesser[day]{
		from(func(d, _ *day) float64 { return float64(d.Units*d.SpotClose) - d.LoanBalance }),
	}},
	{name: "rate_used", optional: func(d *day) **float64 { return &d.RateUsed }},
	{name: "yield_used", optional: func(d *day) **float64 { return &d.YieldUsed }},
	{name: "loan_rate_used", optional: func(d *day) **float64 { return &d.LoanRate }},
}

// hedgedDays are the other columns of a day: those of the account with a hedge.
// Marks and events are lists and stand apart.
var hedgedDays = []column[day]{
	{name: "underlying_units_hedged", number: func(d *day) *float64 { return &d.UnitsHedged }, guesses: []guesser[day]{from(func(d, _ *day) float64 { return d.Units })}},
	{name: "loan_balance_hedged", number: func(d *day) *float64 { return &d.LoanBalanceHedged }, guesses: []guesser[day]{from(func(d, _ *day) float64 { return d.LoanBalance })}},
	{name: "interest_paid", number: func(d *day) *float64 { return &d.InterestPaid }},
	{name: "collateral_sold", number: func(d *day) *float64 { return &d.CollateralSold }},
	{name: "underlying_value", number: func(d *day) *float64 { return &d.UnderlyingValue }, guesses: []guesser[day]{from(func(d, _ *day) float64 { return d.UnitsHedged * d.SpotClose })}},
	{name: "option_market_value", number: func(d *day) *float64 { return &d.OptionMarketValue }},
	{name: "option_contracts", number: func(d *day) *float64 { return &d.OptionContracts }},
	{name: "cash_from_outside", number: func(d *day) *float64 { return &d.CashFromOutside }, guesses: []guesser[day]{from(nothing)}},
	{name: "hedge_cash", number: func(d *day) *float64 { return &d.HedgeCash }, guesses: []guesser[day]{from(nothing)}},
	{name: "frictions", number: func(d *day) *float64 { return &d.Frictions }, guesses: []guesser[day]{from(nothing)}},
	{name: "option_cash_pledged", number: func(d *day) *float64 { return &d.OptionCashPledged }},
	{name: "net_portfolio_value", number: func(d *day) *float64 { return &d.NetPortfolioValue }, guesses: []guesser[day]{
		cumulative(func(d *day) float64 { return d.HedgeCash }, func(d *day, so float64) float64 { return d.UnderlyingValue + d.OptionMarketValue + so }),
		cumulative(func(d *day) float64 { return d.CashFromOutside }, func(d *day, so float64) float64 {
			return d.UnderlyingValue + d.OptionMarketValue + (d.OptionCashPledged - so)
		}),
		from(func(d, before *day) float64 {
			return d.UnderlyingValue + d.OptionMarketValue + (before.NetPortfolioValue - before.UnderlyingValue - before.OptionMarketValue)
		}),
	}},
	{name: "equity_hedged", number: func(d *day) *float64 { return &d.EquityHedged }, guesses: []guesser[day]{
		from(func(d, _ *day) float64 { return d.NetPortfolioValue - d.LoanBalanceHedged - d.InterestPaid }),
		from(func(d, before *day) float64 {
			return d.NetPortfolioValue - d.LoanBalanceHedged + (before.EquityHedged - before.NetPortfolioValue + before.LoanBalanceHedged)
		}),
	}},
	{name: "ltv_hedged", number: func(d *day) *float64 { return &d.LTVHedged }, guesses: []guesser[day]{
		from(func(d, _ *day) float64 {
			return loan.LTV(d.LoanBalanceHedged, d.UnderlyingValue+d.OptionMarketValue+d.OptionCashPledged)
		}),
	}},
	{name: "ltv_if_not_recognised", number: func(d *day) *float64 { return &d.LTVNotRecognised }, guesses: []guesser[day]{
		from(func(d, _ *day) float64 {
			return loan.LTV(d.LoanBalanceHedged, d.UnderlyingValue+d.OptionCashPledged)
		}),
	}},
	{name: "ltv_recognised", number: func(d *day) *float64 { return &d.LTVRecognised }, guesses: []guesser[day]{
		from(func(d, _ *day) float64 { return d.LTVNotRecognised }), from(func(d, _ *day) float64 { return d.LTVHedged }),
	}},
	{name: "ltv_if_not_recognised_low", optional: func(d *day) **float64 { return &d.LTVNotRecognisedLow }, guesses: []guesser[day]{
		from(func(d, before *day) float64 {
			return loan.LTV(d.LoanBalanceHedged, float64(before.UnitsHedged*d.SpotLow)+before.OptionCashPledged)
		}),
		from(func(d, _ *day) float64 {
			return loan.LTV(d.LoanBalanceHedged, float64(d.UnitsHedged*d.SpotLow)+d.OptionCashPledged)
		}),
		from(func(d, _ *day) float64 { return orMissing(d.LTVUnhedgedLow) }),
	}},
	{name: "ltv_hedged_low", optional: func(d *day) **float64 { return &d.LTVHedgedLow }, guesses: []guesser[day]{
		from(func(d, _ *day) float64 { return orMissing(d.LTVNotRecognisedLow) }), from(func(d, _ *day) float64 { return orMissing(d.LTVUnhedgedLow) }),
	}},
	{name: "margin_call_hedged", truth: func(d *day) *bool { return &d.MarginCallHedged }},
	{name: "option_delta_units", number: func(d *day) *float64 { return &d.OptionDelta }},
	{name: "option_vega", number: func(d *day) *float64 { return &d.OptionVega }},
	{name: "iv_used", optional: func(d *day) **float64 { return &d.IVUsed }},
	{name: "basel_e_star", number: func(d *day) *float64 { return &d.Exposure }},
	{name: "mark_source", word: func(d *day) *string { return &d.MarkSource }},
}

func closeOf(d, _ *day) float64 { return d.SpotClose }

func nothing(_, _ *day) float64 { return 0 }

// cumulative guesses with the sum of a figure over the rows so far.
func cumulative(of func(*day) float64, guess func(d *day, sum float64) float64) guesser[day] {
	return func() func(d, before *day) float64 {
		sum := 0.0
		return func(d, _ *day) float64 {
			sum += of(d)
			return guess(d, sum)
		}
	}
}

// markRow is an option's mark with the day on which it stands.
type markRow struct {
	day int // 0 for the first mark of the same day as the mark before; else days since
	lombard.OptionMark
}

var markTable = table[markRow]{
	sameAs: func(m *markRow) string { return m.Contract },
	known:  3,
	columns: []column[markRow]{
		{name: "day", integer: func(m *markRow) *int { return &m.day }},
		{name: "contract", word: func(m *markRow) *string { return &m.Contract }},
		{name: "source", word: func(m *markRow) *string { return &m.Source }},
		{name: "age_days", integer: func(m *markRow) *int { return &m.AgeDays }},
		{name: "bid", number: func(m *markRow) *float64 { return &m.Bid }},
		{name: "ask", number: func(m *markRow) *float64 { return &m.Ask }},
		{name: "mark", number: func(m *markRow) *float64 { return &m.Mark }, guesses: []guesser[markRow]{
			from(func(m, _ *markRow) float64 { return (m.Bid + m.Ask) / 2 }),
		}},
		{name: "vol", number: func(m *markRow) *float64 { return &m.Vol }},
	},
}

// marksOf lists the marks of all days.
func marksOf(days []day) []markRow {
	var rows []markRow
	last := 0
	for i := range days {
		for _, m := range days[i].OptionMarks {
			rows = append(rows, markRow{i - last, m})
			last = i
		}
	}
	return rows
}

// putMarks gives the marks back to their days.
func putMarks(r *reader, days []day, rows []markRow) {
	at := 0
	for from := 0; from < len(rows); {
		if at += rows[from].day; at < 0 || at >= len(days) {
			r.fail()
			return
		}
		to := from + 1
		for to < len(rows) && rows[to].day == 0 {
			to++
		}
		marks := make([]lombard.OptionMark, 0, to-from)
		for _, m := range rows[from:to] {
			marks = append(marks, m.OptionMark)
		}
		days[at].OptionMarks = marks
		from = to
	}
}

type branchDay = lombard.BranchDay

// branchTable is the lender's account of one branch. Its dates are those of the
// path.
var branchTable = table[branchDay]{columns: []column[branchDay]{
	{name: "date", date: func(d *branchDay) *lombard.Date { return &d.Date }},
	{name: "session_state", word: func(d *branchDay) *string { return &d.State }},
	{name: "loan_balance", number: func(d *branchDay) *float64 { return &d.LoanBalance }},
	{name: "underlying_units", number: func(d *branchDay) *float64 { return &d.Units }},
	{name: "cash_pledged", number: func(d *branchDay) *float64 { return &d.CashPledged }},
	{name: "cash_external", number: func(d *branchDay) *float64 { return &d.CashExternal }},
	{name: "ltv_recognised", number: func(d *branchDay) *float64 { return &d.LTV }},
	{name: "equity", number: func(d *branchDay) *float64 { return &d.Equity }},
	{name: "call_spot", number: func(d *branchDay) *float64 { return &d.CallSpot }, guesses: []guesser[branchDay]{
		from(func(d, before *branchDay) float64 {
			if before.CallSpot == 0 || before.LoanBalance == 0 {
				return 0
			}
			return before.CallSpot * (d.LoanBalance / before.LoanBalance)
		}),
	}},
	{name: "basel_e_star", number: func(d *branchDay) *float64 { return &d.Exposure }},
}}
