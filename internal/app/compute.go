package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
	"lombard.example/lombard/option"
	"lombard.example/lombard/vol"
)

// Watcher is told how a computation comes along. Its methods are called from
// the computing goroutine, in order.
type Watcher interface {
	// Fetched tells the bars read so far; total is 0 while unknown.
	Fetched(done, total int64)
	// Simulated tells that a day of a template is done; done counts days.
	Simulated(template, templates, done, total int, day *lombard.Day)
}

// Asker is on whose behalf data is read.
type Asker struct {
	Workspace string
	Run       string // id; empty: none, and nothing may be bought
}

// Compute walks the straight line from a scenario to its result: prices,
// hedges, day by day, figures, words. It is the one path that the worker, the
// command line and the scenario files share. Errors are *lombard.Error or the
// context's.
func Compute(ctx context.Context, who Asker, asked lombard.Scenario, sources SourceOf, w Watcher) (lombard.Result, error) {
	var whole []lombard.TemplateResult
	result, err := ComputeInto(ctx, who, asked, sources, w, func(place, places int, t *lombard.TemplateResult) error {
		if whole == nil {
			whole = make([]lombard.TemplateResult, places)
		}
		whole[place] = *t
		return nil
	})
	if err != nil {
		return lombard.Result{}, err
	}
	result.Templates = whole
	return result, nil
}

// Keeper takes the answer for the hedge at a place of the request as soon as it
// is known.
type Keeper func(place, places int, t *lombard.TemplateResult) error

// ComputeInto is Compute for results that are kept hedge by hedge: the paths
// and the lender's daily accounts are not in the result, only with keep.
func ComputeInto(ctx context.Context, who Asker, asked lombard.Scenario, sources SourceOf, w Watcher, keep Keeper) (lombard.Result, error) {
	templates, err := templatesOf(&asked)
	if err != nil {
		return lombard.Result{}, err
	}
	source, err := sources(asked.DataSource)
	if err != nil {
		return lombard.Result{}, err
	}
	if err := lombard.Invalid(requestFaults(ctx, who.Workspace, &asked, source, sources)); err != nil {
		return lombard.Result{}, err
	}
	series, err := fetch(ctx, who, &asked, sources, false, w.Fetched)
	if err != nil {
		return lombard.Result{}, err
	}
	scenario, _ := calc.Resolve(asked, series.Instrument)
	setRate(&scenario, &series)
	setYield(&scenario, &series)
	pin(&scenario, &series)
	quality, err := inspect(&scenario, &series, templates)
	if err != nil {
		return lombard.Result{}, err
	}
	result := head(&scenario, &series, quality)
	result.Templates = make([]lombard.TemplateResult, len(templates))
	days := len(series.Run())
	var repayments []float64
	for n, i := range controlsLast(templates) {
		observe := func(done int, day *lombard.Day) {
			w.Simulated(n+1, len(templates), n*days+done, len(templates)*days, day)
		}
		in := backtest.Input{Scenario: scenario, Template: templates[i], Series: series}
		if templates[i].Control == hedge.ControlDeleverage {
			in.Repayments = repayments
		}
		path, err := backtest.Run(ctx, in, observe)
		if err != nil {
			return lombard.Result{}, err
		}
		answer, err := conclude(ctx, in, &path)
		if err == nil {
			err = keep(i, len(templates), &answer)
		}
		if err != nil {
			return lombard.Result{}, err
		}
		answer.DailyPath, answer.Branches = nil, nil
		result.Templates[i] = answer
		if n == 0 {
			repayments = fromOutside(path.Days)
		}
	}
	primary := &result.Templates[0]
	result.Summary, result.Verdict, result.PrimaryTemplate = primary.Summary, primary.Verdict, primary.TemplateSlug
	result.Notes, result.Warnings = notesOf(&scenario, templates, result.EntryDate), warningsOf(&scenario, &series, quality)
	result.Warnings = append(result.Warnings, modelMarked(&result)...)
	return result, nil
}

// controlsLast is the order in which templates are computed: the control that
// repays the loan needs to know what the first of the others takes from outside.
func controlsLast(templates []hedge.Template) []int {
	var order, controls []int
	for i := range templates {
		if templates[i].Control == hedge.ControlDeleverage {
			controls = append(controls, i)
		} else {
			order = append(order, i)
		}
	}
	return append(order, controls...)
}

func fromOutside(days []lombard.Day) []float64 {
	amounts := make([]float64, len(days))
	for i := range days {
		amounts[i] = days[i].CashFromOutside
	}
	return amounts
}

