package worker

import (
	"fmt"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/vendorhttp"
)

const (
	messageMemory  = "Waiting for memory that other work uses."
	messageStoring = "Storing the result…"
)

// savingMessage words which hedge of a result is stored while others are still
// to be computed.
func savingMessage(hedge, of int) string {
	if of <= 1 {
		return messageStoring
	}
	return fmt.Sprintf("Storing hedge %d of %d…", hedge, of)
}

// waitMessage is the message of a run that is tried again after an error.
func waitMessage(wait time.Duration, failure *lombard.Error, attempt int) string {
	return app.RetryMessage(wait, strings.TrimSuffix(vendorhttp.Reason(failure), "."), attempt+1, app.MaxAttempts)
}

// callLine words one try of a call to a vendor.
func callLine(c vendorhttp.Call) (level, message string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s, ", c.Vendor, c.Method, c.Path)
	if c.Status == 0 {
		b.WriteString("no answer")
	} else {
		fmt.Fprintf(&b, "status %d, %d bytes", c.Status, c.Bytes)
	}
	fmt.Fprintf(&b, " in %s, try %d of at most %d", app.Span(c.Took), c.Try, c.Tries)
	if c.ID != "" {
		fmt.Fprintf(&b, ", request %s", c.ID)
	}
	b.WriteString(".")
	level = app.LevelInfo
	if c.Fault != "" {
		level = app.LevelWarn
		fmt.Fprintf(&b, " %s.", strings.TrimSuffix(c.Fault, "."))
	}
	if c.Wait > 0 {
		fmt.Fprintf(&b, " Next try in %s.", app.Span(c.Wait))
	}
	return level, b.String()
}
