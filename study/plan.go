package study

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/market"
)

// Defaults of a request.
const (
	defaultHorizon = 12 // months
	defaultSeed    = 1
	defaultPaths   = 10_000
	defaultBlock   = 21 // sessions, of the bootstrap
	exampleValue   = 100_000
)

// Plan is a study before its prices are known: every default filled in, and a
// plan of the engine for each of its groups.
type Plan struct {
	Request lombard.Study // resolved, but for what only prices can tell

	groups     []*group
	bad        []lombard.FieldError
	instrument market.Instrument
	notes      []string
}

// maxGroups is how many combinations of hedges and values a study may have: each
// is planned before anything is computed, and keeps its plan.
const maxGroups = 20_000

// group are the cells of one hedge and one combination of values.
type group struct {
	at       lombard.Coordinates
	slug     string
	scenario lombard.Scenario // as a request has it; dates and position are a window's
	plan     calc.Plan
	answer   int // which of the plan's hedges is the group's own; the first of two is what a control repays
	position position
	failed   error // why no window can be run
}

// NewPlan resolves the request of a study for the instrument that its symbol is
// taken for. What is wrong with it is told by Faults.
func NewPlan(asked lombard.Study, instrument market.Instrument) *Plan {
	p := &Plan{Request: asked, instrument: instrument}
	p.resolve()
	p.check()
	if len(p.bad) > 0 {
		return p
	}
	p.expand()
	return p
}

// Faults returns every field that keeps the study from being run, whatever its
// prices are. Those of the scenario begin with "scenario.".
func (p *Plan) Faults() []lombard.FieldError { return p.bad }

// Base returns the plan of the engine whose Needs the whole study has: the
// group that looks back furthest, over the period of the scenario. It is nil while
// there are Faults.
func (p *Plan) Base() *calc.Plan {
	var base *calc.Plan
	most := 0
	for _, g := range p.groups {
		if n := g.plan.Needs(); base == nil || max(n.Warmup, n.WithDividends) > most {
			base, most = &g.plan, max(n.Warmup, n.WithDividends)
		}
	}
	return base
}

func (p *Plan) resolve() {
	r := &p.Request
	if r.Name == "" {
		r.Name = strings.TrimSpace(r.Scenario.Symbol + " " + string(r.Study))
	}
	r.Scenario.ScenarioName, r.Scenario.Force, r.Scenario.OnConflict = "", false, ""
	if r.Seed == 0 {
		r.Seed = defaultSeed
	}
	if r.Study == lombard.StudyRolling || r.Study == lombard.StudySolve {
		fill(&r.Every, lombard.DefaultOf[lombard.Every]())
	}
	if r.Study == lombard.StudyRolling || r.Study == lombard.StudySolve || r.Study == lombard.StudyMonteCarlo {
		fill(&r.Horizon, defaultHorizon)
	}
	if r.Study == lombard.StudySolve {
		fill(&r.Variable, "loan_to_value")
		if r.Target == nil {
			r.Target = &lombard.Target{Metric: lombard.TargetNeverCalled}
		}
	}
	if r.Study == lombard.StudyMonteCarlo {
		p.resolveSimulation()
	}
	if s := &r.Scenario; p.solvesLoan() && (s.LoanAmount != 0 || s.LoanToValue != nil) {
		s.LoanAmount, s.LoanToValue = 0, nil
		p.notes = append(p.notes, "The loan of the request is not used: it is what is looked for.")
	}
	r.Scenario.Position = nil
	p.resolvePosition()
}

func (p *Plan) resolveSimulation() {
	r := &p.Request
	fill(&r.Paths, defaultPaths)
	var m lombard.Simulation
	if r.Simulation != nil {
		m = *r.Simulation
	}
	fill(&m.Model, lombard.DefaultOf[lombard.SimulationModel]())
	if m.Model == lombard.SimulateBootstrap {
		fill(&m.Block, defaultBlock)
	}
	r.Simulation = &m
}

func fill[T comparable](to *T, value T) {
	var zero T
	if *to == zero {
		*to = value
	}
}

// slugs returns the hedges of the study; one that is written inline has none.
func (p *Plan) slugs() []string {
	s := &p.Request.Scenario
	if all := s.Slugs(); len(all) > 0 {
		if p.solvesLoan() && !slices.Contains(all, unhedged) {
			all = append(slices.Clip(all), unhedged) // to compare with
		}
		return all
	}
	if p.Request.Study == lombard.StudyFrontier && len(s.Template) == 0 {
		return every()
	}
	if p.solvesLoan() && len(s.Template) > 0 {
		return []string{"", unhedged}
	}
	return []string{""}
}

