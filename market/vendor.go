package market

import (
	"context"

	"lombard.example/lombard"
)

// BarRequest asks a vendor for the daily bars of a symbol, both ends included.
type BarRequest struct {
	Dataset    string // collection within the vendor; empty: the vendor's choice
	Symbol     string
	Start, End lombard.Date
}

// Offer is what a vendor has for a request.
type Offer struct {
	Dataset string // the one it would use
	Range   Range  // its dates of daily bars; zero where the vendor does not say
}

// BarSet is a vendor's answer: raw prices as they were traded.
type BarSet struct {
	Bars     []Bar
	Covered  Range             // the dates that were really served, within those asked for; zero: all of them
	Warnings []lombard.Warning // what the vendor said beside the data
}

// Vendor speaks one vendor's wire format and does nothing else: package
// internal/data estimates, spends, checks and stores around it. Implementations
// are safe for concurrent use. Errors are those of Source.
type Vendor interface {
	Describe() Description
	// Licence returns under what the data may be used, and where it comes from,
	// in a sentence each.
	Licence() (licence, origin string)
	// Offer chooses the dataset and says what it holds. It costs nothing.
	Offer(ctx context.Context, r BarRequest) (Offer, error)
	// DailyBars fetches the bars of a request whose dataset has been chosen. It
	// may cost money and is called once for what is missing.
	DailyBars(ctx context.Context, r BarRequest, progress func(done, total int64)) (BarSet, error)
}

// Coster is a vendor whose data may cost money.
type Coster interface {
	// Cost returns what DailyBars of the same request would be charged, in US
	// dollars; 0 is legal. It costs nothing itself.
	Cost(ctx context.Context, r BarRequest) (float64, error)
}

// Estimate is what the data of a query would cost.
type Estimate struct {
	Dataset string
	USD     float64
	Missing []Range // that would be fetched; empty: everything is here
}

// Estimator is a source that can tell what a query would cost.
type Estimator interface {
	Estimate(ctx context.Context, q Query) (Estimate, error)
}

// What a source can hold.
const (
	HoldsBars    = "bars"
	HoldsChains  = "chains"
	HoldsActions = "actions" // splits and dividends, with the bars
)

// Availability is what can be had of a symbol.
type Availability struct {
	Holds   string `json:"holds"`             // bars or chains
	Dataset string `json:"dataset,omitempty"` // Collection within the source
	Range   Range  `json:"range"`             // First and last session that can be had
}

// Ranger is a source that can tell what it has beyond what is stored.
type Ranger interface {
	// Available returns what can be had of a symbol, in the dataset or, when that
	// is empty, in the one that reaches back furthest. It costs nothing.
	Available(ctx context.Context, symbol, dataset string) ([]Availability, error)
}
