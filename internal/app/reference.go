package app

import (
	"context"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// SourceOf finds a source by its slug; the error names the nearest ones.
type SourceOf func(slug string) (market.Source, error)

// publishers is the source of references where a run's prices come from a
// vendor.
const publishers = "fred"

// reference is one published series that a scenario asks for.
type reference struct {
	field      string // that asks for it
	from       string // that names its source
	id, source string
	to         *market.Reference
}

// referencesOf lists what a scenario needs beside prices.
func referencesOf(s *lombard.Scenario, series *market.Series, local bool) []reference {
	fallback := publishers
	if local {
		fallback = s.DataSource
	}
	or := func(slug string) string {
		if slug == "" {
			return fallback
		}
		return slug
	}
	var all []reference
	if v := s.Assumptions.Vol; v != nil && v.Model == lombard.VolIndex {
		id := v.Index
		if id == "" {
			id = series.Instrument.VolIndex
		}
		all = append(all, reference{"assumptions.vol.index", "assumptions.vol.source", id, or(v.Source), &series.VolIndex})
	}
	if id := s.Assumptions.RateSeries; id != "" {
		all = append(all, reference{"assumptions.rate_series", "assumptions.rate_source", id, or(s.Assumptions.RateSource), &series.Rates})
	}
	if i := s.Facility.Interest; i != nil && i.Index != "" {
		all = append(all, reference{"facility.interest.index", "facility.interest.source", i.Index, or(i.Source), &series.LoanRate})
	}
	return all
}

// publisherOf finds who publishes a reference of a run on a symbol.
func publisherOf(r reference, symbol string, sources SourceOf) (market.ReferenceSource, error) {
	if r.id == "" {
		return nil, lombard.Invalid([]lombard.FieldError{{
			Field: r.field, Code: lombard.CodeRequired,
			Message: fmt.Sprintf("%s is required: no vol index of %s is known. Use one such as GVZ or VIX, or the model realised.", r.field, symbol),
		}})
	}
	source, err := sources(r.source)
	if err != nil {
		return nil, lombard.Invalid(fieldsOf(err, r.from, r.source))
	}
	publisher, ok := source.(market.ReferenceSource)
	if !ok {
		return nil, lombard.Invalid([]lombard.FieldError{{
			Field: r.from, Value: r.source, Code: lombard.CodeInvalid, Suggestion: publishers,
			Message: fmt.Sprintf("The source %s publishes no vol indices and no rates. Use fred, or import a file of %s and use file.", r.source, r.id),
		}})
	}
	return publisher, nil
}

// refer fetches the references of a scenario into its series.
func refer(ctx context.Context, workspace string, s *lombard.Scenario, series *market.Series, local bool, sources SourceOf) error {
	for _, r := range referencesOf(s, series, local) {
		publisher, err := publisherOf(r, series.Symbol, sources)
		if err != nil {
			return err
		}
		bars := series.Bars
		found, err := publisher.Observations(ctx, workspace, r.id, bars[0].Date, bars[len(bars)-1].Date)
		if err != nil {
			if own := asError(err); own.Kind == lombard.KindValidation {
				return lombard.Invalid(fieldsOf(err, r.field, r.id))
			}
			return fmt.Errorf("fetch %s from %s: %w", r.id, r.source, err)
		}
		found.Points = found.Points.Around(bars[0].Date, bars[len(bars)-1].Date)
		*r.to = found
		if err := covers(r, series); err != nil {
			return err
		}
	}
	return nil
}

// covers refuses a reference that is not known on some day of the run.
func covers(r reference, series *market.Series) error {
	known := r.to.Points.Published
	if r.to == &series.VolIndex {
		known = r.to.Points.AsOf
	}
	for i := range series.Run() {
		date := series.Run()[i].Date
		if _, ok := known(date); ok {
			continue
		}
		hint := "Use another series, or a constant."
		if p := r.to.Points; len(p) > 0 {
			hint = fmt.Sprintf("What is known runs from %s to %s. Choose dates within it, or use a constant.", p[0].Date, p[len(p)-1].Date)
		}
		return lombard.Invalid([]lombard.FieldError{{
			Field: r.field, Value: r.id, Code: lombard.CodeNoHistory,
			Message: fmt.Sprintf("%s of %s has no figure of the five days before %s. %s", r.id, r.source, date, hint),
		}})
	}
	return nil
}
