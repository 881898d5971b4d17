package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/market"
)

// Ids that the fake knows.
const (
	doneID    = "019a5b7e-0000-7000-8000-000000000001"
	runningID = "019a5b7e-0000-7000-8000-000000000002"
	failedID  = "019a5b7e-0000-7000-8000-000000000003"
	missingID = "019a5b7e-0000-7000-8000-00000000000f"
	fileID    = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
)

func ptr[T any](x T) *T { return &x }

// fake is a backend with a few jobs. Its answers can be replaced; without a
// replacement it does what a small service would.
type fake struct {
	mu   sync.Mutex
	jobs map[string]lombard.Job

	result app.StoredResult
	fail   error // answer of every use case, when it is set

	submitted []app.SubmitRequest
	annotated []app.Annotation
	submit    func(app.SubmitRequest) (app.Submitted, error)
	wait      func(ctx context.Context, id string) (lombard.Job, error)
	watch     func(id string) (Events, error)
}

func newFake() *fake {
	created := time.Date(2025, 11, 24, 1, 2, 3, 456789000, time.UTC)
	job := lombard.Job{
		JobID: doneID, Kind: lombard.JobBacktest, WorkspaceID: "default", Status: lombard.StatusComplete, Stage: lombard.StageComplete, StageLabel: lombard.StageComplete.Label(),
		Progress: 100, Message: "Complete", HasResult: true, CreatedAt: created, UpdatedAt: created, CompletedAt: ptr(created), StartedAt: ptr(created),
		Attempt: 1, Version: 7, Symbol: "XAU", ScenarioName: "Gold", StartDate: lombard.MustDate("1987-12-14"), EndDate: lombard.MustDate("1989-03-31"),
		TemplateSlugs: []string{"protective-put-atm-12m"}, DataSource: "sample", Tags: []string{},
	}
	running, failed := job, job
	running.JobID, running.Status, running.Stage, running.Progress, running.HasResult, running.CompletedAt = runningID, lombard.StatusRunning, lombard.StageCalculating, 80.5, false, nil
	running.ETASeconds = ptr(42.0)
	failed.JobID, failed.Status, failed.Stage, failed.Progress, failed.HasResult = failedID, lombard.StatusFailed, lombard.StageFailed, 0, false
	failed.Error = ptr("It went wrong. Try again.")
	failed.ErrorDetail = &lombard.ErrorDetail{Kind: lombard.KindPricing, Code: "pricing"}

	result := lombard.Result{
		ScenarioID: "s", ScenarioName: "Gold", Symbol: "XAU", StartDate: job.StartDate, EndDate: job.EndDate, EntryDate: job.StartDate, LastDate: job.EndDate,
		PrimaryTemplate: "protective-put-atm-12m", Notes: []string{}, Warnings: []lombard.Warning{},
		Provenance: lombard.Provenance{Badges: []string{}},
		Summary:    lombard.Summary{MaxLTVHedgedDate: job.StartDate, MaxLTVUnhedgedDate: job.StartDate},
		Templates: []lombard.TemplateResult{{
			TemplateSlug: "protective-put-atm-12m", TemplateName: "Put", Contracts: []lombard.Contract{},
			Summary:   lombard.Summary{MaxLTVHedgedDate: job.StartDate, MaxLTVUnhedgedDate: job.StartDate},
			DailyPath: []lombard.Day{{Date: job.StartDate, SpotClose: 500, MarkSource: "surface", BarQuality: "full"}, {Date: job.StartDate + 1, SpotClose: 501, MarkSource: "surface", BarQuality: "full"}},
		}},
	}
	result.Request = lombard.Scenario{Symbol: "XAU", StartDate: job.StartDate, EndDate: job.EndDate, TemplateSlug: "protective-put-atm-12m", UnderlyingUnits: 1, LoanAmount: 1, MarginCallLTV: 0.5, DataSource: "sample"}
	text, err := json.Marshal(result)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return &fake{
		jobs:   map[string]lombard.Job{doneID: job, runningID: running, failedID: failed},
		result: app.StoredResult{Digest: hex.EncodeToString(sum[:]), Document: text},
	}
}

func notFound(what, id string) error {
	return &lombard.Error{Kind: lombard.KindNotFound, Code: "not_found", Message: fmt.Sprintf("There is no %s %q.", what, id)}
}

func (f *fake) Submit(_ context.Context, r app.SubmitRequest) (app.Submitted, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.submitted = append(f.submitted, r)
	if f.submit != nil {
		return f.submit(r)
	}
	if f.fail != nil {
		return app.Submitted{}, f.fail
	}
	if _, err := document.Scenario(r.Body); err != nil {
		return app.Submitted{}, err
	}
	return app.Submitted{Job: f.jobs[runningID]}, nil
}

