//go:build unix && !linux

package sqlite

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockAgain locks the folder itself, so that removing the lock file lets no
// second process in. The database cannot be locked here as it is on Linux:
// flock would exclude SQLite's own locks. A database that was moved to another
// folder is noticed by the guard instead.
func lockAgain(_ *os.File, dir string) (*os.File, error) {
	folder, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(folder.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return folder, nil
	}
	_ = folder.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errHeld
	}
	return nil, err
}
