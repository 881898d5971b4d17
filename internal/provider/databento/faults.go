package databento

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Cases of Databento's errors that are told apart.
const (
	caseStartTooEarly = "data_start_before_available_start"
	caseEndTooLate    = "data_end_after_available_end"
	caseStartTooLate  = "data_start_after_available_end"
	caseNoTime        = "data_time_range_start_on_or_after_end"
	caseSchema        = "data_schema_not_fully_available"
	casePlan          = "dataset_unavailable_range"
	caseUnresolved    = "symbology_invalid_request"
	caseSymbol        = "symbology_invalid_symbol"
)

// problem is Databento's error body: detail is a text or an object.
type problem struct {
	Case    string
	Message string
	Payload struct {
		Start string `json:"available_start"`
		End   string `json:"available_end"`
	}
}

func problemOf(body []byte) problem {
	var outer struct{ Detail json.RawMessage }
	var p problem
	if json.Unmarshal(body, &outer) != nil {
		return p
	}
	if json.Unmarshal(outer.Detail, &p) != nil {
		_ = json.Unmarshal(outer.Detail, &p.Message)
	}
	for _, c := range casesInWords {
		if p.Case == "" && strings.Contains(p.Message, c.words) {
			p.Case = c.name
		}
	}
	return p
}

// casesInWords tell the case of an error that is a text alone.
var casesInWords = []struct{ words, name string }{
	{"before the available start", caseStartTooEarly},
	{"after the available end", caseStartTooLate},
	{"after the available range", caseEndTooLate},
	{"data available up to", caseEndTooLate},
	{"cannot be on or after", caseNoTime},
	{"only available between", caseSchema},
	{"requires a subscription", casePlan},
	{"symbols could be resolved", caseUnresolved},
	{"Could not resolve", caseUnresolved},
}

// Where messages hold the instants that would work, should the payload not.
var (
	startInWords   = regexp.MustCompile(`available start of dataset [^(]+\('([^']+)'`)
	endInWords     = regexp.MustCompile(`data available up to '([^']+)'|available end of dataset [^(]+\('([^']+)'`)
	bothInWords    = regexp.MustCompile(`only available between '?([0-9T:.+Z -]+?)'? and '?([0-9T:.+Z-]+(?: [0-9:.+-]+)?)`)
	licenceInWords = regexp.MustCompile(`(?:end time before|data after) ([0-9T:.-]+Z)`)
)

// have is what the vendor says it has: of its payload, else of its words. An end
// that is not told is zero.
func (p problem) have() span {
	var s span
	s.start, _ = instant(p.Payload.Start)
	s.end, _ = instant(p.Payload.End)
	words := func(pattern *regexp.Regexp, nth int) time.Time {
		found := pattern.FindStringSubmatch(p.Message)
		if len(found) <= nth {
			return time.Time{}
		}
		for _, group := range found[nth:] {
			if t, err := instant(group); err == nil {
				return t
			}
		}
		return time.Time{}
	}
	if s.start.IsZero() {
		if s.start = words(startInWords, 1); s.start.IsZero() {
			s.start = words(bothInWords, 1)
		}
	}
	for _, from := range []func() time.Time{
		func() time.Time { return words(endInWords, 1) },
		func() time.Time { return words(licenceInWords, 1) },
		func() time.Time { return words(bothInWords, 2) },
	} {
		if s.end.IsZero() {
			s.end = from()
		}
	}
	return s
}

// explains reports whether what the vendor has is why dates were refused, by
// the case. A vendor may contradict itself; then it has said nothing.
func (p problem) explains(have span, asked market.Range) bool {
	early := !have.start.IsZero() && have.days().First > asked.First
	late := !have.end.IsZero() && lastDay(have.end) < asked.Last
	switch p.Case {
	case caseStartTooEarly:
		return early
	case caseEndTooLate, casePlan:
		return late
	case caseStartTooLate:
		return !have.end.IsZero() && lastDay(have.end) < asked.First
	case caseSchema:
		return !have.start.IsZero() && !have.end.IsZero() && (early || late)
	default:
		return true
	}
}

