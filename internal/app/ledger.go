package app

import (
	"context"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
)

// Ledger returns what a workspace has spent on data today, what is left of its
// cap, and a page of its record. Nobody is asked and nothing is bought.
func (s *Service) Ledger(ctx context.Context, q data.LedgerQuery) (data.Ledger, error) {
	q.Now = s.Clock.Now()
	out := data.Ledger{Workspace: q.Workspace, Day: lombard.DateOf(q.Now.UTC()), Rows: []data.LedgerRow{}}
	if s.Config.Ledger != nil {
		var err error
		if out, err = s.Config.Ledger(ctx, q); err != nil {
			return out, err
		}
	}
	out.CapUSD = s.DayCapUSD
	out.LeftUSD = max(0, out.CapUSD-out.SpentUSD-out.ReservedUSD)
	return out, nil
}
