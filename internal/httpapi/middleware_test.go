package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/market"
)

func TestOnlyOwnHostNamesAreAnswered(t *testing.T) {
	o := testOptions()
	o.Hosts = []string{"lombard.internal"}
	handler := New(newFake(), o)
	for host, want := range map[string]int{
		"127.0.0.1:8420": 200, "127.0.0.1": 200, "127.1.2.3:1": 200, "localhost:8420": 200, "LOCALHOST": 200, "[::1]:8420": 200, "[::1]": 200,
		"lombard.internal": 200, "lombard.internal:8420": 200,
		"evil.example": 421, "evil.example:8420": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example:8420": 421, "192.168.0.1:8420": 421,
		"0.0.0.0:8420": 421, "2130706433": 421, "[::ffff:10.0.0.1]:80": 421, "lombard": 421,
	} {
		w := call{"GET", "/livez", "", map[string]string{"Host": host}}.to(t, handler)
		if w.Code != want {
			t.Errorf("Host %q gives %d, want %d", host, w.Code, want)
		}
		if want == 421 {
			if p := problemIn(t, w); p.Code != codeHost {
				t.Errorf("Host %q: code %q, want %q", host, p.Code, codeHost)
			}
		}
	}
}

func TestOtherSitesMayNotChangeAnything(t *testing.T) {
	back := newFake()
	handler := New(back, testOptions())
	for name, row := range map[string]struct {
		method string
		header map[string]string
		want   int
	}{
		"no browser":                  {"POST", nil, 202},
		"own page":                    {"POST", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8420"}, 202},
		"typed by hand":               {"POST", map[string]string{"Sec-Fetch-Site": "none"}, 202},
		"other site":                  {"POST", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
		"same site, other port":       {"POST", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9"}, 403},
		"old browser on another site": {"POST", map[string]string{"Origin": "https://evil.example"}, 403},
		"sandboxed frame":             {"POST", map[string]string{"Origin": "null"}, 403},
		"reading":                     {"GET", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
	} {
		t.Run(name, func(t *testing.T) {
			c := call{row.method, base, exampleScenario, row.header}
			w := c.to(t, handler)
			if w.Code != row.want {
				t.Errorf("status = %d, want %d", w.Code, row.want)
			}
			if w.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Error("another site may read the answer")
			}
		})
	}
	if got := len(back.submitted); got != 3 {
		t.Errorf("%d submits reached the backend, want the 3 allowed ones", got)
	}
}

func TestBodiesAreJSONByType(t *testing.T) {
	handler := New(newFake(), testOptions())
	for media, want := range map[string]int{
		"application/json": 202, "application/json; charset=utf-8": 202, "Application/JSON": 202,
		"": 415, "text/plain": 415, "multipart/form-data; boundary=x": 415, "application/x-www-form-urlencoded": 415,
		"application/json; charset=latin1": 415, "application/json, text/plain": 415, "application/": 415, "application/merge-patch+json": 415,
	} {
		w := call{"POST", base, exampleScenario, map[string]string{"Content-Type": media}}.to(t, handler)
		if w.Code != want {
			t.Errorf("Content-Type %q gives %d, want %d", media, w.Code, want)
		}
	}
}

func TestBodiesHaveALimit(t *testing.T) {
	back := newFake()
	back.submit = func(app.SubmitRequest) (app.Submitted, error) { return app.Submitted{Job: back.jobs[doneID]}, nil }
	handler := New(back, testOptions())
	padded := func(size int) string { return exampleScenario + strings.Repeat(" ", size-len(exampleScenario)) }
	for name, row := range map[string]struct {
		body     string
		announce bool
		want     int
	}{
		"largest":                     {padded(maxBody), true, 202},
		"one byte more":               {padded(maxBody + 1), true, 413},
		"one byte more, not told":     {padded(maxBody + 1), false, 413},
		"largest, not told":           {padded(maxBody), false, 202},
		"nothing":                     {"", true, 400},
		"nothing but blanks":          {" \n\t ", true, 400},
		"a hundred million, in parts": {strings.Repeat("[", 100<<20), false, 413},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), "POST", base, strings.NewReader(row.body))
			r.Host = "localhost"
			r.Header.Set("Content-Type", "application/json")
			if !row.announce {
				r.ContentLength = -1
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != row.want {
				t.Errorf("status = %d, want %d", w.Code, row.want)
			}
		})
	}
	if got := back.submitted[0].Body; !bytes.HasSuffix(got, []byte(" ")) && len(got) != maxBody {
		t.Errorf("the backend gets %d bytes, want the body as it was sent", len(got))
	}
}

