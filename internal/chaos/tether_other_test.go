//go:build !linux

package chaos

import "os/exec"

// tether does nothing here: children are killed when their test ends.
func tether(*exec.Cmd) {}
