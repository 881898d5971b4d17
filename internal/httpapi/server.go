// Package httpapi is the program on HTTP: every route, the problem that answers
// each error, the event stream of a job and the OpenAPI description generated
// from the handlers. It decides nothing about backtests; that is package app.
package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lombard.example/lombard/internal/budget"
)

// Options are what a handler may be told. Zero values ask for the defaults.
type Options struct {
	Version  string          // of the program, shown in the API description
	Page     fs.FS           // files of the web page; index.html is at its root. Default: no page
	Notices  []byte          // the licences of what the program is made of, as text; shown at /licenses.txt
	Log      *slog.Logger    // default: none
	Hosts    []string        // host names that the server answers to besides those of the loopback
	Stopping context.Context // the server's life, not a request's: once it ends, streams and waits end
	// Budget is the memory that reads of results share with runs and streams; nil:
	// no limit.
	Budget *budget.Budget
	// Heartbeat is how often a silent event stream shows that it is alive,
	// default 15 s.
	Heartbeat time.Duration
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Stopping == nil {
		o.Stopping = context.Background()
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	return o
}

// server answers requests from a backend.
type server struct {
	Options

	backend Backend
	api     huma.API
	mux     *router
	page    *page
	reads   chan struct{} // a place for each result that is written now
	queuing time.Duration // the most that one waits for such a place
	spec    []byte        // the API description
	specTag string        // its entity tag

	types map[string]reflect.Type // of the schemas of the description

	catalogue func() []CatalogueTemplate // made once, when it is first asked for
}

// New returns the handler of the whole surface: the API, its description, the
// health checks and the page. It is safe for concurrent use. It panics when
// the routes contradict each other, which is a mistake in this package.
func New(backend Backend, o Options) http.Handler {
	s := newServer(backend, o)
	return s.wrap(http.HandlerFunc(s.route))
}

func newServer(backend Backend, o Options) *server {
	s := &server{Options: o.withDefaults(), backend: backend, mux: &router{ServeMux: http.NewServeMux()}}
	s.page, s.types = newPage(o.Page, o.Notices), map[string]reflect.Type{}
	s.catalogue = sync.OnceValue(catalogue)
	s.reads, s.queuing = make(chan struct{}, mostReads), readPatience
	s.api = humago.New(s.mux, s.config())
	s.api.UseMiddleware(s.checkSite, s.checkPath, s.checkQuery, s.readBody)
	s.routes()
	s.describe()
	return s
}

// Server returns an HTTP server around the handler with the time and size
// limits of a public one. Responses have no time limit: streams take as long
// as a job.
func Server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}

// apiVersion is the version of the API: the first number changes when a client
// may have to, the second when there is more to use.
const apiVersion = "1.0.0"

func (s *server) config() huma.Config {
	version := s.Version
	if version == "" {
		version = "development"
	}
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "lombard", Version: apiVersion, Description: apiDescription, License: &huma.License{Name: "Apache License 2.0", Identifier: "Apache-2.0"},
				Extensions: map[string]any{"x-program-version": version},
			},
			Servers: []*huma.Server{{URL: "/", Description: "This server."}},
			Tags:    groups(),
			// The framework leaves an empty list out, and then nothing says that the
			// server asks nobody who they are.
			Extensions: map[string]any{"security": []any{}},
		},
		Formats: map[string]huma.Format{
			"application/json": {Marshal: marshal, Unmarshal: json.Unmarshal},
			"json":             {Marshal: marshal, Unmarshal: json.Unmarshal}, // application/problem+json
		},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{ownProblem},
	}
	c.AllowAdditionalPropertiesByDefault = true // answers may grow
	c.Components = &huma.Components{Schemas: newRegistry(s.types)}
	return c
}

// route hands the request to the operation it names, or answers that there is
// none.
func (s *server) route(w http.ResponseWriter, r *http.Request) {
	if path.Clean(r.URL.Path) != r.URL.Path {
		s.refuse(r, "").write(w) // no redirects: nothing of ours links to such a path
		return
	}
	handler, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	if file, ok := s.page.find(r.URL.Path); ok {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			file.serve(w, r)
		} else {
			s.refuse(r, "GET, HEAD").write(w)
		}
		return
	}
	probe := &probe{header: http.Header{}}
	handler.ServeHTTP(probe, r)
	s.refuse(r, probe.header.Get("Allow")).write(w)
}

// router is a mux that knows its patterns.
type router struct {
	*http.ServeMux

	patterns []string
}

// HandleFunc registers a handler for a pattern.
func (r *router) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	r.patterns = append(r.patterns, pattern)
	r.ServeMux.HandleFunc(pattern, handler)
}

// probe finds out what the router would answer.
type probe struct{ header http.Header }

// Header returns the headers set so far.
func (p *probe) Header() http.Header { return p.header }

// Write drops the bytes.
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader drops the status.
func (p *probe) WriteHeader(int) {}

// tag returns the entity tag of some bytes.
func tag(b []byte) string {
	sum := sha256.Sum256(b)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}
