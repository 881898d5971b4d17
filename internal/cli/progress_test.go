package cli

import (
	"strings"
	"testing"

	"lombard.example/lombard"
)

func TestStageLinesAreOneALine(t *testing.T) {
	var b strings.Builder
	l := &stageLines{out: &b}
	third, far := 3, lombard.MostCountedAhead+1
	l.show(lombard.Job{Status: lombard.StatusPending, QueuePosition: &far})
	l.show(lombard.Job{Status: lombard.StatusPending, QueuePosition: &third})
	for _, stage := range []lombard.Stage{lombard.StageValidating, lombard.StageFetching, lombard.StageFetching, lombard.StageCalculating, lombard.StageCalculating, lombard.StageComplete} {
		l.show(lombard.Job{Status: lombard.StatusRunning, Stage: stage, StageLabel: stage.Label()})
	}
	l.close()
	want := "Waiting, more than 1,000 ahead in the queue...\nWaiting, 3rd in the queue...\nValidating inputs...\nFetching historical prices...\nRunning backtest calculations...\nComplete\n"
	if b.String() != want {
		t.Errorf("lines:\n%swant:\n%s", b.String(), want)
	}
}

func TestBarSaysStagePercentCountsAndTimeLeft(t *testing.T) {
	eta := 75.2
	job := lombard.Job{
		Status: lombard.StatusRunning, StageLabel: lombard.StageCalculating.Label(), Progress: 81.6, ETASeconds: &eta,
		Counts: lombard.Counts{Done: 1204, Total: 2520, Unit: "days", TemplateIndex: 2, TemplateCount: 5},
	}
	if got, want := stageText(&job), "Running backtest calculations... "; got != want {
		t.Errorf("stage = %q, want %q", got, want)
	}
	if got, want := countText(&job, true), " 82 % · 1,204 of 2,520 days · template 2 of 5 · 1 min 16 s left"; got != want {
		t.Errorf("counts = %q, want %q", got, want)
	}
	job.CancelRequested = true
	if got, want := stageText(&job), "Cancelling... "; got != want {
		t.Errorf("stage = %q, want %q", got, want)
	}
}

func TestBarLeavesNothingBehind(t *testing.T) {
	var b strings.Builder
	m := newBar(&b, false)
	m.show(lombard.Job{Status: lombard.StatusRunning, Progress: 30})
	m.show(lombard.Job{Status: lombard.StatusComplete, Progress: 100})
	m.close()
	m.close() // a second close does not hang
	if strings.Contains(b.String(), "100") {
		t.Errorf("the bar stays: %q", b.String())
	}
}

func TestOrdinal(t *testing.T) {
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 112: "112th", 21: "21st", 1002: "1,002nd"} {
		if got := ordinal(n); got != want {
			t.Errorf("ordinal(%d) = %s, want %s", n, got, want)
		}
	}
}
