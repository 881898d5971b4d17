package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// Submit implements app.Store.
func (db *DB) Submit(ctx context.Context, n app.NewRun) (app.Submitted, error) {
	var out app.Submitted
	n.Kind = cmp.Or(n.Kind, lombard.JobBacktest)
	sound, err := db.sound(ctx, n)
	if err != nil {
		return out, passOn(err)
	}
	var stored storedJob
	err = db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		out = app.Submitted{}
		replayed, err := replay(ctx, tx, n)
		if err != nil {
			return err
		}
		if replayed != "" {
			out.Replayed = true
			stored, err = fetchJob(ctx, tx, n.Workspace, replayed)
			return err
		}
		if err := refuse(ctx, tx, n); err != nil {
			return err
		}
		if err := admit(ctx, tx, n.MaxPending); err != nil {
			return err
		}
		if out.Superseded, err = db.supersede(ctx, tx, n); err != nil {
			return err
		}
		if err := db.insertRun(ctx, tx, n, sound); err != nil {
			return err
		}
		if err := setCurrent(ctx, tx, n.Workspace, n.Kind, sql.NullString{String: n.ID, Valid: true}); err != nil {
			return err
		}
		stored, err = fetchJob(ctx, tx, n.Workspace, n.ID)
		return err
	})
	if err != nil {
		return app.Submitted{}, err
	}
	db.tickets.Wake()
	if out.Job, err = stored.job(); err != nil {
		return app.Submitted{}, err
	}
	return out, nil
}

