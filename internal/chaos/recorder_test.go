package chaos

import (
	"context"
	"errors"
	"sync"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/chaos/checker"
	"lombard.example/lombard/internal/provider"
	"lombard.example/lombard/market"
)

// place is where a worker can be frozen.
type place int

const (
	nowhere   place = iota
	fetching        // the run is claimed, its prices are being read
	beating         // progress is about to be written
	finishing       // everything is computed, the end is about to be written
)

// places lists where a worker can be frozen.
func places() []place { return []place{fetching, beating, finishing} }

// String names the place.
func (p place) String() string {
	return map[place]string{fetching: "reading prices", beating: "writing progress", finishing: "writing its end"}[p]
}

// freezer stops one worker at one place, once. While it is frozen none of its
// goroutines gets past any place, as in a process that was stopped.
type freezer struct {
	mu      sync.Mutex
	at      place
	frozen  bool
	reached chan struct{}
	thaw    chan struct{}
}

// arm makes the next worker that comes to the place wait for release.
func (f *freezer) arm(at place) (reached <-chan struct{}, release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at, f.reached, f.thaw = at, make(chan struct{}), make(chan struct{})
	thaw := f.thaw
	return f.reached, sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.at, f.frozen = nowhere, false
		close(thaw)
	})
}

// pass is called by workers; it ignores their context, as a frozen process does.
func (f *freezer) pass(at place) {
	f.mu.Lock()
	if f.at == at {
		f.at, f.frozen = nowhere, true
		close(f.reached)
	}
	if !f.frozen {
		f.mu.Unlock()
		return
	}
	thaw := f.thaw
	f.mu.Unlock()
	<-thaw
}

// armedFor reports whether the next worker at the place will freeze, and the
// channel that tells when.
func (f *freezer) armedFor(at place) (<-chan struct{}, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reached, f.at == at
}

// recorder is a store that writes down what one worker does to it, and at
// whose calls that worker can be frozen.
type recorder struct {
	app.Store
	worker  string
	history *checker.History
	freezer *freezer
}

func (r *recorder) begin(op checker.Op, id string, fence int64) checker.Event {
	return r.history.Begin(checker.Event{Client: r.worker, Op: op, JobID: id, Fence: fence}, time.Now())
}

func (r *recorder) settle(e checker.Event, err error) {
	if e.Phase = checker.OK; err != nil {
		e.Phase, e.Text = checker.Fail, err.Error()
	}
	r.history.Add(e, time.Now())
}

// Claim implements app.Store.
func (r *recorder) Claim(ctx context.Context, request app.ClaimRequest) (app.Claim, error) {
	c, err := r.Store.Claim(ctx, request)
	if errors.Is(err, app.ErrNothing) || errors.Is(err, app.ErrNotAlone) {
		return c, err // nothing was written
	}
	r.settle(r.begin(checker.OpClaim, c.RunID, c.Fence), err) // which run it is, the answer says
	return c, err
}

// Heartbeat implements app.Store.
func (r *recorder) Heartbeat(ctx context.Context, c app.Claim, p app.Progress, now, leaseUntil time.Time) (app.Signal, error) {
	r.freezer.pass(beating)
	e := r.begin(checker.OpWrite, c.RunID, c.Fence)
	signal, err := r.Store.Heartbeat(context.WithoutCancel(ctx), c, p, now, leaseUntil)
	r.settle(e, err)
	return signal, err
}

// Finish implements app.Store.
func (r *recorder) Finish(ctx context.Context, c app.Claim, o app.Outcome, now time.Time) (lombard.Job, error) {
	r.freezer.pass(finishing)
	e := r.begin(checker.OpWrite, c.RunID, c.Fence)
	e.Ended = true
	job, err := r.Store.Finish(ctx, c, o, now)
	r.settle(e, err)
	return job, err
}

// scripted is a source of prices that is not local, so that runs alone read
// it. It does what its test says and then gives a few real bars.
type scripted struct {
	market.Source // of the bars
	script        func(ctx context.Context, q market.Query) error
}

const scriptedSlug = "scripted"

// Describe implements market.Source.
func (s *scripted) Describe() market.Description { return market.Description{Slug: scriptedSlug} }

// Bars implements market.Source.
func (s *scripted) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	if q.OnlyStored {
		return market.Series{}, market.ErrNotStored
	}
	if err := s.script(ctx, q); err != nil {
		return market.Series{}, err
	}
	series, err := s.Source.Bars(context.WithoutCancel(ctx), q, progress)
	series.Source = scriptedSlug
	return series, err
}

// only is the registry of one source.
func only(s market.Source) app.SourceRegistry { return provider.New(s) }

// stepClock is a clock that a test moves.
type stepClock struct {
	mu  sync.Mutex
	now time.Time
}

// Now implements app.Clock.
func (c *stepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stepClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
