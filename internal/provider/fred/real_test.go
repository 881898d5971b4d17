package fred_test

import (
	"net/http"
	"slices"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/fred"
	"lombard.example/lombard/internal/provider/providertest"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func TestBodiesOfFRED(t *testing.T) {
	const api, tables = "/fred/series/observations", "/graph/fredgraph.csv"
	long := [2]string{"2020-01-01", "2026-12-31"}
	for _, c := range []struct {
		key, path, id, name string
		status              int
		want                []float64
		kind                lombard.Kind
	}{
		{"k", api, "DGS1", "observations_ok.json", 200, []float64{3.5, 3.51}, ""},
		{"", tables, "DGS1", "fredgraph_new.csv", 200, []float64{3.5, 3.51}, ""},
		{"", tables, "DGS3MO", "fredgraph_old.csv", 200, []float64{4.9, 5.1}, ""},
		{"", tables, "DGS1", "fredgraph_old.csv", 200, nil, lombard.KindDataUnavailable}, // another series
		{"k", api, "DGS1", "err_400_key.json", 400, nil, lombard.KindVendorAuth},
		{"k", api, "DGS1", "err_400_series.json", 400, nil, lombard.KindValidation},
		{"k", api, "DGS1", "err_429.json", 429, nil, lombard.KindVendorBusy},
		{"k", api, "DGS1", "err_429.json", 200, nil, lombard.KindDataUnavailable},
	} {
		s := vendortest.New(t, map[string]http.HandlerFunc{c.path: vendortest.Answer(c.status, "text/plain", string(providertest.RealData(t, "wire/fred/"+c.name)))})
		p := fred.New(s.URL, s.URL, c.key, vendorhttp.Client{Sleep: (&vendortest.Waits{}).Sleep})
		got, err := p.Points(t.Context(), c.id, lombard.MustDate(long[0]), lombard.MustDate(long[1]))
		if c.kind != "" {
			if lombard.KindOf(err) != c.kind {
				t.Errorf("%s: %v, want %s", c.name, err, c.kind)
			}
			continue
		}
		var values []float64
		for _, x := range got {
			values = append(values, x.Value)
		}
		if err != nil || !slices.Equal(values, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}

// TestRealSeries: what was published arrives whole, by the API and by the
// tables, and stands in for a blank of at most four days.
func TestRealSeries(t *testing.T) {
	for _, c := range []struct {
		file, column, id, asked string
		figures                 int
	}{
		{"GVZ", "gvz", "GVZCLS", "GVZ", 2916}, {"VIX", "close", "VIXCLS", "VIX", 7556}, {"treasury_cmt", "dgs1", "DGS1", "DGS1", 3753},
	} {
		want := providertest.RealFigures(t, "market/"+c.file+".csv", c.column)
		s := vendortest.New(t, map[string]http.HandlerFunc{"/": server(c.id, want).ServeHTTP})
		for _, key := range []string{"", providertest.Secret} {
			got, err := fred.New(s.URL, s.URL, key, vendorhttp.Client{}).Points(t.Context(), c.asked, want[0].Date, want[len(want)-1].Date)
			if err != nil || len(got) != c.figures || !slices.Equal(got, want) {
				t.Errorf("%s: %d figures, want %d; %v", c.file, len(got), c.figures, err)
			}
		}
		longest := lombard.Date(0)
		for i := range want[1:] {
			longest = max(longest, want[i+1].Date-want[i].Date)
		}
		const most = 5 // days for which a rate may stand in
		if c.id == "DGS1" && longest > most {
			t.Errorf("%s is blank for %d days", c.file, longest)
		}
	}
}

// TestOddTables: a byte order mark, a month's figure before the start, an answer
// that is not whole.
func TestOddTables(t *testing.T) {
	for name, c := range map[string]struct {
		key, path, body string
		want            market.Observations
	}{
		"a byte order mark":          {"", "/graph/fredgraph.csv", "\ufeffobservation_date,DGS1\n2026-02-13,3.5\n", market.Observations{{Date: start, Value: 3.5}}},
		"a figure of the month":      {"", "/graph/fredgraph.csv", "observation_date,DGS1\n2026-02-01,9\n2026-02-13,3.5\n", market.Observations{{Date: start, Value: 3.5}}},
		"fewer figures than it says": {"k", "/fred/series/observations", `{"count":3,"observations":[{"date":"2026-02-13","value":"3.50"}]}`, nil},
		"a list that is none":        {"k", "/fred/series/observations", `{"count":0}`, nil},
		"an empty list":              {"k", "/fred/series/observations", `{"count":0,"observations":[]}`, market.Observations{}},
	} {
		s := vendortest.New(t, map[string]http.HandlerFunc{c.path: vendortest.Answer(200, "text/plain", c.body)})
		got, err := fred.New(s.URL, s.URL, c.key, vendorhttp.Client{}).Points(t.Context(), "DGS1", start, end)
		if (err == nil) != (c.want != nil) || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
