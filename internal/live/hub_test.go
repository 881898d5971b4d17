package live

import (
	"testing"

	"lombard.example/lombard"
)

func TestWhatIsShownIsTheFurtherOfRowAndWorker(t *testing.T) {
	at := func(status lombard.Status, attempt int, progress float64) lombard.Job {
		return lombard.Job{JobID: "a", Status: status, Attempt: attempt, Progress: progress}
	}
	worker := Jobs{"a": at(lombard.StatusRunning, 1, 80)}
	for _, tt := range []struct {
		name string
		row  lombard.Job
		want float64
	}{
		{"the worker is ahead of the row that it writes now and then", at(lombard.StatusRunning, 1, 70), 80},
		{"the row was written after the worker last told", at(lombard.StatusRunning, 1, 81), 81},
		{"the run was taken away and is at its next attempt", at(lombard.StatusRunning, 2, 10), 10},
		{"the run was handed back", at(lombard.StatusPending, 1, 82), 82},
		{"the run has ended", at(lombard.StatusFailed, 1, 0), 0},
	} {
		if got := worker.Over(tt.row).Progress; got != tt.want {
			t.Errorf("%s: progress %v, want %v", tt.name, got, tt.want)
		}
	}
	other := at(lombard.StatusRunning, 1, 5)
	other.JobID = "b"
	if got := worker.Over(other).Progress; got != 5 {
		t.Errorf("a run that nobody computes here: progress %v, want 5", got)
	}
}
