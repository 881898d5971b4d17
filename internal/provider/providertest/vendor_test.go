package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func library(t testing.TB) data.Library {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// toy is a vendor that keeps every promise but the one it breaks.
type toy struct {
	client *vendorhttp.Client
	key    string
	breaks string
	calls  *atomic.Int64
}

const toyVariable = "TOY_KEY"

func (v *toy) Describe() market.Description {
	d := market.Description{Slug: "toy", Title: "The toy", Summary: "Keeps its promises.", Free: true, NeedsKey: true, Capabilities: []string{"bars", "range"}, AnySymbol: true}
	switch v.breaks {
	case "no sentence":
		d.Summary = "Bars"
	case "a word of its own":
		d.Capabilities = append(d.Capabilities, "magic")
	case "cost denied":
		d.Capabilities = append(d.Capabilities, "cost")
	case "needs no key":
		d.NeedsKey = false
	}
	return d
}

func (v *toy) Licence() (licence, origin string) {
	if v.breaks == "no origin" {
		return "ours", ""
	}
	return "ours", "The toy."
}

func (v *toy) Offer(ctx context.Context, r market.BarRequest) (market.Offer, error) {
	if v.key == "" && v.breaks != "asks without a key" {
		return market.Offer{}, vendorhttp.KeyMissing("The toy", toyVariable)
	}
	a, err := v.client.Get(ctx, "/range/"+r.Symbol, nil)
	if err != nil {
		return market.Offer{}, v.word(err, r)
	}
	var days struct{ First, Last string }
	err = json.Unmarshal(a.Body, &days)
	first, err1 := lombard.ParseDate(days.First)
	last, err2 := lombard.ParseDate(days.Last)
	if err := errors.Join(err, err1, err2); err != nil {
		return market.Offer{}, vendorhttp.Malformed("The toy", "no range", err)
	}
	if v.breaks == "claims more than it has" {
		first -= 20
	}
	return market.Offer{Range: market.Range{First: first, Last: last}}, nil
}

func (v *toy) DailyBars(ctx context.Context, r market.BarRequest, progress func(done, total int64)) (market.BarSet, error) {
	if v.breaks == "deaf" {
		ctx = context.WithoutCancel(ctx)
	}
	a, err := v.client.Get(ctx, "/bars/"+r.Symbol, nil)
	if err != nil {
		return market.BarSet{}, v.word(err, r)
	}
	var bars []market.Bar
	if err := json.Unmarshal(a.Body, &bars); err != nil && v.breaks != "takes anything" {
		return market.BarSet{}, vendorhttp.Malformed("The toy", "bars that are not JSON", err)
	}
	bars = slices.DeleteFunc(bars, func(b market.Bar) bool { return b.Date < r.Start || b.Date > r.End })
	switch v.breaks {
	case "a day short":
		bars = bars[1:]
	case "mixed up":
		if v.calls.Add(1) > 1 {
			bars[3].Close += 0.25
		}
	case "progress goes back":
		progress(1000, 2000)
	}
	progress(int64(len(bars)), int64(len(bars)))
	return market.BarSet{Bars: bars}, nil
}

func (v *toy) word(err error, r market.BarRequest) error {
	rejected := new(vendorhttp.Rejection)
	switch {
	case !errors.As(err, &rejected):
		return err
	case v.breaks == "repeats the key":
		return fmt.Errorf("%s", rejected.Body)
	case rejected.Status == http.StatusNotFound && v.breaks != "vague":
		return vendorhttp.UnknownSymbol("The toy", "", r.Symbol, rejected)
	default:
		return vendorhttp.Refused("The toy", rejected.Status, rejected)
	}
}

func toyFixture(breaks string) VendorFixture {
	bars := Sessions(lombard.MustDate("2019-01-02"), lombard.MustDate("2019-06-28"), false)
	calls := new(atomic.Int64)
	return VendorFixture{
		New: func(base, key string, c vendorhttp.Client) market.Vendor {
			c.Title, c.Base, c.Secret = "The toy", base, key
			switch breaks {
			case "no bounds":
				c.Limit = 0
			case "deaf":
				c.Patience = 100 * time.Millisecond // for the sake of this test
			}
			return &toy{client: &c, key: key, breaks: breaks, calls: calls}
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/range/TOY":
				fmt.Fprintf(w, `{"first":%q,"last":%q}`, bars[0].Date, bars[len(bars)-1].Date)
			case "/bars/TOY":
				_ = json.NewEncoder(w).Encode(bars)
			default:
				w.WriteHeader(http.StatusNotFound)
			}
		}),
		Symbol: "TOY", Bars: bars, KeyVariable: toyVariable, Library: library,
	}
}

func TestASoundVendorPasses(t *testing.T) { ExerciseVendor(t, toyFixture("")) }

// TestEveryBrokenPromiseOfAVendorIsFound: each by the check of its name.
func TestEveryBrokenPromiseOfAVendorIsFound(t *testing.T) {
	for breaks, check := range map[string]string{
		"no sentence": "description", "a word of its own": "description", "cost denied": "description", "needs no key": "description", "no origin": "description",
		"asks without a key": "key missing", "claims more than it has": "dates outside the data", "a day short": "bars are sound",
		"mixed up": "concurrent use", "progress goes back": "progress", "takes anything": "answers that nobody may accept", "no bounds": "answers that nobody may accept",
		"repeats the key": "the key is never repeated", "vague": "unknown symbol", "deaf": "cancelled context",
	} {
		t.Run(breaks, func(t *testing.T) {
			all := toyFixture(breaks).promises()
			i := slices.IndexFunc(all, func(p promise) bool { return p.name == check })
			if i < 0 {
				t.Fatalf("there is no check %q", check)
			}
			if err := all[i].run(t); err == nil {
				t.Error("the check passes")
			} else if strings.Contains(err.Error(), "a vendor that behaves") {
				t.Errorf("the check fails for another reason: %v", err)
			}
		})
	}
}
