package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lombard.example/lombard"
)

// Backup writes the database of a data directory to one file, beside a process
// that uses it if there is one. The file holds everything that was acknowledged
// before the call. It is read back whole and only then gets its name; a file of
// that name is replaced only with overwrite.
func Backup(ctx context.Context, dir, file string, overwrite bool) (CheckReport, error) {
	path := filepath.Join(dir, FileName)
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return CheckReport{}, noDatabase(dir)
	}
	if _, err := os.Lstat(file); err == nil && !overwrite {
		return CheckReport{}, exists(file)
	}
	partial, err := os.CreateTemp(filepath.Dir(file), ".lombard-backup-*")
	if err != nil {
		return CheckReport{}, notWritten(file, err)
	}
	defer removeDatabase(partial.Name())
	if err := partial.Close(); err != nil {
		return CheckReport{}, notWritten(file, err)
	}
	if err := copyInto(ctx, path, partial.Name()); err != nil {
		if ctx.Err() != nil {
			return CheckReport{}, ctx.Err()
		}
		if own, ok := errors.AsType[*lombard.Error](storageError(err)); ok && own.Code == lombard.CodeDamaged {
			return CheckReport{}, directoryError(dir, err)
		}
		return CheckReport{}, notWritten(file, err)
	}
	report, err := verifyFile(ctx, partial.Name())
	if err != nil {
		return report, err
	}
	if report.Damaged > 0 {
		return report, &lombard.Error{
			Kind: lombard.KindStorage, Code: lombard.CodeDamaged,
			Message: fmt.Sprintf("The data in %s is damaged, so no backup was written.", dir),
			Hint:    "See what with lombard check, and mend it with lombard check --repair.",
		}
	}
	if err := publish(partial.Name(), file, overwrite); err != nil {
		return report, err
	}
	return report, nil
}

// copyInto writes one snapshot of a database to an empty file.
func copyInto(ctx context.Context, path, file string) error {
	pool, err := rawPool(path, "_pragma=cache_size(-4096)")
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?", file)
	return errors.Join(err, pool.Close())
}

// verifyFile reads everything in a database file that nobody writes to.
func verifyFile(ctx context.Context, file string) (CheckReport, error) {
	i, err := inspect(ctx, file, "&mode=ro&immutable=1")
	if err != nil {
		return CheckReport{}, err
	}
	defer i.close()
	if i.schema == 0 {
		return i.report, &lombard.Error{
			Kind: lombard.KindValidation, Code: "not_a_backup",
			Message: fmt.Sprintf("%s is not a backup of lombard, or is damaged from its beginning.", file),
			Hint:    "Use a file that lombard backup wrote.",
		}
	}
	return i.report, nil
}

// publish gives a finished file its name.
func publish(partial, file string, overwrite bool) error {
	if err := syncFile(partial); err != nil {
		return notWritten(file, err)
	}
	if overwrite {
		if err := os.Rename(partial, file); err != nil {
			return notWritten(file, err)
		}
		return syncFolder(filepath.Dir(file))
	}
	switch err := os.Link(partial, file); { // unlike a rename, it replaces nothing
	case errors.Is(err, fs.ErrExist):
		return exists(file)
	case err != nil: // a file system without links
		if err := os.Rename(partial, file); err != nil {
			return notWritten(file, err)
		}
	}
	return syncFolder(filepath.Dir(file))
}

func exists(file string) error {
	return &lombard.Error{
		Kind: lombard.KindConflict, Code: "file_exists",
		Message: fmt.Sprintf("The file %s exists already.", file), Hint: "Choose another name, or replace it with --force.",
	}
}

func notWritten(file string, err error) error {
	e := &lombard.Error{
		Kind: lombard.KindStorage, Code: "file_not_written", Err: err,
		Message: fmt.Sprintf("The file %s could not be written.", file), Hint: "Check that its folder exists, can be written to and has space.",
	}
	if own, ok := errors.AsType[*lombard.Error](storageError(err)); ok && own.Code == lombard.CodeDiskFull {
		e.Code, e.Message, e.Hint = own.Code, fmt.Sprintf("The disk is full, so %s was not written.", file), "Free some space, or choose another disk."
	}
	return e
}

