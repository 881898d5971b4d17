// Package vol says at which volatility options are priced on a day. Every
// model is causal: it is shown closes up to and including that day and nothing
// later. Vols are annual fractions; a smile and a term structure are not here.
package vol

import (
	"fmt"
	"math"
)

// Model is a source of volatility for purchases at a close.
type Model interface {
	// At returns the annual vol for the last day of closes. The error names
	// how many closes were missing.
	At(closes []float64) (float64, error)
	// History returns how many closes before the day the model needs.
	History() int
}

// Flat is one vol for every day.
type Flat float64

var _ Model = Flat(0)

// At implements Model.
func (f Flat) At([]float64) (float64, error) { return float64(f), nil }

// History implements Model: none.
func (Flat) History() int { return 0 }

// Realised is the close-to-close estimator: the root of the mean squared log
// return over the trailing window, mean not subtracted, annualised, times a
// risk premium, and at least a floor.
type Realised struct {
	Window          int     // returns used
	RiskPremium     float64 // factor from realised to implied
	Floor           float64 // annual vol
	SessionsPerYear int     // a constant of the calendar, never counted from the run
}

var _ Model = Realised{}

// History implements Model.
func (r Realised) History() int { return r.Window }

// At implements Model.
func (r Realised) At(closes []float64) (float64, error) {
	if r.Window < 1 || len(closes) < r.Window+1 {
		return 0, fmt.Errorf("a realised vol over %d sessions needs %d closes and has %d", r.Window, r.Window+1, len(closes))
	}
	recent := closes[len(closes)-r.Window-1:]
	sum := 0.0
	for i := 1; i < len(recent); i++ {
		x := math.Log(recent[i] / recent[i-1])
		sum += x * x
	}
	annual := math.Sqrt(sum/float64(r.Window)*float64(r.SessionsPerYear)) * r.RiskPremium
	return math.Max(annual, r.Floor), nil
}
