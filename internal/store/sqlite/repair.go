package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/data"
)

// repair mends what the inspection found. It returns where the database as it
// was is kept, empty when it was mended in place.
func (i *inspector) repair(ctx context.Context, dir string) (kept string, err error) {
	path := filepath.Join(dir, FileName)
	if i.found.structure {
		if kept, err = salvage(ctx, i, dir); err != nil {
			return "", err
		}
		// What could not be read is not there now; see what is left.
		again, err := inspect(ctx, path, "")
		if err != nil {
			return kept, err
		}
		defer again.close()
		i = again
	} else if i.schema < newestSchema() {
		if err := upgrade(ctx, dir); err != nil {
			return "", err
		}
	}
	writer, err := rawPool(path, "_txlock=immediate&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)")
	if err != nil {
		return kept, err
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	if i.found.indexes {
		if _, err := writer.ExecContext(ctx, "REINDEX"); err != nil {
			return kept, fmt.Errorf("build the indexes anew: %w", err)
		}
	}
	tx, err := writer.BeginTx(ctx, nil)
	if err != nil {
		return kept, fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
		return kept, err
	}
	for _, mend := range []func(context.Context, *sql.Tx) error{i.mendReferences, i.mendQueue, i.mendRuns, i.mendResults, i.mendPrices} {
		if err := mend(ctx, tx); err != nil {
			return kept, err
		}
	}
	return kept, tx.Commit()
}

// upgrade brings a database of an older program up to date.
func upgrade(ctx context.Context, dir string) error {
	db := &DB{dir: dir}
	writer, err := db.openPool(filepath.Join(dir, FileName), 1, nil, "_txlock=immediate", "_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, writer, dir), writer.Close())
}

// mendReferences removes uses of pieces and logs of runs that are not there, and
// makes the workspaces that runs are in.
func (i *inspector) mendReferences(ctx context.Context, tx *sql.Tx) error {
	if !i.found.orphans {
		return nil
	}
	return execAll(ctx, tx,
		"DELETE FROM result_use WHERE digest NOT IN (SELECT digest FROM result_part)",
		"DELETE FROM run_log WHERE run_id NOT IN (SELECT id FROM run)",
		"INSERT OR IGNORE INTO workspace (id) SELECT DISTINCT workspace_id FROM run")
}

func execAll(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.40s: %w", s, err)
		}
	}
	return nil
}

