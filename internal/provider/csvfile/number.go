package csvfile

import (
	"errors"
	"math"

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
	case x < leastPrice:
		return errors.New("is below 0.00000001, the lowest price that is read; quote the prices of a million units")
	case x > mostPrice:
		return errors.New("is above 1,000,000,000,000, the highest price that is read; quote the prices in millions of the currency")
	}
	return nil
}
