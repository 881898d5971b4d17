package tabular

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"lombard.example/lombard"
)

// mostEpoch is 2100-01-01 in seconds since 1970, later than any price.
const mostEpoch = 4_102_444_800

// digitDate reads a date that is a number: YYYYMMDD with or without a time of
// day, or a time since 1970. found is false when s is no number; the error
// continues a sentence that names the text.
func digitDate(s string) (r RawDate, found bool, err error) {
	whole, fraction, _ := strings.Cut(s, ".")
	if !Digits(whole) || fraction != "" && !Digits(fraction) {
		return r, false, nil
	}
	if fraction == "" || strings.Trim(fraction, "0") == "" {
		if d, ok := compact(whole); ok {
			return RawDate{date: d}, true, nil
		}
	}
	if t, ok := instantOf(whole); ok {
		const evening = 15
		return RawDate{date: lombard.DateOf(t), Late: t.Hour() >= evening}, true, nil
	}
	switch {
	case len(whole) == 8:
		return r, false, errors.New("does not exist")
	case len(whole) == 5:
		return r, false, errors.New("is not a date; if it is the day number of a spreadsheet, give the column a date format such as yyyy-mm-dd there and save it again")
	}
	return r, false, errDate
}

// compact reads YYYYMMDD, followed by nothing or by hh, hhmm or hhmmss.
func compact(s string) (lombard.Date, bool) {
	switch len(s) {
	case 8, 10, 12, 14:
	default:
		return 0, false
	}
	most := [...]int{23, 59, 60}
	for i, clock := 0, s[8:]; clock != ""; i, clock = i+1, clock[2:] {
		if atoi(clock[:2]) > most[i] {
			return 0, false
		}
	}
	year := atoi(s[:4])
	if len(s) > 8 && (year < 1900 || year > 2100) {
		return 0, false // seconds since 1970 of our days begin with 16 and 17
	}
	return civil(year, atoi(s[4:6]), atoi(s[6:8]))
}

// instantOf reads a number of seconds, milliseconds, microseconds or nanoseconds
// since 1970, which its digits tell: 9 or 10, 11 to 13, 14 to 16, 17 to 19.
func instantOf(s string) (time.Time, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || len(s) < 9 || s[0] == '0' {
		return time.Time{}, false
	}
	var t time.Time
	switch {
	case len(s) <= 10:
		t = time.Unix(n, 0)
	case len(s) <= 13:
		t = time.UnixMilli(n)
	case len(s) <= 16:
		t = time.UnixMicro(n)
	default:
		t = time.Unix(0, n)
	}
	if sec := t.Unix(); sec < 0 || sec >= mostEpoch {
		return time.Time{}, false
	}
	return t.UTC(), true
}
