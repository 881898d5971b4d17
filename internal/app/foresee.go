package app

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

// What a run would fail on is looked for as early as it can be known: in the
// request alone, before prices are read or bought (requestFaults), and at the
// entry, once they are here (entryFault).

// requestFaults reports what a request without a fault of its own cannot be run
// with, whatever the prices are: sources that do not have what it asks of them,
// a smile that allows arbitrage, a hedge smaller than a contract.
func requestFaults(ctx context.Context, workspace string, asked *lombard.Scenario, source market.Source, sources SourceOf) []lombard.FieldError {
	instrument := market.InstrumentAt(source, asked.Symbol)
	s, _ := calc.Resolve(*asked, instrument)
	bad := append(smileFault(&s), sizeFault(&s, instrument)...)
	for _, r := range referencesOf(&s, &market.Series{Symbol: s.Symbol, Instrument: instrument}, source.Describe().Local) {
		if _, err := publisherOf(r, s.Symbol, sources); err != nil {
			bad = append(bad, asError(err).Fields...)
		}
	}
	chains, _, err := chainSource(&s, sources)
	if chains != nil && err == nil { // without days, which are those of the prices: whether there is anything at all
		_, err = chains.EstimateChains(ctx, chainQuery(Asker{Workspace: workspace}, &s))
	}
	if err != nil {
		bad = append(bad, asError(err).Fields...) // none of an error that the run may not meet
	}
	return bad
}

// sizeFault reports hedges of which a leg is less than one listed contract, with
// the smallest position that works.
func sizeFault(s *lombard.Scenario, instrument market.Instrument) []lombard.FieldError {
	if s.Assumptions.ContractMode != lombard.ModeListed {
		return nil
	}
	templates, err := templatesOf(s)
	if err != nil {
		return nil // reported already
	}
	size := instrument.Multiplier
	if instrument.Class == market.ClassUnknown && s.Assumptions.PricingMode == lombard.PricingQuotes {
		size = sharesAContract
	}
	const rounding = 1e-9
	least, slug, leg := 0.0, "", hedge.Leg{}
	for _, t := range templates {
		if need, l := t.LeastUnits(size); need > least {
			least, slug, leg = need, t.Slug, l
		}
	}
	if s.UnderlyingUnits >= least*(1-rounding) {
		return nil
	}
	wanted := s.UnderlyingUnits * size / least
	least = math.Ceil(least * (1 - rounding))
	f := lombard.FieldError{
		Field: "underlying_units", Value: s.UnderlyingUnits, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("The position is too small for the leg %s of %s: 1 contract covers %s units, and %s of the %s pledged are to be hedged by it. Pledge %s units or more, or use contract_mode continuous_units.",
			leg.ID, slug, lombard.Number(size), lombard.Number(wanted), lombard.Number(s.UnderlyingUnits), lombard.Number(least)),
	}
	if s.Facility.PremiumFunding == lombard.FundingSellCollateral {
		f.Message = strings.Replace(f.Message, "or more", "and as many again as pay the premium", 1)
	} else if least <= lombard.MaxUnits {
		f.Suggestion = lombard.Digits(least)
	}
	return []lombard.FieldError{f}
}

// estimatorFault reports an estimator of vol that needs more than closes of
// sessions that have no more. With a vol that is taken once, at the entry, those
// are the sessions before it; later ones are looked at where options are bought
// or marked anew.
func estimatorFault(s *lombard.Scenario, series *market.Series, templates []hedge.Template) []lombard.FieldError {
	v := s.Assumptions.Vol
	if v.Model != lombard.VolRealised || !slices.ContainsFunc(templates, func(t hedge.Template) bool { return len(t.Legs) > 0 }) {
		return nil
	}
	switch v.Estimator {
	case "", lombard.EstimatorClose, lombard.EstimatorEWMA:
		return nil
	}
	from, to := max(0, series.First-v.Window), series.First
	if last := lastPurchase(s, series, templates); last > to {
		to = last
	}
	missing, first := 0, lombard.Date(0)
	for i := from; i <= to; i++ {
		if b := &series.Bars[i]; !(b.Open > 0 && b.High > 0 && b.Low > 0) {
			if missing++; missing == 1 {
				first = b.Date
			}
		}
	}
	if missing == 0 {
		return nil
	}
	return []lombard.FieldError{{
		Field: "assumptions.vol.estimator", Value: v.Estimator, Code: lombard.CodeInvalid, Suggestion: lombard.EstimatorClose,
		Message: fmt.Sprintf("The estimator %s needs the open, high and low of each session, and %d of the %d sessions that it looks at have closes only, the first on %s. Use estimator cc or ewma, which need closes only, or a flat vol.",
			v.Estimator, missing, to-from+1, first),
	}}
}

// lastPurchase returns the index of the last bar at which a vol may be taken:
// the entry, the last expiry that the run sees, or its end where a hedge watches
// prices or is marked anew each day.
func lastPurchase(s *lombard.Scenario, series *market.Series, templates []hedge.Template) int {
	last := len(series.Bars) - 1
	if s.Assumptions.Vol.Refresh == lombard.RefreshDaily {
		return last
	}
	index := series.First
	for _, t := range templates {
		if len(t.Roll) > 0 || t.Tranches.Count > 1 {
			return last
		}
		for _, l := range t.Legs {
			if l.Expiry.Tenor == 0 {
				continue // that of another leg
			}
			for n := 1; ; n++ {
				expiry := hedge.ExpiryDate(series.Bars[series.First].Date, l.Expiry.Tenor, n, series.Instrument.SevenDay)
				if expiry > series.Bars[last].Date {
					break
				}
				at, _ := slices.BinarySearchFunc(series.Bars, expiry, func(b market.Bar, d lombard.Date) int { return int(b.Date - d) })
				index = max(index, min(at, last))
			}
		}
	}
	return index
}

// entryFault computes the first session of every hedge: what can be bought
// there, at what price, and whether the lender lends what it costs. The error is
// of kind validation, on the field to change.
func entryFault(ctx context.Context, s *lombard.Scenario, series *market.Series, templates []hedge.Template) error {
	first := *series
	first.Bars = series.Bars[:series.First+1]
	var bad []lombard.FieldError
	for i, t := range templates {
		if len(t.Legs) == 0 {
			continue
		}
		path, err := backtest.Run(ctx, backtest.Input{Scenario: *s, Template: t, Series: first}, nil)
		if err == nil {
			err = fundingFault(s, &path)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			continue
		}
		own := asError(err)
		if own.Kind == lombard.KindInternal {
			return own
		}
		fields := own.Fields
		if len(fields) == 0 {
			fields = fieldsOf(own, templateField(s, i), t.Slug)
		}
		for _, f := range fields {
			if !slices.ContainsFunc(bad, func(other lombard.FieldError) bool { return other.Field == f.Field }) {
				bad = append(bad, f)
			}
		}
	}
	return lombard.Invalid(bad)
}

// templateField is where a request names its hedge of that number.
func templateField(s *lombard.Scenario, i int) string {
	switch {
	case len(s.Template) > 0:
		return "template"
	case s.TemplateSlug != "":
		return "template_slug"
	default:
		return fmt.Sprintf("template_slugs[%d]", i)
	}
}
