package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
)

// salvaged are the tables that a salvage copies. Not among them are what the
// schema fills by itself and the tables of the ticket queue.
var salvaged = []string{"workspace", "result", "run", "result_part", "result_use", "price_file", "bar", "bar_range", "spend", "chain", "run_log"}

// mostProbes bounds how often a salvage looks for readable rows behind a
// damaged page of one table.
const mostProbes = 10_000

// salvage copies every row that can be read into a new database and puts that
// in the place of the damaged one, which it keeps under the name it returns.
func salvage(ctx context.Context, i *inspector, dir string) (kept string, err error) {
	path := filepath.Join(dir, FileName)
	fresh := path + ".salvage"
	removeDatabase(fresh)
	defer removeDatabase(fresh)
	db := &DB{dir: dir}
	to, err := db.openPool(fresh, 1, nil, "_txlock=immediate", "_pragma=synchronous(FULL)")
	if err != nil {
		return "", err
	}
	err = migrate(ctx, to, dir)
	if err == nil {
		err = copyAll(ctx, i.pool, to, dir)
	}
	if err == nil {
		_, err = to.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if err := errors.Join(err, to.Close()); err != nil {
		return "", err
	}
	i.close() // SQLite folds what it can of the log into the file
	kept = path + ".damaged-" + time.Now().UTC().Format("20060102-150405")
	return kept, replaceDatabase(fresh, path, kept)
}

// replaceDatabase puts a closed database without a log in the place of another,
// in one step; kept is a second name for the other one, none if empty. A log
// without its database would be read as the new one's, so it goes first.
func replaceDatabase(fresh, path, kept string) error {
	target, err := filepath.EvalSymlinks(path) // a database may be a link to another disk
	if errors.Is(err, fs.ErrNotExist) {
		target, err = path, nil
	}
	if err != nil {
		return err
	}
	_ = os.Chmod(fresh, privateFile)
	if kept != "" {
		if err := os.Link(target, kept); err != nil {
			return fmt.Errorf("keep the damaged database: %w", err)
		}
		if err := os.Rename(target+"-wal", kept+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(target + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := syncFile(fresh); err != nil {
		return err
	}
	if err := os.Rename(fresh, target); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(target))
}

// syncFile makes a file durable.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder makes the names in a folder durable, where the system can.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = f.Sync() // Windows has no such thing
	return f.Close()
}

func removeDatabase(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		_ = os.Remove(path + suffix)
	}
}

// copyAll copies what can be read of each table. Rows may refer to rows that
// are lost; the repair that follows mends that.
func copyAll(ctx context.Context, from, to *sql.DB, dir string) error {
	if _, err := to.ExecContext(ctx, "PRAGMA foreign_keys = OFF"); err != nil {
		return err
	}
	known := 0
	var lost []string
	for _, table := range salvaged {
		columns, err := commonColumns(ctx, from, to, table)
		if err != nil {
			return notSalvageable(dir, err)
		}
		if len(columns) == 0 {
			lost = append(lost, forgotten[table]...)
			continue
		}
		known++
		whole, err := copyTable(ctx, from, to, table, columns)
		if err != nil {
			return fmt.Errorf("copy %s: %w", table, err)
		}
		if !whole {
			lost = append(lost, forgotten[table]...)
		}
	}
	if known == 0 {
		return notSalvageable(dir, errors.New("it has no table of ours"))
	}
	for _, statement := range lost {
		if _, err := to.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%.40s: %w", statement, err)
		}
	}
	return nil
}

// forgotten is what no longer counts as here when rows of a table are lost: which
// prices are missing is not known, so the next runs fetch all of them again; a
// day of option quotes is a row, and an imported file has the number of its own.
var forgotten = map[string][]string{
	"bar": {"DELETE FROM bar_range WHERE schema <> '" + data.SchemaChains + "'"},
	"chain": {
		"DELETE FROM bar_range AS r WHERE schema = '" + data.SchemaChains + `' AND NOT EXISTS (
			SELECT 1 FROM chain c WHERE c.source = r.source AND c.dataset = r.dataset AND c.symbol = r.symbol AND c.date BETWEEN r.first AND r.last)`,
		"DELETE FROM price_file AS f WHERE quotes <> 0 AND quotes <> (SELECT total(quotes) FROM chain c WHERE c.source = '" + app.FileSource + "' AND c.dataset = f.digest AND c.symbol = f.symbol)",
	},
}

