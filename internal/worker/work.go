package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/vendorhttp"
)

// finishPatience bounds how long the last write of a run is tried while the
// store is out of reach.
const finishPatience = 10 * time.Second

// execution is a claimed run on its way to its end.
type execution struct {
	claim    app.Claim
	ctx      context.Context // ends when the run is to stop, and says why; what stores the result hears it too
	reporter *reporter
}

// Work claims the next run and sees it to its end. It is called by the queue's
// workers, again and again; ctx ends when the process shuts down. It reports
// whether there was a run; with last, the worker's ticket is retired if there
// was none. It returns an error only when the store could not be reached: the
// reconciler then finds the run.
func (w *Worker) Work(ctx context.Context, last bool) (worked bool, err error) {
	free, ok := w.slot(ctx)
	if !ok {
		return false, nil // what waits does so until the next start
	}
	defer free()
	claim, job, err := w.claim(ctx, last)
	switch {
	case errors.Is(err, app.ErrNothing):
		return false, nil
	case errors.Is(err, app.ErrStale): // the store ended it: its record is damaged
		w.tellStored(context.WithoutCancel(ctx), claim.Workspace, claim.RunID)
		return true, nil
	}
	if err != nil {
		return false, err
	}
	w.journal().Tell(ctx, "backtest claimed", &job, w.Clock.Now().Sub(job.CreatedAt))
	running, cancel := context.WithCancelCause(ctx)
	running, release := context.WithTimeoutCause(running, claim.Deadline.Sub(w.Clock.Now()), errDeadline)
	defer release()
	defer cancel(nil)
	r := newReporter(w, claim, job, cancel)
	w.Feed.Begin(r.job, claim.Fence, cancel)
	defer func() {
		if !errors.Is(err, app.ErrStoreFailed) { // then the record stays behind what was told, and readers would see it go back
			w.Feed.End(claim.RunID, claim.Fence)
		}
	}()
	// A cancel that came before the feed knew the run is found in the store.
	if job, err = w.Store.Job(context.WithoutCancel(ctx), claim.Workspace, claim.RunID); err == nil && job.CancelRequested {
		cancel(live.ErrCancelRequested)
	}
	stopBeating := r.beat(running)
	defer stopBeating()
	outcome := w.attempt(running, claim, r)
	outcome.Progress = r.reached()
	free() // what is still to be written needs no slot: the next run is claimed meanwhile
	return true, w.finish(ctx, execution{claim, running, r}, outcome)
}

// slot waits for one of the slots for computing; not ok when the process stops
// first. The slot may be given free more than once.
func (w *Worker) slot(ctx context.Context) (free func(), ok bool) {
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, false
	}
	free = sync.OnceFunc(func() { <-w.slots })
	if ctx.Err() != nil || w.draining.Load() {
		free()
		return nil, false
	}
	return free, true
}

// waitAlone is how long a worker waits before it asks again for a run that has
// to wait for the end of others.
const waitAlone = 50 * time.Millisecond

// claim makes the next run this worker's and reads it.
func (w *Worker) claim(ctx context.Context, last bool) (app.Claim, lombard.Job, error) {
	for {
		now := w.Clock.Now()
		claim, err := w.Store.Claim(ctx, app.ClaimRequest{
			Worker: w.name, Last: last, Now: now, LeaseUntil: now.Add(w.Lease), Deadline: now.Add(w.Deadline),
		})
		if errors.Is(err, app.ErrNotAlone) {
			select {
			case <-ctx.Done():
				return claim, lombard.Job{}, app.ErrNothing // it waits for the next start
			case <-time.After(waitAlone):
			}
			if w.draining.Load() {
				return claim, lombard.Job{}, app.ErrNothing
			}
			continue
		}
		if err != nil {
			return claim, lombard.Job{}, fmt.Errorf("claim a run: %w", err)
		}
		job, err := w.Store.Job(context.WithoutCancel(ctx), claim.Workspace, claim.RunID)
		if err != nil {
			return claim, job, fmt.Errorf("read run %s: %w", claim.RunID, err)
		}
		return claim, job, nil
	}
}

