package app

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/budget"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/live"
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
	Feed    live.Follower // of the runs that workers compute
	Sources SourceRegistry
	Clock   Clock        // default: the system's
	Log     *slog.Logger // default: none

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

	MaxPending int // runs that may wait, default 10,000
}

func (c Config) withDefaults() Config {
	if c.MaxPending == 0 {
		c.MaxPending = 10_000
	}
	if c.Clock == nil {
		c.Clock = SystemClock{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// SystemClock is the clock of the machine.
type SystemClock struct{}

// Now implements Clock.
func (SystemClock) Now() time.Time { return time.Now() }

// Service is the program's use cases over one store. It is safe for concurrent
// use. Every error it returns is a *lombard.Error or a context error.
type Service struct {
	Config
	files chan struct{} // one for each file that arrives or is read now

	converting sync.Mutex // held while a result of rows is put into columns

	draining atomic.Bool
}

// New returns a Service.
func New(c Config) *Service {
	return &Service{Config: c.withDefaults(), files: make(chan struct{}, maxFiles)}
}

// Drain makes submits and readiness answer that the server is shutting down.
func (s *Service) Drain() { s.draining.Store(true) }

// Ready returns nil when a submit would be accepted now.
func (s *Service) Ready(ctx context.Context) error {
	if s.draining.Load() {
		return &lombard.Error{
			Kind: lombard.KindDraining, Code: "draining",
			Message: "The server is shutting down and takes no new backtests.", Hint: "Try again in a few seconds.",
		}
	}
	if err := s.Store.Writable(ctx); err != nil {
		return err
	}
	return s.Store.Admits(ctx, s.MaxPending)
}

// Sources returns every source of prices.
func (s *Service) Sources() []market.Source { return s.Config.Sources.All() }

// Source returns the source of that slug; the error names the nearest ones.
func (s *Service) Source(slug string) (market.Source, error) { return s.Config.Sources.Lookup(slug) }
