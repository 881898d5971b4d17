package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"lombard.example/lombard"
)

// guardEvery is how often the guard looks while nothing is written; what is
// written is checked before it is acknowledged.
const guardEvery = time.Second

// guard notices that a file of an open database was removed or replaced: what
// is written after that is in a file that nobody will find again.
type guard struct {
	files []guarded
	stop  chan struct{}
	loop  sync.WaitGroup
}

// guarded is one file, as it was when it was opened.
type guarded struct {
	path string
	info fs.FileInfo
}

// newGuard notes which files are open. It reads through both pools first, which
// makes SQLite create its log and its index.
func newGuard(ctx context.Context, h *hold, pools ...*sql.DB) (*guard, error) {
	for _, pool := range pools {
		var tables int
		if err := pool.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
			return nil, directoryError(h.dir, err)
		}
	}
	g := &guard{stop: make(chan struct{})}
	database := filepath.Join(h.dir, FileName)
	log, err := filepath.EvalSymlinks(database) // SQLite puts its files beside the real one
	if err != nil {
		return nil, directoryError(h.dir, err)
	}
	for path, open := range map[string]func() (fs.FileInfo, error){
		database:      h.database.Stat,
		h.lock.Path(): h.lock.Stat,
		log + "-wal":  func() (fs.FileInfo, error) { return os.Stat(log + "-wal") },
		log + "-shm":  func() (fs.FileInfo, error) { return os.Stat(log + "-shm") },
	} {
		info, err := open()
		if err != nil {
			return nil, directoryError(h.dir, err)
		}
		g.files = append(g.files, guarded{path, info})
	}
	return g, g.check()
}

// check returns an error when a path no longer names the file that is open.
func (g *guard) check() error {
	for _, f := range g.files {
		now, err := os.Stat(f.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return gone(f.path, "removed", err)
		case err != nil:
			return gone(f.path, "made unreachable", err)
		case !os.SameFile(f.info, now):
			return gone(f.path, "replaced", nil)
		}
	}
	return nil
}

func gone(path, how string, err error) error {
	return &lombard.Error{
		Kind: lombard.KindStorage, Code: lombard.CodeFilesGone, Err: err,
		Message: fmt.Sprintf("The file %s of the data directory was %s while lombard was using it, so nothing more is stored.", filepath.Base(path), how),
		Hint:    "Put the file back or restore a backup, then start lombard again.",
	}
}

// watch looks until close, and reports the first thing it finds.
func (g *guard) watch(report func(error)) {
	g.loop.Go(func() {
		tick := time.NewTicker(guardEvery)
		defer tick.Stop()
		for {
			select {
			case <-g.stop:
				return
			case <-tick.C:
				if err := g.check(); err != nil {
					report(err)
					return
				}
			}
		}
	})
}

func (g *guard) close() {
	close(g.stop)
	g.loop.Wait()
}
