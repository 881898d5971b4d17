// Package jobs wakes workers with River, used as a disposable ticket queue: a
// ticket carries nothing, wakes a worker that claims one run after another until
// none waits, and may be lost or doubled without harm, because the run table is
// the record. It implements app.Tickets.
package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"lombard.example/lombard/internal/app"
)

const (
	kind      = "run"
	queueName = "interactive"

	// fetchCooldown bounds jobs a second to workers/cooldown; River's default
	// of 100 ms would mean 20 a second on two cores.
	fetchCooldown = time.Millisecond
	fetchPoll     = time.Second
	softStop      = 8 * time.Second // by default

	// awakePerWorker is how many workers are awake for each run computed at a
	// time: while one is computed, others are written or wait for a slot, and
	// their writes share commits.
	awakePerWorker = 8

	// lingering is how long a worker without a run stays awake. A run that is
	// submitted meanwhile does not pass through the queue.
	lingering     = time.Second
	keepCompleted = time.Hour
)

// Ticket is a queue row. It has no payload.
type Ticket struct{}

// Kind names the ticket to River.
func (Ticket) Kind() string { return kind }

// Options of a Queue.
type Options struct {
	Workers  int           // runs the program computes at a time, default GOMAXPROCS
	SoftStop time.Duration // how long Stop leaves running work to finish, default 8 s
	Log      *slog.Logger  // default: none
}

// Work claims a run and sees it to its end, and reports whether there was one.
// With last, it retires the worker's ticket if there was none.
type Work func(ctx context.Context, last bool) (worked bool, err error)

// Queue is the ticket queue of one process that holds the database.
type Queue struct {
	db     *sql.DB
	driver *wakeDriver
	client *river.Client[*sql.Tx]
	work   Work
	most   int // workers

	// idle counts the workers that are awake and have no run: each is certain to
	// claim once more before it sleeps. It falls inside the transaction in which
	// a worker claims a run or retires, so a submit never relies on a worker that
	// has looked already.
	idle  atomic.Int64
	added atomic.Bool   // a ticket was added since the last fetch was asked for
	hints chan struct{} // one for each worker that is to look now

	stopping chan struct{}
	stop     func()
}

var _ app.Tickets = (*Queue)(nil)

