package calc

import (
	"context"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/metrics"
	"lombard.example/lombard/option"
)

// Observer is told of each day as it is computed: of which hedge of how many,
// counted from 1, and how many days of all hedges together are done. It may be
// nil. day is valid during the call only.
type Observer func(hedge, hedges, done, total int, day *lombard.Day)

// Keeper takes the answer for the hedge at a place of the request as soon as it
// is known.
type Keeper func(place, places int, t *lombard.TemplateResult) error

// Result computes the case: every hedge day by day, the figures, the words.
// Errors are *lombard.Error of kind pricing or validation, or the context's.
func (c *Case) Result(ctx context.Context, observe Observer) (lombard.Result, error) {
	whole := make([]lombard.TemplateResult, len(c.Templates))
	result, err := c.ResultInto(ctx, observe, func(place, _ int, t *lombard.TemplateResult) error {
		whole[place] = *t
		return nil
	})
	if err != nil {
		return lombard.Result{}, err
	}
	result.Templates = whole
	return result, nil
}

// ResultInto is Result for answers that are kept hedge by hedge: the paths and
// the lender's daily accounts are not in the result, only with keep.
func (c *Case) ResultInto(ctx context.Context, observe Observer, keep Keeper) (lombard.Result, error) {
	result := c.head()
	result.Templates = make([]lombard.TemplateResult, len(c.Templates))
	prepared, err := backtest.Prepare(c.Series, c.Scenario)
	if err != nil {
		return lombard.Result{}, err
	}
	days := prepared.Sessions()
	var repayments []float64
	for n, i := range controlsLast(c.Templates) {
		h, err := backtest.HedgeOf(c.Templates[i])
		if err != nil {
			return lombard.Result{}, err
		}
		if c.Templates[i].Control == hedge.ControlDeleverage {
			h.Repayments = repayments
		}
		var each func(done int, day *lombard.Day)
		if observe != nil {
			each = func(done int, day *lombard.Day) {
				observe(n+1, len(c.Templates), n*days+done, len(c.Templates)*days, day)
			}
		}
		path, err := prepared.Run(ctx, h, each)
		if err != nil {
			return lombard.Result{}, c.asAsked(err)
		}
		answer, err := conclude(ctx, prepared, h, &path)
		if err == nil {
			err = keep(i, len(c.Templates), &answer)
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
	result.Notes, result.Warnings = c.notes(), append(c.Warnings(), modelMarked(&result)...)
	return result, nil
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
func conclude(ctx context.Context, p *backtest.Prepared, h backtest.Hedge, path *backtest.Path) (lombard.TemplateResult, error) {
	s, template := p.Scenario(), h.Template()
	if err := fundingFault(&s, &path.Days[0]); err != nil {
		return lombard.TemplateResult{}, err
	}
	branches, err := p.Branches(ctx, h, path)
	if err != nil {
		return lombard.TemplateResult{}, err
	}
	summary, err := metrics.Summarize(s, path.Days, path.Contracts)
	if err != nil {
		return lombard.TemplateResult{}, err
	}
	figures, err := metrics.Of(ctx, metrics.Run{Scenario: s, Summary: summary, Days: path.Days, Contracts: path.Contracts, Branches: branches, CallSpot: path.CallSpot})
	if err != nil {
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

// head fills in the part of a result that no hedge changes.
func (c *Case) head() lombard.Result {
	s, series, run := &c.Scenario, &c.Series, c.Series.Run()
	units, owed := s.Amounts()
	return lombard.Result{
		ScenarioID: ScenarioID(*s), ScenarioName: s.ScenarioName, Symbol: s.Symbol,
		StartDate: s.StartDate, EndDate: s.EndDate, EntryDate: run[0].Date, LastDate: run[len(run)-1].Date, EntrySpot: run[0].Close,
		UnderlyingUnits: units, LoanAmount: owed, MarginCallLTV: s.MarginCallLTV,
		DataSource: s.DataSource, DataCostUSD: series.CostUSD,
		Request: *s, Quality: c.Quality, Rolls: market.Rolls(run),
		Provenance: Provenance(s, series, c.digest),
	}
}

// Provenance says what computes a resolved scenario, and from which data of that
// digest.
func Provenance(s *lombard.Scenario, series *market.Series, digest string) lombard.Provenance {
	pricing := string(s.Assumptions.OptionStyle)
	if engine, ok := option.EngineFor(s.Assumptions.OptionStyle); ok {
		if series.Instrument.Class == market.ClassFuture {
			engine = option.OnFuture{Of: engine}
		}
		pricing = engine.Name()
	}
	return lombard.Provenance{
		Engine: lombard.EngineVersion, Target: target(), InputDigest: hashOf(*s), DataDigest: digest,
		Source: series.Source, Dataset: series.Dataset, Origin: series.Origin, Licence: series.Licence,
		Quotes: quotedBy(&series.Chains), VolIndex: published(&series.VolIndex), RateSeries: published(&series.Rates), LoanIndex: published(&series.LoanRate),
		Badges: badgesOf(s, series.Instrument), Pricing: pricing,
	}
}

// published names a reference and its source.
func published(r *market.Reference) string {
	if r.ID == "" {
		return ""
	}
	return r.ID + " of " + r.Source
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
