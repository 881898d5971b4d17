package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// modelRun is what a run must be, in the plainest words.
type modelRun struct {
	place
	key       string
	idem      string
	status    lombard.Status
	fence     int64
	attempt   int
	reason    lombard.CancelReason // asked for, or the reason it was cancelled
	successor string
	lease     time.Time
	deadline  time.Time

	turn    int
	suspect bool
	crashes int
	spared  int
}

// place is where a run can be the current one.
type place struct {
	workspace string
	kind      lombard.JobKind
}

func (m *modelRun) live() bool { return !m.status.Terminal() }

// world is a store beside its model.
type world struct {
	*bench
	t       *rapid.T
	runs    map[string]*modelRun
	order   []string // ids, by submission
	current map[place]string
	claims  []app.Claim    // every claim ever given, stale ones included
	round   int            // that is being served
	served  map[string]int // by workspace: the last round in which a run of it was claimed
	steps   *int
}

var workspaces = []string{"a", "b", "c"}

// Machine drives random histories of submits, claims, heartbeats, endings,
// cancels, clears, crashes and deletions, with stale claims among them, and
// compares every answer and every run with a model. It returns the number of
// steps taken, at least as many as asked for.
func Machine(t *testing.T, open Opener, steps int) int {
	t.Helper()
	taken := 0
	for taken < steps && !t.Failed() {
		rapid.Check(t, func(rt *rapid.T) {
			w := &world{bench: newBench(t, open), t: rt, runs: map[string]*modelRun{}, current: map[place]string{}, served: map[string]int{}, steps: &taken}
			defer w.remove()
			rt.Repeat(map[string]func(*rapid.T){
				"submit": w.submitStep, "claim": w.claimStep, "heartbeat": w.heartbeatStep, "finish": w.finishStep,
				"cancel": w.cancelStep, "clear": w.clearStep, "wait": w.waitStep, "reconcile": w.reconcileStep,
				"restart": w.restartStep, "delete": w.deleteStep, "": w.compare,
			})
		})
	}
	return taken
}

func (w *world) pick(label string, from []string) string {
	return rapid.SampledFrom(from).Draw(w.t, label)
}

// anyRun returns the id of some run, skipping the step when there is none.
func (w *world) anyRun() string {
	if len(w.order) == 0 {
		w.t.Skip("no run yet")
	}
	return w.pick("run", w.order)
}

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf(format, args...)
}

func (w *world) submitStep(*rapid.T) {
	*w.steps++
	n := w.newRun(w.pick("workspace", workspaces))
	n.Kind = lombard.JobKind(w.pick("kind", []string{"backtest", "backtest", "study"}))
	n.RequestKey = w.pick("request", []string{"r1", "r2", "r3"}) + " of a " + string(n.Kind)
	n.IdempotencyKey = w.pick("key", []string{"", "", "", "i1", "i2"})
	n.BodyHash = n.RequestKey
	n.Force = rapid.Bool().Draw(w.t, "force")
	n.OnConflict = lombard.OnConflict(w.pick("on conflict", append([]string{""}, lombard.NamesOf[lombard.OnConflict]()...)))
	out, err := w.Submit(w.ctx(), n)

	if n.IdempotencyKey != "" {
		for id, m := range w.runs {
			if m.workspace != n.Workspace || m.idem != n.IdempotencyKey {
				continue
			}
			if m.key == n.RequestKey && (err != nil || out.Job.JobID != id || !out.Replayed) {
				w.fail("replay of %s answered %s, %v", id, out.Job.JobID, err)
			}
			if m.key != n.RequestKey && lombard.KindOf(err) != lombard.KindValidation {
				w.fail("reused key answered %v", err)
			}
			return
		}
	}
	at := place{n.Workspace, n.Kind}
	if busy := w.liveAt(at); n.OnConflict == lombard.ConflictRefuse && busy != "" {
		if live, ok := errors.AsType[*app.LiveJob](err); !ok || live.Job.JobID != busy {
			w.fail("submit with refuse while %s is live answered %v", busy, err)
		}
		return
	}
	if err != nil {
		w.fail("submit: %v", err)
	}
	m := &modelRun{place: at, key: n.RequestKey, idem: n.IdempotencyKey, status: lombard.StatusPending}
	if previous := w.runs[w.current[at]]; previous != nil && previous.live() && n.OnConflict != lombard.ConflictQueue {
		w.ask(previous, lombard.CancelSuperseded, n.ID)
	}
	if !n.Force {
		for _, other := range w.runs {
			if other.workspace == n.Workspace && other.key == n.RequestKey && other.status == lombard.StatusComplete {
				m.status = lombard.StatusComplete
			}
		}
	}
	if m.status == lombard.StatusPending {
		m.turn = w.turnIn(n.Workspace)
	}
	w.runs[n.ID], w.current[at] = m, n.ID
	w.order = append(w.order, n.ID)
	w.check(n.ID)
}

