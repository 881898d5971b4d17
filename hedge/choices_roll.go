package hedge

import "lombard.example/lombard"

// When is what a rule of rolling waits for.
type When string

// What is waited for.
const (
	WhenExpiry       When = "expiry"
	WhenDTE          When = "dte_lt"
	WhenDelta        When = "delta_abs"
	WhenSpotVsStrike When = "spot_vs_strike"
	WhenProfit       When = "profit_multiple"
	WhenLTV          When = "ltv_recognised"
	WhenCross        When = "cross"
)

// Choices implements lombard.Chosen.
func (When) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(WhenExpiry), Short: "expiry", Long: "An option expires."},
		{Value: string(WhenDTE), Short: "days to expiry", Long: "Fewer than value calendar days are left of the option."},
		{Value: string(WhenDelta), Short: "delta", Long: "The option's delta, without its sign, compared with value."},
		{Value: string(WhenSpotVsStrike), Short: "spot against the strike", Long: "Spot divided by the option's strike, compared with value."},
		{Value: string(WhenProfit), Short: "profit", Long: "The option's mark divided by what it cost, compared with value."},
		{Value: string(WhenLTV), Short: "recognised LTV", Long: "The LTV that the lender computes, compared with value."},
		{Value: string(WhenCross), Short: "crossed strikes", Long: "A new short call is struck below the standing put."},
	}
}

// Op is how a watched figure is compared with a rule's value.
type Op string

// The comparisons.
const (
	OpLess    Op = "<"
	OpAtMost  Op = "<="
	OpMore    Op = ">"
	OpAtLeast Op = ">="
)

// Choices implements lombard.Chosen.
func (Op) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(OpLess), Short: "below", Long: "The figure is below the value."},
		{Value: string(OpAtMost), Short: "at or below", Long: "The figure is at or below the value."},
		{Value: string(OpMore), Short: "above", Long: "The figure is above the value."},
		{Value: string(OpAtLeast), Short: "at or above", Long: "The figure is at or above the value."},
	}
}

// Do is what a rule of rolling does.
type Do string

// What is done.
const (
	DoRenew       Do = "renew"
	DoRestrike    Do = "restrike"
	DoRestrikePut Do = "restrike_put"
	DoMonetise    Do = "monetise"
	DoClose       Do = "close"
)

// Choices implements lombard.Chosen.
func (Do) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(DoRenew), Short: "renew", Long: "What is left of the option is sold and a new one bought, for a whole tenor from then."},
		{Value: string(DoRestrike), Short: "restrike", Long: "The option is sold and bought at a new strike with the same expiry."},
		{Value: string(DoRestrikePut), Short: "restrike the put", Long: "The same, with when cross."},
		{Value: string(DoMonetise), Short: "take profit", Long: "The option, or a fraction of it, is sold."},
		{Value: string(DoClose), Short: "close", Long: "The option is sold, and none is bought any more."},
	}
}

// Proceeds is where the cash of an option goes that is monetised.
type Proceeds string

// Where it goes.
const (
	ProceedsPledged Proceeds = "pledged"
	ProceedsRepay   Proceeds = "repay_loan"
)

// Choices implements lombard.Chosen.
func (Proceeds) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(ProceedsPledged), Short: "the pledge", Long: "The cash stays in the pledge.", Default: lombard.Always},
		{Value: string(ProceedsRepay), Short: "repays the loan", Long: "The cash repays the loan."},
	}
}

// Then is what follows on an option that was monetised.
type Then string

// What follows.
const (
	ThenRemaining Then = "renew_remaining"
	ThenRenew     Then = "renew"
	ThenNone      Then = "none"
)

// Choices implements lombard.Chosen.
func (Then) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(ThenRemaining), Short: "the rest is renewed", Long: "What remains of the option is held and renewed as the other rules say.", Default: lombard.Always},
		{Value: string(ThenRenew), Short: "a new one at once", Long: "A new option is bought at once."},
		{Value: string(ThenNone), Short: "nothing", Long: "No option is bought any more."},
	}
}
