package databento_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/databento"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

const statHeader = "ts_recv,ts_event,rtype,publisher_id,instrument_id,ts_ref,price,quantity,sequence,ts_in_delta,stat_type,channel_id,update_action,stat_flags,symbol\n"

// stat is a row of statistics.
func stat(about, instrument, price string, kind, action int) string {
	if about != "" {
		about += "T00:00:00.000000000Z"
	}
	return fmt.Sprintf("2024-07-01T20:00:00Z,,24,1,%s,%s,%s,,1,0,%d,0,%d,3,GC.c.0\n", instrument, about, price, kind, action)
}

// gold is a bar of a future.
func gold(day, instrument, prices string) string {
	return day + "T00:00:00.000000000Z,35,1," + instrument + "," + prices + ",GC.c.0\n"
}

var goldWeek = market.BarRequest{Dataset: "GLBX.MDP3", Symbol: "GC", Start: lombard.MustDate("2024-06-28"), End: lombard.MustDate("2024-07-03")}

var goldBars = header +
	gold("2024-06-28", "11", "2337.0,2350.2,2331.0,2336.9,1000") +
	gold("2024-06-30", "11", "2336.0,2337.0,2335.0,2336.5,10") + // a Sunday
	gold("2024-07-01", "11", "2336.0,2349.0,2330.0,2342.0,1000") +
	gold("2024-07-02", "12", "2352.0,2360.0,2340.0,2350.0,1000") +
	gold("2024-07-03", "12", "2350.0,2386.0,2349.0,2380.0,1000")

// bySchema answers by what is asked for.
func bySchema(t *testing.T, forms *[]url.Values, answers map[string]http.HandlerFunc) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		if forms != nil {
			*forms = append(*forms, r.PostForm)
		}
		answers[r.PostForm.Get("schema")](w, r)
	}
}

