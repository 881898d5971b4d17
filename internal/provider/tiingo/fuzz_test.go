package tiingo_test

import (
	"testing"

	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/tiingo"
	"lombard.example/lombard/internal/vendorhttp"
)

func FuzzAnswers(f *testing.F) {
	f.Add([]byte(prices))
	f.Add([]byte(`{"ticker":"SPY","startDate":"1993-01-29","endDate":"2026-01-30"}`))
	f.Add([]byte(`{"detail":"Not found."}`))
	f.Add([]byte(`[{"date":"2021-03-19T00:00:00.000Z","close":1e308,"high":null,"splitFactor":-2,"divCash":1e-320}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		v := tiingo.New("http://tiingo", "k", vendorhttp.Client{Transport: providertest.Canned(body)})
		if _, err := v.Offer(t.Context(), asked); providertest.Worded(err) != nil {
			t.Error(err)
		}
		if err := providertest.Plausible(v.DailyBars(t.Context(), asked, func(int64, int64) {})); err != nil {
			t.Error(err)
		}
	})
}
