package lombard

// Result is the permanent answer to a scenario. Its bytes depend only on the
// resolved request, the data, the engine version and the data cost: it carries
// no job id and no clock.
type Result struct {
	ScenarioID      string  `json:"scenario_id"` // hash of the resolved request without its name
	ScenarioName    string  `json:"scenario_name"`
	Symbol          string  `json:"symbol"`
	StartDate       Date    `json:"start_date"`
	EndDate         Date    `json:"end_date"`
	EntryDate       Date    `json:"entry_date"`
	LastDate        Date    `json:"last_date"`
	EntrySpot       float64 `json:"entry_spot"`
	UnderlyingUnits float64 `json:"underlying_units"`
	LoanAmount      float64 `json:"loan_amount"`
	MarginCallLTV   float64 `json:"margin_call_ltv"`
	DataSource      string  `json:"data_source"`
	DataCostUSD     float64 `json:"data_cost_usd"`

	Verdict         string `json:"verdict"` // of the primary template, in words
	PrimaryTemplate string `json:"primary_template"`

	Summary // the primary template's, repeated at the top level

	Request    Scenario         `json:"request"` // resolved: every default filled in
	Notes      []string         `json:"notes"`   // what a careful reader must know, as sentences
	Warnings   []Warning        `json:"warnings"`
	Quality    Quality          `json:"quality"`
	Rolls      []SeriesRoll     `json:"rolls,omitempty"` // where the price went from one future to the next
	Provenance Provenance       `json:"provenance"`
	Templates  []TemplateResult `json:"template_results"`
}

// TemplateResult is the answer for one hedge.
type TemplateResult struct {
	TemplateSlug string     `json:"template_slug"`
	TemplateName string     `json:"template_name"`
	TemplateHash string     `json:"template_hash"` // sha256 of the template's definition
	Verdict      string     `json:"verdict"`
	Summary      Summary    `json:"summary_metrics"`
	Metrics      Metrics    `json:"metrics"`
	Contracts    []Contract `json:"contracts"`
	Branches     []Branch   `json:"facility_branches,omitempty"` // when the facility has thresholds, a cure or a liquidation
	DailyPath    []Day      `json:"daily_path"`
}

// Summary holds the figures condensed from a daily path. Money is in the
// instrument's currency, ratios are fractions; null means undefined.
type Summary struct {
	StartValue         float64 `json:"start_value"`          // units × entry spot
	EndValueHedgedNet  float64 `json:"end_value_hedged_net"` // last net_portfolio_value
	EndValueUnhedged   float64 `json:"end_value_unhedged"`   // units × last spot
	TotalHedgeCost     float64 `json:"total_hedge_cost"`     // premiums paid − received − payoffs + frictions; positive is a cost
	HedgeCostNetOfMark float64 `json:"hedge_cost_net_of_mark"`

	MaxLTVHedged       float64 `json:"max_ltv_hedged"`
	MaxLTVHedgedDate   Date    `json:"max_ltv_hedged_date"`
	MaxLTVUnhedged     float64 `json:"max_ltv_unhedged"`
	MaxLTVUnhedgedDate Date    `json:"max_ltv_unhedged_date"`
	MaxLTVRecognised   float64 `json:"max_ltv_recognised"`

	MarginCallDaysHedged          int  `json:"margin_call_days_hedged"`
	MarginCallDaysUnhedged        int  `json:"margin_call_days_unhedged"`
	MarginCallDaysPrevented       int  `json:"margin_call_days_prevented"` // called without the hedge and not with it
	MarginCallDaysAdded           int  `json:"margin_call_days_added"`     // called with the hedge and not without it
	MarginCallDaysIfNotRecognised int  `json:"margin_call_days_if_not_recognised"`
	MarginCallDaysLowHedged       *int `json:"margin_call_days_low_hedged"`   // by the day's low; null for close-only prices
	MarginCallDaysLowUnhedged     *int `json:"margin_call_days_low_unhedged"` // likewise
	BreachedHedged                bool `json:"margin_threshold_breached_hedged"`
	BreachedUnhedged              bool `json:"margin_threshold_breached_unhedged"`
	FirstCallHedged               Date `json:"first_margin_call_hedged,omitzero"`
	FirstCallUnhedged             Date `json:"first_margin_call_unhedged,omitzero"`

	MinHeadroomHedged   float64 `json:"min_headroom_hedged"`   // smallest 1 − LTV/threshold over the path
	MinHeadroomUnhedged float64 `json:"min_headroom_unhedged"` // likewise

	PremiumsPaid     float64 `json:"premiums_paid"`     // at mid
	PremiumsReceived float64 `json:"premiums_received"` // at mid
	Payoff           float64 `json:"payoff"`            // expiry and sale proceeds
	Frictions        float64 `json:"frictions"`         // |fill − mid| × quantity + commissions + exercise costs
	OpenMark         float64 `json:"open_mark"`         // option value at the last close
	Purchases        int     `json:"purchases"`         // contracts bought or sold to open

	CashFromOutside        float64 `json:"cash_from_outside"`         // total that hedging took from outside the pledge
	CashFromOutsideLargest float64 `json:"cash_from_outside_largest"` // largest on one day
	CashFromOutsideDate    Date    `json:"cash_from_outside_largest_date,omitzero"`
	OptionCashPledged      float64 `json:"option_cash_pledged"` // at the end

	CostPAPct         *float64 `json:"cost_pa_pct"`         // hedge_cost_net_of_mark a year, fraction of mean hedged collateral
	CostPAPctOfLoan   *float64 `json:"cost_pa_pct_of_loan"` // the same against the loan
	PremiumPAPct      *float64 `json:"premium_pa_pct"`      // premiums a year for the days held, fraction of mean hedged collateral
	CureCashUnhedged  float64  `json:"cure_cash_unhedged"`  // largest repayment that would have brought the unhedged LTV back to the threshold
	InterestCharged   float64  `json:"interest_charged"`    // over the run, on the unhedged loan: capitalised, paid in cash, repaid by dividends or accrued
	LoanBalanceAtEnd  float64  `json:"loan_balance_at_end"` // of the unhedged loan: principal + accrued interest
	EquityHedgedEnd   float64  `json:"equity_hedged_end"`   // end_value_hedged_net − loan and interest
	EquityUnhedgedEnd float64  `json:"equity_unhedged_end"` // end_value_unhedged − loan and interest
	ModelMarkedShare  *float64 `json:"model_marked_share"`  // share of option-days marked by the model, not by a quote
	Sessions          int      `json:"sessions"`
	Dividends         float64  `json:"dividends_received,omitzero"` // on the collateral, in the unhedged branch
}

