package cli

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/provider/chainfile"
	"lombard.example/lombard/internal/provider/csvfile"
)

// chainRows is a file of option chains with so many options.
func chainRows(n int) []byte {
	var b bytes.Buffer
	b.WriteString("quote_date,expiration,strike,type,bid,ask\n")
	for i := range n {
		date := lombard.NewDate(2010, 1, 4) + lombard.Date(i/400)
		fmt.Fprintf(&b, "%s,%s,%d,%s,1.00,2.00\n", date, date+90, 10+i%400/2, []string{"put", "call"}[i%2])
	}
	return b.Bytes()
}

// priceRows is a file of daily prices with so many days.
func priceRows(n int) []byte {
	var b bytes.Buffer
	b.WriteString("date,open,high,low,close,volume\n")
	for i := range n {
		fmt.Fprintf(&b, "%s,100.25,101.50,99.75,100.%02d,123456\n", lombard.NewDate(1601, 1, 1)+lombard.Date(i), i%100)
	}
	return b.Bytes()
}

func packed(text []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text)
	_ = z.Close()
	return b.Bytes()
}

// mostLive returns the most that was live on the heap above what was there
// before.
func mostLive(work func()) (peak int64) {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	live := func() int64 {
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}} // what the last collection found in use
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
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
	work()
	close(done)
	sampling.Wait()
	return peak
}

// BenchmarkImportMemory is where the constants of a file's estimated cost come
// from.
func BenchmarkImportMemory(b *testing.B) {
	for name, text := range map[string][]byte{
		"chains/100000": chainRows(100_000), "chains/1000000": chainRows(1_000_000), "prices/20000": priceRows(20_000), "prices/190000": priceRows(190_000),
	} {
		rows := float64(bytes.Count(text, []byte("\n")))
		for form, file := range map[string][]byte{"plain": text, "gzip": packed(text)} {
			b.Run(name+"/"+form, func(b *testing.B) {
				l, err := openLocal(b.Context(), config.Config{DataDir: b.TempDir()}, holder{purpose: "test", log: slog.New(slog.DiscardHandler)})
				if err != nil {
					b.Fatal(err)
				}
				defer l.Close()
				var peak int64
				for b.Loop() {
					peak = mostLive(func() {
						if _, err := l.Import(b.Context(), "w", "X", "x.csv", file); err != nil {
							b.Fatal(err)
						}
					})
				}
				cost, err := costOfFile(bytes.NewReader(file))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
				b.ReportMetric(float64(cost)/(1<<20), "estimated-MiB")
				b.ReportMetric(float64(peak)/rows, "B/row")
			})
		}
	}
}

// TestWhatAFileIsEstimatedToTake counts what is live on the heap while a file is
// imported, which is no more than what is taken from the budget for it: what each
// collection finds in use, so that garbage which a busy machine has not come to
// does not count.
func TestWhatAFileIsEstimatedToTake(t *testing.T) {
	for name, file := range map[string][]byte{
		"chains": chainRows(60_000), "prices": priceRows(15_000), "packed chains": packed(chainRows(60_000)), "packed prices": packed(priceRows(15_000)),
	} {
		l, err := openLocal(t.Context(), config.Config{DataDir: t.TempDir()}, holder{purpose: "test", log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		cost, err := costOfFile(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		peak := int64(math.MaxInt64)
		for try := 0; try < 5 && peak > cost && err == nil; try++ {
			peak = min(peak, mostLive(func() { _, err = l.Import(t.Context(), "w", fmt.Sprintf("X%d", try), "x.csv", file) }))
		}
		if err != nil || peak > cost {
			t.Errorf("%s: %d KiB were live, %d were estimated, %v", name, peak>>10, cost>>10, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTheCostOfAFileIsBoundedByItsRows(t *testing.T) {
	lines := "date,close\n" + strings.Repeat("\n", 2*csvfile.MaxRows)
	cost, err := costOfFile(strings.NewReader(lines))
	if want := int64(costOfFileItself + costOfPriceRow*csvfile.MaxRows); err != nil || cost != want {
		t.Errorf("prices: %d, %v, want %d", cost, err, want)
	}
	header := "quote_date,expiration,strike,type,bid,ask\n"
	cost, err = costOfFile(strings.NewReader(header + strings.Repeat("\n", chainfile.MaxRows+1)))
	if want := int64(costOfFileItself + costOfChainRow*chainfile.MaxRows); err != nil || cost != want {
		t.Errorf("chains: %d, %v, want %d", cost, err, want)
	}
	for _, damaged := range []string{"", "PK\x03\x04", "\x1f\x8bxx"} {
		if cost, err := costOfFile(strings.NewReader(damaged)); err != nil || cost > costOfFileItself+costOfPriceRow {
			t.Errorf("%q: %d, %v", damaged, cost, err)
		}
	}
}

func TestAFileBeyondTheBudgetIsRefused(t *testing.T) {
	l, err := openLocal(t.Context(), config.Config{DataDir: t.TempDir(), MemoryBytes: config.MinMemory}, holder{purpose: "test", log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file := append(chainRows(0), strings.Repeat("2010-01-04,2010-04-04,10,put,1,2\n", 1_200_000)...)
	_, err = l.Import(t.Context(), "w", "X", "x.csv", file)
	own, _ := errors.AsType[*lombard.Error](err)
	if own == nil || own.Kind != lombard.KindResourceLimit || own.Code != lombard.CodeTooMuchMemory || !strings.Contains(own.Hint, "--memory") {
		t.Fatalf("err = %v, want kind resource_limit", err)
	}
	if _, err := l.Import(t.Context(), "w", "X", "x.csv.gz", packed(chainRows(20_000))); err != nil {
		t.Errorf("a tenth of it: %v", err)
	}
}
