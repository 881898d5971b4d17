package yahoo_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/provider/yahoo"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func TestBodiesOfYahoo(t *testing.T) {
	ask := func(symbol, start, end string, status int, name string) (market.BarSet, error) {
		body := string(providertest.RealData(t, "wire/yahoo/"+name))
		s := vendortest.New(t, map[string]http.HandlerFunc{"/v8/finance/chart/" + symbol: vendortest.JSON(status, body)})
		r := market.BarRequest{Symbol: symbol, Start: lombard.MustDate(start), End: lombard.MustDate(end)}
		return yahoo.New(s.URL, vendorhttp.Client{Sleep: (&vendortest.Waits{}).Sleep}).DailyBars(t.Context(), r, func(int64, int64) {})
	}
	got, err := ask("GLD", "2020-08-05", "2020-08-07", 200, "chart_v8_ok.json")
	want := market.Bar{Date: lombard.MustDate("2020-08-06"), Open: 193.74, High: 194.45, Low: 192.52, Close: 193.89, Volume: 20640100}
	if err != nil || len(got.Bars) != 2 || got.Bars[1] != want {
		t.Errorf("a row of nulls: %+v, %v", got, err)
	}
	got, err = ask("SPY", "2021-03-19", "2021-03-19", 200, "chart_v8_events.json")
	if err != nil || len(got.Bars) != 1 || got.Bars[0].Dividend != 1.2778 || got.Bars[0].Split != 0 || got.Bars[0].Close != 389.48 {
		t.Errorf("a split of long before: %+v, %v", got, err)
	}
	for _, c := range []struct {
		status int
		name   string
		kind   lombard.Kind
	}{
		{404, "chart_v8_404.json", lombard.KindValidation},
		{200, "chart_v8_404.json", lombard.KindValidation},
		{400, "chart_v8_400.json", lombard.KindDataUnavailable},
		{200, "chart_v8_400.json", lombard.KindDataUnavailable},
		{429, "429.txt", lombard.KindVendorBusy},
		{200, "429.txt", lombard.KindDataUnavailable},
	} {
		if _, err := ask("GLD", "2020-08-05", "2020-08-07", c.status, c.name); lombard.KindOf(err) != c.kind {
			t.Errorf("%s with %d: %v, want %s", c.name, c.status, err, c.kind)
		}
	}
}

// TestGoldFuturesAreStampedWithMidnight: the offset that Yahoo sends is that of
// winter, the stamps are midnights of summer and winter; every bar keeps its
// day. On 441 days the settlement or the open lies outside the traded range.
func TestGoldFuturesAreStampedWithMidnight(t *testing.T) {
	bars := providertest.RealBars(t, "market/GC_F_dirty.csv", 0)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip(err)
	}
	chart := chartOf(bars, 0, 1<<40)
	chart.Meta["gmtoffset"] = -5 * 3600
	for i, b := range bars {
		y, m, d := b.Date.Civil()
		chart.Timestamp[i] = time.Date(y, m, d, 0, 0, 0, 0, zone).Unix()
	}
	body, err := json.Marshal(map[string]any{"chart": map[string]any{"result": []any{chart}, "error": nil}})
	if err != nil {
		t.Fatal(err)
	}
	s := vendortest.New(t, map[string]http.HandlerFunc{"/v8/finance/chart/GC=F": vendortest.JSON(200, string(body))})
	last := bars[len(bars)-1].Date
	source := data.NewSource(yahoo.New(s.URL, vendorhttp.Client{}), library(t), data.Limits{}, func() time.Time { return (last + 1).Time() })
	got, err := source.Bars(t.Context(), market.Query{Caller: market.Caller{Workspace: "w"}, Symbol: "GC=F", Start: bars[0].Date, End: last}, func(int64, int64) {})
	if err != nil || len(got.Bars) != 4095 {
		t.Fatal(len(got.Bars), err)
	}
	repaired := 0
	for i, b := range got.Bars {
		if b.Date != bars[i].Date || b.Close != bars[i].Close {
			t.Fatalf("%+v, want %+v", b, bars[i])
		}
		if b.Repaired {
			repaired++
		}
	}
	if repaired != 441 {
		t.Errorf("%d bars are repaired, want 441", repaired)
	}
}

// odd answers the chart of a stock whose split and dividends fall on days of
// several kinds.
const odd = `{"chart":{"result":[{"meta":{"gmtoffset":-14400,"dataGranularity":"1d"},"timestamp":[1402061400,1402320600,1402407000,1402493400,1402516800],
"events":{"dividends":{"a":{"amount":0.5,"date":1402147800}},"capitalGains":{"b":{"amount":0.25,"date":1402407000}},"splits":{"1402234200":{"date":1402234200,"numerator":7,"denominator":1},"x":{"date":1402407000,"numerator":1,"denominator":0}}},
"indicators":{"quote":[{"open":[92.8,92.7,94.7,95,95],"high":[93.0,93.9,95.1,96,96],"low":[92.1,91.7,93.6,94,94],"close":[92.2242889404,93.7,94.2,95.5,95.6],"volume":[1,2,3,4,4]}]}}],"error":null}}`

// TestActionsOnDaysWithoutABar are those of the next session; the running
// session beside the row of its day is left out; prices of 32 bits are the ones
// that were shown.
func TestActionsOnDaysWithoutABar(t *testing.T) {
	s := vendortest.New(t, map[string]http.HandlerFunc{"/v8/finance/chart/AAPL": vendortest.JSON(200, odd)})
	r := market.BarRequest{Symbol: "AAPL", Start: lombard.MustDate("2014-06-06"), End: lombard.MustDate("2014-06-11")}
	got, err := yahoo.New(s.URL, vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {})
	if err != nil || len(got.Bars) != 4 {
		t.Fatal(got, err)
	}
	if b := got.Bars[0]; b.Close != 645.57 || b.Split != 0 || b.Dividend != 0 {
		t.Errorf("the Friday: %+v, want 645.57", b)
	}
	if b := got.Bars[1]; b.Split != 7 || b.Dividend != 0.5 || b.Close != 93.7 {
		t.Errorf("the Monday: %+v, want a split and a dividend", b)
	}
	if b := got.Bars[2]; b.Dividend != 0.25 || b.Split != 0 {
		t.Errorf("the Tuesday: %+v, want a gain paid out", b)
	}
	if b := got.Bars[3]; b.Close != 95.5 {
		t.Errorf("the Wednesday: %+v, want the row of the day", b)
	}
	if _, err := yahoo.New(s.URL, vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {}); err != nil {
		t.Error(err)
	}
	monthly := strings.Replace(odd, `"1d"`, `"1mo"`, 1)
	s = vendortest.New(t, map[string]http.HandlerFunc{"/v8/finance/chart/AAPL": vendortest.JSON(200, monthly)})
	if _, err := yahoo.New(s.URL, vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {}); err == nil || !strings.Contains(err.Error(), "a chart that is not daily") {
		t.Errorf("months: %v", err)
	}
}
