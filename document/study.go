package document

import (
	"fmt"
	"math"

	"lombard.example/lombard"
)

// Study reads a request of a study strictly, as Scenario reads that of a
// backtest. What it leaves open, and whether the values of its axes are right, is
// told later by study.NewPlan.
func Study(data []byte) (lombard.Study, error) {
	var s lombard.Study
	r := &Reader{}
	if fault := r.Read(data, "", func(o *Object) { study(o, &s) }); fault != nil {
		return lombard.Study{}, fault.Of("The request")
	}
	return s, lombard.Invalid(r.Bad)
}

func study(f *Object, s *lombard.Study) {
	Word(f, "study", &s.Study)
	f.Text("name", &s.Name, lombard.MaxName)
	f.Require("scenario", "an object with the fields of a backtest")
	f.Object("scenario", func(in *Object) { scenario(in, &s.Scenario) })
	Word(f, "every", &s.Every)
	f.Value("horizon", func(path string, n Node) {
		text, ok := n.Text()
		if ok {
			s.Horizon, ok = lombard.ParseMonths(text)
		}
		if !ok {
			f.r.Fail(path, n.Plain(), fmt.Sprintf("must be a length in months or years of at most %d months, such as 12m.", lombard.MaxHorizon))
		}
	})
	f.Value("vary", func(path string, n Node) { vary(f.r, path, n, &s.Vary) })
	f.Object("target", func(in *Object) {
		s.Target = &lombard.Target{}
		Word(in, "metric", &s.Target.Metric)
		in.Number("at_most", &s.Target.AtMost)
	})
	f.Slug("variable", &s.Variable)
	seed := int(s.Seed)
	f.Integer("seed", &seed)
	s.Seed = int64(seed)
	f.Integer("paths", &s.Paths)
	f.Object("simulation", func(in *Object) {
		s.Simulation = &lombard.Simulation{}
		m := s.Simulation
		Word(in, "model", &m.Model)
		in.Optional("drift", &m.Drift)
		in.Optional("vol", &m.Vol)
		in.Integer("block", &m.Block)
		in.Optional("jump_intensity", &m.JumpIntensity)
		in.Optional("jump_mean", &m.JumpMean)
		in.Optional("jump_vol", &m.JumpVol)
	})
	f.List("crises", "a list of windows", lombard.MaxCrises, func(items []Node) { s.Crises = make([]lombard.Crisis, len(items)) }, func(path string, i int, n Node) {
		f.r.Object(path, n, func(in *Object) {
			c := &s.Crises[i]
			in.Require("name", "such as 2008–09")
			in.Text("name", &c.Name, lombard.MaxSlug)
			in.Require("start", "the last close before the fall")
			in.Date("start", &c.Start)
			in.Require("end", "the end of the window")
			in.Date("end", &c.End)
			in.Text("source", &c.Source, lombard.MaxName)
		})
	})
}

// vary reads the axes, in the order in which they stand.
func vary(r *Reader, path string, n Node, to *lombard.Axes) {
	names, values, ok := n.Fields()
	switch {
	case !ok:
		r.wrongType(path, n, "an object: a field of the scenario and its values, such as {\"loan_to_value\": [0.4, 0.5, 0.6]}")
		return
	case len(names) > lombard.MaxAxes:
		r.Fail(path, len(names), fmt.Sprintf("names %d fields; at most %d can be varied at once.", len(names), lombard.MaxAxes))
		return
	}
	for i, name := range names {
		at := join(path, name)
		if items, isList := values[i].Items(); isList {
			*to = append(*to, lombard.Axis{Path: name, Values: listed(r, at, items)})
			continue
		}
		if _, _, isObject := values[i].Fields(); isObject {
			*to = append(*to, lombard.Axis{Path: name, Values: stepped(r, at, values[i])})
			continue
		}
		r.wrongType(at, values[i], "a list of values, or an object with from, to and step")
	}
}

func listed(r *Reader, path string, items []Node) []any {
	if len(items) > lombard.MaxAxisValues {
		r.Fail(path, len(items), fmt.Sprintf("holds %d values; at most %d are allowed.", len(items), lombard.MaxAxisValues))
		return nil
	}
	var all []any
	for i, item := range items {
		if text, ok := item.Text(); ok {
			all = append(all, text)
			continue
		}
		x, problem := item.Number()
		if problem != "" {
			r.Fail(fmt.Sprintf("%s[%d]", path, i), item.Plain(), "must be a number or a string.")
			continue
		}
		all = append(all, x)
	}
	return all
}

// stepped returns from + i × step up to and including to, without drift.
func stepped(r *Reader, path string, n Node) []any {
	var from, to, step float64
	bad := len(r.Bad)
	r.Object(path, n, func(o *Object) {
		for _, name := range []string{"from", "to", "step"} {
			o.Require(name, "a number")
		}
		o.Number("from", &from)
		o.Number("to", &to)
		o.Number("step", &step)
	})
	if len(r.Bad) > bad {
		return nil
	}
	const slack = 1e-9 // of a step, for ends that are not exact in binary
	steps := (to - from) / step
	if !(step != 0) || !(steps > 0) {
		r.Fail(path, n.Plain(), "must go from from to to by steps of step: give a step in that direction.")
		return nil
	}
	last := math.Floor(steps + slack)
	if last >= lombard.MaxAxisValues {
		r.Fail(path, n.Plain(), fmt.Sprintf("has more than %d values; use a larger step.", lombard.MaxAxisValues))
		return nil
	}
	var all []any
	for i := 0.0; i <= last; i++ {
		all = append(all, from+i*step)
	}
	return all
}