// Day is the account at one close.
type Day struct {
	Date      Date    `json:"date"`
	SpotOpen  float64 `json:"spot_open"`
	SpotHigh  float64 `json:"spot_high"`
	SpotLow   float64 `json:"spot_low"`
	SpotClose float64 `json:"spot_close"`

	UnderlyingValue   float64 `json:"underlying_value"`    // units × close
	OptionMarketValue float64 `json:"option_market_value"` // Σ signed quantity × multiplier × mid mark
	NetPortfolioValue float64 `json:"net_portfolio_value"` // collateral + options + cumulative option cash, before the loan
	OptionContracts   float64 `json:"option_contracts"`    // quantity / multiplier; may be fractional

	LTVHedged           float64  `json:"ltv_hedged"`     // economic: options at market value
	LTVUnhedged         float64  `json:"ltv_unhedged"`   // loan / collateral
	LTVRecognised       float64  `json:"ltv_recognised"` // as this lender computes it; decides margin_call_hedged
	LTVNotRecognised    float64  `json:"ltv_if_not_recognised"`
	LTVHedgedLow        *float64 `json:"ltv_hedged_low"`            // recognised LTV at the day's low; null on the first session and without a low
	LTVUnhedgedLow      *float64 `json:"ltv_unhedged_low"`          // likewise
	LTVNotRecognisedLow *float64 `json:"ltv_if_not_recognised_low"` // likewise
	MarginCallHedged    bool     `json:"margin_call_hedged"`
	MarginCallUnhedged  bool     `json:"margin_call_unhedged"`

	LoanBalance       float64 `json:"loan_balance"`        // principal + accrued interest, the LTV's numerator
	AccruedInterest   float64 `json:"accrued_interest"`    // not yet capitalised
	OptionCashPledged float64 `json:"option_cash_pledged"` // hedge cash held in the pledge, ≥ 0
	CashFromOutside   float64 `json:"cash_from_outside"`   // put in today because hedge cash did not cover the trades
	HedgeCash         float64 `json:"hedge_cash"`          // today's premiums, payoffs and frictions, netted; positive is received
	Frictions         float64 `json:"frictions"`           // today's
	EquityHedged      float64 `json:"equity_hedged"`
	EquityUnhedged    float64 `json:"equity_unhedged"`

	OptionDelta float64  `json:"option_delta_units"`       // Σ signed quantity × delta, in units of the underlying
	OptionVega  float64  `json:"option_vega"`              // Σ signed quantity × vega, money per 1.00 of vol
	IVUsed      *float64 `json:"iv_used"`                  // annual vol behind the marks; null without options
	RateUsed    *float64 `json:"rate_used,omitempty"`      // behind the marks, where the rate follows a published one
	YieldUsed   *float64 `json:"yield_used,omitempty"`     // behind the marks, where it is not the request's dividend_yield
	LoanRate    *float64 `json:"loan_rate_used,omitempty"` // charged since the close before, where the loan follows a published rate
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
	Units    float64 `json:"underlying_units,omitzero"` // pledged in the unhedged branch; the document leaves it out while it is the request's

	OptionMarks []OptionMark `json:"option_marks,omitempty"` // each option's own vol, where one vol does not serve them all
	Events      []Event      `json:"events,omitempty"`
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
	Contract string  `json:"contract"`
	Mark     float64 `json:"mark"` // per unit, at mid
	Vol      float64 `json:"vol"`  // annual, behind the mark

	// Where options are priced from quotes.
	Source  string  `json:"source,omitempty"`  // quote_mid, iv_carry (the vol of an earlier quote) or surface (the vol model)
	AgeDays int     `json:"age_days,omitzero"` // iv_carry: calendar days since that quote
	Bid     float64 `json:"bid,omitzero"`      // of the day; left out while nobody bid
	Ask     float64 `json:"ask,omitzero"`      // likewise
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
	Date     Date    `json:"date,omitzero"` // where it does not stand under its day
	Type     string  `json:"type"`          // entry, renewal, expiry, margin_call_start_…, margin_call_end_…
	Contract string  `json:"contract,omitempty"`
	Price    float64 `json:"price,omitempty"` // per unit of the underlying
	Quantity float64 `json:"quantity,omitempty"`
	Cash     float64 `json:"cash,omitempty"`
	Text     string  `json:"text"`
}

