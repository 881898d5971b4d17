package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// querier is a transaction or a pool.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// micros is the stored form of a time.
func micros(t time.Time) int64 { return t.UnixMicro() }

func timeOf(us int64) time.Time { return time.UnixMicro(us).UTC() }

func timePtr(us sql.NullInt64) *time.Time {
	if !us.Valid {
		return nil
	}
	t := timeOf(us.Int64)
	return &t
}

func stringPtr(s sql.NullString) *string {
	if !s.Valid {
		return nil
	}
	return &s.String
}

// jobColumns are what scanJob reads, in its order.
const jobColumns = `r.seq, r.id, r.workspace_id, r.scenario, r.scenario_id, r.name, r.note, r.tags,
	r.status, r.stage, r.progress, r.message, r.counts, r.attempt, r.version,
	r.cancel_requested, r.cancel_reason, r.superseded_by,
	r.error, r.error_detail, r.failed_at_progress, r.failed_stage,
	r.result_digest, r.cached_from, r.data_cost_usd, r.verdict,
	r.created_at, r.started_at, r.completed_at, r.updated_at, r.not_before, r.row_digest, r.result_lost`

type scanner interface{ Scan(dest ...any) error }

// scanJob reads one row of jobColumns. The row's place in the order of
// submission comes beside the job.
func scanJob(row scanner) (job lombard.Job, seq int64, err error) {
	var scenario, tags, counts string
	var reason, superseded, failure, detail, failedStage, digest, cachedFrom, written sql.NullString
	var lost bool
	var failedAt sql.NullFloat64
	var created, updated, notBefore int64
	var started, completed sql.NullInt64
	err = row.Scan(&seq, &job.JobID, &job.WorkspaceID, &scenario, &job.ScenarioID, &job.ScenarioName, &job.Note, &tags,
		&job.Status, &job.Stage, &job.Progress, &job.Message, &counts, &job.Attempt, &job.Version,
		&job.CancelRequested, &reason, &superseded,
		&failure, &detail, &failedAt, &failedStage,
		&digest, &cachedFrom, &job.DataCostUSD, &job.Verdict,
		&created, &started, &completed, &updated, &notBefore, &written, &lost)
	if err != nil {
		return job, 0, err
	}
	job.CreatedAt, job.UpdatedAt, job.ResultDigest = timeOf(created), timeOf(updated), stringPtr(digest)
	request, err := asked{job.JobID, job.WorkspaceID, scenario, job.ScenarioID, created}.read(written)
	if err != nil {
		return job, seq, err
	}
	err = errors.Join(
		json.Unmarshal([]byte(tags), &job.Tags),
		json.Unmarshal([]byte(counts), &job.Counts),
	)
	if detail.Valid {
		job.ErrorDetail = &lombard.ErrorDetail{}
		err = errors.Join(err, json.Unmarshal([]byte(detail.String), job.ErrorDetail))
	}
	if err != nil {
		return job, seq, rowDamaged(job.JobID, err)
	}
	job.Symbol, job.StartDate, job.EndDate = request.Symbol, request.StartDate, request.EndDate
	job.TemplateSlugs, job.DataSource = request.Slugs(), request.DataSource
	if job.TemplateSlugs == nil {
		job.TemplateSlugs = []string{"custom"}
	}
	job.StageLabel = job.Stage.Label()
	if job.Message == "" {
		job.Message = app.MessageOf(&job)
	}
	if job.Status == lombard.StatusPending && notBefore > 0 {
		job.RetryAt = new(timeOf(notBefore))
	}
	job.HasResult = job.Status == lombard.StatusComplete && !lost
	if job.Status == lombard.StatusComplete && lost {
		job.Message = lostMessage
	}
	if reason.Valid {
		r := lombard.CancelReason(reason.String)
		job.CancelReason = &r
	}
	if failedStage.Valid {
		s := lombard.Stage(failedStage.String)
		job.FailedStage, job.FailedAtProgress = &s, &failedAt.Float64
	}
	job.SupersededBy, job.Error = stringPtr(superseded), stringPtr(failure)
	job.CachedFrom, job.Cached = stringPtr(cachedFrom), cachedFrom.Valid
	job.StartedAt, job.CompletedAt = timePtr(started), timePtr(completed)
	return job, seq, nil
}

// readJob returns a job of the workspace with its place in the queue.
func readJob(ctx context.Context, q querier, workspace, id string) (lombard.Job, error) {
	job, seq, err := scanJob(q.QueryRowContext(ctx, "SELECT "+jobColumns+" FROM run r WHERE r.workspace_id = ? AND r.id = ?", workspace, id))
	if errors.Is(err, sql.ErrNoRows) {
		return job, notFound(id)
	}
	if isRowDamaged(err) && job.Status == lombard.StatusFailed { // it has ended because of that
		return damagedJob(job, err), nil
	}
	if err != nil || job.Status != lombard.StatusPending {
		return job, err
	}
	job.QueuePosition, err = queuePosition(ctx, q, seq)
	return job, err
}
