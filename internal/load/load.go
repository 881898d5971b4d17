// Package load does the only I/O of a run: it turns what a plan needs into a
// series of prices with the published figures and option chains beside it, from
// sources that are found by their slugs.
package load

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// Sources finds a source by its slug; the error names the nearest ones.
type Sources func(slug string) (market.Source, error)

// Caller is on whose behalf data is read; without a run nothing may be bought.
type Caller = market.Caller

// Progress is told of bars and quotes as they are read; total is 0 while unknown.
type Progress func(done, total int64)

// Plan looks up a scenario's source and plans it for the instrument that the
// source takes its symbol for. Errors are those of the sources and of
// calc.NewPlan, with every bad field of both.
func (sources Sources) Plan(asked lombard.Scenario) (calc.Plan, error) {
	source, err := sources(asked.DataSource)
	if err != nil {
		return calc.Plan{}, err
	}
	return calc.NewPlan(asked, market.InstrumentAt(source, asked.Symbol))
}

// Open loads what a plan needs and opens it. Errors are those of Series and of
// calc.Plan.Open.
func (sources Sources) Open(ctx context.Context, who Caller, plan *calc.Plan, progress Progress) (*calc.Case, error) {
	if err := lombard.Invalid(calc.AddFaults(plan.Faults(), sources.Faults(ctx, who, plan))); err != nil {
		return nil, err
	}
	series, err := sources.Series(ctx, who, plan, progress)
	if err != nil {
		return nil, err
	}
	return plan.Open(series)
}

// Run walks the whole way from a scenario to its result.
func (sources Sources) Run(ctx context.Context, who Caller, asked lombard.Scenario) (lombard.Result, error) {
	plan, err := sources.Plan(asked)
	if err != nil {
		return lombard.Result{}, err
	}
	opened, err := sources.Open(ctx, who, &plan, func(int64, int64) {})
	if err != nil {
		return lombard.Result{}, err
	}
	return opened.Result(ctx, nil)
}

// Series reads what a plan needs, buying what is not stored where the caller is
// a run. Errors are *lombard.Error of the kinds of market.Source, or the
// context's.
func (sources Sources) Series(ctx context.Context, who Caller, plan *calc.Plan, progress Progress) (market.Series, error) {
	return sources.read(ctx, who, plan, false, progress)
}

// Stored is Series of what costs nothing and waits for nobody: the error is
// market.ErrNotStored where something has to be fetched.
func (sources Sources) Stored(ctx context.Context, who Caller, plan *calc.Plan) (market.Series, error) {
	series, err := sources.read(ctx, who, plan, true, func(int64, int64) {})
	if errors.Is(err, market.ErrNotStored) {
		return series, market.ErrNotStored
	}
	return series, err
}

func (sources Sources) read(ctx context.Context, who Caller, plan *calc.Plan, onlyStored bool, progress Progress) (market.Series, error) {
	needs := plan.Needs()
	source, err := sources(plan.Scenario.DataSource)
	if err != nil {
		return market.Series{}, err
	}
	local := source.Describe().Local
	if !onlyStored && !local {
		if err := sources.reach(ctx, who, &needs); err != nil {
			return market.Series{}, err
		}
	}
	q := query(who, &needs, source)
	q.OnlyStored = onlyStored
	series, err := source.Bars(ctx, q, progress)
	if short, ok := errors.AsType[*market.ShortHistory](err); ok {
		return series, lombard.Invalid(plan.ShortHistory(short))
	}
	if err != nil {
		return series, fmt.Errorf("fetch %s from %s: %w", needs.Symbol, plan.Scenario.DataSource, err)
	}
	if err := sources.chains(ctx, who, plan, &needs, &series, onlyStored, progress); err != nil {
		return series, err
	}
	settled, bars := plan.For(series.Instrument), series.Bars
	for _, r := range settled.Needs().References {
		found, err := sources.observe(ctx, who, r, needs.Symbol, sources.publisher(r, source), bars[0].Date, bars[len(bars)-1].Date)
		if err != nil {
			return series, err
		}
		*r.In(&series) = found
	}
	return series, nil
}

// query asks a source for the bars of a plan.
func query(who Caller, needs *calc.Needs, source market.Source) market.Query {
	warmup := needs.Warmup
	if slices.Contains(source.Describe().Capabilities, market.HoldsActions) {
		warmup = needs.WithDividends
	}
	return market.Query{
		Caller: who, MaxCostUSD: needs.MaxCostUSD, Symbol: needs.Symbol, Dataset: needs.Dataset,
		Start: needs.Start, End: needs.End, Warmup: warmup, Needed: needs.Least.Least,
	}
}

// Faults returns what a plan asks of sources that they do not have, as far as
// they can tell without prices. They do not name an error that the run may not
// meet, such as a vendor that is out of reach.
func (sources Sources) Faults(ctx context.Context, who Caller, plan *calc.Plan) []lombard.FieldError {
	needs := plan.Needs()
	source, err := sources(plan.Scenario.DataSource)
	if err != nil {
		return lombard.FieldsOf(err, "data_source", plan.Scenario.DataSource)
	}
	var bad []lombard.FieldError
	for _, r := range needs.References {
		if _, err := sources.publishes(r, needs.Symbol, sources.publisher(r, source)); err != nil {
			bad = append(bad, lombard.AsError(err).Fields...)
		}
	}
	chains, _, err := sources.chainSource(plan, &needs)
	if chains != nil && err == nil { // without days, which are those of the prices: whether there is anything at all
		_, err = chains.EstimateChains(ctx, chainQuery(who, &needs))
	}
	if err != nil {
		bad = append(bad, lombard.AsError(err).Fields...)
	}
	return bad
}

// Cost is what the data of a plan would cost.
type Cost struct {
	USD     float64
	Covered bool   // everything is here already
	Dataset string // that the prices would come from
}

// Cost asks the sources of a plan what its data would cost; nothing is bought.
// Errors are those of the sources.
func (sources Sources) Cost(ctx context.Context, who Caller, plan *calc.Plan) (Cost, error) {
	needs := plan.Needs()
	source, err := sources(plan.Scenario.DataSource)
	if err != nil {
		return Cost{}, err
	}
	out := Cost{Covered: true}
	if e, ok := source.(market.Estimator); ok {
		cost, err := e.Estimate(ctx, query(Caller{Workspace: who.Workspace}, &needs, source))
		if short, ok := errors.AsType[*market.ShortHistory](err); ok {
			return out, lombard.Invalid(plan.ShortHistory(short))
		}
		if err != nil {
			return out, err
		}
		out = Cost{USD: cost.USD, Covered: len(cost.Missing) == 0, Dataset: cost.Dataset}
	}
	return out, sources.addChains(ctx, who, plan, &needs, source, &out)
}
