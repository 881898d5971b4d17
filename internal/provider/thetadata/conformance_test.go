package thetadata_test

import (
	"fmt"
	"net/http"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/thetadata"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func TestConformance(t *testing.T) {
	var quotes []market.OptionQuote
	table := header
	for i := range 60 {
		q := market.OptionQuote{Expiry: asked.Date + lombard.Date(4+7*(i%3)), Put: i%2 == 0, Strike: 200 + float64(i), Bid: float64(i) / 4, Ask: float64(i)/4 + 0.1}
		right := "CALL"
		if q.Put {
			right = "PUT"
		}
		quotes = append(quotes, q)
		table += row("GLD", q.Expiry.String(), fmt.Sprintf("%.3f", q.Strike), right, asked.Date.String(), fmt.Sprint(q.Bid), fmt.Sprint(q.Ask))
	}
	providertest.ExerciseChains(t, providertest.ChainFixture{
		New: func(base, _ string, c vendorhttp.Client) providertest.ChainVendor {
			return thetadata.New(base, clock, c)
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if q := r.URL.Query(); q.Get("symbol") != "GLD" || q.Get("start_date") != "20241104" {
				w.WriteHeader(472)
				return
			}
			_, _ = w.Write([]byte(table))
		}),
		Symbol: "GLD", Date: asked.Date, Closed: lombard.MustDate("2024-11-02"), Quotes: quotes, Library: library,
	})
}
