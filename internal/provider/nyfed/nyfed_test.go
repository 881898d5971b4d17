package nyfed_test

import (
	"net/http"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/nyfed"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
)

func TestSOFR(t *testing.T) {
	answer := func(body string) *nyfed.Publisher {
		s := vendortest.New(t, map[string]http.HandlerFunc{"/api/rates/secured/sofr/search.json": vendortest.JSON(200, body)})
		return nyfed.New(s.URL, vendorhttp.Client{})
	}
	day := lombard.MustDate("2025-12-02")
	got, err := answer(`{"refRates":[{"effectiveDate":"2025-12-02","type":"SOFR","percentRate":4.01},{"effectiveDate":"2025-12-01","type":"SOFR","percentRate":4.12}]}`).Points(t.Context(), "SOFR", day-1, day)
	if err != nil || len(got) != 2 || got[0].Value != 4.12 || got[1].Value != 4.01 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := answer(`[]`).Points(t.Context(), "SOFR", day, day); err == nil || !strings.Contains(err.Error(), "not JSON") {
		t.Errorf("got %v", err)
	}
	if _, err := answer(``).Points(t.Context(), "DGS1", day, day); lombard.KindOf(err) != lombard.KindValidation {
		t.Errorf("got %v", err)
	}
}
