package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/app"
)

func TestExamplesOfTheDescriptionAreValid(t *testing.T) {
	for _, example := range []string{exampleScenario, exampleChoices} {
		if _, err := document.Scenario([]byte(example)); err != nil {
			t.Errorf("example %s: %v", example, err)
		}
	}
}

func TestPreferWait(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"wait=10": 10 * time.Second, "Wait = 5": 5 * time.Second, `wait="3"`: 3 * time.Second, "respond-async, wait=7": 7 * time.Second,
		"wait=7; foo=bar": 7 * time.Second, "wait=1, wait=9": time.Second, "wait=3600": maxWait, "wait=2147483647": maxWait,
		"": 0, "wait": 0, "wait=": 0, "wait=0": 0, "wait=-1": 0, "wait=1.5": 0, "wait=x": 0, "respond-async": 0, "wait=99999999999999999999": 0,
	} {
		got, ok := preferredWait(strings.Split(header, ","))
		if got != want || ok != (want > 0) {
			t.Errorf("Prefer: %s waits %v, %v, want %v", header, got, ok, want)
		}
	}
}

func TestSubmitWaitsWhenAsked(t *testing.T) {
	back := newFake()
	for name, row := range map[string]struct {
		prefer  string
		ends    bool
		status  int
		applied string
		id      string
	}{
		"finished in time":     {"wait=5", true, 200, "wait=5", doneID},
		"not finished in time": {"wait=5", false, 202, "wait=5", runningID},
		"not asked":            {"", true, 202, "", runningID},
	} {
		t.Run(name, func(t *testing.T) {
			back.wait = func(ctx context.Context, id string) (lombard.Job, error) {
				deadline, ok := ctx.Deadline()
				if left := time.Until(deadline); !ok || left > 5*time.Second || left < 4*time.Second {
					t.Errorf("the wait ends in %v, want within 5 s", left)
				}
				if row.ends {
					return back.jobs[doneID], nil
				}
				return back.jobs[id], nil
			}
			header := map[string]string{}
			if row.prefer != "" {
				header["Prefer"] = row.prefer
			}
			w := call{"POST", base, exampleScenario, header}.to(t, New(back, testOptions()))
			var job lombard.Job
			if err := json.Unmarshal(w.Body.Bytes(), &job); err != nil {
				t.Fatal(err)
			}
			if w.Code != row.status || w.Header().Get("Preference-Applied") != row.applied || job.JobID != row.id {
				t.Errorf("%d, applied %q, job %s; want %d, %q, %s", w.Code, w.Header().Get("Preference-Applied"), job.JobID, row.status, row.applied, row.id)
			}
			if (w.Header().Get("Retry-After") == "") != job.Status.Terminal() {
				t.Errorf("Retry-After %q for a job that is %s", w.Header().Get("Retry-After"), job.Status)
			}
		})
	}
}

func TestAWaitEndsWithTheServer(t *testing.T) {
	stopping, stop := context.WithCancel(t.Context())
	back := newFake()
	back.wait = func(ctx context.Context, id string) (lombard.Job, error) {
		stop()
		<-ctx.Done()
		return back.jobs[id], nil
	}
	o := testOptions()
	o.Stopping = stopping
	w := call{"POST", base, exampleScenario, map[string]string{"Prefer": "wait=60"}}.to(t, New(back, o))
	if w.Code != http.StatusAccepted {
		t.Errorf("status = %d, want 202 with the job as it is", w.Code)
	}
}

func TestTheBackendGetsTheRequestAsSent(t *testing.T) {
	back := newFake()
	back.submit = func(app.SubmitRequest) (app.Submitted, error) {
		return app.Submitted{Job: back.jobs[doneID], Replayed: true}, nil
	}
	body := `{"symbol" : "XAU",  "symbol":"twice"}`
	w := call{"POST", "/api/v1/workspaces/a.b-c_D9/backtests", body, map[string]string{"Idempotency-Key": "key 1"}}.to(t, New(back, testOptions()))
	if w.Code != 202 || w.Header().Get("Idempotency-Replayed") != "true" || w.Header().Get("Location") != "/api/v1/workspaces/a.b-c_D9/backtests/"+doneID {
		t.Errorf("%d %v, want 202, replayed, with the job's place", w.Code, w.Header())
	}
	got := back.submitted[0]
	if got.Workspace != "a.b-c_D9" || string(got.Body) != body || got.IdempotencyKey != "key 1" {
		t.Errorf("the backend gets %+v", got)
	}
	long := call{"POST", base, body, map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}}.to(t, New(back, testOptions()))
	if p := problemIn(t, long); p.Status != 422 || p.Errors[0].Field != "Idempotency-Key" {
		t.Errorf("a key of 256 bytes: %d %+v, want 422 on Idempotency-Key", p.Status, p.Errors)
	}
}

