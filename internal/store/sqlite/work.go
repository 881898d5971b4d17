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

// Claim implements app.Store.
func (db *DB) Claim(ctx context.Context, r app.ClaimRequest) (app.Claim, error) {
	var c app.Claim
	var a asked
	var digest sql.NullString
	if !r.Last { // a look needs no transaction; the last one does
		if some, err := anyWaits(ctx, db.reader, r.Now); err != nil || !some {
			return c, cmp.Or(passOn(err), app.ErrNothing)
		}
	}
	var none error // an answer, not a failure: what was written with it stays
	err := db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		id, turn, err := nextRun(ctx, tx, r.Now)
		if err == nil {
			err = mayCompute(ctx, tx, id)
		}
		none = err
		switch {
		case errors.Is(err, app.ErrNothing) && r.Last:
			return db.tickets.Done(ctx, tx)
		case errors.Is(err, app.ErrNothing), errors.Is(err, app.ErrNotAlone):
			return nil
		case err != nil:
			return err
		}
		if c, a, digest, err = claim(ctx, tx, id, r); err != nil {
			return err
		}
		db.tickets.Claimed(ctx)
		return serve(ctx, tx, c.Workspace, turn)
	})
	if err == nil {
		err = none
	}
	if err != nil {
		return c, err
	}
	// What was asked is read and checked outside the transaction: that takes
	// longer than the claim.
	if c.Scenario, err = a.read(digest); err == nil {
		return c, nil
	}
	damage := err
	err = db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return db.endDamaged(ctx, tx, ending{claim: c, now: r.Now}, damage)
	})
	if err != nil {
		return c, err
	}
	return c, app.ErrStale
}

// claim makes a waiting run the caller's. It also returns what was asked, as it
// is stored, with its digest.
func claim(ctx context.Context, tx *sql.Tx, id string, r app.ClaimRequest) (c app.Claim, a asked, digest sql.NullString, err error) {
	c.RunID, a.id = id, id
	var counts string
	var deadline int64
	err = tx.QueryRowContext(ctx, `UPDATE run SET status = 'running', message = '', not_before = 0, fence = fence + 1, attempt = max(attempt, 1), worker = ?,
			lease_until = ?, deadline = coalesce(deadline, ?), started_at = coalesce(started_at, ?), updated_at = ?, version = version + 1
		WHERE id = ? AND status = 'pending' AND cancel_requested = 0
		RETURNING kind, workspace_id, fence, attempt, attempt - spared, scenario, scenario_id, created_at, row_digest, deadline, stage, progress, message, counts`,
		r.Worker, micros(r.LeaseUntil), micros(r.Deadline), micros(r.Now), micros(r.Now), id,
	).Scan(&c.Kind, &c.Workspace, &c.Fence, &c.Attempt, &c.Tries, &a.scenario, &a.scenarioID, &a.created, &digest, &deadline, &c.Floor.Stage, &c.Floor.Progress, &c.Floor.Message, &counts)
	if err != nil {
		return c, a, digest, err
	}
	c.Deadline = timeOf(deadline)
	a.kind, a.workspace = c.Kind, c.Workspace
	if json.Unmarshal([]byte(counts), &c.Floor.Counts) != nil {
		c.Floor.Counts = lombard.Counts{} // they only say how far it was
	}
	return c, a, digest, nil
}

// Heartbeat implements app.Store.
func (db *DB) Heartbeat(ctx context.Context, c app.Claim, p app.Progress, now, leaseUntil time.Time) (app.Signal, error) {
	counts, err := json.Marshal(p.Counts)
	if err != nil {
		return app.Signal{}, fmt.Errorf("encode counts: %w", err)
	}
	var signal app.Signal
	err = db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `UPDATE run SET stage = ?, progress = max(progress, ?), message = ?, counts = ?,
				lease_until = ?, updated_at = ?, version = version + 1
			WHERE id = ? AND fence = ? AND status = 'running' RETURNING cancel_requested`,
			p.Stage, p.Progress, p.Message, string(counts), micros(leaseUntil), micros(now), c.RunID, c.Fence).Scan(&signal.CancelRequested)
		if errors.Is(err, sql.ErrNoRows) {
			return app.ErrStale
		}
		if err != nil {
			return err
		}
		return writeLog(ctx, tx, c.RunID, p.Log)
	})
	return signal, err
}

// Finish implements app.Store.
func (db *DB) Finish(ctx context.Context, c app.Claim, o app.Outcome, now time.Time) (lombard.Job, error) {
	var packed []byte
	var parts []packedPart
	if o.Digest != "" {
		parts = db.pack(o.Parts)
		packed = db.encode.EncodeAll(o.Document, make([]byte, 0, len(o.Document)/6)) // outside the transaction
	}
	var stored storedJob
	err := db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var reason sql.NullString
		err := tx.QueryRowContext(ctx, "SELECT cancel_reason FROM run WHERE id = ? AND fence = ? AND status = 'running'", c.RunID, c.Fence).Scan(&reason)
		if errors.Is(err, sql.ErrNoRows) {
			return app.ErrStale
		}
		if err != nil {
			return err
		}
		end := ending{claim: c, now: now, reason: lombard.CancelReason(reason.String)}
		switch {
		case o.Cancelled || reason.Valid: // an acknowledged cancel is never overtaken
			err = end.cancelled(ctx, tx, o.Progress.Progress)
		case o.HandBack:
			err = db.handBack(ctx, tx, end, o)
		case o.Failure != nil:
			err = end.failed(ctx, tx, o.Failure, o.Progress)
		default:
			if err = errors.Join(db.keepParts(ctx, tx, c.RunID, parts), db.makeWay(ctx, tx, o.Digest)); err == nil {
				err = end.complete(ctx, tx, o, packed)
			}
		}
		if err != nil {
			return err
		}
		if err := writeLog(ctx, tx, c.RunID, o.Progress.Log); err != nil {
			return err
		}
		if err := release(ctx, tx, c.RunID); err != nil { // a result that it ended with has them by now
			return err
		}
		stored, err = fetchJob(ctx, tx, c.Workspace, c.RunID)
		return err
	})
	if err != nil {
		return lombard.Job{}, err
	}
	if o.HandBack {
		db.tickets.Wake()
	}
	return stored.job()
}

