package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"lombard.example/lombard"
)

// Checked is what reading everything of one kind found.
type Checked struct {
	Kind     string   `json:"kind"`
	Read     int      `json:"read"`     // how many there are
	Damaged  int      `json:"damaged"`  // how many of them still are
	Repaired int      `json:"repaired"` // how many were, before the repair
	Notes    []string `json:"notes"`    // in sentences, at most mostNotes
}

// mostNotes bounds what is told of one kind; the count tells the rest.
const mostNotes = 10

func (c *Checked) note(format string, args ...any) {
	if len(c.Notes) < mostNotes {
		c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
	}
}

func (c *Checked) damage(format string, args ...any) {
	c.Damaged++
	c.note(format, args...)
}

// CheckReport is what a check of a database found.
type CheckReport struct {
	InUse    bool      `json:"in_use"` // by another process, which went on working meanwhile
	Checks   []Checked `json:"checks"`
	Damaged  int       `json:"damaged"`
	Repaired int       `json:"repaired"`
	Kept     string    `json:"kept,omitempty"` // where a repair left the database as it was
}

// Check reads everything in a data directory, beside a process that uses it if
// there is one. With repair it must be alone: it drops what is damaged, so that
// running the same requests again brings it back, and rebuilds what it can.
// Errors are *lombard.Error of kind storage.
func Check(ctx context.Context, dir string, repair bool) (CheckReport, error) {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return CheckReport{}, noDatabase(dir)
	}
	held, err := holdForCheck(ctx, dir, repair)
	if err != nil {
		return CheckReport{}, err
	}
	if held != nil {
		defer held.release()
	}
	i, err := inspect(ctx, path, "")
	if err != nil {
		return CheckReport{}, err
	}
	defer func() { i.close() }()
	before := i.report
	before.InUse = held == nil
	if !repair || before.Damaged == 0 {
		return before, nil
	}
	kept, err := i.repair(ctx, dir)
	i.close()
	if err != nil {
		return before, directoryError(dir, err)
	}
	if i, err = inspect(ctx, path, ""); err != nil {
		return before, err
	}
	return compare(before, i.report, kept), nil
}

// holdForCheck takes the data directory; none, without waiting, when another
// process has it and nothing is to be repaired.
func holdForCheck(ctx context.Context, dir string, repair bool) (*hold, error) {
	o := Options{Purpose: "lombard check"}
	if repair {
		return acquire(ctx, dir, o)
	}
	held, err := tryAcquire(dir)
	if errors.Is(err, errHeld) {
		return nil, nil //nolint:nilnil // it is checked beside the other process
	}
	if err == nil {
		if err = held.sign(o); err == nil {
			return held, nil
		}
		held.release()
	}
	return nil, directoryError(dir, err)
}

// compare tells what a repair achieved.
func compare(before, after CheckReport, kept string) CheckReport {
	for n := range after.Checks {
		c := &after.Checks[n]
		for _, was := range before.Checks {
			if was.Kind == c.Kind && was.Damaged > c.Damaged {
				c.Repaired = was.Damaged - c.Damaged
				after.Repaired += c.Repaired
				for _, note := range was.Notes {
					c.note("%s", note)
				}
			}
		}
	}
	after.Kept = kept
	return after
}

func noDatabase(dir string) error {
	return &lombard.Error{
		Kind: lombard.KindStorage, Code: "no_database",
		Message: fmt.Sprintf("There is no database in %s.", dir),
		Hint:    "Check --data-dir (LOMBARD_DATA_DIR); lombard restore FILE puts a backup there.",
	}
}

// inspector reads a database whatever its state.
type inspector struct {
	db     *DB // decompresses only
	pool   *sql.DB
	schema int64
	report CheckReport
	found  damage
}

// damage is what an inspection found, for the repair.
type damage struct {
	structure bool            // pages or tables, not only indexes
	indexes   bool            // no longer agree with their tables
	parts     map[string]bool // digests of pieces
	results   []string        // digests
	mended    []string        // results that jobs call lost, and that are sound
	runs      []string        // ids
	ended     []string        // ids of runs whose status or outcome is damaged
	files     []int64         // rows of price_file
	chains    []int64         // ids
	bars      []staleBar      // prices
	orphans   bool            // rows that refer to nothing
	count     bool            // of the runs that wait
}

