package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// Exercise runs every rule as a subtest on a store of its own.
func Exercise(t *testing.T, open Opener) {
	t.Helper()
	for _, rule := range []struct {
		name  string
		check func(b *bench)
	}{
		{"a run goes from pending over running to complete", lifeOfARun},
		{"parts of a result stay for as long as one needs them", partsOfAResult},
		{"parts without a result go with the claim", partsWithoutAResult},
		{"a result of rows is put into columns under its digest", rowsIntoColumns},
		{"a failed run has an error, no result and progress 0", failedRun},
		{"a terminal run never changes, whatever is tried", absorbing},
		{"a run is claimed once", claimOnce},
		{"a write with an old fence is refused", staleWrites},
		{"a newer submit replaces a pending run at once", supersedePending},
		{"a newer submit marks a running run, which ends cancelled", supersedeRunning},
		{"with queue a newer submit leaves live runs alone and becomes the current one", queueBehind},
		{"with refuse a submit stores nothing while a run is live", refuseWhileLive},
		{"cancel ends a pending run, marks a running one, leaves a finished one", cancels},
		{"an acknowledged cancel is not overtaken by a result", cancelBeatsComplete},
		{"a workspace has a current backtest and a current study", kinds},
		{"clear forgets the pointer and keeps the history", clears},
		{"the same idempotency key answers the same run", idempotency},
		{"a thousand submits with one key make one run", idempotencyStorm},
		{"an identical request is served from the cache within its workspace", cache},
		{"a run handed back keeps its attempt, one that failed gets the next", handBack},
		{"a lease that ran out costs an attempt, the third ends the run", leases},
		{"a run past its deadline fails as timed out", deadlines},
		{"a worker is called for every run that waits", calls},
		{"a worker retires when it finds nothing at its last look", retires},
		{"runs are claimed in the order of submission, also after a restart", firstInFirstOut},
		{"a run that is tried again keeps its place once it is due", delayed},
		{"workspaces take turns", turns},
		{"a replaced run gives its place to no one", turnOfAReplacement},
		{"runs that were running when the process ended are computed alone", suspects},
		{"an end of the process costs no innocent run an attempt", innocents},
		{"a start-up takes every running run over", takeOver},
		{"progress never goes back within an attempt", monotone},
		{"history is paged, filtered and searched", history},
		{"another workspace finds nothing", isolation},
		{"notes change, results stay", annotations},
		{"a live run cannot be deleted, a finished one can", deletion},
		{"a job's own log is kept with it, bounded, and goes with it", ownLog},
		{"too many waiting runs are refused and nothing is stored", queueLimit},
		{"price files are stored once and found by symbol or digest", priceFiles},
	} {
		t.Run(rule.name, func(t *testing.T) {
			b := newBench(t, open)
			defer b.remove()
			rule.check(b)
		})
	}
}

func lifeOfARun(b *bench) {
	n := b.newRun("w")
	job := b.submit(n)
	if job.Status != lombard.StatusPending || job.Stage != lombard.StageValidating || job.Progress != 0 || job.Attempt != 0 {
		b.Errorf("submitted job is %s, %s, %v %%, attempt %d", job.Status, job.Stage, job.Progress, job.Attempt)
	}
	if job.QueuePosition == nil || *job.QueuePosition != 1 {
		b.Errorf("queue position = %v, want 1", job.QueuePosition)
	}
	if current, err := b.Current(b.ctx(), "w", lombard.JobBacktest); err != nil || current.JobID != n.ID {
		b.Errorf("current = %v, %v; want %s", current.JobID, err, n.ID)
	}
	c := b.claim(n.ID)
	if c.Fence != 1 || c.Attempt != 1 || c.Scenario.Symbol != "XAU" || c.Workspace != "w" {
		b.Errorf("claim = %+v", c)
	}
	_, err := b.Result(b.ctx(), "w", n.ID)
	b.wantKind("result of a running run", err, lombard.KindConflict)
	done := b.finish(c, completeOutcome(n.ID))
	if done.Status != lombard.StatusComplete || done.Progress != 100 || !done.HasResult || done.Verdict != "Fine." {
		b.Errorf("finished job = %+v", done)
	}
	want, digest := document(n.ID)
	got, err := b.Result(b.ctx(), "w", n.ID)
	if err != nil || !bytes.Equal(got.Document, want) || got.Digest != digest {
		b.Errorf("result = %q, %v; want %q", got.Document, err, want)
	}
}

