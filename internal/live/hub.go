// Package live is what is known of runs that are computed now: workers tell it
// how they come along, and those who watch follow it. The store stays the
// record; what is lost here is read again there.
package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/budget"
)

// EventKind is what an Event tells.
type EventKind string

// The kinds of event.
const (
	EventStage    EventKind = "stage"    // the job entered a stage, has another message, or is told in full for the first time
	EventProgress EventKind = "progress" // work was done within a stage
	EventPartial  EventKind = "partial"  // more days of the path are known
	EventDone     EventKind = "done"     // the job is terminal; nothing follows
)

// Publisher takes what a worker tells of the runs that it computes. Its methods
// are safe for concurrent use.
type Publisher interface {
	// Begin registers a run with the cancel function of its computation, and the
	// fence of the claim that computes it: what comes with another is not heard.
	Begin(job lombard.Job, fence int64, cancel context.CancelCauseFunc)
	// Publish takes the job's progress and, when there are any, more days of the
	// path of the primary template.
	Publish(kind EventKind, job lombard.Job, fence int64, points []lombard.PartialPoint)
	// End forgets a run that is no longer computed.
	End(id string, fence int64)
	// Changed tells what the store says of a job, and stops the computation of
	// one that is to be cancelled.
	Changed(job lombard.Job)
	// StopLargest stops the run that most likely fills the heap of this process,
	// and returns its id; empty when no run is computed.
	StopLargest(heap int64) string
}

// Follower gives what is told of runs to those who watch.
type Follower interface {
	// Changed tells what the store says of a job.
	Changed(job lombard.Job)
	// Snapshot returns what is known of runs that are computed now.
	Snapshot() Jobs
	// Watch follows a job; read is the store's word on it, with live progress.
	Watch(ctx context.Context, id string, read func(context.Context) (lombard.Job, error)) (*Subscription, error)
}

var (
	_ Publisher = (*Hub)(nil)
	_ Follower  = (*Hub)(nil)
)

// Reasons for which the computation of a run is stopped from here.
var (
	ErrCancelRequested = errors.New("cancel requested")
	ErrMemory          = errors.New("the heap is full")
	ErrMemoryAlone     = errors.New("the heap is full and no other run is computed")
)

// StreamBytes is what an event stream takes at rest: the buffers of its
// connection and the stacks of its goroutines. R18 measured 25 KB with 10,000
// streams open.
const StreamBytes = 24 << 10

// StreamShare is the part of the budget that open event streams may take
// together: no number of streams keeps a run waiting for ever.
const StreamShare = 5.0 / 8

// streamLimit returns how many event streams may be open, at most most.
func streamLimit(b *budget.Budget, most int) int {
	if b.Total() == 0 {
		return most
	}
	return min(most, int(StreamShare*float64(b.Total())/StreamBytes))
}

// Event is one message to somebody who watches a job.
type Event struct {
	Kind    EventKind
	Job     lombard.Job
	Partial *Partial

	shared *told // whose encoding all watchers share; nil: this one's own
}

// Partial is a stretch of a path that is still being computed.
type Partial struct {
	TemplateSlug string                 `json:"template_slug"` // The hedge
	From         int                    `json:"from"`          // index of the first point among those told
	Points       []lombard.PartialPoint `json:"points"`        // Days of its path, in order

	path   *path                  // which has their encoding
	before []lombard.PartialPoint // the path up to and with these points
}

// Hub carries live progress from workers to watchers in this process. The
// store stays the record: what is lost here is read again there.
type Hub struct {
	mu       sync.Mutex
	live     map[string]*liveRun
	feeds    map[string]*feed // of jobs that are live or watched
	watchers atomic.Int64     // of all jobs; written under mu
	most     int              // watchers at a time
	budget   *budget.Budget   // from which each takes StreamBytes
}

// liveRun is a run that a worker of this process computes.
type liveRun struct {
	fence  int64       // of the claim that computes it; a worker that lost its claim is not heard
	job    lombard.Job // as last published
	cancel context.CancelCauseFunc

	began   time.Time // and what was live on the heap then, for the guard
	heap    int64
	stopped bool // by the guard
}

