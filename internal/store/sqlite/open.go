// Package sqlite keeps runs, results and imported prices in one SQLite file of
// a data directory that one process holds at a time. It implements app.Store
// and passes the suite in internal/store/storetest.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/pressly/goose/v3"
	"golang.org/x/sync/singleflight"
	sqlite3 "modernc.org/sqlite/lib"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

//go:embed migrations/*.sql
var migrations embed.FS

// FileName is the database's name inside a data directory.
const FileName = "lombard.db"

// PurposeServer marks a process that holds the data directory for long.
const PurposeServer = "server"

// Options say who opens a data directory.
type Options struct {
	Purpose string // PurposeServer, or the command's name
	Address string // of a server, for the sentence a second process is told
	// Yield is asked while another process holds the directory: true gives up
	// at once, because that process can be worked through. Nil: it cannot.
	Yield func() bool

	Observe func(query string) // nil, or told every statement before it runs
}

// DB is an open data directory.
type DB struct {
	dir     string
	hold    *hold
	guard   *guard
	observe func(query string)
	writer  *sql.DB // one connection
	reader  *sql.DB // query-only
	commits *committer
	probes  singleflight.Group // checks of whether it can be written to
	tickets app.Tickets
	encode  *zstd.Encoder
	decode  *zstd.Decoder
}

var _ app.Store = (*DB)(nil)

// Open takes the data directory for this process, creating it if need be, and
// brings its database up to date. Errors are *lombard.Error of kind storage
// with code data_dir_in_use, data_dir_read_only, data_dir_changed, disk_full,
// newer_schema or storage_io.
func Open(ctx context.Context, dir string, o Options) (*DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, directoryError(dir, err)
	}
	held, err := acquire(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	db := &DB{dir: dir, hold: held, observe: o.Observe}
	removeSpooled(dir)
	// Before SQLite opens it: the log and the index take the database's mode.
	_ = makePrivate(dir) // doctor tells what cannot be changed
	if err := db.open(ctx); err != nil {
		held.release()
		return nil, err
	}
	return db, nil
}

// open opens what Open needs beside the lock; after an error nothing of it
// stays open.
func (db *DB) open(ctx context.Context) (err error) {
	path := filepath.Join(db.dir, FileName)
	if db.writer, err = db.openPool(path, 1, db.unsynced, "_txlock=immediate", "_pragma=synchronous(FULL)", "_pragma=journal_size_limit(67108864)", "_pragma=cache_size(-16384)"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = db.writer.Close()
		}
	}()
	if err := migrate(ctx, db.writer, db.dir); err != nil {
		return err
	}
	if db.reader, err = db.openPool(path, 4, nil, "_pragma=query_only(1)", "_pragma=cache_size(-4096)"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = db.reader.Close()
		}
	}()
	// Digits hardly repeat: on a result of ten years this level takes less time
	// than the default and less room, and a longer window takes more room.
	if db.encode, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(128<<10)); err != nil {
		return fmt.Errorf("start compressor: %w", err)
	}
	if db.decode, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30)); err != nil {
		return fmt.Errorf("start decompressor: %w", err)
	}
	if db.guard, err = newGuard(ctx, db.hold, db.writer, db.reader); err != nil {
		db.decode.Close()
		return err
	}
	db.commits = newCommitter(db.writer, db.dir, db.guard.check)
	db.guard.watch(db.commits.fail)
	return nil
}

// openPool opens a pool on the file. busy_timeout comes first so that the
// other pragmas wait for a lock too.
func (db *DB) openPool(path string, conns int, unsynced func(error), settings ...string) (*sql.DB, error) {
	all := append([]string{
		"_pragma=busy_timeout(10000)", "_pragma=journal_mode(WAL)", "_pragma=foreign_keys(1)",
		"_pragma=trusted_schema(0)", "_pragma=temp_store(2)",
	}, settings...)
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}).String()
	connector, err := newConnector(dsn+"?"+strings.Join(all, "&"), db.observe, unsynced)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", FileName, err)
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}

// unsynced ends all writing after a sync that failed: what it was to make
// durable may be lost although the next one succeeds.
func (db *DB) unsynced(err error) {
	if db.commits != nil { // else it is being opened, which fails with the error
		db.commits.fail(err)
	}
}

// migrate applies our own migrations; the queue applies its own.
func migrate(ctx context.Context, writer *sql.DB, dir string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, writer, files, goose.WithTableName("lombard_schema"))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return directoryError(dir, err)
	}
	if current > target {
		return newerSchema(dir, current, target)
	}
	if current == target {
		return nil
	}
	if _, err := provider.Up(ctx); err != nil {
		return directoryError(dir, err)
	}
	return nil
}

func newerSchema(dir string, current, target int64) error {
	return &lombard.Error{
		Kind: lombard.KindStorage, Code: lombard.CodeNewerSchema,
		Message: fmt.Sprintf("The database in %s was written by a newer lombard (schema %d, this program knows %d).", dir, current, target),
		Hint:    "Use that newer program, or set LOMBARD_DATA_DIR to another directory.",
	}
}

// UseTickets tells the store the queue whose tickets join its transactions.
// It is called once, before the first submit.
func (db *DB) UseTickets(t app.Tickets) { db.tickets = t }

// Writer returns the pool that the queue shares. It has one connection.
func (db *DB) Writer() *sql.DB { return db.writer }

// Dir returns the data directory.
func (db *DB) Dir() string { return db.dir }

// Fatal delivers the error after which nothing more can be acknowledged, such
// as a failed fsync or a database file that was removed. The process is to end and recover at its next start.
func (db *DB) Fatal() <-chan error { return db.commits.fatal }

// Failed returns the error that Fatal delivered, nil while there is none.
func (db *DB) Failed() error {
	if failed := db.commits.failed.Load(); failed != nil {
		return *failed
	}
	return nil
}

// Close waits for running transactions, folds the log into the file and gives
// the data directory free.
func (db *DB) Close() error {
	db.guard.close()
	db.commits.close()
	_ = db.reader.Close()
	_, _ = db.writer.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	err := db.writer.Close()
	db.decode.Close()
	db.hold.release()
	return err
}

// DirectoryError puts an error that was met while a data directory was opened
// into a sentence.
func DirectoryError(dir string, err error) error { return directoryError(dir, err) }

// DiskFailed reports whether reading or writing the database failed in the disk
// or the file system below it.
func DiskFailed(err error) bool {
	return codeOf(err)&primary == sqlite3.SQLITE_IOERR && !isNoSpace(err)
}

// directoryError says what is wrong with the data directory.
func directoryError(dir string, err error) error {
	if own, ok := errors.AsType[*lombard.Error](storageError(err)); ok && own.Code != lombard.CodeIO {
		if own.Message == damagedMessage {
			own.Message = fmt.Sprintf("The database in %s is damaged.", dir)
		}
		return own
	}
	e := &lombard.Error{
		Kind: lombard.KindStorage, Code: lombard.CodeIO, Err: err,
		Message: fmt.Sprintf("The data directory %s cannot be used.", dir),
		Hint:    "Make it a writable folder on a local disk, or set LOMBARD_DATA_DIR.",
	}
	if errors.Is(err, fs.ErrPermission) || isReadOnly(err) {
		e.Code = lombard.CodeReadOnly
		e.Message = fmt.Sprintf("The data directory %s cannot be written to.", dir)
	}
	return e
}
