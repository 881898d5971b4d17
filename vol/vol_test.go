package vol_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/vol"
)

func closes(prices ...float64) vol.Past {
	p := vol.Past{}
	for _, x := range prices {
		p.Bars = append(p.Bars, vol.Bar{Close: x})
	}
	return p
}

func realised(window, sessions int, premium, floor float64) vol.Model {
	return vol.Of(lombard.VolModel{Model: lombard.VolRealised, Window: window, SessionsPerYear: sessions, RiskPremium: premium, Floor: floor})
}

func plain(t interface{ Fatalf(string, ...any) }, m vol.Model, p vol.Past) float64 {
	s, err := m.At(p)
	if err != nil {
		t.Fatalf("no vol: %v", err)
	}
	sigma, ok := s.Plain()
	if !ok {
		t.Fatalf("surface %+v has a smile or a term structure", s)
	}
	return sigma
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %.9f, want %.9f", what, got, want)
	}
}

func TestRealisedByHand(t *testing.T) {
	// Returns of ln 1.1 and −ln 1.1: the mean square is (ln 1.1)², and the
	// annual vol is ln 1.1 × √252 = 0.0953102 × 15.8745079 = 1.5130022.
	near(t, "vol", plain(t, realised(2, 252, 1, 0), closes(100, 110, 100)), 1.5130022, 1e-6)
	near(t, "seven-day vol with premium", plain(t, realised(2, 365, 1.1, 0), closes(100, 110, 100)), 0.0953102*math.Sqrt(365)*1.1, 1e-5)
}

func TestRealisedHasAFloorAndNeedsHistory(t *testing.T) {
	r := realised(2, 252, 1.1, 0.05)
	near(t, "vol of a flat series", plain(t, r, closes(100, 100, 100)), 0.05, 0)
	if _, err := r.At(closes(100, 100)); err == nil || !strings.Contains(err.Error(), "needs 3 closes and has 2") {
		t.Errorf("two closes for two returns: %v", err)
	}
	if h := r.History(); len(h) != 1 || h[0].Least != 2 || h[0].Most != 2 || len(vol.Of(lombard.VolModel{Model: lombard.VolFlat, Value: 0.2}).History()) != 0 {
		t.Errorf("history = %+v, want 2 sessions, and none for a flat vol", h)
	}
}

// One session: open 100, high 102, low 99, close 101, after a close of 100.
// ln(H/L) = ln(102/99) = 0.02985296, ln(H/O) = 0.01980263, ln(L/O) =
// −0.01005034, ln(C/O) = 0.00995033. Daily variances: Parkinson 0.02985296² /
// (4 ln 2) = 0.000321433; Garman–Klass 0.5 × 0.02985296² − 0.38629436 ×
// 0.00995033² = 0.000407353; Rogers–Satchell 0.01980263 × 0.00985230 +
// 0.01005034 × 0.02000067 = 0.000396116.
func TestRangeEstimatorsByHand(t *testing.T) {
	bars := []vol.Bar{{100, 100, 100, 100}, {100, 102, 99, 101}}
	for name, want := range map[lombard.Estimator]float64{
		lombard.EstimatorParkinson: 0.000321433, lombard.EstimatorGarmanKlass: 0.000407353, lombard.EstimatorRogersSatchell: 0.000396116,
	} {
		got, err := vol.Estimate(name, bars, 1, 252)
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(name), got*got/252, want, 2e-9)
	}
}

// Two sessions without overnight moves whose ranges are their bodies, +1 % and
// −1 % in logs: Rogers–Satchell is 0, overnight variance 0, and the variance of
// open to close is 2 × 0.01²; k = 0.34/(1.34 + 3) = 0.0783410.
func TestYangZhangByHand(t *testing.T) {
	up := 100 * math.Exp(0.01)
	bars := []vol.Bar{{100, 100, 100, 100}, {100, up, 100, up}, {up, up, 100, 100}}
	got, err := vol.Estimate(lombard.EstimatorYangZhang, bars, 2, 252)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "daily variance", got*got/252, 0.0783410*2e-4, 1e-10)
}

// Squared returns of 4e-4 and, the day before, 1e-4: (4 + 0.94 × 1)/1.94 e-4.
func TestEWMAByHand(t *testing.T) {
	p := closes(100, 100*math.Exp(0.01), 100*math.Exp(0.03))
	got, err := vol.Estimate(lombard.EstimatorEWMA, p.Bars, 2, 252)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "daily variance", got*got/252, 4.94/1.94*1e-4, 1e-12)
}

