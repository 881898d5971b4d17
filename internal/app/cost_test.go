package app_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/budget"
	"lombard.example/lombard/internal/live"
)

// smallestBudget returns the smallest budget under which a
// request is taken, found by asking.
func smallestBudget(t *testing.T, body string) int64 {
	t.Helper()
	low, high := int64(16<<20), int64(256<<20)
	for low+1<<16 < high {
		middle := (low + high) / 2
		p := start(t, t.TempDir(), settings{Budget: budget.New(middle)})
		_, err := p.Check(t.Context(), "w", []byte(body))
		p.stop()
		if err == nil {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// TestWhatWouldTakeTooMuchMemoryIsRefused asks a server for more than one run
// may take: it says how much, and what it would take instead.
func TestWhatWouldTakeTooMuchMemoryIsRefused(t *testing.T) {
	body := costly(37, 30, 1)
	enough := smallestBudget(t, body)
	t.Logf("37 years and 30 hedges are taken from a budget of %d KiB on", enough>>10)
	p := start(t, t.TempDir(), settings{Budget: budget.New(enough - 1<<16)})
	defer p.stop()
	for parts := 1; ; parts++ {
		_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: []byte(body)})
		if err == nil {
			if parts == 1 {
				t.Error("a run beyond the limit was taken")
			}
			break
		}
		own, _ := errors.AsType[*lombard.Error](err)
		if own == nil || own.Kind != lombard.KindResourceLimit || own.Code != lombard.CodeTooMuchMemory || len(own.Fields) != 1 || own.Fields[0].Field != "end_date" {
			t.Fatalf("err = %v, want kind resource_limit with the field end_date", err)
		}
		if !strings.Contains(own.Message, "MiB") || !strings.Contains(own.Hint, "--memory") || parts > 2 {
			t.Fatalf("after %d suggestions: %v", parts-1, err)
		}
		body = strings.Replace(body, "2029-03-02", own.Fields[0].Suggestion, 1)
	}
}

// TestTheHintOfARefusalIsEnough starts a server with as much memory as the
// refusal asks for.
func TestTheHintOfARefusalIsEnough(t *testing.T) {
	body := costly(37, 30, 1)
	p := start(t, t.TempDir(), settings{Budget: budget.New(8 << 20)})
	_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: []byte(body)})
	p.stop()
	own, _ := errors.AsType[*lombard.Error](err)
	if own == nil || len(own.Fields) != 0 { // not even a month fits
		t.Fatalf("err = %v, want a refusal without a shorter period", err)
	}
	var mebibytes int64
	if _, err := fmt.Sscanf(own.Hint[strings.Index(own.Hint, "so ")+3:], "%d MiB", &mebibytes); err != nil {
		t.Fatalf("hint %q: %v", own.Hint, err)
	}
	const heap, own48 = 0.85, 48 << 20 // as the command line shares it out
	p = start(t, t.TempDir(), settings{Budget: budget.New(int64(heap*float64(mebibytes<<20)) - own48)})
	defer p.stop()
	check, err := p.Check(t.Context(), "w", []byte(body))
	if err != nil {
		t.Errorf("with %d MiB: %v", mebibytes, err)
	}
	if told := fmt.Sprintf("about %d MiB", (check.MemoryBytes+1<<20-1)>>20); !strings.Contains(own.Message, told) {
		t.Errorf("a check says %s, the refusal was %q", told, own.Message)
	}
}

