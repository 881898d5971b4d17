package market_test

import (
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

func TestCalendarsKnowTheirHolidays(t *testing.T) {
	for _, row := range []struct {
		calendar, day, name string
		session             bool
	}{
		{"nyse", "2000-04-21", "Good Friday 2000", false},
		{"nyse", "2000-04-20", "the Thursday before it", true},
		{"nyse", "2003-04-18", "Good Friday 2003", false},
		{"nyse", "2008-03-21", "Good Friday 2008", false},
		{"nyse", "2014-04-18", "Good Friday 2014", false},
		{"nyse", "2019-04-19", "Good Friday 2019", false},
		{"nyse", "2022-04-15", "Good Friday 2022", false},
		{"nyse", "2025-04-18", "Good Friday 2025", false},
		{"nyse", "2026-06-19", "Juneteenth 2026", false},
		{"nyse", "2027-06-18", "Juneteenth 2027, observed on Friday", false},
		{"nyse", "2021-06-18", "Juneteenth before it was a holiday", true},
		{"nyse", "2030-04-19", "Good Friday 2030", false},
		{"nyse", "2001-09-13", "closed after 11 September", false},
		{"nyse", "2012-10-29", "hurricane Sandy", false},
		{"nyse", "1997-01-20", "Martin Luther King Day before 1998", true},
		{"nyse", "1998-01-19", "Martin Luther King Day from 1998 on", false},
		{"nyse", "2021-12-31", "New Year's Day on a Saturday is not observed", true},
		{"nyse", "2023-01-02", "New Year's Day on a Sunday is", false},
		{"nyse", "2024-11-28", "Thanksgiving", false},
		{"nyse", "2024-11-29", "the half day after it", true},
		{"nyse", "2024-11-30", "a Saturday", false},
		{"london", "1987-12-28", "Boxing Day on a Saturday moves to Monday", false},
		{"london", "1988-12-27", "Christmas on a Sunday takes Monday and Tuesday", false},
		{"london", "1988-04-01", "Good Friday", false},
		{"london", "1988-04-04", "Easter Monday", false},
		{"london", "1988-08-29", "the summer bank holiday", false},
		{"london", "1988-09-21", "an ordinary day", true},
		{"always", "2024-11-30", "a Saturday of a seven-day market", true},
		{"none", "2024-11-29", "a day of which nothing is known", false},
	} {
		if got := market.CalendarOf(row.calendar).IsSession(lombard.MustDate(row.day)); got != row.session {
			t.Errorf("%s, %s (%s): session %v, want %v", row.calendar, row.day, row.name, got, row.session)
		}
	}
}

func TestCalendarsCountSessions(t *testing.T) {
	for _, row := range []struct {
		calendar, from, to, name string
		want                     int
	}{
		{"nyse", "2001-01-01", "2001-12-31", "the exchange's own count for 2001", 248},
		{"nyse", "2012-01-01", "2012-12-31", "the exchange's own count for 2012", 250},
		{"nyse", "2024-01-01", "2024-12-31", "the exchange's own count for 2024", 252},
		{"nyse", "2024-07-04", "2024-07-04", "one holiday", 0},
		{"nyse", "2024-07-05", "2024-07-05", "one session", 1},
		{"nyse", "2024-07-08", "2024-07-05", "the wrong way round", 0},
		{"london", "1988-01-01", "1988-12-31", "261 weekdays less New Year, two at Easter, two in May, one in August, two at Christmas", 253},
		{"always", "2024-01-01", "2024-12-31", "a leap year", 366},
		{"none", "2024-01-01", "2024-12-31", "a calendar that knows nothing", 0},
	} {
		if got := market.CalendarOf(row.calendar).Sessions(lombard.MustDate(row.from), lombard.MustDate(row.to)); got != row.want {
			t.Errorf("%s from %s to %s (%s): %d sessions, want %d", row.calendar, row.from, row.to, row.name, got, row.want)
		}
	}
}
