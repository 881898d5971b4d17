package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/chaos/checker"
	"lombard.example/lombard/internal/jobs"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/worker"
	"lombard.example/lombard/market"
)

// office is the whole program in this process, with a source that does what
// its test says.
type office struct {
	t       *testing.T
	service *app.Service
	worker  *worker.Worker
	store   *sqlite.DB
	history *checker.History
}

func newOffice(t *testing.T, workers int, c worker.Config, script func(ctx context.Context, q market.Query) error) *office {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := jobs.New(t.Context(), db.Writer(), jobs.Options{Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	db.UseTickets(queue)
	o := &office{t: t, store: db, history: checker.NewHistory(time.Now())}
	store := &recorder{Store: db, worker: "worker", history: o.history, freezer: &freezer{}}
	feed, sources := live.New(10_000, nil), only(&scripted{Source: sample.New(), script: script})
	o.service = app.New(app.Config{Store: store, Tickets: queue, Feed: feed, Sources: sources})
	c.Store, c.Feed, c.Sources = store, feed, sources.Lookup
	o.worker = worker.New(c)
	if err := errors.Join(o.worker.Start(t.Context(), worker.TakeOver), queue.Start(t.Context(), o.worker.Work)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		o.service.Drain()
		o.worker.Drain()
		err := queue.Stop(ctx)
		o.worker.Close()
		if err := errors.Join(err, db.Close()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return o
}

// watch follows a run to its end and returns how often an end was told.
func (o *office) watch(ctx context.Context, workspace, id string) (ends int) {
	e := o.history.Begin(checker.Event{Client: "watcher", Op: checker.OpWatch, Workspace: workspace, JobID: id}, time.Now())
	sub, err := o.service.Watch(ctx, workspace, id)
	if err != nil {
		o.t.Errorf("watch: %v", err)
		return 0
	}
	defer sub.Close()
	e.Phase = checker.Seen
	for {
		told, err := sub.Next(ctx)
		if errors.Is(err, io.EOF) {
			return ends
		}
		if err != nil {
			o.t.Errorf("next event of %s: %v", id, err)
			return ends
		}
		if told.Kind == live.EventPartial {
			continue
		}
		e.Job = checker.JobOf(&told.Job)
		o.history.Add(e, time.Now())
		if told.Kind == live.EventDone {
			ends++
		}
	}
}

// read looks at a run as a client does.
func (o *office) read(client, workspace, id string) lombard.Job {
	e := o.history.Begin(checker.Event{Client: client, Op: checker.OpRead, Workspace: workspace, JobID: id}, time.Now())
	job, err := o.service.Job(context.Background(), workspace, id)
	if err != nil {
		o.t.Errorf("read %s: %v", id, err)
	}
	e.Phase, e.Job = checker.OK, checker.JobOf(&job)
	o.history.Add(e, time.Now())
	return job
}

// lane is one workspace in which runs race with their cancels.
type lane struct {
	*office
	workspace string
	rng       *rand.Rand
	lead      time.Duration // of the run over its cancel, adjusted so that either may win
	arrived   chan struct{}
	release   chan struct{}
}

// race lets a run finish while it is cancelled, and returns how it ended.
func (l *lane) race(ctx context.Context, serial int) lombard.Status {
	job := submit(l.t, l.service, l.history, l.workspace, fmt.Sprintf("%s race #%d", l.workspace, serial), 301000+float64(serial)/100)
	<-l.arrived
	var actors sync.WaitGroup
	early, late := upTo(l.rng, time.Millisecond), upTo(l.rng, time.Millisecond)+time.Duration(float64(l.lead)*(0.5+l.rng.Float64()))
	actors.Go(func() {
		pause(ctx, early)
		l.release <- struct{}{}
	})
	var answer lombard.Job
	actors.Go(func() {
		pause(ctx, late)
		e := l.history.Begin(checker.Event{Client: "canceller", Op: checker.OpCancel, Workspace: l.workspace, JobID: job.JobID}, time.Now())
		var err error
		if answer, err = l.service.Cancel(ctx, l.workspace, job.JobID); err != nil {
			l.t.Errorf("cancel: %v", err)
		}
		e.Phase, e.Job = checker.OK, checker.JobOf(&answer)
		l.history.Add(e, time.Now())
	})
	over := make(chan struct{})
	actors.Go(func() {
		for ; ; pause(ctx, time.Millisecond) {
			l.read("reader", l.workspace, job.JobID)
			select {
			case <-over:
				return
			default:
			}
		}
	})
	ends := l.watch(ctx, l.workspace, job.JobID)
	close(over)
	actors.Wait()
	end := l.read("last", l.workspace, job.JobID)
	switch {
	case ends != 1 || !end.Status.Terminal():
		l.t.Errorf("%s is %s after %d ends were told, want one", job.JobID, end.Status, ends)
	case !answer.Status.Terminal() && end.Status != lombard.StatusCancelled:
		l.t.Errorf("the cancel of %s was acknowledged while it was %s, and it is %s", job.JobID, answer.Status, end.Status)
	case answer.Status == lombard.StatusComplete && end.Status != lombard.StatusComplete:
		l.t.Errorf("%s was complete when it was to be cancelled, and it is %s", job.JobID, end.Status)
	}
	if end.Status == lombard.StatusCancelled {
		l.lead += l.lead / 8
	} else {
		l.lead -= l.lead / 8
	}
	return end.Status
}

// TestCancelRaces is the second half of R7: a run that is cancelled while it
// finishes ends once, one way or the other, and as the cancel was answered.
func TestCancelRaces(t *testing.T) {
	t.Parallel()
	seed, races := newSeed(t), amount(10_000, 1000)
	lanes := map[string]*lane{}
	o := newOffice(t, 2*submitters, worker.Config{}, func(_ context.Context, q market.Query) error {
		lanes[q.Workspace].arrived <- struct{}{}
		<-lanes[q.Workspace].release
		return nil
	})
	for _, w := range workspaces() {
		lanes[w] = &lane{office: o, workspace: w, rng: chance(seed, w), lead: 2 * time.Millisecond, arrived: make(chan struct{}), release: make(chan struct{})}
	}
	ends := make(chan lombard.Status, races)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Minute)
	defer cancel()
	var running sync.WaitGroup
	for _, l := range lanes {
		running.Go(func() {
			for serial := 1; serial <= races/submitters && !t.Failed(); serial++ {
				ends <- l.race(ctx, serial)
			}
		})
	}
	running.Wait()
	close(ends)
	count := map[lombard.Status]int{}
	for end := range ends {
		count[end]++
	}
	r := checker.Check(o.history.Events(), storedFinals(t, o.store, workspaces()...), nil, checker.Conditions{})
	t.Logf("R7: %d cancels racing with the end of their run: %d complete, %d cancelled, never both: terminal_changed=%d stale_write=%d",
		races, count[lombard.StatusComplete], count[lombard.StatusCancelled], r.TerminalChanged, r.StaleWrite)
	judge(t, o.history, r)
	if count[lombard.StatusComplete] == 0 || count[lombard.StatusCancelled] == 0 {
		t.Errorf("one side always won: %v; it was no race", count)
	}
}

// TestEveryEndSaysWhy has runs fail in every way that a source can fail: each
// ends failed, with a sentence and a kind.
func TestEveryEndSaysWhy(t *testing.T) {
	silent := errors.New("")
	ways := map[string]func(ctx context.Context) error{
		"an-error-without-words": func(context.Context) error { return silent },
		"an-empty-own-error":     func(context.Context) error { return &lombard.Error{} },
		"no-data": func(context.Context) error {
			return &lombard.Error{Kind: lombard.KindDataUnavailable, Code: "no_data", Message: "There are no prices."}
		},
		"a-panic":            func(context.Context) error { panic("out of range") },
		"a-panic-with-nil":   func(context.Context) error { var m map[string]int; m["x"] = 1; return nil }, //nolint:govet,staticcheck // the panic is the point
		"a-hang":             func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"a-foreign-deadline": func(context.Context) error { return context.DeadlineExceeded },
		"a-foreign-cancel":   func(context.Context) error { return context.Canceled },
	}
	o := newOffice(t, len(ways), worker.Config{Deadline: 300 * time.Millisecond}, func(ctx context.Context, q market.Query) error {
		return ways[q.Workspace](ctx)
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var names []string
	var running sync.WaitGroup
	serial := 0
	for name := range ways {
		names = append(names, name)
		serial++
		job := submit(t, o.service, o.history, name, name, 301000+float64(serial))
		running.Go(func() { o.watch(ctx, name, job.JobID) })
	}
	running.Wait()
	r := checker.Check(o.history.Events(), storedFinals(t, o.store, names...), nil, checker.Conditions{})
	t.Logf("ends: %d ways to fail: %s", len(ways), r.String())
	judge(t, o.history, r)
	if r.Failed != len(ways) {
		t.Errorf("%d runs failed, want %d", r.Failed, len(ways))
	}
}
