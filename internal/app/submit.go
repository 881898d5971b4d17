package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/google/uuid"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/load"
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
		return Submitted{}, lombard.Internal(fmt.Errorf("make a job id: %w", err))
	}
	body := sha256.Sum256(r.Body)
	known, now := s.Feed.Snapshot(), s.Clock.Now()
	out, err := s.Store.Submit(ctx, NewRun{
		ID: id.String(), Workspace: r.Workspace, Scenario: p.scenario, ScenarioID: calc.ScenarioID(p.scenario), RequestKey: p.key, Force: p.force, OnConflict: p.onConflict,
		IdempotencyKey: r.IdempotencyKey, BodyHash: hex.EncodeToString(body[:]),
		MaxPending: s.MaxPending, Now: now,
	})
	if err != nil {
		return Submitted{}, err
	}
	if !out.Replayed {
		s.journal().Tell(ctx, "backtest created", &out.Job, s.Clock.Now().Sub(began), "superseded", out.Superseded)
		s.journal().EndOf(ctx, &out.Job, now) // of one that is answered from the cache
	}
	if out.Superseded != "" {
		s.tellStored(ctx, r.Workspace, out.Superseded, now)
	}
	out.Job = known.Over(out.Job) // of a replay, which may be at work
	return out, nil
}

// Check is what validating a request finds out, when nothing is wrong.
type Check struct {
	Valid        bool              `json:"valid"`         // The request would be accepted
	Request      lombard.Scenario  `json:"request"`       // The request, resolved: every default filled in
	DefaultsUsed []string          `json:"defaults_used"` // Paths of the fields that were left open
	Warnings     []lombard.Warning `json:"warnings"`      // What may make the figures misleading
	Available    *market.Range     `json:"available"`     // Sessions that the source has of the symbol; null while that is not known
	CostUSD      float64           `json:"data_cost_usd"` // What its data would cost, in US dollars
	MemoryBytes  int64             `json:"memory_bytes"`  // Memory that the run is estimated to take

	EntryDate   lombard.Date `json:"entry_date"`   // First session; this and what follows are 0 or absent while prices are not known
	EntrySpot   float64      `json:"entry_spot"`   // Price of a unit at the entry
	InitialLTV  float64      `json:"initial_ltv"`  // LTV at the entry
	LargestLoan float64      `json:"largest_loan"` // greatest whole cent that is not in call at entry
	CallSpot    float64      `json:"call_spot"`    // price at which the unhedged loan is called
	Sessions    int          `json:"sessions"`     // Trading days of the run
}

// Check resolves a request and says what it would use; nothing is run.
func (s *Service) Check(ctx context.Context, workspace string, body []byte) (Check, error) {
	p, err := s.prepare(ctx, workspace, body)
	if err != nil {
		return Check{}, err
	}
	c := Check{Valid: true, Request: p.scenario, DefaultsUsed: p.defaults, Warnings: []lombard.Warning{}, MemoryBytes: p.memory}
	if p.opened == nil {
		c.Warnings = append(c.Warnings, calc.PresetWarnings(&p.scenario)...)
		return c, nil
	}
	run := p.opened.Series.Run()
	a := p.opened.Loan()
	c.EntryDate, c.EntrySpot, c.Sessions = run[0].Date, run[0].Close, len(run)
	c.InitialLTV, c.LargestLoan, c.CallSpot = a.InitialLTV, a.LargestLoan, a.CallSpot
	c.Warnings = p.opened.Warnings()
	c.CostUSD = p.opened.Series.CostUSD
	listings, err := p.source.Symbols(ctx, market.Caller{Workspace: workspace})
	for _, l := range listings {
		if l.Symbol == p.scenario.Symbol && (l.Dataset == "" || l.Dataset == p.scenario.Dataset) {
			c.Available = &l.Range
		}
	}
	return c, err
}

