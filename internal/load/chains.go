package load

import (
	"context"
	"fmt"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// chainSource finds the source of a plan's option chains. It is nil where
// options are not priced from quotes.
func (sources Sources) chainSource(plan *calc.Plan, needs *calc.Needs) (market.ChainSource, string, error) {
	if needs.Quotes == nil {
		return nil, "", nil
	}
	slug := needs.Quotes.Source
	if slug == "" {
		slug = plan.Scenario.DataSource
	}
	source, err := sources(slug)
	if err != nil {
		return nil, slug, lombard.Invalid(lombard.FieldsOf(err, "assumptions.quote_source", slug))
	}
	chains, ok := source.(market.ChainSource)
	if !ok {
		return nil, slug, data.NoChains(source.Describe())
	}
	return chains, slug, nil
}

// chains reads the option chains of a plan's run into its series, where options
// are priced from quotes.
func (sources Sources) chains(ctx context.Context, who Caller, plan *calc.Plan, needs *calc.Needs, series *market.Series, onlyStored bool, progress Progress) error {
	source, slug, err := sources.chainSource(plan, needs)
	if source == nil || err != nil {
		return err
	}
	q := chainQuery(who, needs)
	q.MaxCostUSD -= series.CostUSD
	q.OnlyStored, q.OnlyNamed = onlyStored, onlyStored
	run := series.Run()
	for i := range run {
		q.Dates = append(q.Dates, run[i].Date)
	}
	if q.Keep = needs.Quotes.Keep(run); q.Keep == nil {
		return nil
	}
	chains, err := source.Chains(ctx, q, progress)
	if err != nil {
		return fmt.Errorf("fetch option chains of %s from %s: %w", needs.Symbol, slug, err)
	}
	series.Chains = chains
	series.CostUSD += chains.CostUSD
	series.Warnings = append(series.Warnings, chains.Warnings...)
	return nil
}

func chainQuery(who Caller, needs *calc.Needs) market.ChainQuery {
	return market.ChainQuery{Caller: who, Symbol: needs.Symbol, Dataset: needs.Quotes.Dataset, MaxCostUSD: needs.MaxCostUSD}
}

// addChains adds to a cost what the option chains of a plan would cost. The
// sessions are those of the calendar, for the prices may not be here yet.
func (sources Sources) addChains(ctx context.Context, who Caller, plan *calc.Plan, needs *calc.Needs, prices market.Source, out *Cost) error {
	source, _, err := sources.chainSource(plan, needs)
	if source == nil || err != nil {
		return err
	}
	q := chainQuery(Caller{Workspace: who.Workspace}, needs)
	calendar := market.CalendarOf(market.InstrumentAt(prices, needs.Symbol).Calendar)
	for d := needs.Start; d <= needs.End; d++ {
		if calendar.IsSession(d) || !calendar.HasRules() && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
			q.Dates = append(q.Dates, d)
		}
	}
	cost, err := source.EstimateChains(ctx, q)
	if err != nil {
		return err
	}
	out.USD += cost.USD
	out.Covered = out.Covered && len(cost.Missing) == 0
	return nil
}