// TestTheCloseOfAFutureIsItsSettlement: the last one published about the day and
// the contract; the range is widened where it must be; a day without one keeps
// its last trade and is counted; contracts stay, so that rolls are found.
func TestTheCloseOfAFutureIsItsSettlement(t *testing.T) {
	statistics := statHeader +
		stat("2024-06-28", "11", "2338.0", 3, 1) + stat("2024-06-28", "11", "2339.600000000", 3, 1) + // preliminary, then final
		stat("2024-06-28", "11", "9999.0", 9, 1) + // open interest
		stat("2024-07-01", "11", "2338.9", 3, 1) + stat("2024-07-01", "12", "2361.5", 3, 1) + // of the other contract
		stat("2024-07-02", "12", "2333.4", 3, 1) + // below the low
		stat("2024-07-03", "12", "2369.4", 3, 1) + stat("2024-07-03", "12", "2369.4", 3, 2) + // deleted
		stat("", "12", "1.0", 3, 1)
	var forms []url.Values
	s := vendortest.New(t, map[string]http.HandlerFunc{
		barsPath: bySchema(t, &forms, map[string]http.HandlerFunc{"ohlcv-1d": vendortest.Answer(200, "text/csv", goldBars), "statistics": vendortest.Answer(200, "text/csv", packed(statistics))}),
		costPath: bySchema(t, &forms, map[string]http.HandlerFunc{"ohlcv-1d": vendortest.JSON(200, "0.25"), "statistics": vendortest.JSON(200, "0.5")}),
	})
	v := databento.New(s.URL, secret, vendorhttp.Client{})
	usd, err := v.Cost(t.Context(), goldWeek)
	if err != nil || usd != 0.75 {
		t.Errorf("the cost is %v, %v; want both", usd, err)
	}
	set, err := v.DailyBars(t.Context(), goldWeek, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	d := lombard.MustDate
	want := []market.Bar{
		{Date: d("2024-06-28"), Open: 2337, High: 2350.2, Low: 2331, Close: 2339.6, Volume: 1000, Contract: "11"},
		{Date: d("2024-07-01"), Open: 2336, High: 2349, Low: 2330, Close: 2338.9, Volume: 1000, Contract: "11"},
		{Date: d("2024-07-02"), Open: 2352, High: 2360, Low: 2333.4, Close: 2333.4, Volume: 1000, Contract: "12", Repaired: true},
		{Date: d("2024-07-03"), Open: 2350, High: 2386, Low: 2349, Close: 2380, Volume: 1000, Contract: "12"},
	}
	if len(set.Bars) != len(want) {
		t.Fatalf("got %+v", set.Bars)
	}
	for i := range want {
		if set.Bars[i] != want[i] {
			t.Errorf("got %+v, want %+v", set.Bars[i], want[i])
		}
	}
	if len(set.Warnings) != 1 || !strings.Contains(set.Warnings[0].Message, "1 of 4 days of GC have no settlement price") {
		t.Errorf("warnings %v", set.Warnings)
	}
	if rolls := market.Rolls(set.Bars); len(rolls) != 1 || rolls[0].From != "11" || rolls[0].To != "12" {
		t.Errorf("rolls %+v", rolls)
	}
	for i := range 2 { // each is bought as it was priced
		for _, field := range []string{"dataset", "schema", "symbols", "stype_in", "start", "end"} {
			if forms[i].Get(field) != forms[i+2].Get(field) {
				t.Errorf("%s: priced %q, bought %q", field, forms[i].Get(field), forms[i+2].Get(field))
			}
		}
	}
	if forms[0].Get("symbols") != "GC.c.0" || forms[0].Get("stype_in") != "continuous" || forms[0].Get("end") != "2024-07-04" || forms[1].Get("schema") != "statistics" {
		t.Errorf("asked for %v", forms[:2])
	}
}

// TestBarsAreNotBoughtTwiceForTheirSettlements: bars that arrived whole are kept
// until the settlements have, priced and bought no more.
func TestBarsAreNotBoughtTwiceForTheirSettlements(t *testing.T) {
	down := true
	var forms []url.Values
	s := vendortest.New(t, map[string]http.HandlerFunc{
		barsPath: bySchema(t, &forms, map[string]http.HandlerFunc{
			"ohlcv-1d": vendortest.Answer(200, "text/csv", goldBars),
			"statistics": func(w http.ResponseWriter, _ *http.Request) {
				if down {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				_, _ = w.Write([]byte(statHeader + stat("2024-07-01", "11", "2338.9", 3, 1)))
			},
		}),
		costPath: bySchema(t, nil, map[string]http.HandlerFunc{"ohlcv-1d": vendortest.JSON(200, "0.25"), "statistics": vendortest.JSON(200, "0.5")}),
	})
	waits := &vendortest.Waits{}
	v := databento.New(s.URL, secret, vendorhttp.Client{Sleep: waits.Sleep})
	if _, err := v.DailyBars(t.Context(), goldWeek, func(int64, int64) {}); lombard.KindOf(err) != lombard.KindVendorBusy {
		t.Fatalf("got %v", err)
	}
	down = false
	if usd, err := v.Cost(t.Context(), goldWeek); err != nil || usd != 0.5 {
		t.Errorf("the cost is %v, %v; want the settlements' alone", usd, err)
	}
	for range 2 {
		set, err := v.DailyBars(t.Context(), goldWeek, func(int64, int64) {})
		if err != nil || len(set.Bars) != 4 || set.Bars[1].Close != 2338.9 {
			t.Fatalf("got %+v, %v", set.Bars, err)
		}
	}
	bought := map[string]int{}
	for _, f := range forms {
		bought[f.Get("schema")]++
	}
	if bought["ohlcv-1d"] != 2 || bought["statistics"] != 5 {
		t.Errorf("calls %v; want the bars once, and once again when they are asked for again", bought)
	}
}

// TestAParentIsItsMostTradedContract: spreads have prices that are none.
func TestAParentIsItsMostTradedContract(t *testing.T) {
	body := header + gold("2024-07-01", "11", "2336.0,2349.0,2330.0,2342.0,1000") + gold("2024-07-01", "12", "2352.0,2360.0,2340.0,2350.0,5000") + gold("2024-07-01", "13", "-16.0,-15.0,-17.0,-16.0,9000")
	s := vendortest.New(t, map[string]http.HandlerFunc{barsPath: bySchema(t, nil, map[string]http.HandlerFunc{
		"ohlcv-1d": vendortest.Answer(200, "text/csv", body), "statistics": vendortest.Answer(200, "text/csv", statHeader),
	})})
	r := goldWeek
	r.Symbol = "GC.FUT"
	set, err := databento.New(s.URL, secret, vendorhttp.Client{}).DailyBars(t.Context(), r, func(int64, int64) {})
	if err != nil || len(set.Bars) != 1 || set.Bars[0].Contract != "12" || set.Bars[0].Close != 2350 {
		t.Errorf("got %+v, %v", set.Bars, err)
	}
}
