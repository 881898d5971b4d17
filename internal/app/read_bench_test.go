package app_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/export"
)

// everyHedge is a request of every hedge over nineteen years; another loan makes
// another question.
func everyHedge(loan int, more string) string {
	var slugs []string
	for _, t := range hedge.All() {
		if t.Slug != "deleverage-equivalent" {
			slugs = append(slugs, fmt.Sprintf("%q", t.Slug))
		}
	}
	return fmt.Sprintf(`{"symbol":"SPX","start_date":"2001-06-01","end_date":"2020-04-17","template_slugs":[%s],"underlying_units":1000,
		"loan_amount":%d,"margin_call_ltv":0.75,"data_source":"sample"%s}`, strings.Join(slugs, ","), 500_000+loan, more)
}

// BenchmarkEveryHedge is every hedge over nineteen years on a server that does
// nothing else, from its submit to its end: the goals are 1 s, 60 MB above what
// the server held before, and 10 MB at rest.
func BenchmarkEveryHedge(b *testing.B) {
	dir := b.TempDir()
	p := start(b, dir, settings{})
	defer p.stop()
	p.wait(p.submit("w", everyHedge(0, ""))) // what is read once is read
	size := func() int64 {
		if _, err := p.db.Writer().ExecContext(b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, "lombard.db"))
		if err != nil {
			b.Fatal(err)
		}
		return info.Size()
	}
	before, runs := size(), 0
	var took time.Duration
	var most int64
	for b.Loop() {
		runs++
		peak, _ := peakOf(b, func() int { // slower than without looking, so it is not the run that is timed
			p.wait(p.submit("w", everyHedge(2*runs, "")))
			return 0
		})
		most = max(most, peak)
		began := time.Now()
		p.wait(p.submit("w", everyHedge(2*runs+1, "")))
		took += time.Since(began)
	}
	b.ReportMetric(took.Seconds()/float64(runs), "s/run")
	b.ReportMetric(float64(most)/1e6, "MB-live")
	b.ReportMetric(float64(size()-before)/float64(2*runs)/1e6, "MB-at-rest")
}

// BenchmarkReadMemory writes a result of every hedge over nineteen years with a
// lender's daily accounts in each form, and reports the most memory that was live
// at once. The goal is 16 MiB a reader, whatever the result's size.
func BenchmarkReadMemory(b *testing.B) {
	p := start(b, b.TempDir(), settings{})
	defer p.stop()
	page := fstest.MapFS{
		"index.html": {Data: []byte(`<html><head><title>x</title><script type="module" src="/a.js"></script><link rel="stylesheet" href="/a.css"></head><body></body></html>`)},
		"a.js":       {Data: bytes.Repeat([]byte("let x=1\n"), 40_000)}, // as large as the real one
		"a.css":      {Data: bytes.Repeat([]byte("a{top:0}\n"), 4_000)},
	}
	job := p.wait(p.submit("w", everyHedge(1, `,"facility":{"preset":"private_bank_lombard"}`)))
	stored, err := p.Result(b.Context(), "w", job.JobID)
	if err != nil {
		b.Fatal(err, job.Message)
	}
	for name, write := range map[string]func(v *export.View, w io.Writer) error{
		"json":    func(v *export.View, w io.Writer) error { return export.JSON(b.Context(), w, v) },
		"columns": func(v *export.View, w io.Writer) error { return export.Columns(b.Context(), w, v) },
		"summary": func(v *export.View, w io.Writer) error { return export.Summary(b.Context(), w, v) },
		"csv":     func(v *export.View, w io.Writer) error { return export.CSV(b.Context(), w, v) },
		"parquet": func(v *export.View, w io.Writer) error { return export.Parquet(b.Context(), w, v) },
		"arrow":   func(v *export.View, w io.Writer) error { return export.Arrow(b.Context(), w, v) },
		"xlsx":    func(v *export.View, w io.Writer) error { return export.XLSX(b.Context(), w, v) },
		"html":    func(v *export.View, w io.Writer) error { return export.Report(b.Context(), w, page, v.Title(), v) },
	} {
		b.Run(name, func(b *testing.B) {
			var most int64
			for b.Loop() {
				runtime.GC() // pools are emptied at the second collection
				debug.FreeOSMemory()
				peak, _ := peakOf(b, func() int {
					opened, err := stored.Open()
					if err != nil {
						b.Fatal(err)
					}
					view, err := export.Look(opened, export.Selection{})
					if err == nil {
						err = write(view, io.Discard)
					}
					if err != nil {
						b.Fatal(err)
					}
					return 0
				})
				most = max(most, peak)
			}
			b.ReportMetric(float64(most)/(1<<20), "MiB-live")
		})
	}
}
