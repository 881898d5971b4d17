package checker

import (
	"strconv"
	"strings"
	"time"

	"lombard.example/lombard"
)

// Final is what the server says of a run after the faults, once it has had
// time to come to rest.
type Final struct {
	Job    Job
	Digest string // sha256 of the result bytes as read; empty when there were none to read
}

// Goldens maps the name of inputs to the digest of their result, computed by a
// process that nobody disturbed.
type Goldens map[string]string

// Conditions are what Check needs to know beside history and final state.
type Conditions struct {
	Healed   time.Time     // when the faults ended
	Bound    time.Duration // how long after that, and after its submit, a run may take; 0: any time
	Canaries []string      // secrets that must not appear in any output
	Excused  []string      // kinds of error that the faults explain; nil: all, empty: none
}

// Check counts the broken promises in a history, the state it ended in and the
// results that undisturbed computation gives. Without goldens results are
// compared with each other only.
func Check(history []Event, final []Final, goldens Goldens, c Conditions) Report {
	t := newTrial(history, final)
	t.goldens, t.conditions = goldens, c
	t.record()
	t.lost()
	t.submits()
	t.results()
	t.tenants()
	t.order()
	t.fences()
	t.outputs()
	return t.report
}

// trial is a history with its indexes.
type trial struct {
	history    []Event
	goldens    Goldens
	conditions Conditions
	report     Report

	final    map[string]*Final
	repeated []string         // ids that are on record twice
	listed   []string         // ids of final, in order
	began    map[int64]int    // call to the place of its invoke
	acked    map[string]Event // job id to the first submit that was answered with it
	ackOrder []string
}

func newTrial(history []Event, final []Final) *trial {
	t := &trial{history: history, final: map[string]*Final{}, began: map[int64]int{}, acked: map[string]Event{}}
	for i := range final {
		id := final[i].Job.ID
		if t.final[id] != nil {
			t.repeated = append(t.repeated, id)
			continue
		}
		t.final[id] = &final[i]
		t.listed = append(t.listed, id)
	}
	for i, e := range history {
		if e.Phase == Invoke {
			t.began[e.Call] = i
		}
		if e.Op != OpSubmit || e.Phase != OK {
			continue
		}
		if _, known := t.acked[e.JobID]; !known {
			t.acked[e.JobID] = e
			t.ackOrder = append(t.ackOrder, e.JobID)
		}
	}
	return t
}

// invoked returns the place in the history at which an operation began; an
// event of a stream began when the stream was opened.
func (t *trial) invoked(place int) int {
	if at, ok := t.began[t.history[place].Call]; ok {
		return at
	}
	return place
}

// record counts what is on record at the end, and what is not at rest.
func (t *trial) record() {
	r := &t.report
	r.Jobs, r.Acked = len(t.final), len(t.ackOrder)
	for _, id := range t.listed {
		j := &t.final[id].Job
		switch lombard.Status(j.Status) {
		case lombard.StatusComplete:
			r.Complete++
			if j.Attempt > 1 {
				r.Resumed++
			}
		case lombard.StatusFailed:
			r.Failed++
		case lombard.StatusCancelled:
			r.Cancelled++
		case lombard.StatusPending, lombard.StatusRunning:
			fallthrough
		default:
			r.blame(&r.Stuck, "stuck: %s is still %s, attempt %d", id, j.Status, j.Attempt)
			continue
		}
		since := j.CreatedAt
		if t.conditions.Healed.After(since) {
			since = t.conditions.Healed
		}
		if bound := t.conditions.Bound; bound > 0 && j.CompletedAt.Sub(since) > bound {
			r.blame(&r.Stuck, "stuck: %s ended %s after the faults, later than %s", id, j.CompletedAt.Sub(since), bound)
		}
	}
}

// lost looks for every acknowledged run.
func (t *trial) lost() {
	asked := t.askedToEnd()
	r := &t.report
	gone := map[string]bool{}
	for _, id := range t.ackOrder {
		f := t.final[id]
		switch {
		case f == nil:
			gone[id] = true
			r.blame(&r.Lost, "lost: %s was acknowledged and is not on record", id)
		case !f.Job.Terminal():
			r.blame(&r.Lost, "lost: %s was acknowledged and is still %s", id, f.Job.Status)
		case f.Job.Status == string(lombard.StatusComplete) && f.Digest == "":
			r.blame(&r.Lost, "lost: %s is complete and its result cannot be read", id)
		case f.Job.Status == string(lombard.StatusCancelled) && !t.wished(asked, f):
			r.blame(&r.Lost, "lost: %s is cancelled (%s) and nobody asked for that", id, f.Job.CancelReason)
		}
	}
	for i, e := range t.history {
		ack, acked := t.acked[e.JobID]
		if !acked || gone[e.JobID] || e.Code != 404 || e.Workspace != ack.Workspace || e.Op != OpRead && e.Op != OpWatch {
			continue
		}
		if place, ok := t.ackPlace(e.JobID); ok && place < t.invoked(i) {
			gone[e.JobID] = true
			r.blame(&r.Lost, "lost: %s was acknowledged and later answered 404", e.JobID)
		}
	}
}

