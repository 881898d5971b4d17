package checker

import (
	"slices"
	"time"

	"lombard.example/lombard"
)

// inputOf returns the name of the inputs that a run was submitted with.
func (t *trial) inputOf(id string) (string, bool) {
	if e, ok := t.acked[id]; ok {
		return e.Input, true
	}
	if f := t.final[id]; f != nil {
		return f.Job.Input, true
	}
	return "", false
}

// results checks that a run answers its own question, with the same bytes
// every time, and that what it says holds together.
func (t *trial) results() {
	r := &t.report
	read := map[string]string{} // job id to the digest first read
	wrong := map[string]bool{}
	blame := func(id, format string, args ...any) {
		if !wrong[id] {
			wrong[id] = true
			r.blame(&r.WrongResult, format, args...)
		}
	}
	twice := map[string]bool{}
	look := func(id, digest string) {
		if digest == "" {
			return
		}
		if first, seen := read[id]; seen && first != digest && !twice[id] {
			twice[id] = true
			r.blame(&r.Duplicated, "duplicated: %s has results %.12s and %.12s", id, first, digest)
		} else if !seen {
			read[id] = digest
		}
		input, _ := t.inputOf(id)
		if golden, ok := t.goldens[input]; ok && golden != digest {
			blame(id, "wrong_result: %s gave %.12s, its inputs %q give %.12s", id, digest, input, golden)
		}
	}
	coherent := func(j *Job) {
		if text := j.incoherent(); text != "" {
			blame(j.ID, "wrong_result: %s %s", j.ID, text)
		}
		if e, ok := t.acked[j.ID]; ok && j.Input != e.Input {
			blame(j.ID, "wrong_result: %s was submitted with %q and is about %q", j.ID, e.Input, j.Input)
		}
	}
	for _, e := range t.history {
		if e.Op == OpResult && e.Phase == OK {
			look(e.JobID, e.Digest)
		}
		if e.Job != nil {
			coherent(e.Job)
		}
	}
	for _, id := range t.listed {
		f := t.final[id]
		look(id, f.Digest)
		coherent(&f.Job)
		if excused := t.conditions.Excused; excused != nil && f.Job.Status == string(lombard.StatusFailed) && !slices.Contains(excused, f.Job.ErrorKind) {
			blame(id, "wrong_result: %s failed (%s: %s) and nothing explains that", id, f.Job.ErrorKind, f.Job.Error)
		}
		if f.Digest != "" && f.Digest != f.Job.ResultDigest {
			blame(id, "wrong_result: %s states digest %.12s and has bytes of %.12s", id, f.Job.ResultDigest, f.Digest)
		}
		if _, ok := t.goldens[f.Job.Input]; ok && f.Digest != "" {
			r.Compared++
		}
	}
}

// incoherent says what a job says wrongly of itself, if anything.
func (j *Job) incoherent() string {
	status := lombard.Status(j.Status)
	switch {
	case status == lombard.StatusFailed && (j.Error == "" || j.ErrorKind == ""):
		return "failed and does not say why"
	case status != lombard.StatusFailed && j.Error != "":
		return "is " + j.Status + " and has an error"
	case (status == lombard.StatusComplete) != (j.ResultDigest != ""):
		return "is " + j.Status + " and its result digest is \"" + j.ResultDigest + "\""
	case status == lombard.StatusCancelled && j.CancelReason == "":
		return "is cancelled and does not say why"
	case status.Terminal() == j.CompletedAt.IsZero():
		return "is " + j.Status + " and its time of completion is " + j.CompletedAt.Format(time.RFC3339)
	default:
		return ""
	}
}

// ownerOf returns the workspace that a run belongs to.
func (t *trial) ownerOf(id string) string {
	if e, ok := t.acked[id]; ok {
		return e.Workspace
	}
	if f := t.final[id]; f != nil {
		return f.Job.Workspace
	}
	return ""
}

// tenants looks for answers about a run of another workspace.
func (t *trial) tenants() {
	r := &t.report
	for _, e := range t.history {
		if e.Phase != OK && e.Phase != Seen {
			continue
		}
		owner := t.ownerOf(e.JobID)
		if e.Job != nil {
			owner = e.Job.Workspace
		}
		if e.Workspace != "" && owner != "" && owner != e.Workspace {
			r.blame(&r.CrossTenant, "cross_tenant: %s of %s, %s of %s", e.Op, e.Workspace, e.JobID, owner)
		}
	}
}

// rank orders the stages of an attempt; terminal ones come last.
func rank(stage string) int {
	switch lombard.Stage(stage) {
	case lombard.StageValidating:
		return 1
	case lombard.StageFetching:
		return 2
	case lombard.StageCalculating:
		return 3
	case lombard.StageComplete, lombard.StageFailed, lombard.StageCancelled:
		return 4
	}
	return 0 // no stage: it goes back behind every other
}

