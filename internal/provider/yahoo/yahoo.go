// Package yahoo reads daily bars from the chart endpoint of Yahoo Finance. It is
// unofficial and for personal use, and is only there for who turns it on. Prices before a
// split come divided by it, and are put back to what was traded.
package yahoo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "yahoo"

// DefaultBase is the address of the service.
const DefaultBase = "https://query2.finance.yahoo.com"

const title = "Yahoo Finance"

// Vendor is the Yahoo source.
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
		Slug: Slug, Title: title, Free: true, Capabilities: []string{"bars", "actions"}, AnySymbol: true,
		Summary: "Daily bars over decades, unofficial, for personal use only. Prices before a split are put back to what was traded.",
	}
}

// Licence implements market.Vendor.
func (*Vendor) Licence() (licence, origin string) {
	return "personal use only", "Daily bars of Yahoo Finance, an unofficial source."
}

// Offer implements market.Vendor: Yahoo does not say what it has.
func (*Vendor) Offer(context.Context, market.BarRequest) (market.Offer, error) {
	return market.Offer{}, nil
}

// DailyBars implements market.Vendor. It reads up to today whatever is asked,
// so that every split is known: Yahoo divides earlier prices by later splits, and
// those are multiplied back. It begins a day early, for exchanges whose session
// opens on the day before in Greenwich.
func (v *Vendor) DailyBars(ctx context.Context, r market.BarRequest, progress func(done, total int64)) (market.BarSet, error) {
	far := lombard.MustDate("2100-01-01").Time().Unix()
	a, err := v.client.Get(ctx, "/v8/finance/chart/"+url.PathEscape(r.Symbol), url.Values{
		"period1": {strconv.FormatInt((r.Start - 1).Time().Unix(), 10)}, "period2": {strconv.FormatInt(far, 10)},
		"interval": {"1d"}, "events": {"div,splits,capitalGains"}, "includePrePost": {"false"},
	})
	if err != nil {
		return market.BarSet{}, v.word(err, r)
	}
	bars, err := v.read(a.Body, r)
	if err != nil {
		return market.BarSet{}, err
	}
	progress(int64(len(bars)), int64(len(bars)))
	return market.BarSet{Bars: bars}, nil
}

func (v *Vendor) word(err error, r market.BarRequest) error {
	rejected := new(vendorhttp.Rejection)
	if !errors.As(err, &rejected) {
		return err
	}
	if rejected.Status == http.StatusNotFound {
		return vendorhttp.UnknownSymbol(title, "", r.Symbol, rejected)
	}
	var c chart
	if json.Unmarshal(rejected.Body, &c) == nil && c.Chart.Error != nil {
		if err := c.Chart.Error.word(r, rejected); err != nil {
			return err
		}
	}
	return v.client.Refusal(rejected)
}

// word returns the error that Yahoo's words stand for, nil for others. As a
// request has no end, nothing on or after its start is all that "no data" can
// mean.
func (p *problem) word(r market.BarRequest, detail error) error {
	switch {
	case p.Code == "Not Found":
		return vendorhttp.UnknownSymbol(title, "", r.Symbol, detail)
	case strings.HasPrefix(p.Description, "Data doesn't exist for startDate"):
		message, hint := fmt.Sprintf("Yahoo Finance has no prices of %s on or after the start date.", r.Symbol), "Please choose an earlier start date, or another symbol."
		return &lombard.Error{
			Kind: lombard.KindDataUnavailable, Code: lombard.CodeOutOfRange, Err: detail, Message: message, Hint: hint,
			Fields: []lombard.FieldError{{Field: "start_date", Value: r.Start, Code: lombard.CodeOutOfRange, Message: message + " " + hint}},
		}
	}
	return nil
}
