package csvfile

import (
	"fmt"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// maxProblems is how many bad lines an error lists.
const maxProblems = 20

// fault is a reason to refuse the whole file, as a sentence.
type fault struct {
	says string
	hint string
	err  error
}

// Error returns the sentence.
func (f fault) Error() string { return f.says }

// Unwrap returns the cause.
func (f fault) Unwrap() error { return f.err }

// report collects what is wrong with a file and what is only worth knowing.
type report struct {
	name     string
	count    int
	problems []lombard.FieldError
	warnings []lombard.Warning
}

// problem notes a bad line; message is a sentence about value.
func (r *report) problem(line int, value, message string) {
	r.count++
	if len(r.problems) >= maxProblems {
		return
	}
	r.problems = append(r.problems, lombard.FieldError{
		Field: "line " + strconv.Itoa(line), Value: clip(value), Message: message, Code: lombard.CodeInvalid,
	})
}

// warn notes something that the file survived.
func (r *report) warn(code, format string, args ...any) {
	r.warnings = append(r.warnings, lombard.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
}

// refuse turns a fault into the error people meet; another error is passed on.
func (r *report) refuse(err error) error {
	f, ok := err.(fault) //nolint:errorlint // faults are made in this package and never wrapped
	if !ok {
		return fmt.Errorf("read %s: %w", r.name, err)
	}
	message := fmt.Sprintf("%s cannot be read as prices. %s", r.name, f.says)
	return &lombard.Error{
		Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Message: message, Hint: f.hint, Err: f.err,
		Fields: []lombard.FieldError{{Field: "file", Value: r.name, Message: message, Code: lombard.CodeInvalid}},
	}
}

// err returns the bad lines as one error, nil when there are none.
func (r *report) err() error {
	if r.count == 0 {
		return nil
	}
	e := &lombard.Error{
		Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Fields: r.problems,
		Hint: "Please correct the file and import it again; nothing was stored.",
	}
	switch {
	case r.count == 1:
		p := &r.problems[0]
		p.Message = fmt.Sprintf("%s, %s: %s", r.name, p.Field, p.Message)
		e.Message = p.Message
	case r.count > maxProblems:
		e.Message = fmt.Sprintf("%s has %d problems, of which the first %d are listed.", r.name, r.count, maxProblems)
	default:
		e.Message = fmt.Sprintf("%s has %d problems.", r.name, r.count)
	}
	return e
}

// tally counts lines and remembers the first.
type tally struct{ count, first int }

func (t *tally) add(line int) {
	if t.count == 0 || line < t.first {
		t.first = line
	}
	t.count++
}

// rows returns "1 row" or "n rows".
func (t *tally) rows() string {
	if t.count == 1 {
		return "1 row"
	}
	return strconv.Itoa(t.count) + " rows"
}

// were returns the verb for rows.
func (t *tally) were() string {
	if t.count == 1 {
		return "was"
	}
	return "were"
}

// quote shows what stands in a cell.
func quote(s string) string { return strconv.Quote(clip(s)) }

// clip shortens what a message repeats.
func clip(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
