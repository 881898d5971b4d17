// Package coinbase reads daily candles of cryptocurrencies from the public
// Coinbase Exchange API. No key is needed. A call holds three hundred days at most,
// so a long run is read in pages.
package coinbase

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "coinbase"

// DefaultBase is the address of the service.
const DefaultBase = "https://api.exchange.coinbase.com"

const title = "Coinbase"

// opened is the year before which the exchange has no candles of anything.
const opened = "2015-01-01"

// page is how many days one call may ask for.
const page = 300

// Vendor is the Coinbase source.
type Vendor struct{ client *vendorhttp.Client }

var _ market.Vendor = (*Vendor)(nil)

// New returns the vendor at an address; the client's Transport and Sleep may be
// set by tests.
func New(base string, client vendorhttp.Client) *Vendor {
	client.Title, client.Base = title, strings.TrimSuffix(base, "/")
	return &Vendor{client: &client}
}

// Describe implements market.Vendor.
func (*Vendor) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: title, Free: true, Capabilities: []string{"bars"}, AnySymbol: true,
		Summary: "Bitcoin and other coins in dollars, seven days a week in UTC days, since 2015. No key.",
	}
}

// Licence implements market.Vendor.
func (*Vendor) Licence() (licence, origin string) {
	return "Coinbase market data terms", "Daily candles of Coinbase Exchange, in UTC days."
}

// Instrument implements market.InstrumentSource: what it sells are coins.
func (*Vendor) Instrument(symbol string) market.Instrument { return market.Coin(symbol) }

// Offer implements market.Vendor: Coinbase does not say what it has.
func (*Vendor) Offer(context.Context, market.BarRequest) (market.Offer, error) {
	return market.Offer{}, nil
}

// DailyBars implements market.Vendor: the newest candles stand first in an
// answer, and one holds three hundred days at most.
func (v *Vendor) DailyBars(ctx context.Context, r market.BarRequest, progress func(done, total int64)) (market.BarSet, error) {
	var bars []market.Bar
	for start := max(r.Start, lombard.MustDate(opened)); start <= r.End; start += page {
		end := min(start+page-1, r.End)
		a, err := v.client.Get(ctx, "/products/"+url.PathEscape(r.Symbol)+"/candles", url.Values{
			"granularity": {"86400"}, "start": {start.Time().Format(time.RFC3339)}, "end": {end.Time().Format(time.RFC3339)},
		})
		if err != nil {
			return market.BarSet{}, v.word(err, r)
		}
		more, err := read(a.Body)
		if err != nil {
			return market.BarSet{}, v.client.Malformed(err.Error(), err)
		}
		for _, b := range more {
			if b.Date >= start && b.Date <= end {
				bars = append(bars, b)
			}
		}
		progress(int64(len(bars)), 0) // how many days have candles is not known
	}
	progress(int64(len(bars)), int64(len(bars)))
	return market.BarSet{Bars: bars}, nil
}

// read takes one answer apart: rows of time, low, high, open, close, volume. The
// error continues a sentence.
func read(body []byte) ([]market.Bar, error) {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return nil, errors.New("an error instead of candles")
	}
	var rows [][]float64
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, fmt.Errorf("candles that are not JSON: %w", err)
	}
	if rows == nil {
		return nil, errors.New("no list of candles")
	}
	bars := make([]market.Bar, 0, len(rows))
	for _, row := range rows {
		const columns = 6
		if len(row) != columns || row[0] < 0 || row[0] > 1<<40 {
			return nil, errors.New("a candle of another form")
		}
		date := lombard.DateOf(time.Unix(int64(row[0]), 0).UTC())
		bars = append(bars, market.Bar{Date: date, Low: row[1], High: row[2], Open: row[3], Close: row[4], Volume: row[5]})
	}
	slices.SortStableFunc(bars, func(a, b market.Bar) int { return int(a.Date - b.Date) })
	return bars, nil
}

func (v *Vendor) word(err error, r market.BarRequest) error {
	rejected := new(vendorhttp.Rejection)
	if !errors.As(err, &rejected) {
		return err
	}
	if rejected.Status == http.StatusNotFound {
		return vendorhttp.UnknownSymbol(title, "", r.Symbol, rejected)
	}
	return v.client.Refusal(rejected)
}