// liveAt is the live run that a refused submit names: the first one that runs,
// else the first one that waits; empty when there is none.
func (w *world) liveAt(at place) string {
	for _, status := range []lombard.Status{lombard.StatusRunning, lombard.StatusPending} {
		for _, id := range w.order {
			if m := w.runs[id]; m.place == at && m.status == status {
				return id
			}
		}
	}
	return ""
}

// ask is the model of a cancel request.
func (w *world) ask(m *modelRun, reason lombard.CancelReason, successor string) {
	if m.reason != "" || !m.live() {
		return
	}
	m.reason, m.successor = reason, successor
	if m.status == lombard.StatusPending {
		m.status = lombard.StatusCancelled
	}
}

// turnIn is the model of the turn that a new run of a workspace gets.
func (w *world) turnIn(workspace string) int {
	waiting, last := 0, 0
	for _, m := range w.runs {
		if m.status != lombard.StatusPending {
			continue
		}
		waiting++
		if m.workspace == workspace {
			last = max(last, m.turn)
		}
	}
	if waiting == 0 {
		w.round++
	}
	return max(w.round, w.served[workspace]+1, last+1)
}

// nextRun is the model of what is claimed next, and of the answer to a claim.
func (w *world) nextRun() (id string, err error) {
	alone, running := false, false
	for _, candidate := range w.order { // by submission
		m := w.runs[candidate]
		running = running || m.status == lombard.StatusRunning
		alone = alone || m.status == lombard.StatusRunning && m.suspect
		if m.status == lombard.StatusPending && (id == "" || m.turn < w.runs[id].turn) {
			id = candidate
		}
	}
	switch {
	case id == "":
		return "", app.ErrNothing
	case alone || running && w.runs[id].suspect:
		return "", app.ErrNotAlone
	default:
		return id, nil
	}
}

func (w *world) claimStep(*rapid.T) {
	*w.steps++
	id, want := w.nextRun()
	c, err := w.next()
	if want != nil || err != nil {
		if !errors.Is(err, want) {
			w.fail("claim answered %q, %v; want %q, %v", c.RunID, err, id, want)
		}
		return
	}
	if c.RunID != id {
		w.fail("claimed %s, want %s", c.RunID, id)
	}
	m := w.runs[id]
	w.round, w.served[m.workspace] = max(w.round, m.turn), max(w.served[m.workspace], m.turn)
	m.status, m.fence, m.attempt, m.lease = lombard.StatusRunning, m.fence+1, max(m.attempt, 1), w.now.Add(lease)
	if m.deadline.IsZero() {
		m.deadline = w.now.Add(10 * time.Minute)
	}
	if c.Fence != m.fence || c.Attempt != m.attempt || c.Tries != m.attempt-m.spared {
		w.fail("claim has fence %d, attempt %d of which %d count; want %d, %d, %d", c.Fence, c.Attempt, c.Tries, m.fence, m.attempt, m.attempt-m.spared)
	}
	w.claims = append(w.claims, c)
	w.check(id)
}

// anyClaim returns some claim ever given and whether it still holds.
func (w *world) anyClaim() (app.Claim, *modelRun, bool) {
	if len(w.claims) == 0 {
		w.t.Skip("no claim yet")
	}
	c := w.claims[rapid.IntRange(0, len(w.claims)-1).Draw(w.t, "claim")]
	m := w.runs[c.RunID]
	return c, m, m != nil && m.status == lombard.StatusRunning && m.fence == c.Fence
}

func (w *world) heartbeatStep(*rapid.T) {
	*w.steps++
	c, m, holds := w.anyClaim()
	signal, err := w.Heartbeat(w.ctx(), c, app.Progress{Stage: lombard.StageCalculating, Progress: 75}, w.now, w.now.Add(lease))
	if !holds {
		if !errors.Is(err, app.ErrStale) {
			w.fail("stale heartbeat answered %v", err)
		}
		return
	}
	if err != nil || signal.CancelRequested != (m.reason != "") {
		w.fail("heartbeat = %+v, %v; cancel asked: %q", signal, err, m.reason)
	}
	m.lease = w.now.Add(lease)
}

func (w *world) finishStep(*rapid.T) {
	*w.steps++
	c, m, holds := w.anyClaim()
	how := w.pick("outcome", []string{"complete", "failed", "cancelled", "shutdown", "retry"})
	o := map[string]app.Outcome{
		"complete": completeOutcome(c.RunID), "failed": failedOutcome(), "cancelled": {Cancelled: true},
		"shutdown": {HandBack: true}, "retry": {HandBack: true, NextAttempt: true},
	}[how]
	_, err := w.Finish(w.ctx(), c, o, w.now)
	if !holds {
		if !errors.Is(err, app.ErrStale) {
			w.fail("stale finish (%s) answered %v", how, err)
		}
		return
	}
	if err != nil {
		w.fail("finish: %v", err)
	}
	switch {
	case m.reason != "" || how == "cancelled":
		m.status = lombard.StatusCancelled
		if m.reason == "" {
			m.reason = lombard.CancelUser
		}
	case how == "complete":
		m.status = lombard.StatusComplete
	case how == "failed":
		m.status = lombard.StatusFailed
	default:
		m.status = lombard.StatusPending
		if how == "retry" {
			m.attempt++
		}
	}
	w.check(c.RunID)
}

