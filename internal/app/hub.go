package app

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"lombard.example/lombard"
)

// EventKind is what an Event tells.
type EventKind string

// The kinds of event.
const (
	EventStage    EventKind = "stage"    // the job entered a stage, or is told in full for the first time
	EventProgress EventKind = "progress" // work was done within a stage
	EventPartial  EventKind = "partial"  // more days of the path are known
	EventDone     EventKind = "done"     // the job is terminal; nothing follows
)

// Event is one message to somebody who watches a job.
type Event struct {
	Kind    EventKind
	Job     lombard.Job
	Partial *Partial
}

// Partial is a stretch of a path that is still being computed.
type Partial struct {
	TemplateSlug string                 `json:"template_slug"`
	From         int                    `json:"from"` // index of the first point
	Points       []lombard.PartialPoint `json:"points"`
}

// hub carries live progress from workers to watchers in this process. The
// store stays the record: what is lost here is read again there.
type hub struct {
	mu      sync.Mutex
	live    map[string]*liveRun
	watches map[string]map[*Subscription]bool
}

// liveRun is a run that a worker of this process computes.
type liveRun struct {
	fence   int64       // of the claim that computes it; a worker that lost its claim is not heard
	job     lombard.Job // as last published
	partial Partial
	cancel  context.CancelCauseFunc
}

func newHub() *hub {
	return &hub{live: map[string]*liveRun{}, watches: map[string]map[*Subscription]bool{}}
}

// begin registers a run with the cancel function of its computation.
func (h *hub) begin(job lombard.Job, fence int64, cancel context.CancelCauseFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.live[job.JobID] = &liveRun{fence: fence, job: job, cancel: cancel}
	h.tell(Event{Kind: EventStage, Job: job})
}

// publish takes the job's progress and, when there are any, more days of the
// path of the primary template.
func (h *hub) publish(kind EventKind, job lombard.Job, fence int64, points []lombard.PartialPoint) {
	h.mu.Lock()
	defer h.mu.Unlock()
	run := h.live[job.JobID]
	if run == nil || run.fence != fence {
		return
	}
	job.CancelRequested, job.CancelReason, job.SupersededBy = run.job.CancelRequested, run.job.CancelReason, run.job.SupersededBy
	run.job = job
	h.tell(Event{Kind: kind, Job: job})
	if len(points) > 0 {
		from := len(run.partial.Points)
		run.partial.TemplateSlug = job.TemplateSlugs[0]
		run.partial.Points = append(run.partial.Points, points...)
		h.tell(Event{Kind: EventPartial, Job: job, Partial: &Partial{TemplateSlug: job.TemplateSlugs[0], From: from, Points: run.partial.Points[from:]}})
	}
}

// end forgets a run that this process no longer computes.
func (h *hub) end(id string, fence int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if run := h.live[id]; run != nil && run.fence == fence {
		delete(h.live, id)
	}
}

// changed tells watchers what the store says of a job, and stops the local
// computation of one that is to be cancelled.
func (h *hub) changed(job lombard.Job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	run := h.live[job.JobID]
	if run != nil && job.CancelRequested {
		run.job.CancelRequested, run.job.CancelReason, run.job.SupersededBy = true, job.CancelReason, job.SupersededBy
		run.cancel(errCancelRequested)
	}
	switch {
	case job.Status.Terminal():
		h.tell(Event{Kind: EventDone, Job: job})
	case run != nil:
		h.tell(Event{Kind: EventProgress, Job: run.job})
	default:
		h.tell(Event{Kind: EventStage, Job: job})
	}
}

func (h *hub) tell(e Event) {
	for s := range h.watches[e.Job.JobID] {
		s.push(e)
	}
}

// liveJobs is what workers of this process knew, at one moment, of the runs
// they compute.
type liveJobs map[string]lombard.Job

// snapshot is taken before the store is read, never after: a run that ends in
// between is then told as it ended, not as its stored row was before, which
// may be behind what was shown already.
func (h *hub) snapshot() liveJobs {
	h.mu.Lock()
	defer h.mu.Unlock()
	live := make(liveJobs, len(h.live))
	for id, run := range h.live {
		live[id] = run.job
	}
	return live
}

