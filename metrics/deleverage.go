package metrics

import (
	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// account is a branch without options at every close.
type account struct {
	wealth []float64 // W, before the first trade at index 0
	ltv    []float64
	low    []*float64 // LTV at the day's low, before the close's repayment; null on the first session and without a low
	owed   []float64  // balance − pledged cash
	repaid float64    // from outside
}

// borrowed follows the loan over a path, without options: interest on calendar
// days and the dividends on the unhedged units as the facility has them, and
// money from outside that repays the loan at the close. What exceeds the loan is
// pledged cash.
func borrowed(s lombard.Scenario, days []lombard.Day, outside func(d *lombard.Day) float64) account {
	a := account{wealth: make([]float64, len(days)), ltv: make([]float64, len(days)), low: make([]*float64, len(days)), owed: make([]float64, len(days))}
	lows := make([]float64, len(days))
	debt := loan.AccountOf(s.LoanAmount, &s.Facility)
	date, cash, dividends := days[0].Date, 0.0, 0.0
	before := s.UnderlyingUnits
	for i := range days {
		d := &days[i]
		if d.LoanRate != nil {
			debt.Rate = *d.LoanRate
		}
		var left float64
		debt, _ = debt.AccrueTo(date, d.Date)
		date = d.Date
		if paid := d.DividendOn(before); paid != 0 && s.Facility.Dividends == lombard.DividendsRepay {
			debt, left = debt.Repay(paid)
			dividends += left
		} else if s.Facility.Dividends != lombard.DividendsReinvest {
			dividends += paid
		}
		before = d.Units
		if d.LTVUnhedgedLow != nil {
			lows[i] = loan.LTV(debt.Balance(), d.Units*d.SpotLow+cash)
			a.low[i] = &lows[i]
		}
		debt, left = debt.Repay(outside(d))
		a.repaid += outside(d)
		cash += left
		value := d.Units*d.SpotClose + cash
		a.owed[i] = debt.Balance() - cash
		a.ltv[i] = loan.LTV(debt.Balance(), value)
		a.wealth[i] = value + dividends - debt.Balance() - debt.Paid - a.repaid
	}
	a.wealth[0] = s.UnderlyingUnits*days[0].SpotClose - s.LoanAmount
	return a
}

// deleveraged: L_D(t) = L₀ − Σ_{s≤t} cash from outside of the hedge at s, with
// the interest on both. The cash is spent on the same dates, so wealth counts it
// as the hedged account does.
func deleveraged(s lombard.Scenario, days []lombard.Day) account {
	return borrowed(s, days, func(d *lombard.Day) float64 { return d.CashFromOutside })
}

// versus: hedged − deleveraged.
func versus(m *lombard.Metrics, days []lombard.Day, d account) lombard.Versus {
	last := len(days) - 1
	return lombard.Versus{
		EndWealth: days[last].EquityHedged - d.wealth[last], MaxLTV: m.Loan.Hedged.MaxLTV - m.Loan.Deleveraged.MaxLTV,
		MarginCallDays: m.Loan.Hedged.MarginCallDays - m.Loan.Deleveraged.MarginCallDays, Repaid: d.repaid,
	}
}
