package lombard_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"lombard.example/lombard"
)

func TestAppendFixedIsTheShortestDecimal(t *testing.T) {
	check := func(x float64) {
		if got, want := string(lombard.AppendFixed([]byte("a"), x)), "a"+strconv.FormatFloat(x, 'f', -1, 64); got != want {
			t.Fatalf("%v is written %s, want %s", x, got, want)
		}
	}
	for _, x := range []float64{0, math.Copysign(0, -1), 1, -1, 0.1, 1e-6, 1e-7, 4.9e-7, 5e-7, 1.5e-6, 123.45, 999999999.999999, 1e9, 1e9 - 1e-6, 1e15, 1e21, 1e300, 5e-324, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)} {
		check(x)
	}
	random := rand.New(rand.NewPCG(1, 5))
	for range 50_000 {
		digits := math.Pow10(random.IntN(12))
		short := math.Round(random.Float64()*math.Pow10(random.IntN(12))*digits) / digits
		for _, x := range []float64{short, -short, math.Nextafter(short, 0), math.Nextafter(short, math.Inf(1)), math.Float64frombits(random.Uint64())} {
			check(x)
		}
	}
}

func FuzzAppendFixed(f *testing.F) {
	f.Add(uint64(0x405edccccccccccd))
	f.Fuzz(func(t *testing.T, bits uint64) {
		x := math.Float64frombits(bits)
		if got, want := string(lombard.AppendFixed(nil, x)), strconv.FormatFloat(x, 'f', -1, 64); got != want {
			t.Errorf("%v is written %s, want %s", x, got, want)
		}
	})
}

func BenchmarkAppendFixed(b *testing.B) {
	for name, x := range map[string]float64{"price": 1234.56, "ltv": 1234.56 / 1999.07} {
		b.Run(name, func(b *testing.B) {
			var text []byte
			for b.Loop() {
				text = lombard.AppendFixed(text[:0], x)
			}
		})
		b.Run(name+" strconv", func(b *testing.B) {
			var text []byte
			for b.Loop() {
				text = strconv.AppendFloat(text[:0], x, 'f', -1, 64)
			}
		})
	}
}
