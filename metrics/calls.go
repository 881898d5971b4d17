package metrics

import (
	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/loan"
)

// calls: margin-call days = count of sessions on which the lender calls;
// prevented and added compare the two accounts date by date; if not
// recognised = the same for a lender that counts options as nothing, watched
// the same way; cure cash =
// max(L − θ·units·S) over closes, of the unhedged branch.
func (t *Tally) calls(d *lombard.Day) {
	t.call(backtest.CallsOn(d, t.scenario), d.Date)
	m := &t.summary
	m.CureCashUnhedged = max(m.CureCashUnhedged, loan.Repay(d.LoanBalance, d.Units*d.SpotClose, t.scenario.MarginCallLTV))
}

// call counts who would call on a session.
func (t *Tally) call(c backtest.Calls, date lombard.Date) {
	m := &t.summary
	hedged, unhedged := c&backtest.CallsHedged != 0, c&backtest.CallsUnhedged != 0
	if hedged {
		m.MarginCallDaysHedged++
		if m.FirstCallHedged.IsZero() {
			m.FirstCallHedged = date
		}
	}
	if unhedged {
		m.MarginCallDaysUnhedged++
		if m.FirstCallUnhedged.IsZero() {
			m.FirstCallUnhedged = date
		}
	}
	switch {
	case unhedged && !hedged:
		m.MarginCallDaysPrevented++
	case hedged && !unhedged:
		m.MarginCallDaysAdded++
	}
	if c&backtest.CallsIfNotRecognised != 0 {
		m.MarginCallDaysIfNotRecognised++
	}
	t.lows.session(c)
}

// lows: count of sessions whose LTV at the low is at the threshold or above it;
// null without lows.
type lows struct {
	known            bool
	hedged, unhedged int
}

func (l *lows) session(c backtest.Calls) {
	if c&backtest.LowKnown == 0 {
		return
	}
	l.known = true
	if c&backtest.LowCallsHedged != 0 {
		l.hedged++
	}
	if c&backtest.LowCallsUnhedged != 0 {
		l.unhedged++
	}
}

func (l *lows) into(m *lombard.Summary) {
	if l.known {
		m.MarginCallDaysLowHedged, m.MarginCallDaysLowUnhedged = new(l.hedged), new(l.unhedged)
	}
}
