package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// SubmitRequest is a document and where it belongs.
type SubmitRequest struct {
	Workspace      string
	Body           []byte // the JSON document
	IdempotencyKey string // empty: none
}

// Submit checks a request and records it as the workspace's current job. What
// needs prices is checked here when the source is local, by the job otherwise.
// Errors are of kind malformed, validation, data_unavailable, resource_limit,
// conflict (Busy), draining or storage; nothing is stored then.
func (s *Service) Submit(ctx context.Context, r SubmitRequest) (Submitted, error) {
	if s.draining.Load() {
		return Submitted{}, s.Ready(ctx)
	}
	began := s.Clock.Now()
	p, err := s.prepare(ctx, r.Workspace, r.Body)
	if err != nil {
		return Submitted{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Submitted{}, internal(fmt.Errorf("make a job id: %w", err))
	}
	body := sha256.Sum256(r.Body)
	live, now := s.hub.snapshot(), s.Clock.Now()
	out, err := s.Store.Submit(ctx, NewRun{
		ID: id.String(), Workspace: r.Workspace, Scenario: p.scenario, ScenarioID: ScenarioID(p.scenario), RequestKey: p.key, Force: p.force, OnConflict: p.onConflict,
		IdempotencyKey: r.IdempotencyKey, BodyHash: hex.EncodeToString(body[:]),
		MaxPending: s.MaxPending, Now: now,
	})
	if err != nil {
		return Submitted{}, err
	}
	if !out.Replayed {
		s.tell(ctx, "backtest created", &out.Job, s.Clock.Now().Sub(began), "superseded", out.Superseded)
		s.tellEndOf(ctx, &out.Job, now) // of one that is answered from the cache
	}
	if out.Superseded != "" {
		s.tellStored(ctx, r.Workspace, out.Superseded, now)
	}
	out.Job = live.over(out.Job) // of a replay, which may be at work
	return out, nil
}

// Check is what validating a request finds out, when nothing is wrong.
type Check struct {
	Valid        bool              `json:"valid"`
	Request      lombard.Scenario  `json:"request"`       // resolved, with every default
	DefaultsUsed []string          `json:"defaults_used"` // paths of the fields left open
	Warnings     []lombard.Warning `json:"warnings"`
	Available    *market.Range     `json:"available"` // sessions the source has of the symbol; null while unknown
	CostUSD      float64           `json:"data_cost_usd"`
	MemoryBytes  int64             `json:"memory_bytes"` // that the run is estimated to take while it is computed

	EntryDate   lombard.Date `json:"entry_date"` // what follows is 0 while prices are not known
	EntrySpot   float64      `json:"entry_spot"`
	InitialLTV  float64      `json:"initial_ltv"`
	LargestLoan float64      `json:"largest_loan"` // greatest whole cent that is not in call at entry
	CallSpot    float64      `json:"call_spot"`    // price at which the unhedged loan is called
	Sessions    int          `json:"sessions"`
}

// Check resolves a request and says what it would use; nothing is run.
func (s *Service) Check(ctx context.Context, workspace string, body []byte) (Check, error) {
	p, err := s.prepare(ctx, workspace, body)
	if err != nil {
		return Check{}, err
	}
	c := Check{Valid: true, Request: p.scenario, DefaultsUsed: p.defaults, Warnings: []lombard.Warning{}, MemoryBytes: p.memory}
	if p.series == nil {
		c.Warnings = append(c.Warnings, presetWarnings(&p.scenario)...)
		return c, nil
	}
	run := p.series.Run()
	a, _ := affordable(&p.scenario, run[0].Close)
	c.EntryDate, c.EntrySpot, c.Sessions = run[0].Date, run[0].Close, len(run)
	c.InitialLTV, c.LargestLoan, c.CallSpot = a.InitialLTV, a.LargestLoan, a.CallSpot
	c.Warnings = warningsOf(&p.scenario, p.series, market.QualityOf(p.series))
	c.CostUSD = p.series.CostUSD
	listings, err := p.source.Symbols(ctx, workspace)
	for _, l := range listings {
		if l.Symbol == p.scenario.Symbol && (l.Dataset == "" || l.Dataset == p.scenario.Dataset) {
			c.Available = &l.Range
		}
	}
	return c, err
}

// Estimate is what the data of a request would cost.
type Estimate struct {
	CostUSD float64 `json:"data_cost_usd"`
	Covered bool    `json:"covered"` // everything is here already
	Dataset string  `json:"dataset,omitempty"`
	Message string  `json:"message"`
}

// Estimate tells what the data of a request would cost at the source.
func (s *Service) Estimate(ctx context.Context, workspace, slug string, body []byte) (Estimate, error) {
	p, err := s.prepare(ctx, workspace, body)
	if err != nil {
		return Estimate{}, err
	}
	source, err := s.Source(slug)
	if err != nil {
		return Estimate{}, err
	}
	if p.scenario.DataSource != slug {
		return Estimate{}, lombard.Invalid([]lombard.FieldError{{
			Field: "data_source", Value: p.scenario.DataSource, Code: lombard.CodeInvalid, Suggestion: slug,
			Message: fmt.Sprintf("data_source is not %s, which the estimate was asked of.", slug),
		}})
	}
	out := Estimate{Covered: true}
	if e, ok := source.(market.Estimator); ok {
		if out, err = estimateOf(ctx, e, source, workspace, &p.scenario); err != nil {
			return out, err
		}
	}
	if err := s.addChains(ctx, workspace, &p.scenario, &out); err != nil {
		return out, err
	}
	most := budgetOf(&p.scenario)
	switch {
	case out.Covered && source.Describe().Local && p.scenario.Assumptions.PricingMode != lombard.PricingQuotes:
		out.Message = fmt.Sprintf("The %s source is on this machine and costs nothing.", source.Describe().Slug)
	case out.Covered:
		out.Message = "All the data is stored already; the run costs $0.00."
	case out.CostUSD > most:
		out.Message = fmt.Sprintf("The data would cost about $%.2f, more than the $%.2f that this run may spend.", out.CostUSD, most)
	default:
		out.Message = fmt.Sprintf("The data would cost about $%.2f.", out.CostUSD)
	}
	return out, nil
}

// estimateOf asks a vendor what the data of a scenario would cost.
func estimateOf(ctx context.Context, e market.Estimator, source market.Source, workspace string, s *lombard.Scenario) (Estimate, error) {
	need := neededBy(s, market.InstrumentAt(source, s.Symbol))
	cost, err := e.Estimate(ctx, market.Query{
		Workspace: workspace, Symbol: s.Symbol, Dataset: s.Dataset, Start: s.StartDate, End: s.EndDate, Warmup: warmupOf(s, source), Needed: need.Least, MaxCostUSD: budgetOf(s),
	})
	if short, ok := errors.AsType[*market.ShortHistory](err); ok {
		return Estimate{}, lombard.Invalid(shortFault(s, need, short))
	}
	if err != nil {
		return Estimate{}, err
	}
	return Estimate{CostUSD: cost.USD, Covered: len(cost.Missing) == 0, Dataset: cost.Dataset}, nil
}

// prepared is a request that may be run.
type prepared struct {
	scenario lombard.Scenario // resolved
	defaults []string
	source   market.Source
	series   *market.Series // nil while not all of it is here
	key      string         // request key; empty while the data is not known
	force    bool
	memory   int64 // that the run is estimated to take, in bytes

	onConflict string
}

// prepare reads, checks and resolves a request. Every bad field that can be
// seen is reported together: a fault in the document does not hide an unknown
// template.
func (s *Service) prepare(ctx context.Context, workspace string, body []byte) (prepared, error) {
	asked, err := lombard.ParseScenario(body)
	bad, err := badFields(err)
	if err != nil {
		return prepared{}, err
	}
	normalise(&asked)
	has := func(field string) bool {
		for _, f := range bad {
			if f.Field == field {
				return true
			}
		}
		return false
	}
	p := prepared{force: asked.Force, onConflict: asked.OnConflict}
	if !has("template_slug") && !has("template_slugs") && !has("template") {
		more, err := templateFaults(&asked)
		if err != nil {
			return p, err
		}
		for _, f := range more {
			if !has(f.Field) { // one that cannot be read is named as that
				bad = append(bad, f)
			}
		}
	}
	if !has("data_source") {
		if p.source, err = s.Source(asked.DataSource); err != nil {
			bad = append(bad, fieldsOf(err, "data_source", asked.DataSource)...)
		}
	}
	if p.source != nil {
		bad = alsoBad(bad, requestFaults(ctx, workspace, readable(&asked, bad), p.source, s.Source))
	}
	if len(bad) == 0 {
		if p.memory, err = s.fits(&asked, p.source); err != nil {
			return p, err
		}
	}
	priced := p.source != nil && !has("symbol") && !has("start_date") && !has("end_date") && !has("dataset")
	if !priced {
		if err := lombard.Invalid(bad); err != nil {
			return p, err
		}
		p.scenario, p.defaults = calc.Resolve(asked, market.InstrumentAt(p.source, asked.Symbol))
		return p, nil
	}
	err = s.price(ctx, workspace, asked, bad, &p)
	if !errors.Is(err, market.ErrNotStored) {
		return p, err
	}
	if err := lombard.Invalid(bad); err != nil {
		return p, err
	}
	p.scenario, p.defaults = calc.Resolve(asked, market.InstrumentAt(p.source, asked.Symbol))
	return p, nil
}

// readable is a request without the parts that are wrong, whose faults are
// reported already: the defaults stand in for them.
func readable(asked *lombard.Scenario, bad []lombard.FieldError) *lombard.Scenario {
	s := *asked
	if hasPrefix(bad, "assumptions.") {
		s.Assumptions = lombard.Assumptions{Vol: s.Assumptions.Vol}
		if hasPrefix(bad, "assumptions.vol") {
			s.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolFlat, Value: FlatYearVol} // which needs nothing
		}
	}
	if hasPrefix(bad, "facility.") {
		s.Facility = lombard.Facility{}
	}
	if hasPrefix(bad, "template") {
		s.TemplateSlug, s.TemplateSlugs, s.Template = "unhedged", nil, nil
	}
	return &s
}

