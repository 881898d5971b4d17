package fakevendor_test

import (
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/provider/databento"
	fake "lombard.example/lombard/internal/provider/fakevendor"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// TestAnySplitIsTheWhole: however a range is cut into queries, of a stock or of
// a future, whatever fails between, the bars are those of one query, and no day
// that was delivered is billed again.
func TestAnySplitIsTheWhole(t *testing.T) {
	v, db := fake.New(t), open(t)
	id := 0
	rapid.Check(t, func(rt *rapid.T) {
		id++
		symbol := rapid.SampledFrom([]string{"GC", "GLD", "MINE"}).Draw(rt, "symbol")
		if symbol == "MINE" {
			symbol = "M" + string(rune('A'+id%26)) + string(rune('A'+id/26%26))
		}
		v.Heal()
		s := data.NewSource(databento.New(v.URL, fake.Key, vendorhttp.Client{Sleep: noSleep}), db, data.Limits{DayUSD: 1e9}, fake.Today)
		first := lombard.MustDate("2024-07-08")
		for range rapid.IntRange(1, 5).Draw(rt, "queries") {
			start := first + lombard.Date(rapid.IntRange(0, 80).Draw(rt, "start"))
			q := market.Query{
				Caller: market.Caller{Workspace: "w"}, Symbol: symbol, Start: start, End: start + lombard.Date(rapid.IntRange(6, 50).Draw(rt, "days")), MaxCostUSD: 1e6,
				Warmup: rapid.IntRange(0, 3).Draw(rt, "warm-up"),
			}
			if rapid.IntRange(0, 3).Draw(rt, "luck") == 0 {
				v.Break(fake.DataPath, breaksOff)
				_, _ = s.Bars(t.Context(), q, ignore)
				v.Heal()
			}
			got, err := s.Bars(t.Context(), q, ignore)
			if err != nil {
				rt.Fatal(err)
			}
			if want := fake.Bars(symbol, market.Range{First: q.Start, Last: q.End}); !slices.Equal(got.Run(), want) {
				rt.Fatalf("%s from %s to %s: the parts are not the whole", symbol, q.Start, q.End)
			}
		}
		if _, again := v.Billed(); again > 0 {
			rt.Fatalf("%d days were billed again", again)
		}
	})
}

// TestIdenticalQueriesAreOneFetch, however many ask at once.
func TestIdenticalQueriesAreOneFetch(t *testing.T) {
	v, db := fake.New(t), open(t)
	s := data.NewSource(databento.New(v.URL, fake.Key, vendorhttp.Client{}), db, data.Limits{DayUSD: 5}, fake.Today)
	q := market.Query{Caller: market.Caller{Workspace: "w", Run: "r"}, Symbol: "GLD", Start: window.First, End: window.Last, MaxCostUSD: 5}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			got, err := s.Bars(t.Context(), q, ignore)
			if err != nil || !slices.Equal(got.Bars, fake.Bars("GLD", window)) {
				t.Error(len(got.Bars), err)
			}
		})
	}
	all.Wait()
	usd, again := v.Billed()
	spent, err := db.Spent(t.Context(), "r")
	if n := v.Calls(fake.DataPath); n != 1 || again != 0 || err != nil || spent-usd > 1e-9 || usd-spent > 1e-9 {
		t.Errorf("%d fetches, billed %v, %d again, on record %v, %v", n, usd, again, spent, err)
	}
}

// tenYears is what the benchmarks ask for: 2,517 sessions of one venue.
var tenYears = market.Query{Caller: market.Caller{Workspace: "w"}, Symbol: "GLD", Start: lombard.MustDate("2014-11-03"), End: lombard.MustDate("2024-10-31"), MaxCostUSD: 1e6}

func tenYearSource(b *testing.B) *data.Source {
	b.Helper()
	db, err := sqlite.Open(b.Context(), b.TempDir(), sqlite.Options{Purpose: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	return data.NewSource(databento.New(fake.New(b).URL, fake.Key, vendorhttp.Client{Sleep: noSleep}), db, data.Limits{DayUSD: 1e9}, fake.Today)
}

func askTenYears(b *testing.B, s *data.Source) {
	b.Helper()
	got, err := s.Bars(b.Context(), tenYears, ignore)
	const sessions = 2500
	if err != nil || len(got.Bars) < sessions {
		b.Fatal(len(got.Bars), err)
	}
}

// BenchmarkTenYearsCold asks, fetches, checks, stores and reads ten years.
func BenchmarkTenYearsCold(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := tenYearSource(b)
		b.StartTimer()
		askTenYears(b, s)
	}
}

// BenchmarkTenYearsWarm reads them from the database.
func BenchmarkTenYearsWarm(b *testing.B) {
	s := tenYearSource(b)
	askTenYears(b, s)
	for b.Loop() {
		askTenYears(b, s)
	}
}
