package backtest

import (
	"math"
	"strconv"
)

// price words a price with as many decimals as its size deserves.
func price(x float64) string {
	decimals := 2
	if size := math.Abs(x); size > 1e-9 && size < 10 {
		decimals = min(10, 3-int(math.Floor(math.Log10(size))))
	}
	return strconv.FormatFloat(x, 'f', decimals, 64)
}

// quantity words a number of units: whole where it is, else to six decimals.
func quantity(x float64) string {
	return strconv.FormatFloat(math.Round(x*1e6)/1e6, 'f', -1, 64)
}

// exact words a number with enough digits to compute with.
func exact(x float64) string { return strconv.FormatFloat(x, 'g', 12, 64) }