func TestARangeEstimatorRefusesCloses(t *testing.T) {
	if _, err := vol.Estimate(lombard.EstimatorParkinson, closes(100, 101).Bars, 1, 252); err == nil || !strings.Contains(err.Error(), "opens, highs and lows") {
		t.Errorf("closes only: %v", err)
	}
}

// A panic at 60 % over a long-run 20 %, κ = 3: at one year the factor is
// (1 − e^{−3})/3 = 0.31673764, so the variance is 0.04 + 0.32 × 0.31673764.
func TestVolRevertsToItsMean(t *testing.T) {
	s := vol.Surface{Short: 0.6, Long: 0.2, Speed: 3}
	near(t, "now", s.ATM(0), 0.6, 1e-12)
	near(t, "a year", s.ATM(1), math.Sqrt(0.04+0.32*0.31673764), 1e-8)
	near(t, "for ever", s.ATM(1e6), 0.2, 1e-6)
}

func TestASmileBendsVolAndEnds(t *testing.T) {
	smile, _ := vol.Preset(lombard.SmileEquityIndex)
	s := vol.Surface{Short: 0.2, Smile: smile}
	at := func(z float64) float64 {
		return s.Vol(vol.Query{Spot: 100, Strike: 100 * math.Exp(0.2*z), Years: 1})
	}
	near(t, "at the money", at(0), 0.2, 1e-12)
	near(t, "a deviation down", at(-1), 0.2*(1+0.20+0.03), 1e-12) // a = −0.20, b = 0.03
	near(t, "beyond three", at(-5), at(-3), 1e-12)
	if _, ok := s.Plain(); ok {
		t.Error("a smile is not one vol")
	}
}

// The long-run vol looks at its whole window, at what there is of it, and at a
// year of the market at least.
func TestTheTermStructureWantsItsWindowAndNeedsAYear(t *testing.T) {
	for _, year := range []int{252, 365} {
		m := vol.Of(lombard.VolModel{Model: lombard.VolRealised, Window: 30, SessionsPerYear: year, RiskPremium: 1, Term: &lombard.TermModel{LongWindow: 5 * year, Kappa: 3}})
		want := []vol.Lookback{{What: "realised vol", Least: 30, Most: 30}, {What: "long-run vol of the term structure", Least: year, Most: 5 * year}}
		if got := m.History(); !slices.Equal(got, want) {
			t.Errorf("history = %+v, want %+v", got, want)
		}
		// Returns of 10 % before the last window, of 1 % in it: were the window a
		// year, or the whole history, the level would be another.
		for _, before := range []int{0, 100, 10 * year} {
			past := vol.Past{}
			x := 100.0
			for i := range before + 5*year + 1 {
				past.Bars = append(past.Bars, vol.Bar{Close: x})
				move := 0.01
				if i < before {
					move = 0.1
				}
				if i%2 == 1 {
					move = -move
				}
				x *= math.Exp(move)
			}
			s, err := m.At(past)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "long-run vol", s.Long, 0.01*math.Sqrt(float64(year)), 1e-9)
			short := vol.Past{Bars: past.Bars[len(past.Bars)-year:]} // one return less than a year's
			if _, err := m.At(short); err == nil {
				t.Errorf("%d sessions are enough for a long-run vol", year-1)
			}
		}
	}
}

// A model sees nothing but its window: closes before it change nothing.
func TestModelsAreCausal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Float64Range(1, 1000)
		old := rapid.SliceOfN(price, 0, 20).Draw(t, "old")
		window := rapid.SliceOfN(price, 6, 6).Draw(t, "window")
		for _, estimator := range []lombard.Estimator{lombard.EstimatorClose, lombard.EstimatorEWMA} {
			alone, errAlone := vol.Estimate(estimator, closes(window...).Bars, 5, 252)
			after, errAfter := vol.Estimate(estimator, closes(append(old, window...)...).Bars, 5, 252)
			if errAlone != nil || errAfter != nil || alone != after {
				t.Fatalf("%s = %v alone and %v after other closes (%v, %v)", estimator, alone, after, errAlone, errAfter)
			}
		}
	})
}

func ExampleOf() {
	model := vol.Of(lombard.VolModel{Model: lombard.VolRealised, Window: 2, RiskPremium: 1.1, Floor: 0.05, SessionsPerYear: 252})
	surface, err := model.At(vol.Past{Bars: []vol.Bar{{Close: 100}, {Close: 101}, {Close: 100}}})
	fmt.Printf("%.4f %v\n", surface.ATM(1), err)
	// Output: 0.1738 <nil>
}