// known is what the vendor has where that explains a problem: as the problem
// says, else as the range of the schema says, else the zero span.
func (v *Vendor) known(ctx context.Context, p problem, s selection, asked market.Range) span {
	have := p.have()
	if p.explains(have, asked) {
		return have
	}
	told, err := v.available(ctx, s.dataset, s.schema)
	if err != nil {
		return span{}
	}
	if have.start.IsZero() {
		have.start = told.start
	}
	if have.end.IsZero() {
		have.end = told.end
	}
	for _, both := range []span{have, told} {
		if p.explains(both, asked) {
			return both
		}
	}
	return span{}
}

// word turns a rejection into the sentence of its case; another error stays.
func (v *Vendor) word(ctx context.Context, err error, s selection, r market.BarRequest) error {
	rejected := new(vendorhttp.Rejection)
	if !errors.As(err, &rejected) {
		return err
	}
	p := problemOf(rejected.Body)
	switch rejected.Status {
	case http.StatusUnauthorized:
		return vendorhttp.KeyRejected(title, Variable, rejected)
	case http.StatusPaymentRequired:
		return reworded(vendorhttp.OutOfCredit(title, rejected), "Account out of credit.")
	case http.StatusForbidden:
		end := p.have().end
		if end.IsZero() || lastDay(end) >= r.End {
			return reworded(vendorhttp.NotLicensed(title, 0, rejected), "Not licensed for this data.")
		}
		last := lastDay(end)
		return reworded(vendorhttp.NotLicensed(title, last, rejected), fmt.Sprintf("Not licensed for this data after %s.", last))
	case http.StatusNotFound:
		return unknownSymbol(r, rejected)
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return v.unprocessable(ctx, p, s, r, rejected)
	default:
		return v.client.Refusal(rejected)
	}
}

// reworded puts the specified sentence into an error that has everything else.
func reworded(err error, message string) error {
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok {
		return err
	}
	own.Message = message
	for i := range own.Fields {
		own.Fields[i].Message = message + " " + own.Hint
	}
	return own
}

// unprocessable words a status of 422 by its case. A date is told where the
// vendor told it, and never made up.
func (v *Vendor) unprocessable(ctx context.Context, p problem, s selection, r market.BarRequest, rejected *vendorhttp.Rejection) error {
	asked := market.Range{First: r.Start, Last: r.End}
	have := p.have()
	if p.Case != casePlan { // of which nothing more can be found out than before
		have = v.known(ctx, p, s, asked)
	}
	told := p.explains(have, asked)
	var err error
	switch {
	case p.Case == caseStartTooEarly && told:
		first := have.days().First
		err = market.OutOfRange(market.Range{First: first, Last: max(first, r.End)}, r.Start, max(first, r.End))
	case p.Case == caseStartTooEarly:
		err = dateError("start_date", r.Start, 0, "Selected start date is before data is available for this dataset.", "")
	case p.Case == caseEndTooLate && told:
		last := lastDay(have.end)
		err = market.OutOfRange(market.Range{First: min(last, r.Start), Last: last}, min(last, r.Start), r.End)
	case p.Case == caseEndTooLate:
		err = dateError("end_date", r.End, 0, "Selected end date is after data is available for this dataset.", "")
	case p.Case == caseStartTooLate && told:
		last := lastDay(have.end)
		err = dateError("start_date", r.Start, last, fmt.Sprintf("Data ends at %s; choose an earlier start.", last), fmt.Sprintf("Please set start date to %s or earlier.", last))
	case p.Case == caseStartTooLate:
		err = dateError("start_date", r.Start, 0, "Selected start date is after data is available for this dataset.", "")
	case p.Case == caseSchema && told:
		err = schemaError(have.days(), r)
	case p.Case == caseSchema:
		err = &lombard.Error{
			Kind: lombard.KindDataUnavailable, Code: lombard.CodeOutOfRange,
			Message: "This kind of data does not exist for all of the selected dates.", Hint: "Choose other dates, or another dataset.",
		}
	case p.Case == casePlan && told:
		last := lastDay(have.end)
		err = reworded(vendorhttp.NotLicensed(title, last, nil), fmt.Sprintf("Your plan covers data up to %s.", last))
	case p.Case == casePlan:
		err = reworded(vendorhttp.NotLicensed(title, 0, nil), "Not licensed for this data.")
	case p.Case == caseNoTime:
		message := "Start must be before end."
		err = lombard.Invalid([]lombard.FieldError{{Field: "end_date", Value: r.End, Code: lombard.CodeTooFewDays, Message: message}})
	case p.Case == caseUnresolved:
		err = unknownSymbol(r, rejected)
	case p.Case == caseSymbol:
		err = symbolError(r, lombard.CodeInvalid, "Symbol format not valid for this dataset.",
			fmt.Sprintf("Write %s as the dataset %s does, or choose another dataset.", r.Symbol, r.Dataset), rejected)
	}
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		own.Err = rejected
		return own
	}
	return vendorhttp.Refused(title, rejected.Status, rejected)
}

