package coinbase_test

import (
	"net/http"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/provider/coinbase"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func TestBodiesOfCoinbase(t *testing.T) {
	r := market.BarRequest{Symbol: "BTC-USD", Start: lombard.MustDate("2020-03-12"), End: lombard.MustDate("2020-03-13")}
	ask := func(status int, name string) (market.BarSet, error) {
		body := string(providertest.RealData(t, "wire/crypto/"+name))
		s := vendortest.New(t, map[string]http.HandlerFunc{"/products/BTC-USD/candles": vendortest.JSON(status, body)})
		return coinbase.New(s.URL, vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {})
	}
	got, err := ask(200, "coinbase_candles.json")
	want := []market.Bar{
		{Date: r.Start, Low: 4546.58, High: 7969.9, Open: 7935.94, Close: 4857.1, Volume: 117900.2},
		{Date: r.End, Low: 3858, High: 5980, Open: 4857.1, Close: 5637.59, Volume: 119373.1},
	}
	if err != nil || len(got.Bars) != 2 || got.Bars[0] != want[0] || got.Bars[1] != want[1] {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := ask(400, "coinbase_err_400.json"); lombard.KindOf(err) != lombard.KindDataUnavailable {
		t.Errorf("400: %v", err)
	}
}

// TestSixYearsOfBitcoin: every day, weekends too, in pages.
func TestSixYearsOfBitcoin(t *testing.T) {
	bars := providertest.RealBars(t, "market/BTC-USD.csv", lombard.MustDate("2015-01-01"))
	s := vendortest.New(t, map[string]http.HandlerFunc{"/": server("BTC-USD", bars).ServeHTTP})
	last := bars[len(bars)-1].Date
	source := data.NewSource(coinbase.New(s.URL, vendorhttp.Client{}), library(t), data.Limits{}, func() time.Time { return (last + 1).Time() })
	q := market.Query{Caller: market.Caller{Workspace: "w"}, Symbol: "BTC-USD", Start: lombard.MustDate("2015-02-01"), End: last, Warmup: 20}
	got, err := source.Bars(t.Context(), q, func(int64, int64) {})
	if err != nil || got.First != 20 || !got.Instrument.SevenDay {
		t.Fatal(got.First, err)
	}
	for i, b := range got.Run() {
		if want := bars[31+i]; b != want {
			t.Fatalf("%+v, want %+v", b, want)
		}
	}
	if want := (int(last-q.Start) + 21 + 299) / 300; s.Calls("/") != want {
		t.Errorf("%d calls, want %d", s.Calls("/"), want)
	}
}
