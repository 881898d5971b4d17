package yahoo_test

import (
	"net/http"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/provider/yahoo"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// A split of 7 for 1 on 9 June 2014: the prices before it come divided by 7, and
// are put back; a row without a close is left out.
const chart = `{"chart":{"result":[{"meta":{"gmtoffset":-14400},"timestamp":[1402061400,1402320600,1402407000,1402493400],
"events":{"dividends":{"1402061400":{"amount":0.5,"date":1402061400}},"splits":{"1402320600":{"date":1402320600,"numerator":7.0,"denominator":1.0}}},
"indicators":{"quote":[{"open":[92.8,92.7,94.7,null],"high":[93.0,93.9,95.1,null],"low":[92.1,91.7,93.6,null],"close":[92.0,93.7,94.2,null],"volume":[1,2,3,null]}]}}],"error":null}}`

func TestPricesAreAsTheyWereTraded(t *testing.T) {
	s := vendortest.New(t, map[string]http.HandlerFunc{"/v8/finance/chart/AAPL": vendortest.JSON(200, chart)})
	set, err := yahoo.New(s.URL, vendorhttp.Client{}).DailyBars(t.Context(), market.BarRequest{Symbol: "AAPL", Start: lombard.MustDate("2014-06-06"), End: lombard.MustDate("2014-06-09")}, func(int64, int64) {})
	if err != nil || len(set.Bars) != 2 {
		t.Fatal(set, err)
	}
	if b := set.Bars[0]; b.Close != 644 || b.Dividend != 3.5 || b.Date != lombard.MustDate("2014-06-06") {
		t.Errorf("before the split: %+v", b)
	}
	if b := set.Bars[1]; b.Close != 93.7 || b.Split != 7 {
		t.Errorf("on its day: %+v", b)
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		status     int
		body, says string
	}{
		{404, `{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}`, "The symbol AAPL is unknown"},
		{400, `{"chart":{"result":null,"error":{"code":"Bad Request","description":"Data doesn't exist for startDate = 946702800, endDate = 978325200"}}}`, "has no prices of AAPL"},
		{429, "Too Many Requests", "busy"},
		{200, `{"chart":{"result":[],"error":null}}`, "a chart without prices"},
		{200, `{"chart":{"result":[{"timestamp":[1],"indicators":{"quote":[{}]}}]}}`, "columns of different lengths"},
	} {
		s := vendortest.New(t, map[string]http.HandlerFunc{"/v8/finance/chart/AAPL": vendortest.JSON(test.status, test.body)})
		_, err := yahoo.New(s.URL, vendorhttp.Client{Sleep: (&vendortest.Waits{}).Sleep}).DailyBars(t.Context(), market.BarRequest{Symbol: "AAPL", Start: 735000, End: 735010}, func(int64, int64) {})
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%d: got %v, want %q", test.status, err, test.says)
		}
	}
}
