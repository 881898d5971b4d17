package chaos

import (
	"context"
	"fmt"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// TestKill is R1: the whole server is killed again and again under load, and
// nothing acknowledged is lost, doubled or answered wrongly.
func TestKill(t *testing.T) {
	t.Parallel()
	seed, kills := newSeed(t), amount(100, 12)
	rng := chance(seed, "killer")
	s := newServer(t, program(t))
	s.start()
	l := newLoad(t, s, seed)
	var restarts spread
	for done := 0; done < kills; done++ {
		pause(context.Background(), upTo(rng, time.Second))
		s.kill()
		if rng.IntN(6) == 0 { // and again while it starts
			s.launch()
			pause(context.Background(), upTo(rng, 60*time.Millisecond))
			s.kill()
			done++
		}
		s.start()
		restarts = append(restarts, time.Since(s.started))
	}
	r := l.verdict(program(t), "orphaned")
	t.Logf("R1: %d kills, %d acknowledged submits: lost=%d duplicated=%d wrong_result=%d; %d of %d complete runs compared with an undisturbed process, %d of them resumed; loss per kill below %.2g at 95 %%",
		kills, r.Acked, r.Lost, r.Duplicated, r.WrongResult, r.Compared, r.Complete, r.Resumed, 3/float64(kills))
	t.Logf("R1: %s", r.String())
	t.Logf("R1: ready after a kill in p50 %s, max %s", restarts.at(0.5), restarts.at(1))
	judge(t, l.history, r)
	if r.Compared != r.Complete || r.Acked == 0 || r.Complete == 0 {
		t.Errorf("%d of %d complete runs were compared, %d submits acknowledged", r.Compared, r.Complete, r.Acked)
	}
	for _, line := range s.alarms() {
		t.Errorf("the server said: %s", line)
	}
}

// until polls a job until it is as wanted; nil when it ended or time ran out before.
func (c *client) until(ctx context.Context, id string, want func(*checker.Job) bool) *checker.Job {
	for ctx.Err() == nil {
		if job := c.read(ctx, id); job != nil {
			if want(job) {
				return job
			}
			if job.Terminal() {
				return nil
			}
		}
		pause(ctx, 2*time.Millisecond)
	}
	return nil
}

func calculating(j *checker.Job) bool { return j.Status == "running" && j.Stage == "calculating" }

// TestResume is R9: how long a run that a kill interrupted waits until it runs
// again, counted from the start of the new process.
func TestResume(t *testing.T) {
	seed, kills := newSeed(t), amount(30, 6)
	rng := chance(seed, "resume")
	s := newServer(t, program(t))
	s.start()
	l := bareLoad(t, s)
	c := newClient("resume", workspaces()[0], s, l.history)
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(kills)*time.Minute)
	defer cancel()
	var resumed spread
	for i := range kills {
		in := newInput(t, rng, fmt.Sprintf("resume #%d", i+1), i, huge)
		l.known.keep(in)
		job := c.must(ctx, in)
		if c.until(ctx, job.ID, calculating) == nil {
			t.Fatalf("%s was over before it could be interrupted", job.ID)
		}
		s.kill()
		s.start()
		again := c.until(ctx, job.ID, func(j *checker.Job) bool { return j.Status == "running" && j.Attempt == 2 })
		if again == nil {
			t.Fatalf("%s did not run again", job.ID)
		}
		resumed = append(resumed, time.Since(s.started))
		if i%3 > 0 { // the others are replaced by the next
			c.await(ctx, job.ID, 10*time.Millisecond)
		}
	}
	r := l.verdict(program(t))
	t.Logf("R9: %d kills: the interrupted run runs again p50 %s, max %s after the process starts; %d resumed results are those of an undisturbed process",
		kills, resumed.at(0.5), resumed.at(1), r.Resumed)
	judge(t, l.history, r)
	if limit := 2 * time.Second; resumed.at(1) > limit {
		t.Errorf("a run waited %s to run again, want at most %s", resumed.at(1), limit)
	}
	if r.Resumed == 0 {
		t.Error("no run was completed at its second attempt")
	}
}
