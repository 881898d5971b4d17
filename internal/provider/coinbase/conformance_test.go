package coinbase_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/coinbase"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// server answers as Coinbase does: at most three hundred candles, the newest
// first.
func server(product string, bars []market.Bar) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/products/"+product+"/candles" {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"message":"NotFound"}`))
			return
		}
		start, err1 := time.Parse(time.RFC3339, r.URL.Query().Get("start"))
		end, err2 := time.Parse(time.RFC3339, r.URL.Query().Get("end"))
		if err1 != nil || err2 != nil || end.Sub(start) > 300*24*time.Hour || r.URL.Query().Get("granularity") != "86400" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"message":"granularity too small for the requested time range. Count of aggregations requested exceeds 300"}`))
			return
		}
		rows := [][]float64{}
		for _, b := range bars {
			if at := b.Date.Time(); !at.Before(start) && !at.After(end) {
				rows = append(rows, []float64{float64(at.Unix()), b.Low, b.High, b.Open, b.Close, b.Volume})
			}
		}
		slices.Reverse(rows)
		_ = json.NewEncoder(w).Encode(rows)
	})
}

func TestConformance(t *testing.T) {
	bars := providertest.Sessions(lombard.MustDate("2019-01-01"), lombard.MustDate("2020-12-31"), true)
	bars = slices.Delete(bars, 200, 203) // the exchange was down
	providertest.ExerciseVendor(t, providertest.VendorFixture{
		New:     func(base, _ string, c vendorhttp.Client) market.Vendor { return coinbase.New(base, c) },
		Handler: server("BTC-USD", bars), Symbol: "BTC-USD", Bars: bars, Library: library,
	})
}
