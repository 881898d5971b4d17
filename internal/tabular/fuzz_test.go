package tabular

import (
	"math"
	"testing"

	"lombard.example/lombard"
)

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1,234.50", "1.234,50", "1'234.5", "$5", "-3e5", "NaN", "1e999", "", ".", "(5)", "5 USD", "1 234"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, comma bool) {
		x, err := Number(s, comma)
		if err == nil && (math.IsNaN(x) || math.IsInf(x, 0)) {
			t.Fatalf("Number(%q, %v) = %v", s, comma, x)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2024-01-30", "01/30/2024", "30.01.2024", "20240130", "2024-01-30T00:00:00Z", "Jan 30, 2024", "31/31/2024", "9999-99-99", ""} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, dayFirst bool) {
		r, err := ReadDate(s)
		if err != nil {
			return
		}
		d, ok := r.Resolve(dayFirst)
		other, okOther := r.Resolve(!dayFirst)
		if !ok && !okOther {
			t.Fatalf("ReadDate(%q) exists in neither order", s)
		}
		if !ok {
			d = other
		}
		if y, _, _ := d.Civil(); y < LeastYear || y > MostYear {
			t.Fatalf("ReadDate(%q) = %s", s, d)
		}
		if back, err := lombard.ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("ReadDate(%q) = %s, which reads back as %s, %v", s, d, back, err)
		}
	})
}
