// Package jobs wakes workers with River, used as a disposable ticket queue:
// a ticket carries a run's id, is used once, and may be lost or doubled without
// harm, because the run table is the record. It implements app.Tickets.
package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
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

	// ticketsPerWorker is how many tickets are taken for each run computed at a
	// time: while one is computed, others are written or wait for a slot, and
	// their writes share commits.
	ticketsPerWorker = 8
	keepCompleted    = time.Hour
)

// Ticket is the whole payload of a queue row: whose turn it is.
type Ticket struct {
	RunID string `json:"run_id"`
}

// Kind names the ticket to River.
func (Ticket) Kind() string { return kind }

// Options of a Queue.
type Options struct {
	Workers  int           // runs the program computes at a time, default GOMAXPROCS
	SoftStop time.Duration // how long Stop leaves running work to finish, default 8 s
	Log      *slog.Logger  // default: none
}

// Queue is the ticket queue of one process that holds the database.
type Queue struct {
	db     *sql.DB
	driver *wakeDriver
	client *river.Client[*sql.Tx]
	work   func(ctx context.Context, runID string, ticket int64) error
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
	q := &Queue{db: db, driver: newWakeDriver(riversqlite.New(db))}
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
		Logger:                      o.Log,
		MaxAttempts:                 1, // a ticket is used once; another try gets another ticket
		Queues:                      map[string]river.QueueConfig{queueName: {MaxWorkers: o.Workers * ticketsPerWorker}},
		SoftStopTimeout:             o.SoftStop,
		Workers:                     workers,
	})
	if err != nil {
		return nil, fmt.Errorf("configure the queue: %w", err)
	}
	return q, nil
}

// Start begins to hand tickets to work.
func (q *Queue) Start(ctx context.Context, work func(ctx context.Context, runID string, ticket int64) error) error {
	q.work = work
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	return nil
}

// Stop hands out no more tickets, leaves running work the soft stop to finish,
// then ends its context, and waits for it.
func (q *Queue) Stop(ctx context.Context) error { return q.client.Stop(ctx) }

// Abort is Stop without the soft stop: for when nothing that the work still
// does can be stored.
func (q *Queue) Abort(ctx context.Context) error { return q.client.StopAndCancel(ctx) }

// worker is River's side of a ticket.
type worker struct {
	river.WorkerDefaults[Ticket]
	queue *Queue
}

// current is the ticket that a worker's context belongs to.
type current struct{}

// Work implements river.Worker.
func (w *worker) Work(ctx context.Context, job *river.Job[Ticket]) error {
	return w.queue.work(context.WithValue(ctx, current{}, job), job.Args.RunID, job.ID)
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

// Add implements app.Tickets.
func (q *Queue) Add(ctx context.Context, tx app.Tx, runID string, notBefore time.Time) (int64, error) {
	t, err := sqlTx(tx)
	if err != nil {
		return 0, err
	}
	added, err := q.client.InsertTx(ctx, t, Ticket{RunID: runID}, &river.InsertOpts{Queue: queueName, ScheduledAt: notBefore})
	if err != nil {
		return 0, err
	}
	return added.Job.ID, nil
}

// Done implements app.Tickets.
func (q *Queue) Done(ctx context.Context, tx app.Tx, ticket int64) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if job, ok := ctx.Value(current{}).(*river.Job[Ticket]); ok && job.ID == ticket {
		if _, err := river.JobCompleteTx[*wakeDriver](ctx, t, job); err != nil && !errors.Is(err, river.ErrNotFound) {
			return err
		}
		return nil
	}
	_, err = t.ExecContext(ctx, "DELETE FROM river_job WHERE id = ?", ticket)
	return err
}

// Missing implements app.Tickets.
func (q *Queue) Missing(ctx context.Context, tx app.Tx, tickets []int64) ([]int64, error) {
	t, err := sqlTx(tx)
	if err != nil {
		return nil, err
	}
	ids, err := json.Marshal(tickets)
	if err != nil {
		return nil, fmt.Errorf("encode ticket ids: %w", err)
	}
	rows, err := t.QueryContext(ctx, `SELECT j.value FROM json_each(?) j WHERE NOT EXISTS (
		SELECT 1 FROM river_job r WHERE r.id = j.value AND r.state IN ('available', 'pending', 'retryable', 'running', 'scheduled'))`, string(ids))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var missing []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		missing = append(missing, id)
	}
	return missing, rows.Err()
}

// Wake implements app.Tickets.
func (q *Queue) Wake() { q.driver.wake(queueName) }