// Restore puts a backup in the place of the database of a data directory that
// nobody uses. The copy is read back whole before it replaces anything, in one
// step; a database that is there is replaced only with overwrite.
func Restore(ctx context.Context, file, dir string, overwrite bool) (CheckReport, error) {
	if err := restorable(file); err != nil {
		return CheckReport{}, err
	}
	path := filepath.Join(dir, FileName)
	there := func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() > 0
	}
	if there() && !overwrite {
		return CheckReport{}, occupied(dir)
	}
	if err := os.MkdirAll(dir, privateFolder); err != nil {
		return CheckReport{}, directoryError(dir, err)
	}
	held, err := acquire(ctx, dir, Options{Purpose: "lombard restore"})
	if err != nil {
		return CheckReport{}, err
	}
	defer held.release()
	if there() && !overwrite { // somebody used the folder meanwhile
		return CheckReport{}, occupied(dir)
	}
	fresh := path + ".restore"
	defer removeDatabase(fresh)
	if err := copyFile(ctx, file, fresh); err != nil {
		if ctx.Err() != nil {
			return CheckReport{}, ctx.Err()
		}
		return CheckReport{}, directoryError(dir, err)
	}
	report, err := verifyFile(ctx, fresh)
	if own, ok := errors.AsType[*lombard.Error](err); ok && own.Code == "not_a_backup" {
		own.Message = fmt.Sprintf("%s is not a backup of lombard, or is damaged from its beginning.", file)
	}
	if err != nil {
		return report, err
	}
	if report.Damaged > 0 {
		return report, &lombard.Error{
			Kind: lombard.KindStorage, Code: lombard.CodeDamaged,
			Message: fmt.Sprintf("The backup %s is damaged, so nothing was replaced.", file), Hint: "Use another backup.",
		}
	}
	fold(ctx, path)
	if err := replaceDatabase(fresh, path, ""); err != nil {
		return report, directoryError(dir, err)
	}
	_ = makePrivate(dir)
	return report, nil
}

// restorable refuses what is certainly no backup.
func restorable(file string) error {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &lombard.Error{
			Kind: lombard.KindNotFound, Code: "no_such_file",
			Message: fmt.Sprintf("There is no file %s.", file), Hint: "Use a file that lombard backup wrote.",
		}
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &lombard.Error{
			Kind: lombard.KindValidation, Code: "not_a_backup",
			Message: fmt.Sprintf("%s is not a file.", file), Hint: "Use a file that lombard backup wrote.",
		}
	}
	if log, err := os.Stat(file + "-wal"); err == nil && log.Size() > 0 {
		return &lombard.Error{
			Kind: lombard.KindValidation, Code: "not_a_backup",
			Message: fmt.Sprintf("%s has a log beside it (%s-wal) with a part of its data.", file, filepath.Base(file)),
			Hint:    "Make one file of both with lombard backup, and restore that.",
		}
	}
	return nil
}

func occupied(dir string) error {
	return &lombard.Error{
		Kind: lombard.KindConflict, Code: "database_exists",
		Message: fmt.Sprintf("There is a database in %s already.", dir),
		Hint:    "Back it up if you need it, then replace it with --force; or restore into another folder with --data-dir.",
	}
}

// fold empties the log of a database that is about to be replaced, as far as
// that is possible.
func fold(ctx context.Context, path string) {
	if pool, err := rawPool(path, ""); err == nil {
		_, _ = pool.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)") // it may be damaged: that is why it is replaced
		_ = pool.Close()
	}
}

// copyFile copies a file and makes it durable.
func copyFile(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, privateFile)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, cancellable{ctx, in})
	return errors.Join(err, out.Sync(), out.Close())
}

// cancellable is a reader that ends with its context.
type cancellable struct {
	ctx context.Context
	in  io.Reader
}

// Read implements io.Reader.
func (c cancellable) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.in.Read(b)
}
