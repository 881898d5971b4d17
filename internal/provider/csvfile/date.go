package csvfile

import (
	"time"

	"lombard.example/lombard/internal/tabular"
)

// decideDates decides the order of day and month over the whole file, and the day
// of times in the evening.
func (t *table) decideDates() (dayFirst bool) {
	t.decideEvening()
	dates := make([]tabular.RawDate, len(t.rows))
	for i := range t.rows {
		dates[i] = t.rows[i].date
	}
	order := tabular.OrderOf(dates)
	if order.Says != "" {
		t.Warn(WarnDateOrder, "%s", order.Says)
	}
	return order.DayFirst
}

// decideEvening moves times since 1970 to the day after when they can only be the
// beginnings of sessions on the evening before, as those of futures are and of
// days in Asia: when there are Sundays and no Fridays. Where nothing decides they
// stay, with a warning.
func (t *table) decideEvening() {
	late, first := 0, -1
	var on [7]int
	for i := range t.rows {
		r := &t.rows[i].date
		if !r.Decided() {
			return
		}
		if d, _ := r.Resolve(false); r.Late {
			late++
			on[d.Weekday()]++
			if first < 0 {
				first = i
			}
		}
	}
	if late == 0 || late < len(t.rows) {
		return // at midnight, say, in summer and winter
	}
	row := &t.rows[first]
	day, _ := row.date.Resolve(false)
	if on[time.Sunday] == 0 || on[time.Friday]+on[time.Saturday] > 0 {
		if on[time.Saturday]+on[time.Sunday] == 0 && on[time.Friday] > 0 {
			return // a session's close, or its opening in America
		}
		t.Warn(WarnEvening, "Its times are of the evening in UTC; line %d is read as %s, not as the day after. Where a session begins on the evening before, write dates instead of times.", row.line, day)
		return
	}
	for i := range t.rows {
		t.rows[i].date = t.rows[i].date.Next()
	}
	t.Warn(WarnEvening, "Its times are of the evening in UTC, on Sundays and never on Fridays, so they begin the session of the day after: line %d is read as %s, not as %s.", row.line, day+1, day)
}
