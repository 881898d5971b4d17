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
	account runner
	day     lombard.Day
}

// Walk computes the days that Prepared.Run computes, to the last bit, and hands
// each to the recorder. What only a reader of the path asks for is left out: the
// supervisory exposure, events, a contract's id and its open mark, an option's own mark where options
// are not priced from quotes, and delta, vega and the vol that is weighted with it
// unless a rule of the hedge watches deltas. The contracts it returns are valid
// until the next call. Errors are those of Run.
func (w *Walker) Walk(ctx context.Context, p *Prepared, h *Hedge, to Recorder) ([]lombard.Contract, error) {
	r := &w.account
	r.reset(p, h)
	r.record.forget()
	for i := range p.run {
		if i%daysPerLook == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		w.day = lombard.Day{}
		if err := r.step(i, &p.run[i], &w.day); err != nil {
			return nil, err
		}
		to.Day(&w.day, r.contracts)
	}
	return r.contracts, nil
}
