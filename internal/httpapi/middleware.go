package httpapi

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lombard.example/lombard"
)

// maxBody is the largest body of a request, in bytes.
const maxBody = 1 << 20

// maxUpload is the largest file of prices, in bytes.
const maxUpload = 64 << 20

// bodyTimeout is how long a body may take to arrive.
const bodyTimeout = 30 * time.Second

type contextKey int

const (
	keyRequestID contextKey = iota + 1
	keyBody
	keyUpload
)

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequestID).(string)
	return id
}

// wrap puts around a handler what holds for every request: an id, the security
// headers, the checks of where it comes from, an answer to a panic, and one
// line in the log.
func (s *server) wrap(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	next = compressed(next)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		started := time.Now()
		id := rand.Text()
		r = r.WithContext(context.WithValue(r.Context(), keyRequestID, id))
		w := &response{ResponseWriter: rw}
		defer func() {
			if err := recover(); err != nil {
				s.answerPanic(w, r, err)
			}
			w.commit()
			level := slog.LevelDebug
			if w.status >= http.StatusInternalServerError { // what a client did wrong, it is told; a page may ask for what is not there yet
				level = slog.LevelInfo
			}
			s.Log.Log(r.Context(), level, "request", "method", lombard.Cut(r.Method), "path", shownPath(r), "status", w.status,
				"duration", time.Since(started), "request_id", id)
		}()
		setSecurityHeaders(w.Header(), r)
		w.Header().Set("X-Request-Id", id)
		if !s.ownHost(r.Host) {
			problemOf(r.Context(), &lombard.Error{
				Kind: lombard.KindMalformed, Code: codeHost, Message: fmt.Sprintf("The server does not answer to the host name %q.", lombard.Cut(r.Host)),
				Hint: "Use 127.0.0.1 or localhost, or start the server with that name allowed.",
			}).write(w)
			return
		}
		if err := crossOrigin.Check(r); err != nil {
			problemOf(r.Context(), &lombard.Error{
				Kind: lombard.KindMalformed, Code: codeCrossOrigin, Err: err,
				Message: "A page of another site may not change anything here.", Hint: "Open the server's own page.",
			}).write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// answerPanic answers a request whose handler panicked with nothing but the
// id under which the log has the rest.
func (s *server) answerPanic(w *response, r *http.Request, value any) {
	if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler) // how net/http ends a response half-way
	}
	if w.broken != nil { // the client has gone, which is no fault of ours
		s.Log.InfoContext(r.Context(), "response broken off", "error", w.broken, "request_id", requestID(r.Context()))
		panic(http.ErrAbortHandler)
	}
	s.Log.ErrorContext(r.Context(), "panic", "value", fmt.Sprint(value), "stack", string(debug.Stack()), "request_id", requestID(r.Context()))
	if w.committed {
		panic(http.ErrAbortHandler) // the client must not take what it has for the whole
	}
	for _, name := range []string{"ETag", "Location", "Retry-After", "Content-Disposition", "Content-Length"} {
		w.Header().Del(name)
	}
	w.status = 0
	problemOf(r.Context(), internalError(fmt.Errorf("panic: %v", value))).write(w)
}

