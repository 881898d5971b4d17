package metrics

import (
	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// account is one branch at every close.
type account struct {
	wealth []float64 // W, before the first trade at index 0
	ltv    []float64
	owed   []float64
	repaid float64
}

// deleveraged: L_D(t) = L₀ − Σ_{s≤t} cash from outside of the hedge at s, with
// the interest on both; what exceeds the loan is pledged cash. The cash is
// spent on the same dates, so wealth counts it as the hedged account does.
func deleveraged(s lombard.Scenario, days []lombard.Day) account {
	a := account{wealth: make([]float64, len(days)), ltv: make([]float64, len(days)), owed: make([]float64, len(days))}
	debt := loan.AccountOf(s.LoanAmount, &s.Facility)
	date, cash, dividends := days[0].Date, 0.0, 0.0
	before := s.UnderlyingUnits
	for i := range days {
		d := &days[i]
		if d.LoanRate != nil {
			debt.Rate = *d.LoanRate
		}
		debt, _ = debt.AccrueTo(date, d.Date)
		date = d.Date
		var left float64
		debt, left = debt.Repay(d.CashFromOutside)
		a.repaid += d.CashFromOutside
		cash += left
		units, _ := d.Pledged(s.UnderlyingUnits)
		if paid := d.DividendOn(before); paid != 0 && s.Facility.Dividends == lombard.DividendsRepay {
			debt, left = debt.Repay(paid)
			cash += left
		} else if s.Facility.Dividends != lombard.DividendsReinvest {
			dividends += paid
		}
		before = units
		value := units*d.SpotClose + cash
		a.owed[i] = debt.Balance() - cash
		a.ltv[i] = loan.LTV(debt.Balance(), value)
		a.wealth[i] = value + dividends - debt.Balance() - debt.Paid - a.repaid
	}
	a.wealth[0] = s.UnderlyingUnits*days[0].SpotClose - s.LoanAmount
	return a
}

// versus: hedged − deleveraged.
func versus(m *lombard.Metrics, days []lombard.Day, d account) lombard.Versus {
	last := len(days) - 1
	return lombard.Versus{
		EndWealth: days[last].EquityHedged - d.wealth[last], MaxLTV: m.Loan.Hedged.MaxLTV - m.Loan.Deleveraged.MaxLTV,
		MarginCallDays: m.Loan.Hedged.MarginCallDays - m.Loan.Deleveraged.MarginCallDays, Repaid: d.repaid,
	}
}