func TestListPassesItsParameters(t *testing.T) {
	handler := New(newFake(), testOptions())
	for query, want := range map[string]string{
		"": "limit 50, cursor , kind , status , q ",
		"?limit=7&cursor=abc&kind=study&status=failed&q=g%20h": "limit 7, cursor abc, kind study, status failed, q g h",
	} {
		var page app.JobPage
		if err := json.Unmarshal(call{"GET", base + query, "", nil}.to(t, handler).Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		if page.NextCursor != want || len(page.Jobs) != 3 {
			t.Errorf("%s asks for %q and gives %d jobs, want %q and 3", query, page.NextCursor, len(page.Jobs), want)
		}
	}
	if body := (call{"GET", "/api/v1/workspaces/nobody/backtests", "", nil}).to(t, handler).Body.String(); !strings.HasPrefix(body, `{"jobs":[]`) {
		t.Errorf("an empty history is %s, want an empty list", body)
	}
}

func TestAnnotationsAreReadStrictly(t *testing.T) {
	for body, want := range map[string]string{
		`{}`: "",
		`{"name":"N","note":"","tags":["a","b"]}`: "",
		`{"tags":[]}`:                       "",
		`{"name":1}`:                        "validation name",
		`{"name":null}`:                     "validation name",
		`{"tags":"a"}`:                      "validation tags",
		`{"tags":[null]}`:                   "validation tags",
		`{"tags":[1],"note":[],"Name":"x"}`: "validation note,tags,Name",
		`{"note":"a","note":"b"}`:           "malformed ",
		`{"note":"a"} {}`:                   "malformed ",
		`{"note":"a"`:                       "malformed ",
		`[]`:                                "malformed ",
		`null`:                              "malformed ",
		`{"note":}`:                         "malformed ",
		``:                                  "malformed ",
	} {
		_, err := parseAnnotation([]byte(body))
		got := ""
		if err != nil {
			p := problemOf(t.Context(), err)
			fields := []string{}
			for _, f := range p.Errors {
				fields = append(fields, f.Field)
			}
			got = fmt.Sprintf("%s %s", lombard.KindOf(err), strings.Join(fields, ","))
		}
		if got != want {
			t.Errorf("%s gives %q, want %q", body, got, want)
		}
	}
	change, err := parseAnnotation([]byte(`{"note":"","tags":["a","b"]}`))
	if err != nil || change.Name != nil || change.Note == nil || *change.Note != "" || !slices.Equal(*change.Tags, []string{"a", "b"}) {
		t.Errorf("change = %+v, %v; want an empty note, two tags and no name", change, err)
	}
}

func TestRetryAfterFollowsTheJob(t *testing.T) {
	for name, row := range map[string]struct {
		job  lombard.Job
		want string
	}{
		"just claimed":        {lombard.Job{Status: lombard.StatusRunning}, "1"},
		"nearly done":         {lombard.Job{Status: lombard.StatusRunning, ETASeconds: ptr(0.2)}, "1"},
		"a minute to go":      {lombard.Job{Status: lombard.StatusRunning, ETASeconds: ptr(60.0)}, "12"},
		"an hour to go":       {lombard.Job{Status: lombard.StatusRunning, ETASeconds: ptr(3600.0)}, "30"},
		"estimate went wrong": {lombard.Job{Status: lombard.StatusRunning, ETASeconds: ptr(-5.0)}, "1"},
		"next in the queue":   {lombard.Job{Status: lombard.StatusPending, QueuePosition: ptr(1)}, "1"},
		"far in the queue":    {lombard.Job{Status: lombard.StatusPending, QueuePosition: ptr(1000)}, "30"},
		"complete":            {lombard.Job{Status: lombard.StatusComplete}, ""},
		"failed":              {lombard.Job{Status: lombard.StatusFailed}, ""},
		"cancelled":           {lombard.Job{Status: lombard.StatusCancelled, ETASeconds: ptr(3.0)}, ""},
	} {
		if got := retryAfter(&row.job); got != row.want {
			t.Errorf("%s: Retry-After %q, want %q", name, got, row.want)
		}
	}
}

func TestPollingCostsNothingWhileNothingChanges(t *testing.T) {
	back := newFake()
	handler := New(back, testOptions())
	for _, path := range []string{base + "/" + runningID, base + "/current"} {
		first := call{"GET", path, "", nil}.to(t, handler)
		etag := first.Header().Get("ETag")
		again := call{"GET", path, "", map[string]string{"If-None-Match": etag}}.to(t, handler)
		if again.Code != 304 || again.Body.Len() != 0 || again.Header().Get("ETag") != etag || again.Header().Get("Retry-After") == "" {
			t.Errorf("%s again: %d with %d bytes and %v, want an empty 304 with the tag and Retry-After", path, again.Code, again.Body.Len(), again.Header())
		}
		for header, want := range map[string]int{`"x", ` + etag: 304, "W/" + etag: 304, "*": 304, `"x"`: 200, strings.Trim(etag, `"`): 200, "": 200} {
			if w := (call{"GET", path, "", map[string]string{"If-None-Match": header}}).to(t, handler); w.Code != want {
				t.Errorf("%s with If-None-Match %s gives %d, want %d", path, header, w.Code, want)
			}
		}
		job := back.jobs[runningID]
		job.Progress += 0.25 // live progress, the row's version unchanged
		back.jobs[runningID] = job
		if w := (call{"GET", path, "", map[string]string{"If-None-Match": etag}}).to(t, handler); w.Code != 200 || w.Header().Get("ETag") == etag {
			t.Errorf("%s after progress gives %d with tag %s, want 200 with another", path, w.Code, w.Header().Get("ETag"))
		}
	}
}

func TestEveryViewOfAResultHasItsOwnTag(t *testing.T) {
	back := newFake()
	handler := New(back, testOptions())
	seen := map[string]string{}
	for _, view := range []string{"", "?format=columns", "?fields=summary", "?format=csv", "?format=csv&template=protective-put-atm-12m"} {
		path := base + "/" + doneID + "/result" + view
		w := call{"GET", path, "", nil}.to(t, handler)
		etag := w.Header().Get("ETag")
		if other, taken := seen[etag]; taken || !strings.Contains(etag, back.result.Digest) {
			t.Errorf("%q has tag %s, like %q; want one of its own with the digest in it", view, etag, other)
		}
		seen[etag] = view
		if again := (call{"GET", path, "", map[string]string{"If-None-Match": etag}}).to(t, handler); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("%q again gives %d, want an empty 304", view, again.Code)
		}
	}
	for _, view := range []string{"", "?format=json", "?fields=all"} {
		if w := (call{"GET", base + "/" + doneID + "/result" + view, "", nil}).to(t, handler); w.Body.String() != string(back.result.Document) {
			t.Errorf("%q gives %s, want the stored bytes", view, w.Body)
		}
	}
}