// New returns a hub for at most so many watchers at a time, fewer where the
// budget has no room for them.
func New(most int, b *budget.Budget) *Hub {
	return &Hub{live: map[string]*liveRun{}, feeds: map[string]*feed{}, most: streamLimit(b, most), budget: b}
}

// feed returns the job's feed, made if there is none. The caller holds mu.
func (h *Hub) feed(id string) *feed {
	f := h.feeds[id]
	if f == nil {
		f = &feed{}
		h.feeds[id] = f
	}
	return f
}

// forget drops the feed of a job that is neither computed nor watched. The
// caller holds mu.
func (h *Hub) forget(id string) {
	if f := h.feeds[id]; f != nil && f.watchers == 0 && h.live[id] == nil {
		delete(h.feeds, id)
	}
}

// Begin registers a run with the cancel function of its computation.
func (h *Hub) Begin(job lombard.Job, fence int64, cancel context.CancelCauseFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.live[job.JobID] = &liveRun{fence: fence, job: job, cancel: cancel, began: time.Now(), heap: Heap()}
	f := h.feed(job.JobID)
	f.restart()
	f.tell(EventStage, job)
}

// Publish takes the job's progress and, when there are any, more days of the
// path of the primary template.
func (h *Hub) Publish(kind EventKind, job lombard.Job, fence int64, points []lombard.PartialPoint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	run := h.live[job.JobID]
	if run == nil || run.fence != fence {
		return
	}
	job.CancelRequested, job.CancelReason, job.SupersededBy = run.job.CancelRequested, run.job.CancelReason, run.job.SupersededBy
	run.job = job
	f := h.feed(job.JobID)
	f.tell(kind, job)
	if len(points) > 0 {
		f.extend(job.TemplateSlugs[0], points)
	}
}

// End forgets a run that this process no longer computes.
func (h *Hub) End(id string, fence int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if run := h.live[id]; run != nil && run.fence == fence {
		delete(h.live, id)
		h.forget(id)
	}
}

// Changed tells watchers what the store says of a job, and stops the local
// computation of one that is to be cancelled.
func (h *Hub) Changed(job lombard.Job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	run := h.live[job.JobID]
	if run != nil && job.CancelRequested {
		run.job.CancelRequested, run.job.CancelReason, run.job.SupersededBy = true, job.CancelReason, job.SupersededBy
		run.cancel(ErrCancelRequested)
	}
	f := h.feeds[job.JobID]
	switch {
	case f == nil: // nobody watches
	case run != nil && !job.Status.Terminal():
		f.tell(EventProgress, run.job)
	default:
		f.tell(kindOf(&job), job)
	}
}

// Jobs is what workers of this process knew, at one moment, of the runs
// they compute.
type Jobs map[string]lombard.Job

// Snapshot is taken before the store is read, never after: a run that ends in
// between is then told as it ended, not as its stored row was before, which
// may be behind what was shown already.
func (h *Hub) Snapshot() Jobs {
	h.mu.Lock()
	defer h.mu.Unlock()
	live := make(Jobs, len(h.live))
	for id, run := range h.live {
		live[id] = run.job
	}
	return live
}

// Over returns the stored job with what is known beyond its row. A row may
// also be ahead of what was last published, which is a tenth of a second old.
func (l Jobs) Over(job lombard.Job) lombard.Job {
	live, ok := l[job.JobID]
	if !ok || job.Status != lombard.StatusRunning || live.Attempt != job.Attempt || live.Progress < job.Progress {
		return job
	}
	live.Version = max(job.Version, live.Version)
	live.ScenarioName, live.Note, live.Tags = job.ScenarioName, job.Note, job.Tags
	live.CancelRequested, live.CancelReason, live.SupersededBy = job.CancelRequested, job.CancelReason, job.SupersededBy
	return live
}