// ackPlace returns where in the history a run was first acknowledged.
func (t *trial) ackPlace(id string) (int, bool) {
	for i, e := range t.history {
		if e.Op == OpSubmit && e.Phase == OK && e.JobID == id {
			return i, true
		}
	}
	return 0, false
}

// wishes are the requests that may end a run, whether they were answered or not.
type wishes struct {
	cancels map[string]bool // job ids
	clears  map[string]bool // workspaces
}

func (t *trial) askedToEnd() wishes {
	w := wishes{cancels: map[string]bool{}, clears: map[string]bool{}}
	for _, e := range t.history {
		switch {
		case e.Phase != Invoke:
		case e.Op == OpCancel:
			w.cancels[e.JobID] = true
		case e.Op == OpClear:
			w.clears[e.Workspace] = true
		}
	}
	return w
}

// wished reports whether somebody asked for the end of the run for the reason
// that it gives. A superseded run names a successor in its own workspace.
func (t *trial) wished(w wishes, f *Final) bool {
	switch lombard.CancelReason(f.Job.CancelReason) {
	case lombard.CancelUser:
		return w.cancels[f.Job.ID]
	case lombard.CancelCleared:
		return w.clears[f.Job.Workspace]
	case lombard.CancelSuperseded:
		next := t.final[f.Job.SupersededBy]
		return next != nil && next != f && next.Job.Workspace == f.Job.Workspace
	default:
		return false
	}
}

// request is one thing that a client wanted to be run: all submits with one
// idempotency key, or a single one without.
type request struct{ workspace, input, key string }

// submits compares runs with the submits that explain them.
func (t *trial) submits() {
	r := &t.report
	t.duplicates()
	unknown := map[request]int{} // submits whose fate their client does not know
	doubtful := map[request]bool{}
	for _, e := range t.history {
		if e.Op != OpSubmit {
			continue
		}
		what := request{e.Workspace, e.Input, ""}
		switch e.Phase {
		case Invoke:
			unknown[what]++
		case OK, Fail:
			unknown[what]--
			if e.Replayed && doubtful[request{e.Workspace, e.Input, e.Key}] {
				r.Recovered++
				delete(doubtful, request{e.Workspace, e.Input, e.Key})
			}
		case Info:
			if e.Key != "" {
				doubtful[request{e.Workspace, e.Input, e.Key}] = true
			}
		case Seen: // says nothing of a submit
		}
	}
	for _, id := range t.listed {
		if _, acked := t.acked[id]; acked {
			continue
		}
		j := &t.final[id].Job
		what := request{j.Workspace, j.Input, ""}
		if unknown[what] > 0 {
			unknown[what]--
			r.Recovered++
			continue
		}
		r.blame(&r.Unexpected, "unexpected: %s in %s, inputs %q, was submitted by nobody", id, j.Workspace, j.Input)
	}
}

// duplicates counts runs beyond one for each request.
func (t *trial) duplicates() {
	r := &t.report
	type group struct{ workspace, input string }
	requests := map[group]map[request]bool{}
	runs := map[group]map[string]bool{}
	var order []group
	note := func(g group) {
		if requests[g] == nil {
			requests[g], runs[g] = map[request]bool{}, map[string]bool{}
			order = append(order, g)
		}
	}
	for _, e := range t.history {
		if e.Op != OpSubmit {
			continue
		}
		g := group{e.Workspace, e.Input}
		note(g)
		key := e.Key
		if key == "" {
			key = "call " + strconv.FormatInt(e.Call, 10)
		}
		switch e.Phase {
		case Invoke:
			requests[g][request{e.Workspace, e.Input, key}] = true
		case OK:
			runs[g][e.JobID] = true
		case Fail, Info, Seen: // made no run that anybody was told of
		}
	}
	for _, id := range t.listed {
		j := &t.final[id].Job
		g := group{j.Workspace, j.Input}
		note(g)
		runs[g][id] = true
	}
	for _, g := range order {
		for extra := len(requests[g]); extra < len(runs[g]) && len(requests[g]) > 0; extra++ {
			r.blame(&r.Duplicated, "duplicated: %d requests for %q in %s became %d runs", len(requests[g]), g.input, g.workspace, len(runs[g]))
		}
	}
	for _, id := range t.repeated {
		r.blame(&r.Duplicated, "duplicated: %s is on record twice", id)
	}
}

// outputs looks for secrets and for data that was paid for twice.
func (t *trial) outputs() {
	r := &t.report
	billed := map[string]bool{}
	for _, e := range t.history {
		for _, secret := range t.conditions.Canaries {
			if secret != "" && strings.Contains(e.Text, secret) {
				r.blame(&r.LeakedSecret, "leaked_secret: in the %s of %s", e.Op, e.Client)
			}
		}
		if e.Op != OpSpend || e.Phase != OK {
			continue
		}
		if billed[e.Digest] {
			r.blame(&r.DoubleSpend, "double_spend: dataset %s was billed again", e.Digest)
		}
		billed[e.Digest] = true
	}
}
