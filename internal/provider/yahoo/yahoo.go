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
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendor"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "yahoo"

// DefaultBase is the address of the service.
const DefaultBase = "https://query2.finance.yahoo.com"

const title = "Yahoo Finance"

// Vendor is the Yahoo source.
type Vendor struct{ client *vendor.Client }

var _ market.Vendor = (*Vendor)(nil)

// New returns the vendor at an address; the client's Transport and Sleep may be
// set by tests.
func New(base string, client vendor.Client) *Vendor {
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

type chart struct {
	Chart struct {
		Result []struct {
			Meta struct {
				Offset int64 `json:"gmtoffset"`
			}
			Timestamp  []int64
			Indicators struct {
				Quote []struct{ Open, High, Low, Close, Volume []*float64 }
			}
			Events struct {
				Dividends map[string]struct {
					Date   int64
					Amount float64
				}
				Splits map[string]struct {
					Date                   int64
					Numerator, Denominator float64
				}
			}
		}
		Error *struct{ Code, Description string }
	}
}

// DailyBars implements market.Vendor. It reads up to today whatever is asked,
// so that every split is known: Yahoo divides earlier prices by later splits, and
// those are multiplied back.
func (v *Vendor) DailyBars(ctx context.Context, r market.BarRequest, progress func(done, total int64)) (market.BarSet, error) {
	far := lombard.MustDate("2100-01-01").Time().Unix()
	a, err := v.client.Get(ctx, "/v8/finance/chart/"+url.PathEscape(r.Symbol), url.Values{
		"period1": {strconv.FormatInt(r.Start.Time().Unix(), 10)}, "period2": {strconv.FormatInt(far, 10)},
		"interval": {"1d"}, "events": {"div,splits"}, "includePrePost": {"false"},
	})
	if err != nil {
		return market.BarSet{}, word(err, r)
	}
	bars, err := read(a.Body, r)
	if err != nil {
		return market.BarSet{}, err
	}
	progress(int64(len(bars)), int64(len(bars)))
	return market.BarSet{Bars: bars}, nil
}

func read(body []byte, r market.BarRequest) ([]market.Bar, error) {
	var c chart
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, vendor.Malformed(title, "a chart that is not JSON", err)
	}
	if c.Chart.Error != nil || len(c.Chart.Result) != 1 || len(c.Chart.Result[0].Indicators.Quote) != 1 {
		return nil, vendor.Malformed(title, "a chart without prices", errors.New("no result"))
	}
	result := c.Chart.Result[0]
	quote := result.Indicators.Quote[0]
	local := func(epoch int64) lombard.Date { return lombard.DateOf(time.Unix(epoch+result.Meta.Offset, 0).UTC()) }
	if n := len(result.Timestamp); len(quote.Close) != n || len(quote.Open) != n || len(quote.High) != n || len(quote.Low) != n || len(quote.Volume) != n {
		return nil, vendor.Malformed(title, "columns of different lengths", errors.New("columns differ"))
	}
	at := func(column []*float64, i int) float64 {
		if column[i] == nil {
			return 0
		}
		return *column[i]
	}
	var bars []market.Bar
	for i, epoch := range result.Timestamp {
		if quote.Close[i] == nil {
			continue
		}
		b := market.Bar{Date: local(epoch), Open: at(quote.Open, i), High: at(quote.High, i), Low: at(quote.Low, i), Close: *quote.Close[i], Volume: at(quote.Volume, i)}
		for _, d := range result.Events.Dividends {
			if local(d.Date) == b.Date {
				b.Dividend += d.Amount
			}
		}
		for _, s := range result.Events.Splits {
			if local(s.Date) == b.Date && s.Denominator > 0 && s.Numerator > 0 {
				b.Split = s.Numerator / s.Denominator
			}
		}
		bars = append(bars, b)
	}
	return asTraded(bars, r), nil
}

// asTraded multiplies prices back by the splits that came after them, and keeps
// what was asked for.
func asTraded(bars []market.Bar, r market.BarRequest) []market.Bar {
	factor := 1.0
	for i := len(bars) - 1; i >= 0; i-- {
		b := &bars[i]
		b.Open, b.High, b.Low, b.Close, b.Dividend = b.Open*factor, b.High*factor, b.Low*factor, b.Close*factor, b.Dividend*factor
		if b.Split > 0 {
			factor *= b.Split
		}
	}
	kept := bars[:0]
	for _, b := range bars {
		if b.Date >= r.Start && b.Date <= r.End {
			kept = append(kept, b)
		}
	}
	return kept
}

func word(err error, r market.BarRequest) error {
	rejected := new(vendor.Rejection)
	if !errors.As(err, &rejected) {
		return err
	}
	if rejected.Status == http.StatusNotFound {
		return vendor.UnknownSymbol(title, "", r.Symbol, rejected)
	}
	var c chart
	const words = "Data doesn't exist for startDate"
	if json.Unmarshal(rejected.Body, &c) == nil && c.Chart.Error != nil && strings.HasPrefix(c.Chart.Error.Description, words) {
		return &lombard.Error{
			Kind: lombard.KindDataUnavailable, Code: lombard.CodeOutOfRange, Err: rejected,
			Message: fmt.Sprintf("Yahoo Finance has no prices of %s from %s to %s.", r.Symbol, r.Start, r.End), Hint: "Choose a later start date.",
		}
	}
	return vendor.Refused(title, rejected.Status, rejected)
}
