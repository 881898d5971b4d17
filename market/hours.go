package market

import (
	"slices"
	"time"

	"lombard.example/lombard"
)

// Hours at which a day's prices are made, of New York.
const (
	closeHour      = 16
	earlyCloseHour = 13
	earlierHour    = 14 // of the early closes before 1993
	settleHour     = 13 // of gold futures
	settleMinute   = 30
)

// Closing returns the instant at which a session's price is made: the close of
// the New York Stock Exchange with its early closes, or the settlement of gold
// futures for comex. It is false of a day without a session and of a calendar
// that is not New York's.
func (c Calendar) Closing(d lombard.Date) (time.Time, bool) {
	if c.name != "nyse" && c.name != "comex" || !c.IsSession(d) {
		return time.Time{}, false
	}
	if c.name == "comex" {
		return newYork(d, settleHour, settleMinute), true
	}
	return newYork(d, nyseCloseHour(d), 0), true
}

// newYork returns the instant of an hour after two in the morning in New York.
// Its summer time is a rule and not a table of zones, so that the same instant
// comes out on every machine: from the second Sunday of March to the first of
// November since 2007, from the first of April to the last of October before
// (Energy Policy Act of 2005, section 110).
func newYork(d lombard.Date, hour, minute int) time.Time {
	year := d.Year()
	first, last := nth(year, time.March, time.Sunday, 2), nth(year, time.November, time.Sunday, 1)
	if year < 2007 {
		first, last = nth(year, time.April, time.Sunday, 1), nth(year, time.October, time.Sunday, -1)
	}
	behind := 5
	if first <= d && d < last {
		behind = 4
	}
	return d.Time().Add(time.Duration(hour+behind)*time.Hour + time.Duration(minute)*time.Minute)
}

// nyseEarlyCloses are the days since 1990 on which the exchange closed at one
// o'clock outside its rules.
var nyseEarlyCloses = [...]lombard.Date{
	lombard.MustDate("1997-12-26"), lombard.MustDate("1999-12-31"), lombard.MustDate("2003-12-26"),
}

// nyseCloseHour returns the hour at which the New York Stock Exchange closes on
// a session, by what it has published since 1990: at one on the day after
// Thanksgiving and on Christmas Eve since 1993 (at two before; the day after
// Thanksgiving from 1992 on), and beside Independence Day since 1995: on a
// Monday, Tuesday or Thursday before it, on the Friday after it until 2012, on
// the Wednesday before it since 2013.
func nyseCloseHour(d lombard.Date) int {
	year, month, day := d.Civil()
	early := slices.Contains(nyseEarlyCloses[:], d)
	switch {
	case month == time.July && day == 3 && year >= 1995:
		early = d.Weekday() != time.Wednesday || year >= 2013
	case month == time.July && day == 5 && year >= 1995 && year < 2013:
		early = d.Weekday() == time.Friday
	case month == time.November && d == nth(year, time.November, time.Thursday, 4)+1:
		early = year >= 1992
	case month == time.December && day == 24:
		early = true
	}
	switch {
	case !early:
		return closeHour
	case year < 1993:
		return earlierHour
	default:
		return earlyCloseHour
	}
}