func (f *fake) Check(_ context.Context, _ string, body []byte) (app.Check, error) {
	if f.fail != nil {
		return app.Check{}, f.fail
	}
	s, err := document.Scenario(body)
	return app.Check{Valid: err == nil, Request: s, DefaultsUsed: []string{}, Warnings: []lombard.Warning{}, EntryDate: s.StartDate, Available: &market.Range{First: s.StartDate, Last: s.EndDate}}, err
}

func (f *fake) Job(_ context.Context, workspace, id string) (lombard.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return lombard.Job{}, f.fail
	}
	job, ok := f.jobs[id]
	if !ok || workspace != "default" {
		return lombard.Job{}, notFound("job", id)
	}
	return job, nil
}

func (f *fake) Current(ctx context.Context, workspace string) (lombard.Job, error) {
	return f.Job(ctx, workspace, runningID)
}

func (f *fake) Jobs(ctx context.Context, workspace string, q app.ListQuery) (app.JobPage, error) {
	if f.fail != nil || workspace != "default" {
		return app.JobPage{}, f.fail
	}
	page := app.JobPage{NextCursor: fmt.Sprintf("limit %d, cursor %s, kind %s, status %s, q %s", q.Limit, q.Cursor, q.Kind, q.Status, q.Search)}
	for _, id := range []string{failedID, runningID, doneID} {
		job, err := f.Job(ctx, workspace, id)
		if err != nil {
			return page, err
		}
		page.Jobs = append(page.Jobs, job)
	}
	return page, nil
}

func (f *fake) Wait(ctx context.Context, workspace, id string) (lombard.Job, error) {
	if f.wait != nil {
		return f.wait(ctx, id)
	}
	return f.Job(ctx, workspace, id)
}

func (f *fake) Watch(ctx context.Context, workspace, id string) (Events, error) {
	job, err := f.Job(ctx, workspace, id)
	if err != nil {
		return nil, err
	}
	if f.watch != nil {
		return f.watch(id)
	}
	return &script{events: []live.Event{{Kind: live.EventDone, Job: job}}}, nil
}

func (f *fake) Request(ctx context.Context, workspace, id string) (lombard.Scenario, error) {
	job, err := f.Job(ctx, workspace, id)
	return lombard.Scenario{Symbol: job.Symbol, StartDate: job.StartDate, EndDate: job.EndDate, TemplateSlug: "protective-put-atm-12m", UnderlyingUnits: 1, LoanAmount: 1, MarginCallLTV: 0.5, DataSource: "sample"}, err
}

func (f *fake) JobLog(ctx context.Context, workspace, id string) (app.JobLog, error) {
	job, err := f.Job(ctx, workspace, id)
	return app.JobLog{JobID: id, Lines: []app.LogLine{{Time: job.CreatedAt, Stage: lombard.StageValidating, Level: app.LevelInfo, Message: "Submitted."}}}, err
}

func (f *fake) Result(ctx context.Context, workspace, id string) (app.StoredResult, error) {
	job, err := f.Job(ctx, workspace, id)
	if err != nil {
		return app.StoredResult{}, err
	}
	if !job.HasResult {
		return app.StoredResult{}, app.NoResult(job.Status)
	}
	return f.result, nil
}

func (f *fake) Explain(ctx context.Context, workspace, id, _ string, _ lombard.Date) (backtest.Explanation, error) {
	_, err := f.Result(ctx, workspace, id)
	return backtest.Explanation{
		Date: lombard.MustDate("1987-12-14"), TemplateSlug: "protective-put-atm-12m", Sentence: "No call.",
		Sections: []backtest.Section{{Title: "Loan", Lines: []backtest.Line{{Label: "Balance", Expression: "1", Value: 1, Unit: "money"}}}},
	}, err
}

func (f *fake) Cancel(ctx context.Context, workspace, id string) (lombard.Job, error) {
	return f.Job(ctx, workspace, id)
}

func (f *fake) Clear(context.Context, string) error { return f.fail }

func (f *fake) Annotate(ctx context.Context, workspace, id string, a app.Annotation) (lombard.Job, error) {
	job, err := f.Job(ctx, workspace, id)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.annotated = append(f.annotated, a)
	return job, err
}

func (f *fake) Delete(ctx context.Context, workspace, id string) error {
	job, err := f.Job(ctx, workspace, id)
	if err == nil && !job.Status.Terminal() {
		return &lombard.Error{Kind: lombard.KindConflict, Code: "job_is_live", Message: "The job is not finished.", Hint: "Cancel it first."}
	}
	return err
}

func (f *fake) Sources() []market.Source { return []market.Source{fakeSource{}} }

