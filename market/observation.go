package market

import (
	"context"
	"math"
	"slices"
	"sort"
	"strings"

	"lombard.example/lombard"
)

// Observation is a published figure of a day that is no price: a vol index or
// an interest rate, in per cent as its publisher states it.
type Observation struct {
	Date  lombard.Date
	Value float64
}

// Observations are in ascending order of date.
type Observations []Observation

// maxAge is how many calendar days a figure stands in for a missing one.
const maxAge = 5

// AsOf returns the last figure on or before a date; ok is false when there is
// none that is at most five days old.
func (o Observations) AsOf(date lombard.Date) (value float64, ok bool) {
	i := sort.Search(len(o), func(i int) bool { return o[i].Date > date }) - 1
	if i < 0 || date-o[i].Date > maxAge {
		return 0, false
	}
	return o[i].Value, true
}

// Published returns the last figure known on a date of a series that is
// published a day late: one of a day before.
func (o Observations) Published(date lombard.Date) (value float64, ok bool) { return o.AsOf(date - 1) }

// Reference is a series that is no price, and where it comes from.
type Reference struct {
	ID      string // as its publisher names it, such as GVZCLS or SOFR
	Source  string // slug
	Origin  string // in a sentence
	Licence string
	Points  Observations
}

// ReferenceSource publishes references. Implementations are safe for
// concurrent use; errors are as those of Source.
type ReferenceSource interface {
	// Observations returns the figures between two dates, both included.
	Observations(ctx context.Context, who Caller, id string, start, end lombard.Date) (Reference, error)
}

// ContinuousRate turns a published rate, in per cent, into a continuously
// compounded one a year. Constant-maturity Treasury yields (DGS…) are
// bond-equivalent, 2·ln(1 + y/2); Treasury bills (DTB…) are discounts on a
// year of 360 days; overnight rates (SOFR, DFF, EFFR …) are simple, ACT/360.
// (Board of Governors of the Federal Reserve System, release H.15.)
func ContinuousRate(id string, percent float64) float64 {
	y := percent / 100
	switch id = strings.ToUpper(id); {
	case strings.HasPrefix(id, "DGS"):
		return 2 * math.Log1p(y/2)
	case strings.HasPrefix(id, "DTB"):
		days := map[string]float64{"DTB4WK": 28, "DTB6": 182, "DTB1YR": 364}[id]
		if days == 0 {
			days = 91
		}
		return -math.Log1p(-y*days/360) * 365 / days
	default:
		return math.Log1p(y/360) * 365
	}
}

// between returns the figures of the dates, both included.
func (o Observations) between(start, end lombard.Date) Observations {
	var cut Observations
	for _, x := range o {
		if x.Date >= start && x.Date <= end {
			cut = append(cut, x)
		}
	}
	return slices.Clip(cut)
}

// Around returns the figures that a run between two dates may use.
func (o Observations) Around(start, end lombard.Date) Observations {
	return o.between(start-maxAge-1, end)
}
