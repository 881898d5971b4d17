package coinbase_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/coinbase"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// TestALongRunIsReadInPages: three hundred days at a time, the newest first in
// each answer.
func TestALongRunIsReadInPages(t *testing.T) {
	const path = "/products/BTC-USD/candles"
	s := vendortest.New(t, map[string]http.HandlerFunc{path: func(w http.ResponseWriter, r *http.Request) {
		start, err1 := time.Parse(time.RFC3339, r.URL.Query().Get("start"))
		end, err2 := time.Parse(time.RFC3339, r.URL.Query().Get("end"))
		days := int(end.Sub(start).Hours()/24) + 1
		if err1 != nil || err2 != nil || days > 300 {
			vendortest.JSON(400, `{"message":"granularity too small for the requested time range. Count of aggregations requested exceeds 300"}`)(w, r)
			return
		}
		var rows []string
		for d := start; !d.After(end); d = d.AddDate(0, 0, 1) {
			rows = append(rows, fmt.Sprintf("[%d,90,110,100,105,7]", d.Unix()))
		}
		slices.Reverse(rows)
		_, _ = w.Write([]byte("[" + strings.Join(rows, ",") + "]"))
	}})
	r := market.BarRequest{Symbol: "BTC-USD", Start: lombard.MustDate("2020-01-01"), End: lombard.MustDate("2021-12-31")}
	set, err := coinbase.New(s.URL, vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Bars) != 731 || s.Calls(path) != 3 {
		t.Errorf("%d days in %d calls, want 731 in 3", len(set.Bars), s.Calls(path))
	}
	want := market.Bar{Date: r.Start, Low: 90, High: 110, Open: 100, Close: 105, Volume: 7}
	if set.Bars[0] != want || !slices.IsSortedFunc(set.Bars, func(a, b market.Bar) int { return int(a.Date - b.Date) }) {
		t.Errorf("the first is %+v, want %+v, and the rest in order", set.Bars[0], want)
	}
}

func TestFaults(t *testing.T) {
	r := market.BarRequest{Symbol: "BTC-USD", Start: lombard.MustDate("2020-01-01"), End: lombard.MustDate("2020-01-03")}
	for body, says := range map[string]string{`{"message":"x"}`: "an error instead of candles", `null`: "no list of candles", `[`: "not JSON", `[[1,2]]`: "another form", `[[-5,1,1,1,1,1]]`: "another form"} {
		s := vendortest.New(t, map[string]http.HandlerFunc{"/products/BTC-USD/candles": vendortest.JSON(200, body)})
		if _, err := coinbase.New(s.URL, vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v", body, err)
		}
	}
	s := vendortest.New(t, map[string]http.HandlerFunc{"/products/BTC-USD/candles": vendortest.JSON(404, `{"message":"NotFound"}`)})
	if _, err := coinbase.New(s.URL, vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {}); lombard.KindOf(err) != lombard.KindValidation {
		t.Errorf("got %v", err)
	}
}
