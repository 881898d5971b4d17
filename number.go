package lombard

import (
	"math"
	"strconv"
	"strings"
)

// Digits writes a number as a request takes it: no exponent, no separators, at
// most twelve decimals.
func Digits(x float64) string {
	const decimals = 1e12
	if rounded := math.Round(x*decimals) / decimals; rounded != 0 && !math.IsInf(rounded, 0) {
		x = rounded
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// Number writes a number as a sentence shows it: no exponent, and commas
// between the thousands from 10,000 on.
func Number(x float64) string {
	text := Digits(x)
	sign, digits := "", text
	if x < 0 {
		sign, digits = "-", text[1:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	const plain, group = 4, 3
	if len(whole) > plain && whole[0] != 'I' {
		for i := len(whole) - group; i > 0; i -= group {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction
}

// meantInPercent returns the fraction that a number given in per cent stands
// for, to be suggested; empty unless it lies where it would do.
func meantInPercent(x float64, fits func(fraction float64) bool) string {
	const percent = 100
	if y := x / percent; math.Abs(x) > 1 && fits(y) {
		return Digits(y)
	}
	return ""
}
