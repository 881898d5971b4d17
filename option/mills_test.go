package option

import (
	"math"
	"testing"
)

// Values of Φ(−x)/φ(x) to twenty digits, from an arbitrary-precision library.
func TestMills(t *testing.T) {
	for x, want := range map[float64]float64{0: 1.2533141373155002512, 0.1: 1.1592623996187363287, 0.5: 0.87636445645369234673, 1: 0.65567954241879847154, 2: 0.42136922928805447322, 4: 0.23665238291356067062, 8: 0.12313196325793229628, 16: 0.062258665995026195777, 37: 0.027007327965128336063, 1000: 0.000999999000002999985, 20000: 0.000049999999875000000937} {
		if got := mills(x); math.Abs(got/want-1) > 6e-15 {
			t.Errorf("mills(%v) = %v, want %v", x, got, want)
		}
	}
	for x := 0.0; x < 30; x += 0.013 {
		if a, b := mills(x)*density(x), normal(-x); math.Abs(a-b) > (2e-14+3e-16*x*x)*b+1e-300 {
			t.Errorf("at %v the ratio gives a tail of %v, erfc one of %v", x, a, b)
		}
	}
}

func TestExp(t *testing.T) {
	for x := -750.0; x < 750; x += 0.0137 {
		got, want := exp(x), math.Exp(x)
		if got != want && math.Abs(got/want-1) > 4.5e-16*2 {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if exp(0) != 1 || !math.IsNaN(exp(math.NaN())) || !math.IsInf(exp(math.Inf(1)), 1) || exp(math.Inf(-1)) != 0 {
		t.Error("the ends of exp")
	}
}

func TestLn(t *testing.T) {
	for _, x := range []float64{1, math.Sqrt2, math.Nextafter(math.Sqrt2, 2), 1e-300, 5e-324, math.MaxFloat64} {
		if got, want := ln(x), math.Log(x); math.Abs(got-want) > 2.3e-16*math.Abs(want) {
			t.Errorf("ln(%v) = %v, want %v", x, got, want)
		}
	}
	for x := 1e-12; x < 1e12; x *= 1.000731 {
		if got, want := ln(x), math.Log(x); math.Abs(got-want) > 4.5e-16*math.Abs(want) {
			t.Fatalf("ln(%v) = %v, want %v", x, got, want)
		}
	}
	if !math.IsInf(ln(0), -1) || !math.IsNaN(ln(-1)) || !math.IsInf(ln(math.Inf(1)), 1) {
		t.Error("the ends of ln")
	}
}