func failedRun(b *bench) {
	job := b.submit(b.newRun("w"))
	b.finish(b.claim(job.JobID), failedOutcome())
	got := b.wantStatus("w", job.JobID, lombard.StatusFailed)
	if got.Progress != 0 || got.FailedAtProgress == nil || *got.FailedAtProgress != 81 || *got.FailedStage != lombard.StageCalculating {
		b.Errorf("progress %v, failed at %v in %v", got.Progress, got.FailedAtProgress, got.FailedStage)
	}
	if got.ErrorDetail == nil || got.ErrorDetail.Kind != lombard.KindPricing || got.ErrorDetail.Code != "no_balance" {
		b.Errorf("error detail = %+v", got.ErrorDetail)
	}
	_, err := b.Result(b.ctx(), "w", job.JobID)
	b.wantKind("result of a failed run", err, lombard.KindConflict)
}

// absorbing tries every event on every terminal status.
func absorbing(b *bench) {
	for _, end := range []string{"complete", "failed", "cancelled"} {
		job := b.submit(b.newRun(end))
		c := b.claim(job.JobID)
		switch end {
		case "complete":
			b.finish(c, completeOutcome(job.JobID))
		case "failed":
			b.finish(c, failedOutcome())
		default:
			b.finish(c, app.Outcome{Cancelled: true})
		}
		before := b.job(end, job.JobID)
		b.now = b.now.Add(time.Hour)
		for name, o := range map[string]app.Outcome{
			"complete": completeOutcome("other"), "failed": failedOutcome(), "cancelled": {Cancelled: true}, "hand back": {HandBack: true, NextAttempt: true},
		} {
			_, err := b.Finish(b.ctx(), c, o, b.now)
			b.wantStale(end+" then "+name, err)
		}
		_, err := b.Heartbeat(b.ctx(), c, app.Progress{Stage: lombard.StageFetching}, b.now, b.now.Add(lease))
		b.wantStale(end+" then heartbeat", err)
		b.wantNothing(end + " then claim")
		if _, err := b.Cancel(b.ctx(), end, job.JobID, lombard.CancelUser, b.now); err != nil {
			b.Errorf("cancel of a %s run: %v", end, err)
		}
		if _, err := b.Reconcile(b.ctx(), b.now, true); err != nil {
			b.Errorf("reconcile: %v", err)
		}
		successor := b.submit(b.newRun(end)) // would supersede it if it were live
		if _, err := b.Cancel(b.ctx(), end, successor.JobID, lombard.CancelUser, b.now); err != nil {
			b.Errorf("cancel of a waiting run: %v", err)
		}
		after := b.job(end, job.JobID)
		if fmt.Sprint(before.Status, before.Stage, before.Version, before.CompletedAt) != fmt.Sprint(after.Status, after.Stage, after.Version, after.CompletedAt) {
			b.Errorf("a %s run changed from %+v to %+v", end, before, after)
		}
	}
}

func claimOnce(b *bench) {
	b.wantNothing("an empty store")
	job := b.submit(b.newRun("w"))
	b.claim(job.JobID)
	b.wantNothing("a run that is running")
}

