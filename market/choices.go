package market

import "lombard.example/lombard"

// Cycle is which of the listed expiries an option may have.
type Cycle string

// The cycles.
const (
	CycleMonthly   Cycle = "monthly"
	CycleQuarterly Cycle = "quarterly"
	CycleLeaps     Cycle = "leaps"
	CycleWeekly    Cycle = "weekly"
	CycleMonthEnd  Cycle = "eom"
	CycleExact     Cycle = "exact"
)

// Choices implements lombard.Chosen.
func (Cycle) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(CycleMonthly), Short: "monthly", Long: "The expiry of each month.", Default: lombard.Always},
		{Value: string(CycleQuarterly), Short: "quarterly", Long: "The expiries of March, June, September and December."},
		{Value: string(CycleLeaps), Short: "yearly", Long: "The expiries of January."},
		{Value: string(CycleWeekly), Short: "weekly", Long: "Every Friday."},
		{Value: string(CycleMonthEnd), Short: "end of month", Long: "The last session of each month."},
		{Value: string(CycleExact), Short: "the date itself", Long: "Over the counter: the date that the tenor leads to, on no cycle."},
	}
}

// Pick is which expiry of a cycle is taken for a date.
type Pick string

// The ways.
const (
	PickNearest    Pick = "nearest"
	PickFirstAfter Pick = "first_after"
	PickLastBefore Pick = "last_before"
)

// Choices implements lombard.Chosen.
func (Pick) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(PickNearest), Short: "the nearest", Long: "The expiry nearest to the date.", Default: lombard.Always},
		{Value: string(PickFirstAfter), Short: "the next", Long: "The first expiry on or after the date."},
		{Value: string(PickLastBefore), Short: "the one before", Long: "The last expiry on or before the date."},
	}
}
