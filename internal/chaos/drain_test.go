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

// TestCancelLatency is the first half of R7: how long after a cancel the
// computation has stopped and the client has been told so.
func TestCancelLatency(t *testing.T) {
	seed, cancels := newSeed(t), amount(200, 25)
	rng := chance(seed, "canceller")
	s := newServer(t, program(t))
	s.start()
	l := bareLoad(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	c := newClient("w1", "w1", s, l.history)
	var latency spread
	for i := range cancels {
		in := newInput(t, rng, fmt.Sprintf("cancel #%d", i+1), i, huge)
		l.known.keep(in)
		job := c.must(ctx, in)
		begun, told := make(chan struct{}), make(chan *checker.Job, 1)
		go func() {
			once := false
			told <- c.watch(ctx, job.ID, func(j *checker.Job) {
				if calculating(j) && !once {
					once = true
					close(begun)
				}
			})
		}()
		select {
		case <-begun:
		case <-ctx.Done():
			t.Fatalf("%s did not begin to calculate", job.ID)
		}
		pause(ctx, upTo(rng, 100*time.Millisecond))
		asked := time.Now()
		c.cancel(ctx, job.ID)
		if end := <-told; end != nil && end.Status == "cancelled" {
			latency = append(latency, time.Since(asked))
		}
	}
	r := l.verdict("")
	t.Logf("R7: %d cancels of a computing run: stopped and told in p50 %s, p99 %s, max %s", len(latency), latency.at(0.5), latency.at(0.99), latency.at(1))
	judge(t, l.history, r)
	if len(latency) < cancels*3/4 {
		t.Errorf("%d of %d runs were over before they were cancelled; the figure means nothing", cancels-len(latency), cancels)
	}
	limit := time.Second // on a machine that is busy with other tests
	if full() {
		limit = 200 * time.Millisecond
	}
	if latency.at(0.99) > limit {
		t.Errorf("p99 = %s, want at most %s", latency.at(0.99), limit)
	}
}

// TestDeterminism is R25: the same request gives the same bytes, however many
// processors compute it and however often.
func TestDeterminism(t *testing.T) {
	seed, repeats := newSeed(t), amount(1000, 60)
	inputs := []input{
		newInput(t, chance(seed, "light"), "light", 1, light),
		newInput(t, chance(seed, "medium"), "medium", 2, medium),
		newInput(t, chance(seed, "heavy"), "heavy", 3, heavy),
	}
	digests := map[string]string{}
	runs, each := 0, (repeats+8)/9 // three requests on three kinds of machine
	for _, processors := range []string{"1", "2", "8"} {
		s := newServer(t, program(t), "GOMAXPROCS="+processors)
		s.start()
		h := checker.NewHistory(time.Now())
		done := make(chan [2]string, len(inputs)) // name and digest
		for _, in := range inputs {
			go func() {
				c := newClient(in.name, in.name, s, h)
				for range each {
					job, _ := c.submit(context.Background(), forced(t, in), "", "Prefer", "wait=60")
					if job == nil || job.Status != "complete" {
						t.Errorf("%s did not complete: %+v", in.name, job)
						done <- [2]string{in.name, ""}
						continue
					}
					done <- [2]string{in.name, c.result(context.Background(), job.ID)}
				}
			}()
		}
		for range each * len(inputs) {
			got := <-done
			runs++
			if known, ok := digests[got[0]]; ok && known != got[1] {
				t.Errorf("%s gives %.12s on %s processors and gave %.12s", got[0], got[1], processors, known)
			} else if !ok {
				digests[got[0]] = got[1]
			}
		}
		s.kill()
	}
	t.Logf("R25: %d runs of %d requests with GOMAXPROCS 1, 2 and 8: %d different results (TestKill and TestResume compare runs resumed after a kill)", runs, len(inputs), len(digests))
	if len(digests) != len(inputs) {
		t.Errorf("%d requests gave %d results", len(inputs), len(digests))
	}
}
