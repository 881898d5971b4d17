package option

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
// the columns. Options that share vol, rate and yield share one exercise
// boundary, solved for the longest life of a stretch of them: order the columns
// so that they stand together. A price over a boundary of a longer life is within
// 1e-4 of its own for a strike of 100.
func PriceAmerican(kind Kind, in Columns, prices []float64) {
	for first := 0; first < len(in.Spot); {
		next := first + 1
		longest := in.Years[first]
		for next < len(in.Spot) && in.Vol[next] == in.Vol[first] && in.Rate[next] == in.Rate[first] && in.Yield[next] == in.Yield[first] {
			longest = max(longest, in.Years[next])
			next++
		}
		one := in.At(first)
		one.Years = longest
		marker := americanMarker(kind, one)
		for i := first; i < next; i++ {
			scale := in.Strike[i] / one.Strike // prices scale with spot and strike together
			prices[i] = marker.Price(in.Spot[i]/scale, in.Years[i]) * scale
		}
		first = next
	}
}
