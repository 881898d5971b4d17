package lombard

// Recognition is how a lender counts the long options of a hedge as collateral.
// What is owed on short options counts in full with all of them but finra_4210.
type Recognition string

// The ways in which a lender counts a hedge.
const (
	RecognitionMarketValue Recognition = "market_value"
	RecognitionHaircut     Recognition = "haircut"
	RecognitionIntrinsic   Recognition = "intrinsic"
	RecognitionFloor       Recognition = "protected_floor"
	RecognitionFINRA       Recognition = "finra_4210"
	RecognitionLongDated   Recognition = "long_dated_25"
	RecognitionNone        Recognition = "none"
)

// Choices implements Chosen.
func (Recognition) Choices() []Choice {
	return []Choice{
		{string(RecognitionMarketValue), "at market value", "Long options count at what they would sell for, the middle of bid and ask.", "where the terms of preset do not say"},
		{string(RecognitionHaircut), "at market value less a haircut (a quarter)", "Long options count at market value less the fraction haircut.", ""},
		{string(RecognitionIntrinsic), "at intrinsic value, as if exercised today", "Long options count at what exercising them today would bring; time value counts nothing.", ""},
		{string(RecognitionFloor), "as a floor: covered units at 90 % of the strike", "A unit under a put counts at the larger of spot and the discounted strike less the fraction haircut.", ""},
		{string(RecognitionFINRA), "by the requirements of FINRA Rule 4210", "The maintenance requirements of FINRA Rule 4210(f)(2) for protective puts, covered calls and collars.", ""},
		{string(RecognitionLongDated), "a quarter of those with over nine months to run", "Long options with more than nine months to run count at 25 % of market value, shorter ones nothing (Cboe margin manual).", ""},
		{string(RecognitionNone), "not at all", "Long options count nothing; cash of the hedge that stays pledged does.", ""},
	}
}

// Monitoring is the price that decides a margin call.
type Monitoring string

// The prices that decide a margin call.
const (
	MonitoringClose Monitoring = "close"
	MonitoringLow   Monitoring = "low"
)

// Choices implements Chosen.
func (Monitoring) Choices() []Choice {
	return []Choice{
		{string(MonitoringClose), "at the close", "The lender compares the LTV at each close.", Always},
		{string(MonitoringLow), "at the day's low", "The lender compares the LTV at the lowest price of each day.", ""},
	}
}

// LiquidationMonitoring is the price at which a lender sees that it may sell.
type LiquidationMonitoring string

// The prices that decide a liquidation.
const (
	LiquidationClose    LiquidationMonitoring = "close"
	LiquidationIntraday LiquidationMonitoring = "intraday"
)

// Choices implements Chosen.
func (LiquidationMonitoring) Choices() []Choice {
	return []Choice{
		{string(LiquidationClose), "at the close", "Decided at the close, sold at the next open.", Always},
		{string(LiquidationIntraday), "during the day", "Sold at the price of the trigger, or at an open below it.", ""},
	}
}

// Funding is where the money for premiums comes from.
type Funding string

// The sources of money for premiums.
const (
	FundingCash           Funding = "cash"
	FundingLoan           Funding = "loan"
	FundingSellCollateral Funding = "sell_collateral"
)

// Choices implements Chosen.
func (Funding) Choices() []Choice {
	return []Choice{
		{string(FundingCash), "from cash outside the pledge", "Premiums are paid from outside the pledge.", Always},
		{string(FundingLoan), "from the loan", "Premiums are drawn on the loan.", ""},
		{string(FundingSellCollateral), "by selling collateral", "Premiums are paid by selling pledged units.", ""},
	}
}

// LTVBase is what the loan is compared with.
type LTVBase string

// The bases of the LTV.
const (
	BaseGross        LTVBase = "gross"
	BaseLendingValue LTVBase = "lending_value"
)

// Choices implements Chosen.
func (LTVBase) Choices() []Choice {
	return []Choice{
		{string(BaseGross), "the collateral's value", "The loan is compared with the value of the collateral.", Always},
		{string(BaseLendingValue), "the collateral's lending value", "The lender calls where the loan reaches the fraction lending_value of the collateral.", ""},
	}
}

// Dividends is what becomes of the dividends of the collateral.
type Dividends string

