package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

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

// start lets workers claim runs and do something with each.
func (o *office) start(work func(ctx context.Context, c app.Claim) error) {
	o.Helper()
	if err := o.queue.Start(o.Context(), o.claiming(work)); err != nil {
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

func (o *office) claiming(work func(ctx context.Context, c app.Claim) error) jobs.Work {
	return func(ctx context.Context, last bool) (bool, error) {
		now := time.Now()
		c, err := o.Claim(ctx, app.ClaimRequest{Last: last, Worker: "test", Now: now, LeaseUntil: now.Add(time.Minute), Deadline: now.Add(time.Hour)})
		if errors.Is(err, app.ErrNothing) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return true, work(ctx, c)
	}
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

// finishing ends each run and tells which one.
func (o *office) finishing(ended chan<- string) func(ctx context.Context, c app.Claim) error {
	return func(ctx context.Context, c app.Claim) error {
		_, err := o.Finish(ctx, c, cancelled, time.Now())
		ended <- c.RunID
		return err
	}
}

// until waits for a condition.
func (o *office) until(what string, holds func() bool) {
	o.Helper()
	for began := time.Now(); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			o.Fatalf("%s: not within a minute; tickets: %v", what, o.tickets())
		}
	}
}

func TestATicketWakesAWorkerThatGoesOnUntilNothingWaits(t *testing.T) {
	o := openOffice(t, t.TempDir())
	defer o.close()
	for i := range 40 { // more than there are workers
		o.submit(fmt.Sprint(i))
	}
	if got := o.tickets(); got["available"] != 16 || len(got) != 1 {
		t.Errorf("tickets = %v, want one for each of the 16 workers", got)
	}
	ended := make(chan string, 40)
	o.start(o.finishing(ended))
	seen := map[string]bool{}
	for range 40 {
		seen[<-ended] = true
	}
	if len(seen) != 40 {
		t.Errorf("%d runs were worked on, want 40", len(seen))
	}
	o.until("workers that found nothing leave no ticket behind", func() bool { return len(o.tickets()) == 0 })
	o.submit("later")
	if id := <-ended; id != "later" {
		t.Errorf("worked on %s", id)
	}
}

func TestARetryIsWorkedOnWhenItIsDue(t *testing.T) {
	o := openOffice(t, t.TempDir())
	defer o.close()
	ended := make(chan string, 1)
	var due time.Time
	finish := o.finishing(ended)
	o.start(func(ctx context.Context, c app.Claim) error {
		if c.Attempt > 1 {
			if now := time.Now(); now.Before(due) {
				t.Errorf("tried again %v early", due.Sub(now))
			}
			return finish(ctx, c)
		}
		due = time.Now().Add(1500 * time.Millisecond).Truncate(time.Microsecond)
		_, err := o.Finish(ctx, c, app.Outcome{HandBack: true, NextAttempt: true, RetryAt: due}, time.Now())
		return err
	})
	o.submit("one")
	<-ended
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
		t.Fatalf("reconcile = %+v, %v; want one ticket added", got, err)
	}
	ended := make(chan string, 1)
	o.start(o.finishing(ended))
	<-ended
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

func TestLostAndDoubledTicketsAreHarmless(t *testing.T) {
	o := openOffice(t, t.TempDir())
	defer o.close()
	o.submit("one")
	if _, err := o.Writer().ExecContext(t.Context(), "DELETE FROM river_job"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, 2)
	o.start(o.finishing(ended))
	if got, err := o.Reconcile(t.Context(), time.Now(), false); err != nil || got.Requeued != 1 {
		t.Errorf("reconcile = %+v, %v; want one ticket added", got, err)
	}
	<-ended
	if _, err := o.Writer().ExecContext(t.Context(), `INSERT INTO river_job (args, kind, max_attempts, queue, state)
		VALUES (jsonb('{"run_id":"of an older program"}'), 'run', 1, 'interactive', 'available'), (jsonb('{}'), 'run', 1, 'interactive', 'available')`); err != nil {
		t.Fatal(err)
	}
	o.until("tickets without a run retire", func() bool { return len(o.tickets()) == 0 })
}

func TestStopWaitsForRunningWorkAndClaimsNoMore(t *testing.T) {
	o := openOffice(t, t.TempDir())
	started, release := make(chan string, 100), make(chan struct{})
	var ended atomic.Int64
	o.start(func(ctx context.Context, c app.Claim) error {
		started <- c.RunID
		<-release
		_, err := o.Finish(ctx, c, cancelled, time.Now())
		ended.Add(1)
		return err
	})
	for i := range 100 {
		o.submit(fmt.Sprint(i))
	}
	for range 16 {
		<-started
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		o.close()
	}()
	o.until("the queue is being stopped", o.queue.Stopping)
	close(release)
	<-stopped
	if n := ended.Load(); n != 16 || len(started) != 0 {
		t.Errorf("%d of the 16 runs at work were finished, and %d more were claimed", n, len(started))
	}
}
