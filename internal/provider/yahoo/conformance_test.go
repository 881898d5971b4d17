package yahoo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/yahoo"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// opening is the second of a day at which its session opens in New York.
const opening = 14*3600 + 1800

// server answers as Yahoo does: everything from period1 to period2, prices
// before a split divided by it.
func server(symbol string, bars []market.Bar) http.Handler {
	fail := func(w http.ResponseWriter, status int, code, words string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"chart":{"result":null,"error":{"code":%q,"description":%q}}}`, code, words)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v8/finance/chart/"+symbol {
			fail(w, http.StatusNotFound, "Not Found", "No data found, symbol may be delisted")
			return
		}
		from, err1 := strconv.ParseInt(r.URL.Query().Get("period1"), 10, 64)
		to, err2 := strconv.ParseInt(r.URL.Query().Get("period2"), 10, 64)
		if err1 != nil || err2 != nil || from >= to {
			fail(w, http.StatusBadRequest, "Bad Request", "Invalid input - start date cannot be after end date.")
			return
		}
		chart := chartOf(bars, from, to)
		if len(chart.Timestamp) == 0 {
			fail(w, http.StatusBadRequest, "Bad Request", fmt.Sprintf("Data doesn't exist for startDate = %d, endDate = %d", from, to))
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"chart": map[string]any{"result": []any{chart}, "error": nil}})
	})
}

type columns struct {
	Open   []*float64 `json:"open"`
	High   []*float64 `json:"high"`
	Low    []*float64 `json:"low"`
	Close  []*float64 `json:"close"`
	Volume []*float64 `json:"volume"`
}

type wire struct {
	Meta       map[string]any            `json:"meta"`
	Timestamp  []int64                   `json:"timestamp"`
	Events     map[string]map[string]any `json:"events,omitempty"`
	Indicators struct {
		Quote []columns `json:"quote"`
	} `json:"indicators"`
}

func chartOf(bars []market.Bar, from, to int64) wire {
	out := wire{Meta: map[string]any{"gmtoffset": -14400, "exchangeTimezoneName": "America/New_York", "dataGranularity": "1d"}, Events: map[string]map[string]any{"dividends": {}, "splits": {}}}
	var c columns
	for i, b := range bars {
		at := b.Date.Time().Unix() + opening
		if at < from || at > to {
			continue
		}
		later := 1.0
		for _, x := range bars[i+1:] {
			if x.Split != 0 {
				later *= x.Split
			}
		}
		out.Timestamp = append(out.Timestamp, at)
		add := func(column *[]*float64, x float64) { *column = append(*column, &x) }
		add(&c.Open, b.Open/later)
		add(&c.High, b.High/later)
		add(&c.Low, b.Low/later)
		add(&c.Close, b.Close/later)
		add(&c.Volume, b.Volume)
		key := strconv.FormatInt(at, 10)
		if b.Dividend != 0 {
			out.Events["dividends"][key] = map[string]any{"amount": b.Dividend / later, "date": at}
		}
		if b.Split != 0 {
			out.Events["splits"][key] = map[string]any{"date": at, "numerator": b.Split, "denominator": 1, "splitRatio": fmt.Sprintf("%v:1", b.Split)}
		}
	}
	out.Indicators.Quote = []columns{c}
	return out
}

func TestConformance(t *testing.T) {
	bars := providertest.Sessions(lombard.MustDate("2019-01-02"), lombard.MustDate("2019-06-28"), false)
	bars[20].Dividend = 0.5
	bars[50].Split = 4 // a power of two, so that nothing is lost in dividing
	providertest.ExerciseVendor(t, providertest.VendorFixture{
		New:     func(base, _ string, c vendorhttp.Client) market.Vendor { return yahoo.New(base, c) },
		Handler: server("SPY", bars), Symbol: "SPY", Bars: bars, Library: library,
	})
}
