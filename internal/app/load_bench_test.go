package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard/internal/httpapi"
)

// BenchmarkPollUnderLoad is one status poll over HTTP while every core computes
// American paths of ten years; it reports the 99th percentile.
func BenchmarkPollUnderLoad(b *testing.B) {
	p := start(b, b.TempDir(), settings{})
	defer p.stop()
	server := httptest.NewServer(httpapi.New(httpapi.Serving(p.Service), httpapi.Options{}))
	defer server.Close()
	var path string
	keepBusy := func(i int) {
		for w := range 4 { // two compute, two wait for their slots
			job := p.submit(fmt.Sprintf("w%d", w), fmt.Sprintf(tenYears, 4*i+w+1, "american"))
			path = fmt.Sprintf("%s/api/v1/workspaces/w%d/backtests/%s", server.URL, w, job.JobID)
		}
	}
	keepBusy(0)
	var took []time.Duration
	rounds := 1
	for b.Loop() {
		if len(took)%400 == 399 {
			keepBusy(rounds)
			rounds++
		}
		began := time.Now()
		answer, err := http.Get(path)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "polls/s")
}

// BenchmarkMemory is a thousand stored ten-year results: what the process
// holds in memory with them and what one takes on disk.
func BenchmarkMemory(b *testing.B) {
	const results = 1000
	for b.Loop() {
		dir := b.TempDir()
		p := start(b, dir, settings{})
		for i := range results {
			p.wait(p.submit(fmt.Sprintf("w%d", i%20), fmt.Sprintf(tenYears, i+1, "european")))
		}
		b.ReportMetric(residentMiB(b), "RSS-MiB")
		p.stop()
		info, err := os.Stat(dir + "/lombard.db")
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/results/1024, "KiB/result")
	}
}

// residentMiB reads the resident set where the system tells it.
func residentMiB(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("the resident set is read from /proc")
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib / 1024
		}
	}
	return 0
}
