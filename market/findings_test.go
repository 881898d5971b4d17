package market

import (
	"slices"
	"testing"

	"lombard.example/lombard"
)

// closes are bars on the sessions of the NYSE from a Monday without holidays near.
func closes(prices ...float64) []Bar {
	calendar := CalendarOf("nyse")
	day := lombard.MustDate("2023-03-06")
	var bars []Bar
	for _, p := range prices {
		for !calendar.IsSession(day) {
			day++
		}
		bars = append(bars, Bar{Date: day, Close: p})
		day++
	}
	return bars
}

func TestFindings(t *testing.T) {
	gap := closes(100, 101, 102, 103, 104, 105, 106)
	gap = slices.Delete(gap, 2, 5)
	off := closes(100, 101)
	off[0].Date, off[1].Date = lombard.MustDate("2023-03-10"), lombard.MustDate("2023-03-11")
	split := closes(100, 51)
	split[1].Split = 2
	roll := closes(100, 50)
	roll[0].Contract, roll[1].Contract = "GCJ3", "GCM3"
	traded := closes(100, 100, 100, 100, 100, 100)
	for i := range traded {
		traded[i].Open, traded[i].High, traded[i].Low = 100, 101, 99
	}
	for name, c := range map[string]struct {
		bars []Bar
		want []string
	}{
		"nothing":                 {closes(100, 101, 99, 70, 100), nil},
		"a gap":                   {gap, []string{"gap"}},
		"two sessions are no gap": {slices.Delete(closes(100, 101, 102, 103, 104), 1, 3), nil},
		"a Saturday":              {off, []string{"off_calendar"}},
		"a split of 2 unrecorded": {closes(100, 51, 52), []string{"unadjusted_split"}},
		"a split of 1 for 10":     {closes(10, 101), []string{"unadjusted_split"}},
		"a split recorded":        {split, nil},
		"another contract":        {roll, nil},
		"four equal closes":       {closes(9, 100, 100, 100, 100, 101), nil},
		"five equal closes":       {closes(9, 100, 100, 100, 100, 100, 101), []string{"stale"}},
		"equal to the end":        {closes(9, 100, 100, 100, 100, 100), []string{"stale"}},
		"equal but traded":        {traded, nil},
	} {
		var got []string
		for _, f := range findings(c.bars, attendanceOf(c.bars, CalendarOf("nyse")), CalendarOf("nyse")) {
			got = append(got, f.Code)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestRolls(t *testing.T) {
	bars := closes(2000, 2015, 2010, 2030)
	for i, c := range []string{"GCJ3", "GCM3", "GCM3", "GCQ3"} {
		bars[i].Contract = c
	}
	rolls := Rolls(bars)
	if len(rolls) != 2 || rolls[0].From != "GCJ3" || rolls[0].To != "GCM3" || rolls[0].Change != rolls[0].After/rolls[0].Before-1 || rolls[0].After != 2015 || rolls[1].Date != bars[3].Date {
		t.Errorf("rolls = %+v", rolls)
	}
	if plain := Rolls(closes(1, 2, 3)); plain != nil {
		t.Errorf("bars of no contract roll: %+v", plain)
	}
}
