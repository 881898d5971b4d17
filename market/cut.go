package market

import (
	"fmt"
	"slices"

	"lombard.example/lombard"
)

// SnapDays is how many calendar days a start may lie before the first price, or
// an end after the last one: a weekend with the holidays around it. The run then
// begins, or ends, at that price.
const SnapDays = 7

// Snap moves a start of at most SnapDays before the prices a source has to their
// first, and an end of as many after them to their last. Dates further outside
// are the error of OutOfRange.
func Snap(have Range, start, end lombard.Date) (from, to lombard.Date, err error) {
	if have.First-SnapDays <= start && start < have.First && end >= have.First {
		start = have.First
	}
	if have.Last < end && end <= have.Last+SnapDays && start <= have.Last {
		end = have.Last
	}
	return start, end, OutOfRange(have, start, end)
}

// Cut takes the bars of a query out of a full series: the sessions from Start
// to End and as many of the Warmup sessions before them as there are. Dates
// outside the series, by more than SnapDays, are errors of kind data_unavailable
// on each field, with the date that would work; fewer than two sessions are one
// of kind validation.
func Cut(full Series, q Query) (Series, error) {
	if len(full.Bars) == 0 {
		return full, &lombard.Error{
			Kind: lombard.KindDataUnavailable, Code: "no_prices",
			Message: fmt.Sprintf("There are no prices of %s.", q.Symbol), Hint: "Choose another symbol or source.",
		}
	}
	have := Range{First: full.Bars[0].Date, Last: full.Bars[len(full.Bars)-1].Date}
	var err error
	if q.Start, q.End, err = Snap(have, q.Start, q.End); err != nil {
		return full, err
	}
	return Take(full, q)
}

// Take is Cut of a query whose dates are known to be inside the series.
func Take(full Series, q Query) (Series, error) {
	first := indexOf(full.Bars, q.Start)
	end := indexOf(full.Bars, q.End+1)
	if end-first < 2 {
		return full, tooShort(full.Bars, q, first, end)
	}
	from := max(0, first-max(0, q.Warmup))
	full.Bars = full.Bars[from:end:end]
	full.First = first - from
	return full, nil
}

// tooShort is TooFewSessions of a query over bars that are known: it names the
// date that makes a run of two sessions.
func tooShort(bars []Bar, q Query, first, end int) error {
	sentence := sessionsBetween(q.Start, q.End, end-first)
	f := lombard.FieldError{Field: "end_date", Value: q.End, Code: lombard.CodeTooFewDays}
	switch {
	case first+1 < len(bars):
		f.Suggestion = bars[first+1].Date.String()
		f.Message = fmt.Sprintf("%s Please set end date to %s or later.", sentence, f.Suggestion)
	case len(bars) >= 2 && end == len(bars): // nothing comes later
		f.Field, f.Value, f.Suggestion = "start_date", q.Start, bars[len(bars)-2].Date.String()
		f.Message = fmt.Sprintf("%s Please set start date to %s or earlier.", sentence, f.Suggestion)
	default:
		return TooFewSessions(q.Start, q.End, end-first)
	}
	return lombard.Invalid([]lombard.FieldError{f})
}

// indexOf returns the index of the first bar on or after the date.
func indexOf(bars []Bar, date lombard.Date) int {
	i, _ := slices.BinarySearchFunc(bars, date, func(b Bar, d lombard.Date) int { return int(b.Date - d) })
	return i
}

