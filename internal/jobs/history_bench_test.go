//go:build unix

package jobs_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// storeRuns puts finished runs of a thousand workspaces into the history, each
// with a result and a scenario of the usual size.
func (o *office) storeRuns(n int) {
	o.Helper()
	tx, err := o.Writer().BeginTx(o.Context(), nil)
	if err != nil {
		o.TB.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range []string{
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < min(?1, 1000)) INSERT OR IGNORE INTO workspace (id) SELECT 'h' || i FROM n WHERE ?1 > 0",
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) INSERT INTO result (digest, encoding, size, bytes) SELECT 'stored-' || i, 'zstd', 1, randomblob(2000) FROM n WHERE ?1 > 0",
		`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
		INSERT INTO run (id, workspace_id, scenario, scenario_id, request_key, body_hash, name, symbol, status, stage, progress, message, result_digest, created_at, started_at, completed_at, updated_at)
		SELECT 'stored-' || i, 'h' || (1 + i % 1000), '{"x":"' || hex(zeroblob(900)) || '"}', '', 'key-' || i, '', 'Gold ' || i, 'XAU',
			'complete', 'complete', 100, 'The result is ready.', 'stored-' || i, i, i, i, i FROM n WHERE ?1 > 0`,
	} {
		if _, err := tx.ExecContext(o.Context(), statement, n); err != nil {
			o.TB.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		o.TB.Fatal(err)
	}
}

// BenchmarkHistory is trivial work (submit, claim, finish with a small result,
// each on disk before it is answered) beside a history of so many runs, by one
// client and by sixteen. The rate must not depend on the history.
func BenchmarkHistory(b *testing.B) {
	for _, stored := range []int{0, 10_000, 100_000} {
		b.Run(fmt.Sprintf("stored=%d", stored), func(b *testing.B) {
			o := openOffice(b, b.TempDir())
			defer o.close()
			o.storeRuns(stored) // once, however often the clients below are measured
			crowd := newCrowd(o)
			crowd.work(16, 200) // warm
			for _, clients := range []int{1, 16} {
				b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
					before := cpuTime(b)
					took := crowd.work(clients, b.N)
					b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/job")
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
					b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
				})
			}
		})
	}
}

// cpuTime is what the process has computed so far. Unlike the rate, it says the
// same on a machine that others use too.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// crowd is clients who submit trivial work and wait for its end.
type crowd struct {
	*office
	mu     sync.Mutex
	serial int
	ends   map[string]chan error
}

func newCrowd(o *office) *crowd {
	c := &crowd{office: o, ends: map[string]chan error{}}
	o.start(func(ctx context.Context, claim app.Claim) error {
		document := fmt.Appendf(nil, `{"job":%q}`, claim.RunID)
		digest := sha256.Sum256(document)
		_, err := o.Finish(ctx, claim, app.Outcome{Document: document, Digest: hex.EncodeToString(digest[:])}, time.Now())
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ends[claim.RunID] <- err
		return err
	})
	return c
}

// work does n jobs and returns how long each took, shortest first.
func (c *crowd) work(clients, n int) []time.Duration {
	c.Helper()
	var all []time.Duration
	var wait sync.WaitGroup
	left := n
	for range clients {
		wait.Go(func() {
			for {
				end := make(chan error, 1)
				c.mu.Lock()
				if left == 0 {
					c.mu.Unlock()
					return
				}
				left--
				c.serial++
				id := fmt.Sprintf("job-%d", c.serial)
				c.ends[id] = end
				c.mu.Unlock()
				began := time.Now()
				c.submit(id)
				if err := <-end; err != nil {
					c.Error(err)
				}
				took := time.Since(began)
				c.mu.Lock()
				all = append(all, took)
				c.mu.Unlock()
			}
		})
	}
	wait.Wait()
	slices.Sort(all)
	return all
}

// BenchmarkStart opens a data directory with 100,000 stored runs, with its
// queue, takes over what was running, and begins to work.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	o := openOffice(b, dir)
	o.storeRuns(100_000)
	o.close()
	for b.Loop() {
		o := openOffice(b, dir)
		if _, err := o.Reconcile(b.Context(), time.Now(), true); err != nil {
			b.Fatal(err)
		}
		o.start(func(context.Context, app.Claim) error { return nil })
		b.StopTimer()
		o.close()
		b.StartTimer()
	}
}

// BenchmarkList is one page of the history of a workspace with 100,000 runs.
func BenchmarkList(b *testing.B) {
	o := openOffice(b, b.TempDir())
	defer o.close()
	o.storeRuns(100_000)
	if _, err := o.Writer().ExecContext(b.Context(), "UPDATE run SET workspace_id = 'h1'"); err != nil {
		b.Fatal(err)
	}
	for name, q := range map[string]app.ListQuery{
		"newest":           {Limit: 50},
		"status":           {Limit: 50, Status: lombard.StatusComplete},
		"status of none":   {Limit: 50, Status: lombard.StatusFailed},
		"search":           {Limit: 50, Search: "Gold 9"},
		"search that ends": {Limit: 50, Search: "of no run"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := o.List(b.Context(), "h1", q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFairness is how long a lone run of a workspace takes from its submit
// to its claim behind a million that wait in another, and what a submit and a
// poll cost there.
func BenchmarkFairness(b *testing.B) {
	const waiting = 1_000_000
	o := openOffice(b, b.TempDir())
	defer o.close()
	o.queueRuns(waiting)
	claimed := make(chan string)
	o.start(func(ctx context.Context, c app.Claim) error {
		claimed <- c.RunID
		_, err := o.Finish(ctx, c, cancelled, time.Now())
		return err
	})
	if _, err := o.Reconcile(b.Context(), time.Now(), false); err != nil {
		b.Fatal(err)
	}
	for range 20 { // workers are at it
		<-claimed
	}
	var behind, submit, poll time.Duration
	for i := 0; b.Loop(); i++ {
		id := fmt.Sprintf("lone-%d", i)
		began := time.Now()
		o.submit(id)
		submit += time.Since(began)
		for <-claimed != id {
			continue
		}
		behind += time.Since(began)
		began = time.Now()
		if job, err := o.Job(b.Context(), "crowd", fmt.Sprint("waiting-", waiting)); err != nil || *job.QueuePosition != lombard.MostCountedAhead+1 {
			b.Fatalf("the last of the crowd is at %v, %v", job.QueuePosition, err)
		}
		poll += time.Since(began)
	}
	b.ReportMetric(float64(behind.Microseconds())/1000/float64(b.N), "ms/lone-run")
	b.ReportMetric(float64(submit.Microseconds())/1000/float64(b.N), "ms/submit")
	b.ReportMetric(float64(poll.Microseconds())/1000/float64(b.N), "ms/poll")
	go func() {
		for range claimed { // what is at work when the queue stops
			continue
		}
	}()
	b.Cleanup(func() { close(claimed) })
}

// queueRuns lets so many runs of one workspace wait.
func (o *office) queueRuns(n int) {
	o.Helper()
	if _, err := o.Writer().ExecContext(o.Context(), `INSERT INTO workspace (id) VALUES ('crowd')`); err != nil {
		o.TB.Fatal(err)
	}
	if _, err := o.Writer().ExecContext(o.Context(), `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
		INSERT INTO run (id, workspace_id, scenario, scenario_id, request_key, body_hash, name, symbol, status, stage, turn, created_at, updated_at)
		SELECT 'waiting-' || i, 'crowd', '{}', '', '', '', '', 'XAU', 'pending', 'validating', i, i, i FROM n`, n); err != nil {
		o.TB.Fatal(err)
	}
}
