package sqlite

import (
	"context"
	"database/sql"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
)

// midnight is the beginning of an instant's UTC day.
func midnight(t time.Time) time.Time {
	const hours = 24
	return t.UTC().Truncate(hours * time.Hour)
}

// Reserve implements data.Library.
func (db *DB) Reserve(ctx context.Context, s data.Spend, capUSD float64) (day float64, ok bool, err error) {
	err = db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		row := tx.QueryRowContext(ctx, "SELECT ifnull(sum(usd), 0) FROM spend WHERE workspace_id = ? AND created_at >= ? AND state <> 'void'", s.Workspace, micros(midnight(s.At)))
		if err := row.Scan(&day); err != nil {
			return err
		}
		day += s.USD
		if ok = day <= capUSD; !ok {
			return nil
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO spend (id, workspace_id, run_id, source, dataset, schema, symbol, first, last, usd, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)",
			s.ID, s.Workspace, s.Run, s.Key.Source, s.Key.Dataset, s.Key.Schema, s.Key.Symbol, s.Range.First, s.Range.Last, s.USD, micros(s.At))
		return err
	})
	return day, ok, err
}

// Spent implements data.Library.
func (db *DB) Spent(ctx context.Context, run string) (float64, error) {
	var usd float64
	err := db.reader.QueryRowContext(ctx, "SELECT ifnull(sum(usd), 0) FROM spend WHERE run_id = ? AND state <> 'void'", run).Scan(&usd)
	return usd, passOn(err)
}

// Void implements data.Library.
func (db *DB) Void(ctx context.Context, id, note string) error { return db.end(ctx, id, "void", note) }

// Keep implements data.Library.
func (db *DB) Keep(ctx context.Context, id, note string) error {
	return db.end(ctx, id, "settled", note)
}

// end closes an open spend.
func (db *DB) end(ctx context.Context, id, state, note string) error {
	return db.commits.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE spend SET state = ?, note = ? WHERE id = ? AND state = 'open'", state, note, id)
		return err
	})
}

// settle ends a spend whose data is here, if there was one.
func settle(ctx context.Context, tx *sql.Tx, spend string) error {
	if spend == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, "UPDATE spend SET state = 'settled', note = '' WHERE id = ?", spend)
	return err
}

// longestCall is more than any call to a vendor takes, its tries and waits
// included.
const longestCall = 15 * time.Minute

// settleLost ends the spends whose call nobody waits for any more: of a process
// that ended, and ones that could not be ended when their call was. The vendor
// may have charged for them, so they count.
func settleLost(ctx context.Context, tx *sql.Tx, now time.Time, takeOver bool) (int, error) {
	done, err := tx.ExecContext(ctx, "UPDATE spend SET state = 'settled', note = ? WHERE id IN (SELECT id FROM spend WHERE state = 'open' AND (? OR created_at < ?) LIMIT ?)",
		data.NoteLost, takeOver, micros(now.Add(-longestCall)), reconcileBatch)
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// knownSpend refuses a cursor that no page of the workspace ended with.
func (db *DB) knownSpend(ctx context.Context, q data.LedgerQuery) error {
	if q.Cursor == "" {
		return nil
	}
	found := false
	err := db.reader.QueryRowContext(ctx, "SELECT count(*) > 0 FROM spend WHERE id = ? AND workspace_id = ?", q.Cursor, q.Workspace).Scan(&found)
	if err != nil || found {
		return passOn(err)
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: "cursor", Value: q.Cursor, Code: lombard.CodeInvalid,
		Message: "cursor is not one that a list returned. Leave it out to begin with the newest.",
	}})
}

// Ledger returns a page of a workspace's ledger and the sums of a day; the cap
// is the caller's to add. A cursor of nothing begins with the newest row.
func (db *DB) Ledger(ctx context.Context, q data.LedgerQuery) (data.Ledger, error) {
	from := midnight(q.Now)
	out := data.Ledger{Workspace: q.Workspace, Day: lombard.DateOf(from), Rows: []data.LedgerRow{}}
	row := db.reader.QueryRowContext(ctx, `SELECT ifnull(sum(CASE state WHEN 'settled' THEN usd END), 0), ifnull(sum(CASE state WHEN 'open' THEN usd END), 0)
		FROM spend WHERE workspace_id = ? AND created_at >= ?`, q.Workspace, micros(from))
	if err := row.Scan(&out.SpentUSD, &out.ReservedUSD); err != nil {
		return out, passOn(err)
	}
	if err := db.knownSpend(ctx, q); err != nil {
		return out, err
	}
	after, args := "", []any{q.Workspace}
	if q.Cursor != "" {
		after, args = "AND (created_at, id) < (SELECT created_at, id FROM spend WHERE id = ? AND workspace_id = ?)", append(args, q.Cursor, q.Workspace)
	}
	//nolint:gosec // after is a constant of this function; values go by parameter
	rows, err := db.reader.QueryContext(ctx, `SELECT id, created_at, run_id, source, dataset, schema, symbol, first, last, usd,
			CASE state WHEN 'void' THEN 0 ELSE usd END, CASE state WHEN 'open' THEN 'reserved' ELSE state END, note
		FROM spend WHERE workspace_id = ? `+after+` ORDER BY created_at DESC, id DESC LIMIT ?`, append(args, q.Limit+1)...)
	if err != nil {
		return out, passOn(err)
	}
	defer rows.Close()
	for rows.Next() {
		var r data.LedgerRow
		var at int64
		var schema string
		if err := rows.Scan(&r.ID, &at, &r.JobID, &r.Source, &r.Dataset, &schema, &r.Symbol, &r.First, &r.Last, &r.EstimateUSD, &r.USD, &r.State, &r.Note); err != nil {
			return out, passOn(err)
		}
		r.At, r.Holds = timeOf(at), data.HoldsOf(schema)
		out.Rows = append(out.Rows, r)
	}
	if len(out.Rows) > q.Limit {
		out.Rows = out.Rows[:q.Limit]
		out.NextCursor = out.Rows[q.Limit-1].ID
	}
	return out, passOn(rows.Err())
}