// subscribe adds a watcher of the job, unless there are too many.
func (h *Hub) subscribe(id string) (*Subscription, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers.Load() >= int64(h.most) {
		return nil, tooManyWatchers(h.most)
	}
	release, ok := h.budget.Try(StreamBytes)
	if !ok {
		return nil, tooManyWatchers(int(h.watchers.Load()))
	}
	h.watchers.Add(1)
	f := h.feed(id)
	f.watchers++
	s := &Subscription{hub: h, id: id, feed: f, release: release}
	f.mu.Lock()
	defer f.mu.Unlock()
	s.at.seq = f.seq
	return s, nil
}

func tooManyWatchers(n int) error {
	return &lombard.Error{
		Kind: lombard.KindResourceLimit, Code: lombard.CodeTooManyWatchers,
		Message: fmt.Sprintf("%d event streams are open, and the memory of this server has no room for another.", n),
		Hint:    "Ask for the job every few seconds instead, or try again later.",
	}
}

// Watch follows a job: first the job in full, then what happens to it. read is
// the store's word on the job, with live progress.
func (h *Hub) Watch(ctx context.Context, id string, read func(context.Context) (lombard.Job, error)) (*Subscription, error) {
	sub, err := h.subscribe(id)
	if err != nil {
		return nil, err
	}
	sub.read = func(ctx context.Context) (job lombard.Job, err error) {
		aside(func() { job, err = read(ctx) })
		return job, err
	}
	job, err := sub.read(ctx)
	if err != nil {
		sub.Close()
		return nil, err
	}
	sub.feed.saw(&job)
	sub.first = newTold(kindOf(&job), job, 0)
	return sub, nil
}

// Watchers up to calmCrowd are told everything at once. Beyond, each is told of
// progress less often, so that all of them together take a bounded share of
// the processor; stages and the end are always told at once.
const (
	calmCrowd       = 64
	pacePerWatcher  = 500 * time.Microsecond
	slowestProgress = 2 * time.Second
)

// pace is how much time lies between two progress events of one watcher.
func (h *Hub) pace() time.Duration {
	n := h.watchers.Load()
	if n <= calmCrowd {
		return 0
	}
	return min(time.Duration(n)*pacePerWatcher, slowestProgress)
}

// pollEvery is how often a quiet feed asks the store, in case the job was ended
// by something other than a worker of this process.
const pollEvery = 2 * time.Second

// Subscription is one watcher's stream of a job: a place in the feed that all
// its watchers share. It is for one goroutine at a time.
type Subscription struct {
	hub    *Hub
	id     string
	feed   *feed
	read   func(ctx context.Context) (lombard.Job, error) // the store's word, with live progress
	first  *Event                                         // the job in full, before everything else
	at     place
	ended  bool
	closed bool

	release func() // gives back what it took of the budget
}

// Next waits for the next event. It returns io.EOF after the event that told
// the end of the job, and the context's error when that ends first. Watchers
// share the events: nobody may change them.
func (s *Subscription) Next(ctx context.Context) (*Event, error) {
	if e := s.first; e != nil {
		s.first, s.ended = nil, e.Kind == EventDone
		s.at.note(&e.Job)
		return e, nil
	}
	if s.ended {
		return nil, io.EOF
	}
	timer := time.NewTimer(pollEvery)
	defer timer.Stop()
	for {
		e, wake, wait := s.feed.next(&s.at, s.hub.pace(), time.Now())
		if e != nil {
			s.ended = e.Kind == EventDone
			return e, nil
		}
		if wait == 0 {
			wait = pollEvery
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-wake:
		case <-timer.C:
			if err := s.ask(ctx); err != nil {
				return nil, err
			}
		}
	}
}

// ask has the feed tell what the store says, when nothing was heard for long.
// One watcher of the job asks for all.
func (s *Subscription) ask(ctx context.Context) error {
	if !s.feed.mayAsk(time.Now()) {
		return nil
	}
	job, err := s.read(ctx)
	s.feed.answered(job, err)
	return err
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	s.release()
	s.hub.watchers.Add(-1)
	s.feed.watchers--
	s.hub.forget(s.id)
}

// kindOf is the kind of event that tells a job in full.
func kindOf(job *lombard.Job) EventKind {
	if job.Status.Terminal() {
		return EventDone
	}
	return EventStage
}
