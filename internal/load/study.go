package load

import (
	"context"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
	"lombard.example/lombard/study"
)

// Study loads what a study needs, once for all of its cells, and opens it. A
// period that the request leaves out is what the source has of the symbol. Errors
// are those of Series, of the study's plan, with every bad field, and of
// study.Plan.Open.
func (sources Sources) Study(ctx context.Context, who Caller, asked lombard.Study, progress Progress) (*study.Study, error) {
	source, err := sources(asked.Scenario.DataSource)
	if err != nil {
		return nil, lombard.Invalid(within("scenario.", lombard.FieldsOf(err, "data_source", asked.Scenario.DataSource)))
	}
	if s := &asked.Scenario; s.StartDate.IsZero() || s.EndDate.IsZero() {
		have, err := available(ctx, source, who, s)
		if err != nil {
			return nil, err
		}
		*s = study.Within(*s, have)
	}
	plan := study.NewPlan(asked, market.InstrumentAt(source, asked.Scenario.Symbol))
	if err := lombard.Invalid(plan.Faults()); err != nil {
		return nil, err
	}
	base := plan.Base()
	if err := lombard.Invalid(within("scenario.", sources.Faults(ctx, who, base))); err != nil {
		return nil, err
	}
	series, err := sources.Series(ctx, who, base, progress)
	if err != nil {
		return nil, err
	}
	return plan.Open(series)
}

// available is what a source has of a symbol; nothing where it cannot tell.
func available(ctx context.Context, source market.Source, who Caller, s *lombard.Scenario) (have market.Range, err error) {
	if r, ok := source.(market.Ranger); ok {
		offers, err := r.Available(ctx, s.Symbol, s.Dataset)
		for _, o := range offers {
			if o.Holds == market.HoldsBars {
				return o.Range, err
			}
		}
		return have, err
	}
	listings, err := source.Symbols(ctx, who)
	for _, l := range listings {
		if l.Symbol == s.Symbol && (s.Dataset == "" || l.Dataset == s.Dataset) {
			return l.Range, err
		}
	}
	return have, err
}

// within puts faults of a scenario to where it stands in a larger document.
func within(prefix string, bad []lombard.FieldError) []lombard.FieldError {
	var all []lombard.FieldError
	for _, f := range bad {
		f.Message = strings.Replace(f.Message, f.Field, prefix+f.Field, 1)
		f.Field = prefix + f.Field
		all = calc.AddFaults(all, []lombard.FieldError{f})
	}
	return all
}
