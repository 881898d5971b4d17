package backtest

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// ledger is what moved money in one session.
type ledger struct {
	date      lombard.Date
	spot      float64
	cash      float64 // hedge cash of the close, netted: received − paid
	frictions float64
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
	c := &r.closes
	r.marks = r.marks[:0]
	vega, weighted := 0.0, 0.0
	for k := range r.open {
		p := &r.open[k]
		var v float64
		p.mark, p.delta, v = r.markToday(p, at)
		p.marks = r.stretchMarks(p.mark)
		c.value[0] += p.quantity * p.mark
		c.moved[0] += p.quantity * (p.mark - p.booked)
		p.booked = p.mark
		day.OptionDelta += p.quantity * p.delta
		day.OptionVega += p.quantity * v
		vega += math.Abs(p.quantity) * v
		weighted += math.Abs(p.quantity) * v * p.sigma
		if day.OptionMarks != nil {
			day.OptionMarks[k] = r.markOf(p, at.date, at.spot)
		}
	}
	r.hold(day, 0)
	if quotes {
		day.MarkSource = leastDirect(day.OptionMarks)
	}
	sigma := r.open[0].sigma
	if !plain && vega > 0 {
		sigma = weighted / vega
	}
	day.IVUsed = r.record.number(sigma)
	return nil
}

// hold notes what is held at a close, and the rate and yield behind its marks.
func (r *runner) hold(day *lombard.Day, k int) {
	for i := range r.open {
		day.OptionContracts += math.Abs(r.open[i].quantity) / r.open[i].size
	}
	if r.record.holdings {
		held := r.record.open.take(len(r.open))
		for i := range r.open {
			p := &r.open[i]
			held[i] = Holding{Contract: p.record, Quantity: p.quantity, Mark: p.marks[k], Vol: p.sigma}
		}
		r.record.today = held
	}
	if r.series.Rates.ID != "" {
		day.RateUsed = r.record.number(r.rate)
	}
	if r.yield != *r.scenario.Assumptions.DividendYield {
		day.YieldUsed = r.record.number(r.yield)
	}
}