// setSecurityHeaders sets the headers that every response has. The page
// replaces the content security policy by its own.
func setSecurityHeaders(h http.Header, r *http.Request) {
	h.Set("Content-Security-Policy", "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// ownHost reports whether the Host header names this server: a name that a
// foreign page has pointed at the loopback does not.
func (s *server) ownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	if strings.EqualFold(name, "localhost") || net.ParseIP(name).IsLoopback() {
		return true
	}
	return slices.ContainsFunc(s.Hosts, func(own string) bool { return strings.EqualFold(own, name) || strings.EqualFold(own, host) })
}

// refuse answers a request that no operation takes. allow lists the methods
// that the path does take.
func (s *server) refuse(r *http.Request, allow string) *Problem {
	if allow != "" {
		p := problemOf(r.Context(), &lombard.Error{
			Kind: lombard.KindMalformed, Code: codeMethod,
			Message: fmt.Sprintf("%s is not allowed on %s.", lombard.Cut(r.Method), shownPath(r)), Hint: "Allowed are " + allow + ".",
		})
		p.headers.Set("Allow", allow)
		return p
	}
	return problemOf(r.Context(), &lombard.Error{
		Kind: lombard.KindNotFound, Code: codeNoRoute,
		Message: fmt.Sprintf("There is nothing at %s.", shownPath(r)), Hint: "The API is described at /openapi.json.",
	})
}

// shownPath is the path of a request as an answer or the log repeats it.
func shownPath(r *http.Request) string {
	const most = 300 // characters; a job's result has 120
	path := strings.ToValidUTF8(r.URL.Path, "?")
	if len(path) > most {
		return strings.ToValidUTF8(path[:most], "") + "…"
	}
	return path
}

// fail turns an error into what the client is told, and logs what it is not.
func (s *server) fail(ctx context.Context, err error) error {
	p := problemOf(ctx, err)
	if p.Status >= http.StatusInternalServerError {
		level := slog.LevelError
		if ctx.Err() != nil || lombard.KindOf(err) == lombard.KindDraining {
			level = slog.LevelInfo // the client has gone, or the server is going
		}
		s.Log.Log(ctx, level, "request failed", "code", p.Code, "error", chain(err), "request_id", p.RequestID)
	}
	return p
}

// chain shows an error with its causes.
func chain(err error) string {
	text := err.Error()
	for cause := errors.Unwrap(err); cause != nil; cause = errors.Unwrap(cause) {
		if !strings.Contains(text, cause.Error()) {
			text += ": " + cause.Error()
		}
	}
	return text
}

// deny ends a request before its operation.
func (s *server) deny(ctx huma.Context, err error) {
	_, w := humago.Unwrap(ctx)
	problemOf(ctx.Context(), err).write(w)
}

// The forms of ids; a path with another one names nothing.
var (
	jobID  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	digest = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// checkSite refuses what a page of another site asks of an operation that may
// ask a vendor: reading too, for it uses the key. What changes something is
// refused before, whatever the operation.
func (s *server) checkSite(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	if ctx.Operation().Metadata[callsVendor] == true && fromElsewhere(r) {
		s.deny(ctx, &lombard.Error{
			Kind: lombard.KindMalformed, Code: codeCrossOrigin,
			Message: "A page of another site may not use the keys for data vendors that are kept here.", Hint: "Open the server's own page.",
		})
		return
	}
	next(ctx)
}

// fromElsewhere reports whether a browser says that a page of another origin
// makes a request: of another port of this machine too. What is no browser says
// nothing, and neither does an address that was typed by hand.
func fromElsewhere(r *http.Request) bool {
	if site := r.Header.Values("Sec-Fetch-Site"); len(site) > 0 {
		return slices.ContainsFunc(site, func(s string) bool { return s != "same-origin" && s != "none" })
	}
	for _, name := range []string{"Origin", "Referer"} { // of browsers that do not say
		for _, from := range r.Header.Values(name) {
			if u, err := url.Parse(from); err != nil || !strings.EqualFold(u.Host, r.Host) {
				return true
			}
		}
	}
	return false
}

// checkPath answers 404 to ids that cannot exist.
func (s *server) checkPath(ctx huma.Context, next func(huma.Context)) {
	for _, id := range []struct {
		name, what string
		ok         func(string) bool
	}{
		{"ws", "workspace", lombard.ValidWorkspace},
		{"job_id", "job", jobID.MatchString},
		{"dataset", "dataset", digest.MatchString},
	} {
		if value := ctx.Param(id.name); value != "" && !id.ok(value) {
			s.deny(ctx, &lombard.Error{Kind: lombard.KindNotFound, Code: codeNoSuchID, Message: fmt.Sprintf("There is no %s %q.", id.what, lombard.Cut(value))})
			return
		}
	}
	next(ctx)
}

// checkQuery refuses query parameters that the operation does not know, and
// ones given twice.
func (s *server) checkQuery(ctx huma.Context, next func(huma.Context)) {
	address := ctx.URL()
	query, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		s.deny(ctx, lombard.Invalid([]lombard.FieldError{{
			Field: "query", Value: address.RawQuery, Code: lombard.CodeInvalid, Message: "The query of the address is not well-formed.",
		}}))
		return
	}
	var known []string
	for _, p := range ctx.Operation().Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	var bad []lombard.FieldError
	for _, name := range slices.Sorted(maps.Keys(query)) {
		field := lombard.Cut(name)
		if values := query[name]; !slices.Contains(known, name) {
			message := ""
			if len(bad) < lombard.MaxFaults { // later ones are only counted
				message = unknownParameter(field, known)
			}
			bad = append(bad, lombard.FieldError{Field: field, Value: values[0], Code: lombard.CodeUnknownField, Message: message})
		} else if len(values) > 1 {
			bad = append(bad, lombard.FieldError{Field: field, Value: values[0], Code: lombard.CodeInvalid, Message: fmt.Sprintf("The query parameter %s is given %d times; give it once.", field, len(values))})
		}
	}
	if len(bad) > 0 {
		s.deny(ctx, lombard.Invalid(bad))
		return
	}
	next(ctx)
}

func unknownParameter(name string, known []string) string {
	if len(known) == 0 {
		return fmt.Sprintf("%q is not a query parameter here; there is none.", name)
	}
	return fmt.Sprintf("%q is not a query parameter here. Known are %s.", name, strings.Join(known, ", "))
}

// readBody reads the body of an operation that takes one, after checking its
// type and within its limits. The framework lets a middleware hand something on
// in the context only; op puts it into the input of the handler.
func (s *server) readBody(ctx huma.Context, next func(huma.Context)) {
	body := ctx.Operation().RequestBody
	if body == nil {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	if err := checkMediaType(r.Header.Get("Content-Type"), body); err != nil {
		s.deny(ctx, err)
		return
	}
	if body.Content["text/csv"] != nil {
		s.streamBody(ctx, next)
		return
	}
	data, err := readAll(newBody(w, r, maxBody, "A scenario has a few hundred."))
	if err != nil {
		w.Header().Set("Connection", "close") // the rest of the body is not read
		s.deny(ctx, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	next(huma.WithValue(ctx, keyBody, data))
}

func checkMediaType(header string, body *huma.RequestBody) error {
	media, params, err := mime.ParseMediaType(header)
	charset := params["charset"]
	if err == nil && body.Content[media] != nil && (charset == "" || strings.EqualFold(charset, "utf-8")) {
		return nil
	}
	message := fmt.Sprintf("The body is sent as %q.", lombard.Cut(header))
	if header == "" {
		message = "The body has no Content-Type."
	}
	return &lombard.Error{Kind: lombard.KindMalformed, Code: codeMediaType, Message: message, Hint: "Send it with Content-Type: " + strings.Join(slices.Sorted(maps.Keys(body.Content)), " or ") + "."}
}

// response holds the status back until the first byte, so that a handler that
// panics before it can still be answered.
type response struct {
	http.ResponseWriter

	status    int
	committed bool
	broken    error // of a write that the client did not take
}

// WriteHeader remembers the status; the first one counts.
func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write sends the header, if it has not gone out, and the bytes.
func (w *response) Write(b []byte) (int, error) {
	w.commit()
	n, err := w.ResponseWriter.Write(b)
	if err != nil {
		w.broken = err
	}
	return n, err
}

// FlushError sends what there is.
func (w *response) FlushError() error {
	w.commit()
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap returns the writer below, for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) commit() {
	if w.committed {
		return
	}
	w.committed = true
	w.WriteHeader(http.StatusOK)
	w.ResponseWriter.WriteHeader(w.status)
}

// marshal writes v as JSON in one piece. It panics when v cannot be encoded:
// nothing has been sent then, and the request is answered as a failure.
func marshal(w io.Writer, v any) error {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Errorf("encode %T: %w", v, err))
	}
	_, _ = w.Write(buffer.Bytes()) // a client that has gone needs no answer
	return nil
}
