// Package storetest is the conformance suite of app.Store: what every store of
// runs must do, whatever its database. An adapter's test calls Exercise for
// the rules one by one and Machine for random histories against a model.
package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// Opener opens a fresh, empty store whose tickets are the ones given; the
// function it returns closes the store and removes it.
type Opener func(t testing.TB, tickets app.Tickets) (store app.Store, remove func())

// Tickets is a queue that wakes nobody. Lose makes tickets unable to wake.
type Tickets struct {
	mu    sync.Mutex
	next  int64
	lost  map[int64]bool
	added map[int64]string
	done  map[int64]int
}

// NewTickets returns an empty queue.
func NewTickets() *Tickets {
	return &Tickets{lost: map[int64]bool{}, added: map[int64]string{}, done: map[int64]int{}}
}

// Add implements app.Tickets.
func (q *Tickets) Add(_ context.Context, _ app.Tx, runID string, _ time.Time) (int64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next++
	q.added[q.next] = runID
	return q.next, nil
}

// Done implements app.Tickets.
func (q *Tickets) Done(_ context.Context, _ app.Tx, ticket int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.done[ticket]++
	return nil
}

// Missing implements app.Tickets.
func (q *Tickets) Missing(_ context.Context, _ app.Tx, tickets []int64) ([]int64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var missing []int64
	for _, t := range tickets {
		if q.lost[t] {
			missing = append(missing, t)
		}
	}
	return missing, nil
}

// Wake implements app.Tickets.
func (q *Tickets) Wake() {}

// Lose makes the newest ticket of a run one that wakes nobody.
func (q *Tickets) Lose(runID string) {
	ticket := q.Of(runID)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lost[ticket] = true
}

// Of returns the newest ticket of a run, 0 when it has none.
func (q *Tickets) Of(runID string) int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	var newest int64
	for ticket, id := range q.added {
		if id == runID {
			newest = max(newest, ticket)
		}
	}
	return newest
}

// bench is one store under test with a clock that the test moves.
type bench struct {
	testing.TB
	app.Store
	tickets *Tickets
	remove  func()
	now     time.Time
	serial  int
}

func newBench(t testing.TB, open Opener) *bench {
	t.Helper()
	tickets := NewTickets()
	store, remove := open(t, tickets)
	return &bench{TB: t, Store: store, remove: remove, tickets: tickets, now: time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)}
}

const lease = 15 * time.Second

// ctx lives as long as the test.
func (b *bench) ctx() context.Context { return b.Context() }

func (b *bench) newRun(workspace string) app.NewRun {
	b.serial++
	id := fmt.Sprintf("run-%04d", b.serial)
	return app.NewRun{
		ID: id, Workspace: workspace, ScenarioID: "scenario-" + id, RequestKey: "key-" + id, BodyHash: "body-" + id, Now: b.now,
		Scenario: lombard.Scenario{
			ScenarioName: "Gold " + id, Symbol: "XAU", StartDate: lombard.MustDate("1987-12-14"), EndDate: lombard.MustDate("1989-03-31"),
			TemplateSlug: "unhedged", UnderlyingUnits: 1, LoanAmount: 100, MarginCallLTV: 0.75, DataSource: "sample",
		},
	}
}

func (b *bench) submit(n app.NewRun) lombard.Job {
	b.Helper()
	out, err := b.Submit(b.ctx(), n)
	if err != nil {
		b.Fatalf("submit %s: %v", n.ID, err)
	}
	return out.Job
}

func (b *bench) tryClaim(id string) (app.Claim, error) {
	return b.Claim(b.ctx(), app.ClaimRequest{
		RunID: id, Ticket: b.tickets.Of(id), Worker: "test",
		Now: b.now, LeaseUntil: b.now.Add(lease), Deadline: b.now.Add(10 * time.Minute),
	})
}

func (b *bench) claim(id string) app.Claim {
	b.Helper()
	c, err := b.tryClaim(id)
	if err != nil {
		b.Fatalf("claim %s: %v", id, err)
	}
	return c
}

// document is a result that tells which run it belongs to.
func document(id string) (text []byte, digest string) {
	text = []byte(`{"result of":"` + id + `"}`)
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:])
}

func completeOutcome(id string) app.Outcome {
	text, digest := document(id)
	return app.Outcome{Document: text, Digest: digest, Verdict: "Fine.", Progress: app.Progress{Stage: lombard.StageCalculating, Progress: 99}}
}

func failedOutcome() app.Outcome {
	failure := &lombard.Error{Kind: lombard.KindPricing, Code: "no_balance", Message: "The money does not balance.", Hint: "Report it."}
	return app.Outcome{Failure: failure, Progress: app.Progress{Stage: lombard.StageCalculating, Progress: 81}}
}

func (b *bench) finish(c app.Claim, o app.Outcome) lombard.Job {
	b.Helper()
	job, err := b.Finish(b.ctx(), c, o, b.now)
	if err != nil {
		b.Fatalf("finish %s: %v", c.RunID, err)
	}
	return job
}

func (b *bench) complete(workspace string) lombard.Job {
	b.Helper()
	job := b.submit(b.newRun(workspace))
	return b.finish(b.claim(job.JobID), completeOutcome(job.JobID))
}

func (b *bench) job(workspace, id string) lombard.Job {
	b.Helper()
	job, err := b.Job(b.ctx(), workspace, id)
	if err != nil {
		b.Fatalf("read %s: %v", id, err)
	}
	b.consistent(job)
	return job
}

// consistent fails the test when a job says two things at once.
func (b *bench) consistent(job lombard.Job) {
	b.Helper()
	if job.HasResult != (job.Status == lombard.StatusComplete) || job.HasResult != (job.ResultDigest != nil) {
		b.Errorf("job %s is %s and has_result is %v, digest %v", job.JobID, job.Status, job.HasResult, job.ResultDigest)
	}
	if (job.Error != nil) != (job.Status == lombard.StatusFailed) || job.Error != nil && *job.Error == "" {
		b.Errorf("job %s is %s with error %v", job.JobID, job.Status, job.Error)
	}
	if (job.CompletedAt != nil) != job.Status.Terminal() {
		b.Errorf("job %s is %s, completed at %v", job.JobID, job.Status, job.CompletedAt)
	}
}

func (b *bench) wantStatus(workspace, id string, want lombard.Status) lombard.Job {
	b.Helper()
	job := b.job(workspace, id)
	if job.Status != want {
		b.Errorf("job %s is %s, want %s", id, job.Status, want)
	}
	return job
}

func (b *bench) wantStale(what string, err error) {
	b.Helper()
	if !errors.Is(err, app.ErrStale) {
		b.Errorf("%s: got %v, want ErrStale", what, err)
	}
}

func (b *bench) wantKind(what string, err error, want lombard.Kind) {
	b.Helper()
	if err == nil || lombard.KindOf(err) != want {
		b.Errorf("%s: got %v, want an error of kind %s", what, err, want)
	}
}
