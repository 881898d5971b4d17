// Package thetadata reads the option chains of a close from the terminal of
// ThetaData, a program that the account's holder runs beside this one. It has
// no prices of the underlyings: another source serves those.
package thetadata

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/occ"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "thetadata"

// Variable is the environment variable that holds the terminal's address.
const Variable = "LOMBARD_THETADATA_URL"

// DefaultBase is where the terminal listens. The account stands in the
// terminal, so no key is sent.
const DefaultBase = "http://127.0.0.1:25503"

const title = "ThetaData"

// dataset is the name of the terminal's report of a close, which is made at
// 17:15 in New York.
const dataset = "option/eod"

// patience is for a chain of twenty thousand options, which the terminal fetches
// itself first.
const patience = 2 * time.Minute

// Vendor is the ThetaData source of option chains.
type Vendor struct {
	client *vendorhttp.Client
	now    func() time.Time
}

var (
	_ market.Vendor      = (*Vendor)(nil)
	_ market.ChainVendor = (*Vendor)(nil)
)

// New returns the vendor behind a terminal's address; now is the clock. The
// client's Transport, Sleep and Patience may be set by tests.
func New(base string, now func() time.Time, client vendorhttp.Client) *Vendor {
	client.Title, client.Base = title, strings.TrimSuffix(base, "/")
	if client.Patience == 0 {
		client.Patience = patience
	}
	return &Vendor{client: &client, now: now}
}

// Describe implements market.Vendor.
func (*Vendor) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: title, Free: true, Capabilities: []string{"chains"}, AnySymbol: true,
		Summary: "Bids and asks of US listed options at the close, since June 2012 as far as your subscription reaches. Needs the ThetaData terminal running; a call costs nothing. No prices of the underlyings.",
	}
}

// Licence implements market.Vendor.
func (*Vendor) Licence() (licence, origin string) {
	return "under your ThetaData subscription", "Option quotes at the close of ThetaData, from the terminal."
}

// chainsOnly is the answer to a request for prices.
func chainsOnly(symbol string) error {
	return lombard.Invalid([]lombard.FieldError{{
		Field: "data_source", Value: Slug, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("%s serves option quotes alone and no prices of %s; use it as quote_source.", title, symbol),
	}})
}

// Offer implements market.Vendor: it refuses.
func (*Vendor) Offer(_ context.Context, r market.BarRequest) (market.Offer, error) {
	return market.Offer{}, chainsOnly(r.Symbol)
}

// DailyBars implements market.Vendor: it refuses.
func (*Vendor) DailyBars(_ context.Context, r market.BarRequest, _ func(done, total int64)) (market.BarSet, error) {
	return market.BarSet{}, chainsOnly(r.Symbol)
}

// firstChain is the day from which ThetaData is known to have quotes at the
// close. A smaller subscription begins later; the terminal does not say when,
// and refuses.
const firstChain = "2012-06-01"

// ChainOffer implements market.ChainVendor: every underlying from firstChain to
// yesterday, whose report is there whatever the hour. Nobody is asked.
func (v *Vendor) ChainOffer(context.Context, market.BarRequest) (market.Offer, error) {
	yesterday := lombard.DateOf(v.now().UTC()) - 1
	return market.Offer{Dataset: dataset, Range: market.Range{First: lombard.MustDate(firstChain), Last: yesterday}}, nil
}

// Chain implements market.ChainVendor. An index whose options are listed under
// two roots is asked for twice.
func (v *Vendor) Chain(ctx context.Context, r market.ChainRequest) (market.ChainSet, error) {
	var all []market.OptionQuote
	for _, root := range occ.Roots(r.Symbol) {
		quotes, err := v.root(ctx, r, root)
		if err != nil {
			return market.ChainSet{}, err
		}
		all = join(all, quotes)
	}
	if len(all) == 0 && market.CalendarOf("nyse").IsSession(r.Date) {
		return market.ChainSet{}, vendorhttp.UnknownSymbol(title, "", r.Symbol, errNoData)
	}
	return market.ChainSet{Quotes: all}, nil
}

// root fetches the options of one root; none when there is no data.
func (v *Vendor) root(ctx context.Context, r market.ChainRequest, root string) ([]market.OptionQuote, error) {
	day := r.Date.Time().Format("20060102")
	a, err := v.client.Get(ctx, "/v3/option/history/eod", url.Values{
		"symbol": {occ.Plain(root)}, "expiration": {"*"}, "start_date": {day}, "end_date": {day}, "format": {"csv"},
	})
	switch {
	case err != nil && a.Status == statusNoData:
		return nil, nil
	case err != nil:
		return nil, v.word(ctx, a, err)
	}
	quotes, err := read(a.Body, occ.Plain(root), r.Date)
	if err != nil {
		return nil, v.client.Malformed(err.Error(), err)
	}
	return quotes, nil
}

// join adds the options of another root, but for those that are there already:
// the root that settles at the close comes first.
func join(all, more []market.OptionQuote) []market.OptionQuote {
	if len(all) == 0 {
		return more
	}
	type option struct {
		expiry lombard.Date
		put    bool
		strike float64
	}
	known := make(map[option]bool, len(all))
	for _, q := range all {
		known[option{q.Expiry, q.Put, q.Strike}] = true
	}
	for _, q := range more {
		if !known[option{q.Expiry, q.Put, q.Strike}] {
			all = append(all, q)
		}
	}
	return all
}
