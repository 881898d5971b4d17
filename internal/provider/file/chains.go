package file

import (
	"context"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

var _ market.ChainSource = (*Source)(nil)

// Chains implements market.ChainSource: those of the newest imported file of
// the symbol, or of the file whose digest the dataset is.
func (s *Source) Chains(ctx context.Context, q market.ChainQuery, progress func(done, total int64)) (market.Chains, error) {
	f, err := s.chainFile(ctx, q)
	if err != nil {
		return market.Chains{}, err
	}
	key := data.Key{Source: Slug, Dataset: f.Digest, Schema: data.SchemaChains, Symbol: q.Symbol}
	out := market.Chains{Source: Slug, Dataset: f.Digest, Origin: origin(f), Licence: "yours", Warnings: f.Warnings}
	out.Days, err = data.ReadChains(ctx, s.library, key, q)
	progress(int64(len(out.Days)), int64(len(out.Days)))
	return out, err
}

// EstimateChains implements market.ChainSource: a file costs nothing.
func (s *Source) EstimateChains(ctx context.Context, q market.ChainQuery) (market.Estimate, error) {
	f, err := s.chainFile(ctx, q)
	return market.Estimate{Dataset: f.Digest}, err
}

func (s *Source) chainFile(ctx context.Context, q market.ChainQuery) (app.PriceFile, error) {
	f, found, err := s.library.ChainFile(ctx, q.Workspace, q.Symbol, q.Dataset)
	if err != nil || found {
		return f, err
	}
	if q.Dataset != "" {
		return f, lombard.Invalid([]lombard.FieldError{{
			Field: "assumptions.quote_dataset", Value: q.Dataset, Code: lombard.CodeUnknown,
			Message: fmt.Sprintf("No file of option chains with the digest %q has been imported as %s. Without quote_dataset the newest one is used.", q.Dataset, q.Symbol),
		}})
	}
	return f, lombard.Invalid([]lombard.FieldError{{
		Field: "assumptions.quote_source", Value: Slug, Code: lombard.CodeUnknown,
		Message: fmt.Sprintf("No option chains have been imported as %q. Import a file with `lombard data import FILE --symbol %s`, or use pricing_mode synthetic.", q.Symbol, q.Symbol),
	}})
}
