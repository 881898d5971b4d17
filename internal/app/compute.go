package app

import (
	"context"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
	"lombard.example/lombard/option"
)

// Watcher is told how a computation comes along. Its methods are called from
// the computing goroutine, in order.
type Watcher interface {
	// Fetched tells the bars read so far; total is 0 while unknown.
	Fetched(done, total int64)
	// Simulated tells that a day of a template is done; done counts days.
	Simulated(template, templates, done, total int, day *lombard.Day)
}

// Compute walks the straight line from a scenario to its result: prices,
// hedges, day by day, figures, words. It is the one path that the worker, the
// command line and the scenario files share. Errors are *lombard.Error or the
// context's.
func Compute(ctx context.Context, workspace string, asked lombard.Scenario, source market.Source, w Watcher) (lombard.Result, error) {
	templates, err := templatesOf(&asked)
	if err != nil {
		return lombard.Result{}, err
	}
	series, err := fetch(ctx, workspace, &asked, source, w.Fetched)
	if err != nil {
		return lombard.Result{}, err
	}
	scenario, _ := Resolve(asked, series.Instrument)
	if scenario.Dataset == "" {
		scenario.Dataset = series.Dataset
	}
	quality, err := inspect(&scenario, &series)
	if err != nil {
		return lombard.Result{}, err
	}

	result := head(&scenario, &series, quality)
	days := len(series.Run())
	for i, template := range templates {
		observe := func(done int, day *lombard.Day) {
			w.Simulated(i+1, len(templates), i*days+done, len(templates)*days, day)
		}
		path, err := backtest.Run(ctx, backtest.Input{Scenario: scenario, Template: template, Series: series}, observe)
		if err != nil {
			return lombard.Result{}, err
		}
		summary, err := metrics.Summarize(scenario, path.Days, path.Contracts)
		if err != nil {
			return lombard.Result{}, err
		}
		result.Templates = append(result.Templates, lombard.TemplateResult{
			TemplateSlug: template.Slug,
			TemplateName: template.Title,
			TemplateHash: template.Hash(),
			Verdict:      metrics.Verdict(scenario, template.Title, summary),
			Summary:      summary,
			Contracts:    path.Contracts,
			DailyPath:    path.Days,
		})
	}
	primary := &result.Templates[0]
	result.Summary, result.Verdict, result.PrimaryTemplate = primary.Summary, primary.Verdict, primary.TemplateSlug
	result.Notes, result.Warnings = notesOf(&scenario, templates), warningsOf(&scenario, &series, quality)
	return result, nil
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

func fetch(ctx context.Context, workspace string, s *lombard.Scenario, source market.Source, progress func(done, total int64)) (market.Series, error) {
	series, err := source.Bars(ctx, market.Query{
		Workspace: workspace, Symbol: s.Symbol, Dataset: s.Dataset,
		Start: s.StartDate, End: s.EndDate, Warmup: warmupOf(s),
	}, progress)
	if err != nil {
		return series, fmt.Errorf("fetch %s from %s: %w", s.Symbol, s.DataSource, err)
	}
	return series, nil
}

// inspect checks what only prices can tell: enough sessions, enough history,
// a loan that is not in call at entry.
func inspect(s *lombard.Scenario, series *market.Series) (lombard.Quality, error) {
	var bad []lombard.FieldError
	run := series.Run()
	if len(run) < 2 {
		return lombard.Quality{}, market.TooFewSessions(s.StartDate, s.EndDate, len(run))
	}
	bad = append(bad, historyFault(s, series)...)
	bad = append(bad, callFault(s, run[0])...)
	return market.QualityOf(series), lombard.Invalid(bad)
}

// historyFault reports a vol model that needs more sessions before entry than
// there are, with both ways out.
func historyFault(s *lombard.Scenario, series *market.Series) []lombard.FieldError {
	need := warmupOf(s)
	if series.First >= need {
		return nil
	}
	wayOut, suggestion := "Please use a flat vol, such as 0.16", ""
	if need < len(series.Bars) {
		first := series.Bars[need].Date
		suggestion = first.String()
		wayOut = fmt.Sprintf("Please set start date to %s or later, or use a flat vol, such as 0.16", first)
	}
	return []lombard.FieldError{{
		Field: "assumptions.vol", Value: s.Assumptions.Vol.Model, Code: lombard.CodeNoHistory, Suggestion: suggestion,
		Message: fmt.Sprintf("The realised vol needs %d sessions before entry and %s has %d. %s.", need, s.Symbol, series.First, wayOut),
	}}
}

// callFault reports a loan that the lender would call at entry, with the
// largest that it would not.
func callFault(s *lombard.Scenario, entry market.Bar) []lombard.FieldError {
	a, ok := affordable(s, entry.Close)
	if ok {
		return nil
	}
	return []lombard.FieldError{{
		Field: "loan_amount", Value: s.LoanAmount, Code: lombard.CodeInCall, Suggestion: fmt.Sprintf("%.2f", a.LargestLoan),
		Message: fmt.Sprintf("The loan would be in call on the first day: %.2f against %.2f of collateral is an LTV of %.4f, and the lender calls at %g. The largest loan that is not in call is %.2f.",
			s.LoanAmount, s.UnderlyingUnits*entry.Close, a.InitialLTV, s.MarginCallLTV, a.LargestLoan),
	}}
}

// head fills in the part of a result that no hedge changes.
func head(s *lombard.Scenario, series *market.Series, quality lombard.Quality) lombard.Result {
	run := series.Run()
	pricing := s.Assumptions.OptionStyle
	if engine, ok := option.EngineFor(s.Assumptions.OptionStyle); ok {
		pricing = engine.Name()
	}
	return lombard.Result{
		ScenarioID: ScenarioID(*s), ScenarioName: s.ScenarioName, Symbol: s.Symbol,
		StartDate: s.StartDate, EndDate: s.EndDate, EntryDate: run[0].Date, LastDate: run[len(run)-1].Date, EntrySpot: run[0].Close,
		UnderlyingUnits: s.UnderlyingUnits, LoanAmount: s.LoanAmount, MarginCallLTV: s.MarginCallLTV,
		DataSource: s.DataSource, DataCostUSD: series.CostUSD,
		Request: *s, Quality: quality,
		Provenance: lombard.Provenance{
			Engine: lombard.EngineVersion, Target: target(), InputDigest: hashOf(*s), DataDigest: series.Digest(),
			Source: series.Source, Dataset: series.Dataset, Origin: series.Origin, Licence: series.Licence,
			Badges: badgesOf(s, series.Instrument), Pricing: pricing,
		},
	}
}
