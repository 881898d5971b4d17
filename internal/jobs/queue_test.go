package jobs_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/jobs"
	"lombard.example/lombard/internal/store/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is a store with its queue, as the program wires them.
type office struct {
	testing.TB
	*sqlite.DB
	queue *jobs.Queue
}

func openOffice(t testing.TB, dir string) *office {
	t.Helper()
	db, err := sqlite.Open(t.Context(), dir, sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := jobs.New(t.Context(), db.Writer(), jobs.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	db.UseTickets(queue)
	return &office{TB: t, DB: db, queue: queue}
}

func (o *office) start(work func(ctx context.Context, runID string, ticket int64) error) {
	o.Helper()
	if err := o.queue.Start(o.Context(), work); err != nil {
		o.TB.Fatal(err)
	}
}

func (o *office) close() {
	o.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := errors.Join(o.queue.Stop(ctx), o.Close()); err != nil {
		o.Errorf("close: %v", err)
	}
}

func (o *office) submit(id string) {
	o.Helper()
	_, err := o.Submit(o.Context(), app.NewRun{ID: id, Workspace: "w-" + id, ScenarioID: id, BodyHash: id, Now: time.Now()})
	if err != nil {
		o.Fatalf("submit: %v", err)
	}
}

func (o *office) claim(ctx context.Context, id string, ticket int64) (app.Claim, error) {
	now := time.Now()
	return o.Claim(ctx, app.ClaimRequest{RunID: id, Ticket: ticket, Worker: "test", Now: now, LeaseUntil: now.Add(time.Minute), Deadline: now.Add(time.Hour)})
}

// tickets counts the queue's rows by state.
func (o *office) tickets() map[string]int {
	o.Helper()
	rows, err := o.Writer().QueryContext(o.Context(), "SELECT state, count(*) FROM river_job GROUP BY state")
	if err != nil {
		o.TB.Fatal(err)
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			o.TB.Fatal(err)
		}
		counts[state] = n
	}
	if err := rows.Err(); err != nil {
		o.TB.Fatal(err)
	}
	return counts
}

var cancelled = app.Outcome{Cancelled: true}

func TestATicketWakesAWorkerAndIsCompletedWithTheRun(t *testing.T) {
	o := openOffice(t, t.TempDir())
	defer o.close()
	finished := make(chan error, 1)
	o.start(func(ctx context.Context, id string, ticket int64) error {
		c, err := o.claim(ctx, id, ticket)
		if err == nil {
			_, err = o.Finish(ctx, c, cancelled, time.Now())
		}
		finished <- err
		return err
	})
	o.submit("one")
	if err := <-finished; err != nil {
		t.Fatalf("work: %v", err)
	}
	if got := o.tickets(); got["completed"] != 1 || len(got) != 1 {
		t.Errorf("tickets = %v, want one completed in the run's own transaction", got)
	}
}

func TestARetryGetsATicketOfItsOwnWhenItIsDue(t *testing.T) {
	o := openOffice(t, t.TempDir())
	defer o.close()
	var mu sync.Mutex
	var seen []int64
	finished := make(chan error, 1)
	o.start(func(ctx context.Context, id string, ticket int64) error {
		mu.Lock()
		seen = append(seen, ticket)
		again := len(seen) == 1
		mu.Unlock()
		c, err := o.claim(ctx, id, ticket)
		if err != nil {
			finished <- err
			return err
		}
		if again {
			_, err = o.Finish(ctx, c, app.Outcome{HandBack: true, NextAttempt: true}, time.Now())
			return err
		}
		_, err = o.Finish(ctx, c, cancelled, time.Now())
		finished <- err
		return err
	})
	o.submit("one")
	if err := <-finished; err != nil {
		t.Fatalf("work: %v", err)
	}
	if len(seen) != 2 || seen[0] == seen[1] {
		t.Errorf("tickets used = %v, want two different ones", seen)
	}
}

func TestATicketOfADeadProcessIsVoidAndReplaced(t *testing.T) {
	dir := t.TempDir()
	o := openOffice(t, dir)
	o.submit("one")
	// The process dies between taking the ticket and claiming the run.
	if _, err := o.Writer().ExecContext(t.Context(), "UPDATE river_job SET state = 'running'"); err != nil {
		t.Fatal(err)
	}
	o.close()

	o = openOffice(t, dir)
	defer o.close()
	if got, err := o.Reconcile(t.Context(), time.Now(), true); err != nil || got.Requeued != 1 {
		t.Fatalf("reconcile = %+v, %v; want one requeued", got, err)
	}
	finished := make(chan error, 1)
	o.start(func(ctx context.Context, id string, ticket int64) error {
		c, err := o.claim(ctx, id, ticket)
		if err == nil {
			_, err = o.Finish(ctx, c, cancelled, time.Now())
		}
		finished <- err
		return err
	})
	if err := <-finished; err != nil {
		t.Errorf("work after the restart: %v", err)
	}
}

func TestAFailedSubmitLeavesNoTicket(t *testing.T) {
	o := openOffice(t, t.TempDir())
	defer o.close()
	o.submit("one")
	_, err := o.Submit(t.Context(), app.NewRun{ID: "one", Workspace: "other", ScenarioID: "x", BodyHash: "x", Now: time.Now()})
	if err == nil {
		t.Fatal("a second run with the same id was accepted")
	}
	if got := o.tickets(); got["available"] != 1 || len(got) != 1 {
		t.Errorf("tickets = %v, want the first run's alone", got)
	}
}

func TestCancellingAPendingRunRetiresItsTicket(t *testing.T) {
	o := openOffice(t, t.TempDir())
	defer o.close()
	o.submit("one")
	if _, err := o.Cancel(t.Context(), "w-one", "one", lombard.CancelUser, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := o.tickets(); len(got) != 0 {
		t.Errorf("tickets = %v, want none", got)
	}
}

func TestStopWaitsForRunningWork(t *testing.T) {
	o := openOffice(t, t.TempDir())
	started, release := make(chan struct{}), make(chan struct{})
	var ended bool
	o.start(func(context.Context, string, int64) error {
		close(started)
		<-release
		ended = true
		return nil
	})
	o.submit("one")
	<-started
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		o.close()
	}()
	close(release)
	<-stopped
	if !ended {
		t.Error("the queue stopped before its worker did")
	}
}

func TestMissingKnowsEveryState(t *testing.T) {
	o := openOffice(t, t.TempDir())
	defer o.close()
	for i := range 3 {
		o.submit(fmt.Sprint(i))
	}
	if _, err := o.Writer().ExecContext(t.Context(), "UPDATE river_job SET state = 'completed', finalized_at = '2024-01-01 00:00:00' WHERE id = 2"); err != nil {
		t.Fatal(err)
	}
	tx, err := o.Writer().BeginTx(t.Context(), &sql.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	got, err := o.queue.Missing(t.Context(), tx, []int64{1, 2, 3, 99})
	if err != nil || fmt.Sprint(got) != "[2 99]" {
		t.Errorf("missing = %v, %v; want [2 99]", got, err)
	}
}

// BenchmarkSubmitToDone is trivial work, one client: submit, claim, finish,
// each durable.
func BenchmarkSubmitToDone(b *testing.B) {
	o := openOffice(b, b.TempDir())
	defer o.close()
	finished := make(chan error, 1)
	o.start(func(ctx context.Context, id string, ticket int64) error {
		c, err := o.claim(ctx, id, ticket)
		if err == nil {
			_, err = o.Finish(ctx, c, cancelled, time.Now())
		}
		finished <- err
		return err
	})
	for i := 0; b.Loop(); i++ {
		o.submit(fmt.Sprint(i))
		if err := <-finished; err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJobsPerSecond is trivial work, eight clients.
func BenchmarkJobsPerSecond(b *testing.B) {
	o := openOffice(b, b.TempDir())
	defer o.close()
	var mu sync.Mutex
	waiting := map[string]chan error{}
	o.start(func(ctx context.Context, id string, ticket int64) error {
		c, err := o.claim(ctx, id, ticket)
		if err == nil {
			_, err = o.Finish(ctx, c, cancelled, time.Now())
		}
		mu.Lock()
		defer mu.Unlock()
		waiting[id] <- err
		return err
	})
	b.SetParallelism(4)
	var serial int
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			done := make(chan error, 1)
			mu.Lock()
			serial++
			id := fmt.Sprint(serial)
			waiting[id] = done
			mu.Unlock()
			o.submit(id)
			if err := <-done; err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}
