package databento_test

import (
	"fmt"
	"net/http"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/databento"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/vendor"
	"lombard.example/lombard/market"
)

// server answers as Databento does, with the bars of one symbol in every
// dataset.
func server(symbol string, bars []market.Bar) http.Handler {
	mux := http.NewServeMux()
	signed := func(answer http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if user, _, ok := r.BasicAuth(); !ok || user != providertest.Secret {
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte(detail("auth_authentication_failed", "Authentication failed.", "")))
				return
			}
			if err := r.ParseForm(); err != nil || r.Method == http.MethodPost && r.PostForm.Get("symbols") != symbol {
				w.WriteHeader(http.StatusUnprocessableEntity)
				_, _ = w.Write([]byte(detail("symbology_invalid_request", "None of the symbols could be resolved", "")))
				return
			}
			answer(w, r)
		}
	}
	within := func(r *http.Request) (list []market.Bar) {
		start, end := lombard.MustDate(r.PostForm.Get("start")), lombard.MustDate(r.PostForm.Get("end"))
		for _, b := range bars {
			if b.Date >= start && b.Date < end {
				list = append(list, b)
			}
		}
		return list
	}
	mux.HandleFunc(rangePath, signed(func(w http.ResponseWriter, _ *http.Request) {
		end := bars[len(bars)-1].Date + 1
		fmt.Fprintf(w, `{"start":"%s","end":"%s","schema":{"ohlcv-1d":{"start":"%[1]sT00:00:00.000000000Z","end":"%[2]sT00:00:00.000000000Z"}}}`, bars[0].Date, end)
	}))
	mux.HandleFunc(costPath, signed(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, 0.01*float64(len(within(r)))) }))
	mux.HandleFunc(barsPath, signed(func(w http.ResponseWriter, r *http.Request) {
		text := header
		for _, b := range within(r) {
			text += line(b.Date.String(), fmt.Sprintf("%v,%v,%v,%v,%v", b.Open, b.High, b.Low, b.Close, b.Volume))
		}
		w.Header().Set("Content-Type", "application/zstd")
		_, _ = w.Write([]byte(packed(text)))
	}))
	return mux
}

func TestConformance(t *testing.T) {
	bars := providertest.Sessions(lombard.MustDate("2024-07-01"), lombard.MustDate("2024-12-31"), false)
	providertest.ExerciseVendor(t, providertest.VendorFixture{
		New:     func(base, key string, c vendor.Client) market.Vendor { return databento.New(base, key, c) },
		Handler: server("GLD", bars), Symbol: "GLD", Bars: bars, KeyVariable: databento.Variable, Library: library,
	})
}
