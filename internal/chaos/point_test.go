package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// drill is a short day of a server, the same every time, in which one thing goes
// wrong: which one, and where, is for its user to say. What clients were told is
// held against the state after a clean restart.
type drill struct {
	t        *testing.T
	binary   string
	prepared string // a data directory that has been used before; empty: a new one
	inputs   []input
	lengthy  input
	goldens  checker.Goldens
	heals    bool           // what goes wrong passes: a server that has not ended is to come to rest by itself
	long     bool           // the day has a run that is cancelled while it is computed
	total    checker.Report // of all days
	ends     map[int]int    // how often the server ended with a code before it was told to
}

// newDrill prepares a directory, and computes what an undisturbed server says to
// the requests of the day.
func newDrill(t *testing.T, binary string) *drill {
	t.Helper()
	d := &drill{t: t, binary: binary, goldens: checker.Goldens{}, ends: map[int]int{}}
	for i := range 3 {
		d.inputs = append(d.inputs, newInput(t, chance(1, "drill"), fmt.Sprintf("drill #%d", i+1), i+1, light))
	}
	d.lengthy = newInput(t, chance(1, "drill"), "a lengthy drill", 4, huge)
	s := newServer(t, program(t))
	s.start()
	c := newClient("golden", "golden", s, checker.NewHistory(time.Now()))
	for _, in := range d.inputs {
		job, _ := c.submit(context.Background(), in, "", "Prefer", "wait=60")
		if job == nil || job.Status != "complete" {
			t.Fatalf("the undisturbed run of %q did not complete: %+v", in.name, job)
		}
		d.goldens[in.name] = c.result(context.Background(), job.ID)
	}
	s.stop()
	d.prepared = s.dir
	return d
}

// serverOn returns a server that has not started, on a copy of the prepared directory.
func (d *drill) serverOn() *server {
	d.t.Helper()
	s := newServer(d.t, d.binary)
	if d.prepared == "" {
		return s
	}
	if err := copyFlat(d.prepared, s.dir); err != nil {
		d.t.Fatal(err)
	}
	return s
}

// copyFlat copies the files of a directory that has no others in it.
func copyFlat(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, e.Name()), text, 0o600)
		}
		if err != nil {
			return fmt.Errorf("copy %s: %w", from, err)
		}
	}
	return nil
}

// day is what clients ask in a day. It ends early when the server does.
func (d *drill) day(l *load, s *server) {
	patience := 20 * time.Second
	if d.heals {
		patience = 6 * time.Second // what has not happened by then is waited for at the end
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	go func() {
		select {
		case <-s.exited:
			cancel()
		case <-ctx.Done():
		}
	}()
	first, second := newClient("w1", "w1", s, l.history), newClient("w2", "w2", s, l.history)
	attend := func(c *client, job *checker.Job) {
		if job == nil {
			return
		}
		if end := c.await(ctx, job.ID, 2*time.Millisecond); end != nil && end.Status == "complete" {
			c.result(ctx, end.ID)
		}
	}
	one, _ := first.submit(ctx, d.inputs[0], "key one")
	two, _ := second.submit(ctx, d.inputs[1], "key two")
	attend(first, one)
	attend(second, two)
	again, _ := first.submit(ctx, d.inputs[0], "key one")
	attend(first, again)
	gone, _ := second.submit(ctx, d.inputs[2], "key three")
	if gone != nil {
		second.cancel(ctx, gone.ID)
		attend(second, gone)
	}
	cached, _ := second.submit(ctx, d.inputs[1], "")
	attend(second, cached)
	replaced, _ := first.submit(ctx, d.inputs[2], "")
	last, _ := first.submit(ctx, d.inputs[1], "")
	attend(first, replaced)
	attend(first, last)
	if !d.long {
		return
	}
	if job, _ := second.submit(ctx, d.lengthy, ""); job != nil {
		second.until(ctx, job.ID, calculating)
		second.cancel(context.WithoutCancel(ctx), job.ID)
		attend(second, job)
	}
}

// live has the server start and the day happen under the tracer, and then
// starts it again without, and judges. It returns the exit code of the server
// when it ended by itself, 0 when it did not.
func (d *drill) live(tr *tracer, where string) (code int) {
	d.t.Helper()
	s := d.serverOn()
	tr.dir, s.tracer = s.dir, tr
	return d.liveOn(s, where, func() time.Duration {
		if tr.fatal.Load() { // it is to end by itself, and may take a moment
			return 15 * time.Second
		}
		return 0
	})
}

// liveWith is live without a tracer, in an environment in which something goes
// wrong. It returns what the server said, too.
func (d *drill) liveWith(environ []string, where string) (code int, log string) {
	d.t.Helper()
	s := d.serverOn()
	s.environ = environ
	code = d.liveOn(s, where, func() time.Duration { return 0 })
	return code, s.log.String()
}

func (d *drill) liveOn(s *server, where string, ends func() time.Duration) (code int) {
	d.t.Helper()
	defer s.kill()
	l := bareLoad(d.t, s)
	err := s.tryStart()
	if err == nil {
		d.day(l, s)
	}
	stays := d.heals && err == nil
	if stays {
		l.calm(s)
	}
	for until := time.Now().Add(ends()); s.running() && time.Now().Before(until); {
		pause(context.Background(), time.Millisecond)
	}
	if !s.running() {
		code, stays = s.code, false
		d.ends[code]++
	}
	if !stays {
		s.kill()
		s.tracer, s.environ = nil, nil
		s.start() // cleanly, whatever happened
	}
	healed := time.Now()
	final := l.rest(restWithin)
	l.history.Add(checker.Event{Client: "server", Op: checker.OpOutput, Phase: checker.Seen, Text: s.log.String()}, time.Now())
	r := checker.Check(l.history.Events(), final, d.goldens, checker.Conditions{Healed: healed, Bound: restWithin, Canaries: []string{canary}})
	if !r.Clean() {
		d.t.Errorf("%s:", where)
		d.t.Logf("the server said:\n%s", s.log.String())
		judge(d.t, l.history, r)
	}
	d.total.Acked += r.Acked
	d.total.Complete += r.Complete
	d.total.Compared += r.Compared
	return code
}

// calm waits until nothing is live on a server that may end meanwhile, or until
// it should have been.
func (l *load) calm(s *server) {
	ctx, cancel := context.WithTimeout(context.Background(), restWithin)
	defer cancel()
	for _, w := range l.workspaces {
		c := newClient("calm", w, s, l.history)
		for ctx.Err() == nil && s.running() {
			jobs, err := c.list(ctx)
			if err == nil && !slices.ContainsFunc(jobs, func(j checker.Job) bool { return !j.Terminal() }) {
				break
			}
			pause(ctx, 5*time.Millisecond)
		}
	}
}

// running reports whether the process has not ended.
func (s *server) running() bool {
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

// restWithin is how long the runs of a day may take once all is well: more than
// a lease.
const restWithin = 40 * time.Second

// count lets the day happen once undisturbed under the tracer, and returns the
// calls of each kind.
func (d *drill) count(reads bool) map[op]int {
	d.t.Helper()
	seen := map[op]int{}
	d.live(&tracer{reads: reads, decide: func(c *call) action {
		seen[c.op]++
		return action{}
	}}, "undisturbed")
	if seen[opOther] > 0 {
		d.t.Errorf("the program changes its files in %d ways that this test does not know", seen[opOther])
	}
	return seen
}
