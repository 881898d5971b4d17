package market

import (
	"slices"
	"time"

	"lombard.example/lombard"
)

// Calendar knows the sessions of a market by rule, so that it reaches ahead.
type Calendar struct {
	name    string
	holiday func(d lombard.Date) bool // of a weekday
}

// CalendarOf returns the calendar of that name: nyse, london, comex (which
// follows nyse here: its few own holidays are not told apart), always (seven
// days a week), and for any other name one in which every day may be a session
// and none is missed.
func CalendarOf(name string) Calendar {
	switch name {
	case "nyse", "comex":
		return Calendar{name, nyseHoliday}
	case "london":
		return Calendar{name, londonHoliday}
	default:
		return Calendar{name: name}
	}
}

// IsSession reports whether the market trades on the day. A calendar without
// rules knows of no session; ask HasRules first where that matters.
func (c Calendar) IsSession(d lombard.Date) bool {
	switch {
	case c.holiday != nil:
		return !d.IsWeekend() && !c.holiday(d)
	default:
		return c.name == "always"
	}
}

// IsBusinessDay reports whether a deadline in business days counts the day:
// every weekday that is not a holiday known by rule, every day of a market that
// never closes.
func (c Calendar) IsBusinessDay(d lombard.Date) bool {
	return c.name == "always" || !d.IsWeekend() && (c.holiday == nil || !c.holiday(d))
}

// HasRules reports whether the calendar can tell a session from another day.
func (c Calendar) HasRules() bool { return c.holiday != nil || c.name == "always" }

// Sessions counts the sessions from one date to another, both included; it is
// 0 when from is after to.
func (c Calendar) Sessions(from, to lombard.Date) int {
	count := 0
	for d := from; d <= to; d++ {
		if c.IsSession(d) {
			count++
		}
	}
	return count
}

// nth returns the n-th weekday of a month; n < 0 counts from its end.
func nth(year int, month time.Month, weekday time.Weekday, n int) lombard.Date {
	if n < 0 {
		last := lombard.NewDate(year, month+1, 0)
		return last - lombard.Date((int(last.Weekday())-int(weekday)+7)%7)
	}
	first := lombard.NewDate(year, month, 1)
	return first + lombard.Date((int(weekday)-int(first.Weekday())+7)%7+7*(n-1))
}

// easter returns Easter Sunday of the Gregorian calendar (Meeus, Astronomical
// Algorithms, 2nd ed., chapter 8).
func easter(year int) lombard.Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month := (h + l - 7*m + 114) / 31
	day := (h+l-7*m+114)%31 + 1
	return lombard.NewDate(year, time.Month(month), day)
}

const goodFriday = -2 // days from Easter Sunday

// nyseClosures are the days since 1990 on which the exchange stayed closed
// outside its rules.
var nyseClosures = [...]lombard.Date{
	lombard.MustDate("1994-04-27"), lombard.MustDate("2001-09-11"), lombard.MustDate("2001-09-12"), lombard.MustDate("2001-09-13"),
	lombard.MustDate("2001-09-14"), lombard.MustDate("2004-06-11"), lombard.MustDate("2007-01-02"), lombard.MustDate("2012-10-29"),
	lombard.MustDate("2012-10-30"), lombard.MustDate("2018-12-05"), lombard.MustDate("2025-01-09"),
}

// nyseHoliday reports whether the New York Stock Exchange is closed on a
// weekday, by the rules of its Rule 7.2 as they have stood since 1990.
func nyseHoliday(d lombard.Date) bool {
	year, month, _ := d.Civil()
	switch month {
	case time.January:
		newYear := lombard.NewDate(year, time.January, 1)
		if newYear.Weekday() == time.Sunday {
			newYear++
		}
		if d == newYear || year >= 1998 && d == nth(year, time.January, time.Monday, 3) {
			return true
		}
	case time.February:
		if d == nth(year, time.February, time.Monday, 3) {
			return true
		}
	case time.May:
		if d == nth(year, time.May, time.Monday, -1) {
			return true
		}
	case time.June:
		if year >= 2022 && d == observed(lombard.NewDate(year, time.June, 19)) {
			return true
		}
	case time.July:
		if d == observed(lombard.NewDate(year, time.July, 4)) {
			return true
		}
	case time.September:
		if d == nth(year, time.September, time.Monday, 1) {
			return true
		}
	case time.November:
		if d == nth(year, time.November, time.Thursday, 4) {
			return true
		}
	case time.December:
		if d == observed(lombard.NewDate(year, time.December, 25)) {
			return true
		}
	}
	// Good Friday is from 20 March to 23 April.
	if (month == time.March || month == time.April) && d == easter(year)+goodFriday {
		return true
	}
	return slices.Contains(nyseClosures[:], d)
}

// observed moves a Saturday to Friday and a Sunday to Monday.
func observed(d lombard.Date) lombard.Date {
	switch d.Weekday() {
	case time.Saturday:
		return d - 1
	case time.Sunday:
		return d + 1
	default:
		return d
	}
}

// londonHoliday reports whether a weekday is a bank holiday of England by the
// rules since 1978; holidays moved or added by proclamation are not known.
func londonHoliday(d lombard.Date) bool {
	year, month, _ := d.Civil()
	switch month {
	case time.January, time.March, time.April, time.May, time.August, time.December:
	default:
		return false
	}
	christmas := lombard.NewDate(year, time.December, 25)
	boxing := christmas + 1
	newYear := lombard.NewDate(year, time.January, 1)
	for newYear.IsWeekend() {
		newYear++
	}
	switch christmas.Weekday() {
	case time.Friday: // Boxing Day falls on Saturday
		boxing += 2
	case time.Saturday, time.Sunday: // both move to the Monday and Tuesday after
		for christmas.IsWeekend() {
			christmas++
		}
		boxing = christmas + 1
	}
	sunday := easter(year)
	return slices.Contains([]lombard.Date{
		newYear, sunday + goodFriday, sunday + 1, christmas, boxing,
		nth(year, time.May, time.Monday, 1), nth(year, time.May, time.Monday, -1), nth(year, time.August, time.Monday, -1),
	}, d)
}
