package cli

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard/internal/provider/vendortest"
)

// standIn answers like Databento for GLD, at a quarter of a dollar a request.
func standIn(t *testing.T) string {
	t.Helper()
	s := vendortest.New(t, map[string]http.HandlerFunc{
		"/v0/metadata.get_dataset_range": vendortest.JSON(200, `{"start":"2024-07-01T00:00:00Z","end":"2025-07-01T00:00:00Z","schema":{"ohlcv-1d":{"start":"2024-07-01T00:00:00Z","end":"2025-07-01T00:00:00Z"}}}`),
		"/v0/metadata.get_cost":          vendortest.JSON(200, "0.25"),
		"/v0/timeseries.get_range": func(w http.ResponseWriter, r *http.Request) {
			if user, _, _ := r.BasicAuth(); user != "db-secret" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			first, err1 := time.Parse(time.DateOnly, r.PostFormValue("start"))
			end, err2 := time.Parse(time.DateOnly, r.PostFormValue("end"))
			if err1 != nil || err2 != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			var b strings.Builder
			b.WriteString("ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol\n")
			for d := first; d.Before(end); d = d.AddDate(0, 0, 1) {
				if d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
					price := 220 + float64(d.Day())
					fmt.Fprintf(&b, "%s,35,90,1,%g,%g,%g,%g,1000,GLD\n", d.Format(time.RFC3339), price, price+1, price-1, price)
				}
			}
			_, _ = w.Write([]byte(b.String()))
		},
	})
	return s.URL
}
