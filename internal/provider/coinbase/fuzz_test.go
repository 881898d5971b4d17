package coinbase_test

import (
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/coinbase"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func FuzzCandles(f *testing.F) {
	f.Add([]byte("[[1584057600,3858.0,5980.0,4857.1,5637.59,119373.1],[1583971200,4546.58,7969.9,7935.94,4857.1,117900.2]]"))
	f.Add([]byte(`[[1584057600.5,0,-1,1e308,null,1]]`))
	f.Add([]byte(`{"message":"NotFound"}`))
	f.Add([]byte(`[[1099511627776,1,1,1,1,1],[]]`))
	r := market.BarRequest{Symbol: "BTC-USD", Start: lombard.MustDate("2020-03-01"), End: lombard.MustDate("2020-03-20")}
	f.Fuzz(func(t *testing.T, body []byte) {
		set, err := coinbase.New("http://coinbase", vendorhttp.Client{Transport: providertest.Canned(body)}).DailyBars(t.Context(), r, func(int64, int64) {})
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
