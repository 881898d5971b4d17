package checker

import (
	"fmt"
	"strings"
)

// Report is the verdict on a history. The counts of Violations must be 0.
type Report struct {
	Lost            int // acknowledged, and then gone, unfinished, cancelled by nobody, or complete without a result
	Unexpected      int // a run that nobody submitted
	Duplicated      int // more runs than submits, or two results of one run
	WrongResult     int // an answer that is not the one to the run's own inputs, or that says nothing
	CrossTenant     int // something of one workspace shown to another
	NonMonotone     int // progress, stage or version gone back within an attempt
	TerminalChanged int // a finished run told differently later
	StaleWrite      int // a write by a worker that had lost its run, accepted
	Stuck           int // not finished within the bound after the faults ended
	DoubleSpend     int // one dataset billed twice
	LeakedSecret    int // a secret in something that left the process

	Acked     int // submits acknowledged
	Jobs      int // runs on record at the end
	Complete  int // of which complete
	Failed    int
	Cancelled int
	Compared  int // results compared with those of an undisturbed process
	Resumed   int // runs complete at their second or third attempt
	Recovered int // runs whose submit ended in an error for the client, found again

	Problems []string // the first few violations, in words
}

// Count is one kind of violation.
type Count struct {
	Name string
	N    int
}

// Violations returns every count that must be 0, in the order of the report.
func (r *Report) Violations() []Count {
	return []Count{
		{"lost", r.Lost},
		{"unexpected", r.Unexpected},
		{"duplicated", r.Duplicated},
		{"wrong_result", r.WrongResult},
		{"cross_tenant", r.CrossTenant},
		{"non_monotone", r.NonMonotone},
		{"terminal_changed", r.TerminalChanged},
		{"stale_write", r.StaleWrite},
		{"stuck", r.Stuck},
		{"double_spend", r.DoubleSpend},
		{"leaked_secret", r.LeakedSecret},
	}
}

// Clean reports whether every violation count is 0.
func (r *Report) Clean() bool { return r.Found() == "" }

// Found names the counts that are not 0, such as "lost=2 stuck=1".
func (r *Report) Found() string {
	var found []string
	for _, c := range r.Violations() {
		if c.N != 0 {
			found = append(found, fmt.Sprintf("%s=%d", c.Name, c.N))
		}
	}
	return strings.Join(found, " ")
}

// String is the report on one line.
func (r *Report) String() string {
	var b strings.Builder
	for _, c := range r.Violations() {
		fmt.Fprintf(&b, "%s=%d ", c.Name, c.N)
	}
	fmt.Fprintf(&b, "(acked %d, jobs %d: %d complete, %d failed, %d cancelled; %d compared, %d resumed, %d recovered)",
		r.Acked, r.Jobs, r.Complete, r.Failed, r.Cancelled, r.Compared, r.Resumed, r.Recovered)
	return b.String()
}

// maxProblems bounds how many violations are told in words.
const maxProblems = 20

func (r *Report) blame(count *int, format string, args ...any) {
	*count++
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}