func staleWrites(b *bench) {
	job := b.submit(b.newRun("w"))
	old := b.claim(job.JobID)
	b.now = b.now.Add(lease + time.Second)
	if got, err := b.Reconcile(b.ctx(), b.now, false); err != nil || got.TakenOver != 1 {
		b.Fatalf("reconcile = %+v, %v; want one run taken over", got, err)
	}
	next := b.claim(job.JobID)
	if next.Fence <= old.Fence || next.Attempt != 2 {
		b.Errorf("new claim has fence %d after %d, attempt %d", next.Fence, old.Fence, next.Attempt)
	}
	_, err := b.Heartbeat(b.ctx(), old, app.Progress{Stage: lombard.StageCalculating, Progress: 90}, b.now, b.now.Add(lease))
	b.wantStale("heartbeat with the old fence", err)
	for _, o := range []app.Outcome{completeOutcome("stale"), failedOutcome(), {Cancelled: true}, {HandBack: true}} {
		_, err = b.Finish(b.ctx(), old, o, b.now)
		b.wantStale("finish with the old fence", err)
	}
	b.wantStatus("w", job.JobID, lombard.StatusRunning)
	b.finish(next, completeOutcome(job.JobID))
	got, err := b.Result(b.ctx(), "w", job.JobID)
	if want, _ := document(job.JobID); err != nil || !bytes.Equal(got.Document, want) {
		b.Errorf("result = %q, %v; want the new worker's", got.Document, err)
	}
}

func supersedePending(b *bench) {
	first := b.submit(b.newRun("w"))
	second := b.submit(b.newRun("w"))
	got := b.wantStatus("w", first.JobID, lombard.StatusCancelled)
	if got.CancelReason == nil || *got.CancelReason != lombard.CancelSuperseded || got.SupersededBy == nil || *got.SupersededBy != second.JobID {
		b.Errorf("replaced run says reason %v, successor %v", got.CancelReason, got.SupersededBy)
	}
	b.wantNext("after the replacement", second.JobID)
}

func supersedeRunning(b *bench) {
	first := b.submit(b.newRun("w"))
	c := b.claim(first.JobID)
	second := b.submit(b.newRun("w"))
	if job := b.wantStatus("w", first.JobID, lombard.StatusRunning); !job.CancelRequested {
		b.Errorf("replaced run is not asked to stop")
	}
	signal, err := b.Heartbeat(b.ctx(), c, app.Progress{Stage: lombard.StageCalculating, Progress: 75}, b.now, b.now.Add(lease))
	if err != nil || !signal.CancelRequested {
		b.Errorf("heartbeat = %+v, %v; want a cancel request", signal, err)
	}
	b.finish(c, app.Outcome{Cancelled: true})
	got := b.wantStatus("w", first.JobID, lombard.StatusCancelled)
	if *got.CancelReason != lombard.CancelSuperseded || *got.SupersededBy != second.JobID {
		b.Errorf("replaced run says reason %v, successor %v", *got.CancelReason, *got.SupersededBy)
	}
	if current, err := b.Current(b.ctx(), "w", lombard.JobBacktest); err != nil || current.JobID != second.JobID {
		b.Errorf("current = %s, %v; want %s", current.JobID, err, second.JobID)
	}
}

// queueBehind: what waits and what runs goes on, and everything can be claimed
// and finished in the order of submission.
func queueBehind(b *bench) {
	running := b.submit(b.newRun("w"))
	first := b.claim(running.JobID)
	queued := []lombard.Job{running}
	for range 3 {
		n := b.newRun("w")
		n.OnConflict = lombard.ConflictQueue
		out, err := b.Submit(b.ctx(), n)
		if err != nil || out.Superseded != "" || out.Job.Status != lombard.StatusPending {
			b.Fatalf("submit with queue = %s, replaces %q, %v", out.Job.Status, out.Superseded, err)
		}
		queued = append(queued, out.Job)
	}
	last := queued[len(queued)-1]
	if current, err := b.Current(b.ctx(), "w", lombard.JobBacktest); err != nil || current.JobID != last.JobID {
		b.Errorf("current = %s, %v; want the last one submitted, %s", current.JobID, err, last.JobID)
	}
	if signal, err := b.Heartbeat(b.ctx(), first, app.Progress{Stage: lombard.StageCalculating, Progress: 75}, b.now, b.now.Add(lease)); err != nil || signal.CancelRequested {
		b.Errorf("heartbeat of the running one = %+v, %v; want no cancel", signal, err)
	}
	for i, j := range queued[1:] {
		if got := b.job("w", j.JobID); got.QueuePosition == nil || *got.QueuePosition != i+1 {
			b.Errorf("place in the queue of number %d = %v", i+1, got.QueuePosition)
		}
	}
	// A newer one without queue replaces the current one, and only that.
	newer := b.submit(b.newRun("w"))
	if got := b.wantStatus("w", last.JobID, lombard.StatusCancelled); got.SupersededBy == nil || *got.SupersededBy != newer.JobID {
		b.Errorf("the current one was replaced by %v, want %s", got.SupersededBy, newer.JobID)
	}
	b.finish(first, completeOutcome(running.JobID))
	for _, j := range append(queued[1:3:3], newer) {
		b.finish(b.claim(j.JobID), completeOutcome(j.JobID))
		b.wantStatus("w", j.JobID, lombard.StatusComplete)
	}
}

