package app

import (
	"errors"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
)

// CancelledMessage is the sentence a cancelled run shows.
func CancelledMessage(reason lombard.CancelReason) string {
	switch reason {
	case lombard.CancelSuperseded:
		return "Replaced by a newer backtest."
	case lombard.CancelCleared:
		return "Cleared."
	case lombard.CancelUser:
		return "Cancelled."
	default:
		return "Cancelled."
	}
}

// FailureOf returns what a failed run shows of its error: a sentence that is
// never empty, and what programs need to know.
func FailureOf(e *lombard.Error) (sentence string, detail lombard.ErrorDetail) {
	if e == nil || e.Message == "" {
		e = lombard.Internal(e)
	}
	detail = lombard.ErrorDetail{Kind: e.Kind, Code: e.Code, Hint: e.Hint, Retryable: e.Retryable()}
	detail.Fields, _ = e.Listed() // the sentence counts the rest
	if len(e.Fields) > 0 {
		detail.Suggestion = e.Fields[0].Suggestion
	}
	if reply, ok := errors.AsType[*vendorhttp.Reply](e.Err); ok {
		detail.Vendor = &lombard.VendorError{Name: reply.Vendor, Status: reply.Status, RequestID: reply.ID}
	}
	if detail.Kind == "" {
		detail.Kind = lombard.KindInternal
	}
	if detail.Code == "" {
		detail.Code = string(detail.Kind)
	}
	return e.Error(), detail
}

// OutOfMemory is how a run ends that took more memory than there is.
func OutOfMemory() *lombard.Error {
	return &lombard.Error{
		Kind: lombard.KindResourceLimit, Code: lombard.CodeTooMuchMemory,
		Message: "The backtest took more memory than the server has and was stopped.",
		Hint:    "Choose a shorter period or fewer templates, or start the server with more memory (--memory).",
	}
}

// TimedOut is how a run ends that is past its deadline.
func TimedOut() *lombard.Error {
	return &lombard.Error{
		Kind: lombard.KindTimeout, Code: "deadline_passed",
		Message: "The backtest took longer than it may and was stopped.",
		Hint:    "Choose a shorter period or fewer templates and run it again.",
	}
}

// Orphaned is how a run ends whose worker died so many times, the last time
// where the run had come to.
func Orphaned(times int, at Progress) *lombard.Error {
	return &lombard.Error{
		Kind: lombard.KindOrphaned, Code: "worker_lost",
		Message: fmt.Sprintf("The program ended %d times while it was running this backtest, which was last seen %s.", times, doingAt(at)),
		Hint:    "Run it again; if it ends again, report it with the server's log.",
	}
}

// doingAt says what a run was doing.
func doingAt(at Progress) string {
	what := "validating inputs"
	switch at.Stage {
	case lombard.StageFetching:
		what = "fetching prices"
	case lombard.StageCalculating:
		what = "calculating"
	case lombard.StageValidating, lombard.StageComplete, lombard.StageFailed, lombard.StageCancelled: // before those, or ended meanwhile
	}
	if at.Counts.Total > 0 {
		return fmt.Sprintf("%s (%d of %d %s)", what, at.Counts.Done, at.Counts.Total, at.Counts.Unit)
	}
	return what
}

// NoResult is the answer to somebody who reads a result that is not there.
func NoResult(status lombard.Status) *lombard.Error {
	e := &lombard.Error{Kind: lombard.KindConflict, Code: "no_result_yet", Message: "The backtest is not finished, so there is no result yet.", Hint: "Wait until it is complete."}
	if status.Terminal() {
		e.Code, e.Message, e.Hint = "no_result", fmt.Sprintf("The backtest ended %s, so there is no result.", status), "Read its error, correct the request and run it again."
	}
	return e
}

// LiveJob is the cause of an error that a live job of the workspace stands
// behind.
type LiveJob struct{ Job lombard.Job }

// Error names the job, for logs.
func (l *LiveJob) Error() string { return "job " + l.Job.JobID + " is " + string(l.Job.Status) }

// Busy is the answer to a submit that is to be refused while another run of the
// workspace is live.
func Busy(live lombard.Job) *lombard.Error {
	doing := "running"
	if live.Status == lombard.StatusPending {
		doing = "waiting"
	}
	return &lombard.Error{
		Kind: lombard.KindConflict, Code: "workspace_busy", Err: &LiveJob{live},
		Message: fmt.Sprintf("The backtest %q (job %s) is %s in this workspace.", live.ScenarioName, live.JobID, doing),
		Hint:    "Wait until it has ended, or submit with on_conflict queue to wait behind it or replace to stop it.",
	}
}
