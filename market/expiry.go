package market

import (
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
func ExpiryAfter(i Instrument, cycle, pick string, from, target lombard.Date, minDTE int) (lombard.Date, bool) {
	best, found := lombard.Date(0), false
	consider := func(d lombard.Date) {
		if d <= from || int(d-from) < minDTE {
			return
		}
		switch {
		case pick == "first_after" && d < target, pick == "last_before" && d > target:
			return
		case !found, distance(d, target) < distance(best, target):
			best, found = d, true
		}
	}
	year, month, _ := from.Civil()
	const months = 72
	for k := range months {
		first := lombard.NewDate(year, month+time.Month(k), 1)
		y, m, _ := first.Civil()
		switch {
		case cycle == "weekly":
			for d := nth(y, m, time.Friday, 1); d <= first.MonthEnd(); d += 7 {
				consider(i.sessionOnOrBefore(d))
			}
		case cycle == "eom":
			consider(i.sessionOnOrBefore(first.MonthEnd()))
		case cycle == "quarterly" && m%3 != 0, cycle == "leaps" && m != time.January:
		case i.Class == ClassFuture:
			consider(FutureOptionExpiry(y, m))
		case i.SevenDay:
			consider(nth(y, m, time.Friday, -1))
		default:
			consider(ThirdFriday(y, m))
		}
	}
	return best, found
}

func (i Instrument) sessionOnOrBefore(d lombard.Date) lombard.Date {
	if i.SevenDay {
		return d
	}
	return onOrBefore(d, CalendarOf("nyse"))
}

func distance(a, b lombard.Date) lombard.Date { return max(a-b, b-a) }
