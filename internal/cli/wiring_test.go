package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/httpapi"
)

// site is the whole program behind an HTTP server, on a directory of its own.
type site struct {
	t    *testing.T
	dir  string
	l    *local
	http *httptest.Server
}

func newSite(t *testing.T, dir string) *site {
	t.Helper()
	l, err := openLocal(t.Context(), config.Config{DataDir: dir}, holder{purpose: "test", log: slog.New(slog.DiscardHandler), working: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, dir: dir, l: l}
	stopping, hang := context.WithCancel(context.WithoutCancel(t.Context()))
	s.http = httptest.NewServer(httpapi.New(httpapi.Serving(l.service), httpapi.Options{Stopping: stopping}))
	t.Cleanup(func() {
		hang()
		s.stop()
	})
	return s
}

// stop ends the site in good order; a second call does nothing.
func (s *site) stop() {
	if s.l == nil {
		return
	}
	s.l.drain()
	s.http.CloseClientConnections()
	s.http.Close()
	if err := s.l.Close(); err != nil {
		s.t.Error(err)
	}
	s.l = nil
}

// call makes a request and decodes the answer into to, unless that is nil.
func (s *site) call(method, path, body string, headers map[string]string, wantStatus int, to any) *http.Response {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.http.URL+"/api/v1/workspaces/desk"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if answer.StatusCode != wantStatus {
		s.t.Fatalf("%s %s = %d, want %d: %.500s", method, path, answer.StatusCode, wantStatus, text)
	}
	switch to := to.(type) {
	case nil:
	case *[]byte:
		*to = text
	default:
		if err := json.Unmarshal(text, to); err != nil {
			s.t.Fatalf("%s %s: %v in %.200s", method, path, err, text)
		}
	}
	return answer
}

func (s *site) submit(body string, headers map[string]string) lombard.Job {
	s.t.Helper()
	var job lombard.Job
	s.call("POST", "/backtests", body, headers, http.StatusAccepted, &job)
	return job
}

// finish watches a job's events to the end, checks that they only go forward,
// and returns the last.
func (s *site) finish(id string) lombard.Job {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.http.URL+"/api/v1/workspaces/desk/backtests/"+id+"/events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	var last lombard.Job
	var order []string
	err = readEvents(bufio.NewReader(answer.Body), func(name string, data []byte) error {
		order = append(order, name)
		if name == "partial" {
			return nil
		}
		var job lombard.Job
		if err := json.Unmarshal(data, &job); err != nil {
			return err
		}
		if job.Attempt == last.Attempt && job.Progress < last.Progress && job.Status != lombard.StatusFailed {
			s.t.Errorf("progress goes back from %v to %v", last.Progress, job.Progress)
		}
		last = job
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if len(order) == 0 || order[len(order)-1] != "done" {
		s.t.Fatalf("events of %s = %v, want done at the end", id, order)
	}
	return last
}

const flatGold = `{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31","template_slug":"protective-put-atm-12m",
	"underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75,"data_source":"sample","scenario_name":"Gold, winter 1987",
	"assumptions":{"vol":{"model":"flat","value":0.16},"rate":0.04,"option_style":"european","execution":"mid"}}`

func TestSubmitWatchRead(t *testing.T) {
	s := newSite(t, t.TempDir())
	job := s.submit(flatGold, nil)
	if done := s.finish(job.JobID); done.Status != lombard.StatusComplete || done.Progress != 100 || !done.HasResult {
		t.Fatalf("job = %s at %v, want complete at 100", done.Status, done.Progress)
	}
	var document []byte
	s.call("GET", "/backtests/"+job.JobID+"/result", "", nil, http.StatusOK, &document)
	var r lombard.Result
	if err := json.Unmarshal(document, &r); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%.6f %d %.6f %d %.2f", r.MaxLTVUnhedged, r.MarginCallDaysUnhedged, r.MaxLTVHedged, r.MarginCallDaysHedged, r.TotalHedgeCost); got != "0.796015 55 0.625790 0 -41767.29" {
		t.Errorf("figures = %s, want 0.796015 55 0.625790 0 -41767.29", got)
	}

	// An identical run is answered from the store, to the byte, as a job of its own.
	cached := s.submit(flatGold, nil)
	if !cached.Cached || cached.JobID == job.JobID || cached.Status != lombard.StatusComplete {
		t.Errorf("identical run: cached %v, status %s, id %s; want a complete cached job of its own", cached.Cached, cached.Status, cached.JobID)
	}
	var again []byte
	s.call("GET", "/backtests/"+cached.JobID+"/result", "", nil, http.StatusOK, &again)
	if !bytes.Equal(document, again) {
		t.Error("the cached result has other bytes")
	}
}

func TestPreferWaitAnswersWithTheFinishedJob(t *testing.T) {
	s := newSite(t, t.TempDir())
	var job lombard.Job
	s.call("POST", "/backtests", flatGold, map[string]string{"Prefer": "wait=10"}, http.StatusOK, &job)
	if job.Status != lombard.StatusComplete {
		t.Errorf("status = %s, want complete", job.Status)
	}
}

func TestSameIdempotencyKeyIsOneJob(t *testing.T) {
	s := newSite(t, t.TempDir())
	key := map[string]string{"Idempotency-Key": "k-1"}
	first := s.submit(flatGold, key)
	if second := s.submit(flatGold, key); second.JobID != first.JobID {
		t.Errorf("the same key made jobs %s and %s", first.JobID, second.JobID)
	}
	s.call("POST", "/backtests", strings.Replace(flatGold, "301650", "201650", 1), key, http.StatusUnprocessableEntity, nil)
}

// slowStocks is a run that takes long enough to be caught at work: american
// options are priced by a tree.
func slowStocks(name, end string) string {
	return fmt.Sprintf(`{"symbol":"SPX","start_date":"2007-10-09","end_date":%q,"template_slug":"protective-put-atm-12m","scenario_name":%q,"force":true,
		"underlying_units":100,"loan_amount":90000,"margin_call_ltv":0.75,"data_source":"sample","assumptions":{"option_style":"american"}}`, end, name)
}

// The ends of a run that is to be cancelled and of one that is to be finished.
const (
	farEnd  = "2020-03-31"
	nearEnd = "2007-12-31"
)

func TestANewerJobReplacesTheCurrentOne(t *testing.T) {
	s := newSite(t, t.TempDir())
	old := s.submit(slowStocks("old", farEnd), nil)
	young := s.submit(flatGold, nil)
	ended := s.finish(old.JobID)
	if ended.Status != lombard.StatusCancelled || ended.SupersededBy == nil || *ended.SupersededBy != young.JobID {
		t.Errorf("replaced job = %s by %v, want cancelled by %s", ended.Status, ended.SupersededBy, young.JobID)
	}
	if done := s.finish(young.JobID); done.Status != lombard.StatusComplete {
		t.Errorf("newer job = %s, want complete", done.Status)
	}
	var current lombard.Job
	s.call("GET", "/backtests/current", "", nil, http.StatusOK, &current)
	if current.JobID != young.JobID {
		t.Errorf("current = %s, want %s", current.JobID, young.JobID)
	}
	s.call("GET", "/backtests/"+old.JobID+"/result", "", nil, http.StatusConflict, nil)
}

func TestCancelStopsTheWork(t *testing.T) {
	s := newSite(t, t.TempDir())
	job := s.submit(slowStocks("to be cancelled", farEnd), nil)
	s.call("POST", "/backtests/"+job.JobID+"/cancel", "", nil, http.StatusAccepted, nil)
	if ended := s.finish(job.JobID); ended.Status != lombard.StatusCancelled {
		t.Errorf("cancelled job = %s, want cancelled", ended.Status)
	}
	var again lombard.Job
	s.call("POST", "/backtests/"+job.JobID+"/cancel", "", nil, http.StatusAccepted, &again)
	if again.Status != lombard.StatusCancelled {
		t.Errorf("cancelled twice = %s, want cancelled", again.Status)
	}
}

func TestARestartKeepsWhatWasAccepted(t *testing.T) {
	dir := t.TempDir()
	s := newSite(t, dir)
	done := s.submit(flatGold, nil)
	s.finish(done.JobID)
	var before []byte
	s.call("GET", "/backtests/"+done.JobID+"/result", "", nil, http.StatusOK, &before)
	running := s.submit(slowStocks("interrupted", nearEnd), nil)
	s.stop()

	s = newSite(t, dir)
	var after []byte
	s.call("GET", "/backtests/"+done.JobID+"/result", "", nil, http.StatusOK, &after)
	if !bytes.Equal(before, after) {
		t.Error("the result has other bytes after a restart")
	}
	if ended := s.finish(running.JobID); ended.Status != lombard.StatusComplete {
		t.Errorf("job handed back at the stop = %s, want complete after the restart", ended.Status)
	}
}

func TestADrainingServerTakesNothingNew(t *testing.T) {
	s := newSite(t, t.TempDir())
	s.l.drain()
	answer := s.call("POST", "/backtests", flatGold, nil, http.StatusServiceUnavailable, nil)
	if answer.Header.Get("Retry-After") == "" {
		t.Error("a draining server does not say when to try again")
	}
}

func TestWrongRequestsStoreNothing(t *testing.T) {
	s := newSite(t, t.TempDir())
	for name, row := range map[string]struct {
		body   string
		status int
	}{
		"not JSON":              {`{"symbol":`, http.StatusBadRequest},
		"a key given twice":     {`{"symbol":"XAU","symbol":"XAU"}`, http.StatusBadRequest},
		"an unknown key":        {strings.Replace(flatGold, `"symbol"`, `"symbool":"x","symbol"`, 1), http.StatusUnprocessableEntity},
		"absurd numbers":        {strings.Replace(flatGold, "301650", "1e308", 1), http.StatusUnprocessableEntity},
		"a loan in call":        {strings.Replace(flatGold, "301650", "401650", 1), http.StatusUnprocessableEntity},
		"dates out of range":    {strings.Replace(flatGold, "1987-12-14", "1980-12-14", 1), http.StatusUnprocessableEntity},
		"fewer than two days":   {strings.Replace(flatGold, "1989-03-31", "1987-12-14", 1), http.StatusUnprocessableEntity},
		"a body over the limit": {`{"symbol":"` + strings.Repeat("X", 2<<20) + `"}`, http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			sub := *s
			sub.t = t
			sub.call("POST", "/backtests", row.body, nil, row.status, nil)
		})
	}
	var page struct{ Jobs []lombard.Job }
	s.call("GET", "/backtests", "", nil, http.StatusOK, &page)
	if len(page.Jobs) != 0 {
		t.Errorf("%d jobs are stored, want none", len(page.Jobs))
	}
}
