package backtest

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
)

// ledger is what moved money in one session.
type ledger struct {
	date      lombard.Date
	spot      float64
	cash      float64 // hedge cash of the close, netted: received − paid
	frictions float64
	interest  float64 // charged since the last close
	options   float64 // change in value of the options held over the day
	lent      float64 // drawn on the hedged loan for hedging; negative is repaid
	units     float64 // pledged in the hedged branch at the close
	dividends float64 // on the collateral of the hedged branch
	wealth    float64 // W: collateral + pledged cash + outside + options − loan
}

// netCash credits the day's hedge cash to the pledge. What the pledge cannot
// cover is paid as the facility funds premiums: from outside, by drawing on the
// loan, or by selling collateral at the close.
func (r *runner) netCash(now *ledger, day *lombard.Day) {
	left := r.hedged.cash + now.cash + now.lent
	day.HedgeCash, day.Frictions = now.cash, now.frictions
	if missing := -left; missing > 0 {
		switch r.scenario.Facility.PremiumFunding {
		case lombard.FundingLoan:
			r.hedged.loan.Principal += missing
			r.lent += missing
			now.lent += missing
		case lombard.FundingSellCollateral:
			r.hedged.units -= missing / now.spot
			day.CollateralSold = missing
		case lombard.FundingCash:
			day.CashFromOutside = missing
		}
	}
	r.hedged.outside += day.CashFromOutside
	r.hedged.cash = max(0, left)
	day.OptionCashPledged = r.hedged.cash
}

// deleverage repays the hedged branch's loan with money from outside; what is
// more than it owes is pledged.
func (r *runner) deleverage(amount float64, day *lombard.Day) {
	if amount <= 0 {
		return
	}
	left := r.hedged.repay(amount)
	r.hedged.outside += amount
	r.lent -= amount - left
	day.CashFromOutside += amount
	day.OptionCashPledged = r.hedged.cash
	r.record.event(day, lombard.Event{Type: "repayment", Cash: -amount}, func() string { return fmt.Sprintf("%.2f from outside repaid the loan.", amount) })
}

// mark prices the open options at the close.
func (r *runner) mark(at moment) error {
	day := at.day
	day.MarkSource = lombard.MarkNone
	if len(r.open) == 0 {
		if len(r.trades) > 0 {
			day.MarkSource = lombard.MarkIntrinsic // settled today, nothing is left
		}
		return nil
	}
	if r.daily {
		if err := r.look(at); err != nil {
			return err
		}
	}
	day.MarkSource = lombard.MarkSurface
	_, plain := r.surface.Plain()
	quotes := r.quotes()
	plain = plain && !quotes
	if quotes || !plain && r.record.keeps {
		day.OptionMarks = r.record.marks.take(len(r.open))
	}
	var held []Holding
	if r.record.holdings {
		held = r.record.open.take(len(r.open))
		r.record.today = held
	}
	vega, weighted := 0.0, 0.0
	for k := range r.open {
		p := &r.open[k]
		var v float64
		p.mark, p.delta, v = r.markToday(p, at)
		day.OptionMarketValue += p.quantity * p.mark
		day.OptionContracts += math.Abs(p.quantity) / p.size
		day.OptionDelta += p.quantity * p.delta
		day.OptionVega += p.quantity * v
		vega += math.Abs(p.quantity) * v
		weighted += math.Abs(p.quantity) * v * p.sigma
		if held != nil {
			held[k] = Holding{Contract: p.record, Quantity: p.quantity, Mark: p.mark, Vol: p.sigma}
		}
		if day.OptionMarks != nil {
			day.OptionMarks[k] = r.markOf(p, at.date, at.spot)
		}
	}
	if quotes {
		day.MarkSource = leastDirect(day.OptionMarks)
	}
	sigma := r.open[0].sigma
	if !plain && vega > 0 {
		sigma = weighted / vega
	}
	day.IVUsed = r.record.number(sigma)
	if r.series.Rates.ID != "" {
		day.RateUsed = r.record.number(r.rate)
	}
	if r.yield != *r.scenario.Assumptions.DividendYield {
		day.YieldUsed = r.record.number(r.yield)
	}
	return nil
}

