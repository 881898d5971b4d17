package tiingo_test

import (
	"net/http"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/tiingo"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

var asked = market.BarRequest{Symbol: "SPY", Start: lombard.MustDate("2021-03-18"), End: lombard.MustDate("2021-03-19")}

const prices = `[{"date":"2021-03-18T00:00:00.000Z","close":391.5,"high":396,"low":390.8,"open":394.5,"volume":1,"adjClose":366,"divCash":0.0,"splitFactor":1.0},
{"date":"2021-03-19T00:00:00.000Z","close":195.48,"high":196.57,"low":194.15,"open":195.88,"volume":113624500,"adjClose":365.6,"divCash":1.2778,"splitFactor":2.0}]`

func TestBarsHaveTheirActions(t *testing.T) {
	s := vendortest.New(t, map[string]http.HandlerFunc{
		"/tiingo/daily/spy": vendortest.JSON(200, `{"ticker":"SPY","startDate":"1993-01-29","endDate":"2026-01-30"}`),
		"/tiingo/daily/spy/prices": func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization"); got != "Token k" {
				t.Errorf("Authorization: %q", got)
			}
			if q := r.URL.Query(); q.Get("startDate") != "2021-03-18" || q.Get("endDate") != "2021-03-19" {
				t.Errorf("asked for %v", q)
			}
			vendortest.JSON(200, prices)(w, r)
		},
	})
	v := tiingo.New(s.URL, "k", vendorhttp.Client{})
	offer, err := v.Offer(t.Context(), asked)
	if err != nil || offer.Range.First != lombard.MustDate("1993-01-29") || offer.Range.Last != lombard.MustDate("2026-01-30") {
		t.Fatal(offer, err)
	}
	set, err := v.DailyBars(t.Context(), asked, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	want := market.Bar{Date: lombard.MustDate("2021-03-19"), Open: 195.88, High: 196.57, Low: 194.15, Close: 195.48, Volume: 113624500, Dividend: 1.2778, Split: 2}
	if len(set.Bars) != 2 || set.Bars[1] != want {
		t.Errorf("got %+v, want %+v last", set.Bars, want)
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		status     int
		body, says string
		kind       lombard.Kind
	}{
		{401, `{"detail":"Invalid token."}`, "The Tiingo key was rejected.", lombard.KindVendorAuth},
		{403, `{}`, "TIINGO_API_KEY", lombard.KindVendorAuth},
		{404, `{"detail":"Not found."}`, "The symbol SPY is unknown in Tiingo", lombard.KindValidation},
		{400, `{}`, "refused the request (status 400)", lombard.KindDataUnavailable},
		{200, `{"detail":"Error: You have run over your hourly request allocation."}`, "has used up what it may ask for", lombard.KindVendorBusy},
		{200, `{"detail":"Not found."}`, "The symbol SPY is unknown in Tiingo", lombard.KindValidation},
		{200, `{"detail":"Invalid token."}`, "The Tiingo key was rejected.", lombard.KindVendorAuth},
		{200, `{"detail":"Something else."}`, "an error instead of data", lombard.KindDataUnavailable},
		{200, `null`, "no list of prices", lombard.KindDataUnavailable},
		{200, `{}`, "prices that are not JSON", lombard.KindDataUnavailable},
		{402, `{}`, "out of credit", lombard.KindVendorAuth},
		{429, `{"detail":"You have run over your 500 symbol look up for this month."}`, "busy", lombard.KindVendorBusy},
		{200, `[{"date":"yesterday"}]`, "a bar without a date", lombard.KindDataUnavailable},
		{500, ``, "not available", lombard.KindVendorBusy},
	} {
		s := vendortest.New(t, map[string]http.HandlerFunc{"/tiingo/daily/spy/prices": vendortest.JSON(test.status, test.body)})
		_, err := tiingo.New(s.URL, "k", vendorhttp.Client{Sleep: (&vendortest.Waits{}).Sleep}).DailyBars(t.Context(), asked, func(int64, int64) {})
		if lombard.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%d %s: got %v", test.status, test.body, err)
		}
	}
	if _, err := tiingo.New("http://127.0.0.1:1", "", vendorhttp.Client{}).Offer(t.Context(), asked); lombard.KindOf(err) != lombard.KindVendorAuth {
		t.Errorf("without a key: %v", err)
	}
}