// mendRuns rebuilds damaged records from their results, which hold the request
// too. A finished run whose record cannot be rebuilt is deleted; a live one
// stays and fails when a worker claims it.
func (i *inspector) mendRuns(ctx context.Context, tx *sql.Tx) error {
	for _, id := range i.found.ended {
		if err := i.mendOutcome(ctx, tx, id); err != nil {
			return err
		}
	}
	for _, id := range i.found.runs {
		rebuilt, err := i.rebuild(ctx, tx, id)
		if err != nil {
			return err
		}
		if rebuilt {
			continue
		}
		for _, s := range []string{
			"UPDATE workspace SET current_run_id = NULL WHERE current_run_id = ?1 AND EXISTS (SELECT 1 FROM run WHERE id = ?1 AND status IN ('complete', 'failed', 'cancelled'))",
			"UPDATE workspace SET current_study_id = NULL WHERE current_study_id = ?1 AND EXISTS (SELECT 1 FROM run WHERE id = ?1 AND status IN ('complete', 'failed', 'cancelled'))",
			"DELETE FROM run WHERE id = ? AND status IN ('complete', 'failed', 'cancelled')",
		} {
			if _, err := tx.ExecContext(ctx, s, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// mendOutcome writes the verdict of a run anew where its result is sound and only
// that was damaged, and deletes the run otherwise: how it ended is not known.
func (i *inspector) mendOutcome(ctx context.Context, tx *sql.Tx, id string) error {
	var result sql.NullString
	if err := tx.QueryRowContext(ctx, "SELECT result_digest FROM run WHERE id = ?", id).Scan(&result); err != nil {
		return err
	}
	if result.Valid {
		document, err := i.db.readHead(ctx, tx, result.String)
		if err == nil {
			var opened *archive.Result
			if opened, err = archive.Open(document, nil); err == nil {
				_, err = tx.ExecContext(ctx, "UPDATE run SET verdict = ? WHERE id = ?", opened.Top().Verdict, id)
			}
		}
		if err != nil && !archive.IsDamaged(err) {
			return err
		}
		var sound bool
		if err := tx.QueryRowContext(ctx, "SELECT "+outcomeSound+" FROM run r WHERE id = ?", id).Scan(&sound); err != nil || sound {
			return err
		}
	}
	for _, s := range []string{
		"UPDATE workspace SET current_run_id = NULL WHERE current_run_id = ?",
		"UPDATE workspace SET current_study_id = NULL WHERE current_study_id = ?",
		"DELETE FROM run WHERE id = ?",
	} {
		if _, err := tx.ExecContext(ctx, s, id); err != nil {
			return err
		}
	}
	return nil
}

// mendQueue counts the runs that wait anew. Runs that are deleted later are taken
// off the count, which is never below 0.
func (i *inspector) mendQueue(ctx context.Context, tx *sql.Tx) error {
	if !i.found.count {
		return nil
	}
	return execAll(ctx, tx,
		"INSERT OR IGNORE INTO queue (id, turn, pending) SELECT 1, ifnull(max(served), 0), 0 FROM workspace",
		"UPDATE queue SET pending = (SELECT count(*) FROM run WHERE status = 'pending')")
}

// rebuild writes the request of a run anew, if the run has a sound result and
// the request in it is the one that the run's digest is of.
func (i *inspector) rebuild(ctx context.Context, tx *sql.Tx, id string) (bool, error) {
	a := asked{id: id}
	var written, result sql.NullString
	err := tx.QueryRowContext(ctx, "SELECT kind, workspace_id, scenario_id, created_at, row_digest, result_digest FROM run WHERE id = ?", id).Scan(
		&a.kind, &a.workspace, &a.scenarioID, &a.created, &written, &result)
	if errors.Is(err, sql.ErrNoRows) { // deleted because of its outcome
		return false, nil
	}
	if err != nil || !written.Valid || !result.Valid {
		return false, err
	}
	document, err := i.db.readHead(ctx, tx, result.String)
	if archive.IsDamaged(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	opened, err := archive.Open(document, nil)
	if err != nil {
		return false, nil //nolint:nilerr // it cannot be rebuilt from that
	}
	text, err := json.Marshal(opened.Top().Request)
	if err != nil {
		return false, fmt.Errorf("encode the request: %w", err)
	}
	if a.scenario = string(text); a.digest() != written.String {
		return false, nil
	}
	_, err = tx.ExecContext(ctx, "UPDATE run SET scenario = ? WHERE id = ?", a.scenario, id)
	return err == nil, err
}

// mendResults drops damaged results. Their jobs stay, say so, and have their
// result again when the same request is run again.
func (i *inspector) mendResults(ctx context.Context, tx *sql.Tx) error {
	for _, digest := range i.found.results {
		for _, s := range []string{
			"DELETE FROM result WHERE digest = ?",
			"INSERT INTO result (digest, encoding, size, bytes) VALUES (?, '" + encodingLost + "', 0, x'')",
			"UPDATE run SET result_lost = 1, version = version + 1 WHERE result_digest = ? AND result_lost = 0",
		} {
			if _, err := tx.ExecContext(ctx, s, digest); err != nil {
				return err
			}
		}
		if err := release(ctx, tx, digest); err != nil {
			return err
		}
	}
	for digest := range i.found.parts { // of runs that are not finished
		for _, s := range []string{"DELETE FROM result_use WHERE digest = ?", "DELETE FROM result_part WHERE digest = ?"} {
			if _, err := tx.ExecContext(ctx, s, digest); err != nil {
				return err
			}
		}
	}
	for _, digest := range i.found.mended {
		if _, err := tx.ExecContext(ctx, "UPDATE run SET result_lost = 0, version = version + 1 WHERE result_digest = ? AND result_lost = 1", digest); err != nil {
			return err
		}
	}
	return nil
}

// mendPrices drops damaged files, prices and quotes. What came from a vendor is
// no longer covered, so the next run fetches it again.
func (i *inspector) mendPrices(ctx context.Context, tx *sql.Tx) error {
	for _, seq := range i.found.files {
		if _, err := tx.ExecContext(ctx, "DELETE FROM price_file WHERE seq = ?", seq); err != nil {
			return err
		}
	}
	for _, id := range i.found.chains {
		k := data.Key{Schema: data.SchemaChains}
		var date int64
		err := tx.QueryRowContext(ctx, "DELETE FROM chain WHERE id = ? RETURNING source, dataset, symbol, date", id).Scan(&k.Source, &k.Dataset, &k.Symbol, &date)
		if err == nil {
			err = uncover(ctx, tx, k, date)
		}
		if err == nil { // an imported file that lacks a day is to be imported again
			_, err = tx.ExecContext(ctx, "DELETE FROM price_file WHERE digest = ? AND symbol = ?", k.Dataset, k.Symbol)
		}
		if err != nil {
			return err
		}
	}
	for _, b := range i.found.bars {
		if err := b.remove(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// uncover takes one day out of the stretches of a series that are complete.
func uncover(ctx context.Context, tx *sql.Tx, k data.Key, date int64) error {
	for _, s := range []string{
		`INSERT INTO bar_range (source, dataset, schema, symbol, first, last, fetched_at, cost_usd, warnings)
			SELECT source, dataset, schema, symbol, ?5 + 1, last, fetched_at, 0, warnings FROM bar_range
			WHERE source = ?1 AND schema = ?2 AND symbol = ?3 AND dataset = ?4 AND first <= ?5 AND last > ?5
			ON CONFLICT DO UPDATE SET last = max(last, excluded.last)`,
		`UPDATE bar_range SET last = ?5 - 1 WHERE source = ?1 AND schema = ?2 AND symbol = ?3 AND dataset = ?4 AND first < ?5 AND last >= ?5`,
		`DELETE FROM bar_range WHERE source = ?1 AND schema = ?2 AND symbol = ?3 AND dataset = ?4 AND first = ?5`,
	} {
		if _, err := tx.ExecContext(ctx, s, k.Source, k.Schema, k.Symbol, k.Dataset, date); err != nil {
			return err
		}
	}
	return nil
}

// notSalvageable is the answer when nothing of a database can be read.
func notSalvageable(dir string, err error) error {
	return &lombard.Error{
		Kind: lombard.KindStorage, Code: lombard.CodeDamaged, Err: err,
		Message: fmt.Sprintf("The database in %s is damaged beyond repair.", dir),
		Hint:    "Restore a backup with lombard restore FILE, or set LOMBARD_DATA_DIR to a new folder.",
	}
}
