// Package web carries the page that the server shows at its root, embedded in
// the binary. The page is the built interface in dist when the build tag ui is
// set, and otherwise a placeholder, so that building the program never needs
// Node. The files need no inline script or style.
package web

import "io/fs"

// FS returns the files of the page; index.html is at its root. The file
// system is read-only and safe for concurrent use.
func FS() fs.FS {
	dir, err := fs.Sub(files, root)
	if err != nil {
		panic(err) // the name of an embedded folder is a constant
	}
	return dir
}
