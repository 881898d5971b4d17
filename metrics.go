package lombard

// Metrics are the figures of a hedge in the order in which a credit officer
// reads them. Money is in the instrument's currency, ratios are fractions; null
// means undefined.
type Metrics struct {
	Loan  LoanMetrics  `json:"loan"`               // The lender's figures
	Cost  CostMetrics  `json:"cost_of_protection"` // What protection cost
	Hedge HedgeMetrics `json:"hedge_quality"`      // How well the hedge did its work
	Risk  RiskByBranch `json:"risk"`               // Statistics of each account's net wealth
}

// LoanMetrics are the lender's figures, of the path as the lender would have
// seen it.
type LoanMetrics struct {
	Unhedged    LoanBranch `json:"unhedged"`    // The loan without a hedge
	Hedged      LoanBranch `json:"hedged"`      // as this lender counts the hedge
	Deleveraged LoanBranch `json:"deleveraged"` // the hedge's cash from outside repaid the loan instead

	LiquidationLossAvoided *float64 `json:"liquidation_loss_avoided"` // unhedged − hedged; null for a facility that does not liquidate
}

// LoanBranch is one account's loan.
type LoanBranch struct {
	MaxLTV          float64  `json:"max_ltv"`                 // Largest LTV
	MaxLTVDate      Date     `json:"max_ltv_date,omitzero"`   // First day of max_ltv
	MaxLTVIntraday  *float64 `json:"max_ltv_intraday"`        // Largest LTV at a day's low; null for close-only prices
	MarginCallDays  int      `json:"margin_call_days"`        // Sessions in call
	DaysToFirstCall *int     `json:"time_to_first_call_days"` // calendar days from entry; null without a call
	MinHeadroom     float64  `json:"min_headroom"`            // smallest 1 − LTV/threshold
	DropToCall      *float64 `json:"drop_to_call"`            // fall of the spot at the last close that would be a call, the hedge repriced and counted as this lender does; null in call, and where no fall would be one
	ExposureMax     float64  `json:"e_star_max"`              // largest supervisory exposure, Basel's E*
}

// CostMetrics say what protection cost.
type CostMetrics struct {
	PremiumGross       float64  `json:"premium_gross"`          // for long options, at mid
	PremiumCredit      float64  `json:"premium_credit"`         // for short options, at mid
	Payoff             float64  `json:"payoff"`                 // Proceeds of expiries and sales, at mid
	Frictions          float64  `json:"frictions"`              // Spreads, commissions and costs of exercise
	TotalHedgeCost     float64  `json:"total_hedge_cost"`       // Premiums paid − received − payoff + frictions; positive is a cost
	HedgeCostNetOfMark float64  `json:"hedge_cost_net_of_mark"` // total_hedge_cost less what open options are worth at the last close
	CostPAPct          *float64 `json:"cost_pa_pct"`            // hedge_cost_net_of_mark a year, a fraction of the mean hedged collateral
	CostPAPctOfLoan    *float64 `json:"cost_pa_pct_of_loan"`    // hedge_cost_net_of_mark a year, a fraction of the loan
	PremiumPAPct       *float64 `json:"premium_pa_pct"`         // Premiums a year for the days held, a fraction of the mean hedged collateral

	BreakevenSpot *float64 `json:"breakeven_spot"` // of the options bought at entry, at their expiry: below it they pay more than they cost; the put's strike of a collar that cost nothing
	BreakevenFall *float64 `json:"breakeven_fall"` // The fall from the entry spot to breakeven_spot, a fraction
	BreakevenRise *float64 `json:"breakeven_rise"` // rise of the collateral that pays for them; null where nothing was paid
	UpsideCap     *float64 `json:"upside_cap"`     // most the position can gain by their expiry, of the entry spot

	VolPaid      *float64 `json:"vol_paid"`      // mean vol of the purchases, by vega
	BreakevenVol *float64 `json:"breakeven_vol"` // one vol for every purchase that would have made the hedge cost nothing
}

// HedgeMetrics say how well the hedge did its work.
type HedgeMetrics struct {
	EfficiencyVar    *float64 `json:"hedge_efficiency_var"` // 1 − Var(r hedged)/Var(r unhedged)
	TroughProtection *float64 `json:"trough_protection"`    // share of the unhedged maximum drawdown that the hedge took away
	DrawdownPerCost  *float64 `json:"dd_per_cost"`          // Points of drawdown taken away per point of hedge cost, both of the start value
	LTVPointsPerCost *float64 `json:"ltv_points_per_cost"`  // Points of LTV taken away at the maximum per point of hedge cost
	CrisisBeta       *float64 `json:"crisis_beta"`          // Slope of hedged on unhedged returns over the worst tenth of unhedged days
	PayoffToPremium  *float64 `json:"payoff_to_premium"`    // payoff over premium_gross
	VsDeleverage     Versus   `json:"vs_deleverage"`        // Against repaying the loan from the same cash
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
	Unhedged    RiskMetrics `json:"unhedged"`    // The account without a hedge
	Hedged      RiskMetrics `json:"hedged"`      // The account with the hedge
	Deleveraged RiskMetrics `json:"deleveraged"` // The account that repaid the loan with the hedge's cash
}

// RiskMetrics are the statistics of the daily returns of net wealth, the
// equity after the loan.
type RiskMetrics struct {
	CAGR        *float64 `json:"cagr"`          // Growth a year of net wealth
	Vol         *float64 `json:"vol"`           // Annual standard deviation of daily returns
	Sharpe      *float64 `json:"sharpe"`        // Mean return over the risk-free rate, over vol
	Sortino     *float64 `json:"sortino"`       // Mean return over the deviation below 0
	MaxDrawdown *float64 `json:"max_drawdown"`  // Largest fall from the running peak, a positive fraction
	Calmar      *float64 `json:"calmar"`        // cagr over max_drawdown
	Ulcer       *float64 `json:"ulcer_index"`   // Root mean square of the drawdown
	CVaR95      *float64 `json:"cvar_95"`       // mean of the worst 5 % of daily returns
	Skew        *float64 `json:"skew"`          // Skewness of daily returns
	Worst1      *float64 `json:"worst_1_day"`   // Smallest return of one session
	Worst5      *float64 `json:"worst_5_days"`  // Smallest return of 5 sessions
	Worst20     *float64 `json:"worst_20_days"` // Smallest return of 20 sessions
	Worst60     *float64 `json:"worst_60_days"` // Smallest return of 60 sessions
	WipedOut    bool     `json:"wiped_out"`     // wealth fell to nothing; returns end there
}