func TestABodyThatEndsEarlyIsTheClientsFault(t *testing.T) {
	handler := New(newFake(), testOptions())
	r := httptest.NewRequestWithContext(t.Context(), "POST", base, io.MultiReader(strings.NewReader(`{"symbol":`), errReader{io.ErrUnexpectedEOF}))
	r.Host = "localhost"
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if p := problemIn(t, w); p.Status != 400 || p.Code != codeNotReadable {
		t.Errorf("problem %d %s, want 400 %s", p.Status, p.Code, codeNotReadable)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestAPanicShowsNothingAndIsLogged(t *testing.T) {
	var log bytes.Buffer
	o := testOptions()
	o.Log = slog.New(slog.NewJSONHandler(&log, nil))
	back := newFake()
	back.submit = func(app.SubmitRequest) (app.Submitted, error) { panic("secret of /var/lib") }
	w := call{"POST", base, exampleScenario, nil}.to(t, New(back, o))
	p := problemIn(t, w)
	if p.Status != 500 || strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "goroutine") {
		t.Errorf("answer %d %s, want 500 without details", w.Code, w.Body)
	}
	checkHeaders(t, w.Header(), everywhere)
	if text := log.String(); !strings.Contains(text, "secret of /var/lib") || !strings.Contains(text, p.RequestID) || !strings.Contains(text, "middleware_test.go") {
		t.Errorf("log %s, want the panic, its place and the request id", text)
	}
}

// deaf is a client that has gone.
type deaf struct{ *httptest.ResponseRecorder }

func (deaf) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestAClientThatHungUpIsNoFault(t *testing.T) {
	var log bytes.Buffer
	o := testOptions()
	o.Log = slog.New(slog.NewJSONHandler(&log, nil))
	r := httptest.NewRequest("GET", base+"/"+doneID+"/result?format=csv", http.NoBody)
	r.Host = "127.0.0.1"
	func() {
		defer func() {
			if got := recover(); got != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				t.Errorf("the handler ended with %v, want %v", got, http.ErrAbortHandler)
			}
		}()
		New(newFake(), o).ServeHTTP(deaf{httptest.NewRecorder()}, r)
	}()
	if text := log.String(); strings.Contains(text, "ERROR") || !strings.Contains(text, "broken pipe") {
		t.Errorf("log %s, want the broken pipe, and no error", text)
	}
}

func TestAnAnswerThatCannotBeEncodedIsAFailure(t *testing.T) {
	back := newFake()
	broken := back.jobs[doneID]
	broken.Progress = nan()
	back.jobs[doneID] = broken
	for _, path := range []string{base + "/" + doneID, base, base + "/" + doneID + "/cancel"} {
		method := "GET"
		if strings.HasSuffix(path, "cancel") {
			method = "POST"
		}
		w := call{method, path, "", nil}.to(t, New(back, testOptions()))
		if p := problemIn(t, w); p.Status != 500 || p.Code != "internal" {
			t.Errorf("%s %s: %s, want a problem of status 500", method, path, w.Body)
		}
	}
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}

