package load

import (
	"context"
	"errors"
	"fmt"

	"lombard.example/lombard"
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
		return nil, lombard.Invalid(study.ScenarioFaults(lombard.FieldsOf(err, "data_source", asked.Scenario.DataSource)))
	}
	if s := &asked.Scenario; s.StartDate.IsZero() || s.EndDate.IsZero() {
		have, err := available(ctx, source, who, s)
		if err != nil {
			return nil, inScenario(err)
		}
		if have.First.IsZero() {
			return nil, lombard.Invalid(study.ScenarioFaults([]lombard.FieldError{{
				Field: "symbol", Value: s.Symbol, Code: lombard.CodeInvalid,
				Message: fmt.Sprintf("%s lists no prices of %s, so a start date and an end date are required; lombard data sources shows what there is.", s.DataSource, s.Symbol),
			}}))
		}
		*s = study.Within(*s, have)
		if err := market.OutOfRange(have, s.StartDate, s.EndDate); err != nil && s.StartDate > have.Last {
			return nil, inScenario(err)
		}
	}
	plan := study.NewPlan(asked, market.InstrumentAt(source, asked.Scenario.Symbol))
	if err := lombard.Invalid(plan.Faults()); err != nil {
		return nil, err
	}
	base := plan.Base()
	if err := lombard.Invalid(study.ScenarioFaults(sources.Faults(ctx, who, base))); err != nil {
		return nil, err
	}
	series, err := sources.Series(ctx, who, base, progress)
	if err != nil {
		return nil, inScenario(err)
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

// inScenario puts the fields of an error to where the scenario stands in the
// request of a study.
func inScenario(err error) error {
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok || len(own.Fields) == 0 {
		return err
	}
	e := *own
	e.Fields = study.ScenarioFaults(own.Fields)
	return &e
}
