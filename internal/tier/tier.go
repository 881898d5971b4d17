// Package tier says how much the tests do: a share for every change, and all of
// it where the environment has LOMBARD_TESTS=long. Tests that draw at random or
// walk a grid ask it how far to go.
package tier

import "os"

// Long reports whether everything is asked for.
func Long() bool { return os.Getenv("LOMBARD_TESTS") == "long" }

// Of returns how much to do of something: the share, or all of it.
func Of(share, all int) int {
	if Long() {
		return all
	}
	return share
}