func TestProblemsSayWhatTheTableSays(t *testing.T) {
	seen := map[lombard.Kind]bool{}
	for _, m := range mappings {
		seen[m.kind] = true
		cause := errors.New("database is locked at /home/someone")
		p := problemOf(t.Context(), &lombard.Error{Kind: m.kind, Code: m.code, Message: "It is wrong.", Hint: "Do it right.", Err: cause})
		if p.Status != m.status || p.Title != m.title || p.Type != "urn:lombard:problem:"+string(m.kind) || p.Detail != "It is wrong. Do it right." {
			t.Errorf("%s/%s gives %+v, want status %d", m.kind, m.code, p, m.status)
		}
		if after := p.headers.Get("Retry-After"); (after != "") != p.Retryable {
			t.Errorf("%s/%s: retryable %v with Retry-After %q", m.kind, m.code, p.Retryable, after)
		}
		if encoded, err := json.Marshal(p); err != nil || bytes.Contains(encoded, []byte("/home")) {
			t.Errorf("%s/%s is encoded as %s, %v; want it without the cause", m.kind, m.code, encoded, err)
		}
	}
	for _, kind := range []lombard.Kind{
		lombard.KindValidation, lombard.KindDataUnavailable, lombard.KindDataCost, lombard.KindVendorAuth, lombard.KindVendorBusy, lombard.KindPricing,
		lombard.KindResourceLimit, lombard.KindTimeout, lombard.KindOrphaned, lombard.KindInternal, lombard.KindMalformed, lombard.KindNotFound,
		lombard.KindConflict, lombard.KindDraining, lombard.KindStorage,
	} {
		if !seen[kind] {
			t.Errorf("kind %s has no row", kind)
		}
	}
}

func TestErrorsOfTheBackend(t *testing.T) {
	for name, row := range map[string]struct {
		err    error
		status int
		after  string
		code   string
	}{
		"draining":         {&lombard.Error{Kind: lombard.KindDraining, Code: "draining", Message: "m."}, 503, "5", "draining"},
		"queue full":       {&lombard.Error{Kind: lombard.KindResourceLimit, Code: lombard.CodeQueueFull, Message: "m."}, 429, "5", lombard.CodeQueueFull},
		"too many streams": {&lombard.Error{Kind: lombard.KindResourceLimit, Code: lombard.CodeTooManyWatchers, Message: "m."}, 503, "5", lombard.CodeTooManyWatchers},
		"too many reads":   {&lombard.Error{Kind: lombard.KindResourceLimit, Code: lombard.CodeTooManyReads, Message: "m."}, 503, "5", lombard.CodeTooManyReads},
		"too many files":   {&lombard.Error{Kind: lombard.KindResourceLimit, Code: lombard.CodeTooManyFiles, Message: "m."}, 503, "5", lombard.CodeTooManyFiles},
		"disk full":        {&lombard.Error{Kind: lombard.KindStorage, Code: lombard.CodeDiskFull, Message: "m."}, 507, "30", lombard.CodeDiskFull},
		"read only":        {&lombard.Error{Kind: lombard.KindStorage, Code: lombard.CodeReadOnly, Message: "m."}, 503, "30", lombard.CodeReadOnly},
		"damaged":          {&lombard.Error{Kind: lombard.KindStorage, Code: "result_damaged", Message: "m."}, 500, "", "result_damaged"},
		"wrapped":          {fmt.Errorf("outer: %w", &lombard.Error{Kind: lombard.KindDataUnavailable, Code: lombard.CodeOutOfRange, Message: "m."}), 422, "", lombard.CodeOutOfRange},
		"not ours":         {errors.New("sql: /var/lib/x"), 500, "", "internal"},
		"unknown kind":     {&lombard.Error{Kind: "new", Message: "m."}, 500, "", "internal"},
		"without a code":   {&lombard.Error{Kind: lombard.KindNotFound, Message: "m."}, 404, "", "not_found"},
		"deadline, not us": {context.DeadlineExceeded, 500, "", "internal"},
	} {
		t.Run(name, func(t *testing.T) {
			back := newFake()
			back.fail = row.err
			handler := New(back, testOptions())
			for _, c := range []call{{"POST", base, exampleScenario, nil}, {"GET", "/readyz", "", nil}, {"GET", base + "/" + doneID, "", nil}} {
				w := c.to(t, handler)
				p := problemIn(t, w)
				status := row.status
				if c.path == "/readyz" && status == http.StatusTooManyRequests {
					status = http.StatusServiceUnavailable
				}
				if p.Status != status || w.Code != status || w.Header().Get("Retry-After") != row.after || p.Code != row.code {
					t.Errorf("%s %s: %d %s after %q, want %d %s after %q", c.method, c.path, p.Status, p.Code, w.Header().Get("Retry-After"), status, row.code, row.after)
				}
				if strings.Contains(w.Body.String(), "/var/lib") {
					t.Errorf("%s shows what is for the log", w.Body)
				}
			}
		})
	}
}

