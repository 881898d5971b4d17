package study

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Of the interval of a share over windows that overlap.
const (
	resamples     = 2000
	blocksHorizon = 2 // mean block, in horizons
	tail          = 0.025
)

// shareInterval is the 95 % interval of the share of true among flags, which
// stand in the order of their starts: percentiles of the stationary bootstrap
// (Politis and Romano 1994), whose blocks wrap around and have geometric lengths
// of a mean of block. Where all or none are true every resample is alike; the
// interval is then that of Clopper and Pearson for so many independent windows.
func shareInterval(flags []bool, block, independent float64, seed uint64) (low, high float64) {
	n := len(flags)
	before := make([]int, 2*n+1) // how many are true before each place, twice around
	for i := range 2 * n {
		before[i+1] = before[i]
		if flags[i%n] {
			before[i+1]++
		}
	}
	switch before[n] {
	case 0:
		return 0, noneOf(independent)
	case n:
		return 1 - noneOf(independent), 1
	}
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	shares := make([]float64, resamples)
	for k := range shares {
		count := 0
		for left := n; left > 0; {
			length := min(left, geometric(random, block))
			for length > 0 { // a block longer than the data goes around again
				from, part := random.IntN(n), min(length, n)
				count += before[from+part] - before[from]
				length -= part
				left -= part
			}
		}
		shares[k] = float64(count) / float64(n)
	}
	slices.Sort(shares)
	return quantile(shares, tail), quantile(shares, 1-tail)
}

// geometric returns a length of 1, 2, … with that mean.
func geometric(random *rand.Rand, mean float64) int {
	if mean <= 1 {
		return 1
	}
	u := 1 - random.Float64() // (0, 1]
	length := 1 + math.Floor(math.Log(u)/math.Log1p(-1/mean))
	return int(min(length, math.MaxInt32))
}

// noneOf is the upper 95 % bound of a share of which none of n was seen:
// 1 − 0.05^(1/n), about 3/n.
func noneOf(n float64) float64 {
	const unlikely = 0.05
	if n <= 0 {
		return 1
	}
	return 1 - math.Pow(unlikely, 1/n)
}