// markToday is the mark of an option at the close, with its sensitivities where
// somebody looks at them: who keeps the day, or a rule that watches deltas.
func (r *runner) markToday(p *position, at moment) (price, delta, vega float64) {
	if r.record.keeps || r.rules.deltas {
		return r.value(p, at.date, at.spot)
	}
	r.aim(p, at.date, at.spot)
	return p.byMarket(p.marker.Price(at.spot, yearsTo(at.date, p.Expiry)), at.date, at.spot), 0, 0
}

// fill computes the account from the marks.
func (r *runner) fill(now *ledger, bar *market.Bar, day *lombard.Day) {
	balance, balanceHedged := r.unhedged.loan.Balance(), r.hedged.loan.Balance()
	unhedged := r.unhedged.units * bar.Close
	day.UnderlyingValue = r.hedged.units * bar.Close
	day.LoanBalance, day.AccruedInterest = balance, r.unhedged.loan.Accrued
	day.LoanBalanceHedged, day.Units, day.UnitsHedged = balanceHedged, r.unhedged.units, r.hedged.units
	day.NetPortfolioValue = day.UnderlyingValue + day.OptionMarketValue + (r.hedged.cash - r.hedged.outside - r.lent)
	day.EquityHedged, day.EquityUnhedged = day.NetPortfolioValue-(balanceHedged-r.lent)-r.hedged.loan.Paid+r.hedged.dividends, unhedged-balance-r.unhedged.loan.Paid+r.unhedged.dividends
	day.InterestPaid = r.hedged.loan.Paid
	if r.record.keeps {
		day.Exposure = loan.StressedExposure(balanceHedged-r.hedged.cash, day.UnderlyingValue, or0(r.scenario.Facility.BaselHaircut), 1, r.scenario.Facility.BaselHoldingDays)
	}
	now.wealth = day.EquityHedged
	now.units = r.hedged.units

	book := r.book(bar.Close)
	for i := range r.open {
		book.Options = append(book.Options, pledged(&r.open[i], bar.Date, r.open[i].mark))
	}
	r.pledged = book.Options
	day.LTVUnhedged = loan.LTV(balance, unhedged)
	day.LTVHedged = loan.LTV(balanceHedged, day.UnderlyingValue+day.OptionMarketValue+r.hedged.cash)
	day.LTVRecognised = loan.LTV(balanceHedged, r.recognition.Recognised(book))
	day.LTVNotRecognised = loan.LTV(balanceHedged, loan.NotRecognised(r.recognition).Recognised(book))

	decidingU, decidingH := r.deciding(day.LTVUnhedged, day.LTVUnhedgedLow), r.deciding(day.LTVRecognised, day.LTVHedgedLow)
	day.MarginCallUnhedged = loan.MarginCall(decidingU, r.scenario.MarginCallLTV)
	day.MarginCallHedged = loan.MarginCall(decidingH, r.scenario.MarginCallLTV)
	r.calledU = r.episode(day, "unhedged", r.calledU, day.MarginCallUnhedged, decidingU)
	r.calledH = r.episode(day, "hedged", r.calledH, day.MarginCallHedged, decidingH)
}

// deciding returns the LTV that decides a margin call: the one at the close,
// and with monitoring by the low the higher of the two, where both are known.
func (r *runner) deciding(atClose float64, atLow *float64) float64 {
	if r.scenario.Facility.Monitoring == lombard.MonitoringLow && atLow != nil {
		return max(atClose, *atLow)
	}
	return atClose
}

// episode notes the first day of a stretch of margin calls and the day after it.
func (r *runner) episode(day *lombard.Day, branch string, before, now bool, ltv float64) bool {
	if now == before || !r.record.keeps {
		return now
	}
	kind, words := "margin_call_start_", "the lender calls"
	if before {
		kind, words = "margin_call_end_", "out of call"
	}
	r.record.event(day, lombard.Event{Type: kind + branch}, func() string {
		return fmt.Sprintf("%s: %s, LTV %.4f against %.4f.", title(branch), words, ltv, r.scenario.MarginCallLTV)
	})
	return now
}

func title(branch string) string {
	if branch == "hedged" {
		return "Hedged"
	}
	return "Unhedged"
}

