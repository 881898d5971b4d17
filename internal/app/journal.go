package app

import (
	"context"
	"log/slog"
	"time"

	"lombard.example/lombard"
)

// The server's log has a line at info for each step in the life of a job:
// created, claimed, and how it ended, each with job, workspace, attempt and
// duration.

// Journal writes these lines.
type Journal struct{ Log *slog.Logger }

// Tell writes that something happened to a job, and how long it took.
func (j Journal) Tell(ctx context.Context, what string, job *lombard.Job, took time.Duration, more ...any) {
	//nolint:sloglint // the callers' texts are constants
	j.Log.InfoContext(ctx, what, append([]any{
		"job", job.JobID, "workspace", job.WorkspaceID, "attempt", job.Attempt, "duration", took.Round(time.Microsecond),
	}, more...)...)
}

// End writes how a job ended, with the time since it was first claimed, or
// since it was submitted when it never was.
func (j Journal) End(ctx context.Context, job *lombard.Job) {
	if job.CompletedAt == nil {
		return
	}
	since := job.CreatedAt
	if job.StartedAt != nil {
		since = *job.StartedAt
	}
	took := job.CompletedAt.Sub(since)
	switch {
	case job.Status == lombard.StatusComplete:
		j.Tell(ctx, "backtest completed", job, took, "cached", job.Cached)
	case job.Status == lombard.StatusFailed && job.ErrorDetail != nil:
		j.Tell(ctx, "backtest failed", job, took, "kind", job.ErrorDetail.Kind, "code", job.ErrorDetail.Code)
	case job.CancelReason != nil && *job.CancelReason == lombard.CancelSuperseded:
		by := ""
		if job.SupersededBy != nil {
			by = *job.SupersededBy
		}
		j.Tell(ctx, "backtest replaced", job, took, "by", by)
	case job.CancelReason != nil:
		j.Tell(ctx, "backtest cancelled", job, took, "reason", *job.CancelReason)
	}
}

// EndOf is End of a job that a write at that time has ended; one that
// had ended before is not told again.
func (j Journal) EndOf(ctx context.Context, job *lombard.Job, now time.Time) {
	if job.CompletedAt != nil && job.CompletedAt.Equal(now.UTC().Truncate(time.Microsecond)) {
		j.End(ctx, job)
	}
}