// price checks a request against prices that are here: of a local source, or
// bought before. The error is market.ErrNotStored where they are not.
func (s *Service) price(ctx context.Context, workspace string, asked lombard.Scenario, bad []lombard.FieldError, p *prepared) error {
	usable := readable(&asked, bad)
	series, err := fetch(ctx, Asker{Workspace: workspace}, usable, s.Source, true, func(int64, int64) {})
	if errors.Is(err, market.ErrNotStored) {
		return market.ErrNotStored
	}
	if err != nil {
		return merge(bad, err)
	}
	p.series = &series
	p.scenario, p.defaults = calc.Resolve(*usable, series.Instrument)
	setRate(&p.scenario, &series)
	setYield(&p.scenario, &series)
	pin(&p.scenario, &series)
	check := p.scenario
	units := check.UnderlyingUnits
	if !(units > 0 && units <= lombard.MaxUnits) || hasPrefix(bad, "loan_amount", "margin_call_ltv") {
		check.UnderlyingUnits, check.LoanAmount, check.MarginCallLTV = 1, series.Run()[0].Close/4, 0.5 // nothing more to say of the loan
		check.Facility = lombard.Facility{}
	}
	templates, err := templatesOf(&check)
	if err != nil {
		templates = nil // which is reported already
	}
	if _, err := inspect(&check, &series, templates); err != nil {
		return merge(bad, err)
	}
	if err := lombard.Invalid(bad); err != nil {
		return err
	}
	if err := entryFault(ctx, &p.scenario, &series, templates); err != nil {
		return err
	}
	p.key = requestKey(p.scenario, series.Digest())
	return nil
}

