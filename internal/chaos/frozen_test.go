package chaos

import (
	"context"
	"fmt"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/chaos/checker"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/store/storetest"
	"lombard.example/lombard/internal/worker"
	"lombard.example/lombard/market"
)

// moment is when a frozen worker comes back to life.
type moment int

const (
	takenAway   moment = iota // its run waits for another worker
	atWork                    // another worker computes its run
	overAlready               // another worker has finished its run
	cancelled                 // its run was cancelled and ended by the reconciler
)

func moments() []moment { return []moment{takenAway, atWork, overAlready, cancelled} }

// String names the moment.
func (m moment) String() string {
	return map[moment]string{takenAway: "before anybody else", atWork: "beside another worker", overAlready: "after another worker", cancelled: "after a cancel"}[m]
}

// frozenWorld is two workers on one store, of whom the first freezes.
type frozenWorld struct {
	t       *testing.T
	clock   *stepClock
	tickets *storetest.Tickets
	store   *sqlite.DB
	history *checker.History
	first   station
	second  station
	ice     *freezer // of the first
	hold    *freezer // of the second
}

// station is a desk and its worker, as one process has them.
type station struct {
	*app.Service
	worker *worker.Worker
}

func newFrozenWorld(t *testing.T) *frozenWorld {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	w := &frozenWorld{
		t: t, store: db, clock: &stepClock{now: time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)},
		tickets: storetest.NewTickets(), history: checker.NewHistory(time.Now()), ice: &freezer{}, hold: &freezer{},
	}
	db.UseTickets(w.tickets)
	w.first, w.second = w.worker("first", w.ice), w.worker("second", w.hold)
	return w
}

func (w *frozenWorld) worker(name string, f *freezer) station {
	prices := &scripted{Source: sample.New(), script: func(context.Context, market.Query) error {
		f.pass(fetching)
		if reached, ok := f.armedFor(beating); ok {
			<-reached // the first stage is being written
		}
		return nil
	}}
	store, feed, sources := &recorder{Store: w.store, worker: name, history: w.history, freezer: f}, live.New(10_000, nil), only(prices)
	return station{
		app.New(app.Config{Store: store, Tickets: w.tickets, Feed: feed, Clock: w.clock, Sources: sources}),
		worker.New(worker.Config{Store: store, Feed: feed, Clock: w.clock, Sources: sources.Lookup}),
	}
}

// shortRequest is a run of a few days.
func shortRequest(t *testing.T, name string, loan float64) []byte {
	t.Helper()
	return encode(t, map[string]any{
		"scenario_name": name, "symbol": "XAU", "start_date": "1988-01-04", "end_date": "1988-01-15", "template_slug": "protective-put-atm-12m",
		"underlying_units": 1000, "loan_amount": loan, "margin_call_ltv": 0.75, "data_source": scriptedSlug,
		"assumptions": map[string]any{"option_style": "european"},
	})
}

// submit records the submit as a client's.
func submit(t *testing.T, s *app.Service, h *checker.History, workspace, name string, loan float64) lombard.Job {
	t.Helper()
	e := h.Begin(checker.Event{Client: workspace, Op: checker.OpSubmit, Workspace: workspace, Input: name}, time.Now())
	out, err := s.Submit(t.Context(), app.SubmitRequest{Workspace: workspace, Body: shortRequest(t, name, loan)})
	if err != nil {
		t.Fatalf("submit: %v", err)
	}
	e.Phase, e.JobID, e.Job = checker.OK, out.Job.JobID, checker.JobOf(&out.Job)
	h.Add(e, time.Now())
	return out.Job
}

// work lets a worker work on the run that is next, which is the only one; the
// channel is closed when it has dropped it.
func (w *frozenWorld) work(s station) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := s.worker.Work(context.WithoutCancel(w.t.Context()), false); err != nil {
			w.t.Errorf("work: %v", err)
		}
	}()
	return done
}

