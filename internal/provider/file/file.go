// Package file is the source of imported price files: it reads what an import
// stored, from the workspace that imported it. Its symbols are labels.
package file

import (
	"context"
	"fmt"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "file"

// Library is where imports are stored. app.Store is one.
type Library interface {
	Prices(ctx context.Context, workspace, symbol, digest string) (f app.PriceFile, found bool, err error)
	ListPrices(ctx context.Context, workspace string) ([]app.PriceFile, error)
}

// Source serves imported price files.
type Source struct{ library Library }

var _ market.Source = (*Source)(nil)

// New returns a source over the library.
func New(library Library) *Source { return &Source{library} }

// Describe implements market.Source.
func (*Source) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: "Your own prices", Local: true, Free: true, AnySymbol: true, Capabilities: []string{"bars"},
		Summary: "Price files that were imported with lombard data import or lombard run --prices.",
	}
}

// Symbols implements market.Source.
func (s *Source) Symbols(ctx context.Context, workspace string) ([]market.Listing, error) {
	files, err := s.library.ListPrices(ctx, workspace)
	if err != nil {
		return nil, err
	}
	listings := []market.Listing{}
	for _, f := range files {
		listings = append(listings, market.Listing{
			Symbol: f.Symbol, Title: f.Name, Dataset: f.Digest, Range: market.Range{First: f.First, Last: f.Last},
			Sessions: f.Sessions, Intraday: f.Intraday, Origin: origin(f),
		})
	}
	return listings, nil
}

func origin(f app.PriceFile) string { return fmt.Sprintf("Imported from %s.", f.Name) }

// Bars implements market.Source. Without a dataset the newest import of the
// symbol is read; the series names the one it was.
func (s *Source) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	f, found, err := s.library.Prices(ctx, q.Workspace, q.Symbol, q.Dataset)
	if err != nil {
		return market.Series{}, err
	}
	if !found {
		return market.Series{}, s.unknown(ctx, q)
	}
	full := market.Series{
		Symbol: f.Symbol, Source: Slug, Dataset: f.Digest, Instrument: instrument(f), Bars: f.Bars,
		Origin: origin(f), Licence: "yours", Warnings: f.Warnings,
	}
	cut, err := market.Cut(full, q)
	if err != nil {
		return market.Series{}, err
	}
	progress(int64(len(cut.Bars)), int64(len(cut.Bars)))
	return cut, nil
}

// instrument returns what the symbol denotes, as a seven-day market when its
// prices say so.
func instrument(f app.PriceFile) market.Instrument {
	i, _ := market.Lookup(f.Symbol)
	if market.TradesOnWeekends(f.Bars) {
		i.SevenDay, i.Calendar = true, "always"
	}
	return i
}

func (s *Source) unknown(ctx context.Context, q market.Query) error {
	files, err := s.library.ListPrices(ctx, q.Workspace)
	if err != nil {
		return err
	}
	field := lombard.FieldError{Field: "symbol", Value: q.Symbol, Code: lombard.CodeUnknown}
	what := fmt.Sprintf("No prices of %q are imported.", q.Symbol)
	var have []string
	for _, f := range files {
		if f.Symbol == q.Symbol {
			field.Field, field.Value, field.Suggestion = "dataset", q.Dataset, f.Digest
			what = fmt.Sprintf("No dataset %q of %s is imported.", q.Dataset, q.Symbol)
		}
		have = append(have, f.Symbol)
	}
	if near := market.Nearest(q.Symbol, have); len(near) > 0 && field.Field == "symbol" {
		field.Suggestion = near[0]
		what += " There are " + strings.Join(near, ", ") + "."
	}
	field.Message = what + fmt.Sprintf(" Import a file with: lombard data import FILE --symbol %s", q.Symbol)
	return lombard.Invalid([]lombard.FieldError{field})
}
