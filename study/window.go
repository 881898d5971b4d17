package study

import (
	"slices"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// window is a start and how far its data reach: sessions of a series.
type window struct {
	entry, end int          // the entry, and one after the last session
	endDate    lombard.Date // end_date of the run
	complete   bool         // the data reach to the end of the horizon
	name       string       // of a crisis
}

// windowsOf cuts the sessions of a period, bars[first:], into windows: from
// each start to the last session on or before the day that lies horizon later.
// A window is complete when the last session of the data is on or after that
// day. Those with fewer than two sessions are none.
func windowsOf(bars []market.Bar, first int, every lombard.Every, horizon lombard.Months) []window {
	var all []window
	last := bars[len(bars)-1].Date
	for i := first; i < len(bars)-1; i++ {
		if i > first && !begins(every, bars[i-1].Date, bars[i].Date) {
			continue
		}
		until := bars[i].Date.AddMonths(int(horizon))
		end, _ := slices.BinarySearchFunc(bars, until+1, func(b market.Bar, d lombard.Date) int { return int(b.Date - d) })
		if end-i < 2 {
			continue
		}
		all = append(all, window{entry: i, end: end, endDate: min(until, last), complete: last >= until})
	}
	return all
}

// begins reports whether a session is the first of its day, ISO week or month.
func begins(every lombard.Every, before, date lombard.Date) bool {
	switch every {
	case lombard.EveryDay:
		return true
	case lombard.EveryWeek:
		return monday(before) != monday(date)
	case lombard.EveryMonth:
		y1, m1, _ := before.Civil()
		y2, m2, _ := date.Civil()
		return y1 != y2 || m1 != m2
	}
	return false
}

// monday returns the first day of the ISO week of a date.
func monday(date lombard.Date) lombard.Date {
	const week = 7
	return date - lombard.Date((int(date.Weekday())-int(time.Monday)+week)%week)
}
