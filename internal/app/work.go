package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/vendor"
)

// finishPatience bounds how long the last write of a run is tried while the
// store is out of reach.
const finishPatience = 10 * time.Second

// execution is a claimed run on its way to its end.
type execution struct {
	claim    Claim
	ctx      context.Context // ends when the run is to stop, and says why; what stores the result hears it too
	reporter *reporter
}

// Work claims the next run and sees it to its end. It is called by the queue's
// workers, again and again; ctx ends when the process shuts down. It reports
// whether there was a run; with last, the worker's ticket is retired if there
// was none. It returns an error only when the store could not be reached: the
// reconciler then finds the run.
func (s *Service) Work(ctx context.Context, last bool) (worked bool, err error) {
	free, ok := s.slot(ctx)
	if !ok {
		return false, nil // what waits does so until the next start
	}
	defer free()
	claim, job, err := s.claim(ctx, last)
	switch {
	case errors.Is(err, ErrNothing):
		return false, nil
	case errors.Is(err, ErrStale): // the store ended it: its record is damaged
		s.tellStored(context.WithoutCancel(ctx), claim.Workspace, claim.RunID, time.Time{})
		return true, nil
	}
	if err != nil {
		return false, err
	}
	s.tell(ctx, "backtest claimed", &job, s.Clock.Now().Sub(job.CreatedAt))
	running, cancel := context.WithCancelCause(ctx)
	running, release := context.WithTimeoutCause(running, claim.Deadline.Sub(s.Clock.Now()), errDeadline)
	defer release()
	defer cancel(nil)
	r := newReporter(s, claim, job, cancel)
	s.hub.begin(r.job, claim.Fence, cancel)
	defer s.hub.end(claim.RunID, claim.Fence)
	// A cancel that came before the hub knew the run is found in the store.
	if job, err = s.Store.Job(context.WithoutCancel(ctx), claim.Workspace, claim.RunID); err == nil && job.CancelRequested {
		cancel(errCancelRequested)
	}
	stopBeating := r.beat(running)
	defer stopBeating()
	outcome := s.attempt(running, claim, r)
	outcome.Progress = r.reached()
	free() // what is still to be written needs no slot: the next run is claimed meanwhile
	return true, s.finish(ctx, execution{claim, running, r}, outcome)
}

// slot waits for one of the slots for computing; not ok when the process stops
// first. The slot may be given free more than once.
func (s *Service) slot(ctx context.Context) (free func(), ok bool) {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, false
	}
	free = sync.OnceFunc(func() { <-s.slots })
	if ctx.Err() != nil || s.draining.Load() {
		free()
		return nil, false
	}
	return free, true
}

// waitAlone is how long a worker waits before it asks again for a run that has
// to wait for the end of others.
const waitAlone = 50 * time.Millisecond

// claim makes the next run this worker's and reads it.
func (s *Service) claim(ctx context.Context, last bool) (Claim, lombard.Job, error) {
	for {
		now := s.Clock.Now()
		claim, err := s.Store.Claim(ctx, ClaimRequest{
			Worker: s.worker, Last: last, Now: now, LeaseUntil: now.Add(s.Lease), Deadline: now.Add(s.Deadline),
		})
		if errors.Is(err, ErrNotAlone) {
			select {
			case <-ctx.Done():
				return claim, lombard.Job{}, ErrNothing // it waits for the next start
			case <-time.After(waitAlone):
			}
			if s.draining.Load() {
				return claim, lombard.Job{}, ErrNothing
			}
			continue
		}
		if err != nil {
			return claim, lombard.Job{}, fmt.Errorf("claim a run: %w", err)
		}
		job, err := s.Store.Job(context.WithoutCancel(ctx), claim.Workspace, claim.RunID)
		if err != nil {
			return claim, job, fmt.Errorf("read run %s: %w", claim.RunID, err)
		}
		return claim, job, nil
	}
}

// attempt computes the run and says how it ended. A panic ends the run, not
// the process.
func (s *Service) attempt(ctx context.Context, c Claim, r *reporter) (o Outcome) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.ErrorContext(ctx, "a run panicked", "job", c.RunID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			o = Outcome{Failure: lombard.Internal(fmt.Errorf("panic: %v", p))}
		}
	}()
	plan, err := load.Sources(s.Source).Plan(c.Scenario)
	if err != nil {
		return s.ended(ctx, r, err)
	}
	release, err := s.reserve(ctx, &plan)
	if err != nil {
		return s.ended(ctx, r, err)
	}
	defer release()
	k := &keeper{store: s.Store, claim: c, log: s.Log}
	w := archive.NewWriter(func(p archive.Part) error { return k.put(ctx, p) })
	result, err := s.compute(ctx, c, &plan, r, func(place, _ int, t *lombard.TemplateResult) error { return w.Add(place, t) })
	if err != nil {
		return s.ended(ctx, r, err)
	}
	if s.Spent != nil {
		if spent, err := s.Spent(ctx, c.RunID); err == nil && spent > result.DataCostUSD {
			result.DataCostUSD = spent // an earlier attempt of this run bought the data
		}
	}
	for _, w := range result.Warnings {
		r.note(LevelWarn, w.Message)
	}
	r.Stored(0, len(result.Templates))
	document, err := w.Close(&result)
	if err != nil {
		return s.ended(ctx, r, err)
	}
	return Outcome{
		Document: document, Digest: archive.Digest(document), Parts: k.waiting, Names: w.Parts(),
		Verdict: result.Verdict, CostUSD: result.DataCostUSD, Key: calc.Key(result.Request, result.Provenance.DataDigest),
	}
}

