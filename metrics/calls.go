package metrics

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// calls: margin-call days = count of sessions on which the lender calls;
// prevented and added compare the two accounts date by date; if not
// recognised = the same for a lender that counts options as nothing, watched
// the same way; by the low = count of sessions whose LTV at the low is at the
// threshold or above, null without lows; headroom = min(1 − LTV/threshold) over
// closes; cure cash = max(L − θ·units·S) over closes, of the unhedged branch.
func calls(m *lombard.Summary, s lombard.Scenario, days []lombard.Day) {
	threshold, byLow := s.MarginCallLTV, s.Facility.Monitoring == lombard.MonitoringLow
	m.MinHeadroomHedged, m.MinHeadroomUnhedged = math.Inf(1), math.Inf(1)
	var lowHedged, lowUnhedged int
	intraday := false
	for i := range days {
		d := &days[i]
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
		if d.LTVHedgedLow != nil && d.LTVUnhedgedLow != nil {
			intraday = true
			if loan.MarginCall(*d.LTVHedgedLow, threshold) {
				lowHedged++
			}
			if loan.MarginCall(*d.LTVUnhedgedLow, threshold) {
				lowUnhedged++
			}
		}
		m.MinHeadroomHedged = math.Min(m.MinHeadroomHedged, loan.Headroom(d.LTVRecognised, threshold))
		m.MinHeadroomUnhedged = math.Min(m.MinHeadroomUnhedged, loan.Headroom(d.LTVUnhedged, threshold))
		m.CureCashUnhedged = math.Max(m.CureCashUnhedged, loan.Repay(d.LoanBalance, d.Units*d.SpotClose, threshold))
	}
	if intraday {
		m.MarginCallDaysLowHedged, m.MarginCallDaysLowUnhedged = &lowHedged, &lowUnhedged
	}
	m.BreachedHedged, m.BreachedUnhedged = m.MarginCallDaysHedged > 0, m.MarginCallDaysUnhedged > 0
}
