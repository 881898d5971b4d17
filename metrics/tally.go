package metrics

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
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
	highest  highest
}

// Reset begins a path of so many sessions. The scenario is resolved and stays as
// it is until the summary is made.
func (t *Tally) Reset(s *lombard.Scenario, sessions int) {
	open := t.notional.open[:0]
	*t = Tally{scenario: s, sessions: sessions, units: s.UnderlyingUnits, notional: notional{open: open}}
	t.highest = highest{math.Inf(-1), math.Inf(-1)}
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
	t.ltvs(d)
	t.calls(d)
	t.costs(d)
	t.notional.day(d, contracts, t.sessions)
}

// Stretch takes sessions on which nothing is traded together, to the last bit what
// Day does one by one: it implements backtest.StretchRecorder.
func (t *Tally) Stretch(s *backtest.Stretch, contracts []lombard.Contract) {
	m := &t.summary
	n := len(s.Spot)
	m.Sessions += n
	t.interest.stretch(t.scenario, s)
	t.last, t.spot, t.units, t.hedged = s.Dates[n-1], s.Spot[n-1], s.Units, s.UnitsHedged
	m.EndValueHedgedNet, m.OptionCashPledged, m.LoanBalanceAtEnd = s.NetPortfolioValue, s.CashPledged, s.LoanBalance[n-1]
	m.EquityHedgedEnd, m.EquityUnhedgedEnd, m.OpenMark = s.EquityHedged, s.EquityUnhedged, s.OptionValue
	threshold := t.scenario.MarginCallLTV
	hedged := min(t.notional.held(s.Dates[0], contracts), s.Units)
	sessions, mean, cure := float64(t.sessions), t.notional.mean, m.CureCashUnhedged
	for k, spot := range s.Spot {
		mean += hedged * spot / sessions
		cure = max(cure, loan.Repay(s.LoanBalance[k], s.Units*spot, threshold))
		if s.LTVHedged[k] > m.MaxLTVHedged {
			raise(&m.MaxLTVHedged, &m.MaxLTVHedgedDate, s.LTVHedged[k], s.Dates[k])
		}
		if s.LTVUnhedged[k] > t.highest.unhedged {
			t.high(m, s.LTVUnhedged[k], s.Dates[k])
		}
		if s.LTVRecognised[k] > t.highest.recognised {
			t.highRecognised(m, s.LTVRecognised[k])
		}
		if s.Calls[k] != 0 {
			t.call(s.Calls[k], s.Dates[k])
		}
	}
	t.notional.mean, m.CureCashUnhedged = mean, cure
	if s.Options {
		t.marked.all += n
		t.marked.some += n
	}
}

// highest are the highest LTVs so far. A headroom is least where its LTV is
// highest, so that it is computed there only.
type highest struct{ unhedged, recognised float64 }

// high takes an LTV without a hedge that is higher than all before it.
func (t *Tally) high(m *lombard.Summary, ltv float64, date lombard.Date) {
	t.highest.unhedged = ltv
	raise(&m.MaxLTVUnhedged, &m.MaxLTVUnhedgedDate, ltv, date)
	m.MinHeadroomUnhedged = min(m.MinHeadroomUnhedged, loan.Headroom(ltv, t.scenario.MarginCallLTV))
}

// highRecognised takes an LTV as the lender counts that is higher than all before it.
func (t *Tally) highRecognised(m *lombard.Summary, ltv float64) {
	t.highest.recognised = ltv
	m.MaxLTVRecognised = max(m.MaxLTVRecognised, ltv)
	m.MinHeadroomHedged = min(m.MinHeadroomHedged, loan.Headroom(ltv, t.scenario.MarginCallLTV))
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

// stretch is day over sessions without a dividend or another rate. Where the loan
// is the one that the path has accrued, its interest is.
func (x *interest) stretch(s *lombard.Scenario, c *backtest.Stretch) {
	if x.debt != c.Opening || x.debt.Rate < 0 || x.debt.Accrued < 0 {
		for _, date := range c.Dates {
			x.day(s, &lombard.Day{Date: date}, 0)
		}
		return
	}
	for _, charged := range c.Interest {
		x.charged += charged
	}
	x.debt, x.date = c.Closing, c.Dates[len(c.Dates)-1]
}

// share is a count of some and of all.
type share struct{ some, all int }

func (s share) of() *float64 {
	if s.all == 0 {
		return nil
	}
	return new(float64(s.some) / float64(s.all))
}
