// Package data is the one way from a vendor to a backtest: choose the dataset,
// check its dates, estimate, ask the budget, fetch what is missing, check it,
// store it, and answer from the store. What has been bought is never bought
// again, and every paid call is on record before it is made.
package data

import (
	"context"
	"slices"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// Key names one stored series.
type Key struct {
	Source  string `json:"source"`
	Dataset string `json:"dataset"`
	Schema  string `json:"schema"` // bars, figures or chains
	Symbol  string `json:"symbol"`
}

// The schemas that are stored. Prices are raw.
const (
	SchemaBars    = "ohlcv-1d raw"
	SchemaFigures = "figures"
	SchemaChains  = "chains"
)

// Holding is a stored stretch of a series.
type Holding struct {
	Key
	market.Range
	Sessions  int       `json:"sessions"`
	FetchedAt time.Time `json:"fetched_at"`
	CostUSD   float64   `json:"cost_usd"`
}

// Spend is one call that may cost money.
type Spend struct {
	market.Caller

	ID    string
	Key   Key
	Range market.Range
	USD   float64 // the estimate, which is what is charged
	At    time.Time
}

// Purchase is how data came: what it cost and what the vendor said beside it.
type Purchase struct {
	Spend    string // id of the spend that it settles; empty: it cost nothing
	USD      float64
	Warnings []lombard.Warning
	At       time.Time
}

// ChainReader reads stored chains.
type ChainReader interface {
	// StoredChains calls each for the chains between two dates, both included, in
	// order, with their packed form where it is asked for. The bytes are each's
	// only until it returns; its error ends the call.
	StoredChains(ctx context.Context, k Key, r market.Range, packed bool, each func(StoredChain) error) error
}

// StoredChain is one stored day of chains.
type StoredChain struct {
	Date   lombard.Date
	Quotes int
	Digest string // of the whole chain
	Packed []byte
}

// Library keeps bars and the record of what was spent. Every method is one
// transaction and safe for concurrent use.
type Library interface {
	// Covered returns the stretches of a series that are here, ascending and
	// joined.
	Covered(ctx context.Context, k Key) ([]market.Range, error)
	// Datasets returns the datasets in which something of a symbol is here.
	Datasets(ctx context.Context, source, schema, symbol string) ([]string, error)
	// StoredBars returns the bars between two dates, both included.
	StoredBars(ctx context.Context, k Key, r market.Range) ([]market.Bar, error)
	// StoreBars adds a stretch with its bars, all or nothing, and settles the
	// spend it cost.
	StoreBars(ctx context.Context, k Key, r market.Range, bars []market.Bar, p Purchase) error
	// StoreChain adds the chain of one day, empty where there was no session,
	// and settles the spend it cost.
	StoreChain(ctx context.Context, k Key, c market.Chain, p Purchase) error
	// Remarks returns what the vendor said of the stretches that reach into a
	// range, each once, in one order: every run that uses them repeats it.
	Remarks(ctx context.Context, k Key, r market.Range) ([]lombard.Warning, error)
	ChainReader
	// Holdings lists what is here.
	Holdings(ctx context.Context) ([]Holding, error)
	// Forget removes a series.
	Forget(ctx context.Context, k Key) error

	// Reserve records a spend before its call, unless the day's spends of the
	// workspace would go above the cap; it returns what they come to with it.
	Reserve(ctx context.Context, s Spend, capUSD float64) (day float64, ok bool, err error)
	// Void ends a reserved call that costs nothing; the note says why.
	Void(ctx context.Context, id, note string) error
	// Keep ends a reserved call that brought nothing and counts as spent all the
	// same; the note says why.
	Keep(ctx context.Context, id, note string) error
	// Spent returns what a run has spent, calls whose end is not known included.
	Spent(ctx context.Context, run string) (float64, error)
}

// missing returns the parts of a range that are not covered.
func missing(want market.Range, covered []market.Range) []market.Range {
	var out []market.Range
	next := want.First
	for _, c := range covered {
		if c.Last < next || c.First > want.Last {
			continue
		}
		if c.First > next {
			out = append(out, market.Range{First: next, Last: c.First - 1})
		}
		next = max(next, c.Last+1)
	}
	if next <= want.Last {
		out = append(out, market.Range{First: next, Last: want.Last})
	}
	return out
}

// Join merges stretches that touch or overlap.
func Join(ranges []market.Range) []market.Range {
	slices.SortFunc(ranges, func(a, b market.Range) int { return int(a.First - b.First) })
	var out []market.Range
	for _, r := range ranges {
		if n := len(out); n > 0 && r.First <= out[n-1].Last+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return out
}

// within reports whether covered holds all of a range.
func within(want market.Range, covered []market.Range) bool { return len(missing(want, covered)) == 0 }

// sessionsBack is how many calendar days hold so many sessions, with room for
// holidays.
func sessionsBack(n int, sevenDay bool) lombard.Date {
	if n == 0 {
		return 0
	}
	if sevenDay {
		return lombard.Date(n)
	}
	const sessions, days, holidays = 5, 7, 15
	return lombard.Date(n*days/sessions + n/holidays + holidays)
}
