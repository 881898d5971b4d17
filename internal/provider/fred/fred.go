// Package fred reads published series, vol indices and interest rates, from the
// Federal Reserve Bank of St. Louis: by its API with a key, from its public
// tables without one.
package fred

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Slug names the source in requests.
const Slug = "fred"

// Variable is the environment variable that holds the key, which is optional.
const Variable = "FRED_API_KEY"

// Addresses of the API and of the tables.
const (
	DefaultBase   = "https://api.stlouisfed.org"
	DefaultTables = "https://fred.stlouisfed.org"
)

const title = "FRED"

// names are series that go by a shorter name.
var names = map[string]string{"GVZ": "GVZCLS", "VIX": "VIXCLS"}

// Publisher reads series.
type Publisher struct {
	client, tables *vendorhttp.Client
	key            string
}

// New returns the publisher. The client's Transport and Sleep may be set by
// tests; without a key the tables are read.
func New(base, tables, key string, client vendorhttp.Client) *Publisher {
	client.Title, client.Base, client.Secret, client.Variable = title, strings.TrimSuffix(base, "/"), key, Variable
	public := client
	public.Base = strings.TrimSuffix(tables, "/")
	return &Publisher{client: &client, tables: &public, key: key}
}

// Describe says what the publisher is.
func (*Publisher) Describe() market.Description {
	return market.Description{
		Slug: Slug, Title: "FRED, St. Louis Fed", Free: true, Capabilities: []string{"rates", "index"}, AnySymbol: true,
		Summary: "Published rates (DGS1 since 1962, DTB3 since 1954, SOFR since 2018) and vol indices (VIX since 1990, GVZ since June 2008). A key is optional.",
	}
}

// Licence returns under what the series may be used.
func (*Publisher) Licence() (licence, origin string) {
	return "public, some series copyrighted by their owners", "Series of FRED, Federal Reserve Bank of St. Louis."
}

// Points fetches the figures of a series between two dates. Errors are those of
// market.Source.
func (p *Publisher) Points(ctx context.Context, id string, start, end lombard.Date) (market.Observations, error) {
	series := id
	if long := names[id]; long != "" {
		series = long
	}
	a, err := p.ask(ctx, series, start, end)
	if err != nil {
		return nil, p.word(err, id)
	}
	var points market.Observations
	if p.key == "" {
		points, err = readTable(a.Body, series)
	} else {
		points, err = readJSON(a.Body)
	}
	if err != nil {
		return nil, p.client.Malformed(err.Error(), err)
	}
	// A month's figure is dated on its first day, which may come before start.
	return slices.DeleteFunc(points, func(p market.Observation) bool { return p.Date < start || p.Date > end }), nil
}

// ask asks the API with a key, the tables without one.
func (p *Publisher) ask(ctx context.Context, series string, start, end lombard.Date) (vendorhttp.Answer, error) {
	if p.key == "" {
		return p.tables.Get(ctx, "/graph/fredgraph.csv", url.Values{"id": {series}, "cosd": {start.String()}, "coed": {end.String()}})
	}
	return p.client.Get(ctx, "/fred/series/observations", url.Values{
		"series_id": {series}, "api_key": {p.key}, "file_type": {"json"},
		"observation_start": {start.String()}, "observation_end": {end.String()},
	})
}

func readJSON(body []byte) (market.Observations, error) {
	var answer struct {
		Count        int
		Observations []struct{ Date, Value string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("figures that are not JSON: %w", err)
	}
	if answer.Observations == nil {
		return nil, errors.New("no list of figures")
	}
	if answer.Count > len(answer.Observations) {
		return nil, fmt.Errorf("%d of %d figures", len(answer.Observations), answer.Count)
	}
	var points market.Observations
	for _, o := range answer.Observations {
		var err error
		if points, err = add(points, o.Date, o.Value); err != nil {
			return nil, err
		}
	}
	return points, nil
}

// readTable reads both forms of the public tables: a missing figure is a point
// in the older one and nothing in the newer one.
func readTable(body []byte, series string) (market.Observations, error) {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	in.FieldsPerRecord = 2
	header, err := in.Read()
	if err != nil || !strings.EqualFold(header[0], "DATE") && !strings.EqualFold(header[0], "observation_date") {
		return nil, fmt.Errorf("a table of another form: %w", errors.Join(err, errors.New("no column of dates")))
	}
	if !strings.EqualFold(header[1], series) {
		return nil, fmt.Errorf("the figures of %.20q", header[1])
	}
	var points market.Observations
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return points, nil
		}
		if err != nil {
			return nil, fmt.Errorf("a table that breaks off: %w", err)
		}
		if points, err = add(points, record[0], record[1]); err != nil {
			return nil, err
		}
	}
}

// add appends a figure that is there.
func add(points market.Observations, date, value string) (market.Observations, error) {
	if value = strings.TrimSpace(value); value == "" || value == "." {
		return points, nil
	}
	day, err := lombard.ParseDate(date)
	if err != nil {
		return nil, fmt.Errorf("a figure without a date: %w", err)
	}
	x, err := strconv.ParseFloat(value, 64)
	if err != nil || !(x > -1000 && x < 1e6) {
		return nil, fmt.Errorf("a figure that is no number: %q", value)
	}
	if n := len(points); n > 0 && points[n-1].Date >= day {
		return nil, errors.New("figures out of order")
	}
	return append(points, market.Observation{Date: day, Value: x}), nil
}

func (p *Publisher) word(err error, id string) error {
	rejected := new(vendorhttp.Rejection)
	if !errors.As(err, &rejected) {
		return err
	}
	text := strings.ToLower(string(rejected.Body))
	switch {
	case rejected.Status == http.StatusBadRequest && strings.Contains(text, "api_key"):
		return vendorhttp.KeyRejected(title, Variable, rejected)
	case rejected.Status == http.StatusNotFound, rejected.Status == http.StatusBadRequest && strings.Contains(text, "series"):
		return vendorhttp.UnknownSymbol(title, "", id, rejected)
	default:
		return p.client.Refusal(rejected)
	}
}
