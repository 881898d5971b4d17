package app

import (
	"fmt"
	"math"
	"strings"
	"time"

	"lombard.example/lombard"
)

// The messages of a job. Each belongs to one state, and a state has no other.
const (
	messageWaiting     = "Waiting for a worker."
	messageValidating  = "Validating inputs…"
	messageCalculating = "Running backtest calculations…"
	messageComplete    = "Backtest complete!"
)

// MessageOf returns the message of a job by its status and stage alone: what
// it shows while nothing more particular is known.
func MessageOf(j *lombard.Job) string {
	switch j.Status {
	case lombard.StatusPending:
		return messageWaiting
	case lombard.StatusComplete:
		return messageComplete
	case lombard.StatusRunning:
		switch j.Stage {
		case lombard.StageFetching:
			return "Fetching prices for " + j.Symbol + "…"
		case lombard.StageCalculating:
			return messageCalculating
		case lombard.StageValidating, lombard.StageComplete, lombard.StageFailed, lombard.StageCancelled:
			return messageValidating
		}
	case lombard.StatusFailed, lombard.StatusCancelled: // it keeps the sentence it ended with
	}
	return j.Message
}

// RetryMessage words a pause before another attempt.
func RetryMessage(wait time.Duration, reason string, attempt, of int) string {
	return fmt.Sprintf("Retrying in %d s: %s (attempt %d of %d)", wholeSeconds(wait), reason, attempt, of)
}

// wholeSeconds rounds up, to at least one.
func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }

// countDown brings the seconds of a retry message up to date: the stored one
// counts from when it was written. Once the pause is over a waiting job waits
// for a worker.
func countDown(j *lombard.Job, now time.Time) {
	if j.RetryAt == nil {
		return
	}
	left := j.RetryAt.Sub(now)
	if left <= 0 {
		j.RetryAt, j.Message = nil, MessageOf(j)
		return
	}
	if _, rest, found := strings.Cut(j.Message, ": "); found {
		j.Message = fmt.Sprintf("Retrying in %d s: %s", wholeSeconds(left), rest)
	}
}
