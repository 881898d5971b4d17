//go:build unix

package cli

import (
	"io/fs"
	"os"
	"syscall"
)

// doorsArePrivate: the mode of a socket says who may use it.
const doorsArePrivate = true

// isMine reports whether this user, or the system's, made a file.
func isMine(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && (int(stat.Uid) == os.Geteuid() || stat.Uid == 0)
}
