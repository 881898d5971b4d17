//go:build goexperiment.simd && amd64 && !amd64.v3

package option

import (
	"math"
	"math/rand/v2"
	"testing"

	"simd/archsimd"

	"lombard.example/lombard/internal/tier"
)

// Every kernel that the processor has gives the bits of the scalar formula, for
// ordinary options, for those at the ends of its range and for nonsense.
func TestKernelsGiveTheBitsOfTheFormula(t *testing.T) {
	kernels := map[string]func(Kind, Columns, []float64) int{}
	paths := map[string]func(Kind, Inputs, []float64, []float64, []float64) int{}
	if archsimd.X86.AVX512() {
		kernels["avx512"], paths["avx512"] = columns8, path8
	}
	if archsimd.X86.AVX2() {
		kernels["avx2"], paths["avx2"] = columns4, path4
	}
	if len(kernels) == 0 {
		t.Skip("the processor has no vectors that are used")
	}
	const block = 1000
	blocks := 300
	if tier.Long() {
		blocks = 10_000
	}
	random := rand.New(rand.NewPCG(1, 2))
	odd := []float64{0, math.Copysign(0, -1), -1, 1e-320, 1e-300, 1e300, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN()}
	draw := func(strange int, of func() float64) float64 {
		if random.IntN(strange) == 0 {
			return odd[random.IntN(len(odd))]
		}
		return of()
	}
	got, want := make([]float64, block), make([]float64, block)
	var c Columns
	for b := range blocks {
		c = Columns{}
		strange := []int{10, 200, 1 << 30}[b%3]
		for range block {
			c.Spot = append(c.Spot, draw(strange, func() float64 { return math.Exp(10*random.Float64() - 2) }))
			c.Strike = append(c.Strike, draw(strange, func() float64 { return c.Spot[len(c.Spot)-1] * math.Exp(random.NormFloat64()) }))
			c.Years = append(c.Years, draw(strange, func() float64 { return 10 * random.Float64() * random.Float64() * random.Float64() }))
			c.Rate = append(c.Rate, draw(strange, func() float64 { return 0.4*random.Float64() - 0.1 }))
			c.Yield = append(c.Yield, draw(strange, func() float64 { return 0.4*random.Float64() - 0.1 }))
			c.Vol = append(c.Vol, draw(strange, func() float64 { return 3 * random.Float64() * random.Float64() }))
		}
		if b%4 == 0 { // options that share a time and its rates
			for i := range c.Years {
				c.Years[i], c.Rate[i], c.Yield[i] = c.Years[i/20*20], c.Rate[i/20*20], 0
			}
		}
		kind := Put + Kind(b%2)
		for i := range want {
			want[i] = BlackScholesMerton{}.Price(kind, c.At(i))
		}
		for name, price := range kernels {
			done := price(kind, c, got)
			same(t, name, got[:done], want, c.At)
		}
		one := c.At(0)
		for i := range want {
			want[i] = europeanMarker{kind, one}.Price(c.Spot[i], c.Years[i])
		}
		for name, price := range paths {
			done := price(kind, one, c.Spot, c.Years, got)
			same(t, name+" path", got[:done], want, func(i int) Inputs { return europeanMarker{kind, one}.at(c.Spot[i], c.Years[i]) })
		}
	}
}

// same fails where a number has other bits than its own.
func same(t *testing.T, name string, got, want []float64, of func(i int) Inputs) {
	t.Helper()
	if len(got) < len(want)-8 {
		t.Fatalf("%s: priced %d of %d", name, len(got), len(want))
	}
	for i := range got {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
			t.Fatalf("%s: %+v: %v, the formula %v", name, of(i), got[i], want[i])
		}
	}
}
