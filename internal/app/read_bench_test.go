package app_test

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"

	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/export"
)

// peak runs f and returns the most bytes that were live at once beyond those
// before it: it collects whenever a piece is written.
type peak struct {
	before uint64
	most   atomic.Uint64
	writes int
}

func (p *peak) Write(b []byte) (int, error) {
	if p.writes++; p.writes%8 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > p.before {
			p.most.Store(max(p.most.Load(), m.HeapAlloc-p.before))
		}
	}
	return len(b), nil
}

// BenchmarkReadMemory writes a result of every hedge over nineteen years with a
// lender's daily accounts in each form, and reports the most memory that was live
// at once. The goal is 16 MiB a reader, whatever the result's size.
func BenchmarkReadMemory(b *testing.B) {
	p := start(b, b.TempDir(), app.Config{})
	defer p.stop()
	var slugs []string
	for _, t := range hedge.All() {
		if t.Slug != "deleverage-equivalent" {
			slugs = append(slugs, fmt.Sprintf("%q", t.Slug))
		}
	}
	job := p.wait(p.submit("w", fmt.Sprintf(`{"symbol":"SPX","start_date":"2001-06-01","end_date":"2020-04-17","template_slugs":[%s],"underlying_units":1000,
		"loan_amount":500000,"margin_call_ltv":0.75,"data_source":"sample","facility":{"preset":"private_bank_lombard"}}`, strings.Join(slugs, ","))))
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
	} {
		b.Run(name, func(b *testing.B) {
			out := &peak{}
			for b.Loop() {
				runtime.GC() // pools are emptied at the second collection
				debug.FreeOSMemory()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				out.before = m.HeapAlloc
				opened, err := stored.Open()
				if err != nil {
					b.Fatal(err)
				}
				view, err := export.Look(opened, export.Selection{})
				if err == nil {
					err = write(view, out)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(out.most.Load())/(1<<20), "MiB-live")
		})
	}
}
