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
	"slices"
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
	mu      sync.Mutex
	waiting int // tickets that no worker came with yet
	delayed []time.Time
	retired int
}

// NewTickets returns an empty queue.
func NewTickets() *Tickets { return &Tickets{} }

// Call implements app.Tickets.
func (q *Tickets) Call(_ context.Context, _ app.Tx, waiting int) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	missing := max(0, waiting-q.waiting)
	q.waiting += missing
	return missing, nil
}

// CallAt implements app.Tickets.
func (q *Tickets) CallAt(_ context.Context, _ app.Tx, due time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.delayed = append(q.delayed, due)
	return nil
}

// Claimed implements app.Tickets.
func (q *Tickets) Claimed(context.Context) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = max(0, q.waiting-1)
}

// Done implements app.Tickets.
func (q *Tickets) Done(context.Context, app.Tx) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.retired++
	return nil
}

// Wake implements app.Tickets.
func (q *Tickets) Wake() {}

// Lose loses every ticket.
func (q *Tickets) Lose() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = 0
}

// Waiting returns how many workers are called and have not come.
func (q *Tickets) Waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

// Retired returns how many workers went to sleep.
func (q *Tickets) Retired() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.retired
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
		ID: id, Kind: lombard.JobBacktest, Workspace: workspace, ScenarioID: "scenario-" + id, RequestKey: "key-" + id, BodyHash: "body-" + id, Now: b.now,
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

// next claims whatever run is next.
func (b *bench) next() (app.Claim, error) {
	return b.Claim(b.ctx(), app.ClaimRequest{Worker: "test", Now: b.now, LeaseUntil: b.now.Add(lease), Deadline: b.now.Add(10 * time.Minute)})
}

// claim claims the next run, which must be this one.
func (b *bench) claim(id string) app.Claim {
	b.Helper()
	c, err := b.next()
	if err != nil || c.RunID != id {
		b.Fatalf("the next run is %q, %v; want %s", c.RunID, err, id)
	}
	return c
}

// wantNext claims runs until none waits or the next one has to wait for others,
// and compares them with those wanted.
func (b *bench) wantNext(what string, want ...string) {
	b.Helper()
	got := []string{}
	for {
		c, err := b.next()
		if errors.Is(err, app.ErrNothing) || errors.Is(err, app.ErrNotAlone) {
			break
		}
		if err != nil {
			b.Fatalf("%s: claim: %v", what, err)
		}
		got = append(got, c.RunID)
	}
	if !slices.Equal(got, want) {
		b.Errorf("%s: claimed %v, want %v", what, got, want)
	}
}

// wantNothing fails the test when a run can be claimed.
func (b *bench) wantNothing(what string) {
	b.Helper()
	if c, err := b.next(); !errors.Is(err, app.ErrNothing) {
		b.Errorf("%s: claimed %q, %v; want ErrNothing", what, c.RunID, err)
	}
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
