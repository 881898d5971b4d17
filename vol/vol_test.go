package vol_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard/vol"
)

func TestRealisedByHand(t *testing.T) {
	// Returns of ln 1.1 and −ln 1.1: the mean square is (ln 1.1)², and the
	// annual vol is ln 1.1 × √252 = 0.0953102 × 15.8745079 = 1.5130022.
	closes := []float64{100, 110, 100}
	got, err := vol.Realised{Window: 2, RiskPremium: 1, SessionsPerYear: 252}.At(closes)
	if err != nil || math.Abs(got-1.5130022) > 1e-6 {
		t.Errorf("vol = %.7f, %v; want 1.5130022", got, err)
	}
	if got, err = (vol.Realised{Window: 2, RiskPremium: 1.1, SessionsPerYear: 365}).At(closes); err != nil || math.Abs(got-0.0953102*math.Sqrt(365)*1.1) > 1e-5 {
		t.Errorf("seven-day vol with premium = %.7f, %v", got, err)
	}
}

func TestRealisedHasAFloorAndNeedsHistory(t *testing.T) {
	flat := []float64{100, 100, 100}
	r := vol.Realised{Window: 2, RiskPremium: 1.1, Floor: 0.05, SessionsPerYear: 252}
	if got, err := r.At(flat); err != nil || got != 0.05 {
		t.Errorf("vol of a flat series = %v, %v; want the floor 0.05", got, err)
	}
	if _, err := r.At(flat[:2]); err == nil {
		t.Error("two closes were enough for two returns")
	}
	if r.History() != 2 || vol.Flat(0.2).History() != 0 {
		t.Errorf("history = %d and %d, want 2 and 0", r.History(), vol.Flat(0.2).History())
	}
}

func TestRealisedSeesNothingButItsWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Float64Range(1, 1000)
		old := rapid.SliceOfN(price, 0, 20).Draw(t, "old")
		window := rapid.SliceOfN(price, 6, 6).Draw(t, "window")
		r := vol.Realised{Window: 5, RiskPremium: 1, Floor: 0, SessionsPerYear: 252}
		alone, errAlone := r.At(window)
		after, errAfter := r.At(append(old, window...))
		if errAlone != nil || errAfter != nil || alone != after {
			t.Fatalf("vol = %v alone and %v after other closes (%v, %v)", alone, after, errAlone, errAfter)
		}
	})
}

func ExampleRealised() {
	model := vol.Realised{Window: 2, RiskPremium: 1.1, Floor: 0.05, SessionsPerYear: 252}
	annual, err := model.At([]float64{100, 101, 100})
	fmt.Printf("%.4f %v\n", annual, err)
	// Output: 0.1738 <nil>
}

func ExampleFlat() {
	annual, err := vol.Flat(0.16).At(nil)
	fmt.Println(annual, err)
	// Output: 0.16 <nil>
}
