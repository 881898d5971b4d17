package option

import "math"

// American prices American options on a binomial tree of Cox, Ross and
// Rubinstein whose last step is the European formula and whose sizes are
// combined by Richardson extrapolation: the BBSR method of Broadie and Detemple
// (American option valuation, Review of Financial Studies 9, 1996).
type American struct{}

var _ Engine = American{}

// Name implements Engine.
func (American) Name() string { return "American binomial tree" }

// Sizes of the two trees whose values are extrapolated.
const (
	coarse = 100
	fine   = 200
)

// Price implements Engine.
func (a American) Price(kind Kind, in Inputs) float64 {
	if in.Years <= 0 {
		return Intrinsic(kind, in.Spot, in.Strike)
	}
	floor := math.Max(Intrinsic(kind, in.Spot, in.Strike), BlackScholesMerton{}.Price(kind, in))
	if neverEarly(kind, in) {
		return floor
	}
	if in.Vol*math.Sqrt(in.Years) < minDeviation {
		return math.Max(floor, certain(kind, in))
	}
	return math.Max(floor, 2*tree(kind, in, fine).value-tree(kind, in, coarse).value)
}

// Greeks implements Engine. Delta and gamma come from the trees' first steps,
// theta from the pricing equation, vega and rho from central differences.
func (a American) Greeks(kind Kind, in Inputs) Greeks {
	if in.Years <= 0 || neverEarly(kind, in) || in.Vol*math.Sqrt(in.Years) < minDeviation {
		return BlackScholesMerton{}.Greeks(kind, in)
	}
	rough, better := tree(kind, in, coarse), tree(kind, in, fine)
	g := Greeks{Delta: 2*better.delta - rough.delta, Gamma: math.Max(0, 2*better.gamma-rough.gamma)}
	value := math.Max(Intrinsic(kind, in.Spot, in.Strike), 2*better.value-rough.value)
	if value > Intrinsic(kind, in.Spot, in.Strike) {
		g.Theta = in.Rate*value - (in.Rate-in.Yield)*in.Spot*g.Delta - in.Vol*in.Vol*in.Spot*in.Spot*g.Gamma/2
	}
	bump := func(change func(*Inputs, float64), width float64) float64 {
		up, down := in, in
		change(&up, width)
		change(&down, -width)
		return (a.Price(kind, up) - a.Price(kind, down)) / (2 * width)
	}
	g.Vega = math.Max(0, bump(func(i *Inputs, x float64) { i.Vol += x }, 0.01*in.Vol))
	g.Rho = bump(func(i *Inputs, x float64) { i.Rate += x }, 1e-4)
	return g
}

// minDeviation is the σ√T below which the tree's steps drown in rounding and
// the price is that of a certain path.
const minDeviation = 1e-6

// neverEarly reports whether exercise before expiry never pays: a put when the
// strike earns nothing and the spot costs nothing to be short of, a call in
// the mirror case.
func neverEarly(kind Kind, in Inputs) bool {
	if kind == Put {
		return in.Rate <= 0 && in.Yield >= in.Rate
	}
	return in.Yield <= 0 && in.Rate >= in.Yield
}

// certain is the value on the path without randomness: the best of exercising
// at any time, found at the ends or where the discounted payoff turns.
func certain(kind Kind, in Inputs) float64 {
	value := func(t float64) float64 {
		spot, strike := in.Spot*math.Exp(-in.Yield*t), in.Strike*math.Exp(-in.Rate*t)
		return Intrinsic(kind, spot, strike)
	}
	best := math.Max(value(0), value(in.Years))
	if in.Rate*in.Yield > 0 && in.Rate != in.Yield {
		turn := math.Log(in.Rate*in.Strike/(in.Yield*in.Spot)) / (in.Rate - in.Yield)
		if turn > 0 && turn < in.Years {
			best = math.Max(best, value(turn))
		}
	}
	return best
}

// root is what a tree knows at its first nodes.
type root struct{ value, delta, gamma float64 }

// tree returns the value on a tree of n steps, with the delta and gamma of its
// first two steps. The values one step before expiry are the European
// formula's, which removes the kink at the strike.
func tree(kind Kind, in Inputs, n int) (r root) {
	dt := in.Years / float64(n)
	up := math.Exp(in.Vol * math.Sqrt(dt))
	down := 1 / up
	growth := math.Exp((in.Rate - in.Yield) * dt)
	p := (growth - down) / (up - down)
	if !(p > 0 && p < 1) { // drift beats vol: center the nodes on the forward
		up, down = up*growth, down*growth
		p = (growth - down) / (up - down)
	}
	discount := math.Exp(-in.Rate * dt)
	pu, pd := p*discount, (1-p)*discount

	var values [fine + 1]float64
	last := in
	last.Years = dt
	ratio := up / down
	last.Spot = in.Spot * math.Pow(down, float64(n-1))
	for i := range n {
		values[i] = math.Max(Intrinsic(kind, last.Spot, in.Strike), BlackScholesMerton{}.Price(kind, last))
		last.Spot *= ratio
	}
	for step := n - 2; step >= 0; step-- {
		spot := in.Spot * math.Pow(down, float64(step))
		for i := 0; i <= step; i++ {
			hold := pu*values[i+1] + pd*values[i]
			exercise := spot - in.Strike
			if kind == Put {
				exercise = -exercise
			}
			values[i] = math.Max(hold, exercise)
			spot *= ratio
		}
		switch step {
		case 2:
			low, mid, high := in.Spot*down*down, in.Spot*up*down, in.Spot*up*up
			r.gamma = 2 * ((values[2]-values[1])/(high-mid) - (values[1]-values[0])/(mid-low)) / (high - low)
		case 1:
			r.delta = (values[1] - values[0]) / (in.Spot * (up - down))
		}
	}
	r.value = values[0]
	return r
}
