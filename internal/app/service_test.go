package app_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/budget"
	"lombard.example/lombard/internal/jobs"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/internal/provider"
	"lombard.example/lombard/internal/provider/file"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/internal/provider/synthetic"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/worker"
	"lombard.example/lombard/market"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const gold = `{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31","template_slug":"protective-put-atm-12m",
 "underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75,"data_source":"sample"}`

// remote is a source that is not local: it does what its test tells it to.
type remote struct {
	market.Source
	bars func(ctx context.Context, call int) error

	mu    sync.Mutex
	calls int
}

func newRemote(bars func(ctx context.Context, call int) error) *remote {
	return &remote{Source: sample.New(), bars: bars}
}

func (r *remote) Describe() market.Description { return market.Description{Slug: "remote"} }

func (r *remote) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	if q.OnlyStored {
		return market.Series{}, market.ErrNotStored
	}
	r.mu.Lock()
	r.calls++
	call := r.calls
	r.mu.Unlock()
	if err := r.bars(ctx, call); err != nil {
		return market.Series{}, err
	}
	return r.Source.Bars(ctx, q, progress)
}

// program is the service with its real store, queue and worker.
type program struct {
	testing.TB
	*app.Service
	worker *worker.Worker
	db     *sqlite.DB
	queue  *jobs.Queue
}

// settings are what tests choose of the program; zero ones ask for the defaults.
type settings struct {
	Log        *slog.Logger
	Clock      app.Clock
	Budget     *budget.Budget
	ReadPrices func(file io.ReadSeeker, name, symbol string) (app.PriceFile, error)
	Redact     func(text string) string
	HeapLimit  int64
	Workers    int
	Deadline   time.Duration
}

// start runs the program on a directory; extra sources come beside the real ones.
func start(t testing.TB, dir string, c settings, extra ...market.Source) *program {
	t.Helper()
	return startWith(t, dir, c, func(*sqlite.DB) []market.Source { return extra })
}

// startWith is start with sources that need the database.
func startWith(t testing.TB, dir string, c settings, extra func(*sqlite.DB) []market.Source) *program {
	t.Helper()
	return startOn(t, dir, c, extra, func(s app.Store) app.Store { return s })
}

