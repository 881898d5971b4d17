package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"lombard.example/lombard/internal/app"
)

// writeLog appends lines to a run's own log, as many as there is room for, and
// counts the rest. It is part of the write that brings the lines.
func writeLog(ctx context.Context, tx *sql.Tx, runID string, part app.LogPart) error {
	if len(part.Lines) == 0 && part.Dropped == 0 {
		return nil
	}
	var have int
	err := tx.QueryRowContext(ctx, "SELECT count FROM run_log WHERE run_id = ?", runID).Scan(&have)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	kept := part.Lines[:min(len(part.Lines), max(0, app.MaxLogLines-have))]
	var text strings.Builder
	for _, l := range kept {
		line, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("encode a log line: %w", err)
		}
		text.Write(line)
		text.WriteByte('\n')
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO run_log (run_id, count, dropped, lines) VALUES (?, ?, ?, ?)
		ON CONFLICT (run_id) DO UPDATE SET count = count + excluded.count, dropped = dropped + excluded.dropped, lines = lines || excluded.lines`,
		runID, len(kept), part.Dropped+len(part.Lines)-len(kept), text.String())
	return err
}

// RunLog implements app.Store.
func (db *DB) RunLog(ctx context.Context, workspace, id string) (app.LogPart, error) {
	var part app.LogPart
	var text sql.NullString
	var dropped sql.NullInt64
	err := db.reader.QueryRowContext(ctx, `SELECT l.lines, l.dropped FROM run r LEFT JOIN run_log l ON l.run_id = r.id
		WHERE r.workspace_id = ? AND r.id = ?`, workspace, id).Scan(&text, &dropped)
	if errors.Is(err, sql.ErrNoRows) {
		return part, notFound(id)
	}
	if err != nil {
		return part, passOn(err)
	}
	part.Dropped = int(dropped.Int64)
	for line := range strings.Lines(text.String) {
		var l app.LogLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			return part, passOn(fmt.Errorf("read the log of job %s: %w", id, err))
		}
		part.Lines = append(part.Lines, l)
	}
	return part, nil
}
