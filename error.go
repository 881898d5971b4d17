package lombard

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind is the class of an error: it decides the HTTP status, the exit code and
// whether a retry can help.
type Kind string

// The kinds, as they appear on the wire.
const (
	KindValidation      Kind = "validation"
	KindDataUnavailable Kind = "data_unavailable"
	KindDataCost        Kind = "data_cost"
	KindVendorAuth      Kind = "vendor_auth"
	KindVendorBusy      Kind = "vendor_busy"
	KindPricing         Kind = "pricing"
	KindResourceLimit   Kind = "resource_limit"
	KindTimeout         Kind = "timeout"
	KindOrphaned        Kind = "orphaned"
	KindInternal        Kind = "internal"

	// The kinds below are answers of a use case; a failed job never has them.

	KindMalformed Kind = "malformed" // the request is not JSON at all
	KindNotFound  Kind = "not_found" // no such job, workspace, template or day
	KindConflict  Kind = "conflict"  // the job is not in a state that allows it
	KindDraining  Kind = "draining"  // the server is shutting down
	KindStorage   Kind = "storage"   // the data directory cannot be used; Code says why
)

// Codes of KindStorage and of other errors that callers tell apart.
const (
	CodeInUse           = "data_dir_in_use"
	CodeReadOnly        = "data_dir_read_only"
	CodeDiskFull        = "disk_full"
	CodeNewerSchema     = "newer_schema"
	CodeFilesGone       = "data_dir_changed" // a file of it was removed or replaced
	CodeDamaged         = "database_damaged"
	CodeIO              = "storage_io"
	CodeQueueFull       = "queue_full"
	CodeTooMuchMemory   = "too_much_memory"
	CodeTooManyFiles    = "too_many_files"
	CodeTooManyReads    = "too_many_reads"
	CodeTooManyWatchers = "too_many_watchers"
	CodeOutOfRange      = "date_out_of_range"
	CodeUnknown         = "unknown_value"
	CodeRequired        = "required"
	CodeUnknownField    = "unknown_field"
	CodeWrongType       = "wrong_type"
	CodeInvalid         = "invalid_value"
	CodeInCall          = "loan_in_call"
	CodeTooFewDays      = "too_few_sessions"
	CodeNoHistory       = "not_enough_history"
)

// Error is the error people meet. Message and Hint are full sentences in the
// reader's words; Err is the cause, for logs only.
type Error struct {
	Kind    Kind
	Code    string       // finer than Kind, snake_case; may be empty
	Message string       // what is wrong, with the value
	Hint    string       // what would work; may be empty
	Fields  []FieldError // every bad field of a request, all at once
	More    int          // bad fields beyond these, of an error that came with some of them only
	Err     error
}

// FieldError is one bad field of a request.
type FieldError struct {
	Field      string `json:"field"`                // path in the request, such as assumptions.vol.value
	Value      any    `json:"value"`                // what was sent; null when the field is missing
	Message    string `json:"message"`              // what is wrong with it
	Suggestion string `json:"suggestion,omitempty"` // a value that would work, to use as it is
	Code       string `json:"code,omitempty"`       // Short name of the fault for programs
}

// Error returns the message and the hint, then of each listed field what these
// do not say already: nothing is said twice.
func (e *Error) Error() string {
	said := sentences(e.Message + " " + e.Hint)
	parts := slices.Clone(said)
	listed, more := e.Listed()
	for _, f := range listed {
		if fresh := slices.DeleteFunc(sentences(f.Message), func(s string) bool { return slices.Contains(said, s) }); len(fresh) > 0 {
			parts = append(parts, f.Field+": "+strings.Join(fresh, " "))
		}
	}
	if more > 0 {
		parts = append(parts, fmt.Sprintf("And %d more.", more))
	}
	return strings.Join(parts, " ")
}

// Listed returns the bad fields that an answer lists, at most MaxFaults of
// them and with values short enough to be read, and how many more there are.
func (e *Error) Listed() (listed []FieldError, more int) {
	listed = slices.Clone(e.Fields[:min(len(e.Fields), MaxFaults)])
	for i := range listed {
		f := &listed[i]
		f.Value, f.Suggestion = Echo(f.Value), Cut(f.Suggestion)
	}
	return listed, len(e.Fields) - len(listed) + e.More
}

// sentences takes a text apart after each full stop that a blank follows.
func sentences(text string) []string {
	return slices.DeleteFunc(strings.Split(strings.ReplaceAll(strings.TrimSpace(text), ". ", ".\x00"), "\x00"), func(s string) bool { return s == "" })
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether the same request may succeed later unchanged.
func (e *Error) Retryable() bool { return e.Kind == KindVendorBusy }

// KindOf returns the kind of err; an error that is not ours is internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// AsError returns err as the error people meet: one that is not ours is hidden
// behind a sentence (Internal); nil stays nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	return Internal(err)
}

// Internal hides an error that is not ours behind a sentence; the cause is for
// the log.
func Internal(cause error) *Error {
	return &Error{
		Kind: KindInternal, Code: "internal", Err: cause,
		Message: "Something went wrong inside lombard.",
		Hint:    "Run it again; if it fails again, report it with the server's log.",
	}
}

// FieldsOf returns the bad fields of err. One that has none is a fault of field,
// which had that value, and a single one is called field.
func FieldsOf(err error, field string, value any) []FieldError {
	e := AsError(err)
	if len(e.Fields) == 0 {
		return []FieldError{{Field: field, Value: value, Code: e.Code, Message: e.Message + " " + e.Hint}}
	}
	fields := slices.Clone(e.Fields)
	if len(fields) == 1 {
		fields[0].Field = field
	}
	return fields
}

// Invalid returns a validation error over the bad fields, nil when there are
// none. One bad field lends the error its sentence.
func Invalid(fields []FieldError) error {
	switch len(fields) {
	case 0:
		return nil
	case 1:
		return &Error{Kind: KindValidation, Code: fields[0].Code, Message: fields[0].Message, Fields: fields}
	default:
		return &Error{
			Kind: KindValidation, Code: CodeInvalid, Fields: fields,
			Message: fmt.Sprintf("%d fields of the request are wrong.", len(fields)),
		}
	}
}
