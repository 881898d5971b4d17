package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// Runs are claimed in rounds. In a round every workspace that has a run waiting
// has one turn, in the order of submission; a run's turn is the number of its
// round. It is settled when the run is submitted and never changes, so the next
// run, and a place in the queue, are found in an index. A workspace that was
// served in the round that is going on, or that has a run waiting for a turn,
// comes in a later one. When nothing waits, the next submit begins a new round,
// in which all are equal again.

// turnOf returns the turn of a run that is submitted now.
func turnOf(ctx context.Context, tx *sql.Tx, workspace string) (int64, error) {
	var round, pending, served int64
	var last sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT q.turn, q.pending, w.served, (SELECT max(turn) FROM run WHERE workspace_id = ?1 AND status = 'pending')
		FROM queue q JOIN workspace w ON w.id = ?1 WHERE q.id = 1`, workspace).Scan(&round, &pending, &served, &last)
	if err != nil {
		return 0, fmt.Errorf("read the turn of workspace %s: %w", workspace, err)
	}
	if pending == 0 {
		round++
		if _, err := tx.ExecContext(ctx, "UPDATE queue SET turn = ? WHERE id = 1", round); err != nil {
			return 0, err
		}
	}
	turn := max(round, served+1)
	if last.Valid {
		turn = max(turn, last.Int64+1)
	}
	return turn, nil
}

// nextRun returns the id and turn of the run that is to be claimed now;
// ErrNothing when none waits. Runs that were to wait until now join the queue. One
// that has ended before, so that its status is damaged, is never run again.
func nextRun(ctx context.Context, tx *sql.Tx, now time.Time) (id string, turn int64, err error) {
	if _, err := tx.ExecContext(ctx, "UPDATE run SET not_before = 0 WHERE status = 'pending' AND not_before > 0 AND not_before <= ?", micros(now)); err != nil {
		return "", 0, err
	}
	err = tx.QueryRowContext(ctx, "SELECT id, turn FROM run WHERE status = 'pending' AND not_before = 0 AND "+unsealed+" ORDER BY turn, seq LIMIT 1").Scan(&id, &turn)
	if errors.Is(err, sql.ErrNoRows) {
		err = app.ErrNothing
	}
	return id, turn, err
}

// anyWaits reports whether a run may be claimed now.
func anyWaits(ctx context.Context, q querier, now time.Time) (some bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM run WHERE status = 'pending' AND not_before = 0)
		OR EXISTS (SELECT 1 FROM run WHERE status = 'pending' AND not_before > 0 AND not_before <= ?)`, micros(now)).Scan(&some)
	return some, err
}

// serve records that a run of the workspace had its turn.
func serve(ctx context.Context, tx *sql.Tx, workspace string, turn int64) error {
	if _, err := tx.ExecContext(ctx, "UPDATE workspace SET served = max(served, ?) WHERE id = ?", turn, workspace); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE queue SET turn = max(turn, ?) WHERE id = 1", turn)
	return err
}

// queuePosition counts the runs that wait ahead of one. Beyond
// lombard.MostCountedAhead they are not counted: a poll must not cost more the
// longer the queue is.
func queuePosition(ctx context.Context, q querier, seq int64) (*int, error) {
	var ahead int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM run WHERE status = 'pending' AND not_before = 0
		AND (turn, seq) < (SELECT turn, seq FROM run WHERE seq = ?) LIMIT ?)`, seq, lombard.MostCountedAhead).Scan(&ahead)
	position := ahead + 1
	return &position, err
}

// mostCalled bounds for how many waiting runs workers are called at a time:
// more than any queue has workers.
const mostCalled = 1024

// call sees to it that workers come for the runs that may be claimed now.
func (db *DB) call(ctx context.Context, tx *sql.Tx, now time.Time) (tickets int, err error) {
	var waiting, due int
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM run WHERE status = 'pending' AND not_before = 0 LIMIT ?)", mostCalled).Scan(&waiting)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM run WHERE status = 'pending' AND not_before > 0 AND not_before <= ? LIMIT ?)", micros(now), mostCalled).Scan(&due)
	if err != nil || waiting+due == 0 {
		return 0, err
	}
	return db.tickets.Call(ctx, tx, waiting+due)
}
