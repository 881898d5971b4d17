package tiingo_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/tiingo"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// server answers as Tiingo does, with the bars of one symbol.
func server(symbol string, bars []market.Bar) http.Handler {
	mux := http.NewServeMux()
	signed := func(answer http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Token "+providertest.Secret {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			if r.PathValue("symbol") != symbol {
				w.WriteHeader(http.StatusNotFound)
				_, _ = w.Write([]byte(`{"detail":"Not found."}`))
				return
			}
			answer(w, r)
		}
	}
	mux.HandleFunc("GET /tiingo/daily/{symbol}", signed(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"ticker": symbol, "startDate": bars[0].Date, "endDate": bars[len(bars)-1].Date})
	}))
	mux.HandleFunc("GET /tiingo/daily/{symbol}/prices", signed(func(w http.ResponseWriter, r *http.Request) {
		start, end := lombard.MustDate(r.URL.Query().Get("startDate")), lombard.MustDate(r.URL.Query().Get("endDate"))
		rows := []map[string]any{}
		for _, b := range bars {
			if b.Date < start || b.Date > end {
				continue
			}
			split := b.Split
			if split == 0 {
				split = 1
			}
			rows = append(rows, map[string]any{
				"date": b.Date.String() + "T00:00:00.000Z", "open": b.Open, "high": b.High, "low": b.Low, "close": b.Close, "volume": b.Volume,
				"adjOpen": b.Open / 2, "adjHigh": b.High / 2, "adjLow": b.Low / 2, "adjClose": b.Close / 2, "adjVolume": 2 * b.Volume,
				"divCash": b.Dividend, "splitFactor": split,
			})
		}
		_ = json.NewEncoder(w).Encode(rows)
	}))
	return mux
}

func TestConformance(t *testing.T) {
	bars := providertest.Sessions(lombard.MustDate("2019-01-02"), lombard.MustDate("2019-06-28"), false)
	bars[30].Dividend = 0.45
	bars[50].Split = 2
	providertest.ExerciseVendor(t, providertest.VendorFixture{
		New:     func(base, key string, c vendorhttp.Client) market.Vendor { return tiingo.New(base, key, c) },
		Handler: server("spy", bars), Symbol: "SPY", Bars: bars, KeyVariable: tiingo.Variable, Library: library,
	})
}