// refuseWhileLive tries a submit that is to be refused against a waiting, a
// running and an ended run.
func refuseWhileLive(b *bench) {
	try := func(workspace string) (app.NewRun, app.Submitted, error) {
		n := b.newRun(workspace)
		n.OnConflict, n.IdempotencyKey = lombard.ConflictRefuse, "key of "+n.ID
		out, err := b.Submit(b.ctx(), n)
		return n, out, err
	}
	live := b.submit(b.newRun("w"))
	refused := func(state lombard.Status) {
		n, _, err := try("w")
		b.wantKind("submit with refuse", err, lombard.KindConflict)
		if busy, ok := errors.AsType[*app.LiveJob](err); !ok || busy.Job.JobID != live.JobID || busy.Job.Status != state {
			b.Errorf("the answer names %+v, want the %s job %s", busy, state, live.JobID)
		}
		if _, err := b.Job(b.ctx(), "w", n.ID); lombard.KindOf(err) != lombard.KindNotFound {
			b.Errorf("a refused submit left a job: %v", err)
		}
		if current, err := b.Current(b.ctx(), "w", lombard.JobBacktest); err != nil || current.JobID != live.JobID {
			b.Errorf("current after a refused submit = %s, %v", current.JobID, err)
		}
	}
	refused(lombard.StatusPending)
	c := b.claim(live.JobID)
	refused(lombard.StatusRunning)
	if _, _, err := try("v"); err != nil {
		b.Errorf("a live run of another workspace refuses: %v", err)
	}
	b.finish(c, completeOutcome(live.JobID))
	n, out, err := try("w")
	if err != nil || out.Job.Status != lombard.StatusPending {
		b.Fatalf("with nothing live: %s, %v", out.Job.Status, err)
	}
	if again, err := b.Submit(b.ctx(), n); err != nil || !again.Replayed || again.Job.JobID != n.ID {
		b.Errorf("the same submit again = %+v, %v; want a replay of the live run itself", again.Job.JobID, err)
	}
}

func cancels(b *bench) {
	cancel := func(w, id string) lombard.Job {
		job, err := b.Cancel(b.ctx(), w, id, lombard.CancelUser, b.now)
		if err != nil {
			b.Errorf("cancel: %v", err)
		}
		return job
	}
	pending := b.submit(b.newRun("a"))
	if job := cancel("a", pending.JobID); job.Status != lombard.StatusCancelled || *job.CancelReason != lombard.CancelUser {
		b.Errorf("cancelled pending run = %s, %v", job.Status, job.CancelReason)
	}
	running := b.submit(b.newRun("b"))
	c := b.claim(running.JobID)
	if job := cancel("b", running.JobID); job.Status != lombard.StatusRunning || !job.CancelRequested {
		b.Errorf("running run to be cancelled = %s, %v", job.Status, job.CancelRequested)
	}
	cancel("b", running.JobID) // twice changes nothing
	b.finish(c, app.Outcome{Cancelled: true})
	b.wantStatus("b", running.JobID, lombard.StatusCancelled)
	done := b.complete("c")
	if job := cancel("c", done.JobID); job.Status != lombard.StatusComplete || job.CancelRequested {
		b.Errorf("cancelled finished run = %s, %v", job.Status, job.CancelRequested)
	}
	_, err := b.Cancel(b.ctx(), "c", "nobody", lombard.CancelUser, b.now)
	b.wantKind("cancel of an unknown run", err, lombard.KindNotFound)
}

