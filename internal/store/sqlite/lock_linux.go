package sqlite

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockAgain locks the database file itself, so that removing the lock file
// lets no second process in. On Linux flock is independent of the byte-range
// locks that SQLite uses.
func lockAgain(database *os.File, _ string) (*os.File, error) {
	err := unix.Flock(int(database.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errHeld
	}
	return database, err
}
