package nyfed_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/provider/nyfed"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// server answers as the bank does, the newest rate first.
func server(points market.Observations) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, end := lombard.MustDate(r.URL.Query().Get("startDate")), lombard.MustDate(r.URL.Query().Get("endDate"))
		rows := []map[string]any{}
		for _, p := range points {
			if p.Date >= start && p.Date <= end {
				rows = append(rows, map[string]any{"effectiveDate": p.Date, "type": "SOFR", "percentRate": p.Value, "revisionIndicator": ""})
			}
		}
		slices.Reverse(rows)
		_ = json.NewEncoder(w).Encode(map[string]any{"refRates": rows})
	})
}

func TestConformance(t *testing.T) {
	points := providertest.Figures(lombard.MustDate("2019-01-02"), lombard.MustDate("2019-06-28"))
	providertest.ExercisePublisher(t, providertest.PublisherFixture{
		New:     func(base, _ string, c vendorhttp.Client) data.Publisher { return nyfed.New(base, c) },
		Handler: server(points), ID: "SOFR", Points: points, Library: library,
	})
}
