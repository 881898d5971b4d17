package fred_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/fred"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

var start, end = lombard.MustDate("2026-02-13"), lombard.MustDate("2026-02-20")

// TestAllFormsSayTheSame: the API, the tables of today, and those of before with
// other line ends.
func TestAllFormsSayTheSame(t *testing.T) {
	want := market.Observations{{Date: start, Value: 3.5}, {Date: end, Value: 3.51}}
	for name, test := range map[string]struct{ key, path, body string }{
		"the API":           {"k", "/fred/series/observations", `{"count":3,"observations":[{"date":"2026-02-13","value":"3.50"},{"date":"2026-02-16","value":"."},{"date":"2026-02-20","value":"3.51"}]}`},
		"the tables":        {"", "/graph/fredgraph.csv", "observation_date,DGS1\n2026-02-13,3.50\n2026-02-16,\n2026-02-20,3.51\n"},
		"the tables before": {"", "/graph/fredgraph.csv", "DATE,DGS1\r\n2026-02-13,3.50\r\n2026-02-16,.\r\n2026-02-20,3.51\r\n"},
	} {
		s := vendortest.New(t, map[string]http.HandlerFunc{test.path: vendortest.Answer(200, "text/plain", test.body)})
		got, err := fred.New(s.URL, s.URL, test.key, vendorhttp.Client{}).Points(t.Context(), "DGS1", start, end)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestShortNamesAreKnown(t *testing.T) {
	s := vendortest.New(t, map[string]http.HandlerFunc{"/graph/fredgraph.csv": func(w http.ResponseWriter, r *http.Request) {
		if id := r.URL.Query().Get("id"); id != "GVZCLS" {
			t.Errorf("asked for %q", id)
		}
		_, _ = w.Write([]byte("observation_date,GVZCLS\n2026-02-13,18.3\n"))
	}})
	if _, err := fred.New(s.URL, s.URL, "", vendorhttp.Client{}).Points(t.Context(), "GVZ", start, end); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	for _, test := range []struct {
		status     int
		body, says string
		kind       lombard.Kind
	}{
		{400, `{"error_code":400,"error_message":"Bad Request.  The value for variable api_key is not registered."}`, "The FRED key was rejected.", lombard.KindVendorAuth},
		{400, `{"error_code":400,"error_message":"Bad Request.  The series does not exist."}`, "DGS1 is unknown in FRED", lombard.KindValidation},
		{429, `{"error_code":429,"error_message":"Too Many Requests.  Exceeded Rate Limit"}`, "busy", lombard.KindVendorBusy},
		{200, `<html>`, "a web page", lombard.KindDataUnavailable},
		{200, `{"observations":[{"date":"2026-02-13","value":"high"}]}`, "no number", lombard.KindDataUnavailable},
		{200, `{"observations":[{"date":"2026-02-13","value":"1"},{"date":"2026-02-12","value":"1"}]}`, "out of order", lombard.KindDataUnavailable},
		{200, `nothing`, "not JSON", lombard.KindDataUnavailable},
	} {
		s := vendortest.New(t, map[string]http.HandlerFunc{"/fred/series/observations": vendortest.JSON(test.status, test.body)})
		_, err := fred.New(s.URL, s.URL, "k", vendorhttp.Client{Sleep: (&vendortest.Waits{}).Sleep}).Points(t.Context(), "DGS1", start, end)
		if lombard.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%d %s: got %v", test.status, test.body, err)
		}
	}
}
