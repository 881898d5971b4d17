package option

import "math"

// OnFuture prices options on a future: Spot is the future's price, which has no
// carry, so Yield is not read and stands for Rate. Of European options that is
// Black's formula (The pricing of commodity contracts, Journal of Financial
// Economics 3, 1976). Rho holds the future's price.
type OnFuture struct{ Of Engine }

var _ Engine = OnFuture{}

// Name implements Engine.
func (o OnFuture) Name() string {
	if _, european := o.Of.(BlackScholesMerton); european {
		return "Black-76"
	}
	return o.Of.Name() + " on a future"
}

func withoutCarry(in Inputs) Inputs {
	in.Yield = in.Rate
	return in
}

// Price implements Engine.
func (o OnFuture) Price(kind Kind, in Inputs) float64 { return o.Of.Price(kind, withoutCarry(in)) }

// Greeks implements Engine.
func (o OnFuture) Greeks(kind Kind, in Inputs) Greeks {
	g := o.Of.Greeks(kind, withoutCarry(in))
	const width = 1e-4
	up, down := in, in
	up.Rate += width
	down.Rate -= width
	g.Rho = (o.Price(kind, up) - o.Price(kind, down)) / (2 * width)
	if _, european := o.Of.(BlackScholesMerton); european {
		g.Rho = -math.Max(in.Years, 0) * o.Price(kind, in)
	}
	return g
}

// Marker implements Engine.
func (o OnFuture) Marker(kind Kind, in Inputs) Marker { return o.Of.Marker(kind, withoutCarry(in)) }
