package thetadata_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/thetadata"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func TestAChainIsAskedForByDay(t *testing.T) {
	s := vendortest.New(t, map[string]http.HandlerFunc{path: func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		for name, want := range map[string]string{"symbol": "GLD", "expiration": "*", "start_date": "20241104", "end_date": "20241104", "format": "csv"} {
			if q.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, q.Get(name), want)
			}
		}
		with(row("GLD", "20241115", "250.000", "P", "2024-11-04", "2.18", "2.22")+row("GLD", "2024-11-16", "245", "put", "2024-11-04", "", "0.5")+row("GLD", "2024-11-15", "245", "C", "2024-11-04", "9", "8"))(w, r)
	}})
	got, err := thetadata.New(s.URL+"/", clock, vendorhttp.Client{}).Chain(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	expiry := lombard.MustDate("2024-11-15")
	want := []market.OptionQuote{
		{Expiry: expiry, Strike: 245, Bid: 9, Ask: 8},
		{Expiry: expiry, Put: true, Strike: 245, Ask: 0.5},
		{Expiry: expiry, Put: true, Strike: 250, Bid: 2.18, Ask: 2.22},
	}
	if !slices.Equal(got.Quotes, want) {
		t.Errorf("got %v, want %v", got.Quotes, want)
	}
}

// TestAnIndexHasTwoRoots: of two options alike the one that settles at the
// close is taken, and one root may have nothing on a day.
func TestAnIndexHasTwoRoots(t *testing.T) {
	none := ""
	s := vendortest.New(t, map[string]http.HandlerFunc{path: func(w http.ResponseWriter, r *http.Request) {
		switch root := r.URL.Query().Get("symbol"); root {
		case none:
			w.WriteHeader(472)
		case "SPXW":
			with(row("SPXW", "2024-11-15", "5700", "P", "2024-11-04", "20", "21"))(w, r)
		case "SPX":
			with(row("SPX", "2024-11-15", "5700", "P", "2024-11-04", "18", "19")+row("SPX", "2024-12-20", "5700", "P", "2024-11-04", "60", "61"))(w, r)
		default:
			t.Errorf("asked for %q", root)
		}
	}})
	r := asked
	r.Symbol = "SPX"
	v := thetadata.New(s.URL, clock, vendorhttp.Client{})
	got, err := v.Chain(t.Context(), r)
	if err != nil || len(got.Quotes) != 2 || got.Quotes[0].Bid != 20 || got.Quotes[1].Bid != 60 {
		t.Errorf("got %v, %v", got.Quotes, err)
	}
	none = "SPXW"
	if got, err = v.Chain(t.Context(), r); err != nil || len(got.Quotes) != 2 || got.Quotes[0].Bid != 18 {
		t.Errorf("without the weeklies: %v, %v", got.Quotes, err)
	}
}

func TestADayWithoutTradingHasNoQuotes(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{"no data": vendortest.Answer(472, "text/plain", "No data"), "no rows": with("")} {
		s := vendortest.New(t, map[string]http.HandlerFunc{path: answer})
		r := asked
		r.Date = lombard.MustDate("2024-11-28") // Thanksgiving
		if got, err := thetadata.New(s.URL, clock, vendorhttp.Client{}).Chain(t.Context(), r); err != nil || len(got.Quotes) > 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestPricesAreRefused(t *testing.T) {
	v := thetadata.New(thetadata.DefaultBase, clock, vendorhttp.Client{})
	r := market.BarRequest{Symbol: "GLD"}
	_, err1 := v.Offer(t.Context(), r)
	_, err2 := v.DailyBars(t.Context(), r, func(int64, int64) {})
	for _, err := range []error{err1, err2} {
		if lombard.KindOf(err) != lombard.KindValidation || !strings.Contains(err.Error(), "use it as quote_source") {
			t.Errorf("got %v", err)
		}
	}
	if _, paid := any(v).(market.ChainCoster); paid {
		t.Error("a call costs nothing")
	}
}

func TestTheOfferAsksNobody(t *testing.T) {
	got, err := thetadata.New("http://127.0.0.1:1", clock, vendorhttp.Client{}).ChainOffer(t.Context(), market.BarRequest{Symbol: "GLD"})
	want := market.Range{First: lombard.MustDate("2012-06-01"), Last: lombard.MustDate("2024-11-19")}
	if err != nil || got.Range != want || got.Dataset == "" {
		t.Errorf("got %+v, %v; want %v", got, err, want)
	}
}

// TestAnAnswerOfTheTerminal reads a body that is not part of the module.
func TestAnAnswerOfTheTerminal(t *testing.T) {
	body := providertest.RealData(t, "wire/thetadata/v3_option_history_eod.csv")
	s := vendortest.New(t, map[string]http.HandlerFunc{path: vendortest.Answer(200, "text/csv", string(body))})
	got, err := thetadata.New(s.URL, clock, vendorhttp.Client{}).Chain(t.Context(), asked)
	want := market.OptionQuote{Expiry: lombard.MustDate("2024-11-15"), Put: true, Strike: 250, Bid: 2.18, Ask: 2.22}
	if err != nil || len(got.Quotes) != 1 || got.Quotes[0] != want {
		t.Errorf("got %v, %v; want %v", got.Quotes, err, want)
	}
}
