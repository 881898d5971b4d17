package lombard

// Style is when an option may be exercised.
type Style string

// The styles of options.
const (
	StyleEuropean Style = "european"
	StyleAmerican Style = "american"
)

// Choices implements Chosen.
func (Style) Choices() []Choice {
	return []Choice{
		{string(StyleEuropean), "at expiry only", "Exercised at expiry only.", "when the options of the symbol are European"},
		{string(StyleAmerican), "on any day", "Exercised on any day up to expiry.", "when the options of the symbol are American"},
	}
}

// ContractMode is what contracts can be bought.
type ContractMode string

// What contracts can be bought.
const (
	ModeContinuous ContractMode = "continuous_units"
	ModeListed     ContractMode = "listed_contracts"
)

// Choices implements Chosen.
func (ContractMode) Choices() []Choice {
	return []Choice{
		{string(ModeContinuous), "any quantity, strike and expiry", "Fractions of contracts at the exact strike and expiry that the hedge asks for.", "with pricing_mode synthetic"},
		{string(ModeListed), "whole listed contracts", "Whole contracts at listed strikes and expiries.", "with pricing_mode quotes"},
	}
}

// Execution is at what price options are traded.
type Execution string

// At what price options are traded.
const (
	ExecutionHalfSpread Execution = "half_spread"
	ExecutionMid        Execution = "mid"
)

// Choices implements Chosen.
func (Execution) Choices() []Choice {
	return []Choice{
		{string(ExecutionHalfSpread), "half a spread from the middle", "Bought half a spread above the middle price and sold half a spread below it; with quotes, at the ask and the bid.", Always},
		{string(ExecutionMid), "at the middle", "Bought and sold at the middle price; real trades cost more.", ""},
	}
}

// PricingMode is where the prices of options come from.
type PricingMode string

// Where the prices of options come from.
const (
	PricingSynthetic PricingMode = "synthetic"
	PricingQuotes    PricingMode = "quotes"
)

// Choices implements Chosen.
func (PricingMode) Choices() []Choice {
	return []Choice{
		{string(PricingSynthetic), "by a model", "Options are priced by a model.", Always},
		{string(PricingQuotes), "from the bid and ask of listed ones", "Options are priced by the bid and ask of listed ones.", ""},
	}
}

// YieldSource is what the dividend yield is taken from in place of a number.
type YieldSource string

// YieldFromDividends takes the yield from the dividends on record.
const YieldFromDividends YieldSource = "dividends"

// Choices implements Chosen.
func (YieldSource) Choices() []Choice {
	return []Choice{
		{string(YieldFromDividends), "from the dividends on record", "The ordinary dividends of the 12 months before each purchase, over the spot of the purchase.", "when dividend_yield is left out and the prices record dividends"},
	}
}

// VolModelName names where option volatility comes from.
type VolModelName string

// Where option volatility comes from.
const (
	VolFlat     VolModelName = "flat"
	VolRealised VolModelName = "realised"
	VolIndex    VolModelName = "index"
)

// Choices implements Chosen.
func (VolModelName) Choices() []Choice {
	return []Choice{
		{string(VolFlat), "one number", "The number value, on every day.", ""},
		{string(VolRealised), "realised vol", "An estimate over the trailing window, times risk_premium, at least floor.", "when vol is left out"},
		{string(VolIndex), "a vol index", "A published index of the day, times risk_premium, at least floor.", ""},
	}
}

// Estimator is how realised vol is estimated.
type Estimator string

// The estimators of realised vol.
const (
	EstimatorClose          Estimator = "cc"
	EstimatorParkinson      Estimator = "parkinson"
	EstimatorGarmanKlass    Estimator = "garman_klass"
	EstimatorRogersSatchell Estimator = "rogers_satchell"
	EstimatorYangZhang      Estimator = "yang_zhang"
	EstimatorEWMA           Estimator = "ewma"
)

// Choices implements Chosen.
func (Estimator) Choices() []Choice {
	return []Choice{
		{string(EstimatorClose), "close to close", "From closes; the mean is not subtracted.", "with model realised"},
		{string(EstimatorParkinson), "Parkinson", "From highs and lows (Parkinson 1980).", ""},
		{string(EstimatorGarmanKlass), "Garman and Klass", "From the day's prices (Garman and Klass 1980).", ""},
		{string(EstimatorRogersSatchell), "Rogers and Satchell", "From the day's prices (Rogers and Satchell 1991).", ""},
		{string(EstimatorYangZhang), "Yang and Zhang", "From the day's prices and the night before (Yang and Zhang 2000).", ""},
		{string(EstimatorEWMA), "exponentially weighted", "From closes, weights falling by 0.94 a session (RiskMetrics 1996).", ""},
	}
}

// Refresh is how often vol is updated.
type Refresh string

// How often vol is updated.
const (
	RefreshPurchase Refresh = "purchase"
	RefreshDaily    Refresh = "daily"
)

// Choices implements Chosen.
func (Refresh) Choices() []Choice {
	return []Choice{
		{string(RefreshPurchase), "at each purchase", "Updated at each purchase and kept until the next.", "with model realised or index"},
		{string(RefreshDaily), "every day", "Updated every day.", ""},
	}
}

// Dynamics is how the smile moves with spot.
type Dynamics string

// How the smile moves with spot.
const (
	DynamicsDelta  Dynamics = "sticky_delta"
	DynamicsStrike Dynamics = "sticky_strike"
	DynamicsBeta   Dynamics = "spot_vol_beta"
)

// Choices implements Chosen.
func (Dynamics) Choices() []Choice {
	return []Choice{
		{string(DynamicsDelta), "with the money", "The smile moves with spot: vol depends on how far a strike is from the money.", "with model realised or index, or a smile"},
		{string(DynamicsStrike), "not at all", "Each option keeps its distance from at-the-money vol as spot moves.", ""},
		{string(DynamicsBeta), "up when spot falls", "Vol rises by the number spot_vol_beta times the log fall of spot.", ""},
	}
}

// SmilePreset names a smile. The numbers are assumptions, not calibrations.
type SmilePreset string

// The smiles by name.
const (
	SmileEquityIndex SmilePreset = "equity_index"
	SmileSingleStock SmilePreset = "single_stock"
	SmileGold        SmilePreset = "gold"
	SmileBitcoin     SmilePreset = "btc"
)

// Choices implements Chosen.
func (SmilePreset) Choices() []Choice {
	return []Choice{
		{string(SmileEquityIndex), "equity index", "A steep skew: low strikes have a much higher vol.", ""},
		{string(SmileSingleStock), "single stock", "A slight skew.", ""},
		{string(SmileGold), "gold", "Symmetric.", ""},
		{string(SmileBitcoin), "bitcoin", "Nearly symmetric, with high wings.", ""},
	}
}

// Right is what an option gives its holder.
type Right string

// The rights.
const (
	RightPut  Right = "put"
	RightCall Right = "call"
)

// Choices implements Chosen.
func (Right) Choices() []Choice {
	return []Choice{
		{string(RightPut), "put", "The right to sell at the strike.", ""},
		{string(RightCall), "call", "The right to buy at the strike.", ""},
	}
}