func (w *world) cancelStep(*rapid.T) {
	*w.steps++
	id := w.anyRun()
	m := w.runs[id]
	if _, err := w.Cancel(w.ctx(), m.workspace, id, lombard.CancelUser, w.now); err != nil {
		w.fail("cancel: %v", err)
	}
	w.ask(m, lombard.CancelUser, "")
	w.check(id)
}

func (w *world) clearStep(*rapid.T) {
	*w.steps++
	at := place{w.pick("workspace", workspaces), lombard.JobKind(w.pick("kind", lombard.NamesOf[lombard.JobKind]()))}
	id, err := w.Clear(w.ctx(), at.workspace, at.kind, w.now)
	if err != nil || id != w.current[at] {
		w.fail("clear = %q, %v; want %q", id, err, w.current[at])
	}
	if m := w.runs[id]; m != nil {
		w.ask(m, lombard.CancelCleared, "")
		w.check(id)
	}
	delete(w.current, at)
}

func (w *world) waitStep(*rapid.T) {
	w.now = w.now.Add(time.Duration(rapid.IntRange(1, 400).Draw(w.t, "seconds")) * time.Second)
}

func (w *world) reconcileStep(*rapid.T) { w.reconcile(false) }

// restartStep is a crash: the new process takes every running run over.
func (w *world) restartStep(*rapid.T) { w.reconcile(true) }

func (w *world) reconcile(takeOver bool) {
	*w.steps++
	if rapid.Bool().Draw(w.t, "lose the tickets") {
		w.tickets.Lose()
	}
	if _, err := w.Reconcile(w.ctx(), w.now, takeOver); err != nil {
		w.fail("reconcile: %v", err)
	}
	running := 0
	for _, m := range w.runs {
		if m.status == lombard.StatusRunning {
			running++
		}
	}
	for _, m := range w.runs {
		late := m.deadline.Before(w.now.Add(-5 * time.Second))
		if m.status != lombard.StatusRunning || !takeOver && !m.lease.Before(w.now) && !late {
			continue
		}
		m.fence++
		switch {
		case m.reason != "":
			m.status = lombard.StatusCancelled
		case m.deadline.Before(w.now), !takeOver && m.attempt-m.spared >= app.MaxAttempts, takeOver && running == 1 && m.crashes+1 >= app.MaxCrashes:
			m.status = lombard.StatusFailed
		default:
			if takeOver {
				m.suspect, m.spared = true, m.spared+1
			}
			if takeOver && running == 1 {
				m.crashes++
			}
			m.status = lombard.StatusPending
			m.attempt++
		}
	}
	for _, id := range w.order {
		w.check(id)
	}
}

func (w *world) deleteStep(*rapid.T) {
	*w.steps++
	id := w.anyRun()
	m := w.runs[id]
	err := w.Delete(w.ctx(), m.workspace, id)
	if m.live() {
		if lombard.KindOf(err) != lombard.KindConflict {
			w.fail("delete of a %s run answered %v", m.status, err)
		}
		return
	}
	if err != nil {
		w.fail("delete: %v", err)
	}
	delete(w.runs, id)
	if w.current[m.place] == id {
		delete(w.current, m.place)
	}
	for i, other := range w.order {
		if other == id {
			w.order = append(w.order[:i:i], w.order[i+1:]...)
			break
		}
	}
}

// check compares one run with its model.
func (w *world) check(id string) {
	w.t.Helper()
	m := w.runs[id]
	job, err := w.Job(w.ctx(), m.workspace, id)
	if err != nil {
		w.fail("read %s: %v", id, err)
	}
	w.consistent(job)
	reason, successor := lombard.CancelReason(""), ""
	if job.CancelReason != nil {
		reason = *job.CancelReason
	}
	if job.SupersededBy != nil {
		successor = *job.SupersededBy
	}
	got := fmt.Sprint(job.Kind, job.Status, job.Attempt, reason, successor)
	if want := fmt.Sprint(m.kind, m.status, m.attempt, m.reason, m.successor); got != want {
		w.fail("%s is %s, want %s", id, got, want)
	}
}

// compare checks what must hold between steps.
func (w *world) compare(*rapid.T) {
	for _, workspace := range workspaces {
		for _, kind := range lombard.ValuesOf[lombard.JobKind]() {
			job, err := w.Current(w.ctx(), workspace, kind)
			if want := w.current[place{workspace, kind}]; want == "" && lombard.KindOf(err) != lombard.KindNotFound || want != "" && (err != nil || job.JobID != want) {
				w.fail("current %s of %s = %q, %v; want %q", kind, workspace, job.JobID, err, want)
			}
		}
	}
}
