package hedge

import "lombard.example/lombard"

// Side is whether an option is bought or sold.
type Side string

// The sides.
const (
	Long  Side = "long"
	Short Side = "short"
)

// Choices implements lombard.Chosen.
func (Side) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(Long), Short: "bought", Long: "The option is bought.", Default: lombard.Always},
		{Value: string(Short), Short: "sold", Long: "The option is sold; something of the position must cover it."},
	}
}

// Method is how a strike is chosen.
type Method string

// The methods.
const (
	MethodMoneyness Method = "moneyness"
	MethodDelta     Method = "delta"
	MethodAbs       Method = "abs"
	MethodOffset    Method = "offset"
	MethodSD        Method = "sd"
	MethodPremium   Method = "premium"
	MethodLTVFloor  Method = "ltv_floor"
	MethodSolve     Method = "solve"
)

// Choices implements lombard.Chosen.
func (Method) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(MethodMoneyness), Short: "a fraction of a price", Long: "value times the price that of names.", Default: lombard.Always},
		{Value: string(MethodDelta), Short: "a delta", Long: "The strike whose option has the delta value, negative for a put."},
		{Value: string(MethodAbs), Short: "a price", Long: "value is the strike itself, a price of a unit."},
		{Value: string(MethodOffset), Short: "a distance from another leg", Long: "The strike of leg plus value, in unit."},
		{Value: string(MethodSD), Short: "standard deviations from spot", Long: "Spot times exp(value · vol · √years), with the vol of an option at the money."},
		{Value: string(MethodPremium), Short: "a premium", Long: "The strike whose option costs value, in unit."},
		{Value: string(MethodLTVFloor), Short: "a floor under the LTV", Long: "The strike that holds the LTV buffer below the lender's threshold at expiry. It has no value."},
		{Value: string(MethodSolve), Short: "solved for", Long: "The strike that the entry of solve asks for. It has no value."},
	}
}

// Basis is the price that a moneyness is a fraction of.
type Basis string

// The prices.
const (
	OfSpot      Basis = "spot"
	OfForward   Basis = "forward"
	OfEntrySpot Basis = "entry_spot"
	OfCost      Basis = "cost"
)

// Choices implements lombard.Chosen.
func (Basis) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(OfSpot), Short: "spot", Long: "Spot at the purchase.", Default: "with method moneyness"},
		{Value: string(OfForward), Short: "the forward", Long: "The forward to the expiry, spot · exp((rate − yield) · years)."},
		{Value: string(OfEntrySpot), Short: "spot at entry", Long: "Spot at the entry of the run."},
		{Value: string(OfCost), Short: "what the collateral cost", Long: "What a unit of the collateral cost."},
	}
}

// Unit is what the value of an offset or a premium is counted in.
type Unit string

// The units.
const (
	UnitAbs Unit = "abs"
	UnitPct Unit = "pct"
)

// Choices implements lombard.Chosen.
func (Unit) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(UnitPct), Short: "a fraction", Long: "A fraction: of the other leg's strike for an offset, of spot for a premium.", Default: "with method offset or premium"},
		{Value: string(UnitAbs), Short: "a price", Long: "A price of a unit."},
	}
}

// Round is how the strike of a listed contract is moved to the grid of strikes.
type Round string

// The ways.
const (
	RoundNearest Round = "nearest"
	RoundDown    Round = "down"
	RoundUp      Round = "up"
)

// Choices implements lombard.Chosen.
func (Round) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(RoundDown), Short: "down", Long: "The next listed strike at or below.", Default: "for a put"},
		{Value: string(RoundUp), Short: "up", Long: "The next listed strike at or above.", Default: "for a call"},
		{Value: string(RoundNearest), Short: "nearest", Long: "The listed strike that is nearest."},
	}
}

// Target is what a strike is solved for.
type Target string

// TargetNetPremium is what the legs cost together.
const TargetNetPremium Target = "net_premium"

// Choices implements lombard.Chosen.
func (Target) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(TargetNetPremium), Short: "net premium", Long: "What the legs cost together, per unit of collateral, as a fraction of spot.", Default: lombard.Always},
	}
}

// PriceSide is the price at which a purchase is counted while it is solved for.
type PriceSide string

// The prices.
const (
	PriceFill PriceSide = "fill"
	PriceMid  PriceSide = "mid"
)

// Choices implements lombard.Chosen.
func (PriceSide) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(PriceFill), Short: "the price that is paid", Long: "With half the spread: longs at the ask, shorts at the bid.", Default: lombard.Always},
		{Value: string(PriceMid), Short: "the middle", Long: "Without the spread."},
	}
}

// NoRoot is what happens where no strike meets the target.
type NoRoot string

// What happens.
const (
	NoRootClamp NoRoot = "clamp"
	NoRootSkip  NoRoot = "skip"
	NoRootError NoRoot = "error"
)

// Choices implements lombard.Chosen.
func (NoRoot) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(NoRootClamp), Short: "the nearest bound", Long: "The strike is held at the bound that comes nearest to the target.", Default: lombard.Always},
		{Value: string(NoRootSkip), Short: "not opened", Long: "The leg is left out of this purchase."},
		{Value: string(NoRootError), Short: "an error", Long: "The run fails."},
	}
}

// OnExceed is what happens where a purchase costs more than its budget.
type OnExceed string

// What happens.
const (
	ExceedReduce      OnExceed = "reduce_ratio"
	ExceedLowerStrike OnExceed = "lower_strike"
	ExceedSkip        OnExceed = "skip"
)

// Choices implements lombard.Chosen.
func (OnExceed) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(ExceedReduce), Short: "less of it", Long: "As much of the position is hedged as the budget pays for.", Default: lombard.Always},
		{Value: string(ExceedLowerStrike), Short: "lower strikes", Long: "Every strike is lowered by one factor until the purchase is within its budget."},
		{Value: string(ExceedSkip), Short: "nothing is bought", Long: "Nothing is bought this time."},
	}
}

// Credit is where the cash of the hedge goes.
type Credit string

// CreditPledged keeps the cash of the hedge in the pledge.
const CreditPledged Credit = "pledged"

// Choices implements lombard.Chosen.
func (Credit) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(CreditPledged), Short: "the pledge", Long: "Cash of the hedge stays in the pledge."},
	}
}

// Control is what a template does that holds no options.
type Control string

// ControlDeleverage repays the loan instead of hedging.
const ControlDeleverage Control = "deleverage"

// Choices implements lombard.Chosen.
func (Control) Choices() []lombard.Choice {
	return []lombard.Choice{
		{Value: string(ControlDeleverage), Short: "repays the loan", Long: "What the hedge beside it takes from outside repays the loan instead, on the same days."},
	}
}
