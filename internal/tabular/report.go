// Package tabular reads files of tables as people have them: it unpacks gzip,
// zstd and Parquet within bounds, cuts lines into cells, and collects what is
// wrong with them. What the columns mean is the business of its callers.
package tabular

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// MaxProblems is how many bad lines an error lists.
const MaxProblems = 20

// Fault is a reason to refuse the whole file, as a sentence.
type Fault struct {
	Says string // a full sentence about the file
	Hint string // what would work; may be empty
	Err  error  // the cause; may be nil
}

// Error returns the sentence.
func (f Fault) Error() string { return f.Says }

// Unwrap returns the cause.
func (f Fault) Unwrap() error { return f.Err }

// Report collects what is wrong with a file and what is only worth knowing.
type Report struct {
	Name     string // of the file
	What     string // what it should hold, such as prices
	Count    int    // of bad lines
	Problems []lombard.FieldError
	Warnings []lombard.Warning
}

// Problem notes a bad line; message is a sentence about value.
func (r *Report) Problem(line int, value, message string) {
	r.Count++
	if len(r.Problems) >= MaxProblems {
		return
	}
	r.Problems = append(r.Problems, lombard.FieldError{
		Field: "line " + strconv.Itoa(line), Value: Clip(value), Message: message, Code: lombard.CodeInvalid,
	})
}

// Warn notes something that the file survived.
func (r *Report) Warn(code, format string, args ...any) {
	r.Warnings = append(r.Warnings, lombard.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
}

// Refuse turns a fault into the error people meet; another error is passed on.
func (r *Report) Refuse(err error) error {
	f, ok := errors.AsType[Fault](err)
	if !ok {
		return fmt.Errorf("read %s: %w", r.Name, err)
	}
	message := fmt.Sprintf("%s cannot be read as %s. %s", r.Name, r.What, f.Says)
	return &lombard.Error{
		Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Message: message, Hint: f.Hint, Err: f.Err,
		Fields: []lombard.FieldError{{Field: "file", Value: r.Name, Message: message, Code: lombard.CodeInvalid}},
	}
}

// Err returns the bad lines as one error, nil when there are none.
func (r *Report) Err() error {
	if r.Count == 0 {
		return nil
	}
	e := &lombard.Error{
		Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Fields: r.Problems,
		Hint: "Please correct the file and import it again; nothing was stored.",
	}
	switch {
	case r.Count == 1:
		p := &r.Problems[0]
		p.Message = fmt.Sprintf("%s, %s: %s", r.Name, p.Field, p.Message)
		e.Message = p.Message
	case r.Count > MaxProblems:
		e.Message = fmt.Sprintf("%s has %d problems, of which the first %d are listed.", r.Name, r.Count, MaxProblems)
	default:
		e.Message = fmt.Sprintf("%s has %d problems.", r.Name, r.Count)
	}
	return e
}

// Tally counts lines and remembers the first.
type Tally struct{ Count, First int }

// Add counts a line.
func (t *Tally) Add(line int) {
	if t.Count == 0 || line < t.First {
		t.First = line
	}
	t.Count++
}

// Rows returns "1 row" or "n rows".
func (t *Tally) Rows() string {
	if t.Count == 1 {
		return "1 row"
	}
	return strconv.Itoa(t.Count) + " rows"
}

// Were returns the verb for rows.
func (t *Tally) Were() string {
	if t.Count == 1 {
		return "was"
	}
	return "were"
}

// Missing reports whether a cell says that there is no value.
func Missing(s string) bool {
	switch strings.ToLower(s) {
	case "", "-", "--", ".", "null", "none", "n/a", "na", "#n/a", "#na":
		return true
	}
	return false
}

// Quote shows what stands in a cell.
func Quote(s string) string { return strconv.Quote(Clip(s)) }

// Clip shortens what a message repeats.
func Clip(s string) string {
	const most = 60
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// Found lists columns for a message.
func Found(columns []string) string {
	const most = 12
	shown := columns[:min(len(columns), most)]
	quoted := make([]string, len(shown))
	for i, column := range shown {
		quoted[i] = Quote(column)
	}
	list := strings.Join(quoted, ", ")
	if more := len(columns) - len(shown); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}
