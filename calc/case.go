package calc

import (
	"context"
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

// Case is a plan on its prices: all that a run depends on, ready to be computed.
type Case struct {
	Scenario  lombard.Scenario // resolved for the prices, with the data named that was read
	Defaults  []string         // paths of the fields that were left open
	Templates []hedge.Template
	Series    market.Series   // settled: without the sessions that nothing looks at
	Quality   lombard.Quality // of the prices

	digest string // of the series
}

// Open settles the plan on the prices it is to be run on, and refuses what only
// they can tell: too few sessions, too little history, a published series that
// ends too early, prices that lack what the vol model reads, a loan that would
// be in call at entry, findings where the scenario asks for none. series is what
// Needs asks for, with all of its warm-up; it is not changed. Errors are
// *lombard.Error of kind validation, with every field of the plan that is wrong
// (Faults included), or data_unavailable.
func (p *Plan) Open(series market.Series) (*Case, error) {
	if len(p.Templates) == 0 { // NewPlan has said so
		_, err := Templates(&p.asked)
		return nil, err
	}
	if len(series.Bars)-series.First < 2 {
		return nil, market.TooFewSessions(p.Scenario.StartDate, p.Scenario.EndDate, max(0, len(series.Bars)-series.First))
	}
	if series.Chains.Source != "" && series.Instrument.Class == market.ClassUnknown {
		series.Instrument.Multiplier = sharesAContract
	}
	if bad := p.asked.Validate(); len(bad) > 0 {
		return nil, lombard.Invalid(AddFaults(bad, p.Faults()))
	}
	bad := p.Faults()
	q := p.For(series.Instrument)
	q.settle(&series)
	bad = AddFaults(bad, q.setPosition(series.Run()[0].Close))
	for _, r := range q.references() {
		bad = AddFaults(bad, coverFault(&r, &series))
	}
	if len(bad) == 0 {
		setRate(&q.Scenario, &series)
		setYield(&q.Scenario, &series)
	}
	pin(&q.Scenario, &series)
	quality := market.QualityOf(&series)
	if err := q.inspect(&series, quality, bad); err != nil {
		return nil, err
	}
	return &Case{
		Scenario: q.Scenario, Defaults: q.Defaults, Templates: q.Templates, Series: series, Quality: quality,
		digest: series.Digest(),
	}, nil
}

// settle gives back what was asked for and is of no use: sessions that nothing
// looks at, and figures of the days before them.
func (p *Plan) settle(series *market.Series) {
	p.settleHistory(series)
	bars := series.Bars
	for _, r := range p.references() {
		to := r.In(series)
		to.Points = to.Points.Around(bars[0].Date, bars[len(bars)-1].Date)
	}
}

// coverFault reports a reference that is not known on some day of the run.
func coverFault(r *Reference, series *market.Series) []lombard.FieldError {
	at := r.In(series)
	known := at.Points.Published
	if r.of == volIndex {
		known = at.Points.AsOf
	}
	run := series.Run()
	for i := range run {
		if _, ok := known(run[i].Date); !ok {
			return r.Unknown(at, run[i].Date)
		}
	}
	return nil
}

// Unknown is the fault of a reference that has no figure for a day; it says for
// which days it has.
func (r *Reference) Unknown(found *market.Reference, date lombard.Date) []lombard.FieldError {
	hint := "Use another series, or a constant."
	if p := found.Points; len(p) > 0 {
		hint = fmt.Sprintf("What is known runs from %s to %s. Choose dates within it, or use a constant.", p[0].Date, p[len(p)-1].Date)
	}
	return []lombard.FieldError{{
		Field: r.Field, Value: r.ID, Code: lombard.CodeNoHistory,
		Message: fmt.Sprintf("%s of %s has no figure of the five days before %s. %s", r.ID, found.Source, date, hint),
	}}
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

// Key is the hash of all that the bytes of the result depend on, for data that
// costs nothing.
func (c *Case) Key() string { return Key(c.Scenario, c.digest) }

// CheckEntry computes the first session of every hedge: what can be bought
// there, at what price, and whether the lender lends what it costs. The error is
// of kind validation, on the field to change.
func (c *Case) CheckEntry(ctx context.Context) error {
	first := c.Series
	first.Bars = first.Bars[:first.First+1]
	var bad []lombard.FieldError
	for i, t := range c.Templates {
		if len(t.Legs) == 0 {
			continue
		}
		path, err := backtest.Run(ctx, backtest.Input{Scenario: c.Scenario, Template: t, Series: first}, nil)
		if err == nil {
			err = fundingFault(&c.Scenario, &path.Days[0])
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			continue
		}
		own := lombard.AsError(c.asAsked(err))
		if own.Kind == lombard.KindInternal {
			return own
		}
		fields := slices.Clone(own.Fields)
		if len(fields) == 0 {
			fields = lombard.FieldsOf(own, templateField(&c.Scenario, i), t.Slug)
		}
		bad = AddFaults(bad, fields)
	}
	return lombard.Invalid(bad)
}

// fundingFault refuses a premium that, drawn on the loan, takes it above what
// the lender lends at entry.
func fundingFault(s *lombard.Scenario, day *lombard.Day) error {
	t := s.Facility.Thresholds
	if t == nil || t.InitialMax == 0 || day.LoanBalanceHedged == day.LoanBalance || day.LTVRecognised <= t.InitialMax {
		return nil
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: "facility.premium_funding", Value: string(s.Facility.PremiumFunding), Code: lombard.CodeInvalid, Suggestion: string(lombard.FundingCash),
		Message: fmt.Sprintf("The premium of %.2f on the loan takes its LTV to %.4f at entry, and the lender lends at most %g. Please pay it in cash, or borrow less.",
			day.LoanBalanceHedged-day.LoanBalance, day.LTVRecognised, t.InitialMax),
	}})
}
