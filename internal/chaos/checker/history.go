// Package checker decides, from what clients saw and what a server still says
// after its faults, whether a promise was broken. It knows jobs, not servers:
// every fault test records a history, and Check turns it into counts that must
// all be 0.
package checker

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"lombard.example/lombard"
)

// Op is what a line of a history is about.
type Op string

// The operations. The first group are a client's, the second a worker's.
const (
	OpSubmit Op = "submit"
	OpCancel Op = "cancel"
	OpClear  Op = "clear"
	OpRead   Op = "read"   // one look at a job
	OpResult Op = "result" // reading the result document
	OpWatch  Op = "watch"  // a stream of events; each event is a line of its own
	OpOutput Op = "output" // text that left the process: a log, an answer

	OpClaim  Op = "claim"  // a worker got a run
	OpWrite  Op = "write"  // a worker wrote to its run: heartbeat or end
	OpRevoke Op = "revoke" // a run was taken from its worker
	OpSpend  Op = "spend"  // a vendor billed a dataset
)

// Phase is where an operation stands.
type Phase string

// The phases. Fail means that it certainly did not happen, info that nobody
// knows.
const (
	Invoke Phase = "invoke"
	OK     Phase = "ok"
	Fail   Phase = "fail"
	Info   Phase = "info"
	Seen   Phase = "seen" // one event of a stream, or one text
)

// Event is one line of a history. Its place in the history is its order of
// recording; lines that return an operation carry the Call of their invoke.
type Event struct {
	At        time.Duration `json:"at"` // since the history began
	Client    string        `json:"client,omitempty"`
	Op        Op            `json:"op"`
	Phase     Phase         `json:"phase"`
	Call      int64         `json:"call,omitempty"`
	Workspace string        `json:"workspace,omitempty"` // of the one who asks
	JobID     string        `json:"job_id,omitempty"`
	Input     string        `json:"input,omitempty"` // names the inputs of a submit
	Key       string        `json:"key,omitempty"`   // idempotency key
	Code      int           `json:"code,omitempty"`  // HTTP status
	Replayed  bool          `json:"replayed,omitempty"`
	Job       *Job          `json:"job,omitempty"`    // as shown
	Digest    string        `json:"digest,omitempty"` // of result bytes, or of a billed dataset
	Fence     int64         `json:"fence,omitempty"`
	Ended     bool          `json:"ended,omitempty"` // a write that ended the run
	Text      string        `json:"text,omitempty"`
}

// Job is the part of a job that promises are about.
type Job struct {
	ID           string    `json:"id"`
	Workspace    string    `json:"workspace"`
	Input        string    `json:"input"` // its scenario's name, which names the inputs
	Status       string    `json:"status"`
	Stage        string    `json:"stage"`
	Progress     float64   `json:"progress"`
	Attempt      int       `json:"attempt"`
	Version      int64     `json:"version"`
	Error        string    `json:"error,omitempty"`
	ErrorKind    string    `json:"error_kind,omitempty"`
	ResultDigest string    `json:"result_digest,omitempty"` // as the server states it
	CancelReason string    `json:"cancel_reason,omitempty"`
	SupersededBy string    `json:"superseded_by,omitempty"`
	CreatedAt    time.Time `json:"created_at"`
	CompletedAt  time.Time `json:"completed_at"` // zero while live
}

// JobOf keeps of a job what Check looks at. The scenario's name is taken for
// the name of its inputs.
func JobOf(j *lombard.Job) *Job {
	out := &Job{
		ID: j.JobID, Workspace: j.WorkspaceID, Input: j.ScenarioName,
		Status: string(j.Status), Stage: string(j.Stage), Progress: j.Progress, Attempt: j.Attempt, Version: j.Version,
		CreatedAt: j.CreatedAt,
	}
	for _, field := range []struct {
		to   *string
		from *string
	}{{&out.Error, j.Error}, {&out.ResultDigest, j.ResultDigest}, {&out.SupersededBy, j.SupersededBy}} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	if j.ErrorDetail != nil {
		out.ErrorKind = string(j.ErrorDetail.Kind)
	}
	if j.CancelReason != nil {
		out.CancelReason = string(*j.CancelReason)
	}
	if j.CompletedAt != nil {
		out.CompletedAt = *j.CompletedAt
	}
	return out
}

// Terminal reports whether the job says that it is over.
func (j *Job) Terminal() bool { return lombard.Status(j.Status).Terminal() }

// History collects events of many clients in the order in which they happened.
// It is safe for concurrent use.
type History struct {
	began time.Time

	mu     sync.Mutex
	calls  int64
	events []Event
}

// NewHistory returns an empty history that begins at the given time.
func NewHistory(began time.Time) *History { return &History{began: began} }

// Begin records an invoke and returns it with its call, to be completed and
// handed to Add once the operation returns.
func (h *History) Begin(e Event, now time.Time) Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	e.Call, e.Phase, e.At = h.calls, Invoke, now.Sub(h.began)
	h.events = append(h.events, e)
	return e
}

// Add records an event.
func (h *History) Add(e Event, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e.At = now.Sub(h.began)
	h.events = append(h.events, e)
}

// Events returns what was recorded so far.
func (h *History) Events() []Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]Event(nil), h.events...)
}

// WriteTo writes the history as JSON lines.
func (h *History) WriteTo(w io.Writer) (int64, error) {
	counted := &counter{w: w}
	out := json.NewEncoder(counted)
	for i, e := range h.Events() {
		if err := out.Encode(e); err != nil {
			return counted.n, fmt.Errorf("write line %d of the history: %w", i+1, err)
		}
	}
	return counted.n, nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// Read reads a history written by WriteTo.
func Read(r io.Reader) ([]Event, error) {
	in := json.NewDecoder(r)
	var events []Event
	for {
		var e Event
		switch err := in.Decode(&e); err {
		case nil:
			events = append(events, e)
		case io.EOF:
			return events, nil
		default:
			return nil, fmt.Errorf("read line %d of the history: %w", len(events)+1, err)
		}
	}
}
