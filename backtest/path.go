package backtest

import "lombard.example/lombard"

// Path is the account at every close of the run, the options it held, and for
// each day what was open at its close and what was traded on it.
type Path struct {
	Days      []lombard.Day
	Contracts []lombard.Contract
	Held      [][]Holding // by day
	Trades    [][]Trade   // by day, in the order they were made

	// CallSpot is the spot at which the lender would call the hedged branch at the
	// last close, options repriced there with the vol and time of that close; 0
	// where no price would make it.
	CallSpot float64
}

// Holding is one open option at a close.
type Holding struct {
	Contract int     // index into Path.Contracts
	Quantity float64 // units of the underlying, signed
	Mark     float64 // per unit, at mid
	Vol      float64 // annual, behind the mark
}

// Trade is one change of a position.
type Trade struct {
	Contract int     // index into Path.Contracts
	Type     string  // entry, renewal, sale, expiry, …: the type of its event
	Quantity float64 // change of the position in units, signed
	Mid      float64 // per unit
	Fill     float64 // per unit
	Cash     float64 // −Quantity × Fill, less commission; positive is received
	Repaid   float64 // of Cash, what repaid the loan
}