// What becomes of dividends.
const (
	DividendsCash     Dividends = "to_cash"
	DividendsRepay    Dividends = "repay_loan"
	DividendsReinvest Dividends = "reinvest"
)

// Choices implements Chosen.
func (Dividends) Choices() []Choice {
	return []Choice{
		{string(DividendsCash), "paid out", "Dividends are paid out of the pledge.", Always},
		{string(DividendsRepay), "repay the loan", "Dividends repay the loan.", ""},
		{string(DividendsReinvest), "reinvested", "Dividends buy more units, which are pledged.", ""},
	}
}

// InterestMode is what becomes of the interest on the loan.
type InterestMode string

// What becomes of interest.
const (
	InterestMonthly InterestMode = "capitalise_monthly"
	InterestDaily   InterestMode = "capitalise_daily"
	InterestCash    InterestMode = "cash_pay_monthly"
	InterestBullet  InterestMode = "bullet_simple"
	InterestNone    InterestMode = "none"
)

// Choices implements Chosen.
func (InterestMode) Choices() []Choice {
	return []Choice{
		{string(InterestMonthly), "added to the loan at month ends", "Interest is added to the principal on the last calendar day of each month.", Always},
		{string(InterestDaily), "added to the loan every day", "Interest is added to the principal every day.", ""},
		{string(InterestCash), "paid in cash at month ends", "Interest is paid from outside on the last calendar day of each month.", ""},
		{string(InterestBullet), "owed at the end, simple", "Interest accrues on the principal alone and is owed at the end.", ""},
		{string(InterestNone), "none", "The loan bears no interest.", ""},
	}
}

// DayCount is how days become parts of a year (ISDA Definitions 2006, §4.16).
type DayCount string

// The day-count conventions.
const (
	DayCountAct360 DayCount = "act_360"
	DayCountAct365 DayCount = "act_365f"
	DayCount30360  DayCount = "30_360"
)

// Choices implements Chosen.
func (DayCount) Choices() []Choice {
	return []Choice{
		{string(DayCountAct360), "ACT/360", "Calendar days over 360.", Always},
		{string(DayCountAct365), "ACT/365 fixed", "Calendar days over 365.", ""},
		{string(DayCount30360), "30E/360", "Months of thirty days over 360 (Eurobond basis).", ""},
	}
}

// Comparison is whether a level itself counts as reached.
type Comparison string

// The comparisons with a level.
const (
	ComparisonGE Comparison = "ge"
	ComparisonGT Comparison = "gt"
)

// Choices implements Chosen.
func (Comparison) Choices() []Choice {
	return []Choice{
		{string(ComparisonGE), "at or above", "The lender acts at a level or above it.", "where the terms of preset do not say"},
		{string(ComparisonGT), "above", "The lender acts only above a level.", ""},
	}
}

// CureUnit is what the time to answer a call is counted in.
type CureUnit string

// The units of the time to answer a call.
const (
	UnitBusinessDays CureUnit = "business_days"
	UnitCalendarDays CureUnit = "calendar_days"
	UnitHours        CureUnit = "hours"
)

// Choices implements Chosen.
func (CureUnit) Choices() []Choice {
	return []Choice{
		{string(UnitBusinessDays), "business days", "Sessions of the market.", Always},
		{string(UnitCalendarDays), "calendar days", "Days of the calendar.", ""},
		{string(UnitHours), "hours", "Hours, rounded up to whole days.", ""},
	}
}

// CureTest is where a call counts as cured.
type CureTest string

// Where a call counts as cured.
const (
	TestCureTo    CureTest = "cure_to"
	TestBelowCall CureTest = "below_call"
)

// Choices implements Chosen.
func (CureTest) Choices() []Choice {
	return []Choice{
		{string(TestCureTo), "at cure_to", "A call is cured once the LTV is back at thresholds.cure_to.", Always},
		{string(TestBelowCall), "below the call", "A call is cured once the LTV is below the level of the call.", ""},
	}
}

// WaterfallStep is one way to answer a call.
type WaterfallStep string

// The ways to answer a call.
const (
	CureExternalCash   WaterfallStep = "external_cash"
	CureMonetiseHedge  WaterfallStep = "monetise_hedge"
	CureSellCollateral WaterfallStep = "sell_collateral"
)

