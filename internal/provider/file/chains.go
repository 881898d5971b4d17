package file

import (
	"context"
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

var _ market.ChainSource = (*Source)(nil)

// Chains implements market.ChainSource: those of all imported files of the
// symbol, of a day in several files that of the newest, or those of the one
// file whose digest the dataset is. The answer names the file where one alone
// was used.
func (s *Source) Chains(ctx context.Context, q market.ChainQuery, progress func(done, total int64)) (market.Chains, error) {
	files, err := s.chainFiles(ctx, q)
	if err != nil {
		return market.Chains{}, err
	}
	out := market.Chains{Source: Slug, Licence: "yours"}
	var used []app.PriceFile
	left := q
	for _, f := range files {
		key := data.Key{Source: Slug, Dataset: f.Digest, Schema: data.SchemaChains, Symbol: q.Symbol}
		days, err := data.ReadChains(ctx, s.library, key, left)
		if err != nil {
			return market.Chains{}, err
		}
		if len(days) == 0 {
			continue
		}
		used = append(used, f)
		out.Days = append(out.Days, days...)
		out.Warnings = append(out.Warnings, f.Warnings...)
		left.Dates = slices.DeleteFunc(slices.Clone(left.Dates), func(d lombard.Date) bool {
			return slices.ContainsFunc(days, func(c market.Chain) bool { return c.Date == d })
		})
		progress(int64(len(out.Days)), int64(len(q.Dates)))
	}
	slices.SortFunc(out.Days, func(a, b market.Chain) int { return int(a.Date - b.Date) })
	switch len(used) {
	case 0:
		return market.Chains{}, s.nothingOn(q, files)
	case 1:
		out.Dataset, out.Origin = used[0].Digest, origin(used[0])
	default:
		out.Origin = fmt.Sprintf("Imported from %d files.", len(used))
	}
	return out, nil
}

// EstimateChains implements market.ChainSource: files cost nothing.
func (s *Source) EstimateChains(ctx context.Context, q market.ChainQuery) (market.Estimate, error) {
	_, err := s.chainFiles(ctx, q)
	return market.Estimate{Dataset: q.Dataset}, err
}

// chainFiles returns the imported files of chains that a query may use, the
// newest first.
func (s *Source) chainFiles(ctx context.Context, q market.ChainQuery) ([]app.PriceFile, error) {
	all, err := s.library.ListPrices(ctx, q.Workspace)
	if err != nil {
		return nil, err
	}
	files := slices.DeleteFunc(all, func(f app.PriceFile) bool {
		return f.Quotes == 0 || f.Symbol != q.Symbol || q.Dataset != "" && f.Digest != q.Dataset
	})
	switch {
	case len(files) > 0:
		return files, nil
	case q.Dataset != "":
		return nil, lombard.Invalid([]lombard.FieldError{{
			Field: "assumptions.quote_dataset", Value: q.Dataset, Code: lombard.CodeUnknown,
			Message: fmt.Sprintf("No file of option chains with the digest %q has been imported as %s. Without quote_dataset all files of the symbol are used.", q.Dataset, q.Symbol),
		}})
	default:
		return nil, lombard.Invalid([]lombard.FieldError{{
			Field: "assumptions.quote_source", Value: Slug, Code: lombard.CodeUnknown,
			Message: fmt.Sprintf("No option chains have been imported as %q. Import a file with `lombard data import FILE --symbol %s`, or use pricing_mode synthetic.", q.Symbol, q.Symbol),
		}})
	}
}

// nothingOn is the answer where no file has a chain of the run's days.
func (s *Source) nothingOn(q market.ChainQuery, files []app.PriceFile) error {
	first, last := files[0].First, files[0].Last
	for _, f := range files {
		first, last = min(first, f.First), max(last, f.Last)
	}
	return &lombard.Error{
		Kind: lombard.KindDataUnavailable, Code: lombard.CodeOutOfRange,
		Message: fmt.Sprintf("The imported option chains of %s run from %s to %s, and none is of a day of this run.", q.Symbol, first, last),
		Hint:    "Choose dates between, import the chains of these days, or use pricing_mode synthetic.",
	}
}