// conclude makes the answer for one hedge of its path: what the lender would
// have done, the figures and the words.
//
// It gives up between two of its steps when ctx ends: over many years each takes
// a while.
func conclude(ctx context.Context, in backtest.Input, path *backtest.Path) (lombard.TemplateResult, error) {
	s, template := in.Scenario, in.Template
	if err := fundingFault(&s, path); err != nil {
		return lombard.TemplateResult{}, err
	}
	branches, err := backtest.BranchesUntil(ctx, in, path)
	if err != nil {
		return lombard.TemplateResult{}, err
	}
	summary, err := metrics.Summarize(s, path.Days, path.Contracts)
	if err != nil {
		return lombard.TemplateResult{}, err
	}
	if err := ctx.Err(); err != nil {
		return lombard.TemplateResult{}, err
	}
	figures := metrics.Of(metrics.Run{Scenario: s, Summary: summary, Days: path.Days, Contracts: path.Contracts, Branches: branches, CallSpot: path.CallSpot})
	if err := ctx.Err(); err != nil {
		return lombard.TemplateResult{}, err
	}
	return lombard.TemplateResult{
		TemplateSlug: template.Slug,
		TemplateName: template.Title,
		TemplateHash: template.Hash(),
		Verdict:      metrics.Verdict(s, template.Title, summary, figures, branches),
		Summary:      summary,
		Metrics:      figures,
		Contracts:    path.Contracts,
		Branches:     branches,
		DailyPath:    path.Days,
	}, nil
}

// fundingFault refuses a premium that, drawn on the loan, takes it above what
// the lender lends at entry.
func fundingFault(s *lombard.Scenario, path *backtest.Path) error {
	t, day := s.Facility.Thresholds, &path.Days[0]
	if t == nil || t.InitialMax == 0 || day.LoanBalanceHedged == day.LoanBalance || day.LTVRecognised <= t.InitialMax {
		return nil
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: "facility.premium_funding", Value: s.Facility.PremiumFunding, Code: lombard.CodeInvalid, Suggestion: lombard.FundingCash,
		Message: fmt.Sprintf("The premium of %.2f on the loan takes its LTV to %.4f at entry, and the lender lends at most %g. Please pay it in cash, or borrow less.",
			day.LoanBalanceHedged-day.LoanBalance, day.LTVRecognised, t.InitialMax),
	}})
}

// templatesOf looks up the scenario's hedges; every unknown one is reported.
func templatesOf(s *lombard.Scenario) ([]hedge.Template, error) {
	if len(s.Template) > 0 {
		template, err := hedge.Parse(s.Template)
		if err != nil {
			return nil, err
		}
		return []hedge.Template{template}, nil
	}
	var templates []hedge.Template
	var bad []lombard.FieldError
	for i, slug := range s.Slugs() {
		template, err := hedge.Lookup(slug)
		if err != nil {
			field := "template_slug"
			if s.TemplateSlug == "" {
				field = fmt.Sprintf("template_slugs[%d]", i)
			}
			bad = append(bad, fieldsOf(err, field, slug)...)
			continue
		}
		templates = append(templates, template)
	}
	if len(bad) > 0 {
		return nil, lombard.Invalid(bad)
	}
	if len(templates) == 0 {
		return nil, lombard.Invalid([]lombard.FieldError{lombard.NoTemplate()})
	}
	if order := controlsLast(templates); len(templates[order[0]].Legs) == 0 && templates[order[len(order)-1]].Control == hedge.ControlDeleverage {
		bad = append(bad, lombard.FieldError{
			Field: "template_slugs", Value: s.Slugs(), Code: lombard.CodeInvalid,
			Message: "The template deleverage-equivalent repays the loan with the cash that a hedge would have taken: please put the hedge to compare with before it, such as protective-put-95pct-12m.",
		})
	}
	return templates, lombard.Invalid(bad)
}

// fieldsOf returns the bad fields of err, under the name of the field that
// was asked about.
func fieldsOf(err error, field string, value any) []lombard.FieldError {
	e := asError(err)
	if len(e.Fields) == 0 {
		return []lombard.FieldError{{Field: field, Value: value, Code: e.Code, Message: e.Message + " " + e.Hint}}
	}
	fields := append([]lombard.FieldError(nil), e.Fields...)
	if len(fields) == 1 {
		fields[0].Field = field
	}
	return fields
}

// fetch reads the prices of a scenario and what it needs beside them.
func fetch(ctx context.Context, who Asker, s *lombard.Scenario, sources SourceOf, onlyStored bool, progress func(done, total int64)) (market.Series, error) {
	source, err := sources(s.DataSource)
	if err != nil {
		return market.Series{}, err
	}
	if !onlyStored && !source.Describe().Local {
		if err := reach(ctx, who.Workspace, s, source, sources); err != nil {
			return market.Series{}, err
		}
	}
	need := neededBy(s, market.InstrumentAt(source, s.Symbol))
	series, err := source.Bars(ctx, market.Query{
		Workspace: who.Workspace, Run: who.Run, MaxCostUSD: budgetOf(s), Symbol: s.Symbol, Dataset: s.Dataset,
		Start: s.StartDate, End: s.EndDate, Warmup: warmupOf(s, source), Needed: need.Least, OnlyStored: onlyStored,
	}, progress)
	if short, ok := errors.AsType[*market.ShortHistory](err); ok {
		return series, lombard.Invalid(shortFault(s, need, short))
	}
	if err != nil {
		return series, fmt.Errorf("fetch %s from %s: %w", s.Symbol, s.DataSource, err)
	}
	settleHistory(s, &series)
	if err := fetchChains(ctx, who, s, &series, sources, onlyStored, progress); err != nil {
		return series, err
	}
	return series, refer(ctx, who.Workspace, s, &series, source.Describe().Local, sources)
}

