package lombard

// Result is the permanent answer to a scenario. Its bytes depend only on the
// resolved request, the data, the engine version and the data cost: it carries
// no job id and no clock.
type Result struct {
	ScenarioID      string  `json:"scenario_id"`      // hash of the resolved request without its name
	ScenarioName    string  `json:"scenario_name"`    // The name that people gave it
	Symbol          string  `json:"symbol"`           // What is pledged
	StartDate       Date    `json:"start_date"`       // The start that was asked for
	EndDate         Date    `json:"end_date"`         // The end that was asked for
	EntryDate       Date    `json:"entry_date"`       // First session: the hedge is bought at its close
	LastDate        Date    `json:"last_date"`        // Last session
	EntrySpot       float64 `json:"entry_spot"`       // Price of a unit at the entry
	UnderlyingUnits float64 `json:"underlying_units"` // Quantity pledged at the entry
	LoanAmount      float64 `json:"loan_amount"`      // Principal at the entry
	MarginCallLTV   float64 `json:"margin_call_ltv"`  // The LTV at which the lender calls
	DataSource      string  `json:"data_source"`      // Slug of the source of prices
	DataCostUSD     float64 `json:"data_cost_usd"`    // What the run spent on data, in US dollars

	Verdict         string `json:"verdict"`          // The answer of the primary template, in words
	PrimaryTemplate string `json:"primary_template"` // Slug of the template whose summary stands at the top level

	Summary // the primary template's, repeated at the top level

	Request    Scenario         `json:"request"`          // The request, resolved: every default filled in
	Notes      []string         `json:"notes"`            // What a careful reader must know, as sentences
	Warnings   []Warning        `json:"warnings"`         // What may make the figures misleading
	Quality    Quality          `json:"quality"`          // What the checks of the prices found
	Rolls      []SeriesRoll     `json:"rolls,omitempty"`  // Where the price went from one future to the next
	Provenance Provenance       `json:"provenance"`       // What the result was made from, and by what
	Templates  []TemplateResult `json:"template_results"` // The answer of each template, the primary one first
}

// TemplateResult is the answer for one hedge.
type TemplateResult struct {
	TemplateSlug string     `json:"template_slug"`               // Slug of the template
	TemplateName string     `json:"template_name"`               // Title of the template
	TemplateHash string     `json:"template_hash"`               // sha256 of the template's definition
	Verdict      string     `json:"verdict"`                     // The answer in words
	Summary      Summary    `json:"summary_metrics"`             // The figures of the run
	Metrics      Metrics    `json:"metrics"`                     // More figures, in the groups in which a credit officer reads them
	Contracts    []Contract `json:"contracts"`                   // Every option that was held
	Branches     []Branch   `json:"facility_branches,omitempty"` // What the lender would have done, when the facility has thresholds, a cure or a liquidation
	DailyPath    []Day      `json:"daily_path"`                  // One object a day
}

