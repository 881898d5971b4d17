package metrics

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// Tally is a summary in the making: it takes the days of a path one after the
// other and keeps running figures only. It is the one arithmetic of a summary,
// whether the path is kept (Summarize) or not (a backtest.Walker's recorder). Its
// memory is used again by Reset; a day allocates nothing.
type Tally struct {
	scenario *lombard.Scenario
	sessions int // of the whole path
	summary  lombard.Summary

	first    lombard.Date
	last     lombard.Date
	spot     float64 // at the last close
	units    float64 // pledged then in the unhedged branch
	hedged   float64 // and in the hedged one
	sold     float64 // proceeds of collateral sold to pay premiums
	interest interest
	lows     lows
	marked   share // of option-days: by the model
	notional notional
}

// Reset begins a path of so many sessions. The scenario is resolved and stays as
// it is until the summary is made.
func (t *Tally) Reset(s *lombard.Scenario, sessions int) {
	held := t.notional.held[:0]
	*t = Tally{scenario: s, sessions: sessions, units: s.UnderlyingUnits, notional: notional{held: held}}
	t.interest.debt = loan.AccountOf(s.LoanAmount, &s.Facility)
	t.summary.MinHeadroomHedged, t.summary.MinHeadroomUnhedged = math.Inf(1), math.Inf(1)
}

// Day takes the next day. contracts are the options opened until then, in the
// order they were opened; later ones may stand behind them.
func (t *Tally) Day(d *lombard.Day, contracts []lombard.Contract) {
	m := &t.summary
	if m.Sessions == 0 {
		t.first, t.interest.date = d.Date, d.Date
		m.StartValue = t.scenario.UnderlyingUnits * d.SpotClose
	}
	m.Sessions++
	paid := 0.0
	if d.Dividend != 0 {
		paid = d.DividendOn(t.units)
		m.Dividends += paid
	}
	t.interest.day(t.scenario, d, paid)
	t.last, t.spot, t.units, t.hedged = d.Date, d.SpotClose, d.Units, d.UnitsHedged
	t.sold += d.CollateralSold
	m.EndValueHedgedNet, m.OptionCashPledged, m.LoanBalanceAtEnd = d.NetPortfolioValue, d.OptionCashPledged, d.LoanBalance
	m.EquityHedgedEnd, m.EquityUnhedgedEnd, m.OpenMark = d.EquityHedged, d.EquityUnhedged, d.OptionMarketValue
	ltvs(m, d)
	t.calls(d)
	t.costs(d)
	t.notional.day(d, contracts, t.sessions)
}

// Summary returns the summary of the days taken, which are all of the path;
// contracts are the options it held. The error, of kind pricing, says that the
// path's money does not add up.
func (t *Tally) Summary(contracts []lombard.Contract) (lombard.Summary, error) {
	m := t.summary
	switch {
	case m.Sessions == 0:
		return lombard.Summary{}, &lombard.Error{Kind: lombard.KindDataUnavailable, Code: "empty_path", Message: "The path has no days.", Hint: "Choose a period with prices."}
	case m.Sessions != t.sessions:
		return lombard.Summary{}, &lombard.Error{
			Kind: lombard.KindPricing, Code: "not_computable", Message: "The summary was asked for before the path was at its end.",
			Hint: "This is a defect of the program: please report it with the request.",
		}
	}
	m.EndValueUnhedged = t.units * t.spot
	m.InterestCharged = t.interest.charged
	t.lows.into(&m)
	m.BreachedHedged, m.BreachedUnhedged = m.MarginCallDaysHedged > 0, m.MarginCallDaysUnhedged > 0
	m.ModelMarkedShare = t.marked.of()
	premiums(&m, contracts)
	t.yearly(&m, contracts)
	// What collateral sold to pay premiums would be worth more, or less, at the
	// end: Σ units sold × (spot at the sale − last spot).
	early := t.sold - (t.units-t.hedged)*t.spot
	return m, reconcile(&m, early)
}

// interest: Σ interest of the unhedged branch over the run, whether it was
// capitalised, paid in cash, repaid by dividends or is still accrued.
type interest struct {
	debt    loan.Account
	date    lombard.Date // to which it has accrued
	charged float64
}

// day accrues to a day and repays with what its dividend paid.
func (x *interest) day(s *lombard.Scenario, d *lombard.Day, dividend float64) {
	if d.LoanRate != nil {
		x.debt.Rate = *d.LoanRate
	}
	x.charged += loan.Accrue(&x.debt, x.date, d.Date)
	x.date = d.Date
	if s.Facility.Dividends != lombard.DividendsRepay {
		dividend = 0
	}
	if dividend != 0 || x.debt.Accrued < 0 {
		x.debt, _ = x.debt.Repay(dividend)
	}
}

// share is a count of some and of all.
type share struct{ some, all int }

func (s share) of() *float64 {
	if s.all == 0 {
		return nil
	}
	return new(float64(s.some) / float64(s.all))
}
