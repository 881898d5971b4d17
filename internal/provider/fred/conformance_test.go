package fred_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/provider/fred"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// server answers as FRED does, by its API and by its tables; a day without a
// figure has a row too.
func server(id string, points market.Observations) http.Handler {
	mux := http.NewServeMux()
	each := func(start, end string, row func(day, value string)) {
		at := 0
		for d := lombard.MustDate(start); d <= lombard.MustDate(end); d++ {
			for at < len(points) && points[at].Date < d {
				at++
			}
			switch {
			case at < len(points) && points[at].Date == d:
				row(d.String(), fmt.Sprint(points[at].Value))
			case !d.IsWeekend():
				row(d.String(), "")
			}
		}
	}
	mux.HandleFunc("/fred/series/observations", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case q.Get("api_key") != providertest.Secret:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error_code":400,"error_message":"Bad Request.  The value for variable api_key is not registered."}`))
			return
		case q.Get("series_id") != id:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error_code":400,"error_message":"Bad Request.  The series does not exist."}`))
			return
		}
		rows := []map[string]string{}
		each(q.Get("observation_start"), q.Get("observation_end"), func(day, value string) {
			if value == "" {
				value = "."
			}
			rows = append(rows, map[string]string{"date": day, "value": value})
		})
		_ = json.NewEncoder(w).Encode(map[string]any{"count": len(rows), "limit": 100000, "observations": rows})
	})
	mux.HandleFunc("/graph/fredgraph.csv", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("id") != id {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/csv")
		fmt.Fprintf(w, "observation_date,%s\n", id)
		each(q.Get("cosd"), q.Get("coed"), func(day, value string) { fmt.Fprintf(w, "%s,%s\n", day, value) })
	})
	return mux
}

func TestConformance(t *testing.T) {
	points := providertest.Figures(lombard.MustDate("2019-01-02"), lombard.MustDate("2019-06-28"))
	for name, keyed := range map[string]bool{"by the API": true, "by the tables": false} {
		t.Run(name, func(t *testing.T) {
			providertest.ExercisePublisher(t, providertest.PublisherFixture{
				New:     func(base, key string, c vendorhttp.Client) data.Publisher { return fred.New(base, base, key, c) },
				Handler: server("DGS1", points), ID: "DGS1", Points: points, Keyed: keyed, Library: library,
			})
		})
	}
}
