package tabular

import (
	"fmt"

	"lombard.example/lombard"
)

// Order is how the dates of a file are written.
type Order struct {
	DayFirst bool
	Says     string // a sentence for a warning when no number decides; else empty
}

// OrderOf decides whether dates, in the order of their rows, have the day before
// the month. A number over twelve decides; then the order of the rows; then
// which reading has them closer together, as rows are daily; then it is month
// before day.
func OrderOf(dates []RawDate) Order {
	var over [2]int // the line where the first, the second number is over twelve
	doubtful := -1
	for i := range dates {
		r := &dates[i]
		if r.Decided() {
			continue
		}
		if doubtful < 0 || dates[doubtful].first == dates[doubtful].second {
			doubtful = i // an example whose readings differ
		}
		if r.first > 12 && over[0] == 0 {
			over[0] = r.Line
		}
		if r.second > 12 && over[1] == 0 {
			over[1] = r.Line
		}
	}
	switch {
	case doubtful < 0:
		return Order{}
	case over[0] > 0 && over[1] > 0:
		// Each order has a witness. The later witness and its like are reported
		// as dates that do not exist.
		return Order{DayFirst: over[0] < over[1]}
	case over[0] > 0:
		return Order{DayFirst: true}
	case over[1] > 0:
		return Order{}
	}
	monthFirstGap, monthFirstInOrder := largestGap(dates, false)
	dayFirstGap, dayFirstInOrder := largestGap(dates, true)
	o, reading := Order{}, "month/day/year"
	switch {
	case dayFirstInOrder && !monthFirstInOrder:
		o.DayFirst, reading = true, "day/month/year, because only so the rows are in order"
	case dayFirstInOrder && dayFirstGap < monthFirstGap:
		o.DayFirst, reading = true, "day/month/year, because so the rows are closer together"
	}
	r := dates[doubtful]
	this, _ := r.Resolve(o.DayFirst)
	other, _ := r.Resolve(!o.DayFirst)
	o.Says = fmt.Sprintf("No date shows whether %s has the day or the month first; it is read as %s and not as %s: as %s.", Quote(r.Text), this, other, reading)
	return o
}

// largestGap returns the most days between neighbouring rows, and whether the
// dates only rise or only fall.
func largestGap(dates []RawDate, dayFirst bool) (days int, inOrder bool) {
	rises, falls := true, true
	var before lombard.Date
	for i := range dates {
		d, _ := dates[i].Resolve(dayFirst)
		if i > 0 {
			rises, falls = rises && d > before, falls && d < before
			days = max(days, int(d-before), int(before-d))
		}
		before = d
	}
	return days, rises || falls
}
