package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// chainSource finds the source of a scenario's option chains. It is nil where
// options are not priced from quotes.
func chainSource(s *lombard.Scenario, sources SourceOf) (market.ChainSource, string, error) {
	if s.Assumptions.PricingMode != lombard.PricingQuotes {
		return nil, "", nil
	}
	slug := s.Assumptions.QuoteSource
	if slug == "" {
		slug = s.DataSource
	}
	source, err := sources(slug)
	if err != nil {
		return nil, slug, lombard.Invalid(fieldsOf(err, "assumptions.quote_source", slug))
	}
	chains, ok := source.(market.ChainSource)
	if !ok {
		return nil, slug, data.NoChains(source.Describe())
	}
	return chains, slug, nil
}

// fetchChains reads the option chains of a scenario's run into its series,
// where options are priced from quotes.
func fetchChains(ctx context.Context, who Asker, s *lombard.Scenario, series *market.Series, sources SourceOf, onlyStored bool, progress func(done, total int64)) error {
	source, slug, err := chainSource(s, sources)
	if source == nil || err != nil {
		return err
	}
	q := chainQuery(who, s)
	q.MaxCostUSD -= series.CostUSD
	q.OnlyStored, q.OnlyNamed = onlyStored, onlyStored
	run := series.Run()
	for i := range run {
		q.Dates = append(q.Dates, run[i].Date)
	}
	if q.Keep, err = keepFor(s, run); err != nil || q.Keep == nil {
		return err
	}
	chains, err := source.Chains(ctx, q, progress)
	if err != nil {
		return fmt.Errorf("fetch option chains of %s from %s: %w", s.Symbol, slug, err)
	}
	series.Chains = chains
	if series.Instrument.Class == market.ClassUnknown {
		series.Instrument.Multiplier = sharesAContract
	}
	series.CostUSD += chains.CostUSD
	series.Warnings = append(series.Warnings, chains.Warnings...)
	return nil
}

func chainQuery(who Asker, s *lombard.Scenario) market.ChainQuery {
	return market.ChainQuery{Workspace: who.Workspace, Run: who.Run, Symbol: s.Symbol, Dataset: s.Assumptions.QuoteDataset, MaxCostUSD: budgetOf(s)}
}

// Bounds of what a run may look at in a chain.
const (
	daysAMonth     = 31
	slackDays      = 200 // that a listed expiry may lie beyond the tenor asked for
	lowestStrike   = 0.2 // of the lowest close so far
	highestStrike  = 3.0 // of the highest
	calendarMonths = 72  // the longest listed life

	sharesAContract = 100 // of a listed option on a symbol that is not in the table
)

// keepFor returns what the scenario's hedges may look at: kinds that they hold,
// lives up to their longest, strikes not absurdly far from the prices of the
// run up to the day, for what comes later must not decide what can be seen.
// nil: no hedge holds an option.
func keepFor(s *lombard.Scenario, run []market.Bar) (func(lombard.Date, market.OptionQuote) bool, error) {
	templates, err := templatesOf(s)
	if err != nil {
		return nil, err
	}
	puts, calls, months := false, false, 0
	for _, t := range templates {
		for _, l := range t.Legs {
			puts, calls = puts || l.Kind() == option.Put, calls || l.Kind() == option.Call
			months = max(months, int(l.Expiry.Tenor))
		}
	}
	if !puts && !calls {
		return nil, nil
	}
	lows, highs := make([]float64, len(run)), make([]float64, len(run))
	for i := range run {
		lows[i], highs[i] = run[i].Close, run[i].Close
		if i > 0 {
			lows[i], highs[i] = min(lows[i-1], lows[i]), max(highs[i-1], highs[i])
		}
	}
	longest := lombard.Date(min(months, calendarMonths)*daysAMonth + slackDays)
	return func(date lombard.Date, q market.OptionQuote) bool {
		if !(q.Put && puts || !q.Put && calls) || q.Expiry-date > longest {
			return false
		}
		i, _ := slices.BinarySearchFunc(run, date, func(b market.Bar, d lombard.Date) int { return int(b.Date - d) })
		i = min(i, len(run)-1)
		return q.Strike >= lowestStrike*lows[i] && q.Strike <= highestStrike*highs[i]
	}, nil
}

// addChains adds to an estimate what a scenario's option chains would cost. The
// sessions are those of the calendar, for the prices may not be here yet.
func (s *Service) addChains(ctx context.Context, workspace string, sc *lombard.Scenario, e *Estimate) error {
	source, _, err := chainSource(sc, s.Source)
	if source == nil || err != nil {
		return err
	}
	q := chainQuery(Asker{Workspace: workspace}, sc)
	bars, err := s.Source(sc.DataSource)
	if err != nil {
		return err
	}
	calendar := market.CalendarOf(market.InstrumentAt(bars, sc.Symbol).Calendar)
	for d := sc.StartDate; d <= sc.EndDate; d++ {
		if calendar.IsSession(d) || !calendar.HasRules() && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
			q.Dates = append(q.Dates, d)
		}
	}
	cost, err := source.EstimateChains(ctx, q)
	if err != nil {
		return err
	}
	e.CostUSD += cost.USD
	e.Covered = e.Covered && len(cost.Missing) == 0
	return nil
}

// quotedBy names the source of option quotes.
func quotedBy(c *market.Chains) string {
	switch {
	case c.Source == "":
		return ""
	case c.Dataset == "":
		return c.Source
	default:
		return c.Dataset + " of " + c.Source
	}
}

// modelMarked warns of option-days without a quote, where options are priced
// from quotes.
func modelMarked(r *lombard.Result) []lombard.Warning {
	if r.Request.Assumptions.PricingMode != lombard.PricingQuotes {
		return nil
	}
	var out []lombard.Warning
	for i := range r.Templates {
		t := &r.Templates[i]
		if share := t.Summary.ModelMarkedShare; share != nil && *share > 0 {
			const percent = 100
			out = append(out, lombard.Warning{
				Code:    "marked_by_model",
				Message: fmt.Sprintf("%.1f %% of the option-days of %s have no usable quote and were marked by the model; each mark says so (option_marks).", percent**share, t.TemplateName),
			})
		}
	}
	return out
}
