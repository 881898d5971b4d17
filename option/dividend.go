package option

import "math"

// Dividend is a cash amount per unit of the underlying, paid in that many
// years.
type Dividend struct{ Years, Amount float64 }

// WithDividends prices options on an underlying that pays known amounts of
// cash. What is paid before expiry is taken out of the spot and only the rest is
// random, with the vol of the inputs (the escrowed model: Hull, Options, Futures,
// and Other Derivatives, §15.12); an American holder gives up, by exercising a
// call before a dividend, or gains by waiting with a put, what is still to be
// paid. European options are the formula on the escrowed spot, American ones the
// tree of Leisen and Reimer (Binomial models for option valuation, Applied
// Mathematical Finance 3, 1996), which converges with the square of its steps.
type WithDividends struct {
	Dividends []Dividend
	American  bool
	Steps     int // of the tree; 0: 501
}

// present is the present value at a time of what is paid after it and up to
// expiry.
func (w WithDividends) present(in Inputs, from float64) float64 {
	sum := 0.0
	for _, d := range w.Dividends {
		if d.Years > from && d.Years <= in.Years {
			sum += d.Amount * math.Exp(-in.Rate*(d.Years-from))
		}
	}
	return sum
}

// Price returns the value of one unit. A spot that is worth less than its
// dividends has nothing left to be random.
func (w WithDividends) Price(kind Kind, in Inputs) float64 {
	escrowed := in
	escrowed.Spot = in.Spot - w.present(in, 0)
	if !(escrowed.Spot > 0) {
		escrowed.Spot = math.SmallestNonzeroFloat64
	}
	if !w.American || in.Years <= 0 {
		return BlackScholesMerton{}.Price(kind, escrowed)
	}
	if in.Vol*math.Sqrt(in.Years) < minDeviation {
		return math.Max(Intrinsic(kind, in.Spot, in.Strike), BlackScholesMerton{}.Price(kind, escrowed))
	}
	steps := w.Steps
	if steps <= 0 {
		const enough = 501
		steps = enough
	}
	return math.Max(Intrinsic(kind, in.Spot, in.Strike), w.leisenReimer(kind, in, escrowed, steps|1))
}

// peizerPratt is the inversion of the normal distribution that centers the tree
// on the strike.
func peizerPratt(z float64, n int) float64 {
	steps := float64(n)
	x := z / (steps + 1.0/3 + 0.1/(steps+1))
	return 0.5 + math.Copysign(0.5, z)*math.Sqrt(1-math.Exp(-x*x*(steps+1.0/6)))
}

// leisenReimer works back through a tree of n steps, n odd.
func (w WithDividends) leisenReimer(kind Kind, in, escrowed Inputs, n int) float64 {
	l := legs(escrowed)
	dt := in.Years / float64(n)
	p, q := peizerPratt(l.d2, n), peizerPratt(l.d1, n)
	growth := math.Exp((in.Rate - in.Yield) * dt)
	up, down := growth*q/p, growth*(1-q)/(1-p)
	discount := math.Exp(-in.Rate * dt)
	pu, pd := p*discount, (1-p)*discount
	ratio := up / down

	values := make([]float64, n+1)
	spot := escrowed.Spot * math.Pow(down, float64(n))
	for i := range values {
		values[i] = Intrinsic(kind, spot, in.Strike)
		spot *= ratio
	}
	for step := n - 1; step >= 0; step-- {
		spot := escrowed.Spot * math.Pow(down, float64(step))
		still := w.present(in, float64(step)*dt)
		for i := 0; i <= step; i++ {
			values[i] = math.Max(pu*values[i+1]+pd*values[i], Intrinsic(kind, spot+still, in.Strike))
			spot *= ratio
		}
	}
	return values[0]
}