// after says what of next goes back behind j, which the same observer saw
// before; empty when nothing does. A failed or cancelled run tells no progress
// that could be compared.
func (j *Job) after(next *Job) string {
	switch {
	case next.Attempt < j.Attempt:
		return "attempt"
	case next.Version < j.Version:
		return "version"
	case next.Attempt > j.Attempt || next.Terminal() && next.Status != string(lombard.StatusComplete):
		return ""
	case next.Progress < j.Progress:
		return "progress"
	case rank(next.Stage) < rank(j.Stage):
		return "stage"
	default:
		return ""
	}
}

// ending is how a run was first seen to be over.
type ending struct {
	job   *Job
	place int // in the history, at which this was known
}

// order checks that nothing goes back in time: within what one observer saw
// one after another, and for finished runs between any two observers of whom
// the second began to look after the first had seen.
func (t *trial) order() {
	r := &t.report
	type observer struct {
		client string
		stream int64
		job    string
	}
	last := map[observer]*Job{}
	ends := map[string]ending{}
	changed := map[string]bool{}
	compare := func(id string, first, later *Job) {
		if first.same(later) || changed[id] {
			return
		}
		changed[id] = true
		r.blame(&r.TerminalChanged, "terminal_changed: %s was %s and then %s", id, first.how(), later.how())
	}
	for i, e := range t.history {
		if e.Job == nil || e.Phase != OK && e.Phase != Seen {
			continue
		}
		o := observer{client: e.Client, job: e.Job.ID}
		if e.Op == OpWatch {
			o.stream = e.Call
		}
		before := last[o]
		if before != nil && !before.Terminal() {
			if what := before.after(e.Job); what != "" {
				r.blame(&r.NonMonotone, "non_monotone: %s of %s, attempt %d: %s %g %s v%d after %s %g %s v%d", what, e.Job.ID, e.Job.Attempt,
					e.Job.Stage, e.Job.Progress, e.Job.Status, e.Job.Version, before.Stage, before.Progress, before.Status, before.Version)
			}
		}
		last[o] = e.Job
		if before != nil && before.Terminal() {
			compare(e.Job.ID, before, e.Job)
		}
		if end, ok := ends[e.Job.ID]; ok && end.place < t.invoked(i) {
			compare(e.Job.ID, end.job, e.Job)
		}
		if _, ok := ends[e.Job.ID]; !ok && e.Job.Terminal() {
			ends[e.Job.ID] = ending{e.Job, i}
		}
	}
	for _, id := range t.listed {
		if end, ok := ends[id]; ok {
			compare(id, end.job, &t.final[id].Job)
		}
	}
}

// same reports whether two looks at a finished run agree.
func (j *Job) same(k *Job) bool {
	return j.Status == k.Status && j.Stage == k.Stage && j.CompletedAt.Equal(k.CompletedAt) && j.ResultDigest == k.ResultDigest &&
		j.Error == k.Error && j.CancelReason == k.CancelReason && j.SupersededBy == k.SupersededBy
}

func (j *Job) how() string {
	text := j.Status
	for _, more := range []string{j.CancelReason, j.Error, j.ResultDigest} {
		if more != "" {
			text += " (" + more + ")"
		}
	}
	return text + " at " + j.CompletedAt.Format(time.RFC3339Nano)
}

// fences checks that no write of a worker was accepted once it had lost its
// run: to another claim, to a takeover, or to the run's end.
func (t *trial) fences() {
	r := &t.report
	type mark struct {
		fence int64
		place int
	}
	claims := map[string][]mark{}
	lost := map[string][]mark{} // fences up to this one are void from here on
	for i, e := range t.history {
		switch {
		case e.Op == OpRevoke && e.Phase == OK:
			var held int64
			for _, c := range claims[e.JobID] {
				held = max(held, c.fence)
			}
			lost[e.JobID] = append(lost[e.JobID], mark{held, i})
		case e.Op == OpClaim && e.Phase == OK:
			claims[e.JobID] = append(claims[e.JobID], mark{e.Fence, i})
			lost[e.JobID] = append(lost[e.JobID], mark{e.Fence - 1, i})
		case e.Op == OpWrite && e.Phase == OK:
			for _, m := range lost[e.JobID] {
				if e.Fence <= m.fence && m.place < t.invoked(i) {
					r.blame(&r.StaleWrite, "stale_write: %s accepted a write with fence %d after it was taken away", e.JobID, e.Fence)
					break
				}
			}
			if e.Ended {
				lost[e.JobID] = append(lost[e.JobID], mark{e.Fence, i})
			}
		}
	}
}
