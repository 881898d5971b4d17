package chaos

import (
	"fmt"
	"testing"
)

// TestKillAtEveryWrite is R2: the server is killed before each call by which it
// changes its data directory: every write, sync, truncation, creation, renaming
// and removal, from its start on. After each a clean start finds all that was
// acknowledged. The share kills at a few of them.
func TestKillAtEveryWrite(t *testing.T) {
	needTracer(t)
	t.Parallel()
	d := newDrill(t, program(t))
	kills, all := 0, 0
	for _, fresh := range []bool{true, false} {
		if fresh && !full() {
			continue // the making of a database takes the longest
		}
		kept := d.prepared
		if fresh {
			d.prepared = ""
		}
		seen := d.count(false)
		points := 0
		for _, n := range seen {
			points += n
		}
		all += points
		step := max(1, points/amount(points, 5))
		// Runs differ by a few calls, so the last points are found by trying.
		for k := 1 + step/2; ; k += step {
			reached, at := 0, ""
			d.live(&tracer{decide: func(c *call) action {
				reached++
				if reached == k {
					at = fmt.Sprintf("%s of %s", c.op, c.path)
				}
				return action{kill: reached == k}
			}}, fmt.Sprintf("killed at call %d", k))
			if at == "" {
				break // the day was over before
			}
			kills++
			if t.Failed() {
				t.Fatalf("killed at call %d, a %s", k, at)
			}
		}
		t.Logf("R2: %s: %d calls in a day that nothing disturbs: %v", map[bool]string{true: "a new directory", false: "a directory in use"}[fresh], points, seen)
		d.prepared = kept
	}
	t.Logf("R2: %d kills, of %d points (every write, sync, truncation and removal): 0 violations in %d acknowledged runs, %d of %d results compared with an undisturbed process",
		kills, all, d.total.Acked, d.total.Compared, d.total.Complete)
	if kills == 0 || d.total.Acked == 0 || d.total.Compared != d.total.Complete {
		t.Errorf("%d kills, %d acknowledged, %d of %d results compared: the figure means nothing", kills, d.total.Acked, d.total.Compared, d.total.Complete)
	}
}
