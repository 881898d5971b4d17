package load

import (
	"context"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// publishers is the source of references where a run's prices come from a
// vendor.
const publishers = "fred"

// publisher returns the slug of the source of a reference: the one that is
// named, or that of the prices where it is local.
func (sources Sources) publisher(r calc.Reference, prices market.Source) string {
	d := prices.Describe()
	switch {
	case r.Source != "":
		return r.Source
	case d.Local:
		return d.Slug
	default:
		return publishers
	}
}

// publishes finds who publishes a reference of a run on a symbol.
func (sources Sources) publishes(r calc.Reference, symbol, slug string) (market.ReferenceSource, error) {
	if r.ID == "" {
		return nil, lombard.Invalid([]lombard.FieldError{{
			Field: r.Field, Code: lombard.CodeRequired,
			Message: fmt.Sprintf("%s is required: no vol index of %s is known. Use one such as GVZ or VIX, or the model realised.", r.Field, symbol),
		}})
	}
	source, err := sources(slug)
	if err != nil {
		return nil, lombard.Invalid(lombard.FieldsOf(err, r.SourceField, slug))
	}
	publisher, ok := source.(market.ReferenceSource)
	if !ok {
		return nil, lombard.Invalid([]lombard.FieldError{{
			Field: r.SourceField, Value: slug, Code: lombard.CodeInvalid, Suggestion: publishers,
			Message: fmt.Sprintf("The source %s publishes no vol indices and no rates. Use fred, or import a file of %s and use file.", slug, r.ID),
		}})
	}
	return publisher, nil
}

// observe fetches one reference over the dates of a run.
func (sources Sources) observe(ctx context.Context, who Caller, r calc.Reference, symbol, slug string, start, end lombard.Date) (market.Reference, error) {
	publisher, err := sources.publishes(r, symbol, slug)
	if err != nil {
		return market.Reference{}, err
	}
	found, err := publisher.Observations(ctx, who, r.ID, start, end)
	if err != nil {
		if lombard.KindOf(err) == lombard.KindValidation {
			return found, lombard.Invalid(lombard.FieldsOf(err, r.Field, r.ID))
		}
		return found, fmt.Errorf("fetch %s from %s: %w", r.ID, slug, err)
	}
	found.Points = found.Points.Around(start, end)
	return found, nil
}

// reach refuses, before prices are bought, references that begin after a run's
// start or end before its end, by more than dates may snap.
func (sources Sources) reach(ctx context.Context, who Caller, needs *calc.Needs) error {
	for _, r := range needs.References {
		slug := r.Source
		if slug == "" {
			slug = publishers
		}
		found, err := sources.observe(ctx, who, r, needs.Symbol, slug, needs.Start, needs.End)
		if err != nil {
			return err
		}
		const stale = 6 // days that a figure may be old
		switch p := found.Points; {
		case len(p) == 0, p[0].Date > needs.Start+market.SnapDays:
			return lombard.Invalid(r.Unknown(&found, needs.Start))
		case p[len(p)-1].Date < needs.End-market.SnapDays-stale:
			return lombard.Invalid(r.Unknown(&found, needs.End))
		}
	}
	return nil
}