// New brings the queue's tables in db up to date. The caller is the only
// process that uses db, so tickets that a dead process was working on are void.
func New(ctx context.Context, db *sql.DB, o Options) (*Queue, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.SoftStop <= 0 {
		o.SoftStop = softStop
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	most := o.Workers * awakePerWorker
	q := &Queue{db: db, driver: newWakeDriver(riversqlite.New(db)), most: most, hints: make(chan struct{}, most), stopping: make(chan struct{})}
	q.stop = sync.OnceFunc(func() { close(q.stopping) })
	migrator, err := rivermigrate.New(q.driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("read the queue's migrations: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, fmt.Errorf("bring the queue's tables up to date: %w", err)
	}
	if _, err := db.ExecContext(ctx, "DELETE FROM river_job WHERE state = 'running'"); err != nil {
		return nil, fmt.Errorf("void the tickets of a dead process: %w", err)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{queue: q})
	q.client, err = river.NewClient(q.driver, &river.Config{
		CompletedJobRetentionPeriod: keepCompleted,
		CancelledJobRetentionPeriod: keepCompleted,
		DiscardedJobRetentionPeriod: keepCompleted,
		FetchCooldown:               fetchCooldown,
		FetchPollInterval:           fetchPoll,
		JobTimeout:                  -1, // runs have deadlines of their own
		Logger:                      quietly(o.Log),
		MaxAttempts:                 1, // a ticket is used once
		Queues:                      map[string]river.QueueConfig{queueName: {MaxWorkers: most}},
		SoftStopTimeout:             o.SoftStop,
		Workers:                     workers,
	})
	if err != nil {
		return nil, fmt.Errorf("configure the queue: %w", err)
	}
	return q, nil
}

// Start begins to wake workers.
func (q *Queue) Start(ctx context.Context, work Work) error {
	q.work = work
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	return nil
}

// Stop lets workers claim no more runs, leaves those that are at work the soft
// stop to finish, then ends their context, and waits for them.
func (q *Queue) Stop(ctx context.Context) error {
	q.stop()
	return q.client.Stop(ctx)
}

// Abort is Stop without the soft stop: for when nothing that the work still
// does can be stored.
func (q *Queue) Abort(ctx context.Context) error {
	q.stop()
	return q.client.StopAndCancel(ctx)
}

// worker is River's side of a ticket.
type worker struct {
	river.WorkerDefaults[Ticket]
	queue *Queue
}

// awake is a worker that a ticket woke. It is used by one goroutine at a time:
// its own, or the store's in a transaction that its own waits for.
type awake struct {
	queue  *Queue
	ticket int64
	idle   bool
}

// current is the worker that a context belongs to.
type current struct{}

// Work implements river.Worker: it claims one run after another until none has
// waited for a while.
func (w *worker) Work(ctx context.Context, job *river.Job[Ticket]) error {
	q := w.queue
	me := &awake{queue: q, ticket: job.ID}
	defer me.busy()
	ctx = context.WithValue(ctx, current{}, me)
	last := false
	for !q.Stopping() && ctx.Err() == nil {
		me.free()
		worked, err := q.work(ctx, last)
		if err != nil {
			return err
		}
		if last && !worked {
			return nil // the ticket is retired
		}
		last = !worked && !q.linger(ctx)
	}
	return nil
}

// Stopping reports whether Stop or Abort was called.
func (q *Queue) Stopping() bool {
	select {
	case <-q.stopping:
		return true
	default:
		return false
	}
}

// linger waits for a hint that a run waits.
func (q *Queue) linger(ctx context.Context) (hinted bool) {
	patience := time.NewTimer(lingering)
	defer patience.Stop()
	select {
	case <-q.hints:
		return true
	case <-patience.C:
	case <-q.stopping:
	case <-ctx.Done():
	}
	return false
}

func (w *awake) free() {
	if !w.idle {
		w.idle = true
		w.queue.idle.Add(1)
	}
}

func (w *awake) busy() {
	if w.idle {
		w.idle = false
		w.queue.idle.Add(-1)
	}
}

// Timeout implements river.Worker: none, runs have deadlines of their own.
func (w *worker) Timeout(*river.Job[Ticket]) time.Duration { return -1 }

func sqlTx(tx app.Tx) (*sql.Tx, error) {
	t, ok := tx.(*sql.Tx)
	if !ok {
		return nil, fmt.Errorf("the queue needs a *sql.Tx, not a %T", tx)
	}
	return t, nil
}

// Call implements app.Tickets.
func (q *Queue) Call(ctx context.Context, tx app.Tx, waiting int) (int, error) {
	t, err := sqlTx(tx)
	if err != nil {
		return 0, err
	}
	missing := min(waiting, q.most) - int(q.idle.Load())
	if missing <= 0 {
		return 0, nil
	}
	var due int
	err = t.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM river_job
		WHERE state = 'available' AND queue = ? AND priority = 1 AND scheduled_at <= datetime('now', 'subsec') LIMIT ?)`, queueName, missing).Scan(&due)
	if err != nil {
		return 0, err
	}
	missing = max(0, missing-due)
	for range missing {
		if _, err := q.add(ctx, t, time.Time{}); err != nil {
			return 0, err
		}
	}
	return missing, nil
}

// CallAt implements app.Tickets. The ticket is available at once and fetched
// when it is due: one that is scheduled would wait for the queue's leader to look
// at it every few seconds.
func (q *Queue) CallAt(ctx context.Context, tx app.Tx, due time.Time) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	added, err := q.add(ctx, t, due)
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, "UPDATE river_job SET state = 'available' WHERE id = ?", added); err != nil {
		return fmt.Errorf("make ticket available: %w", err)
	}
	return nil
}

func (q *Queue) add(ctx context.Context, tx *sql.Tx, due time.Time) (int64, error) {
	q.added.Store(true)
	added, err := q.client.InsertTx(ctx, tx, Ticket{}, &river.InsertOpts{Queue: queueName, ScheduledAt: due})
	if err != nil {
		return 0, fmt.Errorf("add ticket: %w", err)
	}
	return added.Job.ID, nil
}

// Claimed implements app.Tickets.
func (q *Queue) Claimed(ctx context.Context) {
	if me, ok := ctx.Value(current{}).(*awake); ok {
		me.busy()
	}
}

// Done implements app.Tickets. The row goes at once: a table of tickets that
// did their work would grow with the number of jobs.
func (q *Queue) Done(ctx context.Context, tx app.Tx) error {
	me, ok := ctx.Value(current{}).(*awake)
	if !ok {
		return nil
	}
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if _, err := t.ExecContext(ctx, "DELETE FROM river_job WHERE id = ?", me.ticket); err != nil {
		return fmt.Errorf("retire ticket: %w", err)
	}
	me.busy()
	return nil
}

// Wake implements app.Tickets. A fetch is asked for only when there is a ticket
// to fetch: it needs the connection that the next write waits for.
func (q *Queue) Wake() {
	select {
	case q.hints <- struct{}{}:
	default: // as many workers as there are will look
	}
	if q.added.Swap(false) {
		q.driver.wake(queueName)
	}
}
