package tabular

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"lombard.example/lombard"
)

// The years that a date can have.
const (
	LeastYear = 1600
	MostYear  = 2400
)

// RawDate is a date as far as one cell decides it: either it is decided, or it
// is first/second/year with month and day in an order that the file decides.
type RawDate struct {
	Text          string // as it is written
	Line          int    // where it stands, as OrderOf needs it; ReadDate leaves it 0
	Late          bool   // a time since 1970 in the evening, UTC: elsewhere the next day may have begun
	date          lombard.Date
	first, second int
	year          int
}

// Next returns the date of the day after, of a date that is decided.
func (r RawDate) Next() RawDate {
	r.date++
	return r
}

// Decided reports whether the cell alone says which day it is.
func (r RawDate) Decided() bool { return r.date != 0 }

// Resolve returns the date; ok is false when it does not exist in that order.
func (r RawDate) Resolve(dayFirst bool) (d lombard.Date, ok bool) {
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
	if year < LeastYear || year > MostYear || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false
	}
	d = lombard.NewDate(year, time.Month(month), day)
	_, _, got := d.Civil()
	return d, got == day
}

// errDate says what a date looks like; it continues a sentence that names the
// text.
var errDate = errors.New("is not a date such as 2024-01-31 or 01/31/2024")

// errCentury asks for the century, which no text of two digits tells.
var errCentury = errors.New("has a year of two digits; write it with four")

// ReadDate reads one cell: ISO and YYYYMMDD, day and month in either order
// before the year, with the month's name, or a time since 1970 (see instantOf).
// A time of day may follow and does not count, as the session is the date that
// is written. The error continues a sentence that names the text.
func ReadDate(text string) (RawDate, error) {
	s := strings.TrimSpace(text)
	if s == "" || len(s) > 64 {
		return RawDate{}, errDate
	}
	if r, found, err := digitDate(s); found || err != nil {
		r.Text = strings.Clone(s)
		return r, err
	}
	head, clock := s, ""
	if i := strings.IndexAny(s, "Tt ,"); i > 0 && s[0] >= '0' && s[0] <= '9' {
		head, clock = s[:i], strings.TrimLeft(s[i:], "Tt ,")
	}
	parts, separator := numericParts(head)
	if parts == nil {
		return namedDate(s)
	}
	if clock != "" && !isClock(clock) {
		if d, err := namedDate(s); err == nil {
			return d, nil
		}
		return RawDate{}, errDate
	}
	r := RawDate{Text: strings.Clone(s)}
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
		return RawDate{}, errCentury
	default:
		return RawDate{}, errDate
	}
	if !ok {
		return RawDate{}, errors.New("does not exist")
	}
	return r, nil
}

// numericParts cuts a date of digits into three. It returns nil for anything
// else.
func numericParts(s string) (parts []string, separator byte) {
	i := strings.IndexAny(s, "-/.")
	if i < 0 {
		return nil, 0
	}
	parts = strings.Split(s, s[i:i+1])
	if len(parts) != 3 || !Digits(parts[0]) || !Digits(parts[1]) || !Digits(parts[2]) {
		return nil, 0
	}
	return parts, s[i]
}

// The forms of a date with the month's name, and those with a year of two
// digits. Go reads a month's name in any case, and a day with or without a zero.
var (
	namedForms = []string{
		"2 Jan 2006", "2-Jan-2006", "2/Jan/2006", "2Jan2006", "Jan 2, 2006", "Jan 2 2006", "Jan-2-2006", "2 January 2006", "January 2, 2006", "January 2 2006",
		"2006-Jan-2", "2006 Jan 2", "Mon, 2 Jan 2006", "Mon 2 Jan 2006", "Mon, Jan 2, 2006", "Mon Jan 2 2006", "Monday, January 2, 2006", "Monday, 2 January 2006",
		"Mon Jan 2 15:04:05 2006", "Mon, 2 Jan 2006 15:04:05 MST", "Mon Jan 2 2006 15:04:05 GMT-0700", "2 Jan 2006 15:04:05", "2-Jan-2006 15:04:05", "2 Jan 2006 15:04", "2-Jan-2006 15:04",
		"Jan 2, 2006 15:04:05", "Jan 2, 2006 3:04 PM", "Jan 2, 2006, 3:04 PM", "Jan 2, 2006, 3:04:05 PM",
	}
	shortForms = []string{"2 Jan 06", "2-Jan-06", "2/Jan/06", "2Jan06", "Jan 2, 06", "Jan 2 06", "2 January 06", "Jan 2 '06", "2 Jan '06", "2-Jan-06 15:04", "2-Jan-06 15:04:05", "06-Jan-2"}
)

// namedDate reads a date with the month's name.
func namedDate(s string) (RawDate, error) {
	if !namesDay(s) {
		return RawDate{}, errDate
	}
	if i := strings.IndexByte(s, '('); i > 0 { // the name of a zone, as JavaScript writes it
		s = strings.TrimSpace(s[:i])
	}
	for _, layout := range namedForms {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if d, ok := civil(t.Year(), int(t.Month()), t.Day()); ok {
			return RawDate{Text: strings.Clone(s), date: d}, nil
		}
	}
	for _, layout := range shortForms {
		if _, err := time.Parse(layout, s); err == nil {
			return RawDate{}, errCentury
		}
	}
	return RawDate{}, errDate
}

// namesDay reports whether the first word of s begins like the name of a month or
// of a day of the week; it spares other texts the forms.
func namesDay(s string) bool {
	const names = "jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun"
	isLetter := func(r rune) bool { return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }
	i := strings.IndexFunc(s, isLetter)
	return i >= 0 && len(s) >= i+3 && strings.Contains(names, strings.ToLower(s[i:i+3]))
}

// isClock reports whether s is a time of day, with or without its zone.
func isClock(s string) bool {
	for _, layout := range [...]string{
		"15:04:05Z07:00", "15:04:05", "15:04", "15:04:05-0700", "15:04:05 -0700", "15:04:05 -07:00", "15:04:05-07",
		"15:04Z07:00", "15:04:05 MST", "15:04 MST", "3:04 PM", "3:04PM", "3:04:05 PM", "3:04:05PM", "15:04:05 -0700 MST", "15:04:05 GMT-0700",
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
