package app

import (
	"context"

	"lombard.example/lombard/market"
)

// AvailableQuery asks what a source has of a symbol.
type AvailableQuery struct {
	Workspace string // whose imported files are visible
	Source    string // its slug
	Symbol    string
	Dataset   string // empty: all
}

// Available tells what can be had of a symbol at a source and of which dates:
// of a vendor what it offers, of a source on this machine what is here. Nothing
// is bought.
func (s *Service) Available(ctx context.Context, q AvailableQuery) ([]market.Availability, error) {
	source, err := s.Source(q.Source)
	if err != nil {
		return nil, err
	}
	out := []market.Availability{}
	if r, ok := source.(market.Ranger); ok {
		have, err := r.Available(ctx, q.Symbol, q.Dataset)
		return append(out, have...), err
	}
	listings, err := source.Symbols(ctx, market.Caller{Workspace: q.Workspace})
	for _, l := range listings {
		if l.Symbol == q.Symbol && (q.Dataset == "" || l.Dataset == q.Dataset) {
			out = append(out, market.Availability{Holds: market.HoldsBars, Dataset: l.Dataset, Range: l.Range})
		}
	}
	return out, err
}