func TestAMissingResultAnswersWithTheJob(t *testing.T) {
	handler := New(newFake(), testOptions())
	for id, status := range map[string]lombard.Status{runningID: lombard.StatusRunning, failedID: lombard.StatusFailed} {
		w := call{"GET", base + "/" + id + "/result", "", nil}.to(t, handler)
		var job lombard.Job
		if err := json.Unmarshal(w.Body.Bytes(), &job); err != nil {
			t.Fatal(err)
		}
		if w.Code != 409 || job.JobID != id || job.Status != status || job.HasResult {
			t.Errorf("%d %s, want 409 with job %s, %s", w.Code, w.Body, id, status)
		}
	}
}

func TestForeignAndMissingJobsLookTheSame(t *testing.T) {
	handler := New(newFake(), testOptions())
	for _, suffix := range []string{"", "/result", "/events", "/days/1987-12-14"} {
		foreign := call{"GET", "/api/v1/workspaces/other/backtests/" + doneID + suffix, "", nil}.to(t, handler)
		missing := call{"GET", "/api/v1/workspaces/other/backtests/" + missingID + suffix, "", nil}.to(t, handler)
		a := strings.ReplaceAll(foreign.Body.String(), problemIn(t, foreign).RequestID, "")
		b := strings.ReplaceAll(missing.Body.String(), problemIn(t, missing).RequestID, "")
		if foreign.Code != 404 || strings.ReplaceAll(a, doneID, missingID) != b {
			t.Errorf("%q: foreign %d %s, missing %d %s; want the same 404", suffix, foreign.Code, a, missing.Code, b)
		}
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	back := newFake()
	address := serve(t, New(back, testOptions()))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	defer client.CloseIdleConnections()
	var clients sync.WaitGroup
	for n := range 16 {
		clients.Go(func() {
			for i := range 50 {
				note := fmt.Sprintf("client %d, request %d", n, i)
				body, err := json.Marshal(map[string]string{"scenario_name": note})
				if err != nil {
					t.Error(err)
					return
				}
				r, err := http.NewRequestWithContext(t.Context(), "POST", address+base, strings.NewReader(string(body)))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/json")
				answer, err := client.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				text, err := io.ReadAll(answer.Body)
				answer.Body.Close()
				if err != nil || answer.StatusCode != 422 || strings.Contains(string(text), "client") {
					t.Errorf("answer %d %s, %v; want 422 about the missing fields", answer.StatusCode, text, err)
				}
			}
		})
	}
	clients.Wait()
	bodies := map[string]bool{}
	for _, r := range back.submitted {
		bodies[string(r.Body)] = true
	}
	if len(bodies) != 16*50 {
		t.Errorf("%d different bodies reached the backend, want %d: buffers are shared", len(bodies), 16*50)
	}
}

func FuzzRequestBodies(f *testing.F) {
	for _, seed := range []string{exampleScenario, exampleChoices, `{}`, `[]`, `null`, `{"symbol":1e999}`, `{"a":{"a":{}}}`, "\xff", `{"symbol":"\ud800"}`, `{"note":"x"}`, strings.Repeat("[", 200), `{"x":1,"x":2}`} {
		f.Add(seed)
	}
	handler := New(newFake(), testOptions())
	f.Fuzz(func(t *testing.T, body string) {
		for _, c := range []call{
			{"POST", base, body, nil},
			{"POST", base + "/validate", body, nil},
			{"PATCH", base + "/" + doneID, body, nil},
			{"POST", "/api/v1/sources/sample/estimate", body, nil},
		} {
			c.header = map[string]string{"Content-Type": "application/json"}
			w := c.to(t, handler)
			if w.Code >= 500 || w.Code < 200 {
				t.Errorf("%s %s with %q gives %d: %s", c.method, c.path, body, w.Code, w.Body)
			}
			if w.Code >= 400 {
				problemIn(t, w)
			}
		}
	})
}

func FuzzPathsAndQueries(f *testing.F) {
	for _, seed := range []string{"/", "?limit=1", "/%00", "/..", "//", "/" + doneID + "/days/1987-12-14?template=%ff", "/current?x", "/" + doneID + "/result?format=csv&template=%22%0d%0a"} {
		f.Add(seed)
	}
	handler := New(newFake(), testOptions())
	f.Fuzz(func(t *testing.T, rest string) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://localhost"+base+rest, nil)
		if err != nil || r.URL.Host != "localhost" {
			return
		}
		w := newDiscard()
		handler.ServeHTTP(w, r)
		if w.status >= 500 || w.status < 200 {
			t.Errorf("GET %q gives %d", rest, w.status)
		}
	})
}

// discard is a response writer that keeps the status only.
type discard struct {
	header http.Header
	status int
}

func newDiscard() *discard { return &discard{header: http.Header{}} }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// TestTextsOfARequestAreSeen: a key and a search with a character that nobody
// sees are refused by name.
func TestTextsOfARequestAreSeen(t *testing.T) {
	handler := New(newFake(), testOptions())
	for _, c := range []call{
		{"POST", base, exampleScenario, map[string]string{"Idempotency-Key": "a\u200bb"}},
		{"POST", base, exampleScenario, map[string]string{"Idempotency-Key": "a\u202eb"}},
		{"POST", base, exampleScenario, map[string]string{"Idempotency-Key": "a\xffb"}},
		{"GET", base + "?q=a%E2%80%8Bb", "", nil},
		{"GET", base + "?q=a%00b", "", nil},
	} {
		w := c.to(t, handler)
		if p := problemIn(t, w); w.Code != 422 || len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Message, p.Errors[0].Field+" ") {
			t.Errorf("%+v answers %d: %+v", c, w.Code, p)
		}
	}
}