// lastDay is the last whole day before an instant that is itself excluded.
func lastDay(end time.Time) lombard.Date { return lombard.DateOf(end) - 1 }

// unknownSymbol is the error of a symbol that the dataset does not know.
func unknownSymbol(r market.BarRequest, detail error) error {
	where := r.Dataset
	if where == "" {
		where = title
	}
	return symbolError(r, lombard.CodeUnknown, "Symbol unknown in this dataset for these dates.",
		fmt.Sprintf("Check how %s is written in %s, and when it was listed.", r.Symbol, where), detail)
}

func symbolError(r market.BarRequest, code, message, hint string, detail error) error {
	return &lombard.Error{
		Kind: lombard.KindValidation, Code: code, Err: detail, Message: message, Hint: hint,
		Fields: []lombard.FieldError{{Field: "symbol", Value: r.Symbol, Code: code, Message: message + " " + hint}},
	}
}

// dateError is the error of a date; works is 0 where none is known that would.
func dateError(field string, value, works lombard.Date, message, hint string) error {
	f := lombard.FieldError{Field: field, Value: value, Code: lombard.CodeOutOfRange, Message: strings.TrimSpace(message + " " + hint)}
	if works != 0 {
		f.Suggestion = works.String()
	}
	return &lombard.Error{Kind: lombard.KindDataUnavailable, Code: lombard.CodeOutOfRange, Message: message, Hint: hint, Fields: []lombard.FieldError{f}}
}

// schemaError names the dates of a kind of data, on the field that is outside.
func schemaError(have market.Range, r market.BarRequest) error {
	message := fmt.Sprintf("This kind of data exists only from %s to %s.", have.First, have.Last)
	hint := fmt.Sprintf("Please choose dates from %s to %s.", have.First, have.Last)
	if r.Start < have.First {
		return dateError("start_date", r.Start, have.First, message, hint)
	}
	return dateError("end_date", r.End, have.Last, message, hint)
}

// within returns the part of a selection of whole days that a rejection says is
// there, and the remark about it; false where nothing can be cut.
func (s selection) within(p problem, have span) (selection, lombard.Warning, bool) {
	part := s
	if first := have.days().First; p.Case == caseSchema && !have.start.IsZero() && first.Time().After(s.start) {
		part.start = first.Time()
	}
	if last := lastDay(have.end) + 1; !have.end.IsZero() && last.Time().Before(s.end) {
		part.end = last.Time()
	}
	if part == s || !part.start.Before(part.end) {
		return s, lombard.Warning{}, false
	}
	last := part.covered().Last
	message := fmt.Sprintf("Data is available up to %s. The end date was set to %s.", last, last)
	switch p.Case {
	case caseSchema:
		message = fmt.Sprintf("This kind of data exists only from %s to %s. The dates outside were left out.", part.covered().First, last)
		if !have.start.IsZero() && !have.end.IsZero() {
			message = fmt.Sprintf("This kind of data exists only from %s to %s. The dates outside were left out.", have.days().First, have.days().Last)
		}
	case casePlan:
		message = fmt.Sprintf("Your plan covers data up to %s. The end date was set to %s.", last, last)
	}
	return part, lombard.Warning{Code: "range_clamped", Message: message}, true
}

// cuttable reports whether a rejection may be answered by asking for a part: of
// whole days, and not of a minute.
func (s selection) cuttable(p problem) bool {
	whole := s.start.Equal(lombard.DateOf(s.start).Time()) && s.end.Equal(lombard.DateOf(s.end).Time())
	return whole && (p.Case == caseEndTooLate || p.Case == caseSchema || p.Case == casePlan)
}
