package data

import (
	"context"
	"fmt"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Publisher reads published series: vol indices and rates.
type Publisher interface {
	Describe() market.Description
	Licence() (licence, origin string)
	// Points fetches the figures between two dates, ascending, in per cent.
	Points(ctx context.Context, id string, start, end lombard.Date) (market.Observations, error)
}

// References is a publisher with the store in front of it.
type References struct {
	publisher Publisher
	library   Library
	now       func() time.Time
	turns     *turns
}

var (
	_ market.Source          = (*References)(nil)
	_ market.ReferenceSource = (*References)(nil)
)

// NewReferences returns a publisher's source over a library; now is the clock.
func NewReferences(p Publisher, library Library, now func() time.Time) *References {
	return &References{publisher: p, library: library, now: now, turns: &turns{held: map[string]chan struct{}{}}}
}

// Describe implements market.Source.
func (r *References) Describe() market.Description { return r.publisher.Describe() }

// Symbols implements market.Source: none, for they are no prices.
func (r *References) Symbols(context.Context, market.Caller) ([]market.Listing, error) {
	return []market.Listing{}, nil
}

// Bars implements market.Source: it refuses.
func (r *References) Bars(_ context.Context, q market.Query, _ func(done, total int64)) (market.Series, error) {
	d := r.Describe()
	return market.Series{}, lombard.Invalid([]lombard.FieldError{{
		Field: "data_source", Value: d.Slug, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("%s publishes rates and indices, no prices of %s. Use it as rate_source or as the source of a vol index.", d.Title, q.Symbol),
	}})
}

// Observations implements market.ReferenceSource. Figures of the last days may
// still come, so only what is older than a week is kept as complete.
func (r *References) Observations(ctx context.Context, _ market.Caller, id string, start, end lombard.Date) (market.Reference, error) {
	release, err := r.turns.take(ctx, id)
	if err != nil {
		return market.Reference{}, err
	}
	defer release()
	const settles = 7
	key := Key{Source: r.Describe().Slug, Schema: SchemaFigures, Symbol: id}
	want := market.Range{First: start - settles - 1, Last: end}
	covered, err := r.library.Covered(ctx, key)
	if err != nil {
		return market.Reference{}, err
	}
	for _, gap := range missing(want, covered) {
		points, err := r.publisher.Points(ctx, id, gap.First, gap.Last)
		if err != nil {
			return market.Reference{}, err
		}
		bars := make([]market.Bar, len(points))
		for i, p := range points {
			bars[i] = market.Bar{Date: p.Date, Close: p.Value}
		}
		gap.Last = min(gap.Last, lombard.DateOf(r.now())-settles)
		if err := r.library.StoreBars(ctx, key, gap, bars, Purchase{At: r.now()}); err != nil {
			return market.Reference{}, err
		}
	}
	bars, err := r.library.StoredBars(ctx, key, want)
	if err != nil {
		return market.Reference{}, err
	}
	found := market.Reference{ID: id, Source: r.Describe().Slug}
	found.Licence, found.Origin = r.publisher.Licence()
	for _, b := range bars {
		found.Points = append(found.Points, market.Observation{Date: b.Date, Value: b.Close})
	}
	return found, nil
}
