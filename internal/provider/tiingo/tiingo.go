// Package tiingo reads raw daily bars with their dividends and splits from the
// Tiingo end-of-day API. One call has all
// of them, prices as they were traded among them.
package tiingo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "tiingo"

// Variable is the environment variable that holds the key.
const Variable = "TIINGO_API_KEY"

// DefaultBase is the address of the service.
const DefaultBase = "https://api.tiingo.com"

const title = "Tiingo"

// Vendor is the Tiingo source.
type Vendor struct {
	client *vendorhttp.Client
	key    string
}

var _ market.Vendor = (*Vendor)(nil)

// New returns the vendor at an address; the client's Transport and Sleep may be
// set by tests.
func New(base, key string, client vendorhttp.Client) *Vendor {
	client.Title, client.Base, client.Secret, client.Variable = title, strings.TrimSuffix(base, "/"), key, Variable
	client.Sign = func(r *http.Request) { r.Header.Set("Authorization", "Token "+key) }
	return &Vendor{client: &client, key: key}
}

// Describe implements market.Vendor.
func (*Vendor) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: title, NeedsKey: true, Free: true, Capabilities: []string{"bars", "actions", "range"}, AnySymbol: true,
		Summary: "US stocks and ETFs over decades, as they were traded, with dividends and splits. Free tier with limits an hour and a day.",
	}
}

// Licence implements market.Vendor.
func (*Vendor) Licence() (licence, origin string) {
	return "Tiingo, internal use", "Raw daily bars, dividends and splits of Tiingo."
}

// Instrument implements market.InstrumentSource: what it sells are stocks and
// funds.
func (*Vendor) Instrument(symbol string) market.Instrument { return market.Stock(symbol) }

func (v *Vendor) path(symbol string) string {
	return "/tiingo/daily/" + url.PathEscape(strings.ToLower(strings.ReplaceAll(symbol, ".", "-")))
}

// Offer implements market.Vendor.
func (v *Vendor) Offer(ctx context.Context, r market.BarRequest) (market.Offer, error) {
	if v.key == "" {
		return market.Offer{}, vendorhttp.KeyMissing(title, Variable)
	}
	a, err := v.client.Get(ctx, v.path(r.Symbol), nil)
	if err != nil {
		return market.Offer{}, v.word(err, r)
	}
	if err := v.detail(a.Body, r); err != nil {
		return market.Offer{}, err
	}
	var meta struct{ StartDate, EndDate string }
	if err := json.Unmarshal(a.Body, &meta); err != nil {
		return market.Offer{}, v.client.Malformed("a description that is not JSON", err)
	}
	first, err1 := lombard.ParseDate(prefix(meta.StartDate))
	last, err2 := lombard.ParseDate(prefix(meta.EndDate))
	if err := errors.Join(err1, err2); err != nil {
		return market.Offer{}, vendorhttp.UnknownSymbol(title, "", r.Symbol, err) // listed, and without prices
	}
	return market.Offer{Range: market.Range{First: first, Last: last}}, nil
}

// prefix is the date that an instant begins with.
func prefix(text string) string { return text[:min(len(text), len("2006-01-02"))] }

// DailyBars implements market.Vendor.
func (v *Vendor) DailyBars(ctx context.Context, r market.BarRequest, progress func(done, total int64)) (market.BarSet, error) {
	a, err := v.client.Get(ctx, v.path(r.Symbol)+"/prices", url.Values{"startDate": {r.Start.String()}, "endDate": {r.End.String()}, "format": {"json"}})
	if err != nil {
		return market.BarSet{}, v.word(err, r)
	}
	if err := v.detail(a.Body, r); err != nil {
		return market.BarSet{}, err
	}
	bars, err := read(a.Body)
	if err != nil {
		return market.BarSet{}, v.client.Malformed(err.Error(), err)
	}
	progress(int64(len(bars)), int64(len(bars)))
	return market.BarSet{Bars: bars}, nil
}

// read takes an answer apart. The error continues a sentence.
func read(body []byte) ([]market.Bar, error) {
	var rows []struct {
		Date                           string
		Open, High, Low, Close, Volume float64
		DivCash, SplitFactor           float64
	}
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, fmt.Errorf("prices that are not JSON: %w", err)
	}
	if rows == nil {
		return nil, errors.New("no list of prices")
	}
	bars := make([]market.Bar, 0, len(rows))
	for _, row := range rows {
		date, err := lombard.ParseDate(prefix(row.Date))
		if err != nil {
			return nil, fmt.Errorf("a bar without a date: %w", err)
		}
		b := market.Bar{Date: date, Open: row.Open, High: row.High, Low: row.Low, Close: row.Close, Volume: row.Volume, Dividend: row.DivCash}
		if row.SplitFactor != 1 {
			b.Split = row.SplitFactor
		}
		bars = append(bars, b)
	}
	return bars, nil
}

// detail returns the error that a body may hold whatever its status: a text
// alone. The caps of an hour, a day and a month come like this too.
func (v *Vendor) detail(body []byte, r market.BarRequest) error {
	var said struct{ Detail *string }
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) { // no list
		_ = json.Unmarshal(body, &said) // what cannot be read is refused where it is used
	}
	if said.Detail == nil {
		return nil
	}
	text := strings.ToLower(*said.Detail)
	err := errors.New("an error inside a success")
	switch {
	case strings.Contains(text, "not found"):
		return vendorhttp.UnknownSymbol(title, "", r.Symbol, err)
	case strings.Contains(text, "allocation") || strings.Contains(text, "limit"):
		return &lombard.Error{
			Kind: lombard.KindVendorBusy, Code: vendorhttp.CodeBusy, Err: err,
			Message: "The Tiingo account has used up what it may ask for at the moment.",
			Hint:    "Try again in an hour; the free tier has caps for an hour, a day and a month.",
		}
	case strings.Contains(text, "token"):
		return vendorhttp.KeyRejected(title, Variable, err)
	default:
		return v.client.Malformed("an error instead of data", err)
	}
}

func (v *Vendor) word(err error, r market.BarRequest) error {
	rejected := new(vendorhttp.Rejection)
	if !errors.As(err, &rejected) {
		return err
	}
	switch rejected.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return vendorhttp.KeyRejected(title, Variable, rejected)
	case http.StatusNotFound:
		return vendorhttp.UnknownSymbol(title, "", r.Symbol, rejected)
	default:
		return v.client.Refusal(rejected)
	}
}