// over returns the stored job with what is known beyond its row. A row may
// also be ahead of what was last published, which is a tenth of a second old.
func (l liveJobs) over(job lombard.Job) lombard.Job {
	live, ok := l[job.JobID]
	if !ok || job.Status != lombard.StatusRunning || live.Attempt != job.Attempt || live.Progress < job.Progress {
		return job
	}
	live.Version = max(job.Version, live.Version)
	live.ScenarioName, live.Note, live.Tags = job.ScenarioName, job.Note, job.Tags
	live.CancelRequested, live.CancelReason, live.SupersededBy = job.CancelRequested, job.CancelReason, job.SupersededBy
	return live
}

func (h *hub) subscribe(id string) *Subscription {
	s := &Subscription{hub: h, id: id, ready: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watches[id] == nil {
		h.watches[id] = map[*Subscription]bool{}
	}
	h.watches[id][s] = true
	if run := h.live[id]; run != nil && len(run.partial.Points) > 0 {
		s.push(Event{Kind: EventPartial, Job: run.job, Partial: &Partial{TemplateSlug: run.partial.TemplateSlug, Points: run.partial.Points}})
	}
	return s
}

// pollEvery is how often a quiet subscription asks the store, in case the job
// was ended by something other than a worker of this process.
const pollEvery = 2 * time.Second

// Subscription is one watcher's stream of a job. It holds at most one progress
// and one partial event besides stages, so a slow reader costs no memory.
type Subscription struct {
	hub   *hub
	id    string
	read  func(ctx context.Context) (lombard.Job, error) // the store's word, with live progress
	ready chan struct{}

	mu    sync.Mutex
	queue []Event
	last  lombard.Job // as last returned by Next
	ended bool
}

func (s *Subscription) push(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	merged := false
	for i := len(s.queue) - 1; i >= 0 && !merged; i-- {
		q := &s.queue[i]
		switch {
		case q.Kind == EventStage && e.Kind == EventProgress:
			i = 0 // progress before a stage is not the progress after it
		case e.Kind == EventProgress && q.Kind == EventProgress:
			*q, merged = e, true
		case e.Kind == EventPartial && q.Kind == EventPartial && q.Partial.From+len(q.Partial.Points) == e.Partial.From:
			joined := slices.Concat(q.Partial.Points, e.Partial.Points) // what was pushed stays as it is
			q.Partial = &Partial{TemplateSlug: e.Partial.TemplateSlug, From: q.Partial.From, Points: joined}
			merged = true
		}
	}
	if !merged {
		s.queue = append(s.queue, e)
	}
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// Next waits for the next event. It returns io.EOF after the event that told
// the end of the job, and the context's error when that ends first.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	poll := time.NewTimer(pollEvery)
	defer poll.Stop()
	for {
		if s.ended {
			return Event{}, io.EOF
		}
		if e, ok := s.take(); ok {
			return e, nil
		}
		select {
		case <-ctx.Done():
			return Event{}, ctx.Err()
		case <-s.ready:
		case <-poll.C:
			job, err := s.read(ctx)
			if err != nil {
				return Event{}, err
			}
			poll.Reset(pollEvery)
			if job.Version != s.last.Version || job.Status != s.last.Status {
				s.push(eventOf(job))
			}
		}
	}
}

// take returns the first waiting event that does not go back in time.
func (s *Subscription) take() (Event, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) > 0 {
		e := s.queue[0]
		s.queue = s.queue[1:]
		if e.Kind == EventDone || e.Job.Attempt > s.last.Attempt || e.Job.Attempt == s.last.Attempt && e.Job.Progress >= s.last.Progress {
			e.Job.Version = max(e.Job.Version, s.last.Version)
			s.last, s.ended = e.Job, e.Kind == EventDone
			return e, true
		}
	}
	return Event{}, false
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	delete(s.hub.watches[s.id], s)
	if len(s.hub.watches[s.id]) == 0 {
		delete(s.hub.watches, s.id)
	}
}

// eventOf tells a job in full.
func eventOf(job lombard.Job) Event {
	if job.Status.Terminal() {
		return Event{Kind: EventDone, Job: job}
	}
	return Event{Kind: EventStage, Job: job}
}
