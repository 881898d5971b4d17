package tiingo_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/tiingo"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func TestBodiesOfTiingo(t *testing.T) {
	r := market.BarRequest{Symbol: "SPY", Start: lombard.MustDate("2021-03-19"), End: lombard.MustDate("2021-03-19")}
	ask := func(status int, name string) (market.BarSet, error) {
		body := string(providertest.RealData(t, "wire/tiingo/"+name))
		s := vendortest.New(t, map[string]http.HandlerFunc{"/tiingo/daily/spy/prices": vendortest.JSON(status, body)})
		return tiingo.New(s.URL, "k", vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {})
	}
	want := market.Bar{Date: r.Start, Open: 389.88, High: 391.57, Low: 387.15, Close: 389.48, Volume: 113624500, Dividend: 1.2778}
	if got, err := ask(200, "daily_ok.json"); err != nil || len(got.Bars) != 1 || got.Bars[0] != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := ask(401, "err_401.json"); lombard.KindOf(err) != lombard.KindVendorAuth {
		t.Errorf("401: %v", err)
	}
	if _, err := ask(404, "err_404.json"); lombard.KindOf(err) != lombard.KindValidation {
		t.Errorf("404: %v", err)
	}
}

// TestFifteenYearsOfSPY: every price and every dividend arrives as it was; a
// dividend belongs to the session after the last that had it.
func TestFifteenYearsOfSPY(t *testing.T) {
	bars := providertest.RealBars(t, "market/SPY_raw.csv", 0)
	paid := 0.0
	for _, row := range providertest.RealRows(t, "market/SPY_dividends.csv", 0) {
		amount, err := strconv.ParseFloat(row["dividend_est"], 64)
		if err != nil {
			t.Fatal(err)
		}
		for i := range bars[1:] {
			if bars[i].Date == lombard.MustDate(row["last_cum_date"]) {
				bars[i+1].Dividend, paid = amount, paid+amount
			}
		}
	}
	s := vendortest.New(t, map[string]http.HandlerFunc{"/": server("spy", bars).ServeHTTP})
	last := bars[len(bars)-1].Date
	source := data.NewSource(tiingo.New(s.URL, providertest.Secret, vendorhttp.Client{}), library(t), data.Limits{}, func() time.Time { return (last + 5).Time() })
	got, err := source.Bars(t.Context(), market.Query{Caller: market.Caller{Workspace: "w"}, Symbol: "SPY", Start: bars[0].Date, End: last}, func(int64, int64) {})
	if err != nil || len(got.Bars) != 3773 {
		t.Fatal(len(got.Bars), err)
	}
	dividends, sum := 0, 0.0
	for i, b := range got.Bars {
		if b != bars[i] {
			t.Fatalf("%+v, want %+v", b, bars[i])
		}
		if b.Dividend > 0 {
			dividends++
			sum += b.Dividend
		}
	}
	if dividends != 61 || sum != paid {
		t.Errorf("%d dividends of %v, want 61 of %v", dividends, sum, paid)
	}
}