func TestServerFaultsAreLoggedWithTheirCause(t *testing.T) {
	var log bytes.Buffer
	o := testOptions()
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	back := newFake()
	back.fail = &lombard.Error{Kind: lombard.KindStorage, Code: lombard.CodeIO, Message: "The storage failed.", Err: errors.New("input/output error")}
	p := problemIn(t, call{"GET", base, "", nil}.to(t, New(back, o)))
	if text := log.String(); !strings.Contains(text, "input/output error") || !strings.Contains(text, p.RequestID) {
		t.Errorf("log %q, want the cause and the request id", text)
	}
}

func TestLogLinesCannotBeForged(t *testing.T) {
	var log bytes.Buffer
	o := testOptions()
	o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	call{"GET", "/api/v1/%0Alevel=ERROR%0D%0Amsg=%1b[31m", "", nil}.to(t, New(newFake(), o))
	if got := strings.Count(log.String(), "\n"); got != 1 || strings.Contains(log.String(), "\x1b") {
		t.Errorf("the log has %d lines: %q; want one without control characters", got, log.String())
	}
}

func TestParametersAreRefusedInWords(t *testing.T) {
	handler := New(newFake(), testOptions())
	for query, want := range map[string]string{
		"limit=0":                            "limit must be a whole number from 1 to 200.",
		"limit=x":                            "limit must be a whole number from 1 to 200.",
		"status=done":                        "status must be one of pending, running, complete, failed, cancelled.",
		"kind=run":                           "kind must be one of backtest, study.",
		"q=" + strings.Repeat("x", 201):      "q must be at most 200 characters long.",
		"cursor=" + strings.Repeat("x", 513): "cursor must be at most 512 characters long.",
		"offset=3":                           `"offset" is not a query parameter here. Known are limit, cursor, kind, status, q.`,
		"limit=1&limit=2":                    "The query parameter limit is given 2 times; give it once.",
		"a;b":                                "The query of the address is not well-formed.",
	} {
		p := problemIn(t, call{"GET", base + "?" + query, "", nil}.to(t, handler))
		if p.Status != 422 || len(p.Errors) != 1 || p.Errors[0].Message != want || p.Detail != want {
			t.Errorf("?%s: %d %+v, want 422 with %q", query, p.Status, p.Errors, want)
		}
	}
	p := problemIn(t, call{"GET", base + "?limit=0&status=x", "", nil}.to(t, handler))
	fields := []string{}
	for _, e := range p.Errors {
		fields = append(fields, e.Field)
	}
	if !slices.Equal(fields, []string{"limit", "status"}) {
		t.Errorf("bad fields %q, want both at once", fields)
	}
}

func TestTheServerEndsSlowHeaders(t *testing.T) {
	s := Server(http.NotFoundHandler())
	if s.ReadHeaderTimeout != 5*time.Second || s.WriteTimeout != 0 || s.MaxHeaderBytes == 0 || s.IdleTimeout == 0 {
		t.Errorf("time limits %+v: want 5 s for headers, none for answers, some for idling", s)
	}
}

// serve starts a real server on the loopback.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := Server(handler)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return "http://" + listener.Addr().String()
}

// vendorWatch is a backend that notes what may ask a vendor.
type vendorWatch struct {
	*fake
	calls []string
}