// replay returns the run that an earlier submit with the same key made.
func replay(ctx context.Context, tx *sql.Tx, n app.NewRun) (string, error) {
	if n.IdempotencyKey == "" {
		return "", nil
	}
	var id, hash string
	err := tx.QueryRowContext(ctx, "SELECT id, body_hash FROM run WHERE workspace_id = ? AND idem_key = ?", n.Workspace, n.IdempotencyKey).Scan(&id, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err == nil && hash != n.BodyHash {
		return "", &lombard.Error{
			Kind: lombard.KindValidation, Code: "idempotency_key_reused",
			Message: "This Idempotency-Key was used for a request with another body.",
			Hint:    "Use a new key for a new request.",
			Fields: []lombard.FieldError{{
				Field: "Idempotency-Key", Value: n.IdempotencyKey, Code: lombard.CodeInvalid,
				Message: "Idempotency-Key was used for another body, which became job " + id + ".",
			}},
		}
	}
	return id, err
}

// Admits implements app.Store.
func (db *DB) Admits(ctx context.Context, maxPending int) error {
	return admit(ctx, db.reader, maxPending)
}

// admit refuses a run when too many wait already.
func admit(ctx context.Context, q querier, limit int) error {
	if limit <= 0 {
		return nil
	}
	var pending int
	err := q.QueryRowContext(ctx, "SELECT pending FROM queue WHERE id = 1").Scan(&pending)
	if err != nil || pending < limit {
		return err
	}
	return &lombard.Error{
		Kind: lombard.KindResourceLimit, Code: lombard.CodeQueueFull,
		Message: fmt.Sprintf("%d backtests are waiting already, which is the limit.", limit),
		Hint:    "Try again when some of them are done.",
	}
}

// refuse answers with a live run of the workspace and of the same kind where the
// submit is to be refused then: the one that is worked on first.
func refuse(ctx context.Context, tx *sql.Tx, n app.NewRun) error {
	if n.OnConflict != lombard.ConflictRefuse {
		return nil
	}
	var id sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT coalesce(
		(SELECT id FROM run WHERE workspace_id = ?1 AND kind = ?2 AND status = 'running' ORDER BY seq LIMIT 1),
		(SELECT id FROM run WHERE workspace_id = ?1 AND kind = ?2 AND status = 'pending' ORDER BY seq LIMIT 1))`, n.Workspace, n.Kind).Scan(&id)
	if err != nil || !id.Valid {
		return err
	}
	live, err := readJob(ctx, tx, n.Workspace, id.String)
	if err != nil {
		return err
	}
	return app.Busy(live)
}

// supersede makes the workspace's current run of the kind, if it is live, give way, unless
// the new one is to wait for it.
func (db *DB) supersede(ctx context.Context, tx *sql.Tx, n app.NewRun) (string, error) {
	if _, err := tx.ExecContext(ctx, "INSERT INTO workspace (id) VALUES (?) ON CONFLICT DO NOTHING", n.Workspace); err != nil {
		return "", err
	}
	if n.OnConflict == lombard.ConflictQueue {
		return "", nil
	}
	previous, err := current(ctx, tx, n.Workspace, n.Kind)
	if err != nil || !previous.Valid {
		return "", err
	}
	hit, err := db.cancel(ctx, tx, previous.String, lombard.CancelSuperseded, n.ID, n.Now)
	if err != nil || !hit {
		return "", err
	}
	return previous.String, nil
}

// cancel ends a pending run and marks a running one; hit is false when the run
// was neither. The first reason given for a running run stays.
func (db *DB) cancel(ctx context.Context, tx *sql.Tx, id string, reason lombard.CancelReason, successor string, now time.Time) (hit bool, err error) {
	next := sql.NullString{String: successor, Valid: successor != ""}
	ended, err := tx.ExecContext(ctx, `UPDATE run SET status = 'cancelled', stage = 'cancelled', message = ?, cancel_requested = 1, cancel_reason = ?,
			superseded_by = ?, completed_at = ?, updated_at = ?, version = version + 1
		WHERE id = ? AND status = 'pending' AND `+unsealed,
		app.CancelledMessage(reason), reason, next, micros(now), micros(now), id)
	if err != nil {
		return false, err
	}
	if n, err := ended.RowsAffected(); err != nil {
		return false, err
	} else if n > 0 {
		return true, seal(ctx, tx, id)
	}
	marked, err := tx.ExecContext(ctx, `UPDATE run SET cancel_requested = 1, cancel_reason = ?, superseded_by = ?, updated_at = ?, version = version + 1
		WHERE id = ? AND status = 'running' AND cancel_requested = 0 AND `+unsealed, reason, next, micros(now), id)
	if err != nil {
		return false, err
	}
	count, err := marked.RowsAffected()
	return count > 0, err
}

// insertRun adds the run: complete at once when the workspace has the same
// result already and it is sound, pending with its turn otherwise.
func (db *DB) insertRun(ctx context.Context, tx *sql.Tx, n app.NewRun, sound string) error {
	scenario, err := json.Marshal(n.Scenario)
	if err != nil {
		return fmt.Errorf("encode scenario: %w", err)
	}
	from, digest, verdict, err := cached(ctx, tx, n)
	if err != nil {
		return err
	}
	if digest.String != sound {
		from, digest, verdict = sql.NullString{}, sql.NullString{}, ""
	}
	status, stage, progress := lombard.StatusPending, lombard.StageValidating, 0.0
	var completed sql.NullInt64
	var turn int64
	if digest.Valid {
		status, stage, progress = lombard.StatusComplete, lombard.StageComplete, lombard.ProgressComplete
		completed = sql.NullInt64{Int64: micros(n.Now), Valid: true}
	} else if turn, err = turnOf(ctx, tx, n.Workspace); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO run (id, kind, workspace_id, scenario, scenario_id, request_key, idem_key, body_hash, name, symbol,
			status, stage, progress, turn, result_digest, cached_from, verdict, created_at, completed_at, updated_at, row_digest, outcome_digest)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')`,
		n.ID, n.Kind, n.Workspace, string(scenario), n.ScenarioID, n.RequestKey,
		sql.NullString{String: n.IdempotencyKey, Valid: n.IdempotencyKey != ""}, n.BodyHash, n.Scenario.ScenarioName, n.Scenario.Symbol,
		status, stage, progress, turn, digest, from, verdict, micros(n.Now), completed, micros(n.Now),
		asked{n.ID, n.Kind, n.Workspace, string(scenario), n.ScenarioID, micros(n.Now)}.digest())
	if err != nil {
		return err
	}
	if status != lombard.StatusPending {
		return seal(ctx, tx, n.ID)
	}
	_, err = db.call(ctx, tx, n.Now)
	return err
}

// cached finds the first stored result of the same request in the workspace.
func cached(ctx context.Context, q querier, n app.NewRun) (from, digest sql.NullString, verdict string, err error) {
	if n.RequestKey == "" || n.Force {
		return from, digest, "", nil
	}
	err = q.QueryRowContext(ctx, `SELECT coalesce(r.cached_from, r.id), r.result_digest, r.verdict FROM run r
		WHERE workspace_id = ? AND request_key = ? AND request_key <> '' AND status = 'complete' AND result_lost = 0 AND `+outcomeSound+` ORDER BY seq LIMIT 1`, n.Workspace, n.RequestKey).Scan(&from, &digest, &verdict)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return from, digest, verdict, err
}
