// Package databento reads daily bars and option chains from the Databento
// historical HTTP API. It asks for CSV packed with zstd and understands the
// binary form wherever an answer may have it. What the wire looks like stays in
// here: bars and quotes go out as the program knows them.
package databento

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "databento"

// Variable is the environment variable that holds the key.
const Variable = "DATABENTO_API_KEY"

// DefaultBase is the address of the service.
const DefaultBase = "https://hist.databento.com"

const title = "Databento"

// Paths of the methods.
const (
	rangePath = "/v0/metadata.get_dataset_range"
	costPath  = "/v0/metadata.get_cost"
	dataPath  = "/v0/timeseries.get_range"
)

// Databento answers 20 questions about metadata a second. A burst and what
// follows it in the same second stay below that.
const (
	questionsPerSecond = 14
	questionsAtOnce    = 6
)

// Vendor is the Databento source. It is safe for concurrent use.
type Vendor struct {
	client    *vendorhttp.Client
	key       string
	questions *rate.Limiter
	kept      *shelf
}

var (
	_ market.Vendor      = (*Vendor)(nil)
	_ market.Coster      = (*Vendor)(nil)
	_ market.ChainVendor = (*Vendor)(nil)
	_ market.ChainCoster = (*Vendor)(nil)
)

// New returns the vendor. base is the address without a path; the client's
// Transport and Sleep may be set by tests.
func New(base, key string, client vendorhttp.Client) *Vendor {
	client.Title, client.Base, client.Secret, client.Variable = title, strings.TrimSuffix(base, "/"), key, Variable
	client.Sign = func(r *http.Request) {
		r.SetBasicAuth(key, "")
		r.Header.Set("Accept", "application/json")
	}
	return &Vendor{client: &client, key: key, questions: rate.NewLimiter(questionsPerSecond, questionsAtOnce), kept: newShelf()}
}

// Describe implements market.Vendor.
func (*Vendor) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: title, NeedsKey: true, Capabilities: []string{"bars", "chains", "cost", "range"}, AnySymbol: true,
		Summary: "US stocks and ETFs (consolidated from July 2024, single venues from 2018), gold futures from June 2010, option chains of both. Priced by what is fetched.",
	}
}

// Licence implements market.Vendor.
func (*Vendor) Licence() (licence, origin string) {
	return "under your Databento licence", "Daily bars of Databento."
}

// question waits until another question about metadata may be asked.
func (v *Vendor) question(ctx context.Context) error {
	if wait := v.questions.Reserve().Delay(); wait > 0 {
		return v.client.Pause(ctx, wait)
	}
	return ctx.Err()
}

// cost asks what a selection would be charged, in US dollars, and returns the
// selection that the vendor could price.
func (v *Vendor) cost(ctx context.Context, s selection) (float64, selection, error) {
	if err := v.question(ctx); err != nil {
		return 0, s, err
	}
	a, s, _, err := v.ask(ctx, costPath, s, nil)
	if err != nil {
		return 0, s, err
	}
	var dollars float64
	const most = 1e9
	if err := json.Unmarshal(a.Body, &dollars); err != nil || !(dollars >= 0 && dollars < most) {
		return 0, s, v.malformed("a cost that is not an amount", a, err)
	}
	return dollars, s, nil
}

// data fetches a selection, of which the vendor may have less than was asked
// for: it returns what was fetched and remarks for the reader.
func (v *Vendor) data(ctx context.Context, s selection) (vendorhttp.Answer, selection, []lombard.Warning, error) {
	return v.ask(ctx, dataPath, s, map[string]string{"encoding": "csv", "compression": "zstd", "pretty_px": "true", "pretty_ts": "true", "map_symbols": "true"})
}

// malformed is the error of an answer that is not what Databento promises; what
// continues the sentence.
func (v *Vendor) malformed(what string, a vendorhttp.Answer, detail error) error {
	if detail == nil {
		detail = errors.New(what)
	}
	if a.ID != "" {
		detail = errors.Join(errors.New("request "+a.ID), detail)
	}
	return v.client.Malformed(what, detail)
}

// remarks are the vendor's own, and that not all symbols resolved.
func (v *Vendor) remarks(a vendorhttp.Answer) []lombard.Warning {
	var out []lombard.Warning
	var texts []string
	if json.Unmarshal([]byte(a.Header.Get("X-Warning")), &texts) == nil {
		const longest, most = 300, 10
		for _, text := range texts[:min(len(texts), most)] {
			out = append(out, lombard.Warning{Code: "vendor_warning", Message: "Databento remarks: " + v.client.Redact(text, longest)})
		}
	}
	if a.Status == http.StatusPartialContent {
		out = append(out, lombard.Warning{Code: "partly_resolved", Message: "Databento could not resolve the symbol on some of the days; they have no prices."})
	}
	return out
}

// instant reads both forms of time that occur in answers.
func instant(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999-07:00", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("a text that is no instant")
}
