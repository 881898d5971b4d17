package backtest

import (
	"context"

	"lombard.example/lombard"
)

// RunDayByDay is Run with every session computed alone, and nothing shared.
func (p *Prepared) RunDayByDay(ctx context.Context, h Hedge) (Path, error) {
	var r runner
	r.reset(p, &h)
	r.steady = false
	r.record.keep(len(p.run))
	for i := range p.run {
		if quiet, err := r.next(i, &r.record.path.Days[i]); err != nil || quiet > 0 {
			return Path{}, err
		}
	}
	path := r.record.path
	path.Contracts, path.CallSpot = append([]lombard.Contract{}, r.contracts...), r.callSpot()
	for _, p := range r.open {
		path.Contracts[p.record].OpenMark = new(p.quantity * p.mark)
	}
	return path, ctx.Err()
}
