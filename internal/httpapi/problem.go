package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lombard.example/lombard"
)

// Problem is the answer to a request that went wrong, after RFC 9457.
type Problem struct {
	Type      string               `json:"type" doc:"Names the class of problem; a closed list." example:"urn:lombard:problem:validation"`
	Title     string               `json:"title" doc:"The class of problem in words." example:"The request is wrong"`
	Status    int                  `json:"status" doc:"The HTTP status." example:"422"`
	Detail    string               `json:"detail" doc:"What is wrong, with the value, and what would work." example:"Data not available before 1985-01-02. Please set start date to 1985-01-02 or later."`
	Code      string               `json:"code" doc:"Finer than the type, for programs." example:"date_out_of_range"`
	Errors    []lombard.FieldError `json:"errors" doc:"Every bad field at once, at most 50; empty when the problem is not about fields."`
	More      int                  `json:"more_errors,omitzero" doc:"How many bad fields there are beyond those listed."`
	Retryable bool                 `json:"retryable" doc:"Whether the same request may succeed later unchanged."`
	RequestID string               `json:"request_id" doc:"Stands in the server's log and in the X-Request-Id header."`

	headers http.Header
	cause   error // for the log only
}

// Error returns the sentence.
func (p *Problem) Error() string { return p.Detail }

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders returns the headers that go with the problem.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType returns the media type of a problem.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

// Codes of problems that arise in HTTP itself.
const (
	codeNoRoute     = "route_not_found"
	codeMethod      = "method_not_allowed"
	codeTooLarge    = "body_too_large"
	codeMediaType   = "unsupported_media_type"
	codeSlowBody    = "body_timeout"
	codeHost        = "host_not_allowed"
	codeCrossOrigin = "cross_origin"
	codeGone        = "client_gone"
	codeNotReadable = "body_not_readable"
	codeNoSuchID    = "not_found"
)

// mapping is one row of the table below.
type mapping struct {
	kind       lombard.Kind
	code       string // empty: every code of the kind without a row of its own
	status     int
	title      string
	retryAfter int // seconds; 0: the same request does not help
}

// mappings is how every error becomes a status. Rows with a code stand before
// the row of their kind.
var mappings = []mapping{
	{lombard.KindMalformed, codeTooLarge, http.StatusRequestEntityTooLarge, "The body is too large", 0},
	{lombard.KindMalformed, codeMediaType, http.StatusUnsupportedMediaType, "The body is not JSON by its type", 0},
	{lombard.KindMalformed, codeSlowBody, http.StatusRequestTimeout, "The body came too slowly", 1},
	{lombard.KindMalformed, codeHost, http.StatusMisdirectedRequest, "The host name is not this server's", 0},
	{lombard.KindMalformed, codeCrossOrigin, http.StatusForbidden, "The request comes from another site", 0},
	{lombard.KindMalformed, codeMethod, http.StatusMethodNotAllowed, "The method is not allowed here", 0},
	{lombard.KindMalformed, "", http.StatusBadRequest, "The request cannot be read", 0},
	{lombard.KindValidation, "", http.StatusUnprocessableEntity, "The request is wrong", 0},
	{lombard.KindNotFound, "", http.StatusNotFound, "Not found", 0},
	{lombard.KindConflict, "", http.StatusConflict, "The job is not in a state that allows it", 0},
	{lombard.KindDataUnavailable, "", http.StatusUnprocessableEntity, "The data is not available", 0},
	{lombard.KindDataCost, "", http.StatusUnprocessableEntity, "The data costs more than allowed", 0},
	{lombard.KindVendorAuth, "", http.StatusFailedDependency, "The data vendor cannot be used with this key", 0},
	{lombard.KindVendorBusy, "", http.StatusServiceUnavailable, "The data vendor is busy", 10},
	{lombard.KindPricing, "", http.StatusUnprocessableEntity, "The options cannot be priced", 0},
	{lombard.KindResourceLimit, lombard.CodeQueueFull, http.StatusTooManyRequests, "Too many backtests are waiting", 5},
	{lombard.KindResourceLimit, lombard.CodeTooManyWatchers, http.StatusServiceUnavailable, "Too many event streams are open", 5},
	{lombard.KindResourceLimit, lombard.CodeTooManyFiles, http.StatusServiceUnavailable, "Too many files are being imported", 5},
	{lombard.KindResourceLimit, lombard.CodeTooManyReads, http.StatusServiceUnavailable, "Too many results are being read", 5},
	{lombard.KindResourceLimit, "", http.StatusUnprocessableEntity, "The request is too large", 0},
	{lombard.KindTimeout, "", http.StatusGatewayTimeout, "It took too long", 0},
	{lombard.KindOrphaned, "", http.StatusInternalServerError, "The work was lost", 0},
	{lombard.KindDraining, "", http.StatusServiceUnavailable, "The server is shutting down", 5},
	{lombard.KindStorage, lombard.CodeDiskFull, http.StatusInsufficientStorage, "The disk is full", 30},
	{lombard.KindStorage, lombard.CodeReadOnly, http.StatusServiceUnavailable, "The data directory is read-only", 30},
	{lombard.KindStorage, lombard.CodeInUse, http.StatusServiceUnavailable, "The data directory is in use", 30},
	{lombard.KindStorage, lombard.CodeNewerSchema, http.StatusServiceUnavailable, "The data directory is newer than the server", 0},
	{lombard.KindStorage, lombard.CodeFilesGone, http.StatusServiceUnavailable, "The data directory changed under the server", 0},
	{lombard.KindStorage, lombard.CodeDamaged, http.StatusServiceUnavailable, "The database is damaged", 0},
	{lombard.KindStorage, lombard.CodeIO, http.StatusServiceUnavailable, "The storage failed", 0},
	{lombard.KindStorage, "", http.StatusInternalServerError, "The stored data cannot be used", 0},
	{lombard.KindInternal, "", http.StatusInternalServerError, "Something went wrong inside lombard", 0},
}

