package sqlite

import (
	"context"
	"database/sql"
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
	ticket   sql.NullInt64
	at       app.Progress
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
			if err := db.takeAway(ctx, tx, r, now, &out); err != nil {
				return err
			}
		}
		if out.SpendsSettled, err = settleLost(ctx, tx, now, takeOver); err != nil {
			return err
		}
		out.Requeued, err = db.requeueLost(ctx, tx)
		return err
	})
	if err == nil && out != (app.Reconciled{}) {
		db.tickets.Wake()
	}
	return out, err
}

func listAbandoned(ctx context.Context, tx *sql.Tx, now time.Time, takeOver bool) ([]abandoned, error) {
	found, err := tx.QueryContext(ctx, `SELECT id, workspace_id, fence, attempt, cancel_reason, deadline, ticket, stage, progress FROM run
		WHERE status = 'running' AND (? OR lease_until < ? OR deadline < ?) ORDER BY seq LIMIT ?`,
		takeOver, micros(now), micros(now.Add(-deadlineGrace)), reconcileBatch)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var runs []abandoned
	for found.Next() {
		var r abandoned
		if err := found.Scan(&r.claim.RunID, &r.claim.Workspace, &r.claim.Fence, &r.claim.Attempt, &r.reason, &r.deadline, &r.ticket, &r.at.Stage, &r.at.Progress); err != nil {
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
	switch {
	case r.reason.Valid:
		out.Cancelled++
		err = end.cancelled(ctx, tx, r.at.Progress)
	case r.deadline < micros(now):
		out.TimedOut++
		err = end.failed(ctx, tx, app.TimedOut(), r.at)
	case r.claim.Attempt >= app.MaxAttempts:
		out.Orphaned++
		err = end.failed(ctx, tx, app.Orphaned(), r.at)
	default:
		out.TakenOver++
		err = db.handBack(ctx, tx, end, app.Outcome{NextAttempt: true})
	}
	if err != nil {
		return err
	}
	if err := release(ctx, tx, r.claim.RunID); err != nil {
		return err
	}
	return db.retire(ctx, tx, r.ticket)
}

// requeueLost gives a new ticket to pending runs whose own can wake nobody.
func (db *DB) requeueLost(ctx context.Context, tx *sql.Tx) (int, error) {
	found, err := tx.QueryContext(ctx, "SELECT id, ticket, not_before FROM run WHERE status = 'pending' ORDER BY seq LIMIT ?", reconcileBatch)
	if err != nil {
		return 0, err
	}
	defer found.Close()
	type waiting struct {
		id        string
		notBefore int64
	}
	byTicket := map[int64]waiting{}
	var tickets []int64
	for found.Next() {
		var w waiting
		var ticket int64
		if err := found.Scan(&w.id, &ticket, &w.notBefore); err != nil {
			return 0, err
		}
		byTicket[ticket] = w
		tickets = append(tickets, ticket)
	}
	if err := found.Err(); err != nil || len(tickets) == 0 {
		return 0, err
	}
	_ = found.Close()
	missing, err := db.tickets.Missing(ctx, tx, tickets)
	if err != nil {
		return 0, err
	}
	for _, lost := range missing {
		w := byTicket[lost]
		var due time.Time
		if w.notBefore > 0 {
			due = timeOf(w.notBefore)
		}
		ticket, err := db.tickets.Add(ctx, tx, w.id, due)
		if err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE run SET ticket = ? WHERE id = ? AND status = 'pending'", ticket, w.id); err != nil {
			return 0, err
		}
	}
	return len(missing), nil
}
