package sqlite

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// primary masks SQLite's extended result codes down to the primary one.
const primary = 0xff

func codeOf(err error) int {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e.Code()
	}
	return 0
}

// isReadOnly reports whether something could not be written because the file or
// the file system does not allow it.
func isReadOnly(err error) bool {
	return errors.Is(err, syscall.EROFS) || codeOf(err)&primary == sqlite3.SQLITE_READONLY
}

// failedToWrite reports whether SQLite could not write, which it says without
// the system's reason. Nothing is in the file then.
func failedToWrite(err error) bool {
	code := codeOf(err)
	return code == sqlite3.SQLITE_IOERR_WRITE || code == sqlite3.SQLITE_IOERR_TRUNCATE
}

// turnedReadOnly reports whether the file system of a directory takes no files,
// as one that turned read-only after an error of its own.
func turnedReadOnly(dir string) bool {
	f, err := os.CreateTemp(dir, spoolPattern) // what stays of it, the next start removes
	if err != nil {
		return errors.Is(err, syscall.EROFS)
	}
	_ = spooled{f}.Close()
	return false
}

// storageError turns a database error into the one people meet. Our own
// errors, context errors and nil pass through.
func storageError(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		return own
	}
	code := codeOf(err)
	switch {
	case code&primary == sqlite3.SQLITE_FULL || errors.Is(err, syscall.ENOSPC):
		return &lombard.Error{
			Kind: lombard.KindStorage, Code: lombard.CodeDiskFull, Err: err,
			Message: "The disk of the data directory is full, so nothing was stored.",
			Hint:    "Free some space and try again; no restart is needed.",
		}
	case isReadOnly(err):
		return &lombard.Error{
			Kind: lombard.KindStorage, Code: lombard.CodeReadOnly, Err: err,
			Message: "The data directory cannot be written to, so nothing was stored.",
			Hint:    "Make it writable or set LOMBARD_DATA_DIR.",
		}
	case code&primary == sqlite3.SQLITE_CORRUPT || code&primary == sqlite3.SQLITE_NOTADB:
		return &lombard.Error{
			Kind: lombard.KindStorage, Code: lombard.CodeDamaged, Err: err,
			Message: damagedMessage,
			Hint:    damagedHint,
		}
	default:
		return &lombard.Error{
			Kind: lombard.KindStorage, Code: lombard.CodeIO, Err: err,
			Message: "The database could not be read or written.",
			Hint:    "Try again; if it persists, check the disk of the data directory.",
		}
	}
}

// failedForGood marks the error after which nothing is written any more.
func failedForGood(err error) error {
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		marked := *own
		marked.Err = errors.Join(app.ErrStoreFailed, own.Err)
		return &marked
	}
	return errors.Join(app.ErrStoreFailed, err)
}

const damagedMessage = "The database is damaged."

// damagedHint says what to do about a damaged database.
const damagedHint = "Stop lombard, then run lombard check --repair, or restore a backup with lombard restore FILE."

// isFatal reports whether the disk failed, or its files went, in a way after
// which no commit can be trusted until the file has been reopened.
func isFatal(err error) bool {
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		return own.Code == lombard.CodeFilesGone
	}
	switch codeOf(err) {
	case sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC:
		return failedToSync(err)
	case sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_WRITE:
		return !isNoSpace(err) && !isReadOnly(err)
	default:
		return false
	}
}

// failedToSync reports whether what was written may not be on the disk.
func failedToSync(err error) bool {
	code := codeOf(err)
	return (code == sqlite3.SQLITE_IOERR_FSYNC || code == sqlite3.SQLITE_IOERR_DIR_FSYNC) && !isNoSpace(err)
}

func isNoSpace(err error) bool { return strings.Contains(err.Error(), "no space left") }

func notFound(id string) error {
	return &lombard.Error{
		Kind: lombard.KindNotFound, Code: "job_not_found",
		Message: "There is no job " + id + " in this workspace.",
		Hint:    "List the workspace's jobs to find it.",
	}
}

// passOn keeps the answers that callers act on and words the rest.
func passOn(err error) error {
	if err == nil || errors.Is(err, app.ErrStale) {
		return err
	}
	return storageError(err)
}

// isConstraint reports whether a row broke a rule of its table.
func isConstraint(err error) bool { return codeOf(err)&primary == sqlite3.SQLITE_CONSTRAINT }
