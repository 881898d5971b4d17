package chaos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a disk of that size in memory and returns where; the test is
// skipped where that is not allowed.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("skipped: a disk of its own needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	return disk
}

// fill takes all space of a disk with one file, and returns its name.
func fill(t *testing.T, disk string) (ballast string) {
	t.Helper()
	ballast = filepath.Join(disk, "ballast")
	f, err := os.OpenFile(ballast, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for err == nil {
		_, err = f.Write(block) // the last one is cut short
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return ballast
}

// state asks a server whether a submit would be accepted.
func (s *server) state() int {
	response, err := http.Get(*s.address.Load() + "/readyz")
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// refusal submits until a submit is refused, and returns its answer.
func (c *client) refusal(ctx context.Context, in input) (a answer, took int) {
	for took = 1; ctx.Err() == nil; took++ {
		e := c.history.Begin(submitOf(c, in), time.Now())
		a = c.do(ctx, http.MethodPost, c.in(), in.body)
		c.settle(e, &a)
		if a.err != nil || a.code >= 300 {
			return a, took
		}
	}
	return a, took
}

// stillReads checks that what is stored can be read.
func (c *client) stillReads(ctx context.Context, id, digest string) error {
	if job := c.read(ctx, id); job == nil || job.Status != "complete" {
		return fmt.Errorf("job %s reads as %+v", id, job)
	}
	if got := c.result(ctx, id); got != digest {
		return fmt.Errorf("the result of %s reads as %.12q, want %.12q", id, got, digest)
	}
	return nil
}

// TestFullDisk is R10: the disk of a server fills and empties again and again. A
// submit that cannot be stored is refused with 507 and in words, what is stored
// can be read meanwhile, and without a restart submits are accepted within 5 s of
// there being space.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	seed, cycles := newSeed(t), amount(100, 2)
	// Each cycle stores what the log had room for, and a checkpoint needs room for
	// all of it: a disk that the database fills by itself gets no space back.
	size := "8m"
	if full() {
		size = "64m"
	}
	disk := smallDisk(t, size)
	s := newServer(t, program(t))
	s.dir = filepath.Join(disk, "data")
	s.start()
	t.Cleanup(s.kill) // before the disk goes
	l := bareLoad(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	c := newClient("w1", "w1", s, l.history)
	inputs := make([]input, 3)
	for i := range inputs {
		in := newInput(t, chance(seed, "full"), fmt.Sprintf("full #%d", i+1), i+1, light)
		l.known.keep(in)
		inputs[i] = forced(t, in)
	}
	first := c.must(ctx, inputs[0])
	if c.await(ctx, first.ID, 5*time.Millisecond) == nil {
		t.Fatal("the first run is not over")
	}
	digest, submits := c.result(ctx, first.ID), 0
	var back spread
	for cycle := range cycles {
		ballast := fill(t, disk)
		a, took := c.refusal(ctx, inputs[cycle%len(inputs)])
		submits += took
		if a.code != http.StatusInsufficientStorage || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("cycle %d: a submit on a full disk was answered %d %s, %v\n%.300s", cycle, a.code, a.header.Get("Content-Type"), a.err, a.body)
		}
		if code := s.state(); code != http.StatusInsufficientStorage {
			t.Errorf("cycle %d: the server says %d of itself on a full disk, want 507", cycle, code)
		}
		if err := c.stillReads(ctx, first.ID, digest); err != nil {
			t.Errorf("cycle %d: on a full disk: %v", cycle, err)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		space := time.Now()
		if c.insist(ctx, inputs[(cycle+1)%len(inputs)], fmt.Sprintf("cycle %d", cycle)) == nil {
			t.Fatalf("cycle %d: a submit was refused though there is space", cycle)
		}
		back = append(back, time.Since(space))
		if t.Failed() {
			break
		}
	}
	r := l.verdict(program(t))
	t.Logf("R10: %d cycles of a full disk: every one refused a submit with 507, after %d in all; %d acknowledged, lost=%d wrong_result=%d; accepted again after p50 %s, max %s",
		cycles, submits, r.Acked, r.Lost, r.WrongResult, back.at(0.5), back.at(1))
	t.Logf("R10: %s", r.String())
	judge(t, l.history, r)
	if limit := 5 * time.Second; back.at(1) > limit {
		t.Errorf("submits were accepted %s after there was space, want at most %s", back.at(1), limit)
	}
	if r.Compared == 0 {
		t.Error("no result was compared; the figure means nothing")
	}
}

// TestReadOnlyDisk is R12: the file system of a server turns read-only, as it
// does after an error of its own: every call that would change it fails. The
// server says that it is not ready, serves what is stored, refuses what it cannot
// store, and accepts again without a restart. On a disk that is read-only from
// the start it does not start, and says why.
func TestReadOnlyDisk(t *testing.T) {
	needTracer(t)
	t.Parallel()
	d := newDrill(t, program(t))
	s := d.serverOn()
	tr := &tracer{dir: s.dir}
	tr.decide = func(c *call) action {
		if tr.readOnly.Load() && c.op != opRead && c.op != opSync {
			return action{errno: syscall.EROFS}
		}
		return action{}
	}
	s.tracer = tr
	s.start()
	l := bareLoad(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := newClient("w1", "w1", s, l.history)
	first := c.must(ctx, d.inputs[0])
	if c.await(ctx, first.ID, 5*time.Millisecond) == nil {
		t.Fatal("the first run is not over")
	}
	digest, rounds := c.result(ctx, first.ID), amount(20, 2)
	for round := range rounds {
		tr.readOnly.Store(true)
		a, _ := c.refusal(ctx, d.inputs[1])
		if a.code != http.StatusServiceUnavailable || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("round %d: a submit was answered %d, %v, want 503\n%.300s\n%s", round, a.code, a.err, a.body, s.log.String())
		}
		if code := s.state(); code != http.StatusServiceUnavailable {
			t.Errorf("round %d: the server says %d of itself, want 503", round, code)
		}
		if err := c.stillReads(ctx, first.ID, digest); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		tr.readOnly.Store(false)
		if t.Failed() {
			return
		}
		if c.insist(ctx, d.inputs[2], fmt.Sprintf("round %d", round)) == nil {
			t.Fatalf("round %d: a submit was refused though the disk can be written to again\n%s", round, s.log.String())
		}
	}
	r := l.verdict("")
	judge(t, l.history, r)
	t.Logf("R12: a disk that turned read-only %d times: submits and readiness 503, what is stored was read, accepted again without a restart: %s", rounds, r.String())
	startReadOnly(t, d)
}

// startReadOnly starts a server on a disk that is read-only.
func startReadOnly(t *testing.T, d *drill) {
	t.Helper()
	disk := smallDisk(t, "8m")
	if err := copyFlat(d.prepared, disk); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	s := newServer(t, d.binary)
	s.dir = disk
	if err := s.tryStart(); err == nil || s.running() {
		t.Errorf("a server started on a disk that is read-only: %v", err)
	}
	t.Logf("R12: on a disk that is read-only from the start: exit code %d: %s", s.code, s.log.String())
	if s.code != 7 {
		t.Errorf("the exit code is %d, want 7", s.code)
	}
	s.kill()
}