// attempt computes the run and says how it ended. A panic ends the run, not
// the process.
func (w *Worker) attempt(ctx context.Context, c app.Claim, r *reporter) (o app.Outcome) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.ErrorContext(ctx, "a run panicked", "job", c.RunID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			o = app.Outcome{Failure: lombard.Internal(fmt.Errorf("panic: %v", p))}
		}
	}()
	plan, err := w.Sources.Plan(c.Scenario)
	if err != nil {
		return w.ended(ctx, r, err)
	}
	goesOn := r.held(messageMemory)
	release, err := w.reserve(ctx, &plan)
	goesOn()
	if err != nil {
		return w.ended(ctx, r, err)
	}
	defer release()
	computed, stored := 0, 0 // hedges
	k := &keeper{store: w.Store, claim: c, log: w.Log, saving: func() (saved func()) {
		over := r.held(savingMessage(computed, len(plan.Templates)))
		return func() {
			over()
			stored = computed - 1 // of the last one there may be more
		}
	}}
	parts := archive.NewWriter(func(p archive.Part) error { return k.put(ctx, p) })
	result, err := w.compute(ctx, c, &plan, r, func(place, _ int, t *lombard.TemplateResult) error {
		computed++
		return parts.Add(place, t)
	})
	if err != nil {
		return w.ended(ctx, r, err)
	}
	if w.Spent != nil {
		if spent, err := w.Spent(ctx, c.RunID); err == nil && spent > result.DataCostUSD {
			result.DataCostUSD = spent // an earlier attempt of this run bought the data
		}
	}
	for _, said := range result.Warnings {
		r.note(app.LevelWarn, said.Message)
	}
	r.storesRest(stored, len(result.Templates))
	document, err := parts.Close(&result)
	if err != nil {
		return w.ended(ctx, r, err)
	}
	return app.Outcome{
		Document: document, Digest: archive.Digest(document), Parts: k.waiting, Names: parts.Parts(),
		Verdict: result.Verdict, CostUSD: result.DataCostUSD, Key: calc.Key(result.Request, result.Provenance.DataDigest),
	}
}

func (w *Worker) compute(ctx context.Context, c app.Claim, plan *calc.Plan, r *reporter, keep calc.Keeper) (lombard.Result, error) {
	r.stage(lombard.StageFetching)
	ctx = vendorhttp.Observe(ctx, r)
	opened, err := w.Sources.Open(ctx, load.Caller{Workspace: c.Workspace, Run: c.RunID}, plan, r.Fetched)
	if err != nil {
		return lombard.Result{}, err
	}
	return opened.ResultInto(ctx, r.Simulated, keep)
}

// ended turns the error that stopped a computation into its outcome.
func (w *Worker) ended(ctx context.Context, r *reporter, err error) app.Outcome {
	c := r.claim
	cause := stopCause(ctx)
	switch {
	case errors.Is(err, app.ErrStale): // the write will say so
		return app.Outcome{HandBack: true}
	case errors.Is(cause, live.ErrCancelRequested):
		return app.Outcome{Cancelled: true}
	case errors.Is(cause, errDeadline):
		return app.Outcome{Failure: app.TimedOut()}
	case errors.Is(cause, live.ErrMemoryAlone), errors.Is(cause, live.ErrMemory) && c.Tries > 1:
		return app.Outcome{Failure: app.OutOfMemory()}
	case errors.Is(cause, live.ErrMemory): // it may have been another's doing: once more
		return w.again(c, r, app.OutOfMemory())
	case cause != nil: // shutting down, or the claim is lost and the write will say so
		r.note(app.LevelInfo, "Handed back: the server shuts down.")
		return app.Outcome{HandBack: true}
	}
	failure := lombard.AsError(err)
	if failure.Kind == lombard.KindInternal {
		w.Log.ErrorContext(ctx, "a run failed inside", "job", c.RunID, "error", err.Error(), "cause", fmt.Sprint(failure.Err))
	}
	if failure.Retryable() && c.Tries < app.MaxAttempts {
		return w.again(c, r, failure)
	}
	return app.Outcome{Failure: failure}
}

