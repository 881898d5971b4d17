package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// ownLog writes lines with heartbeats, outcomes and a reconciliation, more than
// are kept, and with a claim that is lost.
func ownLog(b *bench) {
	lines := func(from, to int) app.LogPart {
		var p app.LogPart
		for i := from; i < to; i++ {
			p.Lines = append(p.Lines, app.LogLine{Time: b.now, Stage: lombard.StageCalculating, Level: app.LevelInfo, Message: fmt.Sprintf("line %d, \"quoted\"\nand\u2028broken", i)})
		}
		return p
	}
	beat := func(c app.Claim, p app.LogPart) error {
		_, err := b.Heartbeat(b.ctx(), c, app.Progress{Stage: lombard.StageCalculating, Progress: 75, Log: p}, b.now, b.now.Add(lease))
		return err
	}
	read := func(id string) app.LogPart {
		b.Helper()
		p, err := b.RunLog(b.ctx(), "w", id)
		if err != nil {
			b.Fatalf("log: %v", err)
		}
		return p
	}
	job := b.submit(b.newRun("w"))
	if p := read(job.JobID); len(p.Lines) != 0 || p.Dropped != 0 {
		b.Errorf("log of a run that nobody has claimed = %+v", p)
	}
	lost, first := b.claim(job.JobID), lines(0, 2)
	if err := beat(lost, first); err != nil {
		b.Fatalf("heartbeat: %v", err)
	}
	b.now = b.now.Add(time.Minute)
	if _, err := b.Reconcile(b.ctx(), b.now, true); err != nil {
		b.Fatalf("reconcile: %v", err)
	}
	b.wantStale("log of a lost claim", beat(lost, lines(90, 91)))
	c := b.claim(job.JobID)
	if err := beat(c, lines(3, 4)); err != nil {
		b.Fatalf("heartbeat: %v", err)
	}
	got := read(job.JobID)
	if len(got.Lines) != 4 || !slices.Equal(got.Lines[:2], first.Lines) || got.Lines[2].Level != app.LevelWarn || !strings.Contains(got.Lines[2].Message, "attempt 1") || got.Lines[3] != lines(3, 4).Lines[0] {
		b.Errorf("log = %+v", got)
	}

	// As many as are kept, and no more; the rest is counted.
	many := lines(4, app.MaxLogLines+5)
	many.Dropped = 7
	if err := beat(c, many); err != nil {
		b.Fatalf("heartbeat: %v", err)
	}
	o := completeOutcome(job.JobID)
	o.Progress.Log = lines(600, 603)
	b.finish(c, o)
	got = read(job.JobID)
	if want := 4 + len(many.Lines) - app.MaxLogLines + 7 + 3; len(got.Lines) != app.MaxLogLines || got.Dropped != want {
		b.Errorf("%d lines are kept and %d were dropped, want %d and %d", len(got.Lines), got.Dropped, app.MaxLogLines, want)
	}

	_, err := b.RunLog(b.ctx(), "v", job.JobID)
	b.wantKind("log of another workspace's job", err, lombard.KindNotFound)
	if err := b.Delete(b.ctx(), "w", job.JobID); err != nil {
		b.Fatalf("delete: %v", err)
	}
	_, err = b.RunLog(b.ctx(), "w", job.JobID)
	b.wantKind("log of a deleted job", err, lombard.KindNotFound)
}
