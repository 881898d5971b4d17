// Package app is the program's use cases on a few pages: submit a scenario,
// run it, ask how it stands, read its result, cancel it. It declares the ports
// it needs (Store, Tickets, Clock) and knows no database, queue or protocol.
package app

import (
	"context"
	"errors"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/market"
)

// Clock tells the time. Leases, deadlines and time stamps come from it, so
// that tests can move it.
type Clock interface{ Now() time.Time }

// ErrStale is the answer to a write by a worker that no longer owns its run:
// the fence has been raised or the run has ended. The work is to be dropped.
var ErrStale = errors.New("the run is no longer owned by this worker")

// ErrStoreFailed is in every error of a store that has failed for good: nothing
// will be written any more before the process has been started again.
var ErrStoreFailed = errors.New("the store has failed for good")

// Tx is a transaction of the store. Its type is known to the store and to the
// queue that shares its database; use cases only hand it on.
type Tx any

// Tickets is the queue's side of a transaction. A ticket wakes a worker, which
// claims one run after another until none waits; which runs those are, the store
// says. A ticket carries nothing: losing or doubling one costs time and never a
// run.
type Tickets interface {
	// Call sees to it that workers come for so many waiting runs, as far as there
	// are workers. Those that are awake without a run count, and tickets that are
	// due. It returns how many tickets it added for the rest.
	Call(ctx context.Context, tx Tx, waiting int) (added int, err error)
	// CallAt adds a ticket that is due at a time to come.
	CallAt(ctx context.Context, tx Tx, due time.Time) error
	// Claimed tells that the worker whose context this is has a run now.
	Claimed(ctx context.Context)
	// Done retires the ticket of the worker whose context this is: it comes for
	// no more runs.
	Done(ctx context.Context, tx Tx) error
	// Wake hints, after a commit, that a run waits. It never blocks.
	Wake()
}

// ErrNothing is the answer to a claim when no run waits.
var ErrNothing = errors.New("no run waits")

// ErrNotAlone is the answer to a claim when the next run has to wait until
// others have ended: it, or one of them, is to be computed alone.
var ErrNotAlone = errors.New("the next run waits for the end of others")

// NewRun is a submit, resolved and checked.
type NewRun struct {
	ID             string
	Kind           lombard.JobKind // empty: a backtest
	Workspace      string
	Scenario       lombard.Scenario // resolved
	RequestKey     string           // hash of all that the result bytes depend on; empty: never served from the cache
	ScenarioID     string
	IdempotencyKey string             // empty: none
	BodyHash       string             // of the body as sent, for the idempotency check
	Force          bool               // compute although an identical result is stored
	OnConflict     lombard.OnConflict // what becomes of a live run of the workspace; empty: the current one is replaced
	MaxPending     int                // refuse when as many runs wait already; 0: no limit
	Now            time.Time
}

// Submitted is what a submit did.
type Submitted struct {
	Job        lombard.Job
	Replayed   bool   // an earlier submit with the same idempotency key is answered again
	Superseded string // id of the run that this one replaced, if it was still live
}

// Claim is a worker's right to a run. Every write carries its fence.
type Claim struct {
	RunID     string
	Kind      lombard.JobKind
	Workspace string
	Fence     int64
	Attempt   int
	Tries     int              // attempts that count against MaxAttempts
	Scenario  lombard.Scenario // resolved
	Deadline  time.Time        // of the whole run, over all attempts

	// What the attempt had already shown when it was handed back: progress and
	// stage never go back within an attempt.
	Floor Progress
}

// ClaimRequest is a worker asking for the next run.
type ClaimRequest struct {
	Worker     string // who claims, for the record
	Last       bool   // when no run waits, retire the worker's ticket
	Now        time.Time
	LeaseUntil time.Time
	Deadline   time.Time // of the run, if this is its first claim
}

// Progress is what a worker writes about a run that goes on.
type Progress struct {
	Stage    lombard.Stage
	Progress float64
	Message  string
	Counts   lombard.Counts
	Log      LogPart // lines since the last write
}

// Same reports whether nothing but the log is new.
func (p Progress) Same(q Progress) bool {
	return p.Stage == q.Stage && p.Progress == q.Progress && p.Message == q.Message && p.Counts == q.Counts
}

