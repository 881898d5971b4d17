package option

import "math"

// Tree prices American options on a binomial tree of Cox, Ross and Rubinstein
// whose last step is the European formula and whose sizes are combined by
// Richardson extrapolation: the BBSR method of Broadie and Detemple (American
// option valuation, Review of Financial Studies 9, 1996). It is the second
// method beside American, good to a few 1e-3 for a strike of 100.
type Tree struct{}

// Name returns the method's name.
func (Tree) Name() string { return "American binomial tree" }

// Sizes of the two trees whose values are extrapolated.
const (
	coarse = 100
	fine   = 200
)

// Price returns the value of one unit.
func (Tree) Price(kind Kind, in Inputs) float64 {
	if price, ok := simple(kind, in); ok {
		return price
	}
	return math.Max(atLeast(kind, in), 2*tree(kind, in, fine)-tree(kind, in, coarse))
}

// tree returns the value on a tree of n steps. The values one step before
// expiry are the European formula's, which removes the kink at the strike.
func tree(kind Kind, in Inputs, n int) float64 {
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
	}
	return values[0]
}
