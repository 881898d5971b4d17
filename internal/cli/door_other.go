//go:build !unix

package cli

import "io/fs"

// doorsArePrivate: a socket has no mode here, so none is opened, and a command
// reaches a server with --server.
const doorsArePrivate = false

func isMine(fs.FileInfo) bool { return false }
