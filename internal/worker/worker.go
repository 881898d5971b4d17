// Package worker computes runs: it claims one after another, loads what each
// needs, has calc answer, and records the end. It keeps what crashes leave behind
// in order. Every write of a worker carries the fence of its claim.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/budget"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/internal/load"
)

// Record is what a worker needs of the store.
type Record interface {
	app.Work
	Job(ctx context.Context, workspace, id string) (lombard.Job, error)
}

// Config is what a Worker is made of. Zero durations and counts ask for the
// defaults named beside them.
type Config struct {
	Store   Record
	Feed    live.Publisher
	Sources load.Sources
	Clock   app.Clock    // default: the system's
	Log     *slog.Logger // default: none

	// Spent tells what a run has spent on data, for runs that fail; nil: nothing.
	Spent func(ctx context.Context, runID string) (float64, error)

	// Budget is the memory that runs take while they are computed; nil: no limit.
	Budget *budget.Budget

	// Redact takes keys of vendors out of a line of a job's own log; nil: there
	// are none.
	Redact func(text string) string

	// HeapLimit is the heap at which the run that fills it is stopped, in bytes;
	// 0: none is.
	HeapLimit int64

	Runs           int           // computed at a time, default GOMAXPROCS
	Deadline       time.Duration // of a run, default 10 min
	Lease          time.Duration // of a claim, default 15 s
	HeartbeatEvery time.Duration // default 5 s; progress is written at most once a second
	ReconcileEvery time.Duration // default 5 s
}

func (c Config) withDefaults() Config {
	c.Runs = orDefault(c.Runs, runtime.GOMAXPROCS(0))
	c.Deadline = orDefault(c.Deadline, 10*time.Minute)
	c.Lease = orDefault(c.Lease, 15*time.Second)
	c.HeartbeatEvery = orDefault(c.HeartbeatEvery, 5*time.Second)
	c.ReconcileEvery = orDefault(c.ReconcileEvery, 5*time.Second)
	if c.Clock == nil {
		c.Clock = app.SystemClock{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func orDefault[T int | time.Duration](x, fallback T) T {
	if x == 0 {
		return fallback
	}
	return x
}

// StartUp is what becomes of runs that are running when a worker starts.
type StartUp int

// The policies of a start.
const (
	// TakeOver takes every running run from its worker, whatever its lease says:
	// for the one process that holds the store.
	TakeOver StartUp = iota + 1
	// OnlyOrphans takes runs whose lease has run out: for one of many processes.
	OnlyOrphans
)

// Worker computes the runs of one store in one process. It is safe for
// concurrent use: a queue calls Work from as many goroutines as it wants.
type Worker struct {
	Config
	name  string        // this process, in the record of claims
	slots chan struct{} // one for each run that is computed now

	draining atomic.Bool
	loops    sync.WaitGroup
	stop     context.CancelFunc
}

// New returns a Worker; Start begins its upkeep.
func New(c Config) *Worker {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	c = c.withDefaults()
	return &Worker{
		Config: c,
		name:   fmt.Sprintf("%s/%d", host, os.Getpid()),
		slots:  make(chan struct{}, c.Runs),
		stop:   func() {},
	}
}

// Start takes over what dead processes left running, as far as the policy goes,
// and keeps reconciling until Close.
func (w *Worker) Start(ctx context.Context, policy StartUp) error {
	if err := w.reconcile(ctx, policy == TakeOver); err != nil {
		return err
	}
	loop, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w.stop = cancel
	if w.HeapLimit > 0 {
		w.loops.Go(func() { w.guard(loop) })
	}
	w.loops.Go(func() {
		tick := time.NewTicker(w.ReconcileEvery)
		defer tick.Stop()
		for {
			select {
			case <-loop.Done():
				return
			case <-tick.C:
				if err := w.reconcile(loop, false); err != nil && loop.Err() == nil {
					w.Log.ErrorContext(loop, "reconcile", "error", errors.Unwrap(err), "sentence", err.Error())
				}
			}
		}
	})
	return nil
}

func (w *Worker) reconcile(ctx context.Context, takeOver bool) error {
	mended, err := w.Store.Reconcile(ctx, w.Clock.Now(), takeOver)
	if mended.Ended != nil {
		for _, job := range mended.Ended.Jobs {
			w.Feed.Changed(job)
			w.journal().End(ctx, &job)
		}
	}
	if err == nil && mended != (app.Reconciled{}) {
		w.Log.InfoContext(ctx, "reconciled", "requeued", mended.Requeued, "taken_over", mended.TakenOver,
			"orphaned", mended.Orphaned, "timed_out", mended.TimedOut, "cancelled", mended.Cancelled, "spends_settled", mended.SpendsSettled)
	}
	return err
}

func (w *Worker) journal() app.Journal { return app.Journal{Log: w.Log} }

// Drain makes the worker claim no more runs.
func (w *Worker) Drain() { w.draining.Store(true) }

// Close ends the upkeep. The queue that calls Work is to be stopped before.
func (w *Worker) Close() {
	w.Drain()
	w.stop()
	w.loops.Wait()
}

// reserve takes the memory of a run from the budget, in turn.
func (w *Worker) reserve(ctx context.Context, plan *calc.Plan) (release func(), err error) {
	bytes, err := app.Memory(w.Budget, plan) // which an earlier start may have had more room for
	if err != nil {
		return nil, err
	}
	release, err = w.Budget.Acquire(ctx, bytes)
	if errors.Is(err, budget.ErrTooLarge) {
		return nil, lombard.Internal(err) // Memory has seen to that
	}
	return release, err
}
