package calc

import (
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

// Plan is a scenario before its prices are known: every default filled in, and
// its hedges looked up. Needs says what data it must have; Open takes them.
type Plan struct {
	Scenario  lombard.Scenario // resolved for the instrument that the symbol is taken for
	Defaults  []string         // paths of the fields that were left open
	Templates []hedge.Template // in the order of the request

	asked      lombard.Scenario
	instrument market.Instrument
}

// NewPlan resolves a scenario for its instrument and looks up its hedges. The
// error is a *lombard.Error of kind validation that names every hedge that
// cannot be run; what else is wrong with the scenario is told by Faults.
func NewPlan(asked lombard.Scenario, instrument market.Instrument) (Plan, error) {
	empty := Plan{asked: asked}
	p := empty.For(instrument)
	var err error
	p.Templates, err = Templates(&asked)
	return p, err
}

// Instrument returns what the symbol is taken for.
func (p *Plan) Instrument() market.Instrument { return p.instrument }

// For returns the plan for the instrument that its prices turned out to be of.
func (p *Plan) For(instrument market.Instrument) Plan {
	q := *p
	q.instrument = instrument
	q.Scenario, q.Defaults = Resolve(p.asked, instrument)
	return q
}

// Faults returns every field that keeps the scenario from being run, whatever
// its prices are: numbers out of range, words that are none of a field's
// choices, a smile that allows arbitrage, more than the lender lends, a hedge
// smaller than a contract.
func (p *Plan) Faults() []lombard.FieldError {
	bad := p.asked.Validate()
	bad = AddFaults(bad, p.smileFault())
	bad = AddFaults(bad, lentFault(&p.Scenario))
	return AddFaults(bad, p.sizeFault(0))
}

// HoldsOptions reports whether a hedge of the plan holds options.
func (p *Plan) HoldsOptions() bool { return holdOptions(p.Templates) }

func holdOptions(templates []hedge.Template) bool {
	return slices.ContainsFunc(templates, func(t hedge.Template) bool { return len(t.Legs) > 0 })
}

// Templates looks up the hedges that a scenario names, in its order; the error
// is of kind validation and names every one that is unknown.
func Templates(s *lombard.Scenario) ([]hedge.Template, error) {
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
			bad = append(bad, lombard.FieldsOf(err, templateField(s, i), slug)...)
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

// templateField is where a request names its hedge of that number.
func templateField(s *lombard.Scenario, i int) string {
	switch {
	case len(s.Template) > 0:
		return "template"
	case s.TemplateSlug != "":
		return "template_slug"
	default:
		return fmt.Sprintf("template_slugs[%d]", i)
	}
}

// AddFaults adds to a list of bad fields those that are not in it yet.
func AddFaults(bad, more []lombard.FieldError) []lombard.FieldError {
	for _, f := range more {
		if !slices.ContainsFunc(bad, func(other lombard.FieldError) bool { return other.Field == f.Field }) {
			bad = append(bad, f)
		}
	}
	return bad
}
