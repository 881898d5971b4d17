package option

// PricePath writes to prices what one European option is worth at each spot with
// that time to expiry in years, ACT/365F, ≥ 0: the days of a path, at one strike,
// rate, yield and vol. in.Spot and in.Years are not read; the three slices have
// one length. It allocates nothing, and a price has the bits of
// BlackScholesMerton.Price and of its Marker on every kernel (see Kernel).
func PricePath(kind Kind, in Inputs, spots, years, prices []float64) {
	years, prices = years[:len(spots)], prices[:len(spots)]
	for i := pathLanes(kind, in, spots, years, prices); i < len(spots); i++ {
		prices[i] = europeanMarker{kind, in}.Price(spots[i], years[i])
	}
}

// MarkPath is PricePath with the deltas and vegas of the Marker, to the last bit.
func MarkPath(kind Kind, in Inputs, spots, years, prices, deltas, vegas []float64) {
	PricePath(kind, in, spots, years, prices)
	deltas, vegas = deltas[:len(spots)], vegas[:len(spots)]
	for i, spot := range spots {
		one := in
		one.Spot, one.Years = spot, years[i]
		g := BlackScholesMerton{}.Greeks(kind, one)
		deltas[i], vegas[i] = g.Delta, g.Vega
	}
}
