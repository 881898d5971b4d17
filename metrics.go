package lombard

// Metrics are the figures of a hedge in the order in which a credit officer
// reads them. Money is in the instrument's currency, ratios are fractions; null
// means undefined.
type Metrics struct {
	Loan  LoanMetrics  `json:"loan"`
	Cost  CostMetrics  `json:"cost_of_protection"`
	Hedge HedgeMetrics `json:"hedge_quality"`
	Risk  RiskByBranch `json:"risk"`
}

// LoanMetrics are the lender's figures, of the path as the lender would have
// seen it.
type LoanMetrics struct {
	Unhedged    LoanBranch `json:"unhedged"`
	Hedged      LoanBranch `json:"hedged"`      // as this lender counts the hedge
	Deleveraged LoanBranch `json:"deleveraged"` // the hedge's cash from outside repaid the loan instead

	LiquidationLossAvoided *float64 `json:"liquidation_loss_avoided"` // unhedged − hedged; null for a facility that does not liquidate
}

// LoanBranch is one account's loan.
type LoanBranch struct {
	MaxLTV          float64  `json:"max_ltv"`
	MaxLTVDate      Date     `json:"max_ltv_date,omitzero"`
	MaxLTVIntraday  *float64 `json:"max_ltv_intraday"` // at the day's low; null for close-only prices
	MarginCallDays  int      `json:"margin_call_days"`
	DaysToFirstCall *int     `json:"time_to_first_call_days"` // calendar days from entry; null without a call
	MinHeadroom     float64  `json:"min_headroom"`            // smallest 1 − LTV/threshold
	DropToCall      *float64 `json:"drop_to_call"`            // fall of the spot at the last close that would be a call, the hedge repriced and counted as this lender does; null in call, and where no fall would be one
	ExposureMax     float64  `json:"e_star_max"`              // largest supervisory exposure, Basel's E*
}

// CostMetrics say what protection cost.
type CostMetrics struct {
	PremiumGross       float64  `json:"premium_gross"`  // for long options, at mid
	PremiumCredit      float64  `json:"premium_credit"` // for short options, at mid
	Payoff             float64  `json:"payoff"`
	Frictions          float64  `json:"frictions"`
	TotalHedgeCost     float64  `json:"total_hedge_cost"`
	HedgeCostNetOfMark float64  `json:"hedge_cost_net_of_mark"`
	CostPAPct          *float64 `json:"cost_pa_pct"`         // of mean hedged collateral
	CostPAPctOfLoan    *float64 `json:"cost_pa_pct_of_loan"` // of the loan
	PremiumPAPct       *float64 `json:"premium_pa_pct"`      // what is paid a year for the days held

	BreakevenSpot *float64 `json:"breakeven_spot"` // of the options bought at entry, at their expiry: below it they pay more than they cost; the put's strike of a collar that cost nothing
	BreakevenFall *float64 `json:"breakeven_fall"` // the same against the entry spot
	BreakevenRise *float64 `json:"breakeven_rise"` // rise of the collateral that pays for them; null where nothing was paid
	UpsideCap     *float64 `json:"upside_cap"`     // most the position can gain by their expiry, of the entry spot

	VolPaid      *float64 `json:"vol_paid"`      // mean vol of the purchases, by vega
	BreakevenVol *float64 `json:"breakeven_vol"` // one vol for every purchase that would have made the hedge cost nothing
}

// HedgeMetrics say how well the hedge did its work.
type HedgeMetrics struct {
	EfficiencyVar    *float64 `json:"hedge_efficiency_var"` // 1 − Var(r hedged)/Var(r unhedged)
	TroughProtection *float64 `json:"trough_protection"`    // share of the unhedged maximum drawdown that the hedge took away
	DrawdownPerCost  *float64 `json:"dd_per_cost"`
	LTVPointsPerCost *float64 `json:"ltv_points_per_cost"`
	CrisisBeta       *float64 `json:"crisis_beta"` // over the worst tenth of unhedged days
	PayoffToPremium  *float64 `json:"payoff_to_premium"`
	VsDeleverage     Versus   `json:"vs_deleverage"`
}

// Versus compares the hedge with repaying the loan from the same cash on the
// same dates. Positive wealth means that the hedge left more.
type Versus struct {
	EndWealth      float64 `json:"end_wealth"`       // hedged − deleveraged
	MaxLTV         float64 `json:"max_ltv"`          // hedged − deleveraged
	MarginCallDays int     `json:"margin_call_days"` // hedged − deleveraged
	Repaid         float64 `json:"repaid"`           // by the deleveraged account
}

// RiskByBranch are the statistics of each account's net wealth.
type RiskByBranch struct {
	Unhedged    RiskMetrics `json:"unhedged"`
	Hedged      RiskMetrics `json:"hedged"`
	Deleveraged RiskMetrics `json:"deleveraged"`
}

// RiskMetrics are the statistics of the daily returns of net wealth, the
// equity after the loan.
type RiskMetrics struct {
	CAGR        *float64 `json:"cagr"`
	Vol         *float64 `json:"vol"`     // annual
	Sharpe      *float64 `json:"sharpe"`  // over the risk-free rate
	Sortino     *float64 `json:"sortino"` // over 0
	MaxDrawdown *float64 `json:"max_drawdown"`
	Calmar      *float64 `json:"calmar"`
	Ulcer       *float64 `json:"ulcer_index"`
	CVaR95      *float64 `json:"cvar_95"` // mean of the worst 5 % of daily returns
	Skew        *float64 `json:"skew"`
	Worst1      *float64 `json:"worst_1_day"`
	Worst5      *float64 `json:"worst_5_days"`
	Worst20     *float64 `json:"worst_20_days"`
	Worst60     *float64 `json:"worst_60_days"`
	WipedOut    bool     `json:"wiped_out"` // wealth fell to nothing; returns end there
}
