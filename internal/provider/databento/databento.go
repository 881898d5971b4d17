// Package databento reads daily bars from the Databento historical HTTP API. It
// asks for CSV packed with zstd and has a decoder of the binary form beside it. What the wire
// looks like stays in here: bars go out as the program knows them.
package databento

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendor"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "databento"

// Variable is the environment variable that holds the key.
const Variable = "DATABENTO_API_KEY"

// DefaultBase is the address of the service.
const DefaultBase = "https://hist.databento.com"

const title = "Databento"

// schema of daily bars.
const schema = "ohlcv-1d"

// Vendor is the Databento source.
type Vendor struct {
	client *vendor.Client
	key    string
}

var (
	_ market.Vendor = (*Vendor)(nil)
	_ market.Coster = (*Vendor)(nil)
)

// New returns the vendor. base is the address without a path; the client's
// Transport and Sleep may be set by tests.
func New(base, key string, client vendor.Client) *Vendor {
	client.Title, client.Base, client.Secret = title, strings.TrimSuffix(base, "/"), key
	client.Sign = func(r *http.Request) {
		r.SetBasicAuth(key, "")
		r.Header.Set("Accept", "application/json")
	}
	return &Vendor{client: &client, key: key}
}

// Describe implements market.Vendor.
func (*Vendor) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: title, NeedsKey: true, Capabilities: []string{"bars", "cost", "range"}, AnySymbol: true,
		Summary: "US stocks and ETFs (consolidated from July 2024, single venues from 2018), gold futures from June 2010. Priced by what is fetched.",
	}
}

// Licence implements market.Vendor.
func (*Vendor) Licence() (licence, origin string) {
	return "under your Databento licence", "Daily bars of Databento."
}

// datasets are tried in this order for stocks and ETFs.
func datasets(symbol string) []string {
	if isFuture(symbol) {
		return []string{"GLBX.MDP3"}
	}
	return []string{"EQUS.SUMMARY", "EQUS.MINI", "ARCX.PILLAR", "XNAS.ITCH"}
}

func isFuture(symbol string) bool {
	i, known := market.Lookup(symbol)
	return known && i.Class == market.ClassFuture || continuous.MatchString(symbol) || strings.HasSuffix(symbol, ".FUT")
}

// continuous is a symbol such as GC.c.0: by calendar, open interest or volume.
var continuous = regexp.MustCompile(`(?i)^[A-Z0-9]+\.[cnv]\.[0-9]+$`)

// selection returns the symbol as Databento writes it, and its kind. The root
// of a future is its front contract by calendar.
func selection(symbol string) (symbols, kind string) {
	switch {
	case continuous.MatchString(symbol):
		root, rest, _ := strings.Cut(symbol, ".")
		return root + "." + strings.ToLower(rest), "continuous"
	case strings.HasSuffix(symbol, ".FUT") || strings.HasSuffix(symbol, ".OPT"):
		return symbol, "parent"
	case isFuture(symbol):
		return symbol + ".c.0", "continuous"
	default:
		return symbol, "raw_symbol"
	}
}

// Offer implements market.Vendor: the first dataset whose daily bars cover the
// whole request, else the one that reaches back furthest.
func (v *Vendor) Offer(ctx context.Context, r market.BarRequest) (market.Offer, error) {
	if v.key == "" {
		return market.Offer{}, vendor.KeyMissing(title, Variable)
	}
	names := datasets(r.Symbol)
	if r.Dataset != "" {
		names = []string{r.Dataset}
	}
	var best market.Offer
	var failed error
	for _, name := range names {
		have, err := v.available(ctx, name)
		if err != nil {
			if rejected := new(vendor.Rejection); errors.As(err, &rejected) && rejected.Status != http.StatusUnauthorized && len(names) > 1 {
				failed = v.word(err, r)
				continue // not licensed for this one
			}
			return market.Offer{}, v.word(err, r)
		}
		offer := market.Offer{Dataset: name, Range: have}
		if have.First <= r.Start && r.End <= have.Last {
			return offer, nil
		}
		if best.Dataset == "" || have.First < best.Range.First {
			best = offer
		}
	}
	if best.Dataset == "" {
		return best, failed
	}
	return best, nil
}

