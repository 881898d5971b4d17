package databento

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendor"
	"lombard.example/lombard/market"
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
	return p
}

// Where messages hold the date that would work, should the payload not.
var (
	startInWords   = regexp.MustCompile(`available start of dataset [^(]+\('([^']+)'`)
	endInWords     = regexp.MustCompile(`data available up to '([^']+)'|available end of dataset [^(]+\('([^']+)'`)
	licenceInWords = regexp.MustCompile(`(?:end time before|data after) ([0-9T:.-]+Z)`)
)

// word turns a rejection into the sentence of its kind.
func (v *Vendor) word(err error, r market.BarRequest) error {
	rejected := new(vendor.Rejection)
	if !errors.As(err, &rejected) {
		return err
	}
	p := problemOf(rejected.Body)
	switch rejected.Status {
	case http.StatusUnauthorized:
		return vendor.KeyRejected(title, Variable, rejected)
	case http.StatusPaymentRequired:
		return vendor.OutOfCredit(title, rejected)
	case http.StatusForbidden:
		return vendor.NotLicensed(title, before(licenceInWords, p.Message), rejected)
	case http.StatusNotFound:
		return vendor.UnknownSymbol(title, r.Dataset, r.Symbol, rejected)
	case http.StatusUnprocessableEntity:
		return v.unprocessable(p, r, rejected)
	default:
		return vendor.Refused(title, rejected.Status, rejected)
	}
}

func (v *Vendor) unprocessable(p problem, r market.BarRequest, rejected *vendor.Rejection) error {
	have := market.Range{First: r.Start, Last: r.End}
	switch {
	case p.Case == "data_start_before_available_start":
		have.First = after(startInWords, p.Payload.Start, p.Message)
		have.Last = max(have.First, r.End)
	case p.Case == "data_end_after_available_end":
		have.Last = before(endInWords, p.Payload.End, p.Message)
		have.First = min(have.Last, r.Start)
	case p.Case == "data_start_after_available_end":
		have = market.Range{First: 1, Last: before(endInWords, p.Payload.End, p.Message)}
	case p.Case == "data_schema_not_fully_available":
		if own, err := rangeOf(p.Payload.Start, p.Payload.End); err == nil {
			have = own
		}
	case p.Case == "dataset_unavailable_range":
		return vendor.NotLicensed(title, before(licenceInWords, p.Payload.End, p.Message), rejected)
	case strings.HasPrefix(p.Case, "symbology_"):
		return vendor.UnknownSymbol(title, r.Dataset, r.Symbol, rejected)
	case p.Case == "data_time_range_start_on_or_after_end":
		return market.TooFewSessions(r.Start, r.End, 0)
	}
	if have.First > 0 && have.Last > 0 {
		if err := market.OutOfRange(have, r.Start, r.End); err != nil {
			return err
		}
	}
	return vendor.Refused(title, rejected.Status, rejected)
}

// after returns the date of the first text that holds an instant: a payload, or
// what the pattern finds in a message, which comes last. 0: none.
func after(pattern *regexp.Regexp, texts ...string) lombard.Date {
	if t, err := instant(found(pattern, texts)); err == nil {
		return dateOf(t)
	}
	return 0
}

// before is after for the end of a range, which is excluded.
func before(pattern *regexp.Regexp, texts ...string) lombard.Date {
	if t, err := instant(found(pattern, texts)); err == nil {
		return dateOf(t.Add(-1))
	}
	return 0
}

func found(pattern *regexp.Regexp, texts []string) string {
	for _, text := range texts[:len(texts)-1] {
		if text != "" {
			return text
		}
	}
	for _, group := range pattern.FindStringSubmatch(texts[len(texts)-1]) {
		if _, err := instant(group); err == nil {
			return group
		}
	}
	return ""
}
