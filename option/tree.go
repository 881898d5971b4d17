package option

import "math"

// Tree prices American options on a binomial tree whose last step is the
// European formula and whose sizes are combined by Richardson extrapolation,
// the BBSR method of Broadie and Detemple (American option valuation, Review
// of Financial Studies 9, 1996). Its nodes are centered on the forward, so that
// no drift is too strong for it, and the same tree's error on the European
// option is taken out. It is the second method beside American, with which it
// shares no step. Measured on 1,800 converged puts of up to a year, for a strike
// of 100: root mean square error 3.6e-4, largest 5.8e-3, where exercise is near;
// coarser for longer lives and rates above a tenth.
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
	early := 2*earlyOnTree(kind, in, fine) - earlyOnTree(kind, in, coarse)
	european := BlackScholesMerton{}.Price(kind, in)
	return math.Max(atLeast(kind, in), math.Min(european+early, ceiling(kind, in)))
}

// earlyOnTree is what early exercise adds to the European option on a tree of
// n steps.
func earlyOnTree(kind Kind, in Inputs, n int) float64 {
	american, european := onTree(kind, in, n)
	return american - european
}

// onTree returns the values of the American and the European option on a tree
// of n steps. The values one step before expiry are the European formula's,
// which removes the kink at the strike.
func onTree(kind Kind, in Inputs, n int) (american, european float64) {
	dt := in.Years / float64(n)
	deviation := in.Vol * math.Sqrt(dt)
	drift := (in.Rate - in.Yield) * dt
	ratio, down := math.Exp(2*deviation), drift-deviation // of neighbours; ln of a step down
	p := 1 / (1 + math.Exp(deviation))                    // of a step up
	discount := math.Exp(-in.Rate * dt)
	pu, pd := p*discount, (1-p)*discount

	var values, unexercised [fine]float64
	last := in
	last.Years = dt
	last.Spot = in.Spot * math.Exp(float64(n-1)*down)
	for i := range n {
		unexercised[i] = BlackScholesMerton{}.Price(kind, last)
		values[i] = math.Max(Intrinsic(kind, last.Spot, in.Strike), unexercised[i])
		last.Spot *= ratio
	}
	for step := n - 2; step >= 0; step-- {
		spot := in.Spot * math.Exp(float64(step)*down)
		for i := 0; i <= step; i++ {
			exercise := spot - in.Strike
			if kind == Put {
				exercise = -exercise
			}
			values[i] = math.Max(pu*values[i+1]+pd*values[i], exercise)
			unexercised[i] = pu*unexercised[i+1] + pd*unexercised[i]
			spot *= ratio
		}
	}
	return values[0], unexercised[0]
}