// available asks for the dates of a dataset's daily bars. The schema's own range
// counts: the dataset's is that of its longest schema.
func (v *Vendor) available(ctx context.Context, dataset string) (market.Range, error) {
	a, err := v.client.Get(ctx, "/v0/metadata.get_dataset_range", url.Values{"dataset": {dataset}})
	if err != nil {
		return market.Range{}, err
	}
	type span struct{ Start, End string }
	var body struct {
		span
		Schema map[string]span
	}
	if err := json.Unmarshal(a.Body, &body); err != nil {
		return market.Range{}, vendor.Malformed(title, "a range that is not JSON", err)
	}
	if own, ok := body.Schema[schema]; ok {
		body.span = own
	}
	return rangeOf(body.Start, body.End)
}

// rangeOf turns instants, the end excluded, into dates.
func rangeOf(start, end string) (market.Range, error) {
	first, err1 := instant(start)
	last, err2 := instant(end)
	if err := errors.Join(err1, err2); err != nil {
		return market.Range{}, vendor.Malformed(title, "a range without dates", err)
	}
	return market.Range{First: dateOf(first), Last: dateOf(last.Add(-1))}, nil
}

// instant reads both forms of time that occur in answers.
func instant(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999-07:00", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no instant", text)
}

func dateOf(t time.Time) lombard.Date {
	return lombard.DateOf(t)
}

// form is what get_cost and get_range are asked about.
func form(r market.BarRequest) url.Values {
	symbols, kind := selection(r.Symbol)
	return url.Values{
		"dataset": {r.Dataset}, "schema": {schema}, "symbols": {symbols}, "stype_in": {kind},
		"start": {r.Start.String()}, "end": {(r.End + 1).String()}, // the end is excluded
	}
}

// Cost implements market.Coster.
func (v *Vendor) Cost(ctx context.Context, r market.BarRequest) (float64, error) {
	a, err := v.client.Post(ctx, "/v0/metadata.get_cost", form(r))
	if err != nil {
		return 0, v.word(err, r)
	}
	var dollars float64
	if err := json.Unmarshal(a.Body, &dollars); err != nil || !(dollars >= 0 && dollars < 1e9) {
		return 0, vendor.Malformed(title, "a cost that is not an amount", err)
	}
	return dollars, nil
}

// DailyBars implements market.Vendor.
func (v *Vendor) DailyBars(ctx context.Context, r market.BarRequest, progress func(done, total int64)) (market.BarSet, error) {
	q := form(r)
	for name, value := range map[string]string{"encoding": "csv", "compression": "zstd", "pretty_px": "true", "pretty_ts": "true", "map_symbols": "true"} {
		q.Set(name, value)
	}
	a, err := v.client.Post(ctx, "/v0/timeseries.get_range", q)
	if err != nil {
		return market.BarSet{}, v.word(err, r)
	}
	bars, err := readBars(a.Body, r)
	if err != nil {
		return market.BarSet{}, vendor.Malformed(title, err.Error(), err)
	}
	progress(int64(len(bars)), int64(len(bars)))
	return market.BarSet{Bars: bars, Warnings: warnings(a)}, nil
}

// warnings are the vendor's own remarks, and that not all symbols resolved.
func warnings(a vendor.Answer) []lombard.Warning {
	var out []lombard.Warning
	var texts []string
	if json.Unmarshal([]byte(a.Header.Get("X-Warning")), &texts) == nil {
		for _, text := range texts {
			const longest = 300
			out = append(out, lombard.Warning{Code: "vendor_warning", Message: "Databento remarks: " + text[:min(len(text), longest)]})
		}
	}
	if a.Status == http.StatusPartialContent {
		out = append(out, lombard.Warning{Code: "partly_resolved", Message: "Databento could not resolve the symbol on some of the days; they have no bar."})
	}
	return out
}