// badFields takes the bad fields out of a validation error; another error is
// returned as it is.
func badFields(err error) ([]lombard.FieldError, error) {
	if err == nil {
		return nil, nil
	}
	if own, ok := errors.AsType[*lombard.Error](err); ok && own.Kind == lombard.KindValidation {
		return own.Fields, nil
	}
	return nil, err
}

func templateFaults(asked *lombard.Scenario) ([]lombard.FieldError, error) {
	_, err := templatesOf(asked)
	return badFields(err)
}

// merge adds the fields of err to those already bad. An error about the
// source's data stays what it is while it is the only fault.
func merge(bad []lombard.FieldError, err error) error {
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok || len(bad) == 0 {
		if ok {
			return own
		}
		return err
	}
	if len(own.Fields) == 0 {
		return lombard.Invalid(bad) // the prices can be asked again when the fields are right
	}
	return lombard.Invalid(alsoBad(bad, own.Fields))
}

// alsoBad adds the faults of fields that have none yet.
func alsoBad(bad, more []lombard.FieldError) []lombard.FieldError {
	for _, f := range more {
		if !slices.ContainsFunc(bad, func(other lombard.FieldError) bool { return other.Field == f.Field }) {
			bad = append(bad, f)
		}
	}
	return bad
}

func hasPrefix(bad []lombard.FieldError, prefixes ...string) bool {
	for _, f := range bad {
		for _, prefix := range prefixes {
			if len(f.Field) >= len(prefix) && f.Field[:len(prefix)] == prefix {
				return true
			}
		}
	}
	return false
}
