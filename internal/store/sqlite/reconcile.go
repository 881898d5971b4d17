package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// reconcileBatch bounds what one pass looks at; the next pass goes on.
const reconcileBatch = 5000

// deadlineGrace is how long past its deadline a run is left to its worker,
// which ends it with a better sentence.
const deadlineGrace = 5 * time.Second

// abandoned is a running run without a living worker.
type abandoned struct {
	claim    app.Claim
	reason   sql.NullString
	deadline int64
	tries    int // attempts that count
	crashes  int // ends of the process while it was computing alone
	at       app.Progress

	crashed bool // the process ended while it was computing
	alone   bool // and nothing else was
}

// Reconcile implements app.Store.
func (db *DB) Reconcile(ctx context.Context, now time.Time, takeOver bool) (app.Reconciled, error) {
	var out app.Reconciled
	err := db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		out = app.Reconciled{}
		runs, err := listAbandoned(ctx, tx, now, takeOver)
		if err != nil {
			return err
		}
		for _, r := range runs {
			r.crashed, r.alone = takeOver, takeOver && len(runs) == 1
			if err := db.takeAway(ctx, tx, r, now, &out); err != nil {
				return err
			}
		}
		if out.SpendsSettled, err = settleLost(ctx, tx, now, takeOver); err != nil {
			return err
		}
		out.Requeued, err = db.call(ctx, tx, now)
		return err
	})
	if err == nil && out != (app.Reconciled{}) {
		db.tickets.Wake()
	}
	return out, err
}

func listAbandoned(ctx context.Context, tx *sql.Tx, now time.Time, takeOver bool) ([]abandoned, error) {
	found, err := tx.QueryContext(ctx, `SELECT id, workspace_id, fence, attempt, attempt - spared, crashes, cancel_reason, deadline, stage, progress, counts FROM run
		WHERE status = 'running' AND `+unsealed+` AND (? OR lease_until < ? OR deadline < ?) ORDER BY seq LIMIT ?`,
		takeOver, micros(now), micros(now.Add(-deadlineGrace)), reconcileBatch)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var runs []abandoned
	for found.Next() {
		var r abandoned
		var counts string
		if err := found.Scan(&r.claim.RunID, &r.claim.Workspace, &r.claim.Fence, &r.claim.Attempt, &r.tries, &r.crashes, &r.reason, &r.deadline, &r.at.Stage, &r.at.Progress, &counts); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(counts), &r.at.Counts); err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, found.Err()
}

// takeAway raises the fence first, so that whatever the old worker still
// writes is refused, and then ends the run or queues it again.
func (db *DB) takeAway(ctx context.Context, tx *sql.Tx, r abandoned, now time.Time, out *app.Reconciled) error {
	if _, err := tx.ExecContext(ctx, "UPDATE run SET fence = fence + 1 WHERE id = ? AND fence = ?", r.claim.RunID, r.claim.Fence); err != nil {
		return err
	}
	r.claim.Fence++
	end := ending{claim: r.claim, now: now, reason: lombard.CancelReason(r.reason.String)}
	var err error
	ended := true
	switch {
	case r.reason.Valid:
		out.Cancelled++
		err = end.cancelled(ctx, tx, r.at.Progress)
	case r.deadline < micros(now):
		out.TimedOut++
		err = end.failed(ctx, tx, app.TimedOut(), r.at)
	case r.crashed && r.alone && r.crashes+1 >= app.MaxCrashes:
		out.Orphaned++
		err = end.failed(ctx, tx, app.Orphaned(app.MaxCrashes, r.at), r.at)
	case r.crashed:
		out.TakenOver++
		ended = false
		if err = suspect(ctx, tx, r); err == nil {
			err = db.handBack(ctx, tx, end, app.Outcome{NextAttempt: true})
		}
	case r.tries >= app.MaxAttempts:
		out.Orphaned++
		err = end.failed(ctx, tx, app.Orphaned(app.MaxAttempts, r.at), r.at)
	default:
		out.TakenOver++
		ended = false
		err = db.handBack(ctx, tx, end, app.Outcome{NextAttempt: true})
	}
	if err != nil {
		return err
	}
	if ended {
		job, err := readJob(ctx, tx, r.claim.Workspace, r.claim.RunID)
		if err != nil {
			return err
		}
		if out.Ended == nil {
			out.Ended = &app.EndedRuns{}
		}
		out.Ended.Jobs = append(out.Ended.Jobs, job)
	} else if err := writeLog(ctx, tx, r.claim.RunID, app.LogPart{Lines: []app.LogLine{app.TakenOverLine(now, r.at.Stage, r.claim.Attempt)}}); err != nil {
		return err
	}
	return release(ctx, tx, r.claim.RunID)
}

// suspect marks a run that was computing when the process ended. Of several it
// is not known which one ended the process: none of them loses one of its
// attempts, and each is computed alone from now on, so that the next end of the
// process is that run's own. An end while a run was alone is counted.
func suspect(ctx context.Context, tx *sql.Tx, r abandoned) error {
	_, err := tx.ExecContext(ctx, "UPDATE run SET suspect = 1, spared = spared + 1, crashes = crashes + ? WHERE id = ?", r.alone, r.claim.RunID)
	return err
}

// mayCompute returns ErrNotAlone while a run has to wait: one that was computing
// when the process ended, until nothing else is running; any other, until such a
// run has ended.
func mayCompute(ctx context.Context, tx *sql.Tx, id string) error {
	var wait bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run WHERE status = 'running' AND suspect = 1)
		OR (SELECT suspect FROM run WHERE id = ?) AND EXISTS (SELECT 1 FROM run WHERE status = 'running')`, id).Scan(&wait)
	if err == nil && wait {
		return app.ErrNotAlone
	}
	return err
}