// Outcome is how a claimed run ended. Exactly one of the groups is set.
type Outcome struct {
	// Complete: the head of the result and its digest, the parts that were not
	// saved before, and the digests of all.
	Document []byte
	Digest   string
	Parts    []archive.Part
	Names    []string
	Verdict  string
	CostUSD  float64 // what the run spent on data; the store knows it of runs that end otherwise
	Key      string  // request key, where it was not known at the submit

	// Failed: the error, never nil then.
	Failure *lombard.Error

	// Cancelled: the worker has stopped computing on request.
	Cancelled bool

	// Handed back: to be claimed again, not before RetryAt. NextAttempt says
	// whether that uses up an attempt (a retryable error does, a shutdown does not).
	HandBack    bool
	RetryAt     time.Time
	NextAttempt bool
	Message     string // shown meanwhile; empty: that the run waits for a worker

	Progress Progress // how far the run had come
}

// Signal is what a worker learns from its heartbeat.
type Signal struct{ CancelRequested bool }

// ListQuery selects runs of a workspace, newest first.
type ListQuery struct {
	Limit  int // 1…200
	Cursor string
	Kind   lombard.JobKind // empty: all
	Status lombard.Status  // empty: all
	Search string          // in name, symbol, note and tags
}

// JobPage is one page of history.
type JobPage struct {
	Jobs       []lombard.Job `json:"jobs"`                  // The jobs of the page, newest first
	NextCursor string        `json:"next_cursor,omitempty"` // For the page after; absent on the last one
}

// Annotation changes what people wrote about a run; nil leaves a field alone.
type Annotation struct {
	Name *string   `json:"name,omitempty"` // The scenario's name, 1 to 200 bytes
	Note *string   `json:"note,omitempty"` // Free text, at most 10,000 bytes
	Tags *[]string `json:"tags,omitempty"` // At most 20 labels of 1 to 50 bytes; replaces the ones there are
}

// StoredResult is a result as it was first written.
type StoredResult struct {
	Digest   string         // sha256 of Document, lower-case hex
	Document []byte         // the head of a result in columns, or a whole one of rows; not to be changed
	Part     archive.Loader // reads the parts that the head names
}

// Open returns the result, to be read hedge by hedge.
func (r StoredResult) Open() (*archive.Result, error) {
	opened, err := archive.Open(r.Document, r.Part)
	if err != nil {
		return nil, lombard.Internal(err)
	}
	opened.Digest = r.Digest
	return opened, nil
}

// PriceFile is an imported file, of daily prices or of option chains: immutable,
// named by its digest.
type PriceFile struct {
	Digest     string            `json:"dataset"` // Digest of the file, 64 hexadecimal digits: its name as a dataset
	Workspace  string            `json:"-"`
	Symbol     string            `json:"symbol"`           // What its prices are kept under
	Name       string            `json:"name"`             // Name of the file
	ImportedAt time.Time         `json:"imported_at"`      // When it was imported
	First      lombard.Date      `json:"first"`            // First session
	Last       lombard.Date      `json:"last"`             // Last session
	Sessions   int               `json:"sessions"`         // Sessions of the file
	Intraday   bool              `json:"intraday"`         // It has highs and lows
	Warnings   []lombard.Warning `json:"warnings"`         // What may be wrong with it
	Quotes     int               `json:"quotes,omitempty"` // Quotes of a file of option chains; a file of prices has none
	Bars       []market.Bar      `json:"-"`
	Chains     []market.Chain    `json:"-"`
}

// FileSource is the slug of the source of imported files.
const FileSource = "file"

// Reconciled counts what a reconciliation mended.
type Reconciled struct {
	Requeued  int // tickets added for pending runs that no worker came for
	TakenOver int // running runs whose worker was dead, queued again
	Orphaned  int // running runs whose worker was dead, out of attempts
	TimedOut  int // running runs past their deadline
	Cancelled int // running runs whose worker was dead and that were to be cancelled

	SpendsSettled int // calls to vendors whose end nobody was left to record

	Ended *EndedRuns // the running runs that it ended; nil: none
}

// EndedRuns are runs that have ended, as they are now.
type EndedRuns struct{ Jobs []lombard.Job }

// MaxAttempts is how often a run is tried before a dead worker or a retryable
// error ends it. An end of the whole process is not counted.
const MaxAttempts = 3

// MaxCrashes is how often the process may end while it is computing a run alone
// before the run is not tried again.
const MaxCrashes = 2