func (p *Plan) solvesLoan() bool {
	return p.Request.Study == lombard.StudySolve && p.Request.Variable == variableLoan
}

// expand makes a group of each hedge and each combination of values, the hedge
// outermost, and notes what is wrong with the values.
func (p *Plan) expand() {
	axes := p.Request.Vary
	for _, axis := range axes {
		p.checkAxis(axis)
	}
	if len(p.bad) > 0 {
		return
	}
	for _, slug := range p.slugs() {
		at := make([]int, len(axes))
		for {
			p.add(slug, at)
			if !next(at, axes) {
				break
			}
		}
	}
	if len(p.bad) == 0 {
		p.checkSeries()
		p.echo()
	}
}

// checkSeries refuses values that make some runs read a published series which
// others do not: the prices of a study are fetched once.
func (p *Plan) checkSeries() {
	first := p.groups[0].plan.Needs().References
	for _, g := range p.groups {
		if !slices.Equal(g.plan.Needs().References, first) {
			axis := p.Request.Vary[0].Path
			p.fail("vary."+axis, nil, "makes the runs read different published series, and a study fetches its data once. Vary other fields, or run a study for each.")
			return
		}
	}
}

// echo writes the defaults of the scenario into the request, where the values of
// the axes mean the same beside them: a lender's preset that is varied has
// defaults of its own.
func (p *Plan) echo() {
	asked := p.Request.Scenario
	resolved, _ := calc.Resolve(asked, p.instrument)
	resolved.ScenarioName = ""
	for _, axis := range p.Request.Vary {
		for _, value := range axis.Values {
			one, err := set(asked, axis.Path, value)
			other, failed := set(resolved, axis.Path, value)
			if err != nil || failed != nil {
				return
			}
			one, _ = calc.Resolve(one, p.instrument)
			other, _ = calc.Resolve(other, p.instrument)
			if calc.ScenarioID(one) != calc.ScenarioID(other) {
				p.notes = append(p.notes, "The request is shown as it was asked: the defaults of its scenario depend on what is varied.")
				return
			}
		}
	}
	p.Request.Scenario = resolved
}

// next moves to the next combination of values, the last axis fastest.
func next(at []int, axes lombard.Axes) bool {
	for i := len(axes) - 1; i >= 0; i-- {
		if at[i]++; at[i] < len(axes[i].Values) {
			return true
		}
		at[i] = 0
	}
	return false
}

// add makes the group of a hedge and a combination of values. A combination that
// cannot be run although each of its values can is a group whose cells fail.
func (p *Plan) add(slug string, at []int) {
	g := &group{slug: slug, scenario: p.Request.Scenario}
	if slug != "" {
		g.scenario.TemplateSlug, g.scenario.TemplateSlugs, g.scenario.Template = slug, nil, nil
		g.at = append(g.at, lombard.Coordinate{Path: "template_slug", Value: slug})
	}
	for i, axis := range p.Request.Vary {
		value := axis.Values[at[i]]
		var err error
		if g.scenario, err = set(g.scenario, axis.Path, value); err != nil {
			g.failed = err
		}
		if axis.Path == "template_slug" {
			g.slug = g.scenario.TemplateSlug
			g.at = slices.DeleteFunc(g.at, func(c lombard.Coordinate) bool { return c.Path == "template_slug" })
		}
		g.at = append(g.at, lombard.Coordinate{Path: axis.Path, Value: value})
	}
	bad := g.open(p)
	if len(bad) > 0 && len(p.groups) == 0 {
		p.scenarioFaults(bad) // of the first group: it is the scenario's own
		return
	}
	if len(bad) > 0 {
		g.failed = lombard.Invalid(bad)
	}
	p.groups = append(p.groups, g)
}

// open plans the group's scenario and returns what is wrong with it.
func (g *group) open(p *Plan) []lombard.FieldError {
	s := g.scenario
	g.position = positionOf(&s)
	if compared := p.comparedWith(g); compared != "" { // the control repays with what this one takes from outside
		s.TemplateSlug, s.TemplateSlugs = "", []string{compared, g.slug}
		g.scenario, g.answer = s, 1
	}
	plan, err := calc.NewPlan(p.stated(s), p.instrument)
	g.plan = plan
	var bad []lombard.FieldError
	if err != nil {
		bad = lombard.FieldsOf(err, "template_slug", g.slug)
	}
	bad = calc.AddFaults(bad, g.plan.Faults())
	return bad
}

