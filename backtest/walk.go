package backtest

import (
	"context"

	"lombard.example/lombard"
)

// Recorder takes what the day loop computes, one call a session. The day and the
// contracts, in the order they were opened, are those of the moment and valid
// during the call only.
type Recorder interface {
	Day(day *lombard.Day, contracts []lombard.Contract)
}

// Walker runs hedges and keeps no path: for a thousand runs of which only a few
// figures are wanted. Its memory is that of one day and the contracts, used again
// from run to run. The zero value is ready; it is not safe for concurrent use.
type Walker struct {
	// Enforce has the facility's terms carried out beside the path, day by day: its
	// calls, cures and liquidations, which Branches then tells.
	Enforce bool

	account  runner
	day      lombard.Day
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
	r.record.forget(len(accounts) > 0)
	for i := range p.run {
		if i%daysPerLook == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		w.day = lombard.Day{}
		if err := r.step(i, &p.run[i], &w.day); err != nil {
			return nil, err
		}
		to.Day(&w.day, r.contracts)
		at := session{&w.day, r.record.today, r.trades, r.contracts}
		for _, b := range accounts {
			if err := b.step(i, &p.run[i], at); err != nil {
				return nil, err
			}
		}
	}
	w.branches = finished(accounts)
	return r.contracts, nil
}
