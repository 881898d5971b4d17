package storetest

import (
	"errors"
	"fmt"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// submitIn submits one run in each of the workspaces, in their order, and
// returns the ids. None replaces another.
func (b *bench) submitIn(workspaces ...string) []string {
	b.Helper()
	ids := make([]string, len(workspaces))
	for i, w := range workspaces {
		ids[i] = b.submitBeside(w)
	}
	return ids
}

// submitBeside submits a run that replaces none: the earlier ones of its
// workspace still wait.
func (b *bench) submitBeside(workspace string) string {
	b.Helper()
	n := b.newRun(workspace)
	n.OnConflict = lombard.ConflictQueue
	return b.submit(n).JobID
}

// restart is an end of the process and its next start.
func (b *bench) restart() app.Reconciled {
	b.Helper()
	b.tickets.Lose()
	got, err := b.Reconcile(b.ctx(), b.now, true)
	if err != nil {
		b.Fatal(err)
	}
	return got
}

// calls: what is lost is called again by the reconciler.
func calls(b *bench) {
	b.submitIn("a", "b")
	if n := b.tickets.Waiting(); n != 2 {
		b.Errorf("%d workers are called for two runs", n)
	}
	if got, err := b.Reconcile(b.ctx(), b.now, false); err != nil || got.Requeued != 0 {
		b.Errorf("reconcile of healthy runs = %+v, %v", got, err)
	}
	b.tickets.Lose()
	if got, err := b.Reconcile(b.ctx(), b.now, false); err != nil || got.Requeued != 2 {
		b.Errorf("reconcile = %+v, %v; want two workers called", got, err)
	}
	c, err := b.next()
	if err != nil {
		b.Fatal(err)
	}
	b.finish(c, app.Outcome{HandBack: true})
	if n := b.tickets.Waiting(); n != 2 {
		b.Errorf("%d workers are called for one run and one handed back", n)
	}
}

func retires(b *bench) {
	b.wantNothing("an empty store")
	if n := b.tickets.Retired(); n != 0 {
		b.Errorf("%d workers retired without being asked", n)
	}
	last := app.ClaimRequest{Worker: "test", Last: true, Now: b.now, LeaseUntil: b.now.Add(lease), Deadline: b.now.Add(time.Hour)}
	if _, err := b.Claim(b.ctx(), last); !errors.Is(err, app.ErrNothing) || b.tickets.Retired() != 1 {
		b.Errorf("last look: %v, %d retired; want ErrNothing and one", err, b.tickets.Retired())
	}
	job := b.submit(b.newRun("w"))
	if c, err := b.Claim(b.ctx(), last); err != nil || c.RunID != job.JobID || b.tickets.Retired() != 1 {
		b.Errorf("a last look that found a run: %q, %v, %d retired", c.RunID, err, b.tickets.Retired())
	}
}

func firstInFirstOut(b *bench) {
	ids := b.submitIn("a", "b", "c", "d", "e", "f")
	b.claim(ids[0])
	second := b.claim(ids[1])
	b.finish(second, app.Outcome{HandBack: true}) // a graceful stop
	b.claim(ids[1])
	b.restart()
	for _, id := range ids { // the first two alone, the others after them
		c := b.claim(id)
		b.finish(c, completeOutcome(id))
	}
	b.wantNothing("all are done")
	again := b.submitIn("f", "a", "g", "b") // equal again: what they had before does not count
	b.wantNext("after all were done", again...)
}

func delayed(b *bench) {
	ids := b.submitIn("a", "b", "c")
	c := b.claim(ids[0])
	b.finish(c, app.Outcome{HandBack: true, NextAttempt: true, RetryAt: b.now.Add(10 * time.Second)})
	if job := b.job("b", ids[1]); *job.QueuePosition != 1 {
		b.Errorf("beside a run that waits for its time the next has the position %d", *job.QueuePosition)
	}
	b.claim(ids[1])
	b.now = b.now.Add(11 * time.Second)
	b.wantNext("once it is due", ids[0], ids[2])
}

// turns: behind any number of runs of one workspace, a lone run of another is
// next, and two with many alternate.
func turns(b *bench) {
	many := b.submitIn("a", "a", "a", "a", "a", "a")
	b.claim(many[0])
	other := b.submitIn("b", "c", "b")
	want := []string{other[0], other[1], many[1], other[2], many[2], many[3], many[4], many[5]}
	for i, workspace := range []string{"b", "c", "a", "b", "a", "a", "a", "a"} {
		id := want[i]
		if job := b.job(workspace, id); *job.QueuePosition != i+1 {
			b.Errorf("position of %s is %d, want %d", id, *job.QueuePosition, i+1)
		}
	}
	b.wantNext("two workspaces with many and one with one", want...)
}

// turnOfAReplacement: a run that replaces a waiting one is as far as if it had
// been submitted first, so editing does not push a workspace back.
func turnOfAReplacement(b *bench) {
	busy := b.submitIn("x")
	b.claim(busy[0])
	waiting := b.submitIn("a", "b")
	var last string
	for range 5 {
		last = b.submit(b.newRun("a")).JobID
	}
	third := b.submitBeside("c")
	b.wantNext("a replaced five times", waiting[1], last, third)
}

func suspects(b *bench) {
	ids := b.submitIn("a", "b", "c")
	b.claim(ids[0])
	b.claim(ids[1])
	if got := b.restart(); got.TakenOver != 2 || got.Orphaned != 0 {
		b.Fatalf("restart = %+v, want two taken over", got)
	}
	first := b.claim(ids[0])
	b.wantNext("beside a suspect") // nothing, not even a run that was not there
	b.finish(first, completeOutcome(ids[0]))
	second := b.claim(ids[1])
	b.finish(second, completeOutcome(ids[1]))
	third := b.claim(ids[2])
	fourth := b.submit(b.newRun("d"))
	b.claim(fourth.JobID) // nobody has to be alone any more
	b.finish(third, completeOutcome(ids[2]))

	// A suspect waits until what is running has ended.
	b.restart()
	c := b.claim(fourth.JobID)
	b.finish(c, app.Outcome{HandBack: true})
	if got := b.job("d", fourth.JobID); got.Attempt != 2 {
		b.Errorf("attempt = %d, want 2", got.Attempt)
	}
}

// innocents: one run ends the process each time it is computed, beside others
// that do not. It alone has failed at the end, after three attempts.
func innocents(b *bench) {
	ids := b.submitIn("a", "poison", "c")
	poison := ids[1]
	restarts := 0
	for {
		c, err := b.next()
		if errors.Is(err, app.ErrNothing) {
			break
		}
		if errors.Is(err, app.ErrNotAlone) {
			b.Fatal("a run waits for others, and none is running")
		}
		if err != nil {
			b.Fatal(err)
		}
		if c.RunID == poison {
			if _, err := b.Heartbeat(b.ctx(), c, app.Progress{
				Stage: lombard.StageCalculating, Progress: 80, Counts: lombard.Counts{Done: 1204, Total: 2520, Unit: "days"},
			}, b.now, b.now.Add(lease)); err != nil {
				b.Fatal(err)
			}
			b.restart()
			if restarts++; restarts > 3 {
				b.Fatal("the run that ends the process is tried more than three times")
			}
			continue
		}
		if restarts > 0 {
			b.finish(c, completeOutcome(c.RunID))
		}
	}
	for i, w := range []string{"a", "c"} {
		job := b.wantStatus(w, ids[2*i], lombard.StatusComplete)
		if job.Error != nil {
			b.Errorf("an innocent run has failed: %s", *job.Error)
		}
	}
	got := b.wantStatus("poison", poison, lombard.StatusFailed)
	if got.ErrorDetail == nil || got.ErrorDetail.Kind != lombard.KindOrphaned {
		b.Fatalf("error detail = %+v, want orphaned", got.ErrorDetail)
	}
	if want := "The program ended 2 times while it was running this backtest, which was last seen calculating (1204 of 2520 days)."; len(*got.Error) < len(want) || (*got.Error)[:len(want)] != want {
		b.Errorf("error = %q, want %q", *got.Error, want)
	}

	// Ends of the process do not use up the attempts of a run.
	w := b.submitIn("v", "w")
	for i := range 2 {
		b.claim(w[i])
	}
	b.restart()
	c := b.claim(w[0])
	if c.Attempt != 2 || c.Tries != 1 {
		b.Errorf("after an end of the process: attempt %d of which %d count; want 2 and 1", c.Attempt, c.Tries)
	}
	b.finish(c, completeOutcome(fmt.Sprint("v", c.RunID)))
}
