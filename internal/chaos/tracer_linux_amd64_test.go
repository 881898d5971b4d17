package chaos

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// untraceable says why the calls of a process cannot be watched here; empty
// where they can.
func untraceable() string { return "" }

// asTraced, in the environment of this test's own binary, makes it become the
// program of its arguments, of which every call named by the value stops for
// the tracer.
const asTraced = "LOMBARD_CHAOS_TRACE"

// becomeTraced filters the calls of this process and replaces it by the program.
func becomeTraced() {
	runtime.LockOSThread() // the filter is the thread's, and so is what follows
	reads := os.Getenv(asTraced) == "reads"
	if err := errors.Join(os.Unsetenv(asTraced), stopAt(traced(reads))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, syscall.Exec(os.Args[1], os.Args[1:], os.Environ()))
	os.Exit(1)
}

// traced lists the calls that change a file, and with reads those that read one.
func traced(reads bool) []uint32 {
	calls := []uint32{
		unix.SYS_PWRITE64, unix.SYS_WRITE, unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FTRUNCATE,
		unix.SYS_UNLINK, unix.SYS_UNLINKAT, unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_OPEN, unix.SYS_OPENAT,
		// None of these is used on the database; one that were would be noticed.
		unix.SYS_PWRITEV, unix.SYS_PWRITEV2, unix.SYS_FALLOCATE, unix.SYS_TRUNCATE, unix.SYS_COPY_FILE_RANGE,
	}
	if reads {
		calls = append(calls, unix.SYS_PREAD64, unix.SYS_READ)
	}
	return calls
}

// stopAt makes these calls of the thread and of all it starts stop for a tracer.
func stopAt(calls []uint32) error {
	const load, equal, give = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	const number, architecture = 0, 4 // offsets in seccomp_data
	filter := []unix.SockFilter{{Code: load, K: architecture}, {Code: equal, K: unix.AUDIT_ARCH_X86_64, Jf: uint8(len(calls) + 1)}, {Code: load, K: number}}
	for i, nr := range calls {
		filter = append(filter, unix.SockFilter{Code: equal, K: nr, Jt: uint8(len(calls) - i)})
	}
	filter = append(filter, unix.SockFilter{Code: give, K: unix.SECCOMP_RET_ALLOW}, unix.SockFilter{Code: give, K: unix.SECCOMP_RET_TRACE})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return fmt.Errorf("filter the system calls: %w", err)
	}
	return nil
}

// start starts cmd under the tracer and returns once it runs; ended is called
// with its exit code, -1 after a signal. All of it happens on one thread, which
// is the only one that may ask for anything of the process.
func (tr *tracer) start(cmd *exec.Cmd, ended func(code int)) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	how := "writes"
	if tr.reads {
		how = "reads"
	}
	cmd.Args = append([]string{self, cmd.Path}, cmd.Args[1:]...)
	cmd.Path, cmd.Env = self, append(cmd.Env, asTraced+"="+how)
	cmd.SysProcAttr.Ptrace = true
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and the thread ends with this goroutine
		err := cmd.Start()
		if err == nil {
			err = tr.attach(cmd.Process.Pid)
		}
		if started <- err; err == nil {
			ended(tr.follow(cmd.Process.Pid))
		}
	}()
	return <-started
}

// attach waits for the stop at the start of the process.
func (tr *tracer) attach(pid int) error {
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, unix.WALL, nil); err != nil {
		return fmt.Errorf("wait for the traced process: %w", err)
	}
	const options = unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACESYSGOOD
	if err := unix.PtraceSetOptions(pid, options); err != nil {
		return fmt.Errorf("trace the process: %w", err)
	}
	return unix.PtraceCont(pid, 0)
}

// follow serves the stops of the process until it has ended. Errors of ptrace
// mean that the thread has been killed meanwhile, which the next wait tells.
func (tr *tracer) follow(leader int) (code int) {
	begun := map[int]*call{} // by thread
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WALL|unix.WNOTHREAD, nil)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return -1
		case status.Exited() && pid == leader:
			return status.ExitStatus()
		case status.Signaled() && pid == leader:
			return -1
		case !status.Stopped():
		case status.StopSignal() == unix.SIGTRAP|0x80:
			if c := begun[pid]; c != nil {
				delete(begun, pid)
				tr.leave(pid, c)
			}
			_ = unix.PtraceCont(pid, 0)
		case status.StopSignal() == unix.SIGTRAP && status.TrapCause() == unix.PTRACE_EVENT_SECCOMP:
			if c := tr.enter(pid, leader); c != nil {
				begun[pid] = c
				_ = unix.PtraceSyscall(pid, 0)
				continue
			}
			_ = unix.PtraceCont(pid, 0)
		case status.StopSignal() == unix.SIGTRAP, status.StopSignal() == unix.SIGSTOP: // a new thread, a new program
			_ = unix.PtraceCont(pid, 0)
		default:
			_ = unix.PtraceCont(pid, int(status.StopSignal()))
		}
	}
}

