package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// poisoned is the program, in which a run of that name ends the process while it
// is computed.
var poisoned = mutant{
	name: "poison", defect: "a run takes the process with it",
	edits: []edit{
		{"internal/worker/work.go", `	"runtime/debug"` + "\n", `	"os"` + "\n" + `	"runtime/debug"` + "\n"},
		{"internal/worker/work.go", "	k := &keeper{", "	if c.Scenario.ScenarioName == \"poison\" {\n\t\ttime.Sleep(300 * time.Millisecond)\n\t\tos.Exit(137)\n\t}\n\tk := &keeper{"},
	},
}

// job reads a job in full; false while the server is away.
func (c *client) job(ctx context.Context, id string) (job lombard.Job, ok bool) {
	a := c.do(ctx, http.MethodGet, c.in(id), nil)
	return job, a.err == nil && a.code == http.StatusOK && json.Unmarshal(a.body, &job) == nil
}

// TestPoison is the part of R32 that is about the process: a run ends it each
// time, beside others and alone. It has failed as orphaned after three ends at
// most, and every other run is complete.
func TestPoison(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary, err := build(filepath.Join(dir, "poisoned"), "build", poisoned.overlay(t, dir), "./cmd/lombard")
	if err != nil {
		t.Fatal(err)
	}
	seed := newSeed(t)
	s := newServer(t, binary, "LOMBARD_WORKERS=2")
	s.start()
	l := bareLoad(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	const runs, poison = 7, 1
	clients, ids, ends := make([]*client, runs), make([]string, runs), 0
	revive := func() {
		select {
		case <-s.exited:
			ends++
			if err := s.tryStart(); err != nil {
				t.Logf("start after end %d: %v", ends, err) // it may end again before it is ready
			}
		default:
			pause(ctx, 20*time.Millisecond)
		}
	}
	for i, workspace := range crowd(runs) {
		clients[i] = newClient(workspace, workspace, s, l.history)
		in := newInput(t, chance(seed, workspace), fmt.Sprintf("innocent #%d", i), i, medium)
		if i == poison {
			in = newInput(t, chance(seed, workspace), "poison", i, light)
		}
		for ids[i] == "" && ctx.Err() == nil { // the process may end while the others are submitted
			if job, _ := clients[i].submit(ctx, in, workspace); job != nil {
				ids[i] = job.ID
			} else {
				revive()
			}
		}
	}
	jobs := make([]lombard.Job, runs)
	for live := true; live && ctx.Err() == nil; {
		revive()
		live = false
		for i, c := range clients {
			if job, ok := c.job(ctx, ids[i]); ok {
				jobs[i] = job
			}
			live = live || !jobs[i].Status.Terminal()
		}
	}
	for i, job := range jobs {
		switch {
		case i == poison:
			if job.Status != lombard.StatusFailed || job.ErrorDetail == nil || job.ErrorDetail.Kind != lombard.KindOrphaned {
				t.Errorf("the run that ends the process is %s: %+v", job.Status, job.ErrorDetail)
			}
		case job.Status != lombard.StatusComplete:
			t.Errorf("innocent run %d is %s at attempt %d: %v", i, job.Status, job.Attempt, job.Error)
		}
	}
	if ends < app.MaxCrashes || ends > app.MaxCrashes+1 {
		t.Errorf("the process ended %d times, want at most %d", ends, app.MaxCrashes+1)
	}
	t.Logf("R32: a run that ends the process: failed after %d ends; %d others complete", ends, runs-1)
}

// TestOrderOverAKill kills a server while it computes the first of several runs:
// they are begun and completed in the order of their submission all the same.
func TestOrderOverAKill(t *testing.T) {
	t.Parallel()
	seed, runs := newSeed(t), 6
	s := newServer(t, program(t), "LOMBARD_WORKERS=1")
	s.start()
	l := bareLoad(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	clients, ids := make([]*client, runs), make([]string, runs)
	for i, workspace := range crowd(runs) {
		clients[i] = newClient(workspace, workspace, s, l.history)
		in := newInput(t, chance(seed, workspace), fmt.Sprintf("in order #%d", i), i, map[bool]weight{true: huge, false: medium}[i == 0])
		ids[i] = clients[i].must(ctx, in).ID
	}
	if clients[0].until(ctx, ids[0], calculating) == nil {
		t.Fatal("the first run was over before the server could be killed")
	}
	s.kill()
	s.start()
	var began time.Time
	for i, c := range clients {
		if c.await(ctx, ids[i], 20*time.Millisecond) == nil {
			t.Fatalf("run %d is not over", i)
		}
		job, ok := c.job(ctx, ids[i])
		if !ok || job.Status != lombard.StatusComplete || job.StartedAt == nil || job.StartedAt.Before(began) {
			t.Errorf("run %d is %s, begun at %v, and the one submitted before it at %v", i, job.Status, job.StartedAt, began)
			continue
		}
		began = *job.StartedAt
	}
}
