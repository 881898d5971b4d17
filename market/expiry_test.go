package market_test

import (
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// The dates are those that exchanges published for the months in which a
// holiday moved the third Friday.
func TestThirdFridaysOnHolidaysAreThursdays(t *testing.T) {
	for _, text := range []string{
		"2000-04-20", "2003-04-17", "2008-03-20", "2014-04-17", "2019-04-18", "2022-04-14", "2025-04-17", "2026-06-18", "2027-06-17", "2030-04-18",
		"2024-12-20", "2025-03-21",
	} {
		want := lombard.MustDate(text)
		year, month, _ := want.Civil()
		if got := market.ThirdFriday(year, month); got != want {
			t.Errorf("third Friday of %d-%02d = %s, want %s", year, month, got, want)
		}
	}
}

func TestGoldFuturesAndTheirOptionsExpireOnPublishedDates(t *testing.T) {
	for _, text := range []string{"2017-06-28", "2018-02-26", "2019-12-27", "2020-12-29", "2022-12-28", "2021-02-24"} {
		want := lombard.MustDate(text)
		year, month, _ := want.Civil()
		if got := market.FutureLastTrade(year, month); got != want {
			t.Errorf("last trade of GC %d-%02d = %s, want %s", year, month, got, want)
		}
	}
	for _, row := range []struct {
		year  int
		month time.Month
		want  string
	}{
		{2020, time.December, "2020-11-24"},
		{2021, time.February, "2021-01-26"},
		{2025, time.February, "2025-01-28"},
		{2024, time.December, "2024-11-25"},
		{2026, time.June, "2026-05-26"},
	} {
		if got := market.FutureOptionExpiry(row.year, row.month); got != lombard.MustDate(row.want) {
			t.Errorf("expiry of OG %d-%02d = %s, want %s", row.year, row.month, got, row.want)
		}
	}
	if year, month := market.FutureOfOption(2021, time.March); year != 2021 || month != time.April {
		t.Errorf("OGH21 is exercised into %d-%02d, want 2021-04", year, month)
	}
}

func TestExpiriesByCycle(t *testing.T) {
	gld, _ := market.Lookup("GLD")
	from, target := lombard.MustDate("2024-01-02"), lombard.MustDate("2025-01-02")
	for _, row := range []struct{ cycle, pick, want string }{
		{"monthly", "nearest", "2024-12-20"},
		{"monthly", "first_after", "2025-01-17"},
		{"monthly", "last_before", "2024-12-20"},
		{"quarterly", "first_after", "2025-03-21"},
		{"leaps", "nearest", "2025-01-17"},
		{"weekly", "nearest", "2025-01-03"},
		{"eom", "nearest", "2024-12-31"},
	} {
		got, ok := market.ExpiryAfter(gld, market.Cycle(row.cycle), market.Pick(row.pick), from, target, 0)
		if !ok || got != lombard.MustDate(row.want) {
			t.Errorf("%s %s = %s, %v; want %s", market.Cycle(row.cycle), market.Pick(row.pick), got, ok, row.want)
		}
	}
	if got, _ := market.ExpiryAfter(gld, "monthly", "nearest", from, from+30, 300); got != lombard.MustDate("2024-11-15") {
		t.Errorf("first monthly expiry 300 days away = %s, want 2024-11-15", got)
	}
	expiry := lombard.MustDate("2024-11-15")
	if got, _ := market.ExpiryAfter(gld, market.CycleMonthly, market.PickNearest, expiry, expiry, 0); got != lombard.MustDate("2024-12-20") {
		t.Errorf("on the day of an expiry the next one is %s, want 2024-12-20", got)
	}
}

func TestStrikesAreListedByDate(t *testing.T) {
	gld, _ := market.Lookup("GLD")
	before, after := lombard.MustDate("2024-06-03"), lombard.MustDate("2024-07-01")
	for _, row := range []struct {
		date           lombard.Date
		price          float64
		down, up, near float64
	}{
		{before, 183.4, 183, 184, 183}, {before, 212.3, 210, 215, 210}, {before, 200, 200, 200, 200}, {after, 212.6, 212, 213, 213}, {before, 190, 190, 190, 190},
	} {
		g := market.StrikeGrid(gld, row.date, row.date+365, row.price)
		if g.Down(row.price) != row.down || g.Up(row.price) != row.up || g.Nearest(row.price) != row.near {
			t.Errorf("%s at %v: %v, %v, %v; want %v, %v, %v", row.date, row.price, g.Down(row.price), g.Up(row.price), g.Nearest(row.price), row.down, row.up, row.near)
		}
	}
}
