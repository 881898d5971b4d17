package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/jobs"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/provider"
	"lombard.example/lombard/internal/provider/coinbase"
	"lombard.example/lombard/internal/provider/databento"
	"lombard.example/lombard/internal/provider/file"
	"lombard.example/lombard/internal/provider/fred"
	"lombard.example/lombard/internal/provider/nyfed"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/internal/provider/synthetic"
	"lombard.example/lombard/internal/provider/thetadata"
	"lombard.example/lombard/internal/provider/tiingo"
	"lombard.example/lombard/internal/provider/yahoo"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/internal/worker"
	"lombard.example/lombard/market"
)

// local does the work of a command in this process, on a data directory that
// it alone holds.
type local struct {
	db      *sqlite.DB
	queue   *jobs.Queue
	service *app.Service
	worker  *worker.Worker
	working bool // the queue hands out work
	log     *slog.Logger
	door    *door // while it computes, and where the system has such
}

// holder is who opens a data directory, and what for.
type holder struct {
	purpose string
	address string // of a server
	log     *slog.Logger
	working bool // computes backtests from the start

	heapLimit int64 // at which the run that fills the heap is stopped; 0: none is
	// answers reports whether who holds the directory can be worked through;
	// nil: not asked.
	answers func() bool
}

// maxWatchers is how many streams of jobs may be open at a time, where the memory
// has room for them.
const maxWatchers = 10_000

// openLocal takes the data directory and wires the program on it. Its errors
// have the exit code of an unusable data directory.
func openLocal(ctx context.Context, c config.Config, h holder) (*local, error) {
	db, err := sqlite.Open(ctx, c.DataDir, sqlite.Options{Purpose: h.purpose, Address: h.address, Yield: h.answers})
	if err != nil {
		return nil, unusable(c.DataDir, err)
	}
	l := &local{db: db, log: h.log}
	if l.queue, err = jobs.New(ctx, db.Writer(), jobs.Options{Workers: c.Workers, Log: h.log}); err != nil {
		_ = db.Close()
		return nil, unusable(c.DataDir, err)
	}
	db.UseTickets(l.queue)
	secrets := vendorhttp.Hide(slices.Collect(maps.Values(c.VendorKeys))...)
	memory, sources := budgetOf(c.MemoryBytes), provider.New(sourcesOf(c, db, h.log)...)
	feed := live.New(maxWatchers, memory)
	l.service = app.New(app.Config{
		Store: db, Tickets: l.queue, Feed: feed, Sources: sources, Log: h.log, Budget: memory,
		Ledger: db.Ledger, DayCapUSD: c.DayCapUSD, ReadPrices: readPrices, PriceCost: costOfFile, Spool: db.Spool,
	})
	l.worker = worker.New(worker.Config{
		Store: db, Feed: feed, Sources: sources.Lookup, Log: h.log, Budget: memory, HeapLimit: h.heapLimit, Runs: c.Workers, Spent: db.Spent,
		Redact: func(text string) string { return secrets.Redact(text, app.MaxLogLine) },
	})
	err = l.worker.Start(ctx, worker.TakeOver)
	if err == nil && h.working {
		err = l.startWork(ctx)
	}
	if err != nil {
		_ = l.Close()
		return nil, unusable(c.DataDir, err)
	}
	return l, nil
}

// unusable gives the error of opening a data directory its exit code, and one
// that is not ours a sentence.
func unusable(dir string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		if own.Kind == lombard.KindStorage && sqlite.DiskFailed(err) {
			return coded(ExitStorage, own)
		}
		if own.Kind == lombard.KindStorage {
			return coded(ExitUnusable, own)
		}
		return own
	}
	if sqlite.DiskFailed(err) {
		return coded(ExitStorage, sqlite.DirectoryError(dir, err))
	}
	return coded(ExitUnusable, sqlite.DirectoryError(dir, err))
}

// lookup returns the sources of prices.
func (l *local) lookup() load.Sources { return l.service.Source }