// startOn is start on a store with something in front of it.
func startOn(t testing.TB, dir string, c settings, extra func(*sqlite.DB) []market.Source, front func(app.Store) app.Store) *program {
	t.Helper()
	db, err := sqlite.Open(t.Context(), dir, sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := jobs.New(t.Context(), db.Writer(), jobs.Options{Workers: 2, SoftStop: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	db.UseTickets(queue)
	store, feed := front(db), live.New(10_000, c.Budget)
	sources := provider.New(append([]market.Source{sample.New(), synthetic.New(), file.New(db)}, extra(db)...)...)
	p := &program{TB: t, db: db, queue: queue}
	p.Service = app.New(app.Config{Store: store, Tickets: queue, Feed: feed, Sources: sources, Log: c.Log, Clock: c.Clock, Budget: c.Budget, ReadPrices: c.ReadPrices})
	p.worker = worker.New(worker.Config{
		Store: store, Feed: feed, Sources: sources.Lookup, Log: c.Log, Clock: c.Clock, Budget: c.Budget,
		Redact: c.Redact, HeapLimit: c.HeapLimit, Runs: c.Workers, Deadline: c.Deadline, Spent: db.Spent,
	})
	if err := errors.Join(p.worker.Start(t.Context(), worker.TakeOver), queue.Start(t.Context(), p.worker.Work)); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *program) stop() {
	p.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p.Drain()
	p.worker.Drain()
	err := p.queue.Stop(ctx)
	p.worker.Close()
	if err := errors.Join(err, p.db.Close()); err != nil {
		p.Errorf("stop: %v", err)
	}
}

func (p *program) submit(workspace, body string) lombard.Job {
	p.Helper()
	out, err := p.Submit(p.Context(), app.SubmitRequest{Workspace: workspace, Body: []byte(body)})
	if err != nil {
		p.Fatalf("submit: %v", err)
	}
	return out.Job
}

func (p *program) wait(job lombard.Job) lombard.Job {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	done, err := p.Wait(ctx, job.WorkspaceID, job.JobID)
	if err != nil || !done.Status.Terminal() {
		p.Fatalf("job %s is %s, %v", job.JobID, done.Status, err)
	}
	return done
}

// result reads all of a job's result.
func (p *program) result(workspace, id string) *lombard.Result {
	p.Helper()
	stored, err := p.Result(p.Context(), workspace, id)
	if err != nil {
		p.Fatal(err)
	}
	opened, err := stored.Open()
	if err != nil {
		p.Fatal(err)
	}
	whole, err := opened.Whole(p.Context())
	if err != nil {
		p.Fatal(err)
	}
	return whole
}

func onRemote(body string) string { return strings.Replace(body, `"sample"`, `"remote"`, 1) }

func TestASubmitBecomesAResultThatCanBeReadAtOnce(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	job := p.wait(p.submit("w", gold))
	if job.Status != lombard.StatusComplete || job.Progress != 100 || job.Verdict == "" {
		t.Fatalf("job = %+v", job)
	}
	result := p.result("w", job.JobID)
	if result.MarginCallDaysUnhedged != 55 || len(result.Templates) != 1 || len(result.Templates[0].DailyPath) != 319 {
		t.Errorf("%d call days, %d templates", result.MarginCallDaysUnhedged, len(result.Templates))
	}
	if result.ScenarioName != "XAU 1987-12-14 to 1989-03-31" || *result.Request.Assumptions.Rate != 0.065 || result.Request.Assumptions.Vol.Window != 252 {
		t.Errorf("defaults are not echoed: %+v", result.Request)
	}
	explained, err := p.Explain(t.Context(), "w", job.JobID, "", lombard.MustDate("1988-09-21"))
	if err != nil || !strings.Contains(explained.Sentence, "is called (LTV 0.7511) without the hedge") {
		t.Errorf("explanation = %q, %v", explained.Sentence, err)
	}
}

func TestTheSameRequestTwiceIsServedFromTheCacheWithTheSameBytes(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	first := p.wait(p.submit("w", gold))
	second := p.submit("w", gold)
	if second.Status != lombard.StatusComplete || !second.Cached || *second.CachedFrom != first.JobID {
		t.Errorf("second job is %s, cached %v", second.Status, second.Cached)
	}
	forced := p.wait(p.submit("w", strings.Replace(gold, `{`, `{"force":true,`, 1)))
	if forced.Cached || *forced.ResultDigest != *first.ResultDigest {
		t.Errorf("forced run: cached %v, digest %s, want %s", forced.Cached, *forced.ResultDigest, *first.ResultDigest)
	}
	spelled := p.submit("w", strings.Replace(gold, `"template_slug":"protective-put-atm-12m"`, `"template_slugs":["protective-put-atm-12m"]`, 1))
	if !spelled.Cached {
		t.Error("the same question in another spelling was computed again")
	}
}

func TestWatchersSeeEveryStageInOrder(t *testing.T) {
	release := make(chan struct{})
	p := start(t, t.TempDir(), settings{}, newRemote(func(ctx context.Context, _ int) error {
		select {
		case <-release:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}))
	defer p.stop()
	job := p.submit("w", onRemote(gold))
	sub, err := p.Watch(t.Context(), "w", job.JobID)
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	close(release)
	last, stages, points := lombard.Job{}, []lombard.Stage{}, 0
	for {
		e, err := sub.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Job.Attempt == last.Attempt && e.Job.Progress < last.Progress {
			t.Errorf("progress went from %v to %v", last.Progress, e.Job.Progress)
		}
		if e.Partial != nil {
			points += len(e.Partial.Points)
		}
		if len(stages) == 0 || stages[len(stages)-1] != e.Job.Stage {
			stages = append(stages, e.Job.Stage)
		}
		last = e.Job
	}
	const want = "[validating fetching_prices calculating complete]"
	if len(stages) > 0 && stages[0] == lombard.StageFetching { // a worker had it before anybody watched
		stages = append([]lombard.Stage{lombard.StageValidating}, stages...)
	}
	if got := fmt.Sprint(stages); got != want {
		t.Errorf("stages = %s, want %s", got, want)
	}
	if last.Status != lombard.StatusComplete || !last.HasResult || points == 0 {
		t.Errorf("last event = %s, %d partial points", last.Status, points)
	}
}

func TestARetryableErrorIsTriedAgain(t *testing.T) {
	source := newRemote(func(_ context.Context, call int) error {
		if call == 1 {
			return &lombard.Error{Kind: lombard.KindVendorBusy, Code: "busy", Message: "The vendor is busy."}
		}
		return nil
	})
	p := start(t, t.TempDir(), settings{}, source)
	defer p.stop()
	job := p.wait(p.submit("w", onRemote(gold)))
	if job.Status != lombard.StatusComplete || job.Attempt != 2 {
		t.Errorf("job is %s after attempt %d, want complete after 2", job.Status, job.Attempt)
	}
}

func TestErrorsOfTheJobAreSentences(t *testing.T) {
	for _, row := range []struct {
		name string
		bars func(ctx context.Context, call int) error
		kind lombard.Kind
		text string
	}{
		{"a panic", func(context.Context, int) error { panic("boom") }, lombard.KindInternal, "Something went wrong inside lombard."},
		{"a foreign error", func(context.Context, int) error { return errors.New("dial tcp: secret") }, lombard.KindInternal, "Something went wrong inside lombard."},
		{"an error without a text", func(context.Context, int) error { return &lombard.Error{Kind: lombard.KindVendorAuth} }, lombard.KindInternal, "Something went wrong"},
		{"a refused key", func(context.Context, int) error {
			return &lombard.Error{Kind: lombard.KindVendorAuth, Message: "The key was rejected.", Hint: "Check it."}
		}, lombard.KindVendorAuth, "The key was rejected. Check it."},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := start(t, t.TempDir(), settings{}, newRemote(row.bars))
			defer p.stop()
			job := p.wait(p.submit("w", onRemote(gold)))
			if job.Status != lombard.StatusFailed || job.ErrorDetail == nil || job.ErrorDetail.Kind != row.kind || !strings.Contains(*job.Error, row.text) {
				t.Fatalf("job is %s with %v, %+v", job.Status, job.Error, job.ErrorDetail)
			}
			if strings.Contains(*job.Error, "secret") || job.Progress != 0 || *job.FailedStage != lombard.StageFetching {
				t.Errorf("error %q, progress %v, failed in %v", *job.Error, job.Progress, *job.FailedStage)
			}
		})
	}
}

func TestAJobPastItsDeadlineTimesOut(t *testing.T) {
	p := start(t, t.TempDir(), settings{Deadline: 50 * time.Millisecond}, newRemote(func(ctx context.Context, _ int) error {
		<-ctx.Done()
		return ctx.Err()
	}))
	defer p.stop()
	if job := p.wait(p.submit("w", onRemote(gold))); job.Status != lombard.StatusFailed || job.ErrorDetail.Kind != lombard.KindTimeout {
		t.Errorf("job is %s, %+v", job.Status, job.ErrorDetail)
	}
}

// hang returns a source that says when it is asked and waits to be stopped.
func hang(asked chan<- struct{}) *remote {
	return newRemote(func(ctx context.Context, call int) error {
		if call > 1 {
			return nil
		}
		asked <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
}

func TestCancelStopsTheWork(t *testing.T) {
	asked := make(chan struct{}, 1)
	p := start(t, t.TempDir(), settings{}, hang(asked))
	defer p.stop()
	job := p.submit("w", onRemote(gold))
	<-asked
	answered, err := p.Cancel(t.Context(), "w", job.JobID)
	if err != nil || answered.Status != lombard.StatusRunning && answered.Status != lombard.StatusCancelled {
		t.Fatalf("cancel answered %s, %v", answered.Status, err)
	}
	done := p.wait(job)
	if done.Status != lombard.StatusCancelled || *done.CancelReason != lombard.CancelUser {
		t.Errorf("job is %s, %v", done.Status, done.CancelReason)
	}
	if _, err := p.Result(t.Context(), "w", job.JobID); lombard.KindOf(err) != lombard.KindConflict {
		t.Errorf("result of a cancelled job: %v", err)
	}
}

func TestAWaitWhoseTimeIsUpAnswersWithTheJobAsItIs(t *testing.T) {
	asked := make(chan struct{}, 1)
	p := start(t, t.TempDir(), settings{}, hang(asked))
	defer p.stop()
	job := p.submit("w", onRemote(gold))
	<-asked
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := p.Wait(over, "w", job.JobID); err != nil || got.JobID != job.JobID || got.Status != lombard.StatusRunning {
		t.Errorf("wait = %s %s, %v; want the running job", got.JobID, got.Status, err)
	}
	if _, err := p.Wait(over, "other", job.JobID); lombard.KindOf(err) != lombard.KindNotFound {
		t.Errorf("wait for a job of another workspace: %v, want not found", err)
	}
}

func TestTheLatestReplacesThePreviousAndStaysReadable(t *testing.T) {
	asked := make(chan struct{}, 1)
	p := start(t, t.TempDir(), settings{}, hang(asked))
	defer p.stop()
	old := p.submit("w", onRemote(gold))
	<-asked
	next := p.submit("w", gold)
	replaced := p.wait(old)
	if replaced.Status != lombard.StatusCancelled || *replaced.CancelReason != lombard.CancelSuperseded || *replaced.SupersededBy != next.JobID {
		t.Errorf("replaced job is %s, %v, by %v", replaced.Status, replaced.CancelReason, replaced.SupersededBy)
	}
	if done := p.wait(next); done.Status != lombard.StatusComplete {
		t.Errorf("new job is %s", done.Status)
	}
	if current, err := p.Current(t.Context(), "w"); err != nil || current.JobID != next.JobID {
		t.Errorf("current = %s, %v", current.JobID, err)
	}
}

func TestARestartGoesOnWithTheSameAnswer(t *testing.T) {
	dir := t.TempDir()
	asked := make(chan struct{}, 1)
	p := start(t, dir, settings{}, hang(asked))
	job := p.submit("w", onRemote(gold))
	<-asked
	// The process dies: the store closes under the worker, which hands nothing back.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = p.queue.Stop(ctx)
	p.stop()

	p = start(t, dir, settings{}, newRemote(func(context.Context, int) error { return nil }))
	defer p.stop()
	done := p.wait(job)
	if done.Status != lombard.StatusComplete {
		t.Fatalf("job is %s: %v", done.Status, done.Error)
	}
	fresh := p.wait(p.submit("v", onRemote(gold)))
	if *fresh.ResultDigest != *done.ResultDigest {
		t.Errorf("digest after the restart %s, undisturbed %s", *done.ResultDigest, *fresh.ResultDigest)
	}
}

func TestBadRequestsStoreNothing(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	for name, body := range map[string]string{
		"not JSON":           `{`,
		"unknown key":        strings.Replace(gold, `{`, `{"x":1,`, 1),
		"in call at entry":   strings.Replace(gold, `301650`, `400000`, 1),
		"out of range":       strings.Replace(gold, `1987-12-14`, `1984-01-01`, 1),
		"no history":         strings.Replace(gold, `1987-12-14`, `1985-02-01`, 1),
		"unknown template":   strings.Replace(gold, `protective-put-atm-12m`, `put`, 1),
		"unknown source":     strings.Replace(gold, `"sample"`, `"samples"`, 1),
		"unknown symbol":     strings.Replace(gold, `XAU`, `XAG`, 1),
		"a single session":   strings.Replace(gold, `1987-12-14`, `1989-03-31`, 1),
		"a file nobody sent": strings.Replace(gold, `"sample"`, `"file"`, 1),
	} {
		_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: []byte(body)})
		switch kind := lombard.KindOf(err); {
		case err == nil:
			t.Errorf("%s: accepted", name)
		case kind != lombard.KindMalformed && kind != lombard.KindValidation && kind != lombard.KindDataUnavailable:
			t.Errorf("%s: kind %s, %v", name, kind, err)
		}
	}
	if page, err := p.Jobs(t.Context(), "w", app.ListQuery{}); err != nil || len(page.Jobs) != 0 {
		t.Errorf("history holds %d jobs, %v", len(page.Jobs), err)
	}
}

func TestAllFaultsOfARequestAreToldTogether(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	body := strings.NewReplacer(`1987-12-14`, `1984-01-01`, `protective-put-atm-12m`, `put-atm`, `301650`, `-5`, `0.75`, `75`).Replace(gold)
	_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: []byte(body)})
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	var fields []string
	for _, f := range own.Fields {
		fields = append(fields, f.Field)
	}
	if got, want := fmt.Sprint(fields), "[loan_amount margin_call_ltv template_slug start_date]"; got != want {
		t.Errorf("fields = %s, want %s", got, want)
	}
}

