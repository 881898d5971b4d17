package csvfile

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/tabular"
)

// The years that a price can have.
const (
	leastYear = 1600
	mostYear  = 2400
)

// rawDate is a date as far as one cell decides it: either date is set, or it
// is first/second/year with month and day in an order that the file decides.
type rawDate struct {
	text          string
	date          lombard.Date
	first, second int
	year          int
}

// resolve returns the date; ok is false when it does not exist in that order.
func (r rawDate) resolve(dayFirst bool) (d lombard.Date, ok bool) {
	switch {
	case r.date != 0:
		return r.date, true
	case dayFirst:
		return civil(r.year, r.second, r.first)
	default:
		return civil(r.year, r.first, r.second)
	}
}

// civil returns the date if the calendar has it.
func civil(year, month, day int) (d lombard.Date, ok bool) {
	if year < leastYear || year > mostYear || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	d = lombard.NewDate(year, time.Month(month), day)
	_, _, got := d.Civil()
	return d, got == day
}

// readDate reads one cell: ISO and YYYYMMDD, day and month in either order
// before the year, or with the month's name; a time of day may follow and does
// not count, as the session is the date that is written. The error continues a
// sentence that names the text.
func readDate(text string) (rawDate, error) {
	wrong := errors.New("is not a date such as 2024-01-31 or 01/31/2024")
	s := strings.TrimSpace(text)
	if s == "" || len(s) > 40 {
		return rawDate{}, wrong
	}
	head, clock := s, ""
	if i := strings.IndexAny(s, "Tt ,"); i > 0 && s[0] >= '0' && s[0] <= '9' {
		head, clock = s[:i], strings.TrimLeft(s[i:], "Tt ,")
	}
	parts, separator := numericParts(head)
	if parts == nil {
		return namedDate(s, wrong)
	}
	if clock != "" && !isClock(clock) {
		if d, err := namedDate(s, wrong); err == nil {
			return d, nil
		}
		return rawDate{}, wrong
	}
	r := rawDate{text: strings.Clone(s)}
	a, b, c := parts[0], parts[1], parts[2]
	var ok bool
	switch {
	case len(a) == 4 && len(b) <= 2 && len(c) <= 2:
		r.date, ok = civil(atoi(a), atoi(b), atoi(c))
	case len(a) <= 2 && len(b) <= 2 && len(c) == 4 && separator == '.':
		r.date, ok = civil(atoi(c), atoi(b), atoi(a))
	case len(a) <= 2 && len(b) <= 2 && len(c) == 4:
		r.first, r.second, r.year = atoi(a), atoi(b), atoi(c)
		_, asUS := civil(r.year, r.first, r.second)
		_, asDayFirst := civil(r.year, r.second, r.first)
		ok = asUS || asDayFirst
	case len(a) <= 2 && len(b) <= 2 && len(c) == 2:
		return rawDate{}, errors.New("has a year of two digits; write it with four")
	default:
		return rawDate{}, wrong
	}
	if !ok {
		return rawDate{}, errors.New("does not exist")
	}
	return r, nil
}

// numericParts cuts a date of digits into three; eight digits are YYYYMMDD. It
// returns nil for anything else.
func numericParts(s string) (parts []string, separator byte) {
	if digits(s) && len(s) == 8 {
		return []string{s[:4], s[4:6], s[6:]}, '-'
	}
	i := strings.IndexAny(s, "-/.")
	if i < 0 {
		return nil, 0
	}
	parts = strings.Split(s, s[i:i+1])
	if len(parts) != 3 || !digits(parts[0]) || !digits(parts[1]) || !digits(parts[2]) {
		return nil, 0
	}
	return parts, s[i]
}

// namedDate reads a date with the month's name.
func namedDate(s string, wrong error) (rawDate, error) {
	for _, layout := range [...]string{
		"2 Jan 2006", "2-Jan-2006", "Jan 2, 2006", "Jan 2 2006", "2 January 2006", "January 2, 2006", "2006-Jan-2",
		"Mon, 2 Jan 2006", "Mon Jan 2 2006", "Mon Jan 2 15:04:05 2006", "Mon, 2 Jan 2006 15:04:05 MST",
	} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if d, ok := civil(t.Year(), int(t.Month()), t.Day()); ok {
			return rawDate{text: strings.Clone(s), date: d}, nil
		}
	}
	return rawDate{}, wrong
}

// isClock reports whether s is a time of day, with or without its zone.
func isClock(s string) bool {
	for _, layout := range [...]string{
		"15:04:05Z07:00", "15:04:05", "15:04", "15:04:05-0700", "15:04:05 -0700", "15:04:05 -07:00", "15:04:05-07",
		"15:04Z07:00", "15:04:05 MST", "15:04 MST", "3:04 PM", "3:04:05 PM", "3:04:05PM", "15:04:05 -0700 MST",
	} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// atoi reads digits that are known to be few.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// decideDates reports whether the file writes the day before the month. A
// number over twelve decides; then the order of the rows; then which reading
// has them closer together, as prices are daily; then it is month before day.
// What no number decides is warned of.
func (t *table) decideDates() bool {
	var over [2]int // the line where the first, the second number is over twelve
	doubtful := -1
	for i := range t.rows {
		r := &t.rows[i]
		if r.date.date != 0 {
			continue
		}
		doubtful = i
		if r.date.first > 12 && over[0] == 0 {
			over[0] = r.line
		}
		if r.date.second > 12 && over[1] == 0 {
			over[1] = r.line
		}
	}
	switch {
	case doubtful < 0:
		return false
	case over[0] > 0 && over[1] > 0:
		// Each order has a witness. The later witness and its like are reported
		// as dates that do not exist.
		return over[0] < over[1]
	case over[0] > 0:
		return true
	case over[1] > 0:
		return false
	}
	monthFirstGap, monthFirstInOrder := t.largestGap(false)
	dayFirstGap, dayFirstInOrder := t.largestGap(true)
	dayFirst, order := false, "month/day/year"
	switch {
	case dayFirstInOrder && !monthFirstInOrder:
		dayFirst, order = true, "day/month/year, because only so the rows are in order"
	case dayFirstInOrder && dayFirstGap < monthFirstGap:
		dayFirst, order = true, "day/month/year, because so the rows are closer together"
	}
	t.Warn(WarnDateOrder, "No date shows whether %s has the day or the month first; it is read as %s.", tabular.Quote(t.rows[doubtful].date.text), order)
	return dayFirst
}

// largestGap returns the most days between neighbouring rows, and whether the
// dates only rise or only fall.
func (t *table) largestGap(dayFirst bool) (days int, inOrder bool) {
	rises, falls := true, true
	var before lombard.Date
	for i := range t.rows {
		d, _ := t.rows[i].date.resolve(dayFirst)
		if i > 0 {
			rises, falls = rises && d > before, falls && d < before
			days = max(days, int(d-before), int(before-d))
		}
		before = d
	}
	return days, rises || falls
}
