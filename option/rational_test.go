package option

import (
	"math"
	"testing"
)

func TestInverseNormal(t *testing.T) {
	for p := 1e-300; p < 0.5; p *= 1.37 {
		x := inverseNormal(p)
		if got := normal(x); math.Abs(got-p)/(density(x)*math.Max(1, -x)) > 3e-9 {
			t.Errorf("Φ(%v) = %v, want %v", x, got, p)
		}
	}
}

// Over a grid of moneyness and deviations the rational scheme settles and gives
// the deviation back, to 1e-13 more than the rounding of the price explains.
func TestTheRationalSchemeOverAGrid(t *testing.T) {
	settled, all := 0, 0
	for x := 0.0; x > -20; x = 1.25*x - 1e-7 {
		most := math.Exp(x / 2)
		for s := 1e-4; s < 15; s *= 1.083 {
			price, slope := normalised(x, s)
			if exact, _, _ := scaled(x, s, most); exact > 1e-290 && s < 2*math.Sqrt(-2*x) {
				price = exact // the difference of two error functions has lost its digits
			}
			if !(price > 1e-290 && price < most) || !(slope*s > 1e-10*most || price < 0.3*most) {
				continue
			}
			all++
			got := rationalVol(x, price, most)
			if math.IsNaN(got) {
				continue
			}
			settled++
			blur := 4e-16 * (most + price) / slope
			if price < 0.3*most {
				blur = math.Min(blur, 1e-13+1e-15*price/slope)
			}
			if math.Abs(got-s) > 1e-13+4*blur {
				t.Errorf("x %g s %g price %g: %v, gap %g, blur %g", x, s, price, got, got-s, blur)
			}
		}
	}
	t.Logf("%d of %d settled", settled, all)
	if settled < all {
		t.Errorf("%d of %d settled", settled, all)
	}
}
