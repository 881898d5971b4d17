package calc_test

import (
	"math"
	"testing"

	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/option"
)

// A year's put at the money costs its premium when nothing happens; a zero-cost
// collar costs nothing; doing nothing costs nothing.
func TestFlatYear(t *testing.T) {
	years := 365.0 / 365
	put := option.BlackScholesMerton{}.Price(option.Put, option.Inputs{Spot: 1, Strike: 1, Years: years, Rate: 0.04, Vol: calc.FlatYearVol})
	for slug, want := range map[string]float64{"protective-put-atm-12m": put, "collar-zero-cost-95-12m": 0, "unhedged": 0} {
		template, err := hedge.Lookup(slug)
		if err != nil {
			t.Fatal(err)
		}
		got := calc.FlatYear(template)
		if got == nil || math.Abs(*got-want) > 1e-6 {
			t.Errorf("%s: %v, want %v", slug, got, want)
		}
	}
	for _, template := range hedge.All() {
		if got := calc.FlatYear(template); got == nil || math.Abs(*got) > 0.3 {
			t.Errorf("%s: %v", template.Slug, got)
		} else {
			t.Logf("%-40s %.4f", template.Slug, *got)
		}
	}
}