func TestCheckTellsWhatARunWouldUse(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	c, err := p.Check(t.Context(), "w", []byte(gold))
	if err != nil {
		t.Fatal(err)
	}
	// 0.75 × 1000 × 502.75 = 377,062.50, so 377,062.49 is the largest loan, and
	// 301,650 is called at 301,650 / (1000 × 0.75) = 402.20.
	if c.InitialLTV != 0.6 || c.LargestLoan != 377062.49 || c.CallSpot != 402.2 || c.Sessions != 319 || c.Available == nil {
		t.Errorf("check = %+v", c)
	}
	if !strings.Contains(strings.Join(c.DefaultsUsed, " "), "assumptions.vol") {
		t.Errorf("defaults used = %v", c.DefaultsUsed)
	}
}

func TestADrainingServerTakesNothing(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	if err := p.Ready(t.Context()); err != nil {
		t.Errorf("ready: %v", err)
	}
	p.Drain()
	_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: []byte(gold)})
	if lombard.KindOf(err) != lombard.KindDraining || lombard.KindOf(p.Ready(t.Context())) != lombard.KindDraining {
		t.Errorf("a draining server answered %v", err)
	}
}

// tenYears is one job over ten years of daily prices with a European option.
const tenYears = `{"symbol":"SPX","start_date":"2003-01-02","end_date":"2012-12-31","template_slug":"protective-put-atm-12m",
 "underlying_units":%d,"loan_amount":500,"margin_call_ltv":0.75,"data_source":"sample","assumptions":{"option_style":"%s"}}`