// notBefore is the stored form of the time before which a run is not tried
// again; 0: at once.
func notBefore(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return micros(t)
}

// ending is the last write of a claim. Every statement carries the fence.
type ending struct {
	claim  app.Claim
	now    time.Time
	reason lombard.CancelReason
}

// update runs one fenced statement; args fill set, which is always a constant
// of this file, and the fence comes after.
func (e ending) update(ctx context.Context, tx *sql.Tx, set string, args ...any) error {
	args = append(args, micros(e.now), e.claim.RunID, e.claim.Fence)
	//nolint:gosec // set is a constant of this file; values go by parameter
	done, err := tx.ExecContext(ctx, "UPDATE run SET "+set+`, updated_at = ?, version = version + 1, lease_until = NULL
		WHERE id = ? AND fence = ? AND status = 'running'`, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errors.Join(app.ErrStale, err)
	}
	return nil
}

// final is update for the statement that ends the run.
func (e ending) final(ctx context.Context, tx *sql.Tx, set string, args ...any) error {
	if err := e.update(ctx, tx, set, args...); err != nil {
		return err
	}
	return seal(ctx, tx, e.claim.RunID)
}

// onRecord is what a run has spent by the ledger: it is kept however the run
// ends, also by a worker's death.
const onRecord = "(SELECT ifnull(sum(usd), 0) FROM spend WHERE run_id = run.id AND state <> 'void')"

func (e ending) cancelled(ctx context.Context, tx *sql.Tx, shown float64) error {
	reason := e.reason
	if reason == "" {
		reason = lombard.CancelUser
	}
	return e.final(ctx, tx, `status = 'cancelled', stage = 'cancelled', progress = max(progress, ?), message = ?, cancel_requested = 1,
		cancel_reason = ?, data_cost_usd = `+onRecord+`, completed_at = ?`, shown, app.CancelledMessage(reason), reason, micros(e.now))
}

func (e ending) failed(ctx context.Context, tx *sql.Tx, failure *lombard.Error, at app.Progress) error {
	sentence, detail := app.FailureOf(failure)
	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("encode error detail: %w", err)
	}
	return e.final(ctx, tx, `status = 'failed', stage = 'failed', progress = 0, message = ?, error = ?, error_detail = ?,
		failed_at_progress = ?, failed_stage = ?, data_cost_usd = `+onRecord+`, completed_at = ?`,
		sentence, sentence, string(text), at.Progress, at.Stage, micros(e.now))
}

func (e ending) complete(ctx context.Context, tx *sql.Tx, o app.Outcome, packed []byte) error {
	if _, err := tx.ExecContext(ctx, "INSERT INTO result (digest, encoding, size, bytes) VALUES (?, 'zstd', ?, ?) ON CONFLICT DO NOTHING",
		o.Digest, len(o.Document), packed); err != nil {
		return err
	}
	if err := handOver(ctx, tx, o.Digest, o.Names); err != nil {
		return err
	}
	counts, err := json.Marshal(o.Progress.Counts)
	if err != nil {
		return fmt.Errorf("encode counts: %w", err)
	}
	return e.final(ctx, tx, `status = 'complete', stage = 'complete', progress = 100, message = '', counts = ?, result_digest = ?, verdict = ?,
		data_cost_usd = ?, request_key = coalesce(nullif(?, ''), request_key), completed_at = ?`,
		string(counts), o.Digest, o.Verdict, o.CostUSD, o.Key, micros(e.now))
}

// handBack makes the run pending again. It keeps its turn.
func (db *DB) handBack(ctx context.Context, tx *sql.Tx, e ending, o app.Outcome) error {
	var err error
	if o.NextAttempt {
		err = e.update(ctx, tx, `status = 'pending', attempt = attempt + 1, stage = 'validating', progress = 0, counts = '{}',
			message = ?, not_before = ?`, o.Message, notBefore(o.RetryAt))
	} else {
		err = e.update(ctx, tx, `status = 'pending', message = '', stage = coalesce(nullif(?, ''), stage),
			progress = max(progress, ?)`, o.Progress.Stage, o.Progress.Progress)
	}
	if err != nil {
		return err
	}
	if o.NextAttempt && !o.RetryAt.IsZero() {
		return db.tickets.CallAt(ctx, tx, o.RetryAt)
	}
	_, err = db.call(ctx, tx, e.now)
	return err
}