func (v *vendorWatch) Source(slug string) (market.Source, error) {
	v.calls = append(v.calls, "source")
	return v.fake.Source(slug)
}

func (v *vendorWatch) Available(ctx context.Context, q app.AvailableQuery) ([]market.Availability, error) {
	v.calls = append(v.calls, "available")
	return v.fake.Available(ctx, q)
}

func (v *vendorWatch) Estimate(ctx context.Context, a, b string, body []byte) (app.Estimate, error) {
	v.calls = append(v.calls, "estimate")
	return v.fake.Estimate(ctx, a, b, body)
}

func (v *vendorWatch) Check(ctx context.Context, a string, body []byte) (app.Check, error) {
	v.calls = append(v.calls, "check")
	return v.fake.Check(ctx, a, body)
}

func (v *vendorWatch) Submit(ctx context.Context, r app.SubmitRequest) (app.Submitted, error) {
	v.calls = append(v.calls, "submit")
	return v.fake.Submit(ctx, r)
}

// TestOtherSitesUseNoVendorKey walks every route: what a page of another origin
// asks reaches nothing that may ask a vendor, what a client without a browser
// asks does, and what reaches it says so in the description.
func TestOtherSitesUseNoVendorKey(t *testing.T) {
	back := &vendorWatch{fake: newFake()}
	s := newServer(back, testOptions())
	handler := s.wrap(http.HandlerFunc(s.route))
	place := strings.NewReplacer("{ws}", "default", "{job_id}", doneID, "{slug}", "sample", "{symbol}", "XAU", "{date}", "1987-12-14", "{dataset}", strings.Repeat("a", 64))
	sites := map[string]struct {
		header  map[string]string
		foreign bool
	}{
		"curl":                        {nil, false},
		"the own page":                {map[string]string{"Sec-Fetch-Site": "same-origin", "Referer": "http://127.0.0.1:8420/"}, false},
		"typed by hand":               {map[string]string{"Sec-Fetch-Site": "none"}, false},
		"another site":                {map[string]string{"Sec-Fetch-Site": "cross-site"}, true},
		"another port":                {map[string]string{"Sec-Fetch-Site": "same-site"}, true},
		"another site that says what": {map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "https://evil.example"}, true},
		"what is no word of it":       {map[string]string{"Sec-Fetch-Site": "Same-Origin, cross-site"}, true},
		"an old browser":              {map[string]string{"Origin": "https://evil.example"}, true},
		"a sandboxed frame":           {map[string]string{"Origin": "null"}, true},
		"an old browser's picture":    {map[string]string{"Referer": "https://evil.example/page"}, true},
		"an old browser's other port": {map[string]string{"Referer": "http://127.0.0.1:9/page"}, true},
	}
	walked := 0
	for _, pattern := range s.mux.patterns {
		method, path, _ := strings.Cut(pattern, " ")
		if path == runs+"/{job_id}/events" {
			continue // a stream, which has no vendor behind it
		}
		operation := operations(s.api.OpenAPI().Paths[path])[method]
		asks := operation.Metadata[callsVendor] == true
		methods := []string{method}
		if method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		for _, m := range methods {
			for name, site := range sites {
				back.calls = nil
				w := call{m, place.Replace(path), exampleScenario, site.header}.to(t, handler)
				walked++
				switch {
				case site.foreign && len(back.calls) > 0:
					t.Errorf("%s %s from %s asks %v", m, path, name, back.calls)
				case site.foreign && asks && (w.Code != http.StatusForbidden || m != http.MethodHead && problemIn(t, w).Code != codeCrossOrigin):
					t.Errorf("%s %s from %s = %d, want 403", m, path, name, w.Code)
				case !site.foreign && asks != (len(back.calls) > 0):
					t.Errorf("%s %s from %s asks %v, its description says %v", m, path, name, back.calls, asks)
				}
			}
		}
	}
	if walked < 300 {
		t.Errorf("only %d requests were made", walked)
	}
}