func mappingOf(kind lombard.Kind, code string) mapping {
	for _, m := range mappings {
		if m.kind == kind && (m.code == code || m.code == "") {
			return m
		}
	}
	return mappingOf(lombard.KindInternal, "")
}

// problemOf turns an error into the problem that answers it. What is not ours
// is internal, and nothing of it is shown.
func problemOf(ctx context.Context, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	own, ok := errors.AsType[*lombard.Error](err)
	switch {
	case ok:
	case ctx.Err() != nil: // nobody reads the answer
		own = &lombard.Error{Kind: lombard.KindMalformed, Code: codeGone, Message: "The client has gone.", Err: err}
	default:
		own = internalError(err)
	}
	m := mappingOf(own.Kind, own.Code)
	listed, more := echo(own)
	p := &Problem{
		Type: "urn:lombard:problem:" + string(m.kind), Title: m.title, Status: m.status,
		Detail: strings.TrimSpace(own.Message + " " + own.Hint), Code: own.Code, Errors: listed, More: more,
		Retryable: m.retryAfter > 0, RequestID: requestID(ctx), headers: http.Header{}, cause: err,
	}
	if p.Code == "" {
		p.Code = string(m.kind)
	}
	if m.retryAfter > 0 {
		p.headers.Set("Retry-After", strconv.Itoa(m.retryAfter))
	}
	return p
}

// echo returns the bad fields as a problem shows them, and how many more there
// are: values are short, and every reader of JSON can take them.
func echo(e *lombard.Error) ([]lombard.FieldError, int) {
	shown, more := e.Listed()
	for i := range shown {
		shown[i].Value = readable(shown[i].Value)
	}
	return append([]lombard.FieldError{}, shown...), more
}

// readable returns the text of a value whose JSON Go writes and cannot read.
func readable(value any) any {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	var back any
	if json.Unmarshal(encoded, &back) != nil {
		return string(encoded)
	}
	return value
}

func internalError(cause error) *lombard.Error {
	return &lombard.Error{
		Kind: lombard.KindInternal, Code: string(lombard.KindInternal), Err: cause,
		Message: "Something went wrong inside lombard.", Hint: "Try again; if it fails again, report it with the request_id and the server's log.",
	}
}

// write sends the problem. It is for requests that never reach an operation.
func (p *Problem) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.headers)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		return // the client has gone, or a value that was sent cannot be echoed
	}
}

// ownProblem is a response transformer: what the framework itself complains
// of, a parameter with a bad value, becomes a problem in our words.
func ownProblem(ctx huma.Context, _ string, v any) (any, error) {
	theirs, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	var bad []lombard.FieldError
	for _, e := range theirs.Errors {
		in, name, _ := strings.Cut(e.Location, ".")
		field := lombard.FieldError{Field: name, Value: e.Value, Code: lombard.CodeInvalid, Message: fmt.Sprintf("%s is wrong: %s.", name, strings.TrimSuffix(e.Message, "."))}
		for _, p := range ctx.Operation().Parameters {
			if p.In == in && strings.EqualFold(p.Name, name) {
				field.Field, field.Message = p.Name, fmt.Sprintf("%s must be %s.", p.Name, allowed(p.Schema))
			}
		}
		bad = append(bad, field)
	}
	err := lombard.Invalid(bad)
	if err == nil {
		err = internalError(errors.New(theirs.Detail))
	}
	p := problemOf(ctx.Context(), err)
	p.Status = theirs.Status // which is on the wire already
	return p, nil
}

// allowed words what values a parameter may have.
func allowed(s *huma.Schema) string {
	switch {
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			words[i] = fmt.Sprint(v)
		}
		return "one of " + strings.Join(words, ", ")
	case s.Minimum != nil && s.Maximum != nil:
		return fmt.Sprintf("a whole number from %g to %g", *s.Minimum, *s.Maximum)
	case s.Format == "date":
		return "a date of the form YYYY-MM-DD"
	case s.Pattern == workspacePattern:
		return "a workspace: A–Z, a–z, 0–9, '.', '_' and '-', at most 64"
	case s.MinLength != nil && s.MaxLength != nil:
		return fmt.Sprintf("%d to %d characters long", *s.MinLength, *s.MaxLength)
	case s.MaxLength != nil:
		return fmt.Sprintf("at most %d characters long", *s.MaxLength)
	default:
		return "of type " + s.Type
	}
}

// jobConflict answers somebody who reads what a job does not have (yet), or
// whose submit a live job stands in the way of: the body is the job.
type jobConflict struct {
	lombard.Job

	headers http.Header
}

// Error says why there is nothing to read.
func (c *jobConflict) Error() string { return "the job is " + string(c.Status) }

// GetStatus returns 409.
func (c *jobConflict) GetStatus() int { return http.StatusConflict }

// GetHeaders returns the headers that go with the job.
func (c *jobConflict) GetHeaders() http.Header { return c.headers }

// notModified answers a client that already has what it asks for.
type notModified struct{ headers http.Header }

// Error says so.
func (notModified) Error() string { return "not modified" }

// GetStatus returns 304.
func (notModified) GetStatus() int { return http.StatusNotModified }

// GetHeaders returns the entity tag.
func (n notModified) GetHeaders() http.Header { return n.headers }

// problemSchema registers the schema of a problem and returns the reference.
func problemSchema(registry huma.Registry) *huma.Schema {
	return registry.Schema(reflect.TypeFor[Problem](), true, "")
}
