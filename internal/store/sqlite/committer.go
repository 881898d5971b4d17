package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
)

// maxBatch bounds how many writes share one commit.
const maxBatch = 64

// committer runs writes one after another on the single writer connection.
// Writes that wait together share one commit, each inside a savepoint of its
// own, and each is answered only after that commit is on disk: the price of a
// full sync is paid once for all of them.
type committer struct {
	db     *sql.DB
	intact func() error // reports files that were taken away under the database
	dir    string       // of the database
	queue  chan *write
	fatal  chan error
	failed atomic.Pointer[error] // why nothing is written any more

	mu     sync.RWMutex // guards closed against sends on queue
	closed bool
	done   chan struct{}
}

type write struct {
	ctx    context.Context
	fn     func(ctx context.Context, tx *sql.Tx) error
	err    error
	answer chan error
}

var errClosed = errors.New("the database is closed")

func newCommitter(db *sql.DB, dir string, intact func() error) *committer {
	c := &committer{db: db, dir: dir, intact: intact, queue: make(chan *write, maxBatch), fatal: make(chan error, 1), done: make(chan struct{})}
	go c.loop()
	return c
}

// do runs fn in a transaction and returns once it is durable, or not done at
// all. fn keeps the values of ctx but not its cancellation: a write that has
// begun is always finished. fn must not use the writer pool itself.
func (c *committer) do(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &write{ctx: context.WithoutCancel(ctx), fn: fn, answer: make(chan error, 1)}
	c.mu.RLock()
	if c.closed {
		c.mu.RUnlock()
		return storageError(errClosed)
	}
	c.queue <- w
	c.mu.RUnlock()
	return <-w.answer
}

func (c *committer) close() {
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		close(c.queue)
	}
	c.mu.Unlock()
	<-c.done
}

func (c *committer) loop() {
	defer close(c.done)
	for w := range c.queue {
		batch := append(make([]*write, 0, maxBatch), w)
		for len(batch) < maxBatch {
			select {
			case next, ok := <-c.queue:
				if !ok {
					c.commit(batch)
					return
				}
				batch = append(batch, next)
				continue
			default:
			}
			break
		}
		c.commit(batch)
	}
}

func (c *committer) commit(batch []*write) {
	err := c.attempt(batch)
	if err != nil && isFatal(err) {
		c.fail(err)
	}
	for _, w := range batch {
		if err != nil {
			w.err = err
		}
		w.answer <- passOn(w.err)
	}
}

// fail ends all writing: nothing can be acknowledged after err.
func (c *committer) fail(err error) {
	err = failedForGood(storageError(err))
	if c.failed.CompareAndSwap(nil, &err) {
		c.fatal <- err
	}
}

// attempt runs a batch and makes sure that it went to the files which the next
// start will read: only then may it be acknowledged.
func (c *committer) attempt(batch []*write) error {
	if failed := c.failed.Load(); failed != nil {
		return *failed
	}
	if err := c.run(batch); err != nil {
		if failedToWrite(err) && turnedReadOnly(c.dir) {
			return fmt.Errorf("%w: %w", syscall.EROFS, err)
		}
		return err
	}
	return c.intact()
}

// run returns an error when the batch as a whole was not committed.
func (c *committer) run(batch []*write) error {
	ctx := context.Background() // a commit is never cut short
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if len(batch) == 1 { // the transaction is its savepoint
		if batch[0].err = batch[0].call(tx); batch[0].err != nil {
			return nil
		}
		batch = nil
	}
	for _, w := range batch {
		if _, err := tx.ExecContext(ctx, "SAVEPOINT write"); err != nil {
			return fmt.Errorf("savepoint: %w", err)
		}
		if w.err = w.call(tx); w.err != nil {
			if _, err := tx.ExecContext(ctx, "ROLLBACK TO write"); err != nil {
				return fmt.Errorf("roll back: %w", errors.Join(w.err, err)) // SQLite gave up the whole transaction
			}
		}
		if _, err := tx.ExecContext(ctx, "RELEASE write"); err != nil {
			return fmt.Errorf("release: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func (w *write) call(tx *sql.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v\n%s", p, debug.Stack())
		}
	}()
	return w.fn(w.ctx, tx)
}