// commonColumns are the columns that a table has in both databases.
func commonColumns(ctx context.Context, from, to *sql.DB, table string) ([]string, error) {
	have, err := columnsOf(ctx, from, table)
	if err != nil {
		return nil, err
	}
	wanted, err := columnsOf(ctx, to, table)
	if err != nil {
		return nil, err
	}
	var common []string
	for _, name := range wanted {
		for _, other := range have {
			if name == other {
				common = append(common, name)
			}
		}
	}
	return common, nil
}

func columnsOf(ctx context.Context, db *sql.DB, table string) (names []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// copyTable copies a table from its beginning up to the first damage, then from
// its end back to the last, and what it finds between. It reports whether that
// was every row.
func copyTable(ctx context.Context, from, to *sql.DB, table string, columns []string) (whole bool, err error) {
	list := strings.Join(columns, ", ")
	insert := "INSERT OR IGNORE INTO " + table + " (" + list + ") VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
	whole = true
	read := func(query string, args ...any) (last int64, broken bool, err error) {
		tx, err := to.BeginTx(ctx, nil)
		if err != nil {
			return 0, false, err
		}
		defer func() { _ = tx.Rollback() }()
		last, broken, skipped, err := copyRows(ctx, from, tx, query, insert, len(columns), args...)
		whole = whole && !broken && !skipped
		return last, broken, errors.Join(err, tx.Commit())
	}
	hasRowID := from.QueryRowContext(ctx, "SELECT rowid FROM "+table+" LIMIT 0").Scan(new(int64))
	if errors.Is(hasRowID, sql.ErrNoRows) {
		err = copyByRowID(table, list, read)
		return whole, err
	}
	// A table that is kept in the order of its key is read in that order.
	_, broken, err := read("SELECT 0, " + list + " FROM " + table)
	if err != nil || !broken {
		return whole, err
	}
	order, err := keyOf(ctx, to, table)
	if err != nil {
		return false, err
	}
	_, _, err = read("SELECT 0, " + list + " FROM " + table + " ORDER BY " + order)
	return false, err
}

// keyOf returns the primary key of a table, backwards, as ORDER BY takes it.
func keyOf(ctx context.Context, db *sql.DB, table string) (string, error) {
	rows, err := db.QueryContext(ctx, "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", table)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var parts []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return "", err
		}
		parts = append(parts, name+" DESC")
	}
	return strings.Join(parts, ", "), rows.Err()
}

func copyByRowID(table, list string, read func(query string, args ...any) (last int64, broken bool, err error)) error {
	forward := "SELECT rowid, " + list + " FROM " + table + " NOT INDEXED WHERE rowid > ? ORDER BY rowid"
	last, broken, err := read(forward, int64(-1)<<62)
	if err != nil || !broken {
		return err
	}
	end, broken, err := read("SELECT rowid, "+list+" FROM "+table+" NOT INDEXED WHERE rowid > ? ORDER BY rowid DESC", last)
	if err != nil || !broken {
		return err
	}
	step := int64(1)
	for probes := 0; last+step < end && probes < mostProbes; probes++ {
		at, broken, err := read(forward+" LIMIT 1000", last+step)
		switch {
		case err != nil:
			return err
		case broken && at == 0: // still inside the damage
			step *= 2
		case at == 0: // nothing is left
			return nil
		default:
			last, step = at, 0
			if broken {
				step = 1
			}
		}
	}
	return nil
}

// copyRows copies the rows of a query. broken tells that reading stopped at
// damage, skipped that a row is none that the table takes, or is there already;
// last is the rowid of the last row before the damage.
func copyRows(ctx context.Context, from *sql.DB, tx *sql.Tx, query, insert string, columns int, args ...any) (last int64, broken, skipped bool, err error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, true, false, ctx.Err()
	}
	defer rows.Close()
	values := make([]any, columns)
	into := make([]any, columns+1)
	into[0] = &last
	for n := range values {
		into[n+1] = &values[n]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return last, true, skipped, nil // the row is damaged
		}
		done, err := tx.ExecContext(ctx, insert, values...)
		if err != nil && !isConstraint(err) {
			return last, false, skipped, err
		}
		if err != nil {
			skipped = true
		} else if n, err := done.RowsAffected(); err != nil || n == 0 {
			skipped = true
		}
	}
	return last, rows.Err() != nil, skipped, ctx.Err()
}