// Summary holds the figures condensed from a daily path. Money is in the
// instrument's currency, ratios are fractions; null means undefined.
type Summary struct {
	StartValue         float64 `json:"start_value"`            // units × entry spot
	EndValueHedgedNet  float64 `json:"end_value_hedged_net"`   // net_portfolio_value at the last close
	EndValueUnhedged   float64 `json:"end_value_unhedged"`     // units × last spot
	TotalHedgeCost     float64 `json:"total_hedge_cost"`       // premiums paid − received − payoffs + frictions; positive is a cost
	HedgeCostNetOfMark float64 `json:"hedge_cost_net_of_mark"` // total_hedge_cost less what open options are worth at the last close

	MaxLTVHedged       float64 `json:"max_ltv_hedged"`        // Largest economic LTV with the hedge: options at market value
	MaxLTVHedgedDate   Date    `json:"max_ltv_hedged_date"`   // First day of max_ltv_hedged
	MaxLTVUnhedged     float64 `json:"max_ltv_unhedged"`      // Largest LTV without a hedge
	MaxLTVUnhedgedDate Date    `json:"max_ltv_unhedged_date"` // First day of max_ltv_unhedged
	MaxLTVRecognised   float64 `json:"max_ltv_recognised"`    // Largest LTV as this lender counts the hedge

	MarginCallDaysHedged          int  `json:"margin_call_days_hedged"`             // Sessions on which this lender calls the hedged loan
	MarginCallDaysUnhedged        int  `json:"margin_call_days_unhedged"`           // Sessions on which the lender calls the loan without a hedge
	MarginCallDaysPrevented       int  `json:"margin_call_days_prevented"`          // called without the hedge and not with it
	MarginCallDaysAdded           int  `json:"margin_call_days_added"`              // called with the hedge and not without it
	MarginCallDaysIfNotRecognised int  `json:"margin_call_days_if_not_recognised"`  // Sessions in call if the lender counted no long option
	MarginCallDaysLowHedged       *int `json:"margin_call_days_low_hedged"`         // Sessions in call by the day's low with the hedge; null for close-only prices
	MarginCallDaysLowUnhedged     *int `json:"margin_call_days_low_unhedged"`       // Sessions in call by the day's low without a hedge; null for close-only prices
	BreachedHedged                bool `json:"margin_threshold_breached_hedged"`    // The hedged loan was called at least once
	BreachedUnhedged              bool `json:"margin_threshold_breached_unhedged"`  // The loan without a hedge was called at least once
	FirstCallHedged               Date `json:"first_margin_call_hedged,omitzero"`   // First session of a call with the hedge; left out without one
	FirstCallUnhedged             Date `json:"first_margin_call_unhedged,omitzero"` // First session of a call without a hedge; left out without one

	MinHeadroomHedged   float64 `json:"min_headroom_hedged"`   // Smallest 1 − LTV/threshold over the path, with the hedge as this lender counts it
	MinHeadroomUnhedged float64 `json:"min_headroom_unhedged"` // Smallest 1 − LTV/threshold over the path, without a hedge

	PremiumsPaid     float64 `json:"premiums_paid"`     // For long options, at mid
	PremiumsReceived float64 `json:"premiums_received"` // For short options, at mid
	Payoff           float64 `json:"payoff"`            // expiry and sale proceeds
	Frictions        float64 `json:"frictions"`         // |fill − mid| × quantity + commissions + exercise costs
	OpenMark         float64 `json:"open_mark"`         // option value at the last close
	Purchases        int     `json:"purchases"`         // contracts bought or sold to open

	CashFromOutside        float64 `json:"cash_from_outside"`                       // total that hedging took from outside the pledge
	CashFromOutsideLargest float64 `json:"cash_from_outside_largest"`               // Largest cash_from_outside of one day
	CashFromOutsideDate    Date    `json:"cash_from_outside_largest_date,omitzero"` // The day of cash_from_outside_largest
	OptionCashPledged      float64 `json:"option_cash_pledged"`                     // Hedge cash held in the pledge at the end

	CostPAPct         *float64 `json:"cost_pa_pct"`                 // hedge_cost_net_of_mark a year, a fraction of the mean hedged collateral
	CostPAPctOfLoan   *float64 `json:"cost_pa_pct_of_loan"`         // hedge_cost_net_of_mark a year, a fraction of the loan
	PremiumPAPct      *float64 `json:"premium_pa_pct"`              // premiums a year for the days held, fraction of mean hedged collateral
	CureCashUnhedged  float64  `json:"cure_cash_unhedged"`          // largest repayment that would have brought the unhedged LTV back to the threshold
	InterestCharged   float64  `json:"interest_charged"`            // over the run, on the unhedged loan: capitalised, paid in cash, repaid by dividends or accrued
	LoanBalanceAtEnd  float64  `json:"loan_balance_at_end"`         // of the unhedged loan: principal + accrued interest
	EquityHedgedEnd   float64  `json:"equity_hedged_end"`           // end_value_hedged_net − loan and interest
	EquityUnhedgedEnd float64  `json:"equity_unhedged_end"`         // end_value_unhedged − loan and interest
	ModelMarkedShare  *float64 `json:"model_marked_share"`          // share of option-days marked by the model, not by a quote
	Sessions          int      `json:"sessions"`                    // Trading days of the run
	Dividends         float64  `json:"dividends_received,omitzero"` // on the collateral, in the unhedged branch
}

