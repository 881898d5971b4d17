package lombard

import (
	"fmt"
	"time"
)

// Date is a civil date, counted in days: 1 is 0001-01-01. The zero value is
// no date. Dates compare with the ordinary operators and subtract to calendar
// days. Its text form is YYYY-MM-DD.
type Date int32

const secondsPerDay = 24 * 60 * 60

// dayZero is the Unix time of the day before 0001-01-01.
const dayZero = -62135596800 - secondsPerDay

// NewDate returns the date of a year, month and day; out-of-range days and
// months are normalised as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return Date((time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() - dayZero) / secondsPerDay)
}

// DateOf returns the civil date of t in t's own location.
func DateOf(t time.Time) Date {
	return NewDate(t.Date())
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, fmt.Errorf("%q is not a date of the form YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// MustDate is ParseDate for constants; it panics on anything else.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Time returns midnight UTC of the date.
func (d Date) Time() time.Time { return time.Unix(int64(d)*secondsPerDay+dayZero, 0).UTC() }

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == 0 }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday(int32(d) % 7) }

// IsWeekend reports whether d is a Saturday or a Sunday.
func (d Date) IsWeekend() bool {
	return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
}

// Civil returns the year, the month and the day: for a date, by the arithmetic
// of Neri and Schneider, Euclidean affine functions and their application to
// calendar algorithms (2022), on a year that begins in March.
func (d Date) Civil() (year int, month time.Month, day int) {
	if d < 1 || d > lastCivil {
		return d.Time().Date()
	}
	const (
		daysBefore     = 305 // from 0000-03-01 to the day before 0001-01-01
		daysPerCentury = 146_097
		toYears        = 2_939_745 // 2³²/(4·365.25), rounded
		toMonths, from = 2_141, 197_913
		january        = 306 // days from March to the end of the year
	)
	n := 4*(uint32(d)+daysBefore) + 3
	century, rest := n/daysPerCentury, n%daysPerCentury
	p := toYears * uint64(rest|3)
	dayOfYear := uint32(p) / toYears / 4
	m := toMonths*dayOfYear + from
	year, month, day = int(100*century+uint32(p>>32)), time.Month(m>>16), int(m&0xffff)/toMonths+1
	if dayOfYear >= january {
		year++
		month -= time.December
	}
	return year, month, day
}

// lastCivil bounds the dates that 32 bits of arithmetic are enough for.
const lastCivil = 1 << 29

// Year returns the calendar year.
func (d Date) Year() int {
	year, _, _ := d.Civil()
	return year
}

// AddMonths moves d by n calendar months and clamps the day to the end of the
// month: 31 January plus one month is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.Civil()
	last := NewDate(y, m+time.Month(n)+1, 0)
	_, _, lastDay := last.Civil()
	return last - Date(max(0, lastDay-day))
}

// MonthEnd returns the last calendar day of d's month.
func (d Date) MonthEnd() Date {
	const days = 28
	y, m, day := d.Civil()
	length := days + [...]int{3, 0, 3, 2, 3, 2, 3, 3, 2, 3, 2, 3}[m-1]
	if m == time.February && y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		length++
	}
	return d + Date(length-day)
}

// String returns YYYY-MM-DD, and the empty string for no date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// AppendText appends the text form to b.
func (d Date) AppendText(b []byte) ([]byte, error) {
	if d == 0 {
		return b, nil
	}
	year, month, day := d.Civil()
	const last = 9999
	if year < 0 || year > last {
		return d.Time().AppendFormat(b, time.DateOnly), nil
	}
	digits := func(n int) (byte, byte) { return byte('0' + n/10), byte('0' + n%10) }
	c1, c2 := digits(year / 100)
	y1, y2 := digits(year % 100)
	m1, m2 := digits(int(month))
	d1, d2 := digits(day)
	return append(b, c1, c2, y1, y2, '-', m1, m2, '-', d1, d2), nil
}

// MarshalText writes YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText reads what MarshalText writes: YYYY-MM-DD, or nothing for no
// date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
