package app_test

import (
	"io"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/market"
)

// A file without a name has that of its symbol, in the list and in what is said
// of it.
func TestAFileWithoutANameHasItsSymbols(t *testing.T) {
	day := lombard.MustDate("2024-01-02")
	said := ""
	read := func(_ io.ReadSeeker, name, _ string) (app.PriceFile, error) {
		said = name
		bars := []market.Bar{{Date: day, Close: 100}, {Date: day + 1, Close: 101}}
		return app.PriceFile{Digest: (&market.Series{Bars: bars}).Digest(), First: day, Last: day + 1, Sessions: 2, Bars: bars}, nil
	}
	p := start(t, t.TempDir(), settings{ReadPrices: read})
	defer p.stop()
	for given, want := range map[string]string{"": "MINE", "prices.csv": "prices.csv"} {
		f, err := p.Import(t.Context(), "w", "MINE", given, strings.NewReader("date,close\n"))
		if err != nil || f.Name != want || said != want {
			t.Errorf("named %q: kept as %q, read as %q, %v; want %q", given, f.Name, said, err, want)
		}
	}
}
