package chaos

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// op is what a system call does to a file.
type op int

const (
	opOther op = iota // something that the program is not known to do
	opRead
	opWrite
	opSync
	opTruncate
	opCreate
	opRemove
	opRename
)

// String names the operation.
func (o op) String() string {
	return [...]string{"another call", "read", "write", "sync", "truncate", "create", "remove", "rename"}[o]
}

// call is one system call on a file of the data directory, or on the directory.
type call struct {
	op       op
	path, to string // within the directory; "." is itself
	at, size int64  // of a read or write; size alone of a truncate
	data     []byte // of a write, if the tracer keeps it
	when     time.Time
	began    int // how many calls had returned when this one began
	place    int // in the log
	returned int64
	errno    syscall.Errno // returned in place of the call, if not 0
}

// action is what becomes of a call.
type action struct {
	kill  bool          // the process, before the call is made
	errno syscall.Errno // returned in place of it
}

// tracer watches every call by which a process changes its data directory, and
// may end the process there or let the call fail. Nothing of it is in the
// program: the kernel stops each call for this process.
type tracer struct {
	dir      string      // absolute
	reads    bool        // calls that read are watched too
	keep     bool        // the calls that were made are kept in log, with their bytes
	fatal    atomic.Bool // set once something was done that is to end the process, perhaps a little later
	readOnly atomic.Bool // for decide: the disk is read-only now
	decide   func(c *call) action

	log []*call // to be read once the process has ended
}

// needTracer skips the test where calls cannot be watched.
func needTracer(t *testing.T) {
	t.Helper()
	if why := untraceable(); why != "" {
		t.Skipf("skipped: %s", why)
	}
}
