package lombard

// Branch is the account when the lender's terms are carried out: calls
// answered, collateral sold.
type Branch struct {
	Branch string `json:"branch"` // unhedged, hedged or deleveraged

	CallsCount        int     `json:"calls_count"`          // Margin calls that were issued
	DaysInCall        int     `json:"days_in_call"`         // Sessions in call
	CalledAmountTotal float64 `json:"called_amount_total"`  // Sum of the amounts of all calls
	CalledAmountMax   float64 `json:"called_amount_max"`    // Largest amount of one call
	CashPaid          float64 `json:"cash_paid"`            // Cash from outside that answered calls
	HedgeSold         float64 `json:"hedge_sold"`           // Proceeds of options sold to answer calls
	Liquidations      int     `json:"liquidations"`         // Sales by the lender
	UnitsSold         float64 `json:"units_sold"`           // by the borrower, to cure, and by the lender; in units of the last session, after its splits
	UnitsLiquidated   float64 `json:"units_liquidated"`     // Units sold by the lender alone, in units of the last session, after its splits
	SaleProceeds      float64 `json:"liquidation_proceeds"` // Proceeds of the sales by the lender
	Penalties         float64 `json:"penalties"`            // Penalties and slippage of those sales
	LiquidationLoss   float64 `json:"liquidation_loss"`     // Σ units liquidated × (last spot − fill), both in the terms of the last session, + penalties and slippage; its sign is kept
	BadDebt           float64 `json:"bad_debt"`             // owed at the end of the run beyond pledged cash, with no collateral left to sell
	MaxExposure       float64 `json:"e_star_max"`           // largest supervisory exposure, Basel's E*
	EndWealth         float64 `json:"end_wealth"`           // collateral + cash + options − loan − all that came from outside

	Episodes []Episode   `json:"episodes"` // Every margin call, from its issue to its end
	Days     []BranchDay `json:"days"`     // The account at each close
	Events   []Event     `json:"events"`   // What happened, in order
}

// Episode is one margin call from its issue to its end.
type Episode struct {
	Issued   Date    `json:"issued"`         // Day of the call
	Deadline Date    `json:"deadline"`       // Last day to answer it
	Ended    Date    `json:"ended,omitzero"` // Day on which it ended; left out while it is open
	Amount   float64 `json:"amount"`         // What is called: L − cure_to × recognised collateral
	PeakLTV  float64 `json:"peak_ltv"`       // Largest LTV of the episode
	CuredBy  string  `json:"cured_by"`       // market, external_cash, monetise_hedge, sell_collateral, liquidation, or empty while open
	Days     int     `json:"days"`           // sessions in call
}

// BranchDay is a branch at one close.
type BranchDay struct {
	Date         Date    `json:"date"`                  // The session
	State        string  `json:"session_state"`         // normal, warned, called, closed or shortfall
	LTV          float64 `json:"ltv_recognised"`        // As this lender counts the hedge, before any cure at this close
	LoanBalance  float64 `json:"loan_balance"`          // Owed after any cure
	Units        float64 `json:"underlying_units"`      // Pledged after any cure
	CashPledged  float64 `json:"cash_pledged"`          // Cash in the pledge after any cure
	CashExternal float64 `json:"cash_external"`         // Cash that came from outside so far
	Equity       float64 `json:"equity"`                // Collateral + cash + options − loan
	CallSpot     float64 `json:"call_spot,omitzero"`    // Price at which the lender would call today, options repriced; left out where no price would do
	Exposure     float64 `json:"basel_e_star,omitzero"` // Supervisory exposure, Basel's E*
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