// again hands a run back to be tried once more after a pause.
func (w *Worker) again(c app.Claim, r *reporter, failure *lombard.Error) app.Outcome {
	wait := retryAfter(c.Tries)
	r.note(app.LevelWarn, fmt.Sprintf("Attempt %d failed: %s Next attempt in %s.", c.Attempt, failure.Error(), wait))
	return app.Outcome{HandBack: true, NextAttempt: true, RetryAt: w.Clock.Now().Add(wait), Message: waitMessage(wait, failure, c.Tries)}
}

// retryAfter is how long a retryable error is left to pass: 2 s, then 10 s.
func retryAfter(attempt int) time.Duration {
	if attempt <= 1 {
		return 2 * time.Second
	}
	return 10 * time.Second
}

// finish writes the outcome, again and again while the store is out of reach.
// When it stays out of reach the lease runs out and the reconciler takes over.
// The storing of a result is part of the run: it stops when the run is to stop.
func (w *Worker) finish(ctx context.Context, e execution, o app.Outcome) error {
	whatever := context.WithoutCancel(ctx) // who else gives up
	var job lombard.Job
	var err error
	if o.Digest == "" {
		job, err = w.record(whatever, e.claim, o)
	} else if job, err = w.record(e.ctx, e.claim, o); err != nil && stopCause(e.ctx) != nil {
		at := o.Progress
		o = w.ended(e.ctx, e.reporter, err)
		o.Progress = at
		for _, l := range e.reporter.takeLog().Lines {
			o.Progress.Log.Add(l)
		}
		job, err = w.record(whatever, e.claim, o)
	}
	switch {
	case err == nil:
		w.Feed.End(e.claim.RunID, e.claim.Fence)
		w.Feed.Changed(job)
		w.journal().End(ctx, &job)
		return nil
	case errors.Is(err, app.ErrStale):
		w.Log.InfoContext(ctx, "dropped the work of a run that was taken away", "job", e.claim.RunID, "fence", e.claim.Fence)
		return nil
	default:
		return fmt.Errorf("record the end of run %s: %w", e.claim.RunID, err)
	}
}

// record makes the last write of a claim.
func (w *Worker) record(ctx context.Context, c app.Claim, o app.Outcome) (job lombard.Job, err error) {
	err = insist(ctx, func(ctx context.Context) (err error) {
		job, err = w.Store.Finish(ctx, c, o, w.Clock.Now())
		return err
	}, func(err error) {
		w.Log.WarnContext(ctx, "could not record the end of a run", "job", c.RunID, "error", err)
	})
	return job, err
}

// insist writes again and again while the store is out of reach, for as long as
// the last write of a run may take. Of a store that has failed for good nothing is
// to be hoped for, and the end of the process waits for this write.
func insist(ctx context.Context, write func(context.Context) error, failed func(error)) error {
	last, cancel := context.WithTimeout(ctx, finishPatience)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := write(last)
		if err == nil || errors.Is(err, app.ErrStale) || errors.Is(err, app.ErrStoreFailed) {
			return err
		}
		if last.Err() == nil {
			failed(err)
		}
		select {
		case <-last.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// tellStored passes on what the store says of a run that it has ended. A failure
// to read it costs the watchers a poll.
func (w *Worker) tellStored(ctx context.Context, workspace, id string) {
	if job, err := w.Store.Job(ctx, workspace, id); err == nil {
		w.Feed.Changed(job)
		w.journal().End(ctx, &job)
	} else {
		w.Log.WarnContext(ctx, "read a changed job", "job", id, "error", err)
	}
}

var errDeadline = errors.New("deadline passed")

// stopCause says why the context of a run ended; nil while it has not.
func stopCause(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return context.Cause(ctx)
}
