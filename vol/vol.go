// Package vol says at which volatility options are priced on a day. Every
// model is causal: it is shown bars up to and including that day and nothing
// later, and answers with a surface: a level, its term structure and a smile.
package vol

import (
	"errors"
	"fmt"
	"math"

	"lombard.example/lombard"
)

// Bar is one session's prices. Open, High and Low are 0 where unknown.
type Bar struct{ Open, High, Low, Close float64 }

// Past is what a model may look at: the bars up to and including the day.
type Past struct {
	Bars  []Bar
	Spot  float64 // of the moment
	Index float64 // the vol index known on the day, an annual fraction; 0 where there is none
}

// Model is a source of volatility.
type Model interface {
	// At returns the surface for the last day of the past. The error names how
	// many sessions were missing.
	At(Past) (Surface, error)
	// History returns what of the model looks back, and how far.
	History() []Lookback
}

// Lookback is an input of pricing that looks at sessions before a day: fewer
// than Least are an error, more than Most are not looked at.
type Lookback struct {
	What        string // in words, such as "realised vol"
	Least, Most int    // sessions
}

// Of returns the model that a resolved request asks for. One that there is not,
// of vol, of how it moves or of a smile, is an error on each day.
func Of(v lombard.VolModel) Model {
	m := model{VolModel: v}
	switch v.Model {
	case lombard.VolFlat:
		m.level = flat(v.Value)
	case lombard.VolIndex:
		m.level = index{premium: v.RiskPremium, floor: v.Floor}
	case lombard.VolRealised:
		m.level = level{
			estimator: v.Estimator, window: v.Window, premium: v.RiskPremium, floor: v.Floor, sessions: v.SessionsPerYear,
		}
	default:
		m.level = unknown(fmt.Sprintf("vol model %q", v.Model))
	}
	switch v.Dynamics {
	case "", lombard.DynamicsDelta, lombard.DynamicsStrike, lombard.DynamicsBeta:
	default:
		m.level = unknown(fmt.Sprintf("dynamics %q", v.Dynamics))
	}
	if s := v.Smile; s != nil && s.Preset != "" && !lombard.Known(s.Preset) {
		m.level = unknown(fmt.Sprintf("smile %q", s.Preset))
	}
	return m
}

// leveller is where a surface's short-dated level comes from.
type leveller interface {
	at(Past) (float64, error)
	history() []Lookback
}

// flat is one vol for every day.
type flat float64

func (f flat) at(Past) (float64, error) { return float64(f), nil }
func (flat) history() []Lookback        { return nil }

// unknown is something that was asked for and that there is not, in words.
type unknown string

func (u unknown) at(Past) (float64, error) {
	return 0, errors.New("there is no " + string(u))
}
func (unknown) history() []Lookback { return nil }

// level is an estimate of realised vol over the trailing window, annualised by
// the calendar's constant, times a risk premium and at least a floor.
type level struct {
	estimator lombard.Estimator
	window    int     // sessions
	premium   float64 // factor from realised to implied
	floor     float64 // annual vol
	sessions  int     // a year; a constant of the calendar, never counted from the run
}

func (l level) history() []Lookback {
	return []Lookback{{What: "realised vol", Least: l.window, Most: l.window}}
}

func (l level) at(p Past) (float64, error) {
	realised, err := Estimate(l.estimator, p.Bars, l.window, l.sessions)
	if err != nil {
		return 0, err
	}
	return math.Max(realised*l.premium, l.floor), nil
}

// index is a published vol index of the day, times a premium.
type index struct{ premium, floor float64 }

func (index) history() []Lookback { return nil }

func (x index) at(p Past) (float64, error) {
	if !(p.Index > 0) {
		return 0, errors.New("no figure of the vol index is known on the day")
	}
	return math.Max(p.Index*x.premium, x.floor), nil
}

// model is a level with its term structure and smile.
type model struct {
	lombard.VolModel
	level leveller
}

var _ Model = model{}

// History implements Model. A long-run vol looks at its whole window where there
// is so much, and at a year at least.
func (m model) History() []Lookback {
	all := m.level.history()
	if m.Term != nil {
		all = append(all, Lookback{What: "long-run vol of the term structure", Least: m.SessionsPerYear, Most: max(m.Term.LongWindow, m.SessionsPerYear)})
	}
	return all
}

// At implements Model.
func (m model) At(p Past) (Surface, error) {
	short, err := m.level.at(p)
	if err != nil {
		return Surface{}, err
	}
	if !(short > 0) {
		return Surface{}, fmt.Errorf("the vol of the day is %g and must be above 0", short)
	}
	s := Surface{Short: short, Long: short}
	if m.Dynamics == lombard.DynamicsBeta && len(p.Bars) > 0 {
		s.Beta, s.Spot = m.Beta, p.Spot
	}
	if m.Smile != nil {
		s.Smile = smileOf(*m.Smile)
	}
	if m.Term == nil {
		return s, nil
	}
	s.Speed = m.Term.Kappa
	window := max(m.SessionsPerYear, min(len(p.Bars)-1, m.Term.LongWindow))
	long, err := Estimate(lombard.EstimatorClose, p.Bars, window, m.SessionsPerYear)
	if err != nil {
		return Surface{}, err
	}
	s.Long = math.Max(long*m.RiskPremium, m.Floor)
	return s, nil
}
