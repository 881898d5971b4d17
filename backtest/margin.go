package backtest

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// breaks compares an LTV with a level as this lender does; a level of 0 is
// none.
func (b *branch) breaks(ltv, level float64) bool {
	if level <= 0 {
		return false
	}
	if b.scenario.Facility.Thresholds.Comparison == lombard.ComparisonGT {
		return ltv > level
	}
	return ltv >= level
}

func (b *branch) event(kind string, cash float64, format string, args ...any) {
	if !b.keeps {
		return
	}
	b.Events = append(b.Events, lombard.Event{Date: b.date, Type: kind, Cash: cash, Text: fmt.Sprintf(format, args...)})
}

// transition moves the state by the recognised LTV at the close, in the order
// of the specification: liquidation, calls, warnings, then the deadline.
func (b *branch) transition(ltv float64) {
	if b.live() {
		b.closeIfRepaid()
	}
	if !b.live() {
		return
	}
	t := b.scenario.Facility.Thresholds
	called := b.breaks(ltv, b.scenario.MarginCallLTV)
	switch {
	case b.breaks(ltv, t.Liquidate):
		if b.state != lombard.StateCalled {
			b.call(ltv)
		}
		b.selling = reasonThreshold
		b.event("liquidation_due", 0, "An LTV of %.4f is at the level of %g from which the lender sells, at the next open.", ltv, t.Liquidate)
	case b.state != lombard.StateCalled && called:
		b.call(ltv)
	case b.state != lombard.StateCalled:
		b.warn(ltv)
	case !called && *b.scenario.Facility.Cure.SelfCure:
		b.end("market")
		b.event("cured", 0, "The market cured the call: the LTV is %.4f.", ltv)
	case b.breaks(ltv, t.Accelerated):
		b.deadline = min(b.deadline, b.due(true))
	}
	if b.state == lombard.StateCalled {
		b.DaysInCall++
		e := &b.Episodes[b.episode]
		e.Days++
		e.PeakLTV = math.Max(e.PeakLTV, ltv)
		e.Deadline = b.deadline
		if b.date >= b.deadline && b.selling == "" {
			b.answer()
		}
	}
}

// answer meets the call at the close of its deadline, or has it met at the
// next open.
func (b *branch) answer() {
	if b.scenario.Facility.Cure.Execute == lombard.ExecuteNextSession {
		b.curing = true
		return
	}
	b.cure()
}

// atOpen makes the cures and sales that the last close decided.
func (b *branch) atOpen() {
	if b.curing {
		b.curing = false
		b.cure()
	}
	if why := b.selling; why != "" {
		b.selling = ""
		b.liquidate(why)
	}
}

// intraday tests the level from which the lender sells at once against the
// day's low, on the book of the last close. It sells at the open where the day
// opened below the trigger, else at the trigger: never at the low.
func (b *branch) intraday(open, low float64) {
	f := &b.scenario.Facility
	level := f.Thresholds.Liquidate
	if f.Liquidation.Monitoring != lombard.LiquidationIntraday || level <= 0 || !b.breaks(b.ltvAt(low), level) {
		return
	}
	trigger := loan.Trigger(level, low, math.Max(b.price, low), b.ltvAt)
	fill := math.Min(open, trigger)
	ltv := b.ltvAt(fill)
	b.revalue(fill)
	if b.state != lombard.StateCalled {
		b.call(ltv)
	}
	b.liquidate(reasonIntraday)
}

// warn notes the first close at each level of notice.
func (b *branch) warn(ltv float64) {
	level := 0.0
	for _, x := range b.scenario.Facility.Thresholds.Notify {
		if b.breaks(ltv, x) {
			level = x
		}
	}
	if level > b.warned {
		b.event("warning", 0, "The lender warns: the LTV of %.4f is at its level of %g.", ltv, level)
	}
	b.warned, b.state = level, lombard.StateNormal
	if level > 0 {
		b.state = lombard.StateWarned
	}
}

