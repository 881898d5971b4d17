package live

import (
	"testing"
	"time"

	"lombard.example/lombard"
)

func TestTheRunThatFillsTheHeapIsPicked(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	run := func(id string, seconds int, heap int64) *liveRun {
		return &liveRun{job: lombard.Job{JobID: id}, began: began.Add(time.Duration(seconds) * time.Second), heap: heap}
	}
	for name, row := range map[string]struct {
		runs []*liveRun
		heap int64
		want string
	}{
		"none":                                      {nil, 100, ""},
		"one alone":                                 {[]*liveRun{run("a", 0, 10)}, 100, "a"},
		"the later of two that saw it all":          {[]*liveRun{run("before", 0, 10), run("glutton", 1, 12)}, 100, "glutton"},
		"not one that began when it was full":       {[]*liveRun{run("before", 0, 10), run("glutton", 1, 12), run("late", 5, 90)}, 100, "glutton"},
		"not one that began when it was shrunk":     {[]*liveRun{run("glutton", 0, 10), run("late", 5, 110)}, 100, "glutton"},
		"without growth the last, for want of more": {[]*liveRun{run("a", 0, 100), run("b", 1, 100)}, 100, "b"},
	} {
		got := ""
		if pick := largest(row.runs, row.heap); pick != nil {
			got = pick.job.JobID
		}
		if got != row.want {
			t.Errorf("%s: %q is picked, want %q", name, got, row.want)
		}
	}
}