// Day is the account at one close.
type Day struct {
	Date      Date    `json:"date"`       // The session
	SpotOpen  float64 `json:"spot_open"`  // Opening price; the close where it is not known
	SpotHigh  float64 `json:"spot_high"`  // Highest price; the close where it is not known
	SpotLow   float64 `json:"spot_low"`   // Lowest price; the close where it is not known
	SpotClose float64 `json:"spot_close"` // Closing price

	UnderlyingValue   float64 `json:"underlying_value"`    // units × close
	OptionMarketValue float64 `json:"option_market_value"` // Σ signed quantity × multiplier × mid mark
	NetPortfolioValue float64 `json:"net_portfolio_value"` // collateral + options + cumulative option cash, before the loan
	OptionContracts   float64 `json:"option_contracts"`    // quantity / multiplier; may be fractional

	LTVHedged           float64  `json:"ltv_hedged"`                // Economic: options at market value
	LTVUnhedged         float64  `json:"ltv_unhedged"`              // loan / collateral
	LTVRecognised       float64  `json:"ltv_recognised"`            // as this lender computes it; decides margin_call_hedged
	LTVNotRecognised    float64  `json:"ltv_if_not_recognised"`     // LTV if the lender counted no long option
	LTVHedgedLow        *float64 `json:"ltv_hedged_low"`            // recognised LTV at the day's low; null on the first session and without a low
	LTVUnhedgedLow      *float64 `json:"ltv_unhedged_low"`          // LTV without a hedge at the day's low; null on the first session and without a low
	LTVNotRecognisedLow *float64 `json:"ltv_if_not_recognised_low"` // LTV if the lender counted no long option, at the day's low; null on the first session and without a low
	MarginCallHedged    bool     `json:"margin_call_hedged"`        // The lender calls the hedged loan
	MarginCallUnhedged  bool     `json:"margin_call_unhedged"`      // The lender calls the loan without a hedge

	LoanBalance       float64 `json:"loan_balance"`        // principal + accrued interest, the LTV's numerator
	AccruedInterest   float64 `json:"accrued_interest"`    // not yet capitalised
	OptionCashPledged float64 `json:"option_cash_pledged"` // hedge cash held in the pledge, ≥ 0
	CashFromOutside   float64 `json:"cash_from_outside"`   // put in today because hedge cash did not cover the trades
	HedgeCash         float64 `json:"hedge_cash"`          // today's premiums, payoffs and frictions, netted; positive is received
	Frictions         float64 `json:"frictions"`           // What trading cost today
	EquityHedged      float64 `json:"equity_hedged"`       // net_portfolio_value − loan of the hedged branch
	EquityUnhedged    float64 `json:"equity_unhedged"`     // Collateral − loan without a hedge

	OptionDelta float64  `json:"option_delta_units"`       // Σ signed quantity × delta, in units of the underlying
	OptionVega  float64  `json:"option_vega"`              // Σ signed quantity × vega, money per 1.00 of vol
	IVUsed      *float64 `json:"iv_used"`                  // annual vol behind the marks; null without options
	RateUsed    *float64 `json:"rate_used,omitempty"`      // Risk-free rate behind the marks, where the rate follows a published one
	YieldUsed   *float64 `json:"yield_used,omitempty"`     // Dividend yield behind the marks, where it is not the request's dividend_yield
	LoanRate    *float64 `json:"loan_rate_used,omitempty"` // Rate of the loan since the close before, where it follows a published one
	MarkSource  string   `json:"mark_source"`              // surface, intrinsic_expiry, quote_mid, iv_carry or none
	BarQuality  string   `json:"bar_quality"`              // full, close_only, repaired, or partial when some of open, high, low fell back

	// The hedged branch, which differs from the unhedged one once premiums are
	// drawn on the loan, proceeds repay it, or collateral is sold to pay a
	// premium. A day always holds both numbers; a document leaves them out while
	// they are those of the unhedged branch.
	LoanBalanceHedged float64 `json:"loan_balance_hedged,omitzero"`     // owed in the hedged branch; the document leaves it out while it is loan_balance
	UnitsHedged       float64 `json:"underlying_units_hedged,omitzero"` // pledged in the hedged branch; the document leaves it out while it is underlying_units
	CollateralSold    float64 `json:"collateral_sold,omitzero"`         // proceeds of units sold today to pay a premium
	InterestPaid      float64 `json:"interest_paid,omitzero"`           // in cash so far, where interest is not added to the loan
	Exposure          float64 `json:"basel_e_star,omitzero"`            // supervisory exposure of the hedged branch, options not counted; left out while it is 0

	// Corporate actions of the day, and what they made of the pledge.
	Split    float64 `json:"split,omitzero"`            // new units for each old one
	Dividend float64 `json:"dividend,omitzero"`         // cash a unit
	Units    float64 `json:"underlying_units,omitzero"` // pledged in the unhedged branch; the document leaves it out while it is what was pledged at the entry

	OptionMarks []OptionMark `json:"option_marks,omitempty"` // The mark of each option, where one vol does not serve them all
	Events      []Event      `json:"events,omitempty"`       // What happened on the day
}

