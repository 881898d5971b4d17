package option

// Here, for go generate passes over files that a build leaves out.
//
//go:generate ./lanes_generate

// Columns are many options side by side: the same place in every column is one
// option. All have the same length.
type Columns struct{ Spot, Strike, Years, Rate, Yield, Vol []float64 }

// At returns one option.
func (c Columns) At(i int) Inputs {
	return Inputs{Spot: c.Spot[i], Strike: c.Strike[i], Years: c.Years[i], Rate: c.Rate[i], Yield: c.Yield[i], Vol: c.Vol[i]}
}

// from returns the options from one on.
func (c Columns) from(i int) Columns {
	return Columns{c.Spot[i:], c.Strike[i:], c.Years[i:], c.Rate[i:], c.Yield[i:], c.Vol[i:]}
}

// PriceEuropean writes the price of every option to prices, which is as long as
// the columns. Programs built with GOEXPERIMENT=simd for amd64 price eight at a
// time on processors with AVX-512 and four with AVX2 (see Kernel), to the last bit
// as BlackScholesMerton does.
func PriceEuropean(kind Kind, in Columns, prices []float64) {
	done := europeanLanes(kind, in, prices)
	rest := in.from(done)
	for i := range rest.Spot {
		prices[done+i] = BlackScholesMerton{}.Price(kind, rest.At(i))
	}
}

// PriceAmerican writes the price of every option to prices, which is as long as
// the columns: to the last bit what American says of each. Options that share vol,
// rate and yield share exercise boundaries.
func PriceAmerican(kind Kind, in Columns, prices []float64) {
	new(Boundaries).PriceAll(kind, in, prices)
}
