package cli

import (
	"errors"
	"io/fs"

	"lombard.example/lombard"
)

// Exit codes of every command.
const (
	ExitOK          = 0   // the command did what it says
	ExitInternal    = 1   // a fault of ours
	ExitUsage       = 2   // a wrong flag, field or file, or a name that does not exist
	ExitMarginCall  = 3   // --fail-on margin-call, and there was one
	ExitNoData      = 4   // prices not available: range, key, credit, licence, or the vendor is busy
	ExitCost        = 5   // the data would cost more than allowed
	ExitFailed      = 6   // the run failed: pricing, resource limit, timeout, orphaned or cancelled
	ExitUnusable    = 7   // the data directory or the server cannot be used
	ExitStorage     = 74  // the disk failed, or files of the data directory went away
	ExitInterrupted = 130 // by a signal
)

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// codedError is an error whose exit code is known where it is made.
type codedError struct {
	code int
	err  error // nil: nothing is to be said
}

// Error returns the sentence of the error within.
func (e *codedError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns the error within.
func (e *codedError) Unwrap() error { return e.err }

// coded gives err an exit code of its own; no error stays no error.
func coded(code int, err error) error {
	if err == nil {
		return nil
	}
	return &codedError{code: code, err: err}
}

// exitCode returns the exit code that tells err to a script.
func exitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	if c, ok := errors.AsType[*codedError](err); ok {
		return c.code
	}
	if errors.Is(err, errInterrupted) {
		return ExitInterrupted
	}
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok {
		if _, ok := errors.AsType[*fs.PathError](err); ok {
			return ExitUsage
		}
		return ExitInternal
	}
	switch own.Kind {
	case lombard.KindValidation, lombard.KindMalformed:
		if onlyOutOfRange(own) {
			return ExitNoData
		}
		return ExitUsage
	case lombard.KindNotFound, lombard.KindConflict:
		return ExitUsage
	case lombard.KindDataUnavailable, lombard.KindVendorAuth, lombard.KindVendorBusy:
		return ExitNoData
	case lombard.KindDataCost:
		return ExitCost
	case lombard.KindPricing, lombard.KindResourceLimit, lombard.KindTimeout, lombard.KindOrphaned:
		return ExitFailed
	case lombard.KindDraining:
		return ExitUnusable
	case lombard.KindStorage:
		if own.Code == lombard.CodeIO || own.Code == lombard.CodeFilesGone {
			return ExitStorage
		}
		return ExitUnusable
	case lombard.KindInternal:
	}
	return ExitInternal
}

// onlyOutOfRange reports whether dates outside the source's range are all that
// is wrong: the question is right, the data is not there.
func onlyOutOfRange(e *lombard.Error) bool {
	if len(e.Fields) == 0 {
		return e.Code == lombard.CodeOutOfRange
	}
	for _, f := range e.Fields {
		if f.Code != lombard.CodeOutOfRange {
			return false
		}
	}
	return true
}