// cycle freezes the first worker past its lease, has the reconciler take the
// run away, and thaws it at the moment.
func (w *frozenWorld) cycle(serial int, at place, when moment) {
	const workspace = "w"
	w.t.Helper()
	job := submit(w.t, w.first.Service, w.history, workspace, fmt.Sprintf("freeze #%d", serial), 301000+float64(serial)/100)
	frozen, thaw := w.ice.arm(at)
	old := w.work(w.first)
	resume := func() { // the old worker comes back and drops what it has
		thaw()
		<-old
	}
	defer resume()
	<-frozen
	if when == cancelled {
		w.history.Begin(checker.Event{Client: workspace, Op: checker.OpCancel, Workspace: workspace, JobID: job.JobID}, time.Now())
		if _, err := w.second.Cancel(w.t.Context(), workspace, job.JobID); err != nil {
			w.t.Fatalf("cancel: %v", err)
		}
	}
	w.clock.add(time.Minute)
	mended, err := w.store.Reconcile(w.t.Context(), w.clock.Now(), false)
	if err != nil || mended.TakenOver+mended.Cancelled != 1 {
		w.t.Fatalf("reconcile = %+v, %v; want the one run mended", mended, err)
	}
	w.history.Add(checker.Event{Client: "reconciler", Op: checker.OpRevoke, Phase: checker.OK, JobID: job.JobID}, time.Now())
	switch when {
	case cancelled:
		resume()
	case takenAway:
		resume()
		<-w.work(w.second)
	case overAlready:
		<-w.work(w.second)
		resume()
	case atWork:
		busy, release := w.hold.arm(fetching)
		next := w.work(w.second)
		<-busy
		resume()
		release()
		<-next
	}
	want := lombard.StatusComplete
	if when == cancelled {
		want = lombard.StatusCancelled
	}
	if end, err := w.store.Job(w.t.Context(), workspace, job.JobID); err != nil || end.Status != want {
		w.t.Errorf("frozen %s, thawed %s: %s is %s, %v; want %s", at, when, job.JobID, end.Status, err, want)
	}
}

// TestFrozenWorker is R5: a worker that was frozen past its lease comes back
// and writes; nothing it writes is accepted.
func TestFrozenWorker(t *testing.T) {
	t.Parallel()
	cycles := amount(1000, 200)
	w := newFrozenWorld(t)
	for i := range cycles {
		w.cycle(i+1, places()[i%len(places())], moments()[i/len(places())%len(moments())])
		if t.Failed() {
			break
		}
	}
	r := checker.Check(w.history.Events(), storedFinals(t, w.store, "w"), nil, checker.Conditions{})
	refused := 0
	for _, e := range w.history.Events() {
		if e.Op == checker.OpWrite && e.Phase == checker.Fail {
			refused++
		}
	}
	t.Logf("R5: %d cycles of a worker frozen past its lease: %d writes refused, stale writes accepted = %d", cycles, refused, r.StaleWrite)
	t.Logf("R5: %s", r.String())
	judge(t, w.history, r)
	if refused < cycles {
		t.Errorf("%d writes were refused in %d cycles, want at least one each: the worker was not late", refused, cycles)
	}
}

// storedFinals reads every run of the workspaces and its result.
func storedFinals(t *testing.T, store app.Store, workspaces ...string) []checker.Final {
	t.Helper()
	var final []checker.Final
	for _, workspace := range workspaces {
		for q := (app.ListQuery{Limit: 200}); ; {
			page, err := store.List(t.Context(), workspace, q)
			if err != nil {
				t.Fatalf("list: %v", err)
			}
			for i := range page.Jobs {
				f := checker.Final{Job: *checker.JobOf(&page.Jobs[i])}
				if page.Jobs[i].HasResult {
					stored, err := store.Result(t.Context(), workspace, f.Job.ID)
					if err != nil {
						t.Errorf("result of %s: %v", f.Job.ID, err)
					}
					f.Digest = stored.Digest
				}
				final = append(final, f)
			}
			if q.Cursor = page.NextCursor; q.Cursor == "" {
				break
			}
		}
	}
	return final
}
