package yahoo_test

import (
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/yahoo"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func FuzzChart(f *testing.F) {
	f.Add([]byte(chart))
	f.Add([]byte(odd))
	f.Add([]byte(`{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}`))
	f.Add([]byte(`{"chart":{"result":[{"timestamp":[1402061400,9e18],"indicators":{"quote":[{"open":[1,1],"high":[1,1],"low":[1,1],"close":[1,1],"volume":[1,1]}]}}]}}`))
	f.Add([]byte(`{"chart":{"result":[{"meta":{"gmtoffset":9223372036854775807},"timestamp":[1402061400],"indicators":{"quote":[{"open":[1],"high":[1],"low":[1],"close":[1e308],"volume":[1]}]},"events":{"splits":{"a":{"date":1402061400,"numerator":1e308,"denominator":1e-308}}}}]}}`))
	r := market.BarRequest{Symbol: "AAPL", Start: lombard.MustDate("2014-06-06"), End: lombard.MustDate("2014-06-11")}
	f.Fuzz(func(t *testing.T, body []byte) {
		set, err := yahoo.New("http://yahoo", vendorhttp.Client{Transport: providertest.Canned(body)}).DailyBars(t.Context(), r, func(int64, int64) {})
		if err := providertest.Plausible(set, err); err != nil {
			t.Error(err)
		}
		for _, b := range set.Bars {
			if b.Date < r.Start || b.Date > r.End {
				t.Errorf("%s was not asked for", b.Date)
			}
		}
	})
}