// enter looks at a call that is about to be made; nil when it is none of ours.
func (tr *tracer) enter(pid, leader int) *call {
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(pid, &regs) != nil {
		return nil
	}
	c := tr.decode(pid, &regs)
	if c == nil {
		return nil
	}
	c.when, c.began = time.Now(), len(tr.log)
	what := tr.decide(c)
	if what.kill {
		_ = unix.Kill(leader, unix.SIGKILL)
	}
	if what.errno != 0 {
		c.errno = what.errno
		regs.Orig_rax = ^uint64(0) // no call at all
		_ = unix.PtraceSetRegs(pid, &regs)
	}
	return c
}

// leave completes a call with what it returned.
func (tr *tracer) leave(pid int, c *call) {
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(pid, &regs) != nil {
		return
	}
	if c.errno != 0 {
		regs.Rax = uint64(-int64(c.errno))
		_ = unix.PtraceSetRegs(pid, &regs)
		return
	}
	if c.returned = int64(regs.Rax); c.returned < 0 || !tr.keep {
		return
	}
	if c.op == opWrite {
		c.data = c.data[:min(c.returned, int64(len(c.data)))]
	}
	c.place = len(tr.log)
	tr.log = append(tr.log, c)
}

// decode returns the call when it is about a file of the directory.
func (tr *tracer) decode(pid int, regs *unix.PtraceRegs) *call {
	c := &call{}
	switch regs.Orig_rax {
	case unix.SYS_PWRITE64, unix.SYS_WRITE:
		c.op, c.size, c.at = opWrite, int64(regs.Rdx), int64(regs.R10)
	case unix.SYS_PREAD64, unix.SYS_READ:
		c.op, c.size, c.at = opRead, int64(regs.Rdx), int64(regs.R10)
	case unix.SYS_FSYNC, unix.SYS_FDATASYNC:
		c.op = opSync
	case unix.SYS_FTRUNCATE:
		c.op, c.size = opTruncate, int64(regs.Rsi)
	case unix.SYS_UNLINK:
		return tr.named(c, opRemove, textAt(pid, regs.Rdi), "")
	case unix.SYS_UNLINKAT:
		return tr.named(c, opRemove, textAt(pid, regs.Rsi), "")
	case unix.SYS_RENAME:
		return tr.named(c, opRename, textAt(pid, regs.Rdi), textAt(pid, regs.Rsi))
	case unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2:
		return tr.named(c, opRename, textAt(pid, regs.Rsi), textAt(pid, regs.R10))
	case unix.SYS_OPEN:
		return tr.opened(c, textAt(pid, regs.Rdi), regs.Rsi)
	case unix.SYS_OPENAT:
		return tr.opened(c, textAt(pid, regs.Rsi), regs.Rdx)
	default:
		c.op = opOther
	}
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, int32(regs.Rdi)))
	if err != nil || tr.named(c, c.op, path, "") == nil {
		return nil
	}
	if c.op == opWrite && tr.keep {
		if regs.Orig_rax == unix.SYS_WRITE {
			c.at = positionOf(pid, int32(regs.Rdi))
		}
		c.data = make([]byte, c.size)
		if n := readAt(pid, c.data, regs.Rsi); n < len(c.data) {
			c.data = c.data[:n]
		}
	}
	return c
}

// opened is a call that makes a file, or empties one.
func (tr *tracer) opened(c *call, path string, flags uint64) *call {
	_, err := os.Lstat(path)
	switch {
	case flags&unix.O_CREAT != 0 && errors.Is(err, os.ErrNotExist):
		return tr.named(c, opCreate, path, "")
	case flags&unix.O_TRUNC != 0:
		return tr.named(c, opTruncate, path, "")
	default:
		return nil
	}
}

// named completes a call with its paths, nil when they are elsewhere.
func (tr *tracer) named(c *call, o op, path, to string) *call {
	in := func(path string) (string, bool) {
		name, err := filepath.Rel(tr.dir, path)
		return strings.TrimSuffix(name, " (deleted)"), err == nil && !strings.HasPrefix(name, "..")
	}
	var inside bool
	if c.path, inside = in(path); !inside {
		return nil
	}
	if to != "" {
		c.to, _ = in(to)
	}
	c.op = o
	return c
}

// positionOf returns where the next write of a file goes.
func positionOf(pid int, fd int32) (at int64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, fd)) // a thread that is gone writes nothing
	_, _ = fmt.Sscanf(string(text), "pos: %d", &at)
	return at
}

// readAt copies memory of the process and returns how much could be had.
func readAt(pid int, to []byte, at uint64) int {
	if len(to) == 0 {
		return 0
	}
	local := unix.Iovec{Base: &to[0]}
	local.SetLen(len(to))
	n, err := unix.ProcessVMReadv(pid, []unix.Iovec{local}, []unix.RemoteIovec{{Base: uintptr(at), Len: len(to)}}, 0)
	if err != nil {
		return 0
	}
	return n
}

// textAt reads a string of C.
func textAt(pid int, at uint64) string {
	b := make([]byte, unix.PathMax)
	got := 0
	for got < len(b) { // a page at a time: the next may not be there
		n := readAt(pid, b[got:min(len(b), got+4096-int(at+uint64(got))%4096)], at+uint64(got))
		if text, _, found := strings.Cut(string(b[:got+n]), "\x00"); found || n == 0 {
			return text
		}
		got += n
	}
	return ""
}
