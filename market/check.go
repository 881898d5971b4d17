package market

import (
	"fmt"
	"math"
	"slices"
)

// Policy says what happens to a bar whose range does not hold its open or
// close.
type Policy int

// The policies.
const (
	Repair Policy = iota + 1 // widen high and low, mark the bar as repaired
	Refuse                   // report it
)

// Bounds of a believable price and of a believable split.
const (
	MaxPrice = 1e12
	MaxSplit = 1000
)

// Problem is one thing wrong with a list of bars.
type Problem struct {
	Index   int    // of the bar
	Message string // continues the bar's place, such as "the close is not a positive number"
}

// Check validates bars: ascending unique dates, finite positive prices, low ≤
// open, close ≤ high. It returns the bars, repaired in a copy where the policy
// says so, and every problem.
func Check(bars []Bar, policy Policy) ([]Bar, []Problem) {
	fixed := slices.Clone(bars)
	var problems []Problem
	for i := range fixed {
		fail := func(format string, args ...any) {
			problems = append(problems, Problem{i, fmt.Sprintf(format, args...)})
		}
		b := &fixed[i]
		if i > 0 && b.Date <= fixed[i-1].Date {
			fail("the date %s does not come after %s", b.Date, fixed[i-1].Date)
		}
		if !(b.Close > 0 && b.Close <= MaxPrice) {
			fail("the close %v is not a positive price", b.Close)
			continue
		}
		sound := true
		for _, p := range []struct {
			name  string
			price float64
		}{{"open", b.Open}, {"high", b.High}, {"low", b.Low}} {
			if !(p.price >= 0 && p.price <= MaxPrice) {
				fail("the %s %v is not a positive price", p.name, p.price)
				sound = false
			}
		}
		if b.Split != 0 && !(b.Split >= 1.0/MaxSplit && b.Split <= MaxSplit) {
			fail("the split %v is not between 1/%d and %d", b.Split, MaxSplit, MaxSplit)
		}
		if b.Dividend != 0 && !(b.Dividend > 0 && b.Dividend <= MaxPrice) {
			fail("the dividend %v is not a positive amount", b.Dividend)
		}
		if sound && !holds(*b) {
			if policy == Refuse {
				fail("the range %v to %v does not hold the open %v and the close %v", b.Low, b.High, b.Open, b.Close)
				continue
			}
			widen(b)
		}
	}
	return fixed, problems
}

// SplitShows reports whether a bar's split is seen in its price: it is nearer to
// the close before divided by the split than to that close. Adjusted prices
// show none.
func SplitShows(before float64, b *Bar) bool {
	moved, whole := math.Log(before/b.Close), math.Log(b.Split)
	return math.Abs(moved-whole) <= math.Abs(moved)
}

// holds reports whether the known ones of open, high and low are in order.
func holds(b Bar) bool {
	high, low := b.Close, b.Close
	if b.Open > 0 {
		high, low = math.Max(high, b.Open), math.Min(low, b.Open)
	}
	return (b.High == 0 || b.High >= high) && (b.Low == 0 || b.Low <= low) && (b.High == 0 || b.Low == 0 || b.Low <= b.High)
}

func widen(b *Bar) {
	b.Repaired = true
	high, low := b.Close, b.Close
	for _, p := range []float64{b.Open, b.High, b.Low} {
		if p > 0 {
			high, low = math.Max(high, p), math.Min(low, p)
		}
	}
	if b.High > 0 {
		b.High = high
	}
	if b.Low > 0 {
		b.Low = low
	}
}

// Filled returns the session's prices with the close in place of what is
// missing, as results show them.
func (b *Bar) Filled() (openPrice, high, low float64) {
	openPrice, high, low = b.Open, b.High, b.Low
	if openPrice == 0 {
		openPrice = b.Close
	}
	if high == 0 {
		high = max(openPrice, b.Close)
	}
	if low == 0 {
		low = min(openPrice, b.Close)
	}
	return openPrice, high, low
}

// Qualities of a bar, as results name them.
const (
	QualityFull      = "full"
	QualityPartial   = "partial"    // some of open, high and low are missing
	QualityCloseOnly = "close_only" // all of them are
	QualityRepaired  = "repaired"   // the range was widened
)

// Quality returns what is known of the session.
func (b *Bar) Quality() string {
	switch {
	case b.Repaired:
		return QualityRepaired
	case b.High == 0 && b.Low == 0 && b.Open == 0:
		return QualityCloseOnly
	case b.High == 0 || b.Low == 0 || b.Open == 0:
		return QualityPartial
	default:
		return QualityFull
	}
}
