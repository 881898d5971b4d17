package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/budget"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// SourceRegistry finds sources of prices by their slug.
type SourceRegistry interface {
	Lookup(slug string) (market.Source, error)
	All() []market.Source
}

// Config is what a Service is made of. Zero durations and counts ask for the
// defaults named beside them.
type Config struct {
	Store   Store
	Tickets Tickets
	Sources SourceRegistry
	Clock   Clock        // default: the system's
	Log     *slog.Logger // default: none

	// Spent tells what a run has spent on data, for runs that fail; nil: nothing.
	Spent func(ctx context.Context, runID string) (float64, error)

	// Ledger reads the record of what was spent on data; nil: it is empty.
	Ledger    func(ctx context.Context, q data.LedgerQuery) (data.Ledger, error)
	DayCapUSD float64 // the most that a workspace may spend on one UTC day

	// ReadPrices reads a file of daily prices: its digest, dates, bars and warnings.
	// Of a file with several symbols it takes the rows of the one that is named.
	ReadPrices func(file io.ReadSeeker, name, symbol string) (PriceFile, error)

	// PriceCost returns the memory that reading such a file will take, in bytes;
	// nil: it is not known.
	PriceCost func(file io.ReadSeeker) (int64, error)

	// Spool keeps a file that arrives until it is read, out of memory; nil: in memory.
	Spool func(ctx context.Context, r io.Reader) (Spooled, error)

	// Budget is the memory that runs, uploads, reads of results and event
	// streams share; nil: no limit.
	Budget *budget.Budget

	// Redact takes keys of vendors out of a line of a job's own log; nil: there
	// are none.
	Redact func(text string) string

	// HeapLimit is the heap at which the run that fills it is stopped, in bytes;
	// 0: none is.
	HeapLimit int64

	Workers        int           // runs computed at a time, default GOMAXPROCS
	MaxPending     int           // runs that may wait, default 10,000
	MaxWatchers    int           // streams of jobs that may be open at a time, default 10,000; fewer where Budget has no room for them
	Deadline       time.Duration // of a run, default 10 min
	Lease          time.Duration // of a claim, default 15 s
	HeartbeatEvery time.Duration // default 5 s; progress is written at most once a second
	ReconcileEvery time.Duration // default 5 s
}

func (c Config) withDefaults() Config {
	c.Workers = orDefault(c.Workers, runtime.GOMAXPROCS(0))
	c.MaxPending = orDefault(c.MaxPending, 10_000)
	c.MaxWatchers = orDefault(c.MaxWatchers, 10_000)
	c.Deadline = orDefault(c.Deadline, 10*time.Minute)
	c.Lease = orDefault(c.Lease, 15*time.Second)
	c.HeartbeatEvery = orDefault(c.HeartbeatEvery, 5*time.Second)
	c.ReconcileEvery = orDefault(c.ReconcileEvery, 5*time.Second)
	if c.Clock == nil {
		c.Clock = systemClock{}
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

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// Service is the program's use cases over one store. It is safe for concurrent
// use. Every error it returns is a *lombard.Error, a context error or, for
// workers, ErrStale.
type Service struct {
	Config
	worker string // this process, in the record of claims
	hub    *hub
	files  chan struct{} // one for each file that arrives or is read now
	slots  chan struct{} // one for each run that is computed now

	converting sync.Mutex // held while a result of rows is put into columns

	draining atomic.Bool
	loops    sync.WaitGroup
	stop     context.CancelFunc
}

// New returns a Service; Start begins its upkeep.
func New(c Config) *Service {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	c = c.withDefaults()
	return &Service{
		Config: c,
		worker: fmt.Sprintf("%s/%d", host, os.Getpid()),
		hub:    newHub(c.MaxWatchers, c.Budget),
		files:  make(chan struct{}, maxFiles),
		slots:  make(chan struct{}, c.Workers),
		stop:   func() {},
	}
}

// Start takes over what a dead process left running and keeps reconciling
// until Close. It is for the one process that holds the store.
func (s *Service) Start(ctx context.Context) error {
	if err := s.reconcile(ctx, true); err != nil {
		return err
	}
	loop, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = cancel
	if s.HeapLimit > 0 {
		s.loops.Go(func() { s.guard(loop) })
	}
	s.loops.Go(func() {
		tick := time.NewTicker(s.ReconcileEvery)
		defer tick.Stop()
		for {
			select {
			case <-loop.Done():
				return
			case <-tick.C:
				if err := s.reconcile(loop, false); err != nil && loop.Err() == nil {
					s.Log.ErrorContext(loop, "reconcile", "error", errors.Unwrap(err), "sentence", err.Error())
				}
			}
		}
	})
	return nil
}

func (s *Service) reconcile(ctx context.Context, takeOver bool) error {
	mended, err := s.Store.Reconcile(ctx, s.Clock.Now(), takeOver)
	if mended.Ended != nil {
		for _, job := range mended.Ended.Jobs {
			s.hub.changed(job)
			s.tellEnd(ctx, &job)
		}
	}
	if err == nil && mended != (Reconciled{}) {
		s.Log.InfoContext(ctx, "reconciled", "requeued", mended.Requeued, "taken_over", mended.TakenOver,
			"orphaned", mended.Orphaned, "timed_out", mended.TimedOut, "cancelled", mended.Cancelled, "spends_settled", mended.SpendsSettled)
	}
	return err
}

// Drain makes submits and readiness answer that the server is shutting down.
func (s *Service) Drain() { s.draining.Store(true) }

// Close ends the upkeep. Workers are to be stopped before.
func (s *Service) Close() {
	s.Drain()
	s.stop()
	s.loops.Wait()
}

// Ready returns nil when a submit would be accepted now.
func (s *Service) Ready(ctx context.Context) error {
	if s.draining.Load() {
		return &lombard.Error{
			Kind: lombard.KindDraining, Code: "draining",
			Message: "The server is shutting down and takes no new backtests.", Hint: "Try again in a few seconds.",
		}
	}
	return s.Store.Writable(ctx)
}

// Sources returns every source of prices.
func (s *Service) Sources() []market.Source { return s.Config.Sources.All() }

// Source returns the source of that slug; the error names the nearest ones.
func (s *Service) Source(slug string) (market.Source, error) { return s.Config.Sources.Lookup(slug) }

// target names the kind of machine the numbers are computed on.
func target() string { return runtime.GOOS + "/" + runtime.GOARCH }