// historyOf returns what a scenario looks at before entry, of the instrument
// that its prices turned out to be. Dividends are looked for where the source
// records them.
func historyOf(s *lombard.Scenario, i market.Instrument, dividends bool) []vol.Lookback {
	templates, err := templatesOf(s)
	if err != nil {
		return nil // nothing is run
	}
	plan, _ := calc.Resolve(*s, i)
	if !dividends {
		plan.Assumptions.YieldFrom = ""
	}
	return calc.History(plan, templates, i)
}

// warmupOf returns how many sessions before entry are asked of a source. Whether
// an instrument without a calendar trades on weekends is seen only in its
// prices; a year of such sessions is the longer one.
func warmupOf(s *lombard.Scenario, source market.Source) int {
	i := market.InstrumentAt(source, s.Symbol)
	dividends := slices.Contains(source.Describe().Capabilities, market.HoldsActions)
	need := calc.Sessions(historyOf(s, i, dividends))
	if !market.CalendarOf(i.Calendar).HasRules() {
		i.SevenDay = true
		need = max(need, calc.Sessions(historyOf(s, i, dividends)))
	}
	return need
}

// buysOptions reports whether a hedge of the scenario holds options. One that is
// not known may.
func buysOptions(s *lombard.Scenario) bool {
	templates, err := templatesOf(s)
	return err != nil || slices.ContainsFunc(templates, func(t hedge.Template) bool { return len(t.Legs) > 0 })
}

// pin names in the scenario the data that was read, so that a later import or
// dataset changes nothing for it.
func pin(s *lombard.Scenario, series *market.Series) {
	if s.Dataset == "" {
		s.Dataset = series.Dataset
	}
	if a := &s.Assumptions; a.QuoteDataset == "" {
		a.QuoteDataset = series.Chains.Dataset
	}
}

// budgetOf is the most that a run may spend on data.
func budgetOf(s *lombard.Scenario) float64 {
	if s.MaxCostUSD != nil {
		return *s.MaxCostUSD
	}
	return calc.DefaultMaxCostUSD
}

// setRate makes the rate of a scenario that follows a published one that of
// its entry.
func setRate(s *lombard.Scenario, series *market.Series) {
	if series.Rates.ID == "" {
		return
	}
	if figure, ok := series.Rates.Points.Published(series.Run()[0].Date); ok {
		s.Assumptions.Rate = new(market.ContinuousRate(series.Rates.ID, figure))
	}
}

// head fills in the part of a result that no hedge changes.
func head(s *lombard.Scenario, series *market.Series, quality lombard.Quality) lombard.Result {
	run := series.Run()
	pricing := s.Assumptions.OptionStyle
	if engine, ok := option.EngineFor(s.Assumptions.OptionStyle); ok {
		if series.Instrument.Class == market.ClassFuture {
			engine = option.OnFuture{Of: engine}
		}
		pricing = engine.Name()
	}
	return lombard.Result{
		ScenarioID: ScenarioID(*s), ScenarioName: s.ScenarioName, Symbol: s.Symbol,
		StartDate: s.StartDate, EndDate: s.EndDate, EntryDate: run[0].Date, LastDate: run[len(run)-1].Date, EntrySpot: run[0].Close,
		UnderlyingUnits: s.UnderlyingUnits, LoanAmount: s.LoanAmount, MarginCallLTV: s.MarginCallLTV,
		DataSource: s.DataSource, DataCostUSD: series.CostUSD,
		Request: *s, Quality: quality, Rolls: market.Rolls(run),
		Provenance: lombard.Provenance{
			Engine: lombard.EngineVersion, Target: target(), InputDigest: hashOf(*s), DataDigest: series.Digest(),
			Source: series.Source, Dataset: series.Dataset, Origin: series.Origin, Licence: series.Licence,
			Quotes: quotedBy(&series.Chains), VolIndex: published(&series.VolIndex), RateSeries: published(&series.Rates), LoanIndex: published(&series.LoanRate),
			Badges: badgesOf(s, series.Instrument), Pricing: pricing,
		},
	}
}

// published names a reference and its source.
func published(r *market.Reference) string {
	if r.ID == "" {
		return ""
	}
	return r.ID + " of " + r.Source
}
