package market_test

import (
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// TestClosing: the instants are those of the exchange's published hours, in UTC.
func TestClosing(t *testing.T) {
	for _, c := range []struct{ calendar, want, why string }{
		{"nyse", "2024-01-19T21:00:00Z", "winter"},
		{"nyse", "2024-07-19T20:00:00Z", "summer"},
		{"nyse", "2024-03-08T21:00:00Z", "the Friday before summer time"},
		{"nyse", "2024-03-11T20:00:00Z", "the Monday after it began"},
		{"nyse", "2024-11-01T20:00:00Z", "the Friday before winter time"},
		{"nyse", "2024-11-04T21:00:00Z", "the Monday after it began"},
		{"nyse", "2006-03-31T21:00:00Z", "April was the rule until 2006"},
		{"nyse", "2006-04-03T20:00:00Z", "summer of 2006"},
		{"nyse", "2006-10-30T21:00:00Z", "October was the rule until 2006"},
		{"nyse", "2007-03-12T20:00:00Z", "the first summer time in March"},
		{"nyse", "2024-11-29T18:00:00Z", "the day after Thanksgiving"},
		{"nyse", "2024-12-24T18:00:00Z", "Christmas Eve"},
		{"nyse", "2024-07-03T17:00:00Z", "a Wednesday before Independence Day"},
		{"nyse", "2023-07-03T17:00:00Z", "a Monday before it"},
		{"nyse", "2002-07-03T20:00:00Z", "a Wednesday before it, when the Friday after was short"},
		{"nyse", "2002-07-05T17:00:00Z", "that Friday"},
		{"nyse", "2019-07-05T20:00:00Z", "a Friday after it, which is whole again"},
		{"nyse", "2003-12-26T18:00:00Z", "an early close outside the rules"},
		{"nyse", "1992-11-27T19:00:00Z", "two o'clock before 1993"},
		{"nyse", "1991-11-29T21:00:00Z", "no early close yet"},
		{"comex", "2024-01-19T18:30:00Z", "settlement in winter"},
		{"comex", "2024-07-19T17:30:00Z", "settlement in summer"},
	} {
		at, err := time.Parse(time.RFC3339, c.want)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := market.CalendarOf(c.calendar).Closing(lombard.DateOf(at)); !ok || !got.Equal(at) {
			t.Errorf("%s: got %v %v, want %s", c.why, got, ok, c.want)
		}
	}
	for _, c := range []struct{ calendar, day string }{{"nyse", "2024-01-20"}, {"nyse", "2024-12-25"}, {"nyse", "2020-07-03"}, {"always", "2024-01-19"}, {"none", "2024-01-19"}} {
		if at, ok := market.CalendarOf(c.calendar).Closing(lombard.MustDate(c.day)); ok {
			t.Errorf("%s closes on %s at %v", c.calendar, c.day, at)
		}
	}
}
