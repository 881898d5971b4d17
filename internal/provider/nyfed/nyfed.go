// Package nyfed reads the Secured Overnight Financing Rate from the Federal
// Reserve Bank of New York. No key is needed. It publishes
// one figure a business day, for the day before.
package nyfed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "nyfed"

// DefaultBase is the address of the service.
const DefaultBase = "https://markets.newyorkfed.org"

const title = "New York Fed"

// Publisher reads SOFR.
type Publisher struct{ client *vendorhttp.Client }

// New returns the publisher; the client's Transport and Sleep may be set by
// tests.
func New(base string, client vendorhttp.Client) *Publisher {
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
		return nil, vendorhttp.UnknownSymbol(title, "", id, errors.New("only SOFR is published here"))
	}
	a, err := p.client.Get(ctx, "/api/rates/secured/sofr/search.json", url.Values{"startDate": {start.String()}, "endDate": {end.String()}})
	if err != nil {
		rejected := new(vendorhttp.Rejection)
		if errors.As(err, &rejected) {
			return nil, p.client.Refusal(rejected)
		}
		return nil, err
	}
	points, err := read(a.Body, start, end)
	if err != nil {
		return nil, p.client.Malformed(err.Error(), err)
	}
	return points, nil
}

// read takes an answer apart. A rate that was revised stands twice; the revision
// counts. The error continues a sentence.
func read(body []byte, start, end lombard.Date) (market.Observations, error) {
	var answer struct {
		Rates []struct {
			Date     string   `json:"effectiveDate"`
			Rate     *float64 `json:"percentRate"`
			Revision string   `json:"revisionIndicator"`
		} `json:"refRates"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("rates that are not JSON: %w", err)
	}
	if answer.Rates == nil {
		return nil, errors.New("no list of rates")
	}
	var points market.Observations
	revised := map[lombard.Date]bool{}
	for _, r := range answer.Rates {
		date, err := lombard.ParseDate(r.Date)
		if err != nil {
			return nil, fmt.Errorf("a rate without a date: %w", err)
		}
		const most = 1000 // per cent
		if r.Rate == nil || !(*r.Rate > -most && *r.Rate < most) {
			return nil, fmt.Errorf("no rate of %s", date)
		}
		if date < start || date > end {
			continue
		}
		p := market.Observation{Date: date, Value: *r.Rate}
		before := slices.IndexFunc(points, func(x market.Observation) bool { return x.Date == date })
		switch {
		case before < 0:
			points = append(points, p)
		case points[before] == p:
		case r.Revision != "" && !revised[date]:
			points[before] = p
		case r.Revision == "" && revised[date]:
		default:
			return nil, fmt.Errorf("two rates of %s", date)
		}
		revised[date] = revised[date] || r.Revision != ""
	}
	slices.SortFunc(points, func(a, b market.Observation) int { return int(a.Date - b.Date) })
	return points, nil
}