func (s *Service) compute(ctx context.Context, c Claim, plan *calc.Plan, r *reporter, keep calc.Keeper) (lombard.Result, error) {
	r.stage(lombard.StageFetching)
	ctx = vendor.Observe(ctx, r)
	opened, err := load.Sources(s.Source).Open(ctx, load.Caller{Workspace: c.Workspace, Run: c.RunID}, plan, r.Fetched)
	if err != nil {
		return lombard.Result{}, err
	}
	return opened.ResultInto(ctx, r.Simulated, keep)
}

// ended turns the error that stopped a computation into its outcome.
func (s *Service) ended(ctx context.Context, r *reporter, err error) Outcome {
	c := r.claim
	cause := stopCause(ctx)
	switch {
	case errors.Is(err, ErrStale): // the write will say so
		return Outcome{HandBack: true}
	case errors.Is(cause, errCancelRequested):
		return Outcome{Cancelled: true}
	case errors.Is(cause, errDeadline):
		return Outcome{Failure: TimedOut()}
	case errors.Is(cause, errMemoryAlone), errors.Is(cause, errMemory) && c.Tries > 1:
		return Outcome{Failure: OutOfMemory()}
	case errors.Is(cause, errMemory): // it may have been another's doing: once more
		return s.again(c, r, OutOfMemory())
	case cause != nil: // shutting down, or the claim is lost and the write will say so
		r.note(LevelInfo, "Handed back: the server shuts down.")
		return Outcome{HandBack: true}
	}
	failure := lombard.AsError(err)
	if failure.Kind == lombard.KindInternal {
		s.Log.ErrorContext(ctx, "a run failed inside", "job", c.RunID, "error", err.Error(), "cause", fmt.Sprint(failure.Err))
	}
	if failure.Retryable() && c.Tries < MaxAttempts {
		return s.again(c, r, failure)
	}
	return Outcome{Failure: failure}
}

// again hands a run back to be tried once more after a pause.
func (s *Service) again(c Claim, r *reporter, failure *lombard.Error) Outcome {
	wait := retryAfter(c.Tries)
	r.note(LevelWarn, fmt.Sprintf("Attempt %d failed: %s Next attempt in %s.", c.Attempt, failure.Error(), wait))
	return Outcome{HandBack: true, NextAttempt: true, RetryAt: s.Clock.Now().Add(wait), Message: waitMessage(wait, failure, c.Tries)}
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
func (s *Service) finish(ctx context.Context, e execution, o Outcome) error {
	whatever := context.WithoutCancel(ctx) // who else gives up
	var job lombard.Job
	var err error
	if o.Digest == "" {
		job, err = s.record(whatever, e.claim, o)
	} else if job, err = s.record(e.ctx, e.claim, o); err != nil && stopCause(e.ctx) != nil {
		at := o.Progress
		o = s.ended(e.ctx, e.reporter, err)
		o.Progress = at
		for _, l := range e.reporter.takeLog().Lines {
			o.Progress.Log.add(l)
		}
		job, err = s.record(whatever, e.claim, o)
	}
	switch {
	case err == nil:
		s.hub.end(e.claim.RunID, e.claim.Fence)
		s.hub.changed(job)
		s.tellEnd(ctx, &job)
		return nil
	case errors.Is(err, ErrStale):
		s.Log.InfoContext(ctx, "dropped the work of a run that was taken away", "job", e.claim.RunID, "fence", e.claim.Fence)
		return nil
	default:
		return fmt.Errorf("record the end of run %s: %w", e.claim.RunID, err)
	}
}

// record makes the last write of a claim.
func (s *Service) record(ctx context.Context, c Claim, o Outcome) (job lombard.Job, err error) {
	err = insist(ctx, func(ctx context.Context) (err error) {
		job, err = s.Store.Finish(ctx, c, o, s.Clock.Now())
		return err
	}, func(err error) {
		s.Log.WarnContext(ctx, "could not record the end of a run", "job", c.RunID, "error", err)
	})
	return job, err
}

// insist writes again and again while the store is out of reach, for as long as
// the last write of a run may take.
func insist(ctx context.Context, write func(context.Context) error, failed func(error)) error {
	last, cancel := context.WithTimeout(ctx, finishPatience)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := write(last)
		if err == nil || errors.Is(err, ErrStale) {
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