// Contract is one option bought or sold in the run.
type Contract struct {
	ID         string   `json:"id"`         // leg and purchase number, such as put#1
	Leg        string   `json:"leg"`        // the leg's id in the template
	Right      string   `json:"right"`      // put or call
	Style      Style    `json:"style"`      // european or american
	Quantity   float64  `json:"quantity"`   // units of the underlying, signed
	Multiplier float64  `json:"multiplier"` // units per contract
	Strike     float64  `json:"strike"`
	Opened     Date     `json:"opened"`
	Expiry     Date     `json:"expiry"`
	SpotAtOpen float64  `json:"spot_at_open"`
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
	Date     Date    `json:"date"`
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
	Date     Date    `json:"date"`
	Type     string  `json:"type"`     // roll, restrike, monetise, close or split
	Quantity float64 `json:"quantity"` // change of the position in units, signed
	Mid      float64 `json:"mid"`      // per unit
	Fill     float64 `json:"fill"`     // per unit
	Proceeds float64 `json:"proceeds"` // −quantity × mid
}

// Warning is something the asker should know and the run survived.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Quality says what the prices were like.
type Quality struct {
	Bars        int    `json:"bars"`         // sessions in the run
	WarmupBars  int    `json:"warmup_bars"`  // sessions before entry that the vol model or the dividend yield used
	CloseOnly   int    `json:"close_only"`   // sessions with no open, high and low
	Fallbacks   int    `json:"fallbacks"`    // sessions with some of open, high, low missing
	Repaired    int    `json:"repaired"`     // sessions whose range did not hold the close or open
	Gaps        int    `json:"gaps"`         // sessions of the calendar without a bar
	OffCalendar int    `json:"off_calendar"` // bars outside the calendar
	LongestGap  int    `json:"longest_gap_days"`
	Intraday    bool   `json:"intraday"` // false: lows are not known, calls are counted by close
	Calendar    string `json:"calendar"`

	Findings []Finding `json:"findings,omitempty"` // what deserves a look, by date; with data_quality fail they refuse the run
}

// Finding is one thing in the prices that may be wrong.
type Finding struct {
	Code    string `json:"code"` // gap, stale, unadjusted_split, off_calendar, repaired, no_chain, crossed_quotes or zero_quotes
	First   Date   `json:"first"`
	Last    Date   `json:"last"`
	Message string `json:"message"`
}

// SeriesRoll is a day on which a series of futures goes on with another contract.
// Change is that of the price from the close before, the market's move of the
// day in it; nothing is smoothed.
type SeriesRoll struct {
	Date   Date    `json:"date"` // first session at the new contract's price
	From   string  `json:"from"`
	To     string  `json:"to"`
	Before float64 `json:"close_before"` // of the old contract, at the session before
	After  float64 `json:"close_after"`  // of the new one
	Change float64 `json:"change"`       // after / before − 1
}

// Provenance says what a result was made from.
type Provenance struct {
	Engine      string   `json:"engine"`       // EngineVersion
	Target      string   `json:"target"`       // GOOS/GOARCH the numbers were computed on
	InputDigest string   `json:"input_digest"` // sha256 of the resolved request
	DataDigest  string   `json:"data_digest"`  // sha256 of exactly the bars, figures and quotes used
	Source      string   `json:"source"`       // slug
	Dataset     string   `json:"dataset"`
	Origin      string   `json:"origin"`                // where the series comes from, in words
	Licence     string   `json:"licence"`               // of the data
	VolIndex    string   `json:"vol_index,omitempty"`   // such as "GVZCLS of fred"
	RateSeries  string   `json:"rate_series,omitempty"` // likewise
	LoanIndex   string   `json:"loan_index,omitempty"`  // likewise
	Quotes      string   `json:"quotes,omitempty"`      // where option quotes come from, such as "OPRA.PILLAR of databento"
	Badges      []string `json:"badges"`                // such as "illustrative carry"
	Pricing     string   `json:"pricing"`               // the pricing method, such as "Black–Scholes–Merton"
}
