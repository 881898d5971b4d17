package providertest

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
)

// Secret is the key that vendors are given here; no error may repeat it.
const Secret = "the-secret-0123456789abcdef"

// subject is something that reads from a vendor: its prices, figures or chains.
type subject struct {
	handler http.Handler
	keyed   bool // it is given Secret as its key
	// reader returns what reads everything that the handler has at an address,
	// into one store, and fails too when an error left something in it.
	reader func(t testing.TB) reading
}

type reading func(ctx context.Context, base string, c vendorhttp.Client) error

// stand is a vendor in the test's own process that begins to misbehave with one
// of its calls.
type stand struct {
	*httptest.Server
	mutex sync.Mutex
	calls int
}

// newStand starts a vendor whose calls from the given one on, counted from 0,
// are answered by fault; nil: none are.
func newStand(t testing.TB, handler http.Handler, fault http.HandlerFunc, from int) *stand {
	t.Helper()
	s := &stand{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mutex.Lock()
		at := s.calls
		s.calls++
		s.mutex.Unlock()
		if fault != nil && at >= from {
			fault(w, r)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *stand) asked() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.calls
}

// impatient is a client that does not wait between tries.
func impatient() vendorhttp.Client {
	return vendorhttp.Client{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
}

// misdeed is an answer that no reader may accept.
type misdeed struct {
	name  string
	fault http.HandlerFunc
	limit int64
	kind  lombard.Kind // what becomes of it
	says  string
}

func misdeeds() []misdeed {
	const data, busy = lombard.KindDataUnavailable, lombard.KindVendorBusy
	write := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	return []misdeed{
		{"a page that says it is one", write(200, "text/html", "<!doctype html><p>Prove that you are human."), 0, data, "a web page instead of data"},
		{"a page that says it is data", write(200, "application/json", "\n <html>"), 0, data, "a web page instead of data"},
		{"words", write(200, "text/plain", "You have exceeded the limit of your plan."), 0, data, "answered with"},
		{"an answer without end", func(w http.ResponseWriter, _ *http.Request) {
			line := strings.Repeat("[1,2,3],\n", 1<<10)
			for range 64 {
				if _, err := io.WriteString(w, line); err != nil {
					return
				}
			}
		}, 1 << 17, data, "more than"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusTemporaryRedirect)
		}, 0, data, "a redirect, which is not followed"},
		{"a lost connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, busy, "not available"},
		{"a failure inside", write(500, "text/plain", "oops"), 0, busy, "not available"},
		{"a wish to wait for an hour", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
		}, 0, busy, "Try again in 1h0m0s"},
	}
}

// refusesMisdeeds commits each misdeed from the first call on, from the second
// and so on.
func refusesMisdeeds(t testing.TB, s subject) error {
	t.Helper()
	calls, err := s.wellBehaved(t)
	if err != nil {
		return err
	}
	const deepest = 3
	read := s.reader(t)
	for _, m := range misdeeds() {
		for from := range min(calls, deepest) {
			bad := newStand(t, s.handler, m.fault, from)
			c := impatient()
			c.Limit = m.limit
			err := read(t.Context(), bad.URL, c)
			own, ok := errors.AsType[*lombard.Error](err)
			if !ok || own.Kind != m.kind || !strings.Contains(own.Error(), m.says) {
				return fmt.Errorf("%s from call %d on ends with %s, %w; want %s with %q", m.name, from+1, lombard.KindOf(err), err, m.kind, m.says)
			}
			const tries = 3 + 1 // of ours, and one of package net/http on a connection that was kept
			if asked := bad.asked(); asked > from+tries {
				return fmt.Errorf("%s from call %d on: %d calls", m.name, from+1, asked)
			}
		}
	}
	return nil
}

// wellBehaved reads from the vendor as it should be and returns the calls that
// this takes.
func (s subject) wellBehaved(t testing.TB) (calls int, err error) {
	t.Helper()
	good := newStand(t, s.handler, nil, 0)
	if err := s.reader(t)(t.Context(), good.URL, impatient()); err != nil {
		return 0, fmt.Errorf("a vendor that behaves: %w", err)
	}
	return good.asked(), nil
}

// echoes are forms in which a vendor may repeat the key.
func echoes() map[string]string {
	each := func(format string) string {
		var out strings.Builder
		for i := range len(Secret) {
			fmt.Fprintf(&out, format, Secret[i])
		}
		return out.String()
	}
	return map[string]string{
		"plain":                  Secret,
		"basic":                  "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(Secret+":")),
		"base64, one later":      base64.RawURLEncoding.EncodeToString([]byte("x" + Secret)),
		"base64, two later":      base64.StdEncoding.EncodeToString([]byte("xy" + Secret + "xyz")),
		"hexadecimal":            hex.EncodeToString([]byte(Secret)),
		"in capitals":            strings.ToUpper(hex.EncodeToString([]byte(Secret))),
		"escaped for an address": each("%%%02X"),
		"escaped for JSON":       each(`\u%04x`),
		"escaped for a page":     each("&#%d;"),
	}
}