// DividendOn returns the cash of the day's dividend on the units held at the
// close before.
func (d *Day) DividendOn(before float64) float64 {
	if d.Split != 0 {
		before *= d.Split
	}
	return d.Dividend * before
}

// OptionMark is the value of one open option at a close.
type OptionMark struct {
	Contract string  `json:"contract"` // Id of the contract
	Mark     float64 `json:"mark"`     // per unit, at mid
	Vol      float64 `json:"vol"`      // Annual, behind the mark

	// Where options are priced from quotes.
	Source  string  `json:"source,omitempty"`  // quote_mid, iv_carry (the vol of an earlier quote) or surface (the vol model)
	AgeDays int     `json:"age_days,omitzero"` // With iv_carry: calendar days since that quote
	Bid     float64 `json:"bid,omitzero"`      // Bid of the day; left out while nobody bid
	Ask     float64 `json:"ask,omitzero"`      // Ask of the day; left out while nobody offered
}

// The sources of a mark.
const (
	MarkQuote     = "quote_mid"
	MarkCarry     = "iv_carry"
	MarkSurface   = "surface"
	MarkIntrinsic = "intrinsic_expiry"
	MarkNone      = "none"
)

// Event is something that happened on a day. Cash is positive when received.
type Event struct {
	Date     Date    `json:"date,omitzero"`      // The day, where it does not stand under its day
	Type     string  `json:"type"`               // what it is, such as entry, roll, expiry or margin_call_start_hedged
	Contract string  `json:"contract,omitempty"` // Id of the contract that it is about
	Price    float64 `json:"price,omitempty"`    // Price of the option, per unit of the underlying
	Quantity float64 `json:"quantity,omitempty"` // Units of the underlying, signed
	Cash     float64 `json:"cash,omitempty"`     // Money received; negative is paid
	Text     string  `json:"text"`               // What happened, as a sentence
}

// Contract is one option bought or sold in the run.
type Contract struct {
	ID         string   `json:"id"`               // leg and purchase number, such as put#1
	Leg        string   `json:"leg"`              // the leg's id in the template
	Right      Right    `json:"right"`            // What the option gives its holder
	Style      Style    `json:"style"`            // european or american
	Quantity   float64  `json:"quantity"`         // Units of the underlying at purchase; negative is sold
	Multiplier float64  `json:"multiplier"`       // units per contract
	Strike     float64  `json:"strike"`           // Exercise price at purchase
	Opened     Date     `json:"opened"`           // Day of the purchase
	Expiry     Date     `json:"expiry"`           // Last day of the option
	SpotAtOpen float64  `json:"spot_at_open"`     // Price of the underlying at the purchase
	IV         float64  `json:"iv"`               // annual vol it was bought at
	Rate       float64  `json:"rate,omitzero"`    // risk-free rate it was bought at, where that follows a published one
	Yield      *float64 `json:"yield,omitempty"`  // dividend yield it was bought at, where that is not the request's
	Mid        float64  `json:"mid"`              // per unit, at purchase
	Fill       float64  `json:"fill"`             // per unit, at purchase
	Premium    float64  `json:"premium"`          // |quantity| × mid, positive
	Settled    Date     `json:"settled,omitzero"` // no date while it is open
	Payoff     *float64 `json:"payoff"`           // money of sales and settlement at mid, signed; null before the first
	OpenMark   *float64 `json:"open_mark"`        // money at the last close, signed; null once settled

	Trades      []ContractTrade `json:"trades,omitempty"`      // sales and repurchases before expiry
	Adjustments []Adjustment    `json:"adjustments,omitempty"` // by corporate actions
}

// Adjustment is a change of an option's terms by a corporate action, before
// the open of its day.
type Adjustment struct {
	Date     Date    `json:"date"`              // The day
	Split    float64 `json:"split,omitzero"`    // units for each one before; the strike is divided by it
	Dividend float64 `json:"dividend,omitzero"` // special cash a unit, taken off the strike
}

// StrikeOn returns the strike in force on a day.
func (c *Contract) StrikeOn(date Date) float64 {
	strike := c.Strike
	for _, a := range c.Adjustments {
		if a.Date > date {
			break
		}
		if a.Split != 0 {
			strike /= a.Split
		}
		strike -= a.Dividend
	}
	return strike
}

