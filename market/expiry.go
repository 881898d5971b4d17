package market

import (
	"slices"
	"time"

	"lombard.example/lombard"
)

// ThirdFriday returns the last trading day of a month's standard options: the
// third Friday, or the Thursday before it where that is a holiday of the New
// York Stock Exchange.
func ThirdFriday(year int, month time.Month) lombard.Date {
	return onOrBefore(nth(year, month, time.Friday, 3), CalendarOf("nyse"))
}

// onOrBefore returns the last session on or before a day.
func onOrBefore(d lombard.Date, c Calendar) lombard.Date {
	for !c.IsSession(d) {
		d--
	}
	return d
}

// fromEnd returns the n-th last session of a month.
func fromEnd(year int, month time.Month, n int, c Calendar) lombard.Date {
	d := lombard.NewDate(year, month+1, 0)
	for left := n; ; d-- {
		if c.IsSession(d) {
			if left--; left == 0 {
				return d
			}
		}
	}
}

// FutureLastTrade returns the last trading day of a COMEX gold future: the
// third-last business day of its contract month.
func FutureLastTrade(year int, month time.Month) lombard.Date {
	return fromEnd(year, month, 3, CalendarOf("comex"))
}

// FutureOptionExpiry returns the expiry of a COMEX gold option of a contract
// month: the fourth-last business day of the month before it, and the business
// day before that where it is a Friday or the day before a holiday.
func FutureOptionExpiry(year int, month time.Month) lombard.Date {
	c := CalendarOf("comex")
	d := fromEnd(year, month-1, 4, c)
	for d.Weekday() == time.Friday || !d.IsWeekend() && !(d+1).IsWeekend() && !c.IsSession(d+1) {
		d = onOrBefore(d-1, c)
	}
	return d
}

// FutureOfOption returns the contract month of the future that a gold option
// of a month is exercised into: the month itself when even, else the next.
func FutureOfOption(year int, month time.Month) (int, time.Month) {
	if month%2 == 0 {
		return year, month
	}
	if month == time.November {
		return year, time.December
	}
	return year, month + 1
}

// ExpiryAfter returns a listed expiry of the instrument's options: of the
// cycle's expiries after from that are at least minDTE calendar days away, the
// one nearest to target, the first on or after it (first_after) or the last on
// or before it (last_before). Cycles are monthly, quarterly (March, June,
// September, December), leaps (January), weekly (every Friday) and eom. It is
// false when no expiry within six years qualifies.
func ExpiryAfter(i Instrument, cycle Cycle, pick Pick, from, target lombard.Date, minDTE int) (lombard.Date, bool) {
	year, month, _ := from.Civil()
	const months = 72
	var listed []lombard.Date
	for k := range months {
		listed = append(listed, i.expiries(cycle, lombard.NewDate(year, month+time.Month(k), 1))...)
	}
	return PickExpiry(listed, pick, from, target, minDTE)
}

// PickExpiry chooses among expiries as ExpiryAfter does.
func PickExpiry(listed []lombard.Date, pick Pick, from, target lombard.Date, minDTE int) (lombard.Date, bool) {
	best, found := lombard.Date(0), false
	for _, d := range listed {
		if d <= from || int(d-from) < minDTE {
			continue
		}
		fits := false
		switch pick {
		case PickNearest:
			fits = true
		case PickFirstAfter:
			fits = d >= target
		case PickLastBefore:
			fits = d <= target
		}
		if fits && (!found || distance(d, target) < distance(best, target)) {
			best, found = d, true
		}
	}
	return best, found
}

// OnCycle reports whether a date is an expiry of the instrument's cycle.
func OnCycle(i Instrument, cycle Cycle, date lombard.Date) bool {
	year, month, _ := date.Civil()
	for k := range 2 { // an option on a future expires in the month before its own
		if slices.Contains(i.expiries(cycle, lombard.NewDate(year, month+time.Month(k), 1)), date) {
			return true
		}
	}
	return false
}

// expiries are those of a cycle that belong to the month of a first day.
func (i Instrument) expiries(cycle Cycle, first lombard.Date) []lombard.Date {
	y, m, _ := first.Civil()
	switch cycle {
	case CycleWeekly:
		var all []lombard.Date
		for d := nth(y, m, time.Friday, 1); d <= first.MonthEnd(); d += 7 {
			all = append(all, i.sessionOnOrBefore(d))
		}
		return all
	case CycleMonthEnd:
		return []lombard.Date{i.sessionOnOrBefore(first.MonthEnd())}
	case CycleMonthly:
		return []lombard.Date{i.monthly(y, m)}
	case CycleQuarterly:
		if m%3 == 0 {
			return []lombard.Date{i.monthly(y, m)}
		}
	case CycleLeaps:
		if m == time.January {
			return []lombard.Date{i.monthly(y, m)}
		}
	case CycleExact: // it is not listed
	}
	return nil
}

// monthly is the expiry of a month.
func (i Instrument) monthly(y int, m time.Month) lombard.Date {
	switch {
	case i.Class == ClassFuture:
		return FutureOptionExpiry(y, m)
	case i.SevenDay:
		return nth(y, m, time.Friday, -1)
	default:
		return ThirdFriday(y, m)
	}
}

func (i Instrument) sessionOnOrBefore(d lombard.Date) lombard.Date {
	if i.SevenDay {
		return d
	}
	return onOrBefore(d, CalendarOf("nyse"))
}

func distance(a, b lombard.Date) lombard.Date { return max(a-b, b-a) }
