package nyfed_test

import (
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/nyfed"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/vendorhttp"
)

func FuzzRates(f *testing.F) {
	f.Add([]byte(`{"refRates":[{"effectiveDate":"2025-12-02","type":"SOFR","percentRate":4.01,"revisionIndicator":""},{"effectiveDate":"2025-12-01","percentRate":4.12}]}`))
	f.Add([]byte(`{"refRates":[{"effectiveDate":"2025-12-02","percentRate":4},{"effectiveDate":"2025-12-02","percentRate":4.1,"revisionIndicator":"R"}]}`))
	f.Add([]byte(`{"refRates":[{"effectiveDate":"2025-12-02","percentRate":null}]}`))
	start, end := lombard.MustDate("2025-11-01"), lombard.MustDate("2025-12-31")
	f.Fuzz(func(t *testing.T, body []byte) {
		points, err := nyfed.New("http://nyfed", vendorhttp.Client{Transport: providertest.Canned(body)}).Points(t.Context(), "SOFR", start, end)
		if err := providertest.Ascending(points, start, end, err); err != nil {
			t.Error(err)
		}
	})
}
