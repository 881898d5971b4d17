package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// heldStore stops before it stores a result until it is let go. What the
// context of the write says meanwhile is obeyed, as a store must.
type heldStore struct {
	app.Store
	parts   bool          // holds at the first parts of a result, not at its end
	storing chan struct{} // one for each result that is to be stored
	letGo   chan struct{}
}

func newHeldStore() *heldStore {
	return &heldStore{storing: make(chan struct{}, 100), letGo: make(chan struct{})}
}

func (h *heldStore) front(s app.Store) app.Store {
	h.Store = s
	return h
}

func (h *heldStore) Finish(ctx context.Context, c app.Claim, o app.Outcome, now time.Time) (lombard.Job, error) {
	if o.Digest != "" && !h.parts {
		if err := h.hold(ctx); err != nil {
			return lombard.Job{}, err
		}
	}
	return h.Store.Finish(ctx, c, o, now)
}

func (h *heldStore) SaveParts(ctx context.Context, c app.Claim, parts []archive.Part) error {
	if h.parts {
		if err := h.hold(ctx); err != nil {
			return err
		}
	}
	return h.Store.SaveParts(ctx, c, parts)
}

func (h *heldStore) hold(ctx context.Context) error {
	h.storing <- struct{}{}
	select {
	case <-h.letGo:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// calling is a source that makes one call to a vendor, which answers with the
// statuses in turn. A pause lasts until the test ends it.
func calling(pauses chan time.Duration, goOn <-chan struct{}, statuses ...int) *remote {
	var calls atomic.Int32
	client := vendorhttp.Client{
		Title: "Coinbase", Base: "https://vendor.test",
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			status := statuses[min(int(calls.Add(1)), len(statuses))-1]
			header := http.Header{}
			if status == http.StatusTooManyRequests {
				header.Set("Retry-After", "12")
			}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
		}),
		Sleep: func(ctx context.Context, d time.Duration) error {
			pauses <- d
			select {
			case <-goOn:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		},
	}
	return newRemote(func(ctx context.Context, _ int) error {
		_, err := client.Get(ctx, "/products/XAU/candles", nil)
		return err
	})
}

// messagesOf are the messages that an event stream told, without repetitions.
func messagesOf(t *testing.T, sub *live.Subscription) []string {
	t.Helper()
	var messages []string
	for {
		e, err := sub.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return messages
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(messages) == 0 || messages[len(messages)-1] != e.Job.Message {
			messages = append(messages, e.Job.Message)
		}
	}
}

func TestEveryStageSaysItsMessageOnceAndInItsPlace(t *testing.T) {
	pauses, goOn := make(chan time.Duration, 1), make(chan struct{})
	store := newHeldStore()
	source := calling(pauses, goOn, http.StatusServiceUnavailable, http.StatusOK)
	p := startOn(t, t.TempDir(), settings{}, func(*sqlite.DB) []market.Source { return []market.Source{source} }, store.front)
	defer p.stop()
	job := p.submit("w", onRemote(gold))
	if job.Message != "Waiting for a worker." {
		t.Errorf("a submitted job says %q", job.Message)
	}
	sub, err := p.Watch(t.Context(), "w", job.JobID)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	polled := func() lombard.Job {
		got, err := p.Job(t.Context(), "w", job.JobID)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	<-pauses
	if got := polled(); got.Message != "Retrying in 1 s: Coinbase does not answer (attempt 2 of 3)" || got.RetryAt == nil || got.Stage != lombard.StageFetching {
		t.Errorf("during the pause a poll reads %q in %s, again at %v", got.Message, got.Stage, got.RetryAt)
	}
	close(goOn)
	<-store.storing
	if got := polled(); got.Message != "Storing the result…" || got.ETASeconds != nil || got.Unit != "hedges" || got.RetryAt != nil || got.Progress >= 100 {
		t.Errorf("while it is stored a poll reads %q, %v s to go, %d of %d %s, %v %%", got.Message, got.ETASeconds, got.Done, got.Total, got.Unit, got.Progress)
	}
	close(store.letGo)
	want := []string{
		"Validating inputs…", "Fetching prices for XAU…", "Retrying in 1 s: Coinbase does not answer (attempt 2 of 3)", "Fetching prices for XAU…",
		"Running backtest calculations…", "Storing the result…", "Backtest complete!",
	}
	got := messagesOf(t, sub)
	if len(got) > 0 && got[0] == "Waiting for a worker." { // unless the worker was there before the watcher
		got = got[1:]
	}
	if at := slices.Index(want, got[0]); at < 0 || at > 2 || !slices.Equal(got, want[at:]) {
		t.Errorf("the stream told %q, want %q", got, want)
	}
	if got := polled(); got.Message != "Backtest complete!" || got.Unit != "days" || got.Done != got.Total {
		t.Errorf("complete job: %q, %d of %d %s", got.Message, got.Done, got.Total, got.Unit)
	}
}

// says waits until a poll reads a message.
func says(t *testing.T, p *program, job lombard.Job, want string) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		got, err := p.Job(t.Context(), job.WorkspaceID, job.JobID)
		if err == nil && got.Message == want {
			return
		}
		if err != nil || got.Status.Terminal() || time.Now().After(deadline) {
			t.Fatalf("the job is %s and says %q, %v; want %q", got.Status, got.Message, err, want)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// The disk takes its time over hedges that are stored while others are still to
// be computed: the job says which, and then goes on as before.
func TestARunSaysWhichHedgeItStores(t *testing.T) {
	store := newHeldStore()
	store.parts = true
	p := startOn(t, t.TempDir(), settings{}, func(*sqlite.DB) []market.Source { return nil }, store.front)
	defer p.stop()
	job := p.submit("w", long)
	sub, err := p.Watch(t.Context(), "w", job.JobID)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	<-store.storing
	var hedge int
	deadline := time.Now().Add(time.Minute)
	for hedge == 0 {
		got, err := p.Job(t.Context(), "w", job.JobID)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("the job says %q, %v; want which hedge is stored", got.Message, err)
		}
		if n, _ := fmt.Sscanf(got.Message, "Storing hedge %d of 6…", &hedge); n == 1 && (got.ETASeconds != nil || got.Stage != lombard.StageCalculating || got.Progress >= 99) {
			t.Errorf("while hedge %d is stored: %+v", hedge, got)
		}
		time.Sleep(2 * time.Millisecond)
	}
	close(store.letGo)
	messages := messagesOf(t, sub)
	storing := fmt.Sprintf("Storing hedge %d of 6…", hedge)
	if at := slices.Index(messages, storing); at < 1 || !slices.Equal(messages[at-1:][:3], []string{"Running backtest calculations…", storing, "Running backtest calculations…"}) {
		t.Errorf("the stream told %q", messages)
	}
	if end := messages[max(0, len(messages)-2):]; !slices.Equal(end, []string{"Storing the result…", "Backtest complete!"}) {
		t.Errorf("the stream ended %q", end)
	}
}

func TestARunThatIsTriedAgainSaysWhenAndWhy(t *testing.T) {
	clock := &movedClock{now: time.Now()}
	source := newRemote(func(context.Context, int) error { return vendorhttp.Down("Coinbase", nil) })
	p := start(t, t.TempDir(), settings{Clock: clock}, source)
	defer p.stop()
	job := p.submit("w", onRemote(gold))
	deadline := time.Now().Add(time.Minute)
	for job.Status != lombard.StatusPending || job.Attempt != 2 {
		if time.Now().After(deadline) || job.Status.Terminal() {
			t.Fatalf("job is %s, attempt %d", job.Status, job.Attempt)
		}
		time.Sleep(time.Millisecond)
		var err error
		if job, err = p.Job(t.Context(), "w", job.JobID); err != nil {
			t.Fatal(err)
		}
	}
	if want := "Retrying in 2 s: Coinbase does not answer (attempt 2 of 3)"; job.Message != want || job.RetryAt == nil {
		t.Errorf("message %q, again at %v; want %q", job.Message, job.RetryAt, want)
	}
	clock.move(1500 * time.Millisecond)
	if job, _ = p.Job(t.Context(), "w", job.JobID); job.Status == lombard.StatusPending && job.Attempt == 2 && job.Message != "Retrying in 1 s: Coinbase does not answer (attempt 2 of 3)" {
		t.Errorf("half a second before the next attempt: %q", job.Message)
	}
	clock.move(time.Second)
	if job, _ = p.Job(t.Context(), "w", job.JobID); job.Status == lombard.StatusPending && job.Attempt == 2 && job.Message != "Waiting for a worker." {
		t.Errorf("after the pause: %q", job.Message)
	}
}

// movedClock is a clock that a test moves.
type movedClock struct {
	now   time.Time
	moved atomic.Int64
}

func (c *movedClock) Now() time.Time { return c.now.Add(time.Duration(c.moved.Load())) }

func (c *movedClock) move(d time.Duration) { c.moved.Add(int64(d)) }

func TestWhatBecomesOfALiveRunIsNotPartOfTheQuestion(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	first := p.wait(p.submit("w", gold))
	for _, choice := range []string{"replace", "queue", "refuse"} {
		again := p.submit("w", instead("on_conflict", `"`+choice+`"`))
		if !again.Cached || again.ScenarioID != first.ScenarioID || *again.ResultDigest != *first.ResultDigest {
			t.Errorf("%s: cached %v, scenario %s, want the answer of %s", choice, again.Cached, again.ScenarioID, first.ScenarioID)
		}
		if asked, err := p.Request(t.Context(), "w", again.JobID); err != nil || asked.OnConflict != "" {
			t.Errorf("%s: the question echoes on_conflict %q, %v", choice, asked.OnConflict, err)
		}
	}
	for given, want := range map[string]string{"queued": "queue", "Replace!": "replace", "refused": "refuse", "cancel": "queue", "re": "queue"} {
		_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: []byte(strings.Replace(instead("on_conflict", `"`+given+`"`), `301650`, `-1`, 1))})
		own, _ := errors.AsType[*lombard.Error](err)
		if own == nil || len(own.Fields) != 2 || !slices.ContainsFunc(own.Fields, func(f lombard.FieldError) bool { return f.Field == "on_conflict" && f.Suggestion == want }) {
			t.Errorf("on_conflict %s: %v, want a suggestion of %s beside the other fault", given, err, want)
		}
	}
}

func TestQueuedRunsOfAWorkspaceAreWorkedOffInOrder(t *testing.T) {
	asked, goOn := make(chan struct{}, 10), make(chan struct{})
	source := newRemote(func(ctx context.Context, _ int) error {
		asked <- struct{}{}
		select {
		case <-goOn:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	p := start(t, t.TempDir(), settings{Workers: 1}, source)
	defer p.stop()
	jobs := []lombard.Job{p.submit("w", onRemote(gold))}
	<-asked
	for range 4 {
		jobs = append(jobs, p.submit("w", onRemote(instead("on_conflict", `"queue"`))))
	}
	_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: []byte(onRemote(instead("on_conflict", `"refuse"`)))})
	if busy, ok := errors.AsType[*app.LiveJob](err); !ok || busy.Job.JobID != jobs[0].JobID {
		t.Errorf("submit with refuse: %v", err)
	}
	close(goOn)
	var ended time.Time
	for i, job := range jobs {
		done := p.wait(job)
		if done.Status != lombard.StatusComplete || done.StartedAt.Before(ended) {
			t.Errorf("job %d is %s, started at %v, the one before it ended at %v", i, done.Status, done.StartedAt, ended)
		}
		ended = *done.StartedAt
	}
}