// inspect reads everything in a database file; mode is what SQLite is to open
// it with beside query_only.
func inspect(ctx context.Context, path, mode string) (*inspector, error) {
	decode, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, fmt.Errorf("start decompressor: %w", err)
	}
	i := &inspector{db: &DB{decode: decode}, found: damage{parts: map[string]bool{}}}
	if i.pool, err = rawPool(path, "_pragma=query_only(1)"+mode); err != nil {
		decode.Close()
		return nil, err
	}
	if i.readVersion(ctx); i.schema > newestSchema() {
		i.close()
		return nil, newerSchema(filepath.Dir(path), i.schema, newestSchema())
	}
	if !i.structure(ctx) {
		return i, ctx.Err() // nothing in it can be read
	}
	for _, kind := range []struct {
		name string
		read func(context.Context, *Checked) error
	}{
		{"references", i.references},
		{"queue", i.queue},
		{"requests", i.requests},
		{"outcomes", i.outcomes},
		{"result pieces", i.pieces},
		{"results", i.results},
		{"price files", i.priceFiles},
		{"prices", i.bars},
		{"option chains", i.chains},
	} {
		c := Checked{Kind: kind.name, Notes: []string{}}
		if err := kind.read(ctx, &c); err != nil && !isMissingTable(err) {
			if ctx.Err() != nil {
				i.close()
				return nil, ctx.Err()
			}
			i.found.structure = true
			c.damage("Reading stopped: %s.", strings.TrimSuffix(err.Error(), "."))
		}
		i.add(c)
	}
	return i, nil
}

func (i *inspector) add(c Checked) {
	i.report.Checks = append(i.report.Checks, c)
	i.report.Damaged += c.Damaged
}

func (i *inspector) close() {
	_ = i.pool.Close()
	i.db.decode.Close()
}

// rawPool opens a pool that changes nothing about the file, which may be
// damaged: no journal mode and no schema.
func rawPool(path, settings string) (*sql.DB, error) {
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}).String()
	connector, err := newConnector(dsn+"?_pragma=busy_timeout(10000)&_pragma=trusted_schema(0)&_pragma=temp_store(2)&"+settings, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(path), err)
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(2) // one reads rows, the other looks up what they name
	return pool, nil
}

// readVersion reads which schema the database has; 0 when it has none.
func (i *inspector) readVersion(ctx context.Context) {
	_ = i.pool.QueryRowContext(ctx, "SELECT ifnull(max(version_id), 0) FROM lombard_schema WHERE is_applied").Scan(&i.schema)
}

// newestSchema is the version of the last migration of this program.
func newestSchema() int64 {
	var newest int64
	names, _ := fs.Glob(migrations, "migrations/*.sql") // the pattern is well formed
	for _, name := range names {
		var version int64
		if _, err := fmt.Sscanf(filepath.Base(name), "%d_", &version); err == nil {
			newest = max(newest, version)
		}
	}
	return newest
}

// isMissingTable reports whether a statement failed because the database is of
// before there was a table or a column.
func isMissingTable(err error) bool {
	return strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "no such column")
}

// structure asks SQLite whether the file is a sound database; not readable
// when it is none at all.
func (i *inspector) structure(ctx context.Context) (readable bool) {
	c := Checked{Kind: "database", Notes: []string{}}
	err := i.pool.QueryRowContext(ctx, "PRAGMA page_count").Scan(&c.Read)
	readable = err == nil
	if readable {
		err = i.each(ctx, "PRAGMA integrity_check(100)", func(row scanner) error {
			var said string
			if err := row.Scan(&said); err != nil || said == "ok" {
				return err
			}
			said = strings.TrimPrefix(said, "*** in database main ***\n")
			c.damage("SQLite says: %s.", said)
			if ofIndex(said) {
				i.found.indexes = true
			} else {
				i.found.structure = true
			}
			return nil
		})
	}
	if err != nil {
		i.found.structure = true
		c.damage("SQLite says: %s.", strings.TrimSuffix(err.Error(), "."))
	}
	i.add(c)
	return readable
}

// ofIndex reports whether a finding of SQLite's is about an index, which can
// be built anew from its table.
func ofIndex(said string) bool {
	for _, words := range []string{"missing from index", "entries in index", "non-unique entry in index"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}

// each calls visit with every row of a query.
func (i *inspector) each(ctx context.Context, query string, visit func(scanner) error) error {
	rows, err := i.pool.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
