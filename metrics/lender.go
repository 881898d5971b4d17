package metrics

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// lender: max LTV and its first date, sessions in call, calendar days to the
// first, min(1 − LTV/θ), the fall in spot from the last close to the spot at
// which the LTV would be θ, and the largest E* = max(0, L − C·(1−H)), of one
// account.
type lender struct {
	s       lombard.Scenario
	haircut float64
}

// seen is what the lender sees of an account on one day.
type seen struct {
	ltv    float64
	low    *float64 // LTV at the day's low
	called bool
	owed   float64 // balance − pledged cash
	units  float64 // pledged
}

// branch takes what the lender sees of each day; callSpot is the spot at which it
// would call at the last close, 0 where no fall would make it.
func (l lender) branch(days []lombard.Day, at func(i int) seen, callSpot func(last seen) float64) lombard.LoanBranch {
	b := lombard.LoanBranch{MinHeadroom: math.Inf(1)}
	var highest *float64 // LTV at a low
	for i := range days {
		d, x := &days[i], at(i)
		raise(&b.MaxLTV, &b.MaxLTVDate, x.ltv, d.Date)
		if x.low != nil && (highest == nil || *x.low > *highest) {
			highest = x.low
		}
		if x.called {
			b.MarginCallDays++
			if b.DaysToFirstCall == nil {
				b.DaysToFirstCall = new(int(d.Date - days[0].Date))
			}
		}
		b.MinHeadroom = math.Min(b.MinHeadroom, loan.Headroom(x.ltv, l.s.MarginCallLTV))
		b.ExposureMax = math.Max(b.ExposureMax, loan.StressedExposure(x.owed, x.units*d.SpotClose, l.haircut, 1, l.s.Facility.BaselHoldingDays))
		if i == len(days)-1 && !x.called {
			if spot := callSpot(x); spot > 0 {
				b.DropToCall = defined(1 - spot/d.SpotClose)
			}
		}
	}
	if highest != nil {
		b.MaxLTVIntraday = new(*highest)
	}
	return b
}

// alone: S* = L/(θ·units) of an account without options; 0 for one that owes
// nothing.
func (l lender) alone(last seen) float64 {
	if !(last.units > 0) {
		return 0
	}
	return math.Max(0, last.owed/(last.units*l.s.MarginCallLTV))
}

// loanMetrics are the three accounts side by side. callSpot is that of the hedged
// one.
func loanMetrics(in Run, control account) lombard.LoanMetrics {
	s, days := in.Scenario, in.Days
	l := lender{s: s}
	if s.Facility.BaselHaircut != nil {
		l.haircut = *s.Facility.BaselHaircut
	}
	m := lombard.LoanMetrics{
		Unhedged: l.branch(days, func(i int) seen {
			d := &days[i]
			return seen{d.LTVUnhedged, d.LTVUnhedgedLow, d.MarginCallUnhedged, d.LoanBalance, d.Units}
		}, l.alone),
		Hedged: l.branch(days, func(i int) seen {
			d := &days[i]
			return seen{d.LTVRecognised, d.LTVHedgedLow, d.MarginCallHedged, d.LoanBalanceHedged - d.OptionCashPledged, d.UnitsHedged}
		}, func(seen) float64 { return in.CallSpot }),
		Deleveraged: l.branch(days, func(i int) seen {
			ltv, low := control.ltv[i], control.low[i]
			deciding := ltv
			if s.Facility.Monitoring == lombard.MonitoringLow && low != nil {
				deciding = math.Max(ltv, *low)
			}
			return seen{ltv, low, loan.MarginCall(deciding, s.MarginCallLTV), control.owed[i], days[i].Units}
		}, l.alone),
	}
	if b := in.Branches; len(b) > 1 {
		m.LiquidationLossAvoided = new(b[0].LiquidationLoss - b[1].LiquidationLoss) // the second is the hedge, or the control
	}
	return m
}