// Choices implements Chosen.
func (WaterfallStep) Choices() []Choice {
	const first, second = "first, where waterfall is left out", "second, where waterfall is left out"
	return []Choice{
		{string(CureExternalCash), "pay in cash", "Cash from outside, at most external_cash_capacity over the run.", first},
		{string(CureMonetiseHedge), "sell the hedge", "The options of the hedge are sold and the cash repays the loan.", ""},
		{string(CureSellCollateral), "sell collateral", "Pledged units are sold and the cash repays the loan.", second},
	}
}

// CashMode is what cash that answers a call does.
type CashMode string

// What cash that answers a call does.
const (
	CashRepay  CashMode = "repay"
	CashPledge CashMode = "pledge"
)

// Choices implements Chosen.
func (CashMode) Choices() []Choice {
	return []Choice{
		{string(CashRepay), "repays the loan", "Cash that answers a call repays the loan.", Always},
		{string(CashPledge), "is pledged", "Cash that answers a call is added to the collateral.", ""},
	}
}

// CureExecution is when a call is answered.
type CureExecution string

// When a call is answered.
const (
	ExecuteDeadline    CureExecution = "deadline"
	ExecuteNextSession CureExecution = "next_session"
)

// Choices implements Chosen.
func (CureExecution) Choices() []Choice {
	return []Choice{
		{string(ExecuteDeadline), "at the close of the deadline", "The waterfall is carried out at the close of the deadline.", Always},
		{string(ExecuteNextSession), "at the open after the deadline", "The waterfall is carried out at the open after the deadline.", ""},
	}
}

// LiquidationMode is how much a lender sells.
type LiquidationMode string

// How much a lender sells.
const (
	LiquidateToTarget    LiquidationMode = "to_target"
	LiquidateFull        LiquidationMode = "full"
	LiquidateCloseFactor LiquidationMode = "close_factor"
)

// Choices implements Chosen.
func (LiquidationMode) Choices() []Choice {
	return []Choice{
		{string(LiquidateToTarget), "down to a target LTV", "The lender sells until the LTV is target_ltv.", Always},
		{string(LiquidateFull), "everything", "The lender sells until the loan is repaid.", ""},
		{string(LiquidateCloseFactor), "half of the loan", "The lender sells for half of the loan, and for all of it below a health factor of 0.95.", ""},
	}
}

// PresetName names a lender's published terms; package loan holds them.
type PresetName string

// PresetSimple is a lender that only calls: one threshold, no cure.
const PresetSimple PresetName = "simple"

// Choices implements Chosen.
func (PresetName) Choices() []Choice {
	return []Choice{
		{string(PresetSimple), "Calls only", "One threshold, margin_call_ltv, and nothing that follows a call.", Always},
		{"private_bank_lombard", "Private-bank Lombard line", "Typical published terms of private banks.", ""},
		{"us_pal_demand", "US pledged-asset line on demand", "A demand facility that lends at most 70 % and adds unpaid interest to the loan.", ""},
		{"reg_t_margin", "US margin account", "A margin account after Regulation T and FINRA Rule 4210.", ""},
		{"basel_conservative", "Supervisory haircuts", "The haircuts of the Basel Committee's comprehensive approach, scaled to 20 days.", ""},
		{"btc_unchained", "Unchained bitcoin loan", "Collateral-to-principal levels as Unchained publishes them.", ""},
		{"btc_ledn", "Ledn bitcoin loan", "Levels and deadlines as Ledn publishes them.", ""},
		{"crypto_figure", "Figure crypto-backed loan", "Levels and deadlines as Figure publishes them.", ""},
		{"crypto_nexo", "Nexo credit line", "Levels as Nexo publishes them.", ""},
		{"crypto_nebeus", "Nebeus flexible loan", "Levels as Nebeus publishes them.", ""},
		{"crypto_apx", "APX lending", "Levels as APX publishes them.", ""},
		{"aave_v3", "Aave v3", "Health factor, close factor and liquidation bonus of the 78 % market.", ""},
		{"morpho_86", "Morpho market of 86 %", "Liquidation at an LTV of 86 %, with its incentive.", ""},
	}
}
