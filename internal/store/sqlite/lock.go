package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"lombard.example/lombard"
)

const (
	lockName  = "lombard.lock"
	ownerName = "lombard.owner.json"
)

// lockPatience is how long Open waits for a short-lived holder of the data
// directory, such as another command, before it gives up.
const lockPatience = 3 * time.Second

// errHeld means that another process holds the data directory.
var errHeld = errors.New("the data directory is held by another process")

// hold is a data directory that this process holds: by a lock on the lock
// file, and by a second lock that does not go away with that file. The kernel
// drops both when the process ends, however it ends.
type hold struct {
	dir string
	// database is the database file. It stays open until SQLite has closed it:
	// a process that closes any descriptor of a file loses the locks that
	// SQLite has on it.
	database *os.File
	lock     *flock.Flock
	second   *os.File // what carries the second lock, if not the database
}

// owner is what the owner file tells a second process.
type owner struct {
	PID     int    `json:"pid"`
	Purpose string `json:"purpose"`
	Address string `json:"address,omitempty"`
}

// acquire takes the data directory; a process that died holds nothing,
// whatever its files say.
func acquire(ctx context.Context, dir string, o Options) (*hold, error) {
	patience, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		h, err := tryAcquire(dir)
		if err == nil {
			if err := h.sign(o); err != nil {
				h.release()
				return nil, directoryError(dir, err)
			}
			return h, nil
		}
		if !errors.Is(err, errHeld) {
			return nil, directoryError(dir, err)
		}
		holder := readOwner(dir)
		if o.Yield != nil && o.Yield() || o.Yield == nil && holder.Purpose == PurposeServer || patience.Err() != nil {
			return nil, inUse(dir, holder)
		}
		select {
		case <-patience.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// tryAcquire takes both locks or none.
func tryAcquire(dir string) (*hold, error) {
	h := &hold{dir: dir, lock: flock.New(filepath.Join(dir, lockName))}
	ok, err := h.lock.TryLock()
	if err == nil && !ok {
		err = errHeld
	}
	if err == nil { // the previous holder may have removed the file that we locked
		err = same(h.lock.Stat, h.lock.Path())
	}
	if err == nil {
		h.database, err = os.OpenFile(filepath.Join(dir, FileName), os.O_RDONLY|os.O_CREATE, 0o600)
	}
	if err == nil {
		h.second, err = lockAgain(h.database, dir)
	}
	if err != nil {
		h.free()
		return nil, err
	}
	return h, nil
}

// same returns errHeld unless path still names the open file.
func same(open func() (os.FileInfo, error), path string) error {
	is, err := open()
	if err != nil {
		return err
	}
	if now, err := os.Stat(path); err != nil || !os.SameFile(is, now) {
		return errHeld
	}
	return nil
}

// sign writes who holds the directory.
func (h *hold) sign(o Options) error {
	text, err := json.Marshal(owner{PID: os.Getpid(), Purpose: o.Purpose, Address: o.Address})
	if err != nil {
		return fmt.Errorf("encode owner: %w", err)
	}
	return os.WriteFile(filepath.Join(h.dir, ownerName), text, 0o600)
}

// release gives the directory free; SQLite has closed the database before.
func (h *hold) release() {
	if readOwner(h.dir).PID == os.Getpid() {
		_ = os.Remove(filepath.Join(h.dir, ownerName))
	}
	h.free()
}

func (h *hold) free() {
	if h.second != nil && h.second != h.database {
		_ = h.second.Close()
	}
	if h.database != nil {
		_ = h.database.Close()
	}
	_ = h.lock.Unlock()
}

func readOwner(dir string) owner {
	var o owner
	if text, err := os.ReadFile(filepath.Join(dir, ownerName)); err == nil {
		_ = json.Unmarshal(text, &o)
	}
	return o
}

func inUse(dir string, holder owner) error {
	e := &lombard.Error{Kind: lombard.KindStorage, Code: lombard.CodeInUse}
	switch holder.Purpose {
	case PurposeServer:
		e.Message = fmt.Sprintf("A lombard server (pid %d, %s) is using %s.", holder.PID, holder.Address, dir)
		e.Hint = fmt.Sprintf("Add --server %s or set LOMBARD_DATA_DIR.", holder.Address)
	case "": // the owner file was removed, or is being written
		e.Message = fmt.Sprintf("Another lombard process is using %s.", dir)
		e.Hint = "Stop it, or set LOMBARD_DATA_DIR."
	default:
		e.Message = fmt.Sprintf("Another lombard command (pid %d, %s) is using %s.", holder.PID, holder.Purpose, dir)
		e.Hint = "Wait until it is done or set LOMBARD_DATA_DIR."
	}
	return e
}