// startWork begins to compute what is queued; only the first call does.
func (l *local) startWork(ctx context.Context) error {
	if l.working {
		return nil
	}
	if err := l.queue.Start(ctx, l.worker.Work); err != nil {
		return storageFailed(l.db.Dir(), err)
	}
	l.working = true
	var err error
	if l.door, err = l.openDoor(l.log); err != nil {
		l.log.InfoContext(ctx, "other commands cannot work through this process", "error", err)
	}
	return nil
}

// drain takes no more backtests, leaves running ones softStop to finish and
// hands the rest back. After storage failed nothing that they find out can be
// kept, so they end at once.
func (l *local) drain() {
	l.service.Drain()
	l.worker.Drain()
	if !l.working {
		return
	}
	stop := l.queue.Stop
	if l.db.Failed() != nil {
		stop = l.queue.Abort
	}
	patience, cancel := context.WithTimeout(context.Background(), softStop+hangUp)
	defer cancel()
	_ = stop(patience) // what does not stop is taken over at the next start
	l.working = false
}

// Close drains and gives the data directory free.
func (l *local) Close() error {
	l.drain()
	if l.door != nil {
		l.door.close()
		l.door = nil
	}
	l.worker.Close()
	return l.db.Close()
}

// Submit implements runner.
func (l *local) Submit(ctx context.Context, workspace string, body []byte) (lombard.Job, error) {
	return l.submitOnce(ctx, workspace, "", body)
}

// submitOnce implements keyed.
func (l *local) submitOnce(ctx context.Context, workspace, key string, body []byte) (lombard.Job, error) {
	submitted, err := l.service.Submit(ctx, app.SubmitRequest{Workspace: workspace, Body: body, IdempotencyKey: key})
	return submitted.Job, err
}

// Watch implements runner. Watching in the process that holds the data
// directory means computing: nobody else could.
func (l *local) Watch(ctx context.Context, workspace, id string, show func(lombard.Job)) (lombard.Job, error) {
	if err := l.startWork(ctx); err != nil {
		return lombard.Job{}, err
	}
	ctx, release := l.untilStorageFails(ctx)
	defer release()
	sub, err := l.service.Watch(ctx, workspace, id)
	if err != nil {
		return lombard.Job{}, err
	}
	defer sub.Close()
	var last lombard.Job
	for {
		e, err := sub.Next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return last, nil
		case err != nil && ctx.Err() != nil:
			return last, context.Cause(ctx)
		case err != nil:
			return last, err
		}
		last = e.Job
		if e.Kind != live.EventPartial {
			show(last)
		}
	}
}

// untilStorageFails returns a context that ends when storage has failed for
// good: no job would ever be seen to finish then.
func (l *local) untilStorageFails(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	var guard sync.WaitGroup
	guard.Go(func() {
		select {
		case err := <-l.db.Fatal():
			cancel(storageFailed(l.db.Dir(), err))
		case <-ctx.Done():
		}
	})
	return ctx, func() {
		cancel(nil)
		guard.Wait()
	}
}

// storageFailed is the end of a process whose data directory failed under it.
func storageFailed(dir string, err error) error {
	if own, ok := errors.AsType[*lombard.Error](err); ok && own.Code == lombard.CodeFilesGone {
		return coded(ExitStorage, own)
	}
	return coded(ExitStorage, &lombard.Error{
		Kind: lombard.KindStorage, Code: lombard.CodeIO, Err: err,
		Message: fmt.Sprintf("Writing to the data directory %s failed; what had been confirmed is kept.", dir),
		Hint:    "Check the disk, then start again.",
	})
}

