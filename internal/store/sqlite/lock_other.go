//go:build !unix

package sqlite

import "os"

// lockAgain does nothing on Windows: a file that a process has open there
// cannot be removed, so the lock file is enough.
func lockAgain(*os.File, string) (*os.File, error) { return nil, nil } //nolint:nilnil // there is no second lock