// OutOfRange returns the error of dates outside the sessions a source has, nil
// when both are inside.
func OutOfRange(have Range, start, end lombard.Date) error {
	var bad []lombard.FieldError
	var sentences [][2]string
	report := func(field string, value, works lombard.Date, message, hint string) {
		bad = append(bad, lombard.FieldError{Field: field, Value: value, Code: lombard.CodeOutOfRange, Message: message + " " + hint, Suggestion: works.String()})
		sentences = append(sentences, [2]string{message, hint})
	}
	before := func(d lombard.Date) string { return fmt.Sprintf("Data not available before %s.", d) }
	upTo := func(d lombard.Date) string { return fmt.Sprintf("Data is available up to %s.", d) }
	please := func(which string, d lombard.Date, side string) string {
		return fmt.Sprintf("Please set %s date to %s or %s.", which, d, side)
	}
	switch {
	case start < have.First:
		report("start_date", start, have.First, before(have.First), please("start", have.First, "later"))
	case start > have.Last:
		report("start_date", start, have.First, upTo(have.Last), please("start", have.First, "later, and before "+have.Last.String()))
	}
	switch {
	case end > have.Last:
		report("end_date", end, have.Last, upTo(have.Last), please("end", have.Last, "earlier"))
	case end < have.First:
		report("end_date", end, have.Last, before(have.First), please("end", have.Last, "earlier, and after "+have.First.String()))
	}
	if len(bad) == 0 {
		return nil
	}
	e := &lombard.Error{Kind: lombard.KindDataUnavailable, Code: lombard.CodeOutOfRange, Fields: bad, Message: sentences[0][0], Hint: sentences[0][1]}
	if len(bad) > 1 {
		e.Message = "Both dates are outside the data."
		e.Hint = fmt.Sprintf("Please choose dates from %s to %s.", have.First, have.Last)
	}
	return e
}

// TooFewSessions is the error of a range that holds fewer than two sessions.
func TooFewSessions(start, end lombard.Date, sessions int) error {
	return lombard.Invalid([]lombard.FieldError{{
		Field: "end_date", Value: end, Code: lombard.CodeTooFewDays,
		Message: sessionsBetween(start, end, sessions) + " Please choose a later end date.",
	}})
}

// sessionsBetween says how many sessions a range holds, when they are too few.
func sessionsBetween(start, end lombard.Date, sessions int) string {
	has := "there is no session"
	if sessions == 1 {
		has = "there is 1 session"
	}
	return fmt.Sprintf("From %s to %s %s, and a run needs at least two.", start, end, has)
}

// QualityOf says what the prices of a series' run are like. Gaps and bars
// outside the calendar stay 0 for an instrument whose calendar has no rules.
func QualityOf(s *Series) lombard.Quality {
	run := s.Run()
	calendar := CalendarOf(s.Instrument.Calendar)
	q := lombard.Quality{Bars: len(run), WarmupBars: s.First, Calendar: s.Instrument.Calendar}
	meets := attendanceOf(run, calendar)
	for i := range run {
		b := &run[i]
		switch b.Quality() {
		case QualityCloseOnly:
			q.CloseOnly++
		case QualityPartial:
			q.Fallbacks++
		case QualityRepaired:
			q.Repaired++
		}
		if meets[i].off {
			q.OffCalendar++
		}
		q.Gaps += meets[i].missed
		if meets[i].missed > 0 {
			q.LongestGap = max(q.LongestGap, int(b.Date-run[i-1].Date))
		}
	}
	q.Findings = append(findings(run, meets, calendar), s.Chains.findings(run)...)
	q.Intraday = slices.ContainsFunc(run, func(b Bar) bool { return b.Low > 0 })
	return q
}

// attendance is how a bar stands to the calendar.
type attendance struct {
	off    bool // the day is no session
	missed int  // sessions without a price since the bar before
}

// attendanceOf is asked once a bar, since a calendar's rules take a while.
func attendanceOf(run []Bar, calendar Calendar) []attendance {
	meets := make([]attendance, len(run))
	if !calendar.HasRules() {
		return meets
	}
	for i := range run {
		meets[i].off = !calendar.IsSession(run[i].Date)
		if i > 0 {
			meets[i].missed = calendar.Sessions(run[i-1].Date+1, run[i].Date-1)
		}
	}
	return meets
}

// TradesOnWeekends reports whether any bar falls on a Saturday or Sunday: the
// mark of a seven-day market.
func TradesOnWeekends(bars []Bar) bool {
	return slices.ContainsFunc(bars, func(b Bar) bool { return b.Date.IsWeekend() })
}
