package databento_test

import (
	"fmt"
	"net/http"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/databento"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
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
		New:     func(base, key string, c vendorhttp.Client) market.Vendor { return databento.New(base, key, c) },
		Handler: server("GLD", bars), Symbol: "GLD", Bars: bars, KeyVariable: databento.Variable, Library: library,
	})
}

// chainServer answers as Databento does about the options of one underlying on
// one day.
func chainServer(parent string, day lombard.Date, body string) http.Handler {
	mux := http.NewServeMux()
	signed := func(answer http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			user, _, ok := r.BasicAuth()
			if err := r.ParseForm(); err != nil || !ok || user != providertest.Secret {
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = w.Write([]byte(detail("auth_authentication_failed", "Authentication failed.", "")))
				return
			}
			known := r.Method != http.MethodPost || r.PostForm.Get("symbols") == parent && r.PostForm.Get("start")[:len(day.String())] == day.String()
			if !known {
				w.WriteHeader(http.StatusUnprocessableEntity)
				_, _ = w.Write([]byte(detail("symbology_invalid_request", "None of the symbols could be resolved", "")))
				return
			}
			answer(w, r)
		}
	}
	mux.HandleFunc(rangePath, signed(vendortest.JSON(200, `{"start":"2013-04-01T00:00:00.000000000Z","end":"2026-01-30T00:00:00.000000000Z","schema":{
		"cbbo-1m":{"start":"2023-03-28T00:00:00.000000000Z","end":"2026-01-29T20:30:00.000000000Z"}}}`)))
	mux.HandleFunc(costPath, signed(vendortest.JSON(200, "0.012")))
	mux.HandleFunc(barsPath, signed(vendortest.Answer(200, "application/zstd", packed(body))))
	return mux
}

func TestChainConformance(t *testing.T) {
	day := lombard.MustDate("2024-07-19")
	body := quoteHeader
	var quotes []market.OptionQuote
	for i := range 60 {
		q := market.OptionQuote{Expiry: day + lombard.Date(7*(i%4)), Put: i%2 == 0, Strike: 180 + float64(i), Bid: float64(i) / 4, Ask: float64(i)/4 + 0.25}
		kind := "C"
		if q.Put {
			kind = "P"
		}
		quotes = append(quotes, q)
		body += quote("2024-07-19T20:00:00.000000000Z", fmt.Sprintf("GLD   %s%s%08.0f", q.Expiry.Time().Format("060102"), kind, q.Strike*1000), fmt.Sprint(q.Bid), fmt.Sprint(q.Ask))
	}
	providertest.ExerciseChains(t, providertest.ChainFixture{
		New: func(base, key string, c vendorhttp.Client) providertest.ChainVendor {
			return databento.New(base, key, c)
		},
		Handler: chainServer("GLD.OPT", day, body), Symbol: "GLD", Date: day, Closed: lombard.MustDate("2024-07-04"), Quotes: quotes,
		KeyVariable: databento.Variable, Library: library,
	})
}