// call issues a margin call.
func (b *branch) call(ltv float64) {
	t := b.scenario.Facility.Thresholds
	amount := loan.Repay(b.loan.Balance(), b.recognised(), t.CureTo)
	b.state = lombard.StateCalled
	b.deadline = b.due(b.breaks(ltv, t.Accelerated))
	b.episode = len(b.Episodes)
	b.Episodes = append(b.Episodes, lombard.Episode{Issued: b.date, Deadline: b.deadline, Amount: amount, PeakLTV: ltv})
	b.CallsCount++
	b.CalledAmountTotal += amount
	b.CalledAmountMax = math.Max(b.CalledAmountMax, amount)
	b.event("margin_call", 0, "The lender calls %.2f at an LTV of %.4f, due %s.", amount, ltv, b.deadline)
}

// due is the deadline of a call issued now. Hours are counted in whole days,
// upwards: there is one price a day. Business days leave out weekends and the
// market's holidays.
func (b *branch) due(accelerated bool) lombard.Date {
	c := b.scenario.Facility.Cure
	period := c.Period
	if accelerated {
		period = c.AcceleratedPeriod
	}
	switch c.Unit {
	case lombard.UnitHours:
		const hours = 24
		return b.date + lombard.Date((period+hours-1)/hours)
	case lombard.UnitCalendarDays:
		return b.date + lombard.Date(period)
	case lombard.UnitBusinessDays:
	}
	date := b.date
	for range period {
		for date++; !b.calendar.IsBusinessDay(date); date++ {
		}
	}
	return date
}

// end closes the open episode.
func (b *branch) end(by string) {
	b.state, b.curing = lombard.StateNormal, false
	if b.episode >= 0 {
		e := &b.Episodes[b.episode]
		e.Ended, e.CuredBy = b.date, by
		b.episode = -1
	}
}

// cure answers the call step by step of the waterfall; what is not cured then
// is sold by the lender at the next open.
func (b *branch) cure() {
	c := b.scenario.Facility.Cure
	for _, step := range c.Waterfall {
		if b.cured() {
			break
		}
		switch step {
		case lombard.CureExternalCash:
			b.payIn()
		case lombard.CureMonetiseHedge:
			b.sellOptions(1, "The borrower sold the hedge")
		case lombard.CureSellCollateral:
			part := b.partToSell(0, b.scenario.Facility.Thresholds.CureTo, *b.scenario.Facility.Liquidation.Slippage)
			b.sellCollateral(part, 0, "The borrower sold")
		}
		if b.cured() {
			b.end(string(step))
			b.event("cured", 0, "The call is cured by %s: the LTV is %.4f.", words(step), b.ltv())
			b.closeIfRepaid()
			return
		}
	}
	if b.cured() {
		b.end("market")
		return
	}
	b.selling = reasonExpired
	b.event("cure_expired", 0, "The call is not met by its deadline; the lender sells at the next open.")
}

// cured is the test a cure has to pass.
func (b *branch) cured() bool {
	const rounding = 1e-12
	if b.scenario.Facility.Cure.Test == lombard.TestBelowCall {
		return !b.breaks(b.ltv(), b.scenario.MarginCallLTV)
	}
	return b.ltv() <= b.scenario.Facility.Thresholds.CureTo*(1+rounding)
}

// payIn repays, or pledges, cash from outside as far as there is any.
func (b *branch) payIn() {
	f := &b.scenario.Facility
	need, verb := loan.Repay, "repaid from outside"
	if f.Cure.CashMode == lombard.CashPledge {
		need, verb = loan.Pledge, "pledged from outside"
	}
	amount := math.Min(need(b.loan.Balance(), b.recognised(), f.Thresholds.CureTo), b.cashLeft)
	if amount <= 0 {
		return
	}
	b.cashLeft -= amount
	b.outside += amount
	b.CashPaid += amount
	if f.Cure.CashMode == lombard.CashPledge {
		b.cash += amount
	} else {
		b.repay(amount)
	}
	b.event(string(lombard.CureExternalCash), -amount, "%.2f was %s.", amount, verb)
}

func words(step lombard.WaterfallStep) string {
	switch step {
	case lombard.CureExternalCash:
		return "cash from outside"
	case lombard.CureMonetiseHedge:
		return "selling the hedge"
	case lombard.CureSellCollateral:
		return "selling collateral"
	default:
		return string(step)
	}
}