// Result implements runner.
func (l *local) Result(ctx context.Context, workspace, id string) (*archive.Result, error) {
	stored, err := l.service.Result(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	return stored.Open()
}

// Job implements history.
func (l *local) Job(ctx context.Context, workspace, id string) (lombard.Job, error) {
	if id == "" {
		return l.service.Current(ctx, workspace)
	}
	return l.service.Job(ctx, workspace, id)
}

// Jobs implements history.
func (l *local) Jobs(ctx context.Context, workspace string, q app.ListQuery) (app.JobPage, error) {
	return l.service.Jobs(ctx, workspace, q)
}

// Cancel implements history.
func (l *local) Cancel(ctx context.Context, workspace, id string) (lombard.Job, error) {
	return l.service.Cancel(ctx, workspace, id)
}

// JobLog implements history.
func (l *local) JobLog(ctx context.Context, workspace, id string) (app.JobLog, error) {
	return l.service.JobLog(ctx, workspace, id)
}

// Sources implements library.
func (l *local) Sources(ctx context.Context, workspace string) ([]sourceListing, error) {
	var out []sourceListing
	for _, s := range l.service.Sources() {
		symbols, err := s.Symbols(ctx, market.Caller{Workspace: workspace})
		if err != nil {
			return nil, err
		}
		out = append(out, sourceListing{Description: s.Describe(), Symbols: symbols})
	}
	return out, nil
}

// Import implements library.
func (l *local) Import(ctx context.Context, workspace, symbol, name string, text []byte) (app.PriceFile, error) {
	return l.service.Import(ctx, workspace, symbol, name, bytes.NewReader(text))
}

// PriceFiles implements library.
func (l *local) PriceFiles(ctx context.Context, workspace string) ([]app.PriceFile, error) {
	return l.service.PriceFiles(ctx, workspace)
}

// sourcesOf are the sources of prices, the local ones first.
func sourcesOf(c config.Config, db *sqlite.DB, log *slog.Logger) []market.Source {
	limits := data.Limits{DayUSD: c.DayCapUSD}
	client := vendorhttp.Client{Log: log}
	bought := func(v market.Vendor) market.Source { return data.NewSource(v, db, limits, time.Now) }
	published := func(p data.Publisher) market.Source { return data.NewReferences(p, db, time.Now) }
	all := []market.Source{
		sample.New(), synthetic.New(), file.New(db),
		bought(databento.New(c.DatabentoURL, c.VendorKeys[databento.Variable], client)),
		bought(tiingo.New(c.TiingoURL, c.VendorKeys[tiingo.Variable], client)),
		published(fred.New(c.FREDURL, c.FREDTablesURL, c.VendorKeys[fred.Variable], client)),
		published(nyfed.New(c.NYFedURL, client)),
		bought(coinbase.New(c.CoinbaseURL, client)),
		bought(thetadata.New(c.ThetaDataURL, time.Now, client)),
	}
	if c.Yahoo {
		all = append(all, bought(yahoo.New(c.YahooURL, client)))
	}
	return all
}

// Available implements library.
func (l *local) Available(ctx context.Context, q app.AvailableQuery) ([]market.Availability, error) {
	return l.service.Available(ctx, q)
}

// Estimate implements library.
func (l *local) Estimate(ctx context.Context, workspace, source string, body []byte) (app.Estimate, error) {
	return l.service.Estimate(ctx, workspace, source, body)
}

var _ keeper = (*local)(nil)

// Holdings implements keeper.
func (l *local) Holdings(ctx context.Context) ([]data.Holding, error) { return l.db.Holdings(ctx) }

// Forget implements keeper.
func (l *local) Forget(ctx context.Context, k data.Key) error { return l.db.Forget(ctx, k) }

// Stored implements keeper.
func (l *local) Stored(ctx context.Context, k data.Key, r market.Range) ([]market.Bar, error) {
	return l.db.StoredBars(ctx, k, r)
}

// StoredChains implements keeper.
func (l *local) StoredChains(ctx context.Context, k data.Key, r market.Range) ([]market.Chain, error) {
	var chains []market.Chain
	err := l.db.StoredChains(ctx, k, r, true, func(stored data.StoredChain) error {
		c, err := data.Unpack(stored.Packed, nil)
		chains = append(chains, c)
		return err
	})
	return chains, err
}

// Refresh implements keeper.
func (l *local) Refresh(ctx context.Context, workspace string, k data.Key, maxCostUSD float64) (float64, error) {
	source, err := l.service.Source(k.Source)
	if err != nil {
		return 0, err
	}
	bought, ok := source.(*data.Source)
	if !ok {
		return 0, usageError(fmt.Sprintf("%s publishes figures; they are fetched again by themselves when they may have changed.", k.Source), "Delete the series to fetch all of it again.")
	}
	return bought.Refresh(ctx, workspace, k, maxCostUSD)
}