// balance checks that the change in wealth is the sum of what moved it:
// collateral, options held over the day, frictions and interest. The terms are
// booked apart from the balances that wealth is computed from.
func (r *runner) balance(now *ledger, day *lombard.Day) error {
	before := &r.previous
	for k := range r.open {
		p := &r.open[k]
		now.options += p.quantity * (p.mark - p.booked)
		p.booked = p.mark
	}
	collateral := before.units * (now.spot - before.spot) // what is sold is sold at the close
	expected := collateral + now.options + now.dividends - now.frictions - now.interest
	actual := now.wealth - before.wealth
	// The last term is the rounding of sums as large as what is held, which
	// outgrows the others when wealth is a small difference of large numbers.
	held := r.unhedged.units*max(now.spot, before.spot) + math.Abs(day.OptionMarketValue) + r.hedged.cash + r.hedged.outside + r.unhedged.loan.Balance()
	tolerance := 1e-9*math.Abs(r.wealth) + 1e-6 + 1e-13*held
	if gap := actual - expected; !(math.Abs(gap) <= tolerance) {
		return &lombard.Error{
			Kind: lombard.KindPricing, Code: "no_balance",
			Message: fmt.Sprintf("The money of %s does not balance: wealth changed by %.6f, but collateral %.6f, options %.6f, dividends %.6f, frictions %.6f and interest %.6f explain %.6f.",
				day.Date, actual, collateral, now.options, now.dividends, -now.frictions, -now.interest, expected),
			Hint: defect,
		}
	}
	return nil
}

// finite refuses a day with a number that is not one. The sum of them all is one
// only where each is.
func (r *runner) finite(day *lombard.Day) error {
	account := day.UnderlyingValue + day.OptionMarketValue + day.OptionDelta + day.OptionVega + (day.HedgeCash + day.OptionCashPledged + day.CashFromOutside + day.Frictions)
	equity := day.LoanBalance + day.NetPortfolioValue + (day.EquityHedged + day.EquityUnhedged)
	ltvs := day.LTVUnhedged + day.LTVHedged + (day.LTVRecognised + day.LTVNotRecognised)
	lows := or0(day.LTVUnhedgedLow) + or0(day.LTVHedgedLow) + or0(day.LTVNotRecognisedLow)
	if sum := (account + equity) + (ltvs + lows); sum-sum == 0 {
		return nil
	}
	return notFinite(day)
}

// notFinite names the first number of a day that is not one; nil where only their
// sum is too large.
func notFinite(day *lombard.Day) error {
	for _, row := range [...]struct {
		name  string
		value float64
	}{
		{"underlying value", day.UnderlyingValue},
		{"option market value", day.OptionMarketValue},
		{"option delta", day.OptionDelta},
		{"option vega", day.OptionVega},
		{"hedge cash", day.HedgeCash},
		{"pledged cash", day.OptionCashPledged},
		{"cash from outside", day.CashFromOutside},
		{"frictions", day.Frictions},
		{"loan balance", day.LoanBalance},
		{"net value", day.NetPortfolioValue},
		{"hedged equity", day.EquityHedged},
		{"unhedged equity", day.EquityUnhedged},
		{"LTV unhedged", day.LTVUnhedged},
		{"LTV hedged", day.LTVHedged},
		{"LTV recognised", day.LTVRecognised},
		{"LTV if not recognised", day.LTVNotRecognised},
		{"LTV unhedged at the low", or0(day.LTVUnhedgedLow)},
		{"LTV hedged at the low", or0(day.LTVHedgedLow)},
		{"LTV if not recognised at the low", or0(day.LTVNotRecognisedLow)},
	} {
		if math.IsNaN(row.value) || math.IsInf(row.value, 0) {
			return fault(fmt.Sprintf("The account of %s cannot be computed: its %s is not a finite number.", day.Date, row.name), tooLarge)
		}
	}
	return nil
}

func or0(x *float64) float64 {
	if x == nil {
		return 0
	}
	return *x
}

// Hints of what cannot be computed.
const (
	defect   = "This is a defect of the program: please report it with the request."
	tooLarge = "Check the units, the loan, the vol and the prices of the request."
)

func fault(message, hint string) *lombard.Error {
	return &lombard.Error{Kind: lombard.KindPricing, Code: "not_computable", Message: message, Hint: hint}
}
