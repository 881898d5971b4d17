package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
)

// finishPatience bounds the last write of a run, retries included.
const finishPatience = 10 * time.Second

// Work claims a run and sees it to its end. It is called by the queue's worker
// with the ticket that woke it; ctx ends when the process shuts down. It
// returns an error only when the store could not be reached: the reconciler
// then finds the run.
func (s *Service) Work(ctx context.Context, runID string, ticket int64) error {
	claim, outcome, err := s.run(ctx, runID, ticket)
	if errors.Is(err, ErrStale) {
		return nil // somebody else has it, or nobody wants it any more
	}
	if err != nil {
		return err
	}
	defer s.hub.end(runID, claim.Fence)
	return s.finish(ctx, claim, outcome)
}

// run claims and computes in one of the slots for computing. What is still to
// be written needs no slot: the next run is claimed meanwhile.
func (s *Service) run(ctx context.Context, runID string, ticket int64) (Claim, Outcome, error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return Claim{}, Outcome{}, fmt.Errorf("run %s waits for the next start: %w", runID, ctx.Err())
	}
	now := s.Clock.Now()
	claim, err := s.Store.Claim(ctx, ClaimRequest{
		RunID: runID, Ticket: ticket, Worker: s.worker,
		Now: now, LeaseUntil: now.Add(s.Lease), Deadline: now.Add(s.Deadline),
	})
	if err != nil {
		return claim, Outcome{}, fmt.Errorf("claim run %s: %w", runID, err)
	}
	job, err := s.Store.Job(context.WithoutCancel(ctx), claim.Workspace, runID)
	if err != nil {
		return claim, Outcome{}, fmt.Errorf("read run %s: %w", runID, err)
	}

	running, cancel := context.WithCancelCause(ctx)
	running, release := context.WithTimeoutCause(running, claim.Deadline.Sub(now), errDeadline)
	defer release()
	defer cancel(nil)
	r := newReporter(s, claim, job, cancel)
	s.hub.begin(r.job, claim.Fence, cancel)
	// A cancel that came before the hub knew the run is found in the store.
	if job, err = s.Store.Job(context.WithoutCancel(ctx), claim.Workspace, runID); err == nil && job.CancelRequested {
		cancel(errCancelRequested)
	}

	stopBeating := r.beat(running)
	outcome := s.attempt(running, claim, r)
	stopBeating()
	outcome.Progress = r.progress()
	return claim, outcome, nil
}

// attempt computes the run and says how it ended. A panic ends the run, not
// the process.
func (s *Service) attempt(ctx context.Context, c Claim, r *reporter) (o Outcome) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.ErrorContext(ctx, "a run panicked", "job_id", c.RunID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			o = Outcome{Failure: internal(fmt.Errorf("panic: %v", p))}
		}
	}()
	k := &keeper{store: s.Store, claim: c}
	w := archive.NewWriter(func(p archive.Part) error { return k.put(ctx, p) })
	result, err := s.compute(ctx, c, r, func(place, _ int, t *lombard.TemplateResult) error { return w.Add(place, t) })
	if err != nil {
		return s.ended(ctx, c, err)
	}
	if s.Spent != nil {
		if spent, err := s.Spent(ctx, c.RunID); err == nil && spent > result.DataCostUSD {
			result.DataCostUSD = spent // an earlier attempt of this run bought the data
		}
	}
	document, err := w.Close(&result)
	if err != nil {
		return s.ended(ctx, c, err)
	}
	return Outcome{
		Document: document, Digest: archive.Digest(document), Parts: k.waiting, Names: w.Parts(),
		Verdict: result.Verdict, CostUSD: result.DataCostUSD, Key: requestKey(result.Request, result.Provenance.DataDigest),
	}
}

// keeper saves the parts of a result as they come, several at a time: a small
// result goes with the end of its run.
type keeper struct {
	store   Store
	claim   Claim
	waiting []archive.Part
	bytes   int
}

// saveBytes is how much waits before it is saved.
const saveBytes = 2 << 20

func (k *keeper) put(ctx context.Context, p archive.Part) error {
	k.waiting = append(k.waiting, p)
	if k.bytes += len(p.Body); k.bytes < saveBytes {
		return nil
	}
	if err := insist(ctx, func(ctx context.Context) error { return k.store.SaveParts(ctx, k.claim, k.waiting) }, func(error) {}); err != nil {
		return err
	}
	k.waiting, k.bytes = nil, 0
	return nil
}

func (s *Service) compute(ctx context.Context, c Claim, r *reporter, keep Keeper) (lombard.Result, error) {
	r.stage(lombard.StageFetching)
	return ComputeInto(ctx, Asker{c.Workspace, c.RunID}, c.Scenario, s.Source, r, keep)
}

// ended turns the error that stopped a computation into its outcome.
func (s *Service) ended(ctx context.Context, c Claim, err error) Outcome {
	cause := stopCause(ctx)
	switch {
	case errors.Is(err, ErrStale): // the write will say so
		return Outcome{HandBack: true}
	case errors.Is(cause, errCancelRequested):
		return Outcome{Cancelled: true}
	case errors.Is(cause, errDeadline):
		return Outcome{Failure: TimedOut()}
	case cause != nil: // shutting down, or the claim is lost and the write will say so
		return Outcome{HandBack: true}
	}
	failure := asError(err)
	if failure.Kind == lombard.KindInternal {
		s.Log.ErrorContext(ctx, "a run failed inside", "job_id", c.RunID, "error", err.Error(), "cause", fmt.Sprint(failure.Err))
	}
	if failure.Retryable() && c.Attempt < MaxAttempts {
		return Outcome{HandBack: true, NextAttempt: true, RetryAt: s.Clock.Now().Add(retryAfter(c.Attempt))}
	}
	return Outcome{Failure: failure}
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
func (s *Service) finish(ctx context.Context, c Claim, o Outcome) error {
	var job lombard.Job
	err := insist(context.WithoutCancel(ctx), func(ctx context.Context) (err error) {
		job, err = s.Store.Finish(ctx, c, o, s.Clock.Now())
		return err
	}, func(err error) {
		s.Log.WarnContext(ctx, "could not record the end of a run", "job_id", c.RunID, "error", err)
	})
	switch {
	case err == nil:
		s.hub.end(c.RunID, c.Fence)
		s.hub.changed(job)
		return nil
	case errors.Is(err, ErrStale):
		s.Log.InfoContext(ctx, "dropped the work of a run that was taken away", "job_id", c.RunID, "fence", c.Fence)
		return nil
	default:
		return fmt.Errorf("record the end of run %s: %w", c.RunID, err)
	}
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
		failed(err)
		select {
		case <-last.Done():
			return err
		case <-time.After(pause):
		}
	}
}