func cancelBeatsComplete(b *bench) {
	for _, o := range []app.Outcome{completeOutcome("x"), failedOutcome(), {HandBack: true}, {HandBack: true, NextAttempt: true}} {
		job := b.submit(b.newRun("w"))
		c := b.claim(job.JobID)
		if _, err := b.Cancel(b.ctx(), "w", job.JobID, lombard.CancelUser, b.now); err != nil {
			b.Fatal(err)
		}
		b.finish(c, o)
		b.wantStatus("w", job.JobID, lombard.StatusCancelled)
	}
}

func clears(b *bench) {
	if id, err := b.Clear(b.ctx(), "w", lombard.JobBacktest, b.now); err != nil || id != "" {
		b.Errorf("clear of an empty workspace = %q, %v", id, err)
	}
	job := b.submit(b.newRun("w"))
	if id, err := b.Clear(b.ctx(), "w", lombard.JobBacktest, b.now); err != nil || id != job.JobID {
		b.Errorf("clear = %q, %v; want %s", id, err, job.JobID)
	}
	if got := b.wantStatus("w", job.JobID, lombard.StatusCancelled); *got.CancelReason != lombard.CancelCleared {
		b.Errorf("reason = %s, want cleared", *got.CancelReason)
	}
	_, err := b.Current(b.ctx(), "w", lombard.JobBacktest)
	b.wantKind("current after clear", err, lombard.KindNotFound)
}

func idempotency(b *bench) {
	n := b.newRun("w")
	n.IdempotencyKey = "k"
	first := b.submit(n)
	again := b.newRun("w")
	again.IdempotencyKey, again.BodyHash = "k", n.BodyHash
	out, err := b.Submit(b.ctx(), again)
	if err != nil || !out.Replayed || out.Job.JobID != first.JobID {
		b.Errorf("second submit = %+v, %v; want %s replayed", out, err, first.JobID)
	}
	other := b.newRun("w")
	other.IdempotencyKey = "k"
	_, err = b.Submit(b.ctx(), other)
	b.wantKind("same key, other body", err, lombard.KindValidation)
	b.wantStatus("w", first.JobID, lombard.StatusPending) // nothing was replaced
	foreign := b.newRun("v")
	foreign.IdempotencyKey = "k"
	if out, err := b.Submit(b.ctx(), foreign); err != nil || out.Replayed {
		b.Errorf("the same key in another workspace = %+v, %v", out, err)
	}
}

func idempotencyStorm(b *bench) {
	const submits = 1000
	runs := make([]app.NewRun, submits)
	for i := range runs {
		runs[i] = b.newRun("w")
		runs[i].IdempotencyKey, runs[i].BodyHash = "k", "same"
	}
	ids := make([]string, submits)
	var wait sync.WaitGroup
	for i := range runs {
		wait.Go(func() {
			out, err := b.Submit(b.ctx(), runs[i])
			if err != nil {
				b.Errorf("submit: %v", err)
			}
			ids[i] = out.Job.JobID
		})
	}
	wait.Wait()
	for _, id := range ids {
		if id != ids[0] {
			b.Fatalf("one key made jobs %s and %s", ids[0], id)
		}
	}
}

func cache(b *bench) {
	n := b.newRun("w")
	first := b.submit(n)
	b.finish(b.claim(first.JobID), completeOutcome(first.JobID))
	same := func(workspace string, force bool) lombard.Job {
		again := b.newRun(workspace)
		again.RequestKey, again.Force = n.RequestKey, force
		return b.submit(again)
	}
	hit := same("w", false)
	if hit.Status != lombard.StatusComplete || !hit.Cached || *hit.CachedFrom != first.JobID || hit.DataCostUSD != 0 {
		b.Errorf("identical request = %s, cached %v from %v", hit.Status, hit.Cached, hit.CachedFrom)
	}
	a, errA := b.Result(b.ctx(), "w", first.JobID)
	c, errC := b.Result(b.ctx(), "w", hit.JobID)
	if errA != nil || errC != nil || !bytes.Equal(a.Document, c.Document) {
		b.Errorf("cached bytes differ: %v, %v", errA, errC)
	}
	if forced := same("w", true); forced.Status != lombard.StatusPending {
		b.Errorf("forced request is %s, want pending", forced.Status)
	}
	if foreign := same("v", false); foreign.Status != lombard.StatusPending {
		b.Errorf("the request in another workspace is %s, want pending", foreign.Status)
	}
}

