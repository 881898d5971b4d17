package backtest

import (
	"context"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// Recorder takes what the day loop computes, one call a session. The day and the
// contracts, in the order they were opened, are those of the moment and valid
// during the call only.
type Recorder interface {
	Day(day *lombard.Day, contracts []lombard.Contract)
}

// StretchRecorder is a Recorder that takes quiet sessions together. A stretch is
// sessions on which nothing is traded, paid out or split: what a day would repeat
// is said once, and figures that only a reader of the path asks for are left out.
// It is valid during the call only.
type StretchRecorder interface {
	Recorder
	Stretch(s *Stretch, contracts []lombard.Contract)
}

// Stretch is the account over sessions on which nothing is traded. Its columns have
// one length, at least 1.
type Stretch struct {
	Dates                           []lombard.Date
	Spot                            []float64 // closing prices
	LoanBalance                     []float64 // without a hedge
	Interest                        []float64 // charged to that loan since the session before
	LTVHedged, LTVUnhedged          []float64
	LTVRecognised                   []float64
	Calls                           []Calls
	Opening, Closing                loan.Account // the loan without a hedge, before and after
	Units, UnitsHedged, CashPledged float64
	Options                         bool    // some are open
	NetPortfolioValue, OptionValue  float64 // at the last close
	EquityHedged, EquityUnhedged    float64 // likewise
}

// Walker runs hedges and keeps no path: for a thousand runs of which only a few
// figures are wanted. Its memory is that of a stretch of days and the contracts,
// used again from run to run, and the marks of the last options that it has walked
// over, as long as these share their prices. The zero value is ready; it is not safe
// for concurrent use.
//
// A study of many starts prepares each scenario once, has a Walker and a recorder
// for each goroutine, and cuts a Window for each cell. Marks do not depend on the
// loan: cells that buy the same option on the same day (the same start with another
// loan_to_value, margin_call_ltv or facility) price it once, if one Walker walks
// them one after the other. So let the loan vary in the inner loop:
//
//	for _, start := range starts {
//		for _, lender := range lenders { // of Prepare over the same series
//			for _, loan := range loans {
//				cell, err := lender.Window(start.with(loan))
//				…
//				contracts, err := walker.Walk(ctx, cell, &hedge, &tally)
//				…
//			}
//		}
//	}
type Walker struct {
	// Enforce has the facility's terms carried out beside the path, day by day: its
	// calls, cures and liquidations, which Branches then tells.
	Enforce bool

	account  runner
	day      lombard.Day
	columns  Stretch
	branches []lombard.Branch
}

// Branches are the accounts of the last walk under the lender's terms, as
// Prepared.Branches makes them of a path that is kept, without their days and
// events; nil where they were not asked for or the facility has no such terms.
func (w *Walker) Branches() []lombard.Branch { return w.branches }

// Walk computes the days that Prepared.Run computes, to the last bit, and hands
// each to the recorder. What only a reader of the path asks for is left out: the
// supervisory exposure, events, a contract's id and its open mark, an option's own mark where options
// are not priced from quotes, and delta, vega and the vol that is weighted with it
// unless a rule of the hedge watches deltas. The contracts it returns are valid
// until the next call. Errors are those of Run.
func (w *Walker) Walk(ctx context.Context, p *Prepared, h *Hedge, to Recorder) ([]lombard.Contract, error) {
	r := &w.account
	r.reset(p, h)
	w.branches = nil
	var accounts []*branch
	if w.Enforce && p.scenario.Facility.Branches() {
		var err error
		if accounts, err = p.accounts(&h.template, 0); err != nil {
			return nil, err
		}
	}
	together, lean := to.(StretchRecorder)
	lean = lean && len(accounts) == 0
	r.record.forget(len(accounts) > 0, !lean)
	for i := 0; i < len(p.run); {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		w.day = lombard.Day{}
		opening := r.unhedged.loan
		n, err := r.next(i, &w.day)
		if err != nil {
			return nil, err
		}
		if n > 0 && lean {
			r.stretched(&w.columns)
			w.columns.Opening = opening
			together.Stretch(&w.columns, r.contracts)
			i += n
			continue
		}
		for k := range max(1, n) {
			if n > 0 {
				w.day = lombard.Day{}
				r.dayOf(i+k, k, &w.day)
			}
			to.Day(&w.day, r.contracts)
			at := session{&w.day, r.record.today, r.trades, r.contracts}
			for _, b := range accounts {
				if err := b.step(i+k, &p.run[i+k], at); err != nil {
					return nil, err
				}
			}
		}
		i += max(1, n)
	}
	w.branches = finished(accounts)
	return r.contracts, nil
}

// stretched is the stretch that stands in the columns.
func (r *runner) stretched(s *Stretch) {
	c := &r.closes
	n, last := c.n, c.n-1
	*s = Stretch{
		Dates: r.sheet.dates[c.at : c.at+n], Spot: c.spot, LoanBalance: c.unhedged.balance[:n], Interest: c.unhedged.charged[:n],
		LTVHedged: c.ltvHedged[:n], LTVUnhedged: c.ltvUnhedged[:n], LTVRecognised: c.ltvRecognised[:n], Calls: c.calls[:n],
		Closing: r.unhedged.loan, Units: r.unhedged.units, UnitsHedged: r.hedged.units, CashPledged: r.hedged.cash, Options: len(r.open) > 0,
		NetPortfolioValue: r.net(c.spot[last], c.value[last]), OptionValue: c.value[last],
		EquityHedged: c.wealth[last], EquityUnhedged: r.equityUnhedged(last),
	}
}
