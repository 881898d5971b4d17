package study

import (
	"fmt"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
)

// check reports what is wrong with the request itself; the scenario and the
// values of the axes are checked as its groups are made.
func (p *Plan) check() {
	r := &p.Request
	oneOf(p, "study", r.Study, true)
	oneOf(p, "every", r.Every, false)
	if r.Horizon < 0 || r.Horizon > lombard.MaxHorizon {
		p.fail("horizon", r.Horizon, fmt.Sprintf("must be from 1 to %d months, such as 12m.", lombard.MaxHorizon))
	}
	p.onlyOf("every", r.Every != "", lombard.StudyRolling, lombard.StudySolve)
	p.onlyOf("horizon", r.Horizon != 0, lombard.StudyRolling, lombard.StudySolve, lombard.StudyMonteCarlo)
	p.unused("target", r.Target != nil, lombard.StudySolve)
	p.unused("paths", r.Paths != 0, lombard.StudyMonteCarlo)
	p.onlyOf("variable", r.Variable != "", lombard.StudySolve)
	p.onlyOf("simulation", r.Simulation != nil, lombard.StudyMonteCarlo)
	p.onlyOf("crises", r.Crises != nil, lombard.StudyCrises)
	p.onlyOf("vary", len(r.Vary) > 0, lombard.StudyRolling, lombard.StudySweep, lombard.StudyCrises, lombard.StudyMonteCarlo, lombard.StudySolve)
	if r.Study == lombard.StudySweep && len(r.Vary) == 0 {
		p.fail("vary", nil, "is required: name a field and its values, such as {\"loan_to_value\": [0.4, 0.5, 0.6]}.")
	}
	if mode := r.Scenario.Assumptions.PricingMode; mode == lombard.PricingQuotes {
		p.fail("scenario.assumptions.pricing_mode", mode, "cannot be quotes in a study: which quotes a run may look at depends on its hedge and its start. Use synthetic.")
	}
	for _, axis := range r.Vary {
		if p.solvesLoan() && (axis.Path == "loan_to_value" || axis.Path == "loan_amount") {
			p.fail("vary."+axis.Path, nil, "cannot be varied where the loan is what is looked for.")
		}
	}
	p.checkProduct()
	p.checkTarget()
	p.checkSimulation()
	for i, c := range r.Crises {
		if c.End <= c.Start {
			p.fail(fmt.Sprintf("crises[%d].end", i), c.End, "must be after its start.")
		}
	}
}

func oneOf[T lombard.Chosen](p *Plan, field string, value T, required bool) {
	if lombard.Known(value) || value == "" && !required {
		return
	}
	names := lombard.NamesOf[T]()
	message := "must be " + listOf(names) + "."
	if value == "" {
		message = "is required: " + listOf(names) + "."
	}
	p.bad = append(p.bad, lombard.FieldError{Field: field, Value: value, Code: lombard.CodeInvalid, Message: field + " " + message, Suggestion: names[0]})
}

func (p *Plan) onlyOf(field string, given bool, kinds ...lombard.StudyKind) {
	if given && lombard.Known(p.Request.Study) && !slices.Contains(kinds, p.Request.Study) {
		p.fail(field, nil, fmt.Sprintf("is for studies of the kind %s only. Leave it out.", listOf(kinds)))
	}
}

// unused notes a field that studies of this kind do not look at: a request may
// carry it along to one that does.
func (p *Plan) unused(field string, given bool, kind lombard.StudyKind) {
	if given && p.Request.Study != kind {
		p.notes = append(p.notes, fmt.Sprintf("%s is not used by this kind of study.", field))
	}
}

// listOf writes a, b or c.
func listOf[T ~string](words []T) string {
	text := ""
	for i, k := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text += " or "
		default:
			text += ", "
		}
		text += string(k)
	}
	return text
}

// checkProduct refuses more combinations than a study may have cells, and says
// which axis to thin.
func (p *Plan) checkProduct() {
	product, longest := len(p.slugs()), 0
	for i, axis := range p.Request.Vary {
		product *= max(1, len(axis.Values))
		if len(axis.Values) > len(p.Request.Vary[longest].Values) {
			longest = i
		}
	}
	if product > maxGroups {
		axis := p.Request.Vary[longest]
		p.fail("vary."+axis.Path, len(axis.Values), fmt.Sprintf("has %d values, which makes %s combinations; a study has at most %s. Thin it, for it is the longest.",
			len(axis.Values), lombard.Number(float64(product)), lombard.Number(maxGroups)))
	}
}

func (p *Plan) checkTarget() {
	r := &p.Request
	t := r.Target
	if t == nil || r.Study != lombard.StudySolve {
		return
	}
	oneOf(p, "target.metric", t.Metric, true)
	switch {
	case t.Metric == lombard.TargetNeverCalled && t.AtMost != 0:
		p.fail("target.at_most", t.AtMost, "is 0 for never-called. Leave it out, or use share_called_hedged.")
	case !(t.AtMost >= 0 && t.AtMost < 1):
		p.fail("target.at_most", t.AtMost, "must be a fraction of at least 0 and below 1, such as 0.05.")
	}
	if r.Variable != variableLoan {
		p.fail("variable", r.Variable, fmt.Sprintf("must be %s: the largest loan is what this version looks for.", variableLoan))
	}
}

func (p *Plan) checkSimulation() {
	r := &p.Request
	m := r.Simulation
	if r.Study != lombard.StudyMonteCarlo || m == nil {
		return
	}
	if r.Paths < 2 || r.Paths > lombard.MaxPaths {
		p.fail("paths", r.Paths, fmt.Sprintf("must be from 2 to %s.", lombard.Number(lombard.MaxPaths)))
	}
	oneOf(p, "simulation.model", m.Model, true)
	within := func(field string, x *float64, low, high float64, needed bool) {
		if needed && x == nil {
			p.fail("simulation."+field, nil, "is required with the model jump.")
		} else if x != nil && !(*x >= low && *x <= high) {
			p.fail("simulation."+field, *x, fmt.Sprintf("must be from %s to %s.", lombard.Digits(low), lombard.Digits(high)))
		}
	}
	jumps := m.Model == lombard.SimulateJump
	within("drift", m.Drift, -1, 1, false)
	within("vol", m.Vol, 0.001, 5, false)
	within("jump_intensity", m.JumpIntensity, 0, 100, jumps)
	within("jump_mean", m.JumpMean, -2, 2, jumps)
	within("jump_vol", m.JumpVol, 0, 2, jumps)
	if m.Block < 0 || m.Block > 2520 {
		p.fail("simulation.block", m.Block, "must be from 1 to 2,520 sessions.")
	}
	if s := &r.Scenario; s.Facility.Monitoring == lombard.MonitoringLow {
		p.fail("scenario.facility.monitoring", s.Facility.Monitoring, "cannot be low in a montecarlo: simulated prices are closes. Use close.")
	}
}

// variableLoan is what solve looks for.
const variableLoan = "loan_to_value"

func isControl(slug string) bool {
	t, err := hedge.Lookup(slug)
	return err == nil && t.Control == hedge.ControlDeleverage
}

func holdsOptions(slug string) bool {
	t, err := hedge.Lookup(slug)
	return err == nil && len(t.Legs) > 0
}

// every lists all hedges of the catalogue.
func every() []string {
	var all []string
	for _, t := range hedge.All() {
		all = append(all, t.Slug)
	}
	return all
}
