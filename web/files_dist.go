//go:build ui

package web

import "embed"

// The build tag promises that dist has been built; without it the compiler
// says that no files match.
//
//go:embed all:dist
var files embed.FS

const root = "dist"
