package market

import (
	"math"
	"sort"

	"lombard.example/lombard"
)

// Grid is the listed strikes of one expiry: multiples of a step, the step
// depending on the strike.
type Grid struct{ bands []band }

// band is a stretch of a grid, up to and including its end.
type band struct{ upTo, step float64 }

// The day from which funds above 200 dollars list strikes a dollar apart
// (SR-ISE-2024-17, approved on 2024-06-28).
var dollarStrikes = lombard.MustDate("2024-07-01")

// nearMonths is how far ahead a COMEX option counts as near, in days.
const nearMonths = 90

// StrikeGrid returns the strikes listed on a date for an expiry. Funds: $1 up
// to 200 and $5 above, $1 everywhere from July 2024; stocks: $2.50 up to 25, $5
// up to 200, $10 above; indices: $5; gold futures: $5, $10, $25 for near
// expiries by price (500, 1,000) and $10, $20, $50 for deferred ones; bitcoin:
// $1,000; anything else as stocks. Grids other than the funds' are
// simplifications: exchanges list more strikes near the money.
func StrikeGrid(i Instrument, date, expiry lombard.Date, near float64) Grid {
	switch i.Class {
	case ClassETF:
		if date >= dollarStrikes {
			return Grid{[]band{{math.Inf(1), 1}}}
		}
		return Grid{[]band{{200, 1}, {math.Inf(1), 5}}}
	case ClassIndex:
		return Grid{[]band{{math.Inf(1), 5}}}
	case ClassFuture, ClassSpotMetal:
		if expiry-date <= nearMonths {
			return Grid{[]band{{500, 5}, {1000, 10}, {math.Inf(1), 25}}}
		}
		return Grid{[]band{{500, 10}, {1000, 20}, {math.Inf(1), 50}}}
	case ClassCrypto:
		if near < 10_000 {
			return Grid{[]band{{1000, 50}, {math.Inf(1), 250}}}
		}
		return Grid{[]band{{math.Inf(1), 1000}}}
	case ClassStock, ClassUnknown:
	}
	return Grid{[]band{{25, 2.5}, {200, 5}, {math.Inf(1), 10}}}
}

// Down returns the highest listed strike at or below a price, and the lowest
// of all where there is none.
func (g Grid) Down(price float64) float64 {
	step, floor := g.at(price)
	return math.Max(math.Floor((price-floor)/step*(1+1e-14))*step+floor, g.bands[0].step)
}

// Up returns the lowest listed strike at or above a price.
func (g Grid) Up(price float64) float64 {
	step, floor := g.at(price)
	up := math.Ceil((price-floor)/step*(1-1e-14))*step + floor
	return math.Max(up, g.bands[0].step)
}

// Nearest returns the listed strike nearest to a price, the lower of two.
func (g Grid) Nearest(price float64) float64 {
	down, up := g.Down(price), g.Up(price)
	if price-down <= up-price {
		return down
	}
	return up
}

// at returns the step around a price and where its band begins.
func (g Grid) at(price float64) (step, floor float64) {
	for _, b := range g.bands {
		if price <= b.upTo {
			return b.step, floor
		}
		floor = b.upTo
	}
	return g.bands[len(g.bands)-1].step, floor // not reached: the last band has no end
}

// Strikes is a list of listed strikes, ascending and not empty. A price beyond
// either end is rounded to that end.
type Strikes []float64

// Down returns the highest strike at or below a price.
func (s Strikes) Down(price float64) float64 {
	i := sort.Search(len(s), func(i int) bool { return s[i] > price*(1+1e-12) })
	return s[max(0, i-1)]
}

// Up returns the lowest strike at or above a price.
func (s Strikes) Up(price float64) float64 {
	i := sort.SearchFloat64s(s, price*(1-1e-12))
	return s[min(i, len(s)-1)]
}

// Nearest returns the strike nearest to a price, the lower of two.
func (s Strikes) Nearest(price float64) float64 {
	down, up := s.Down(price), s.Up(price)
	if math.Abs(price-down) <= math.Abs(up-price) {
		return down
	}
	return up
}
