package app

import (
	"context"

	"lombard.example/lombard/market"
)

// Available tells what can be had of a symbol at a source and of which dates:
// of a vendor what it offers, of a source on this machine what is here. Nothing
// is bought.
func (s *Service) Available(ctx context.Context, workspace, slug, symbol, dataset string) ([]market.Availability, error) {
	source, err := s.Source(slug)
	if err != nil {
		return nil, err
	}
	out := []market.Availability{}
	if r, ok := source.(market.Ranger); ok {
		have, err := r.Available(ctx, symbol, dataset)
		return append(out, have...), err
	}
	listings, err := source.Symbols(ctx, workspace)
	for _, l := range listings {
		if l.Symbol == symbol && (dataset == "" || l.Dataset == dataset) {
			out = append(out, market.Availability{Holds: market.HoldsBars, Dataset: l.Dataset, Range: l.Range})
		}
	}
	return out, err
}