// dayOf fills in the day of a quiet session, the k-th of the stretch.
func (r *runner) dayOf(i, k int, day *lombard.Day) {
	r.record.begin()
	r.trades = r.record.trades(r.trades)
	bar := &r.run[i]
	day.Date, day.SpotClose, day.BarQuality = bar.Date, bar.Close, bar.Quality()
	day.SpotOpen, day.SpotHigh, day.SpotLow = bar.Filled()
	day.OptionCashPledged, day.MarkSource = r.hedged.cash, lombard.MarkNone
	if len(r.open) > 0 {
		day.MarkSource = lombard.MarkSurface
		if r.record.keeps {
			day.OptionDelta, day.OptionVega = r.closes.delta[k], r.closes.vega[k]
		}
		r.hold(day, k)
		day.IVUsed = r.record.number(r.open[0].sigma)
	}
	r.fill(k, day)
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

// fill takes the account of a close into its day.
func (r *runner) fill(k int, day *lombard.Day) {
	c := &r.closes
	balance, balanceHedged, paid := c.unhedged.balance[k], c.hedged.balance[k], c.hedged.paid[k]
	day.OptionMarketValue = c.value[k]
	day.UnderlyingValue = r.hedged.units * c.spot[k]
	day.LoanBalance, day.AccruedInterest = balance, c.unhedged.accrued[k]
	day.LoanBalanceHedged, day.Units, day.UnitsHedged = balanceHedged, r.unhedged.units, r.hedged.units
	day.NetPortfolioValue = r.net(c.spot[k], c.value[k])
	day.EquityHedged, day.EquityUnhedged = c.wealth[k], r.equityUnhedged(k)
	day.InterestPaid = paid
	if r.record.keeps {
		day.Exposure = loan.StressedExposure(balanceHedged-r.hedged.cash, day.UnderlyingValue, or0(r.scenario.Facility.BaselHaircut), 1, r.scenario.Facility.BaselHoldingDays)
	}
	day.LTVUnhedged, day.LTVHedged, day.LTVRecognised, day.LTVNotRecognised = c.ltvUnhedged[k], c.ltvHedged[k], c.ltvRecognised[k], c.ltvNot[k]
	calls := c.calls[k]
	decidingU, decidingH := day.LTVUnhedged, day.LTVRecognised
	if calls&LowKnown != 0 {
		day.LTVHedgedLow, day.LTVUnhedgedLow, day.LTVNotRecognisedLow = r.record.number(c.lowHedged[k]), r.record.number(c.lowUnhedged[k]), r.record.number(c.lowNot[k])
		if r.scenario.Facility.Monitoring == lombard.MonitoringLow {
			decidingU, decidingH = max(decidingU, c.lowUnhedged[k]), max(decidingH, c.lowHedged[k])
		}
	}
	day.MarginCallUnhedged, day.MarginCallHedged = calls&CallsUnhedged != 0, calls&CallsHedged != 0
	r.calledU = r.episode(day, "unhedged", r.calledU, day.MarginCallUnhedged, decidingU)
	r.calledH = r.episode(day, "hedged", r.calledH, day.MarginCallHedged, decidingH)
}

// equityUnhedged is the wealth of the account without a hedge at a close.
func (r *runner) equityUnhedged(k int) float64 {
	c := &r.closes
	return r.unhedged.units*c.spot[k] - c.unhedged.balance[k] - c.unhedged.paid[k] + r.unhedged.dividends
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

// balance checks that the change in wealth over a session is the sum of what moved
// it: collateral, options held over the day, frictions and interest. The terms are
// booked apart from the balances that wealth is computed from.
func (r *runner) balance(k int, before, now *ledger) error {
	c := &r.closes
	spot, options, interest := c.spot[k], c.moved[k]+now.options, c.hedged.charged[k]
	collateral := before.units * (spot - before.spot) // what is sold is sold at the close
	expected := collateral + options + now.dividends - now.frictions - interest
	actual := c.wealth[k] - before.wealth
	// The last term is the rounding of sums as large as what is held, which
	// outgrows the others when wealth is a small difference of large numbers.
	held := r.unhedged.units*max(spot, before.spot) + math.Abs(c.value[k]) + r.hedged.cash + r.hedged.outside + c.unhedged.balance[k]
	if gap := actual - expected; !(math.Abs(gap) <= r.tolerance()+1e-13*held) {
		return &lombard.Error{
			Kind: lombard.KindPricing, Code: "no_balance",
			Message: fmt.Sprintf("The money of %s does not balance: wealth changed by %.6f, but collateral %.6f, options %.6f, dividends %.6f, frictions %.6f and interest %.6f explain %.6f.",
				r.sheet.dates[c.at+k], actual, collateral, options, now.dividends, -now.frictions, -interest, expected),
			Hint: defect,
		}
	}
	return nil
}

// tolerance is how far the money of a day may be off.
func (r *runner) tolerance() float64 { return 1e-9*math.Abs(r.wealth) + 1e-6 }

// finite refuses a close with a number that is not one. The sum of them all is one
// only where each is.
func (r *runner) finite(k int) error {
	c, now := &r.closes, &r.today
	sum := c.wealth[k] + (c.ltvUnhedged[k] + c.ltvHedged[k]) + (c.ltvRecognised[k] + c.ltvNot[k]) + (c.value[k] + c.unhedged.balance[k]) + r.equityUnhedged(k)
	sum += now.cash + now.frictions
	if r.record.keeps {
		sum += c.delta[k] + c.vega[k]
	}
	if c.calls[k]&LowKnown != 0 && r.record.exact {
		sum += c.lowUnhedged[k] + c.lowHedged[k] + c.lowNot[k]
	}
	if sum-sum == 0 {
		return nil
	}
	day := lombard.Day{Date: r.sheet.dates[c.at+k], HedgeCash: now.cash, Frictions: now.frictions, OptionDelta: c.delta[k], OptionVega: c.vega[k], OptionCashPledged: r.hedged.cash}
	record := r.record
	r.record = recorder{}
	r.fill(k, &day)
	r.record = record
	return notFinite(&day)
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
