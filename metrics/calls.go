package metrics

import (
	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// calls: margin-call days = count of sessions on which the lender calls;
// prevented and added compare the two accounts date by date; if not
// recognised = the same for a lender that counts options as nothing, watched
// the same way; headroom = min(1 − LTV/threshold) over closes; cure cash =
// max(L − θ·units·S) over closes, of the unhedged branch.
func (t *Tally) calls(d *lombard.Day) {
	m, threshold, byLow := &t.summary, t.scenario.MarginCallLTV, t.scenario.Facility.Monitoring == lombard.MonitoringLow
	if d.MarginCallHedged {
		m.MarginCallDaysHedged++
		if m.FirstCallHedged.IsZero() {
			m.FirstCallHedged = d.Date
		}
	}
	if d.MarginCallUnhedged {
		m.MarginCallDaysUnhedged++
		if m.FirstCallUnhedged.IsZero() {
			m.FirstCallUnhedged = d.Date
		}
	}
	switch {
	case d.MarginCallUnhedged && !d.MarginCallHedged:
		m.MarginCallDaysPrevented++
	case d.MarginCallHedged && !d.MarginCallUnhedged:
		m.MarginCallDaysAdded++
	}
	low := d.LTVNotRecognisedLow
	if loan.MarginCall(d.LTVNotRecognised, threshold) || byLow && low != nil && loan.MarginCall(*low, threshold) {
		m.MarginCallDaysIfNotRecognised++
	}
	t.lows.day(d, threshold)
	m.MinHeadroomHedged = min(m.MinHeadroomHedged, loan.Headroom(d.LTVRecognised, threshold))
	m.MinHeadroomUnhedged = min(m.MinHeadroomUnhedged, loan.Headroom(d.LTVUnhedged, threshold))
	m.CureCashUnhedged = max(m.CureCashUnhedged, loan.Repay(d.LoanBalance, d.Units*d.SpotClose, threshold))
}

// lows: count of sessions whose LTV at the low is at the threshold or above it;
// null without lows.
type lows struct {
	known            bool
	hedged, unhedged int
}

func (l *lows) day(d *lombard.Day, threshold float64) {
	if d.LTVHedgedLow == nil || d.LTVUnhedgedLow == nil {
		return
	}
	l.known = true
	if loan.MarginCall(*d.LTVHedgedLow, threshold) {
		l.hedged++
	}
	if loan.MarginCall(*d.LTVUnhedgedLow, threshold) {
		l.unhedged++
	}
}

func (l *lows) into(m *lombard.Summary) {
	if l.known {
		m.MarginCallDaysLowHedged, m.MarginCallDaysLowUnhedged = new(l.hedged), new(l.unhedged)
	}
}
