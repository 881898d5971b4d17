// Package nyfed reads the Secured Overnight Financing Rate from the Federal
// Reserve Bank of New York. No key is needed. It publishes
// one figure a business day, for the day before.
package nyfed

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendor"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "nyfed"

// DefaultBase is the address of the service.
const DefaultBase = "https://markets.newyorkfed.org"

const title = "New York Fed"

var errNoRates = errors.New("the answer has no refRates")

// Publisher reads SOFR.
type Publisher struct{ client *vendor.Client }

// New returns the publisher; the client's Transport and Sleep may be set by
// tests.
func New(base string, client vendor.Client) *Publisher {
	client.Title, client.Base = title, strings.TrimSuffix(base, "/")
	return &Publisher{client: &client}
}

// Describe says what the publisher is.
func (*Publisher) Describe() market.Description {
	return market.Description{Slug: Slug, Title: title, Free: true, Capabilities: []string{"rates"}, Summary: "SOFR since April 2018, from its publisher. No key."}
}

// Licence returns under what the series may be used.
func (*Publisher) Licence() (licence, origin string) {
	return "public", "SOFR, Federal Reserve Bank of New York."
}

// Points fetches SOFR between two dates. Errors are those of market.Source.
func (p *Publisher) Points(ctx context.Context, id string, start, end lombard.Date) (market.Observations, error) {
	if !strings.EqualFold(id, "SOFR") {
		return nil, vendor.UnknownSymbol(title, "", id, errors.New("only SOFR is published here"))
	}
	a, err := p.client.Get(ctx, "/api/rates/secured/sofr/search.json", url.Values{"startDate": {start.String()}, "endDate": {end.String()}})
	if err != nil {
		rejected := new(vendor.Rejection)
		if errors.As(err, &rejected) {
			return nil, vendor.Refused(title, rejected.Status, rejected)
		}
		return nil, err
	}
	var answer struct {
		Rates []struct {
			Date string  `json:"effectiveDate"`
			Rate float64 `json:"percentRate"`
		} `json:"refRates"`
	}
	if err := json.Unmarshal(a.Body, &answer); err != nil {
		return nil, vendor.Malformed(title, "rates that are not JSON", err)
	}
	if answer.Rates == nil {
		return nil, vendor.Malformed(title, "no list of rates", errNoRates)
	}
	var points market.Observations
	for _, r := range answer.Rates {
		date, err := lombard.ParseDate(r.Date)
		if err != nil {
			return nil, vendor.Malformed(title, "a rate without a date", err)
		}
		points = append(points, market.Observation{Date: date, Value: r.Rate})
	}
	slices.SortFunc(points, func(a, b market.Observation) int { return int(a.Date - b.Date) })
	return points, nil
}
