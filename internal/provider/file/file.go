// Package file is the source of imported prices: the files that people brought
// themselves with `lombard data import`. It reads them where they are stored;
// how a file is taken apart is the business of package csvfile.
package file

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = app.FileSource

// Library holds imported prices. The workspace's own files are visible, no
// others. It is safe for concurrent use.
type Library interface {
	// Prices returns a file with its bars; an empty digest asks for the newest
	// of the symbol. found is false when there is none.
	Prices(ctx context.Context, workspace, symbol, digest string) (f app.PriceFile, found bool, err error)
	// ListPrices returns the files without what is in them, the newest first.
	ListPrices(ctx context.Context, workspace string) ([]app.PriceFile, error)
	data.ChainReader
}

// Source serves imported prices.
type Source struct{ library Library }

var _ market.Source = (*Source)(nil)

// New returns the source of what the library holds.
func New(library Library) *Source { return &Source{library} }

// Describe implements market.Source.
func (*Source) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: "Imported files", Local: true, Free: true, Capabilities: []string{"bars", "chains", market.HoldsActions}, AnySymbol: true,
		Summary: "Your own prices and option chains, from files that `lombard data import` has read.",
	}
}

// Symbols implements market.Source. A symbol that was imported more than once
// is listed once for each file, the newest first.
func (s *Source) Symbols(ctx context.Context, who market.Caller) ([]market.Listing, error) {
	files, err := s.library.ListPrices(ctx, who.Workspace)
	if err != nil {
		return nil, err
	}
	listings := []market.Listing{}
	for _, f := range files {
		if f.Quotes > 0 {
			continue
		}
		listings = append(listings, market.Listing{
			Symbol: f.Symbol, Title: f.Name, Dataset: f.Digest, Sessions: f.Sessions, Intraday: f.Intraday,
			Range: market.Range{First: f.First, Last: f.Last}, Origin: origin(f),
		})
	}
	return listings, nil
}

// Bars implements market.Source. The dataset is a file's digest, the newest
// file of the symbol when it is empty; the answer names the one that was used.
func (s *Source) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	if err := ctx.Err(); err != nil {
		return market.Series{}, err
	}
	f, found, err := s.library.Prices(ctx, q.Workspace, q.Symbol, q.Dataset)
	if err != nil {
		return market.Series{}, err
	}
	if !found {
		return market.Series{}, s.missing(ctx, q)
	}
	full := market.Series{
		Symbol: q.Symbol, Source: Slug, Dataset: f.Digest, Instrument: market.InstrumentOf(q.Symbol, f.Bars), Bars: f.Bars,
		Origin: origin(f), Licence: "yours", Warnings: market.LastingWarnings(f.Warnings),
	}
	cut, err := market.Cut(full, q)
	if err != nil {
		return market.Series{}, err
	}
	progress(int64(len(cut.Bars)), int64(len(cut.Bars)))
	return cut, nil
}

func origin(f app.PriceFile) string { return fmt.Sprintf("Imported from %s.", f.Name) }

// missing is the answer to a symbol or a dataset that was never imported.
func (s *Source) missing(ctx context.Context, q market.Query) error {
	files, err := s.library.ListPrices(ctx, q.Workspace)
	if err != nil {
		return err
	}
	var symbols []string
	for _, f := range files {
		if f.Quotes > 0 {
			continue
		}
		if f.Symbol == q.Symbol && q.Dataset != "" {
			return lombard.Invalid([]lombard.FieldError{{
				Field: "dataset", Value: q.Dataset, Code: lombard.CodeUnknown, Suggestion: f.Digest,
				Message: fmt.Sprintf("No file with the digest %q has been imported as %s. The newest one is %s; without a dataset it is used.",
					q.Dataset, q.Symbol, f.Digest),
			}})
		}
		symbols = append(symbols, f.Symbol)
	}
	slices.Sort(symbols)
	symbols = slices.Compact(symbols)
	near := market.Nearest(q.Symbol, symbols)
	same, _ := market.SameSpelled(q.Symbol, symbols)
	have := "Nothing has been imported yet."
	if len(near) > 0 {
		have = fmt.Sprintf("The nearest imported names are %s.", strings.Join(near, ", "))
		if len(near) == 1 {
			have = fmt.Sprintf("The nearest imported name is %s.", near[0])
		}
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: "symbol", Value: q.Symbol, Code: lombard.CodeUnknown, Suggestion: same,
		Message: fmt.Sprintf("No prices have been imported as %q. %s Import a file with `lombard data import FILE --symbol %s`.",
			q.Symbol, have, q.Symbol),
	}})
}

var _ market.ReferenceSource = (*Source)(nil)

// Observations implements market.ReferenceSource: a file imported under the
// name of an index or a rate holds its figures, in per cent, as closes.
func (s *Source) Observations(ctx context.Context, who market.Caller, id string, start, end lombard.Date) (market.Reference, error) {
	f, found, err := s.library.Prices(ctx, who.Workspace, id, "")
	if err != nil {
		return market.Reference{}, err
	}
	if !found {
		return market.Reference{}, s.missing(ctx, market.Query{Caller: who, Symbol: id})
	}
	r := market.Reference{ID: id, Source: Slug, Origin: origin(f), Licence: "yours"}
	for i := range f.Bars {
		r.Points = append(r.Points, market.Observation{Date: f.Bars[i].Date, Value: f.Bars[i].Close})
	}
	r.Points = r.Points.Around(start, end)
	return r, nil
}
