package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/httpapi"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/provider/sample"
)

// BenchmarkTenYears is one job from its submit over HTTP until its result has
// been read over HTTP, on a server that does nothing else. The goals of both
// styles are 10 ms in the median and 50 ms at the 99th percentile.
func BenchmarkTenYears(b *testing.B) {
	for _, style := range []string{"european", "american"} {
		for _, view := range []string{"?fields=summary", "?format=columns", ""} {
			b.Run(style+" result"+view, func(b *testing.B) {
				p := start(b, b.TempDir(), settings{})
				defer p.stop()
				server := httptest.NewServer(httpapi.New(httpapi.Serving(p.Service), httpapi.Options{}))
				defer server.Close()
				var took []time.Duration
				var size int64
				for i := 0; b.Loop(); i++ {
					began := time.Now()
					var job lombard.Job
					r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.URL+"/api/v1/workspaces/w/backtests", strings.NewReader(fmt.Sprintf(tenYears, i+1, style)))
					if err != nil {
						b.Fatal(err)
					}
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Prefer", "wait=60")
					answer, err := http.DefaultClient.Do(r)
					if err == nil {
						err = json.NewDecoder(answer.Body).Decode(&job)
						_ = answer.Body.Close()
					}
					if err != nil || !job.HasResult {
						b.Fatalf("%+v, %v", job, err)
					}
					answer, err = http.Get(server.URL + "/api/v1/workspaces/w/backtests/" + job.JobID + "/result" + view)
					if err == nil {
						size, err = io.Copy(io.Discard, answer.Body)
						_ = answer.Body.Close()
					}
					if err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(began))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
				b.ReportMetric(float64(size)/1024, "KiB-read")
			})
		}
	}
}

// BenchmarkCompute is the engine alone, and encoding alone.
func BenchmarkCompute(b *testing.B) {
	for _, style := range []string{"european", "american"} {
		scenario, err := document.Scenario(fmt.Appendf(nil, tenYears, 1, style))
		if err != nil {
			b.Fatal(err)
		}
		source := sample.New()
		b.Run(style, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := only(source).Run(b.Context(), load.Caller{Workspace: "w"}, scenario); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	scenario, err := document.Scenario(fmt.Appendf(nil, tenYears, 1, "european"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("engine and columns", func(b *testing.B) { // what lies between the prices and what is stored
		c := opened(b, scenario, only(sample.New()))
		b.ReportAllocs()
		for b.Loop() {
			w := archive.NewWriter(func(archive.Part) error { return nil })
			result, err := c.ResultInto(b.Context(), nil, func(place, _ int, t *lombard.TemplateResult) error { return w.Add(place, t) })
			if err == nil {
				_, err = w.Close(&result)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	result, err := only(sample.New()).Run(b.Context(), load.Caller{Workspace: "w"}, scenario)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encoding", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := result.AppendJSON(nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := json.Marshal(result); err != nil {
				b.Fatal(err)
			}
		}
	})
}