// TestARunWaitsForMemory has a reader hold most of the budget: the run is taken,
// waits, and goes on once the reader is done. A second one is cancelled while
// it waits.
func TestARunWaitsForMemory(t *testing.T) {
	b := budget.New(64 << 20)
	p := start(t, t.TempDir(), settings{Budget: b, Workers: 2})
	defer p.stop()
	all, err := b.Acquire(t.Context(), b.Total()-1<<20)
	if err != nil {
		t.Fatal(err)
	}
	waits, given := p.submit("w", gold), p.submit("v", gold)
	running := func(workspace, id string) lombard.Job {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for ctx.Err() == nil {
			if job, err := p.Job(ctx, workspace, id); err == nil && job.Status != lombard.StatusPending {
				return job
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Fatal("the run was not claimed")
		return lombard.Job{}
	}
	if job := running("w", waits.JobID); job.Status != lombard.StatusRunning || job.Stage == lombard.StageCalculating {
		t.Errorf("the run is %s, %s; want it to wait", job.Status, job.Stage)
	}
	says(t, p, waits, "Waiting for memory that other work uses.")
	running("v", given.JobID)
	if _, err := p.Cancel(t.Context(), "v", given.JobID); err != nil {
		t.Fatal(err)
	}
	if job, err := p.Wait(t.Context(), "v", given.JobID); err != nil || job.Status != lombard.StatusCancelled {
		t.Errorf("the run that was cancelled while it waited is %s, %v", job.Status, err)
	}
	all()
	if job := p.wait(waits); job.Status != lombard.StatusComplete {
		t.Errorf("the run is %s after memory came free, want complete", job.Status)
	}
	if b.Used() != 0 {
		t.Errorf("%d bytes are not given back", b.Used())
	}
}

// TestStreamsLeaveRoomForARun opens event streams until no more are taken: a
// run still completes, and each stream that closes makes room for another.
func TestStreamsLeaveRoomForARun(t *testing.T) {
	b := budget.New(32 << 20)
	p := start(t, t.TempDir(), settings{Budget: b})
	defer p.stop()
	job := p.wait(p.submit("w", gold))
	var open []*live.Subscription
	for {
		sub, err := p.Watch(t.Context(), "w", job.JobID)
		if err != nil {
			own, _ := errors.AsType[*lombard.Error](err)
			if own == nil || own.Code != lombard.CodeTooManyWatchers {
				t.Fatal(err)
			}
			break
		}
		if open = append(open, sub); len(open) > 1<<20 {
			t.Fatal("there is no limit")
		}
	}
	if used := b.Used(); used > b.Total()*5/8 || used < b.Total()/2 {
		t.Errorf("%d streams take %d bytes of %d", len(open), used, b.Total())
	}
	out, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "v", Body: []byte(strings.Replace(gold, "301650", "301000", 1))})
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for out.Job.Status != lombard.StatusComplete && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
		if out.Job, err = p.Wait(t.Context(), "v", out.Job.JobID); err != nil { // which has no place to watch from
			t.Fatal(err)
		}
	}
	if out.Job.Status != lombard.StatusComplete {
		t.Errorf("beside %d streams the run is %s", len(open), out.Job.Status)
	}
	open[0].Close()
	sub, err := p.Watch(t.Context(), "w", job.JobID)
	if err != nil {
		t.Fatalf("after a stream was closed: %v", err)
	}
	sub.Close()
	for _, sub := range open {
		sub.Close()
	}
	if b.Used() != 0 {
		t.Errorf("%d bytes are not given back", b.Used())
	}
}

// TestARunWithoutBoundEndsAlone has one run take memory until it is stopped,
// while those of other workspaces come and go: it fails with a sentence, they
// all complete, and the memory is free again.
func TestARunWithoutBoundEndsAlone(t *testing.T) {
	const chunk, room = 8 << 20, 160 << 20
	var taken atomic.Int64
	glutton := newRemote(func(ctx context.Context, _ int) error {
		var held [][]byte
		for ctx.Err() == nil {
			held = append(held, make([]byte, chunk))
			taken.Add(chunk)
			time.Sleep(2 * time.Millisecond) // the others have processors too
		}
		runtime.KeepAlive(held)
		return ctx.Err()
	})
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	p := start(t, t.TempDir(), settings{Workers: 2, HeapLimit: int64(before.HeapAlloc) + room}, glutton)
	defer p.stop()
	job := p.submit("glutton", onRemote(gold))
	others := 0
	for ended := false; !ended; others++ {
		other := p.wait(p.submit("w", strings.Replace(gold, "301650", fmt.Sprintf("3016%02d.%02d", others/100%50, others%100), 1)))
		if other.Status != lombard.StatusComplete {
			t.Fatalf("a run of another workspace is %s beside it: %v", other.Status, *other.Error)
		}
		now, err := p.Job(t.Context(), "glutton", job.JobID)
		if err != nil {
			t.Fatal(err)
		}
		job, ended = now, now.Status.Terminal()
	}
	if job.Status != lombard.StatusFailed || job.ErrorDetail.Kind != lombard.KindResourceLimit || job.ErrorDetail.Code != lombard.CodeTooMuchMemory || job.Attempt > 2 {
		t.Errorf("the run without bound is %s after attempt %d: %+v", job.Status, job.Attempt, job.ErrorDetail)
	}
	t.Logf("it took %d MiB in %d attempts; %d runs completed beside it", taken.Load()>>20, job.Attempt, others)
}
