package lombard

// Branch is the account when the lender's terms are carried out: calls
// answered, collateral sold.
type Branch struct {
	Branch string `json:"branch"` // unhedged, hedged or deleveraged

	CallsCount        int     `json:"calls_count"`
	DaysInCall        int     `json:"days_in_call"`
	CalledAmountTotal float64 `json:"called_amount_total"`
	CalledAmountMax   float64 `json:"called_amount_max"`
	CashPaid          float64 `json:"cash_paid"` // from outside, to cure
	HedgeSold         float64 `json:"hedge_sold"`
	Liquidations      int     `json:"liquidations"`
	UnitsSold         float64 `json:"units_sold"`       // by the borrower, to cure, and by the lender; in units of the last session, after its splits
	UnitsLiquidated   float64 `json:"units_liquidated"` // by the lender alone, likewise
	SaleProceeds      float64 `json:"liquidation_proceeds"`
	Penalties         float64 `json:"penalties"`        // and slippage
	LiquidationLoss   float64 `json:"liquidation_loss"` // Σ units liquidated × (last spot − fill), both in the terms of the last session, + penalties and slippage; its sign is kept
	BadDebt           float64 `json:"bad_debt"`         // owed at the end of the run beyond pledged cash, with no collateral left to sell
	MaxExposure       float64 `json:"e_star_max"`       // largest supervisory exposure, Basel's E*
	EndWealth         float64 `json:"end_wealth"`       // collateral + cash + options − loan − all that came from outside

	Episodes []Episode   `json:"episodes"`
	Days     []BranchDay `json:"days"`
	Events   []Event     `json:"events"`
}

// Episode is one margin call from its issue to its end.
type Episode struct {
	Issued   Date    `json:"issued"`
	Deadline Date    `json:"deadline"`
	Ended    Date    `json:"ended,omitzero"`
	Amount   float64 `json:"amount"`   // called: L − cure_to × recognised collateral
	PeakLTV  float64 `json:"peak_ltv"` // over the episode
	CuredBy  string  `json:"cured_by"` // market, external_cash, monetise_hedge, sell_collateral, liquidation, or empty while open
	Days     int     `json:"days"`     // sessions in call
}

// BranchDay is a branch at one close.
type BranchDay struct {
	Date         Date    `json:"date"`
	State        string  `json:"session_state"`         // normal, warned, called, closed or shortfall
	LTV          float64 `json:"ltv_recognised"`        // before any cure at this close
	LoanBalance  float64 `json:"loan_balance"`          // after it
	Units        float64 `json:"underlying_units"`      // after it
	CashPledged  float64 `json:"cash_pledged"`          // after it
	CashExternal float64 `json:"cash_external"`         // that came from outside so far
	Equity       float64 `json:"equity"`                // W
	CallSpot     float64 `json:"call_spot,omitzero"`    // at which the lender would call today, options repriced; left out where no price would do
	Exposure     float64 `json:"basel_e_star,omitzero"` // supervisory under-collateralisation
}

// The branches of a facility.
const (
	BranchUnhedged    = "unhedged"
	BranchHedged      = "hedged"
	BranchDeleveraged = "deleveraged" // the hedge's cash from outside repaid the loan instead
)

// The states of a branch.
const (
	StateNormal    = "normal"
	StateWarned    = "warned"
	StateCalled    = "called"
	StateClosed    = "closed"    // the loan is repaid
	StateShortfall = "shortfall" // nothing is left to sell and the loan is not repaid
)