// SplitBy returns how many of a day's units one unit at purchase has become.
func (c *Contract) SplitBy(date Date) float64 {
	factor := 1.0
	for _, a := range c.Adjustments {
		if a.Date <= date && a.Split != 0 {
			factor *= a.Split
		}
	}
	return factor
}

// HeldOn returns the position after a day's trades and splits, in units,
// signed.
func (c *Contract) HeldOn(date Date) float64 {
	held := c.Quantity
	for _, t := range c.Trades {
		if t.Date <= date {
			held += t.Quantity / c.SplitBy(t.Date)
		}
	}
	return held * c.SplitBy(date)
}

// ContractTrade is a change of an option's position between its purchase and
// its settlement.
type ContractTrade struct {
	Date     Date    `json:"date"`     // The day
	Type     string  `json:"type"`     // roll, restrike, monetise, close or split
	Quantity float64 `json:"quantity"` // change of the position in units, signed
	Mid      float64 `json:"mid"`      // per unit
	Fill     float64 `json:"fill"`     // per unit
	Proceeds float64 `json:"proceeds"` // −quantity × mid
}

// Warning is something the asker should know and the run survived.
type Warning struct {
	Code    string `json:"code"`    // Short name for programs
	Message string `json:"message"` // The warning as a sentence
}

// Quality says what the prices were like.
type Quality struct {
	Bars        int    `json:"bars"`             // sessions in the run
	WarmupBars  int    `json:"warmup_bars"`      // sessions before entry that the vol model or the dividend yield used
	CloseOnly   int    `json:"close_only"`       // sessions with no open, high and low
	Fallbacks   int    `json:"fallbacks"`        // sessions with some of open, high, low missing
	Repaired    int    `json:"repaired"`         // sessions whose range did not hold the close or open
	Gaps        int    `json:"gaps"`             // sessions of the calendar without a bar
	OffCalendar int    `json:"off_calendar"`     // bars outside the calendar
	LongestGap  int    `json:"longest_gap_days"` // Calendar days of the longest gap
	Intraday    bool   `json:"intraday"`         // false: lows are not known, calls are counted by close
	Calendar    string `json:"calendar"`         // Name of the calendar that the sessions were compared with

	Findings []Finding `json:"findings,omitempty"` // what deserves a look, by date; with data_quality fail they refuse the run
}

// Finding is one thing in the prices that may be wrong.
type Finding struct {
	Code    string `json:"code"`    // gap, stale, unadjusted_split, off_calendar, repaired, no_chain, crossed_quotes or zero_quotes
	First   Date   `json:"first"`   // First day of it
	Last    Date   `json:"last"`    // Last day of it
	Message string `json:"message"` // What was found, as a sentence
}

// SeriesRoll is a day on which a series of futures goes on with another contract.
// Change is that of the price from the close before, the market's move of the
// day in it; nothing is smoothed.
type SeriesRoll struct {
	Date   Date    `json:"date"`         // first session at the new contract's price
	From   string  `json:"from"`         // The old contract
	To     string  `json:"to"`           // The new contract
	Before float64 `json:"close_before"` // of the old contract, at the session before
	After  float64 `json:"close_after"`  // of the new one
	Change float64 `json:"change"`       // after / before − 1
}

// Provenance says what a result was made from.
type Provenance struct {
	Engine      string   `json:"engine"`                // Version of the arithmetic
	Target      string   `json:"target"`                // GOOS/GOARCH the numbers were computed on
	InputDigest string   `json:"input_digest"`          // sha256 of the resolved request
	DataDigest  string   `json:"data_digest"`           // sha256 of exactly the bars, figures and quotes used
	Source      string   `json:"source"`                // Slug of the source of prices
	Dataset     string   `json:"dataset"`               // Collection within the source
	Origin      string   `json:"origin"`                // where the series comes from, in words
	Licence     string   `json:"licence"`               // Licence of the data
	VolIndex    string   `json:"vol_index,omitempty"`   // such as "GVZCLS of fred"
	RateSeries  string   `json:"rate_series,omitempty"` // The published risk-free rate, such as "DGS1 of fred"
	LoanIndex   string   `json:"loan_index,omitempty"`  // The published rate that the loan follows, such as "SOFR of nyfed"
	Quotes      string   `json:"quotes,omitempty"`      // where option quotes come from, such as "OPRA.PILLAR of databento"
	Badges      []string `json:"badges"`                // such as "illustrative carry"
	Pricing     string   `json:"pricing"`               // the pricing method, such as "Black–Scholes–Merton"
}
