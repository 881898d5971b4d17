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

// observe fetches one reference over the dates of a run.
func observe(ctx context.Context, workspace string, r reference, symbol string, start, end lombard.Date, sources SourceOf) (market.Reference, error) {
	publisher, err := publisherOf(r, symbol, sources)
	if err != nil {
		return market.Reference{}, err
	}
	found, err := publisher.Observations(ctx, workspace, r.id, start, end)
	if err != nil {
		if own := asError(err); own.Kind == lombard.KindValidation {
			return found, lombard.Invalid(fieldsOf(err, r.field, r.id))
		}
		return found, fmt.Errorf("fetch %s from %s: %w", r.id, r.source, err)
	}
	found.Points = found.Points.Around(start, end)
	return found, nil
}

// reach refuses, before prices are bought, references that begin after a run's
// start or end before its end, by more than dates may snap.
func reach(ctx context.Context, workspace string, s *lombard.Scenario, source market.Source, sources SourceOf) error {
	empty := market.Series{Symbol: s.Symbol, Instrument: market.InstrumentAt(source, s.Symbol)}
	for _, r := range referencesOf(s, &empty, false) {
		found, err := observe(ctx, workspace, r, s.Symbol, s.StartDate, s.EndDate, sources)
		if err != nil {
			return err
		}
		const stale = 6 // days that a figure may be old
		switch p := found.Points; {
		case len(p) == 0, p[0].Date > s.StartDate+market.SnapDays:
			return notKnown(r, p, s.StartDate)
		case p[len(p)-1].Date < s.EndDate-market.SnapDays-stale:
			return notKnown(r, p, s.EndDate)
		}
	}
	return nil
}

// refer fetches the references of a scenario into its series.
func refer(ctx context.Context, workspace string, s *lombard.Scenario, series *market.Series, local bool, sources SourceOf) error {
	bars := series.Bars
	for _, r := range referencesOf(s, series, local) {
		found, err := observe(ctx, workspace, r, series.Symbol, bars[0].Date, bars[len(bars)-1].Date, sources)
		if err != nil {
			return err
		}
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
		if _, ok := known(date); !ok {
			return notKnown(r, r.to.Points, date)
		}
	}
	return nil
}

// notKnown says that a reference has no figure for a day, and for which it has.
func notKnown(r reference, p market.Observations, date lombard.Date) error {
	hint := "Use another series, or a constant."
	if len(p) > 0 {
		hint = fmt.Sprintf("What is known runs from %s to %s. Choose dates within it, or use a constant.", p[0].Date, p[len(p)-1].Date)
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: r.field, Value: r.id, Code: lombard.CodeNoHistory,
		Message: fmt.Sprintf("%s of %s has no figure of the five days before %s. %s", r.id, r.source, date, hint),
	}})
}
