package providertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendor"
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

type reading func(ctx context.Context, base string, c vendor.Client) error

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
func impatient() vendor.Client {
	return vendor.Client{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
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

// keepsTheKey has every status come with the key in its body and looks for it in
// every error of the chain.
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
	for _, status := range []int{200, 302, 400, 401, 402, 403, 404, 409, 422, 429, 500, 503} {
		for from := range min(calls, 2) {
			bad := newStand(t, s.handler, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/?key="+Secret)
				w.WriteHeader(status)
				fmt.Fprintf(w, `{"detail":"the key %s is bad","error_message":"api_key %[1]s","address":%q}`, Secret, r.URL)
			}, from)
			err := read(t.Context(), bad.URL, impatient())
			if err == nil {
				return fmt.Errorf("status %d from call %d on is a success", status, from+1)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(fmt.Sprintf("%v %+v", e, e), Secret) {
					return fmt.Errorf("status %d from call %d on: the key stands in %w", status, from+1, e)
				}
			}
		}
	}
	err = read(t.Context(), unreachable, impatient())
	if strings.Contains(fmt.Sprintf("%v %v", err, errors.Unwrap(err)), Secret) {
		return fmt.Errorf("a vendor that cannot be reached: %w", err)
	}
	return nil
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
