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
	date          lombard.Date
	first, second int
	year          int
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

// ReadDate reads one cell: ISO and YYYYMMDD, day and month in either order
// before the year, or with the month's name; a time of day may follow and does
// not count, as the session is the date that is written. The error continues a
// sentence that names the text.
func ReadDate(text string) (RawDate, error) {
	wrong := errors.New("is not a date such as 2024-01-31 or 01/31/2024")
	s := strings.TrimSpace(text)
	if s == "" || len(s) > 40 {
		return RawDate{}, wrong
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
		return RawDate{}, wrong
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
		return RawDate{}, errors.New("has a year of two digits; write it with four")
	default:
		return RawDate{}, wrong
	}
	if !ok {
		return RawDate{}, errors.New("does not exist")
	}
	return r, nil
}

// numericParts cuts a date of digits into three; eight digits are YYYYMMDD. It
// returns nil for anything else.
func numericParts(s string) (parts []string, separator byte) {
	if Digits(s) && len(s) == 8 {
		return []string{s[:4], s[4:6], s[6:]}, '-'
	}
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

// namedDate reads a date with the month's name.
func namedDate(s string, wrong error) (RawDate, error) {
	for _, layout := range [...]string{
		"2 Jan 2006", "2-Jan-2006", "Jan 2, 2006", "Jan 2 2006", "2 January 2006", "January 2, 2006", "2006-Jan-2",
		"Mon, 2 Jan 2006", "Mon Jan 2 2006", "Mon Jan 2 15:04:05 2006", "Mon, 2 Jan 2006 15:04:05 MST",
	} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if d, ok := civil(t.Year(), int(t.Month()), t.Day()); ok {
			return RawDate{Text: strings.Clone(s), date: d}, nil
		}
	}
	return RawDate{}, wrong
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
