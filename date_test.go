package lombard_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lombard.example/lombard"
)

func TestDateCountsCalendarDays(t *testing.T) {
	for _, row := range []struct {
		name     string
		from, to string
		days     int
	}{
		{"a leap day is a day", "2024-02-28", "2024-03-01", 2},
		{"a century that is not a leap year", "1900-02-28", "1900-03-01", 1},
		{"the year of the example run", "1987-12-14", "1988-12-14", 366},
	} {
		if got := int(lombard.MustDate(row.to) - lombard.MustDate(row.from)); got != row.days {
			t.Errorf("%s: %s to %s is %d days, want %d", row.name, row.from, row.to, got, row.days)
		}
	}
}

func TestDateAddMonthsClampsToTheEndOfTheMonth(t *testing.T) {
	for _, row := range []struct {
		name, from string
		months     int
		want       string
	}{
		{"31 January to a leap February", "2024-01-31", 1, "2024-02-29"},
		{"31 January to a common February", "2023-01-31", 1, "2023-02-28"},
		{"29 February to the next year", "2024-02-29", 12, "2025-02-28"},
		{"across a year's end", "2023-11-30", 3, "2024-02-29"},
		{"backwards", "2024-03-31", -1, "2024-02-29"},
		{"an ordinary day stays", "1987-12-14", 12, "1988-12-14"},
	} {
		if got := lombard.MustDate(row.from).AddMonths(row.months).String(); got != row.want {
			t.Errorf("%s: %s + %d months = %s, want %s", row.name, row.from, row.months, got, row.want)
		}
	}
}

func TestDateKnowsWeekdaysAndMonthEnds(t *testing.T) {
	if got := lombard.MustDate("1987-12-14").Weekday(); got != time.Monday {
		t.Errorf("1987-12-14 is a %s, want Monday", got)
	}
	if !lombard.MustDate("2024-03-02").IsWeekend() || lombard.MustDate("2024-03-04").IsWeekend() {
		t.Error("2024-03-02 is a Saturday and 2024-03-04 a Monday")
	}
	if got := lombard.MustDate("2024-02-10").MonthEnd().String(); got != "2024-02-29" {
		t.Errorf("month end = %s, want 2024-02-29", got)
	}
}

func TestDateAgreesWithTheCalendarOfTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "seconds"), 0).UTC()
		d := lombard.DateOf(want)
		if d.String() != want.Format(time.DateOnly) || d.Weekday() != want.Weekday() {
			t.Fatalf("date of %s is %s, a %s", want, d, d.Weekday())
		}
		text, err := json.Marshal(d)
		var back lombard.Date
		if err != nil || json.Unmarshal(text, &back) != nil || back != d {
			t.Fatalf("%s became %s over JSON %s", d, back, text)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2024-02-29", "2023-02-29", "", "0000-00-00", "10000-01-01", "2024-1-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := lombard.ParseDate(s)
		if err == nil && d.String() != s {
			t.Errorf("ParseDate(%q) = %s", s, d)
		}
	})
}

// The civil date and the month's end of every day of two cycles of the calendar,
// and of days far off, are those of the standard library.
func TestCivilDatesOfWholeCycles(t *testing.T) {
	const cycle = 146_097 // days in 400 years
	check := func(d lombard.Date) {
		year, month, day := d.Civil()
		if y, m, dd := d.Time().Date(); year != y || month != m || day != dd || d.Year() != y {
			t.Fatalf("day %d is %d-%d-%d, want %d-%d-%d", d, year, month, day, y, m, dd)
		}
		if end := lombard.NewDate(year, month+1, 0); d.MonthEnd() != end {
			t.Fatalf("the month of %s ends on %s, want %s", d, d.MonthEnd(), end)
		}
	}
	for d := lombard.Date(-400); d < 2*cycle; d++ {
		check(d)
	}
	for d := lombard.Date(1<<31 - 2000); d > 1<<28; d -= 999_983 {
		check(d)
	}
	for d := lombard.Date(1<<29 - 400); d < 1<<29+400; d++ {
		check(d)
	}
}
