package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"lombard.example/lombard"
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
	result, err := s.compute(ctx, c, r)
	if err != nil {
		return s.ended(ctx, c, err)
	}
	if s.Spent != nil {
		if spent, err := s.Spent(ctx, c.RunID); err == nil && spent > result.DataCostUSD {
			result.DataCostUSD = spent // an earlier attempt of this run bought the data
		}
	}
	document, err := result.AppendJSON(nil)
	if err != nil {
		return s.ended(ctx, c, err)
	}
	sum := sha256.Sum256(document)
	return Outcome{
		Document: document, Digest: hex.EncodeToString(sum[:]), Verdict: result.Verdict, CostUSD: result.DataCostUSD,
		Key: requestKey(result.Request, result.Provenance.DataDigest),
	}
}

func (s *Service) compute(ctx context.Context, c Claim, r *reporter) (lombard.Result, error) {
	r.stage(lombard.StageFetching)
	return Compute(ctx, Asker{c.Workspace, c.RunID}, c.Scenario, s.Source, r)
}

// ended turns the error that stopped a computation into its outcome.
func (s *Service) ended(ctx context.Context, c Claim, err error) Outcome {
	cause := stopCause(ctx)
	switch {
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
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishPatience)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		job, err := s.Store.Finish(last, c, o, s.Clock.Now())
		switch {
		case err == nil:
			s.hub.end(c.RunID, c.Fence)
			s.hub.changed(job)
			return nil
		case errors.Is(err, ErrStale):
			s.Log.InfoContext(ctx, "dropped the work of a run that was taken away", "job_id", c.RunID, "fence", c.Fence)
			return nil
		}
		s.Log.WarnContext(ctx, "could not record the end of a run", "job_id", c.RunID, "error", err)
		select {
		case <-last.Done():
			return fmt.Errorf("record the end of run %s: %w", c.RunID, err)
		case <-time.After(pause):
		}
	}
}
