package option

// mills returns Mills' ratio Φ(−x)/φ(x) for x ≥ 0 to 6e-15 of itself: one
// polynomial of degree 20 in t = (x − 4)/(x + 4), which maps the half line to
// [−1, 1), over 1 + x, which it behaves like far out. The coefficients are those
// of the Chebyshev interpolant of (1 + x)·Φ(−x)/φ(x), computed to 40 digits. Its
// four chains, in t⁴, are computed side by side.
func mills(x float64) float64 {
	if x > farOut {
		return 1 / (x + 1/(x+2/x)) // the continued fraction of Laplace
	}
	scale := 1 / ((x + 4) * (1 + x)) // one division for both quotients
	t := (x - 4) * (1 + x) * scale
	s := t * t
	q := s * s
	p0 := ((((c20*q+c16)*q+c12)*q+c8)*q+c4)*q + c0
	p1 := (((c17*q+c13)*q+c9)*q+c5)*q + c1
	p2 := (((c18*q+c14)*q+c10)*q+c6)*q + c2
	p3 := (((c19*q+c15)*q+c11)*q+c7)*q + c3
	return (p0 + p1*t + s*(p2+p3*t)) * ((x + 4) * scale)
}

// farOut is where the ratio's continued fraction is exact to the last digits.
const farOut = 1e4

// The coefficients of the powers of t.
const (
	c0  = 1.1832619145678033531
	c1  = -0.24239967052190522644
	c2  = 0.03509188023483247356
	c3  = 0.071690481208579335542
	c4  = -0.080708009685247617844
	c5  = 0.044959128921240568545
	c6  = -0.012539103486155753996
	c7  = -0.00071594933398099384287
	c8  = 0.0017418474365340120819
	c9  = -0.00023671054896725869565
	c10 = -0.00022020823227674066491
	c11 = 0.000053296885511745281654
	c12 = 0.000034134475940965480744
	c13 = -8.6710802052895142722e-6
	c14 = -6.502493602809699317e-6
	c15 = 1.1107053907179107033e-6
	c16 = 1.3229893936038816156e-6
	c17 = -8.5289398432175821639e-8
	c18 = -2.3053152264604399347e-7
	c19 = 3.959816698573336305e-10
	c20 = 2.3382054872861907178e-8
)
