package fred_test

import (
	"testing"

	"lombard.example/lombard/internal/provider/fred"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/vendorhttp"
)

func FuzzAPI(f *testing.F) {
	f.Add([]byte(`{"count":3,"observations":[{"date":"2026-02-13","value":"3.50"},{"date":"2026-02-16","value":"."},{"date":"2026-02-20","value":"3.51"}]}`))
	f.Add([]byte(`{"error_code":400,"error_message":"Bad Request."}`))
	f.Add([]byte(`{"observations":[{"date":"2026-02-13","value":"1e400"},{"date":"0000-00-00","value":"NaN"}]}`))
	fuzz(f, "k")
}

func FuzzTables(f *testing.F) {
	f.Add([]byte("observation_date,DGS1\n2026-02-13,3.50\n2026-02-16,\n2026-02-20,3.51\n"))
	f.Add([]byte("DATE,DGS1\r\n2026-02-13,3.50\r\n2026-02-16,.\r\n"))
	f.Add([]byte("\ufeffDATE,\"DGS1\"\n\"2026-02-13\",0x1p3\n"))
	fuzz(f, "")
}

func fuzz(f *testing.F, key string) {
	f.Helper()
	f.Fuzz(func(t *testing.T, body []byte) {
		points, err := fred.New("http://fred", "http://fred", key, vendorhttp.Client{Transport: providertest.Canned(body)}).Points(t.Context(), "DGS1", start, end)
		if err := providertest.Ascending(points, start, end, err); err != nil {
			t.Error(err)
		}
	})
}