func (f *fake) Source(slug string) (market.Source, error) {
	if slug != "sample" {
		return nil, lombard.Invalid([]lombard.FieldError{{Field: "data_source", Value: slug, Code: lombard.CodeUnknown, Message: fmt.Sprintf("There is no source %q. Did you mean sample?", slug)}})
	}
	return fakeSource{}, nil
}

func (f *fake) Available(context.Context, app.AvailableQuery) ([]market.Availability, error) {
	return []market.Availability{{Holds: market.HoldsBars, Range: market.Range{First: lombard.MustDate("1985-01-02"), Last: lombard.MustDate("1989-03-31")}}}, nil
}

func (f *fake) Estimate(_ context.Context, _, _ string, body []byte) (app.Estimate, error) {
	_, err := document.Scenario(body)
	return app.Estimate{Covered: true, Message: "It costs nothing."}, err
}

func (f *fake) Import(_ context.Context, workspace, symbol, name string, from io.Reader) (app.PriceFile, error) {
	file, err := io.ReadAll(from)
	if err != nil {
		return app.PriceFile{}, err
	}
	return app.PriceFile{Workspace: workspace, Symbol: symbol, Name: name, Sessions: len(file), First: lombard.MustDate("2020-01-02"), Last: lombard.MustDate("2020-01-02"), Warnings: []lombard.Warning{}}, f.fail
}

func (f *fake) Ledger(_ context.Context, q data.LedgerQuery) (data.Ledger, error) {
	return data.Ledger{Workspace: q.Workspace, Day: lombard.MustDate("2026-01-02"), Rows: []data.LedgerRow{}}, f.fail
}

func (f *fake) PriceFiles(context.Context, string) ([]app.PriceFile, error) { return nil, f.fail }

func (f *fake) DeletePrices(_ context.Context, _, id string) error {
	if id != fileID {
		return notFound("dataset", id)
	}
	return f.fail
}

func (f *fake) Ready(context.Context) error { return f.fail }

type fakeSource struct{}

func (fakeSource) Describe() market.Description {
	return market.Description{Slug: "sample", Title: "Sample", Local: true, Free: true, Capabilities: []string{"bars"}}
}

func (fakeSource) Symbols(context.Context, market.Caller) ([]market.Listing, error) {
	return []market.Listing{{Symbol: "XAU", Title: "Gold", Range: market.Range{First: lombard.MustDate("1985-01-02"), Last: lombard.MustDate("1990-12-31")}, Sessions: 1500}}, nil
}

func (fakeSource) Bars(context.Context, market.Query, func(done, total int64)) (market.Series, error) {
	return market.Series{}, io.EOF
}

// script is a stream of events that stand ready. Where it says wait, it waits
// for the context to end.
type script struct {
	events []live.Event
	closed chan struct{} // closed by Close, when it is there
}

const waitHere live.EventKind = "wait here"

func (s *script) Next(ctx context.Context) (*live.Event, error) {
	if len(s.events) == 0 {
		return nil, io.EOF
	}
	e := s.events[0]
	if e.Kind == waitHere {
		<-ctx.Done()
		s.events = s.events[1:]
		return nil, ctx.Err()
	}
	s.events = s.events[1:]
	return &e, nil
}

func (s *script) Close() {
	if s.closed != nil {
		close(s.closed)
	}
}

var testPage = fstest.MapFS{
	"index.html":          {Data: []byte("<!doctype html><title>lombard</title>")},
	"assets/main-1.js":    {Data: []byte("export {}")},
	"assets/main-1.js.br": {Data: []byte("packed well")},
	"assets/main-1.js.gz": {Data: []byte("packed")},
}

func testOptions() Options { return Options{Version: "1.2.3", Page: fs.FS(testPage)} }

// call makes a request of a handler.
type call struct {
	method, path, body string
	header             map[string]string
}

func (c call) request(t *testing.T) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, strings.NewReader(c.body))
	r.Host = "127.0.0.1:8420"
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.header {
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	return r
}

func (c call) to(t *testing.T, handler http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, c.request(t))
	return w
}

// problemIn decodes an answer that must be a problem.
func problemIn(t *testing.T, w *httptest.ResponseRecorder) Problem {
	t.Helper()
	var p Problem
	if got := w.Header().Get("Content-Type"); got != problemType {
		t.Errorf("Content-Type = %q, want %q; body %s", got, problemType, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("the problem %q is not JSON: %v", w.Body, err)
	}
	if p.Status != w.Code || p.Type == "" || p.Title == "" || p.Detail == "" || p.Code == "" || p.Errors == nil || p.RequestID == "" {
		t.Errorf("problem %s is not whole or does not have the status %d", w.Body, w.Code)
	}
	if got := w.Header().Get("X-Request-Id"); got != p.RequestID {
		t.Errorf("X-Request-Id = %q, want the problem's %q", got, p.RequestID)
	}
	return p
}
