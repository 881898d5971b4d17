package csvfile

import (
	"errors"
	"math"
	"strings"

	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// Prices outside of these are not prices.
const (
	leastPrice = 1e-8
	mostPrice  = market.MaxPrice
)

// plausible tells prices from other numbers; the error continues a sentence.
func plausible(x float64) error {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return errors.New("is not a finite number")
	case x < 0:
		return errors.New("is negative")
	case x == 0:
		return errors.New("is zero; leave the cell empty where there is no price")
	case x < leastPrice || x > mostPrice:
		return errors.New("is not a plausible price")
	}
	return nil
}

// decideDecimal reports whether the prices of the file have a decimal comma.
// One cell that can be read in only one way decides; when none does, a file
// with semicolons has a comma if it has commas at all, with a warning.
func (t *table) decideDecimal() bool {
	var doubtful string
	sawComma := false
	for i := range t.rows {
		for want := roleOpen; want <= roleClose; want++ {
			s := tabular.Bare(t.rows[i].prices[want])
			point, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
			if point < 0 && comma < 0 {
				continue
			}
			last := max(point, comma)
			repeated := strings.Count(s, s[last:last+1]) > 1
			switch {
			case point >= 0 && comma >= 0 && !repeated, point < 0 != (comma < 0) && !repeated && !threeAfter(s, last):
				return comma == last
			case repeated:
				return point == last
			}
			sawComma = sawComma || comma >= 0
			doubtful = s
		}
	}
	if doubtful == "" || t.delimiter == ',' {
		return false
	}
	read := "point"
	if sawComma {
		read = "comma"
	}
	t.Warn(WarnDecimal, "No price shows whether %s has a decimal point or separates thousands; it is read with a decimal %s.", tabular.Quote(doubtful), read)
	return sawComma
}

// threeAfter reports whether the separator at i could group thousands: exactly
// three digits follow it, and one to three stand before it.
func threeAfter(s string, i int) bool {
	before := strings.TrimLeft(s[:i], "+-")
	return len(s)-i-1 == 3 && tabular.Digits(s[i+1:]) && tabular.Digits(before) && len(before) <= 3 && before[0] != '0'
}