// Estimate is what the data of a request would cost.
type Estimate struct {
	CostUSD float64 `json:"data_cost_usd"`     // What the data would cost, in US dollars
	Covered bool    `json:"covered"`           // Everything is here already
	Dataset string  `json:"dataset,omitempty"` // Collection that would be used
	Message string  `json:"message"`           // The same as a sentence
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
	cost, err := load.Sources(s.Source).Cost(ctx, load.Caller{Workspace: workspace}, &p.plan)
	if err != nil {
		return Estimate{}, err
	}
	out := Estimate{CostUSD: cost.USD, Covered: cost.Covered, Dataset: cost.Dataset}
	most := *p.scenario.MaxCostUSD
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

// prepared is a request that may be run.
type prepared struct {
	scenario lombard.Scenario // resolved
	defaults []string
	source   market.Source
	plan     calc.Plan
	opened   *calc.Case // nil while not all of its data is here
	key      string     // request key; empty while the data is not known
	force    bool
	memory   int64 // that the run is estimated to take, in bytes

	onConflict lombard.OnConflict
}

// prepare reads, checks and resolves a request. Every bad field that can be
// seen is reported together: a fault in the document does not hide an unknown
// template, and neither hides what prices tell that are here.
func (s *Service) prepare(ctx context.Context, workspace string, body []byte) (prepared, error) {
	asked, err := document.Scenario(body)
	bad, err := badFields(err)
	if err != nil {
		return prepared{}, err
	}
	normalise(&asked)
	p := prepared{force: asked.Force, onConflict: asked.OnConflict}
	if !has(bad, "template_slug", "template_slugs", "template") {
		_, err := calc.Templates(&asked)
		more, err := badFields(err)
		if err != nil {
			return p, err
		}
		bad = calc.AddFaults(bad, more) // one that cannot be read is named as that
	}
	if !has(bad, "data_source") {
		if p.source, err = s.Source(asked.DataSource); err != nil {
			bad = append(bad, lombard.FieldsOf(err, "data_source", asked.DataSource)...)
		}
	}
	if p.source == nil {
		return p, lombard.Invalid(bad)
	}
	sources, who := load.Sources(s.Source), load.Caller{Workspace: workspace}
	if p.plan, err = sources.Plan(standIn(asked, bad)); err != nil {
		return p, err
	}
	bad = calc.AddFaults(bad, p.plan.Faults())
	bad = calc.AddFaults(bad, sources.Faults(ctx, who, &p.plan))
	if len(bad) == 0 {
		if p.memory, err = Memory(s.Budget, &p.plan); err != nil {
			return p, err
		}
	}
	if !has(bad, "symbol", "start_date", "end_date", "dataset") {
		if err := s.price(ctx, who, &p, bad); err != nil {
			return p, err
		}
	}
	if p.opened != nil {
		p.scenario, p.defaults, p.key = p.opened.Scenario, p.opened.Defaults, p.opened.Key()
	} else {
		p.scenario, p.defaults = p.plan.Scenario, p.plan.Defaults
	}
	return p, lombard.Invalid(bad)
}

// standIn is a request without the parts that are wrong, whose faults are
// reported already: the defaults stand in for them, and a loan too small to be
// in call, so that what else is wrong is found.
func standIn(asked lombard.Scenario, bad []lombard.FieldError) lombard.Scenario {
	s := asked
	s.OnConflict = "" // how to run it, not what to run
	if has(bad, "scenario_name") {
		s.ScenarioName = ""
	}
	if has(bad, "max_cost_usd") {
		s.MaxCostUSD = nil
	}
	if has(bad, "data_quality") {
		s.DataQuality = ""
	}
	if hasPrefix(bad, "assumptions.") {
		s.Assumptions = lombard.Assumptions{Vol: s.Assumptions.Vol}
		if hasPrefix(bad, "assumptions.vol") {
			s.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolFlat, Value: calc.FlatYearVol} // which needs nothing
		}
	}
	if hasPrefix(bad, "facility.") {
		s.Facility = lombard.Facility{}
	}
	if hasPrefix(bad, "template") {
		s.TemplateSlug, s.TemplateSlugs, s.Template = "unhedged", nil, nil
	}
	const plenty = 1e6 // of units: enough for a contract of any hedge, and not too much for a loan
	units := !hasPrefix(bad, "underlying_units", "collateral_value")
	ltv := s.LoanToValue != nil && !hasPrefix(bad, "loan_amount", "loan_to_value", "margin_call_ltv")
	if !units {
		s.UnderlyingUnits, s.CollateralValue = plenty, nil
	}
	if hasPrefix(bad, "loan_amount", "loan_to_value", "margin_call_ltv") || !units && !ltv {
		s.LoanAmount, s.LoanToValue, s.MarginCallLTV, s.Facility = math.SmallestNonzeroFloat64, nil, 0.5, lombard.Facility{}
	}
	s.Position = nil // of no use
	return s
}

// price opens a request on prices that are here: of a local source, or bought
// before. It leaves it closed where they are not. The error has every bad field.
func (s *Service) price(ctx context.Context, who load.Caller, p *prepared, bad []lombard.FieldError) error {
	series, err := load.Sources(s.Source).Stored(ctx, who, &p.plan)
	if errors.Is(err, market.ErrNotStored) {
		return nil
	}
	if err != nil {
		return merge(bad, err)
	}
	opened, err := p.plan.Open(series)
	if err != nil {
		return merge(bad, err)
	}
	if len(bad) > 0 {
		return nil
	}
	if err := opened.CheckEntry(ctx); err != nil {
		return err
	}
	p.opened = opened
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
	return lombard.Invalid(calc.AddFaults(bad, own.Fields))
}

// has reports whether one of the fields is bad.
func has(bad []lombard.FieldError, fields ...string) bool {
	return slices.ContainsFunc(bad, func(f lombard.FieldError) bool { return slices.Contains(fields, f.Field) })
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