func handBack(b *bench) {
	job := b.submit(b.newRun("w"))
	c := b.claim(job.JobID)
	b.finish(c, app.Outcome{HandBack: true, Progress: app.Progress{Stage: lombard.StageCalculating, Progress: 80}})
	if got := b.wantStatus("w", job.JobID, lombard.StatusPending); got.Attempt != 1 || got.Progress < 80 || got.Stage != lombard.StageCalculating {
		b.Errorf("handed back at shutdown: attempt %d, progress %v, stage %s; want 1, 80 and calculating", got.Attempt, got.Progress, got.Stage)
	}
	c = b.claim(job.JobID)
	if c.Attempt != 1 || c.Floor.Progress != 80 {
		b.Errorf("claimed again: attempt %d, floor %v", c.Attempt, c.Floor.Progress)
	}
	b.finish(c, app.Outcome{HandBack: true, NextAttempt: true, RetryAt: b.now.Add(time.Second)})
	if got := b.wantStatus("w", job.JobID, lombard.StatusPending); got.Attempt != 2 || got.Progress != 0 {
		b.Errorf("handed back after an error: attempt %d, progress %v; want 2 and 0", got.Attempt, got.Progress)
	}
}

func leases(b *bench) {
	job := b.submit(b.newRun("w"))
	for attempt := 1; attempt <= app.MaxAttempts; attempt++ {
		if c := b.claim(job.JobID); c.Attempt != attempt {
			b.Errorf("attempt = %d, want %d", c.Attempt, attempt)
		}
		if got, err := b.Reconcile(b.ctx(), b.now.Add(lease-time.Second), false); err != nil || got != (app.Reconciled{}) {
			b.Errorf("reconcile within the lease = %+v, %v", got, err)
		}
		b.now = b.now.Add(lease + time.Second)
		if _, err := b.Reconcile(b.ctx(), b.now, false); err != nil {
			b.Fatal(err)
		}
	}
	got := b.wantStatus("w", job.JobID, lombard.StatusFailed)
	if got.ErrorDetail == nil || got.ErrorDetail.Kind != lombard.KindOrphaned {
		b.Errorf("error detail = %+v, want orphaned", got.ErrorDetail)
	}
}

func deadlines(b *bench) {
	job := b.submit(b.newRun("w"))
	c := b.claim(job.JobID)
	b.now = b.now.Add(11 * time.Minute)
	if _, err := b.Heartbeat(b.ctx(), c, app.Progress{Stage: lombard.StageCalculating, Progress: 75}, b.now, b.now.Add(lease)); err != nil {
		b.Fatal(err)
	}
	if got, err := b.Reconcile(b.ctx(), b.now, false); err != nil || got.TimedOut != 1 {
		b.Errorf("reconcile = %+v, %v; want one timed out", got, err)
	}
	if got := b.wantStatus("w", job.JobID, lombard.StatusFailed); got.ErrorDetail.Kind != lombard.KindTimeout {
		b.Errorf("kind = %s, want timeout", got.ErrorDetail.Kind)
	}
}

func takeOver(b *bench) {
	running, asked := b.submit(b.newRun("a")), b.submit(b.newRun("b"))
	b.claim(running.JobID)
	b.claim(asked.JobID)
	if _, err := b.Cancel(b.ctx(), "b", asked.JobID, lombard.CancelUser, b.now); err != nil {
		b.Fatal(err)
	}
	got, err := b.Reconcile(b.ctx(), b.now, true)
	if err != nil || got.TakenOver != 1 || got.Cancelled != 1 {
		b.Errorf("reconcile = %+v, %v; want one taken over, one cancelled", got, err)
	}
	b.wantStatus("a", running.JobID, lombard.StatusPending)
	b.wantStatus("b", asked.JobID, lombard.StatusCancelled)
}