// Runs is the record of runs as those see it who ask for them. Every method is
// one transaction and safe for concurrent use; a run of another workspace is not
// found. Errors are *lombard.Error of kind not_found, conflict or storage.
type Runs interface {
	// Submit records a run, makes it the workspace's current one of its kind, marks
	// the run it replaces for cancelling and calls a worker: all or nothing. With
	// lombard.ConflictQueue it replaces none; with lombard.ConflictRefuse the
	// answer is Busy while the workspace has a live run of the same kind. The same
	// idempotency key with the same body returns the first run; with another
	// body it is a validation error. A stored result under the same request key
	// in the same workspace makes the run complete at once, unless forced.
	Submit(ctx context.Context, run NewRun) (Submitted, error)
	// Cancel requests the end of a live run: a pending one ends at once. A
	// finished run is returned unchanged.
	Cancel(ctx context.Context, workspace, id string, reason lombard.CancelReason, now time.Time) (lombard.Job, error)
	// Clear cancels the current run of a kind, which is no longer the current one
	// then; it returns the run's id, empty when there was none.
	Clear(ctx context.Context, workspace string, kind lombard.JobKind, now time.Time) (string, error)
	Job(ctx context.Context, workspace, id string) (lombard.Job, error)
	Scenario(ctx context.Context, workspace, id string) (lombard.Scenario, error)
	// RunLog returns the lines that were written with progress and outcomes of a
	// run, at most MaxLogLines, and how many more there were.
	RunLog(ctx context.Context, workspace, id string) (LogPart, error)
	// Current returns the workspace's current run of a kind.
	Current(ctx context.Context, workspace string, kind lombard.JobKind) (lombard.Job, error)
	List(ctx context.Context, workspace string, q ListQuery) (JobPage, error)
	// Result returns the document after verifying its digest; kind conflict
	// when the run has none, kind storage when the bytes are damaged.
	Result(ctx context.Context, workspace, id string) (StoredResult, error)
	// PutIntoColumns replaces a stored document of rows by a head and its parts.
	// The result keeps its digest. It does nothing when the result is gone or in
	// columns already.
	PutIntoColumns(ctx context.Context, digest string, head []byte, parts []archive.Part) error
	Annotate(ctx context.Context, workspace, id string, a Annotation, now time.Time) (lombard.Job, error)
	// Delete removes a finished run from history; kind conflict for a live one.
	Delete(ctx context.Context, workspace, id string) error
	// Writable returns the error that a submit would meet because nothing can be
	// written now.
	Writable(ctx context.Context) error
	// Admits returns the error that a submit with that MaxPending would meet
	// because too many runs wait.
	Admits(ctx context.Context, maxPending int) error
}

// Work is the record of runs as workers see it. Every method is one transaction
// and safe for concurrent use. Errors are *lombard.Error of kind storage,
// ErrStale, ErrNothing or ErrNotAlone.
type Work interface {
	// Claim makes the next run the caller's until LeaseUntil: fence raised, status
	// running. Workspaces with runs that wait take turns; within a workspace the
	// order is that of submission, whatever has been taken over or handed back
	// since. A run that was computing when the process ended is claimed only while
	// nothing else is running, and nothing else while it is. ErrNothing when no
	// run waits, ErrNotAlone when the next one has to wait for others.
	Claim(ctx context.Context, r ClaimRequest) (Claim, error)
	// Heartbeat writes progress and renews the lease. ErrStale when the claim is lost.
	Heartbeat(ctx context.Context, c Claim, p Progress, now, leaseUntil time.Time) (Signal, error)
	// Finish ends the claim. Complete stores the result in the same
	// transaction. ErrStale, and nothing written, when the claim is lost.
	Finish(ctx context.Context, c Claim, o Outcome, now time.Time) (lombard.Job, error)
	// SaveParts keeps parts of the result of a claimed run before its end. They
	// are gone when the run ends without a result, or its claim is lost: then the
	// answer is ErrStale.
	SaveParts(ctx context.Context, c Claim, parts []archive.Part) error
	// Reconcile mends what crashes left behind. With takeOver every running run
	// is taken from its worker, whatever its lease says: for a start-up that
	// knows it is alone. That costs none of them an attempt; one that was the only
	// one running, MaxCrashes times, has failed as orphaned.
	Reconcile(ctx context.Context, now time.Time, takeOver bool) (Reconciled, error)
}

// Files keeps the files of prices that people bring. Every method is one
// transaction and safe for concurrent use; a file of another workspace is not
// found. Errors are *lombard.Error of kind not_found or storage.
type Files interface {
	// SavePrices stores a price file; the same bars under the same symbol are stored once.
	SavePrices(ctx context.Context, f PriceFile) (PriceFile, error)
	// Prices returns a price file with its bars; an empty digest asks for the
	// newest of the symbol. found is false when there is none.
	Prices(ctx context.Context, workspace, symbol, digest string) (f PriceFile, found bool, err error)
	// ListPrices returns the workspace's files without what is in them, newest first.
	ListPrices(ctx context.Context, workspace string) ([]PriceFile, error)
	DeletePrices(ctx context.Context, workspace, digest string) error
}

// Store is all of it over one database. internal/store/storetest is its
// conformance suite.
type Store interface {
	Runs
	Work
	Files
}
