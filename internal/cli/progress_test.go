package cli

import (
	"strings"
	"testing"

	"lombard.example/lombard"
)

func TestStageLinesSayEachMessageOnce(t *testing.T) {
	var b strings.Builder
	l := &stageLines{out: &b}
	third, far := 3, lombard.MostCountedAhead+1
	l.show(lombard.Job{Status: lombard.StatusPending, QueuePosition: &far, Message: "Waiting for a worker."})
	l.show(lombard.Job{Status: lombard.StatusPending, QueuePosition: &third, Message: "Waiting for a worker."})
	l.show(lombard.Job{Status: lombard.StatusPending, Message: "Waiting for a worker."})
	show := func(stage lombard.Stage, message string, c lombard.Counts) {
		for range 2 {
			l.show(lombard.Job{Status: lombard.StatusRunning, Stage: stage, StageLabel: stage.Label(), Message: message, Counts: c})
		}
	}
	show(lombard.StageValidating, "Validating inputs…", lombard.Counts{})
	show(lombard.StageFetching, "Fetching prices for GLD…", lombard.Counts{})
	show(lombard.StageFetching, "Retrying in 12 s: Coinbase does not answer (attempt 2 of 3)", lombard.Counts{})
	show(lombard.StageCalculating, "Running backtest calculations…", lombard.Counts{Done: 1, Total: 3, Unit: "days"})
	show(lombard.StageCalculating, "Storing hedge 12 of 31…", lombard.Counts{Done: 2, Total: 3, Unit: "days"})
	show(lombard.StageCalculating, "Running backtest calculations…", lombard.Counts{Done: 3, Total: 3, Unit: "days"})
	show(lombard.StageCalculating, "Storing the result…", lombard.Counts{Done: 12, Total: 31, Unit: "hedges"})
	l.show(lombard.Job{Status: lombard.StatusComplete, Stage: lombard.StageComplete, StageLabel: "Complete", Message: "Backtest complete!"})
	l.close()
	want := `Waiting for a worker. More than 1,000 are ahead of it.
Waiting for a worker. It is 3rd in the queue.
Waiting for a worker.
Validating inputs...
Fetching historical prices...
  Fetching prices for GLD…
  Retrying in 12 s: Coinbase does not answer (attempt 2 of 3)
Running backtest calculations...
  Storing hedge 12 of 31…
  Storing the result…
Complete
  Backtest complete!
`
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
	if got, want := stageText(&job, true), "Running backtest calculations... "; got != want {
		t.Errorf("stage = %q, want %q", got, want)
	}
	if got, want := countText(&job, true), " 82 % · 1,204 of 2,520 days · template 2 of 5 · 1 min 16 s left"; got != want {
		t.Errorf("counts = %q, want %q", got, want)
	}
	job.CancelRequested = true
	if got, want := stageText(&job, true), "Cancelling... "; got != want {
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
