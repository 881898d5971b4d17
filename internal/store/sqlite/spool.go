package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// spoolPattern names the temporary files of the data directory.
const spoolPattern = "upload-*.tmp"

// spooled is a temporary file that its Close removes.
type spooled struct{ *os.File }

// Close implements io.Closer.
func (s spooled) Close() error {
	err := s.File.Close()
	return errors.Join(err, os.Remove(s.Name()))
}

// Spool copies what r gives into a temporary file of the data directory, which
// its owner alone may read and which the Close of what is returned removes; one
// that a crash left behind is removed when the directory is opened again. An
// error of r's own that is a *lombard.Error is returned as it is.
func (db *DB) Spool(ctx context.Context, r io.Reader) (app.Spooled, error) {
	f, err := os.CreateTemp(db.dir, spoolPattern) // of mode 0600
	if err != nil {
		return nil, storageError(fmt.Errorf("create a temporary file: %w", err))
	}
	file := spooled{f}
	_, err = io.Copy(f, untilDone{ctx, r})
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err == nil {
		return file, nil
	}
	_ = file.Close() // the copy's error is the one to tell
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		return nil, own
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, storageError(fmt.Errorf("write a temporary file: %w", err))
}

// untilDone is a reader that ends with its context.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// removeSpooled removes the temporary files that a dead process left. The
// directory is this process's.
func removeSpooled(dir string) {
	entries, _ := os.ReadDir(dir) // one that cannot be read is told of by what follows
	for _, e := range entries {
		if ours, _ := filepath.Match(spoolPattern, e.Name()); ours && e.Type().IsRegular() {
			_ = os.Remove(filepath.Join(dir, e.Name())) // it is tried again at the next start
		}
	}
}
