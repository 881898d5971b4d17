package metrics

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// lender: max LTV and its first date, sessions in call, calendar days to the
// first, min(1 − LTV/θ), the fall in spot from the last close at which L =
// θ·units·S, and the largest E* = max(0, L − C·(1−H)), of one account.
type lender struct {
	s       lombard.Scenario
	haircut float64
}

func (l lender) branch(days []lombard.Day, at func(i int) (ltv float64, low *float64, called bool, owed, units float64)) lombard.LoanBranch {
	b := lombard.LoanBranch{MinHeadroom: math.Inf(1)}
	for i := range days {
		d := &days[i]
		ltv, low, called, owed, units := at(i)
		if ltv > b.MaxLTV {
			b.MaxLTV, b.MaxLTVDate = ltv, d.Date
		}
		if low != nil && (b.MaxLTVIntraday == nil || *low > *b.MaxLTVIntraday) {
			x := *low
			b.MaxLTVIntraday = &x
		}
		if called {
			b.MarginCallDays++
			if b.DaysToFirstCall == nil {
				wait := int(d.Date - days[0].Date)
				b.DaysToFirstCall = &wait
			}
		}
		b.MinHeadroom = math.Min(b.MinHeadroom, loan.Headroom(ltv, l.s.MarginCallLTV))
		b.ExposureMax = math.Max(b.ExposureMax, loan.StressedExposure(owed, units*d.SpotClose, l.haircut, 1, l.s.Facility.BaselHoldingDays))
		if i == len(days)-1 && !called && units > 0 {
			b.DropToCall = defined(1 - owed/(units*l.s.MarginCallLTV)/d.SpotClose)
		}
	}
	return b
}

// loanMetrics are the three accounts side by side.
func loanMetrics(s lombard.Scenario, days []lombard.Day, control account, branches []lombard.Branch) lombard.LoanMetrics {
	l := lender{s: s}
	if s.Facility.BaselHaircut != nil {
		l.haircut = *s.Facility.BaselHaircut
	}
	m := lombard.LoanMetrics{
		Unhedged: l.branch(days, func(i int) (float64, *float64, bool, float64, float64) {
			d := &days[i]
			units, _ := d.Pledged(s.UnderlyingUnits)
			return d.LTVUnhedged, d.LTVUnhedgedLow, d.MarginCallUnhedged, d.LoanBalance, units
		}),
		Hedged: l.branch(days, func(i int) (float64, *float64, bool, float64, float64) {
			d := &days[i]
			owed := d.LoanBalance
			_, units := d.Pledged(s.UnderlyingUnits)
			if d.LoanBalanceHedged != 0 {
				owed = d.LoanBalanceHedged
			}
			return d.LTVRecognised, d.LTVHedgedLow, d.MarginCallHedged, owed - d.OptionCashPledged, units
		}),
		Deleveraged: l.branch(days, func(i int) (float64, *float64, bool, float64, float64) {
			var low *float64
			units, _ := days[i].Pledged(s.UnderlyingUnits)
			if d := &days[i]; d.LTVUnhedgedLow != nil && d.SpotLow > 0 {
				before := control.owed[max(0, i-1)]
				x := loan.LTV(before, units*d.SpotLow)
				low = &x
			}
			ltv := control.ltv[i]
			deciding := ltv
			if s.Facility.Monitoring == lombard.MonitoringLow && low != nil {
				deciding = math.Max(ltv, *low)
			}
			return ltv, low, loan.MarginCall(deciding, s.MarginCallLTV), control.owed[i], units
		}),
	}
	if len(branches) > 1 {
		avoided := branches[0].LiquidationLoss - branches[1].LiquidationLoss // the second is the hedge, or the control
		m.LiquidationLossAvoided = &avoided
	}
	return m
}
