package vol_test

import (
	"math"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/vol"
)

// Vogt's slice looks innocent and has a butterfly arbitrage (Gatheral and
// Jacquier 2014, example 3.1 and figure 1, where g is negative near 0.8).
func TestVogtsSliceIsRefused(t *testing.T) {
	vogt := vol.SVI{SVIModel: lombard.SVIModel{Alpha: -0.0410, Beta: 0.1331, M: 0.3586, Rho: 0.3060, S: 0.4153}}
	if g := vogt.Density(0.8); !(g < 0) {
		t.Errorf("g(0.8) = %v, want it negative", g)
	}
	if err := vogt.Check(); err == nil || !strings.Contains(err.Error(), "butterfly") {
		t.Errorf("got %v", err)
	}
}

// raw returns the slice of one year with those SVI-JW parameters (Gatheral and
// Jacquier 2014, lemma 3.2).
func raw(v, psi, p, c, least float64) lombard.SVIModel {
	w := math.Sqrt(v)
	beta := w / 2 * (c + p)
	rho := 1 - p*w/beta
	x := rho - 2*psi*w/beta
	alpha := math.Copysign(math.Sqrt(1/(x*x)-1), x)
	m := (v - least) / (beta * (-rho + math.Copysign(math.Sqrt(1+alpha*alpha), alpha) - alpha*math.Sqrt(1-rho*rho)))
	return lombard.SVIModel{Alpha: least - beta*alpha*m*math.Sqrt(1-rho*rho), Beta: beta, Rho: rho, M: m, S: alpha * m}
}

// Vogt's slice in SVI-JW terms, and the same with its right wing lowered as
// example 5.1 of Gatheral and Jacquier 2014 does, which has no arbitrage left.
func TestTheMendedSliceIsAccepted(t *testing.T) {
	const v, psi, p = 0.01742625, -0.1752111, 0.6997381
	vogt := raw(v, psi, p, 1.316798, 0.0116249)
	for _, x := range [][2]float64{{vogt.Alpha, -0.0410}, {vogt.Beta, 0.1331}, {vogt.M, 0.3586}, {vogt.Rho, 0.3060}, {vogt.S, 0.4153}} {
		if math.Abs(x[0]-x[1]) > 1e-4 {
			t.Errorf("got %v, published %v", x[0], x[1])
		}
	}
	sound := vol.SVI{SVIModel: raw(v, psi, p, 0.3493158, 0.01548182)}
	if err := sound.Check(); err != nil {
		t.Error(err)
	}
	for k := -2.0; k <= 2; k += 0.1 {
		w := sound.Variance(k)
		h := 1e-4
		first, second := (sound.Variance(k+h)-sound.Variance(k-h))/(2*h), (sound.Variance(k+h)-2*w+sound.Variance(k-h))/(h*h)
		want := math.Pow(1-k*first/(2*w), 2) - first*first/4*(1/w+0.25) + second/2
		if got := sound.Density(k); math.Abs(got-want) > 1e-5 {
			t.Errorf("g(%v) = %v, by differences %v", k, got, want)
		}
	}
}

func TestEachFaultOfASliceIsNamed(t *testing.T) {
	for _, test := range []struct {
		slice lombard.SVIModel
		words string
	}{
		{lombard.SVIModel{Alpha: 0.1, Beta: -0.1, S: 0.1}, "beta"},
		{lombard.SVIModel{Alpha: 0.1, Beta: 0.1, Rho: 1, S: 0.1}, "rho"},
		{lombard.SVIModel{Alpha: 0.1, Beta: 0.1, S: 0}, "s is 0"},
		{lombard.SVIModel{Alpha: -0.1, Beta: 0.1, S: 0.1}, "least variance"},
		{lombard.SVIModel{Alpha: 0.1, Beta: 1.9, Rho: 0.5, S: 0.1}, "wing"},
	} {
		if err := (vol.SVI{SVIModel: test.slice}).Check(); err == nil || !strings.Contains(err.Error(), test.words) {
			t.Errorf("%+v: got %v, want %q in it", test.slice, err, test.words)
		}
	}
}

// At the money a smile changes nothing; below it a negative rho raises vol.
func TestTheShapeOfASlice(t *testing.T) {
	m := vol.Of(lombard.VolModel{Model: lombard.VolFlat, Value: 0.2, Smile: &lombard.SmileModel{SVI: &lombard.SVIModel{Alpha: 0.01, Beta: 0.1, Rho: -0.4, S: 0.2}}})
	s, err := m.At(vol.Past{})
	if err != nil {
		t.Fatal(err)
	}
	at := func(strike float64) float64 { return s.Vol(vol.Query{Spot: 100, Strike: strike, Years: 1}) }
	if math.Abs(at(100)-0.2) > 1e-15 {
		t.Errorf("at the money %v, want 0.2", at(100))
	}
	if !(at(80) > 0.2 && at(80) > at(120)) {
		t.Errorf("80: %v, 120: %v", at(80), at(120))
	}
}

func TestDynamicsOfSpot(t *testing.T) {
	m := vol.Of(lombard.VolModel{Model: lombard.VolFlat, Value: 0.2, Dynamics: lombard.DynamicsBeta, Beta: 1})
	s, err := m.At(vol.Past{Bars: []vol.Bar{{Close: 100}}, Spot: 100})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Level(90, 1), 0.2-math.Log(0.9); math.Abs(got-want) > 1e-15 {
		t.Errorf("after a fall of 10 %% vol is %v, want %v", got, want)
	}
	if got := s.Level(1000, 1); got != 0.05 {
		t.Errorf("after a rise without bounds vol is %v, want a quarter of it", got)
	}
	if got, want := s.Sticky(0.03, 90, 1), 0.2-math.Log(0.9)+0.03; math.Abs(got-want) > 1e-15 {
		t.Errorf("sticky strike: %v, want %v", got, want)
	}
}

func TestAnIndexIsTheLevel(t *testing.T) {
	m := vol.Of(lombard.VolModel{Model: lombard.VolIndex, RiskPremium: 1, Floor: 0.05})
	s, err := m.At(vol.Past{Index: 0.1834})
	if err != nil || s.Short != 0.1834 || len(m.History()) != 0 {
		t.Errorf("got %+v, %v", s, err)
	}
	if _, err := m.At(vol.Past{}); err == nil {
		t.Error("a day without a figure was priced")
	}
}
