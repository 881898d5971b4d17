package chaos

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
)

// exitStorage is the exit code of a server whose disk failed.
const exitStorage = 74

// sound are the ways in which a server may end when its disk fails: it goes on,
// it ends with the code for that, or it says at its start that it cannot be used.
func sound(code int) bool { return code == 0 || code == exitStorage || code == 7 }

// TestIOErrors is R11: one call on a file of the data directory fails with an
// error of the disk, each call once. Nothing is acknowledged that a clean start
// does not find, no result is wrong, and after a failed sync of the log the
// process ends with the exit code for it, for no later sync can be trusted.
func TestIOErrors(t *testing.T) {
	needTracer(t)
	t.Parallel()
	d := newDrill(t, program(t))
	seen := d.count(true)
	for _, kind := range []op{opSync, opWrite, opTruncate, opRead} {
		faults, synced, step := 0, 0, max(1, seen[kind]/amount(seen[kind], 1))
		for n := 1 + step/2; n <= seen[kind]; n += step {
			reached, where := 0, ""
			tr := &tracer{reads: kind == opRead}
			tr.decide = func(c *call) action {
				if c.op == kind {
					reached++
				}
				if c.op != kind || reached != n {
					return action{}
				}
				where = c.path
				if kind == opSync && strings.HasSuffix(c.path, "-wal") {
					tr.fatal.Store(true)
				}
				return action{errno: syscall.EIO}
			}
			code := d.live(tr, fmt.Sprintf("%s %d fails", kind, n))
			if where == "" {
				continue // the day was over before
			}
			faults++
			if !sound(code) || tr.fatal.Load() && code != exitStorage {
				t.Errorf("after %s %d, of %s, failed, the server ended with code %d", kind, n, where, code)
			}
			if tr.fatal.Load() {
				synced++
			}
			if t.Failed() {
				t.FailNow()
			}
		}
		t.Logf("R11: EIO at %d of %d calls that %s: 0 violations; exit code 74 after %d failed syncs of the log", faults, seen[kind], kind, synced)
		if faults == 0 {
			t.Errorf("no call that would %s failed; the figure means nothing", kind)
		}
	}
	t.Logf("R11: %d acknowledged runs looked up, %d of %d results compared with an undisturbed process; exit codes %v",
		d.total.Acked, d.total.Compared, d.total.Complete, d.ends)
}
