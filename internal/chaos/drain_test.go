package chaos

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// drainLimit is how long a server may take to end in good order.
const drainLimit = 10 * time.Second

// TestDrain is R8: the server is stopped in good order again and again under
// load, always ends in time and loses nothing.
func TestDrain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGTERM here")
	}
	seed, cycles := newSeed(t), amount(200, 8)
	rng := chance(seed, "stopper")
	s := newServer(t, program(t))
	s.start()
	l := newLoad(t, s, seed)
	var took spread
	for range cycles {
		pause(context.Background(), upTo(rng, time.Second))
		took = append(took, s.stop())
		s.start()
	}
	r := l.verdict("")
	t.Logf("R8: %d stops under load: exit p50 %s, max %s; %d acknowledged submits, lost=%d", cycles, took.at(0.5), took.at(1), r.Acked, r.Lost)
	t.Logf("R8: %s", r.String())
	judge(t, l.history, r)
	if took.at(1) > drainLimit {
		t.Errorf("a stop took %s, want at most %s", took.at(1), drainLimit)
	}
	if r.Failed > 0 || r.Resumed > 0 {
		t.Errorf("%d runs failed and %d used up an attempt, want none: a stop costs no attempt", r.Failed, r.Resumed)
	}
	for _, line := range s.alarms() {
		t.Errorf("the server said: %s", line)
	}
}

// TestDrainHandsBack stops a server whose runs take longer than it waits: they
// go on at the next start, at the same attempt, from no less progress.
func TestDrainHandsBack(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGTERM here")
	}
	const runs = 12
	seed := newSeed(t)
	s := newServer(t, program(t), "GOMAXPROCS=1", fmt.Sprintf("LOMBARD_WORKERS=%d", runs))
	s.start()
	l := bareLoad(t, s)
	l.workspaces = crowd(runs)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	clients, before := make([]*client, runs), make([]*checker.Job, runs)
	for i, workspace := range l.workspaces {
		clients[i] = newClient(workspace, workspace, s, l.history)
		in := newInput(t, chance(seed, workspace), "endless in "+workspace, i, endless)
		l.known.keep(in)
		job := clients[i].must(ctx, in)
		if before[i] = clients[i].until(ctx, job.ID, calculating); before[i] == nil {
			t.Fatalf("%s was over before the server could be stopped", job.ID)
		}
	}
	took := s.stop()
	s.start()
	for i, c := range clients {
		after := c.until(ctx, before[i].ID, calculating)
		if after == nil {
			t.Fatalf("%s did not go on", before[i].ID)
		}
		if after.Attempt != 1 || after.Progress < before[i].Progress {
			t.Errorf("attempt %d, progress %v; want 1 and at least %v", after.Attempt, after.Progress, before[i].Progress)
		}
		if !full() {
			c.cancel(ctx, after.ID)
		}
	}
	t.Logf("R8: with %d runs that take longer than that: exit after %s; all went on at the same attempt", runs, took.Round(time.Millisecond))
	if took > drainLimit {
		t.Errorf("the stop took %s, want at most %s", took, drainLimit)
	}
	golden := ""
	if full() {
		golden = program(t)
	}
	judge(t, l.history, l.verdictWithin(5*time.Minute, golden))
}
