package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/document"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/provider"
	"lombard.example/lombard/internal/provider/synthetic"
)

// costly is a request of so many years of weekdays, hedges and legs a hedge.
func costly(years, hedges, legs int) string {
	slugs := []string{}
	template := `"template":` + ladderOf(legs)
	if hedges > 1 {
		for _, t := range hedge.All()[:hedges] {
			slugs = append(slugs, fmt.Sprintf("%q", t.Slug))
		}
		template = `"template_slugs":[` + strings.Join(slugs, ",") + `]`
	}
	return fmt.Sprintf(`{"symbol":"SYN-7","start_date":"1992-03-02","end_date":"%d-03-02",%s,
 "underlying_units":1000,"loan_amount":25000,"margin_call_ltv":0.75,"data_source":"synthetic"}`, 1992+years, template)
}

// ladderOf is a template of so many puts.
func ladderOf(legs int) string {
	all := make([]map[string]any, legs)
	for i := range all {
		all[i] = map[string]any{
			"id": fmt.Sprintf("put%d", i), "right": "put", "side": "long", "ratio": fmt.Sprintf("1/%d", legs),
			"strike": map[string]any{"method": "moneyness", "of": "spot", "value": 1 - float64(i)/100},
			"expiry": map[string]any{"tenor": "12m"},
		}
	}
	text, _ := json.Marshal(map[string]any{
		"slug": "ladder", "title": "A ladder of puts", "family": "put", "schema": 1, "legs": all,
		"roll": []any{map[string]any{"when": "expiry", "do": "renew"}},
	})
	return string(text)
}

// BenchmarkRunMemory is where the constants of a run's estimated cost come
// from: the most that is live on the heap while a run is computed and its
// result is packed. With the collector running at every twentieth part of
// growth that is at most a twentieth too much.
func BenchmarkRunMemory(b *testing.B) {
	for _, row := range []struct{ years, hedges, legs int }{
		{1, 1, 1}, {10, 1, 1}, {20, 1, 1}, {37, 1, 1}, {20, 1, 4}, {20, 1, 12}, {20, 10, 1}, {20, 30, 1}, {37, 30, 1},
	} {
		b.Run(fmt.Sprintf("%d-years/%d-hedges/%d-legs", row.years, row.hedges, row.legs), func(b *testing.B) {
			scenario, err := document.Scenario([]byte(costly(row.years, row.hedges, row.legs)))
			if err != nil {
				b.Fatal(err)
			}
			var peak int64
			var days int
			for b.Loop() {
				peak, days = peakOf(b, func() int { return computeAll(b, scenario) })
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
			b.ReportMetric(float64(peak)/float64(days), "B/day")
		})
	}
}

// opened is a scenario on its prices.
func opened(b *testing.B, scenario lombard.Scenario, sources load.Sources) *calc.Case {
	b.Helper()
	plan, err := sources.Plan(scenario)
	if err != nil {
		b.Fatal(err)
	}
	c, err := sources.Open(b.Context(), load.Caller{Workspace: "w"}, &plan, func(int64, int64) {})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func computeAll(b *testing.B, scenario lombard.Scenario) (days int) {
	b.Helper()
	waiting := 0
	w := archive.NewWriter(func(p archive.Part) error { waiting += len(p.Body); return nil })
	result, err := opened(b, scenario, provider.New(synthetic.New()).Lookup).ResultInto(context.Background(), nil, func(place, _ int, t *lombard.TemplateResult) error {
		days = len(t.DailyPath)
		return w.Add(place, t)
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := w.Close(&result); err != nil {
		b.Fatal(err)
	}
	return days
}

// peakOf returns the most that was live on the heap above what was there
// before.
func peakOf(b *testing.B, work func() int) (peak int64, result int) {
	b.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	live := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	runtime.GC()
	before := live()
	done := make(chan struct{})
	var sampling sync.WaitGroup
	sampling.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
				peak = max(peak, live()-before)
			}
		}
	})
	result = work()
	close(done)
	sampling.Wait()
	return peak, result
}