// comparedWith returns the hedge whose cash the control of a group repays the
// loan with: the first of the study's others. Empty: the group is no such control.
func (p *Plan) comparedWith(g *group) string {
	if !isControl(g.slug) {
		return ""
	}
	for _, slug := range p.slugs() {
		if slug != "" && slug != g.slug && holdsOptions(slug) {
			return slug
		}
	}
	return ""
}

func (p *Plan) scenarioFaults(bad []lombard.FieldError) {
	p.bad = calc.AddFaults(p.bad, ScenarioFaults(bad))
}

// ScenarioFaults puts faults of a scenario to where it stands in the request of a
// study.
func ScenarioFaults(bad []lombard.FieldError) []lombard.FieldError {
	all := make([]lombard.FieldError, len(bad))
	for i, f := range bad {
		f.Message = strings.Replace(f.Message, f.Field, "scenario."+f.Field, 1)
		f.Field = "scenario." + f.Field
		all[i] = f
	}
	return all
}

func (p *Plan) fail(field string, value any, message string) {
	p.bad = append(p.bad, lombard.FieldError{Field: field, Value: value, Code: lombard.CodeInvalid, Message: field + " " + message})
}

// checkAxis reports an axis that cannot be varied, and each of its values that a
// run would refuse.
func (p *Plan) checkAxis(axis lombard.Axis) {
	field := "vary." + axis.Path
	if len(axis.Values) < 2 {
		p.fail(field, axis.Values, "must have at least two values; give a single one in the scenario.")
		return
	}
	base := p.Request.Scenario
	if slugs := p.slugs(); slugs[0] != "" {
		base.TemplateSlug, base.TemplateSlugs, base.Template = slugs[0], nil, nil
	}
	for _, other := range p.Request.Vary { // so that a field which an axis gives is not missing
		if other.Path != axis.Path && len(other.Values) > 0 {
			if changed, err := set(base, other.Path, other.Values[0]); err == nil {
				base = changed
			}
		}
	}
	found := make([][]lombard.FieldError, len(axis.Values))
	for i, value := range axis.Values {
		at := fmt.Sprintf("%s[%d]", field, i)
		if slices.Contains(axis.Values[:i], value) {
			p.fail(at, value, "appears twice.")
			continue
		}
		changed, err := set(base, axis.Path, value)
		if f, ok := errors.AsType[*fault](err); ok && f.ofValue {
			p.fail(at, value, f.says)
			continue
		} else if ok {
			p.fail(field, nil, f.says)
			return
		}
		g := &group{slug: changed.TemplateSlug, scenario: changed}
		found[i] = g.open(p)
	}
	p.valueFaults(axis, found)
}

// valueFaults reports what only some values of an axis bring, beside the value;
// what all of them bring is the scenario's own, unless it is the field itself.
func (p *Plan) valueFaults(axis lombard.Axis, found [][]lombard.FieldError) {
	name := axis.Path
	if long, ok := longNames[name]; ok {
		name = long
	}
	with := map[string]int{}
	for _, bad := range found {
		for _, f := range bad {
			with[f.Field]++
		}
	}
	for i, bad := range found {
		for _, f := range bad {
			own := f.Field == name || strings.HasPrefix(name, "template") && strings.HasPrefix(f.Field, "template")
			if !own && with[f.Field] == len(found) {
				continue
			}
			at := fmt.Sprintf("vary.%s[%d]", axis.Path, i)
			if own {
				f.Message = strings.Replace(f.Message, f.Field, at, 1)
			} else {
				f.Message = fmt.Sprintf("%s does not go with the rest of the scenario: %s", at, f.Message)
			}
			f.Field, f.Value, f.Suggestion = at, axis.Values[i], ""
			if !slices.ContainsFunc(p.bad, func(other lombard.FieldError) bool { return other.Field == at }) {
				p.bad = append(p.bad, f)
			}
		}
	}
}

// ID returns the hash of the resolved request without its name.
func (p *Plan) ID() string {
	r := p.Request
	r.Name = ""
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // a resolved request holds no NaN, no function and no cycle
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
