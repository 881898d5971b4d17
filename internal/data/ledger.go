package data

import (
	"context"
	"errors"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// The states of a row of the ledger.
const (
	SpendReserved = "reserved" // the call is on its way
	SpendSettled  = "settled"  // it counts as spent
	SpendVoid     = "void"     // the vendor sent no data, so it costs nothing
)

// How a call ended that brought nothing, for the ledger.
const (
	NoteRefused = "The vendor sent no data, so nothing is charged."
	NoteWrong   = "The vendor's answer could not be used. It has probably charged for it."
	NoteBroken  = "The answer did not arrive whole. The vendor may have charged for it."
	NoteLost    = "The program ended before the answer arrived. The vendor may have charged for it."
	NotePart    = "Only a part of the dates was served; that part is charged on its own."
)

// MostLedgerRows is the most rows of a page of the ledger.
const MostLedgerRows = 200

// LedgerQuery asks for a page of a workspace's ledger.
type LedgerQuery struct {
	Workspace string
	Now       time.Time // whose UTC day the sums are of
	Limit     int       // rows, 1 to MostLedgerRows
	Cursor    string    // NextCursor of the page before; empty: the newest rows
}

// Ledger is what a workspace has spent on data today, and a page of everything
// that it ever reserved, newest first.
type Ledger struct {
	Workspace   string       `json:"workspace"` // Whose spending it is
	Day         lombard.Date `json:"day" doc:"The UTC day that the sums are of."`
	SpentUSD    float64      `json:"spent_usd" doc:"What calls that have ended count for on that day, US dollars."`
	ReservedUSD float64      `json:"reserved_usd" doc:"What calls that are on their way will count for."`
	CapUSD      float64      `json:"cap_usd" doc:"The most that the workspace may spend on one day."`
	LeftUSD     float64      `json:"left_usd" doc:"What is left of the cap: never below 0."`
	Rows        []LedgerRow  `json:"rows" doc:"Of every day, newest first."`
	NextCursor  string       `json:"next_cursor,omitempty" doc:"For the page after; absent on the last one."`
}

// LedgerRow is one call that may have cost money.
type LedgerRow struct {
	ID          string       `json:"id"` // Id of the row
	At          time.Time    `json:"at" doc:"When it was reserved, before the call."`
	JobID       string       `json:"job_id,omitempty" doc:"The job that asked; absent when it was asked for by hand."`
	Source      string       `json:"source" example:"databento"` // The vendor
	Dataset     string       `json:"dataset,omitempty"`          // Collection that was asked for
	Holds       string       `json:"holds,omitempty" doc:"bars or chains."`
	Symbol      string       `json:"symbol"` // What was asked for
	First       lombard.Date `json:"first"`  // First day that was asked for
	Last        lombard.Date `json:"last"`   // Last day that was asked for
	EstimateUSD float64      `json:"estimate_usd" doc:"What the vendor said beforehand that the call would cost."`
	USD         float64      `json:"usd" doc:"What it counts for: the estimate, or 0 when it is void."`
	State       string       `json:"state" enum:"reserved,settled,void" doc:"reserved: the call is on its way. settled: it counts as spent. void: the vendor sent no data."`
	Note        string       `json:"note,omitempty" doc:"How a call ended that brought nothing."`
}

// HoldsOf is what a schema holds, in a word.
func HoldsOf(schema string) string {
	switch schema {
	case SchemaBars:
		return market.HoldsBars
	case SchemaChains:
		return market.HoldsChains
	default:
		return ""
	}
}

// free is an error that can tell whether its call may be charged for.
type free interface {
	error
	NotCharged() bool
}

// refused reports whether the vendor said no instead of sending data: such a
// call is not charged.
func refused(err error) bool {
	if told, ok := errors.AsType[free](err); ok {
		return told.NotCharged()
	}
	kind := lombard.KindOf(err)
	return kind == lombard.KindVendorAuth || kind == lombard.KindValidation
}

// rejects reports whether an answer without data stands behind an error, of the
// one call that failed: others before it may be charged for.
func rejects(err error) bool {
	for {
		told, ok := errors.AsType[free](err)
		if !ok || told.NotCharged() {
			return ok
		}
		err = errors.Unwrap(told)
	}
}

// failed ends the spend of a call that brought nothing and returns why: at 0
// where the vendor sent no data, else at its estimate.
func (s *Source) failed(ctx context.Context, spend string, err error) error {
	if spend == "" {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	var ending error
	switch {
	case refused(err):
		ending = s.library.Void(ctx, spend, NoteRefused)
	case lombard.KindOf(err) == lombard.KindDataUnavailable:
		ending = s.library.Keep(ctx, spend, NoteWrong)
	default:
		ending = s.library.Keep(ctx, spend, NoteBroken)
	}
	if ending != nil {
		return ending
	}
	return err
}
