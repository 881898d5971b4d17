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
const jobColumns = `r.seq, r.id, r.kind, r.workspace_id, r.scenario, r.scenario_id, r.name, r.note, r.tags,
	r.status, r.stage, r.progress, r.message, r.counts, r.attempt, r.version,
	r.cancel_requested, r.cancel_reason, r.superseded_by,
	r.error, r.error_detail, r.failed_at_progress, r.failed_stage,
	r.result_digest, r.cached_from, r.data_cost_usd, r.verdict,
	r.created_at, r.started_at, r.completed_at, r.updated_at, r.not_before, r.row_digest, r.result_lost, ` + outcomeSound

type scanner interface{ Scan(dest ...any) error }

// storedJob is one row of jobColumns, with its place in the queue if it waits.
// To scan it is short; what the text in it says is worked out by job, which is
// called outside of transactions that others wait for.
type storedJob struct {
	row                    lombard.Job // what stands in columns of its own
	seq                    int64
	scenario, tags, counts string
	reason, superseded, failure, detail, failedStage,
	digest, cachedFrom, written sql.NullString
	lost, sound                 bool
	failedAt                    sql.NullFloat64
	created, updated, notBefore int64
	started, completed          sql.NullInt64
}

func (r *storedJob) scan(row scanner) error {
	job := &r.row
	return row.Scan(&r.seq, &job.JobID, &job.Kind, &job.WorkspaceID, &r.scenario, &job.ScenarioID, &job.ScenarioName, &job.Note, &r.tags,
		&job.Status, &job.Stage, &job.Progress, &job.Message, &r.counts, &job.Attempt, &job.Version,
		&job.CancelRequested, &r.reason, &r.superseded,
		&r.failure, &r.detail, &r.failedAt, &r.failedStage,
		&r.digest, &r.cachedFrom, &job.DataCostUSD, &job.Verdict,
		&r.created, &r.started, &r.completed, &r.updated, &r.notBefore, &r.written, &r.lost, &r.sound)
}

// scanJob reads one row of jobColumns. The row's place in the order of
// submission comes beside the job.
func scanJob(row scanner) (job lombard.Job, seq int64, err error) {
	var r storedJob
	if err := r.scan(row); err != nil {
		return job, 0, err
	}
	job, err = r.decode()
	return job, r.seq, err
}

func (r *storedJob) decode() (lombard.Job, error) {
	job := r.row
	job.CreatedAt, job.UpdatedAt, job.ResultDigest = timeOf(r.created), timeOf(r.updated), stringPtr(r.digest)
	request, err := asked{job.JobID, job.Kind, job.WorkspaceID, r.scenario, job.ScenarioID, r.created}.read(r.written)
	if err != nil {
		return job, err
	}
	if !r.sound {
		return job, rowDamaged(job.JobID, errOutcome)
	}
	err = errors.Join(
		json.Unmarshal([]byte(r.tags), &job.Tags),
		json.Unmarshal([]byte(r.counts), &job.Counts),
	)
	if r.detail.Valid {
		job.ErrorDetail = &lombard.ErrorDetail{}
		err = errors.Join(err, json.Unmarshal([]byte(r.detail.String), job.ErrorDetail))
	}
	if err != nil {
		return job, rowDamaged(job.JobID, err)
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
	if job.Status == lombard.StatusPending && r.notBefore > 0 {
		job.RetryAt = new(timeOf(r.notBefore))
	}
	job.HasResult = job.Status == lombard.StatusComplete && !r.lost
	if job.Status == lombard.StatusComplete && r.lost {
		job.Message = lostMessage
	}
	if r.reason.Valid {
		job.CancelReason = new(lombard.CancelReason(r.reason.String))
	}
	if r.failedStage.Valid {
		s := lombard.Stage(r.failedStage.String)
		job.FailedStage, job.FailedAtProgress = &s, &r.failedAt.Float64
	}
	job.SupersededBy, job.Error = stringPtr(r.superseded), stringPtr(r.failure)
	job.CachedFrom, job.Cached = stringPtr(r.cachedFrom), r.cachedFrom.Valid
	job.StartedAt, job.CompletedAt = timePtr(r.started), timePtr(r.completed)
	return job, nil
}

// readJob returns a job of the workspace with its place in the queue.
func readJob(ctx context.Context, q querier, workspace, id string) (lombard.Job, error) {
	r, err := fetchJob(ctx, q, workspace, id)
	if err != nil {
		return lombard.Job{}, err
	}
	return r.job()
}

// fetchJob is the part of readJob that belongs into a transaction.
func fetchJob(ctx context.Context, q querier, workspace, id string) (r storedJob, err error) {
	err = r.scan(q.QueryRowContext(ctx, "SELECT "+jobColumns+" FROM run r WHERE r.workspace_id = ? AND r.id = ?", workspace, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, notFound(id)
	}
	if err == nil && r.row.Status == lombard.StatusPending {
		r.row.QueuePosition, err = queuePosition(ctx, q, r.seq)
	}
	return r, err
}

// job is the part of readJob that needs no transaction.
func (r *storedJob) job() (lombard.Job, error) {
	job, err := r.decode()
	if isRowDamaged(err) && job.Status == lombard.StatusFailed { // it has ended because of that
		return damagedJob(job, err), nil
	}
	return job, err
}
