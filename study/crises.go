package study

import (
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// fall is a known crisis of a market: its peak is the highest close between two
// dates, of the prices that are studied, and its end the first close that is as
// high again, or that many years after the peak.
type fall struct {
	name     string
	from, to string
	years    int
}

// Falls by the market that fell. The dates enclose the peaks of the S&P 500's
// daily closes, of the London gold price and of bitcoin in US dollars; they are
// wide enough for other series of the same market to have theirs on other days.
var (
	equityFalls = []fall{
		{"1987", "1987-08-01", "1987-09-30", 2},
		{"1998", "1998-06-01", "1998-08-15", 2},
		{"2000–02", "2000-01-03", "2000-09-30", 3},
		{"2008–09", "2007-07-01", "2007-12-31", 2},
		{"2011", "2011-03-01", "2011-07-31", 2},
		{"February 2018", "2018-01-01", "2018-02-28", 2},
		{"March 2020", "2020-01-15", "2020-03-01", 2},
		{"2022", "2021-11-01", "2022-01-31", 2},
	}
	goldFalls = []fall{
		{"1980–82", "1980-01-01", "1980-02-28", 2},
		{"1988–89", "1987-11-01", "1988-01-31", 2},
		{"2013", "2012-08-01", "2012-12-31", 2},
	}
	bitcoinFalls = []fall{
		{"2018", "2017-11-15", "2018-01-15", 2},
		{"March 2020", "2020-02-01", "2020-03-01", 2},
		{"May 2021", "2021-03-15", "2021-05-15", 2},
		{"2022", "2021-10-15", "2021-12-15", 2},
	}
)

// fallsOf returns the crises of what a symbol is taken for; those of shares where
// that is not known.
func fallsOf(i market.Instrument) []fall {
	switch i.Class {
	case market.ClassCrypto:
		return bitcoinFalls
	case market.ClassSpotMetal, market.ClassFuture:
		return goldFalls
	case market.ClassETF, market.ClassStock, market.ClassIndex, market.ClassUnknown:
	}
	if i.VolIndex == goldVol {
		return goldFalls
	}
	return equityFalls
}

// goldVol is the vol index of funds that hold gold.
const goldVol = "GVZ"

// crises lists the windows of the crises that the prices cover, the deepest fall
// first, and puts their dates into the request. A window that the prices cut short
// is not complete. Without any the error names those that there are.
func (s *Study) crises() error {
	r := &s.plan.Request
	bars, first := s.series.Bars, s.series.First
	var missing []string
	if r.Crises == nil {
		for _, f := range fallsOf(s.plan.instrument) {
			if c, ok := f.in(bars, first); ok {
				r.Crises = append(r.Crises, c)
			} else {
				missing = append(missing, f.name)
			}
		}
	}
	last := bars[len(bars)-1].Date
	for _, c := range r.Crises {
		entry, end := indexOf(bars, c.Start), indexOf(bars, c.End+1)
		if entry < first || bars[min(entry, len(bars)-1)].Date > c.End || end-entry < 2 || bars[first].Date > c.Start {
			missing = append(missing, c.Name)
			continue
		}
		s.windows = append(s.windows, window{entry: entry, end: end, endDate: min(c.End, last), complete: c.End <= last, name: c.Name})
	}
	slices.SortStableFunc(s.windows, func(a, b window) int {
		switch x, y := depth(bars, a), depth(bars, b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	covered := fmt.Sprintf("the prices of %s run from %s to %s", r.Scenario.Symbol, bars[first].Date, last)
	if len(s.windows) == 0 {
		return lombard.Invalid([]lombard.FieldError{{
			Field: "crises", Code: lombard.CodeInvalid,
			Message: fmt.Sprintf("crises has none that the prices cover: %s, and known are %s. Use a source with those years, or give windows of your own.", covered, strings.Join(missing, ", ")),
		}})
	}
	if len(missing) > 0 {
		s.plan.notes = append(s.plan.notes, fmt.Sprintf("Not covered, for %s: %s. A source or a file with those years runs them.", covered, strings.Join(missing, ", ")))
	}
	return nil
}

// in finds the crisis in prices from a session on; not ok where they begin after
// its peak or end before it.
func (f fall) in(bars []market.Bar, first int) (lombard.Crisis, bool) {
	from, to := max(first, indexOf(bars, lombard.MustDate(f.from))), indexOf(bars, lombard.MustDate(f.to)+1)
	if bars[first].Date > lombard.MustDate(f.from) || from >= to || to-1 >= len(bars)-1 {
		return lombard.Crisis{}, false
	}
	peak := from
	for i := from; i < to; i++ {
		if bars[i].Close > bars[peak].Close {
			peak = i
		}
	}
	end := bars[peak].Date.AddMonths(12 * f.years)
	for i := peak + 1; i < len(bars) && bars[i].Date <= end; i++ {
		if bars[i].Close >= bars[peak].Close {
			end = bars[i].Date
			break
		}
	}
	source := fmt.Sprintf("the highest close from %s to %s, and the first as high again or %d years", f.from, f.to, f.years)
	return lombard.Crisis{Name: f.name, Start: bars[peak].Date, End: end, Source: source}, true
}

// indexOf returns the first session on or after a date; len(bars) where there is
// none.
func indexOf(bars []market.Bar, date lombard.Date) int {
	i, _ := slices.BinarySearchFunc(bars, date, func(b market.Bar, d lombard.Date) int { return int(b.Date - d) })
	return i
}

// depth is the lowest close of a window over that of its entry.
func depth(bars []market.Bar, w window) float64 {
	low := bars[w.entry].Close
	for _, b := range bars[w.entry:w.end] {
		low = min(low, b.Close)
	}
	return low / bars[w.entry].Close
}

// crisesVerdict is one sentence a group: what each crisis would have done.
func (s *Study) crisesVerdict(g *group, rows []lombard.StudyRow) string {
	var parts []string
	for i := range rows {
		r := &rows[i]
		name := r.Crisis
		if !r.Complete {
			name += " (cut short by the data)"
		}
		switch {
		case r.Error != "":
			parts = append(parts, fmt.Sprintf("%s: no answer", name))
		case g.slug == unhedged:
			parts = append(parts, fmt.Sprintf("%s: LTV up to %s, %s", name, percent(r.MaxLTVUnhedged), inCall(r.CallDaysUnhedged)))
		default:
			parts = append(parts, fmt.Sprintf("%s: LTV up to %s, %s (%s without it), at a %s", name, percent(r.MaxLTVRecognised), inCall(r.CallDaysHedged), whole(r.CallDaysUnhedged), costWords(meritsOf(r).cost)))
		}
	}
	return fmt.Sprintf("%s from the peak before each crisis: %s.", capital(s.groupWords(g)), strings.Join(parts, "; "))
}

func inCall(days int) string {
	if days == 0 {
		return "never called"
	}
	return count(days, "day") + " in call"
}
