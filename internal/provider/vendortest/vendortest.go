// Package vendortest is a vendor in the test's own process: a server on the
// loopback interface that answers what a script says and counts what it was
// asked, so that adapters are tried against every answer a vendor may give.
package vendortest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Server answers by script and counts.
type Server struct {
	*httptest.Server
	mutex sync.Mutex
	calls map[string]int
}

// New starts a server whose paths answer by the handlers; others are not found.
func New(t testing.TB, handlers map[string]http.HandlerFunc) *Server {
	t.Helper()
	s := &Server{calls: map[string]int{}}
	mux := http.NewServeMux()
	for path, handle := range handlers {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			s.mutex.Lock()
			s.calls[path]++
			s.mutex.Unlock()
			handle(w, r)
		})
	}
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// Calls returns how often a path was asked.
func (s *Server) Calls(path string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.calls[path]
}

// Answer returns a handler that answers the same each time.
func Answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// JSON is Answer with the type of JSON.
func JSON(status int, body string) http.HandlerFunc { return Answer(status, "application/json", body) }

// Waits is a Sleep that does not wait and remembers how long it should have.
type Waits struct {
	mutex sync.Mutex
	All   []time.Duration
}

// Sleep remembers.
func (w *Waits) Sleep(ctx context.Context, d time.Duration) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.All = append(w.All, d)
	return ctx.Err()
}
