package chaos

import (
	"os/exec"
	"syscall"
)

// tether makes a child end with its parent, however the parent ends.
func tether(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
