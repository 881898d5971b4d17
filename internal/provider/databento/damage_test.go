package databento

import (
	"net/http"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/provider/vendortest"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

func packed(t *testing.T, text []byte) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return e.EncodeAll(text, nil)
}

// TestNoFlippedBitIsRead: a packed answer with any one bit turned, or cut at any
// byte, is refused or is still the right one.
func TestNoFlippedBitIsRead(t *testing.T) {
	table := barTable + "2024-01-22T00:00:00.000000000Z,35,90,1,187.9,188.0,186.1,186.5,1200,GLD\n"
	body := packed(t, []byte(table))
	want, err := readBars([]byte(table))
	if err != nil || len(want) != 2 {
		t.Fatal(want, err)
	}
	refused := 0
	check := func(what string, at int, damaged []byte) {
		got, err := readBars(damaged)
		switch {
		case err != nil:
			refused++
		case !slices.Equal(got, want):
			t.Errorf("%s %d: got %v", what, at, got)
		}
	}
	for bit := range 8 * len(body) {
		damaged := slices.Clone(body)
		damaged[bit/8] ^= 1 << (bit % 8)
		check("bit", bit, damaged)
	}
	for n := 1; n < len(body); n++ {
		check("cut at", n, body[:n])
	}
	t.Logf("%d of %d damaged answers were refused, none was wrong", refused, 9*len(body)-1)
}

// TestTheBinaryFormIsAcceptedEverywhere that CSV is, packed or not: of bars, of
// settlements and of quotes.
func TestTheBinaryFormIsAcceptedEverywhere(t *testing.T) {
	bar := record(rtypeDaily, uint64(lombard.MustDate("2024-01-19").Time().UnixNano()), little(int64(2025e9), int64(2040e9), int64(2020e9), int64(2030e9), uint64(10)))
	closing, _ := market.CalendarOf("nyse").Closing(lombard.MustDate("2024-01-19"))
	quote := record(0xc1, noon, little(int64(undefined), make([]byte, 8), uint64(closing.UnixNano()), make([]byte, 8), int64(1_050000000), int64(1_150000000), make([]byte, 16)))
	for version := uint8(1); version <= 3; version++ {
		answers := map[string][]byte{
			"ohlcv-1d": file(version, "GC.c.0", "77", bar), "statistics": packed(t, file(version, "GC.c.0", "77", statRecord(version, 3, noon, 2029_300000000, 1))),
			"cbbo-1m": packed(t, file(version, "GLD   240216P00180000", "77", quote)),
		}
		s := vendortest.New(t, map[string]http.HandlerFunc{dataPath: func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(answers[r.FormValue("schema")]) }})
		v := New(s.URL, "key", vendorhttp.Client{})
		day := lombard.MustDate("2024-01-19")
		set, err := v.DailyBars(t.Context(), market.BarRequest{Dataset: futuresDataset, Symbol: "GC", Start: day, End: day}, func(int64, int64) {})
		if want := (market.Bar{Date: day, Open: 2025, High: 2040, Low: 2020, Close: 2029.3, Volume: 10, Contract: "77"}); err != nil || len(set.Bars) != 1 || set.Bars[0] != want {
			t.Errorf("version %d: got %+v, %v", version, set, err)
		}
		chain, err := v.Chain(t.Context(), market.ChainRequest{Dataset: optionsDataset, Symbol: "GLD", Date: day})
		if want := (market.OptionQuote{Expiry: lombard.MustDate("2024-02-16"), Put: true, Strike: 180, Bid: 1.05, Ask: 1.15}); err != nil || len(chain.Quotes) != 1 || chain.Quotes[0] != want {
			t.Errorf("version %d: got %+v, %v", version, chain, err)
		}
	}
}