// holdsKey returns the form of the key that stands in a text.
func holdsKey(text string) string {
	for form, echo := range echoes() {
		for _, part := range []string{echo, strings.TrimPrefix(echo, "Authorization: Basic "), strings.ReplaceAll(echo, `\`, `\\`)} {
			if strings.Contains(text, part) {
				return form
			}
		}
	}
	return ""
}

// echoStatuses are those that come with the key.
var echoStatuses = []int{200, 206, 302, 400, 401, 402, 403, 404, 409, 422, 429, 500, 503}

// keepsTheKey has every status come with the key in its body and headers, in
// every form, and looks for it in every error of the chain, in what programs
// read of it, and in the log at debug level.
func keepsTheKey(t testing.TB, s subject) error {
	t.Helper()
	if !s.keyed {
		return nil
	}
	calls, err := s.wellBehaved(t)
	if err != nil {
		return err
	}
	read := s.reader(t)
	for form, echo := range echoes() {
		for _, status := range echoStatuses {
			for from := range min(calls, 2) {
				bad := newStand(t, s.handler, echoing(echo, status), from)
				var log strings.Builder
				c := impatient()
				c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				err := read(t.Context(), bad.URL, c)
				bad.Close()
				if err == nil {
					return fmt.Errorf("status %d from call %d on is a success", status, from+1)
				}
				for e := err; e != nil; e = errors.Unwrap(e) {
					own, _ := errors.AsType[*lombard.Error](e)
					if found := holdsKey(fmt.Sprintf("%v %+v %+v", e, e, own)); found != "" {
						return fmt.Errorf("%s, status %d from call %d on: the key stands in %w", form, status, from+1, e)
					}
				}
				if found := holdsKey(log.String()); found != "" || !strings.Contains(log.String(), "vendor answer") {
					return fmt.Errorf("%s, status %d from call %d on: the log is %q", form, status, from+1, log.String())
				}
			}
		}
	}
	err = read(t.Context(), unreachable, impatient())
	if holdsKey(fmt.Sprintf("%v %v", err, errors.Unwrap(err))) != "" {
		return fmt.Errorf("a vendor that cannot be reached: %w", err)
	}
	return nil
}

// echoing answers with the key in every place that an adapter reads.
func echoing(echo string, status int) http.HandlerFunc {
	line := strings.NewReplacer("\r", "", "\n", "").Replace(echo)
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/?key="+line)
		w.Header().Set("Request-Id", line)
		w.Header().Set("X-Warning", fmt.Sprintf("[%q]", line))
		w.Header().Set("Retry-After", line)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"detail":"the key %s is bad","error_message":"api_key %[1]s","address":%q}`, echo, r.URL)
	}
}

// unreachable is an address at which nobody listens.
const unreachable = "http://127.0.0.1:1"

// saysThatNobodyAnswers has nobody listen.
func saysThatNobodyAnswers(t testing.TB, s subject) error {
	t.Helper()
	if err := s.reader(t)(t.Context(), unreachable, impatient()); lombard.KindOf(err) != lombard.KindVendorBusy {
		return fmt.Errorf("a vendor that cannot be reached: %w", err)
	}
	return nil
}

// endsWithItsContext has the vendor hang and the context end.
func endsWithItsContext(t testing.TB, s subject) error {
	t.Helper()
	calls, err := s.wellBehaved(t)
	if err != nil {
		return err
	}
	for from := range min(calls, 2) {
		if err := s.endsInCall(t, from); err != nil {
			return err
		}
	}
	return nil
}

// endsInCall allows three attempts for a machine that is busy elsewhere.
func (s subject) endsInCall(t testing.TB, from int) error {
	t.Helper()
	const soon, attempts = 100 * time.Millisecond, 3
	var took time.Duration
	read := s.reader(t)
	for range attempts {
		hangs := make(chan struct{})
		var once sync.Once
		slow := newStand(t, s.handler, func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			once.Do(func() { close(hangs) })
			<-r.Context().Done()
		}, from)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- read(ctx, slow.URL, impatient()) }()
		select {
		case <-hangs:
		case err := <-done:
			cancel()
			return fmt.Errorf("a vendor that hangs in call %d is not waited for: %w", from+1, err)
		}
		begun := time.Now()
		cancel()
		err := <-done
		if took = time.Since(begun); !errors.Is(err, context.Canceled) {
			return fmt.Errorf("after the end of the context in call %d: %w", from+1, err)
		}
		if took <= soon {
			return nil
		}
	}
	return fmt.Errorf("a call goes on for %v after the end of its context", took)
}

// hostileChecks are the checks of every subject.
func hostileChecks(s subject) []promise {
	of := func(check func(testing.TB, subject) error) func(testing.TB) error {
		return func(t testing.TB) error {
			t.Helper()
			return check(t, s)
		}
	}
	return []promise{
		{"answers that nobody may accept", of(refusesMisdeeds)},
		{"every status", of(wordsEveryStatus)},
		{"the key is never repeated", of(keepsTheKey)},
		{"nobody answers", of(saysThatNobodyAnswers)},
		{"cancelled context", of(endsWithItsContext)},
	}
}

// promise is one thing that a vendor owes; run returns how it is broken.
type promise struct {
	name string
	run  func(t testing.TB) error
}

func keep(t *testing.T, all []promise) {
	t.Helper()
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			if err := p.run(t); err != nil {
				t.Error(err)
			}
		})
	}
}
