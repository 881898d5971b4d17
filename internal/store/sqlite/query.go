package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
)

// Job implements app.Store.
func (db *DB) Job(ctx context.Context, workspace, id string) (lombard.Job, error) {
	job, err := readJob(ctx, db.reader, workspace, id)
	return job, passOn(err)
}

// Scenario implements app.Store.
func (db *DB) Scenario(ctx context.Context, workspace, id string) (lombard.Scenario, error) {
	a := asked{id: id, workspace: workspace}
	var digest sql.NullString
	err := db.reader.QueryRowContext(ctx, "SELECT kind, scenario, scenario_id, created_at, row_digest FROM run WHERE workspace_id = ? AND id = ?", workspace, id).Scan(
		&a.kind, &a.scenario, &a.scenarioID, &a.created, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return lombard.Scenario{}, notFound(id)
	}
	if err != nil {
		return lombard.Scenario{}, passOn(err)
	}
	return a.read(digest)
}

// Current implements app.Store.
func (db *DB) Current(ctx context.Context, workspace string, kind lombard.JobKind) (lombard.Job, error) {
	id, err := current(ctx, db.reader, workspace, kind)
	if err != nil {
		return lombard.Job{}, passOn(err)
	}
	if !id.Valid {
		return lombard.Job{}, &lombard.Error{
			Kind: lombard.KindNotFound, Code: "no_current_job",
			Message: fmt.Sprintf("This workspace has no current %s.", kind), Hint: "Submit one, or list its history.",
		}
	}
	return db.Job(ctx, workspace, id.String)
}

// Result implements app.Store.
func (db *DB) Result(ctx context.Context, workspace, id string) (app.StoredResult, error) {
	var status, digest, encoding sql.NullString
	var packed []byte
	var size sql.NullInt64
	var sound bool
	err := db.reader.QueryRowContext(ctx, `SELECT r.status, r.result_digest, b.encoding, b.size, b.bytes, `+outcomeSound+` FROM run r
		LEFT JOIN result b ON b.digest = r.result_digest WHERE r.workspace_id = ? AND r.id = ?`, workspace, id).Scan(&status, &digest, &encoding, &size, &packed, &sound)
	if errors.Is(err, sql.ErrNoRows) {
		return app.StoredResult{}, notFound(id)
	}
	if err != nil {
		return app.StoredResult{}, passOn(err)
	}
	if !sound {
		return app.StoredResult{}, rowDamaged(id, errOutcome)
	}
	if !digest.Valid {
		return app.StoredResult{}, app.NoResult(lombard.Status(status.String))
	}
	document, err := db.unpack(storedHead{encoding.String, size.Int64, packed}, digest.String)
	if err != nil {
		db.examine(ctx, digest.String)
		return app.StoredResult{}, damaged(id, err)
	}
	load := func(ctx context.Context, name string) ([]byte, error) {
		body, err := db.readPart(ctx, db.reader, name)
		if archive.IsDamaged(err) {
			db.examine(ctx, digest.String)
			return nil, damaged(id, err)
		}
		return body, passOn(err)
	}
	return app.StoredResult{Digest: digest.String, Document: document, Part: load}, nil
}

func digestOf(document []byte) string {
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:])
}

// Cancel implements app.Store.
func (db *DB) Cancel(ctx context.Context, workspace, id string, reason lombard.CancelReason, now time.Time) (lombard.Job, error) {
	var job lombard.Job
	err := db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		if job, err = readJob(ctx, tx, workspace, id); err != nil || job.Status.Terminal() {
			return err
		}
		if _, err := db.cancel(ctx, tx, id, reason, "", now); err != nil {
			return err
		}
		job, err = readJob(ctx, tx, workspace, id)
		return err
	})
	return job, err
}

// Clear implements app.Store.
func (db *DB) Clear(ctx context.Context, workspace string, kind lombard.JobKind, now time.Time) (string, error) {
	var id sql.NullString
	err := db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		if id, err = current(ctx, tx, workspace, kind); err != nil || !id.Valid {
			return err
		}
		if _, err := db.cancel(ctx, tx, id.String, lombard.CancelCleared, "", now); err != nil {
			return err
		}
		return setCurrent(ctx, tx, workspace, kind, sql.NullString{})
	})
	return id.String, err
}

// current returns the id of the workspace's current run of a kind; not valid when
// it has none.
func current(ctx context.Context, q querier, workspace string, kind lombard.JobKind) (id sql.NullString, err error) {
	query := "SELECT current_run_id FROM workspace WHERE id = ?"
	if kind == lombard.JobStudy {
		query = "SELECT current_study_id FROM workspace WHERE id = ?"
	}
	err = q.QueryRowContext(ctx, query, workspace).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, err
}

// setCurrent makes a run the current one of its kind, or none.
func setCurrent(ctx context.Context, tx *sql.Tx, workspace string, kind lombard.JobKind, id sql.NullString) error {
	query := "UPDATE workspace SET current_run_id = ? WHERE id = ?"
	if kind == lombard.JobStudy {
		query = "UPDATE workspace SET current_study_id = ? WHERE id = ?"
	}
	_, err := tx.ExecContext(ctx, query, id, workspace)
	return err
}

// Annotate implements app.Store.
func (db *DB) Annotate(ctx context.Context, workspace, id string, a app.Annotation, now time.Time) (lombard.Job, error) {
	var job lombard.Job
	err := db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		if job, err = readJob(ctx, tx, workspace, id); err != nil {
			return err
		}
		if a.Name != nil {
			job.ScenarioName = *a.Name
		}
		if a.Note != nil {
			job.Note = *a.Note
		}
		if a.Tags != nil {
			job.Tags = *a.Tags
		}
		tags, err := json.Marshal(job.Tags)
		if err != nil {
			return fmt.Errorf("encode tags: %w", err)
		}
		if _, err = tx.ExecContext(ctx, "UPDATE run SET name = ?, note = ?, tags = ?, updated_at = ?, version = version + 1 WHERE id = ?",
			job.ScenarioName, job.Note, string(tags), micros(now), id); err != nil {
			return err
		}
		job, err = readJob(ctx, tx, workspace, id)
		return err
	})
	return job, err
}

// forgetCurrent are the statements after which a run of a workspace is not its
// current one, of either kind.
var forgetCurrent = []string{
	"UPDATE workspace SET current_run_id = NULL WHERE id = ? AND current_run_id = ?",
	"UPDATE workspace SET current_study_id = NULL WHERE id = ? AND current_study_id = ?",
}

// Delete implements app.Store.
func (db *DB) Delete(ctx context.Context, workspace, id string) error {
	return db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		job, err := readJob(ctx, tx, workspace, id)
		if err != nil && !isRowDamaged(err) {
			return err
		}
		if !job.Status.Terminal() {
			return &lombard.Error{
				Kind: lombard.KindConflict, Code: "job_live",
				Message: fmt.Sprintf("Job %s is %s and cannot be deleted.", id, job.Status), Hint: "Cancel it first.",
			}
		}
		for _, forget := range forgetCurrent {
			if _, err := tx.ExecContext(ctx, forget, workspace, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM run WHERE id = ?", id); err != nil {
			return err
		}
		if job.ResultDigest == nil {
			return nil
		}
		gone, err := tx.ExecContext(ctx, "DELETE FROM result WHERE digest = ? AND NOT EXISTS (SELECT 1 FROM run WHERE result_digest = digest)", *job.ResultDigest)
		if err != nil {
			return err
		}
		if n, err := gone.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return release(ctx, tx, *job.ResultDigest)
	})
}
