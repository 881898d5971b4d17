package nyfed_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/nyfed"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
)

const path = "/api/rates/secured/sofr/search.json"

func TestBodyOfTheBank(t *testing.T) {
	s := vendortest.New(t, map[string]http.HandlerFunc{path: vendortest.JSON(200, string(providertest.RealData(t, "wire/nyfed/sofr_search.json")))})
	day := lombard.MustDate("2025-12-02")
	if got, err := nyfed.New(s.URL, vendorhttp.Client{}).Points(t.Context(), "SOFR", day, day); err != nil || len(got) != 1 || got[0].Value != 4.01 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestFourYearsOfSOFR(t *testing.T) {
	want := providertest.RealFigures(t, "market/SOFR.csv", "sofr")
	s := vendortest.New(t, map[string]http.HandlerFunc{path: server(want).ServeHTTP})
	got, err := nyfed.New(s.URL, vendorhttp.Client{}).Points(t.Context(), "sofr", want[0].Date, want[len(want)-1].Date)
	if err != nil || len(got) != 939 || !slices.Equal(got, want) {
		t.Errorf("%d rates, %v; want 939", len(got), err)
	}
}

func TestRevisionsAndFaults(t *testing.T) {
	day := lombard.MustDate("2025-12-02")
	for body, want := range map[string]string{
		`{"refRates":[{"effectiveDate":"2025-12-02","percentRate":4},{"effectiveDate":"2025-12-02","percentRate":4.1,"revisionIndicator":"R"}]}`: "4.1",
		`{"refRates":[{"effectiveDate":"2025-12-02","percentRate":4.1,"revisionIndicator":"R"},{"effectiveDate":"2025-12-02","percentRate":4}]}`: "4.1",
		`{"refRates":[{"effectiveDate":"2025-12-02","percentRate":4},{"effectiveDate":"2025-12-02","percentRate":4}]}`:                           "4",
		`{"refRates":[{"effectiveDate":"2025-12-02","percentRate":4},{"effectiveDate":"2025-12-02","percentRate":5}]}`:                           "two rates of 2025-12-02",
		`{"refRates":[{"effectiveDate":"2025-12-02"}]}`:                     "no rate of 2025-12-02",
		`{"refRates":[{"effectiveDate":"2025-12-02","percentRate":99999}]}`: "no rate of 2025-12-02",
		`{"refRates":[{"percentRate":4}]}`:                                  "a rate without a date",
		`{"detail":"no"}`:                                                   "no list of rates",
		`{"refRates":[]}`:                                                   "",
		`{"refRates":[{"effectiveDate":"2025-11-02","percentRate":4}]}`:     "",
	} {
		s := vendortest.New(t, map[string]http.HandlerFunc{path: vendortest.JSON(200, body)})
		got, err := nyfed.New(s.URL, vendorhttp.Client{}).Points(t.Context(), "SOFR", day, day)
		text := ""
		switch {
		case err != nil:
			text = err.Error()
		case len(got) == 1:
			text = fmt.Sprint(got[0].Value)
		}
		if !strings.Contains(text, want) || want == "" && text != "" {
			t.Errorf("%s: %q, want %q", body, text, want)
		}
	}
}
