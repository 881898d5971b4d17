package reference

import "lombard.example/lombard"

// EventTypes are the types of what happens on a day of a result, in the paths
// and in the branches of a facility.
func EventTypes() []lombard.Choice {
	return []lombard.Choice{
		{Value: "entry", Long: "An option was bought or sold as the first of its leg."},
		{Value: "renewal", Long: "An option was opened in place of one that expired."},
		{Value: "roll", Long: "An option was closed before its expiry and another one opened."},
		{Value: "restrike", Long: "An option was exchanged for one with a strike at today's spot."},
		{Value: "monetise", Long: "A part of an option was sold because it had gained."},
		{Value: "close", Long: "An option was closed and not replaced."},
		{Value: "expiry", Long: "An option expired; cash is its payoff."},
		{Value: "assignment", Long: "A short option was exercised by its holder before its expiry."},
		{Value: "dividend", Long: "A dividend on the collateral was paid; cash is what the hedged account received."},
		{Value: "corporate_action", Long: "A split changed the units, the strikes and the contracts."},
		{Value: "repayment", Long: "Money repaid a part of the loan."},
		{Value: "note", Long: "Something that a reader should know, such as a purchase that had to wait."},
		{Value: "margin_call_start_hedged", Long: "First day of a stretch of margin calls of the hedged loan."},
		{Value: "margin_call_end_hedged", Long: "First day after such a stretch."},
		{Value: "margin_call_start_unhedged", Long: "First day of a stretch of margin calls of the loan without a hedge."},
		{Value: "margin_call_end_unhedged", Long: "First day after such a stretch."},
		{Value: "warning", Long: "In a branch: the LTV reached a level at which the lender warns."},
		{Value: "margin_call", Long: "In a branch: the lender issued a call."},
		{Value: string(lombard.CureExternalCash), Long: "In a branch: cash from outside answered a call."},
		{Value: string(lombard.CureMonetiseHedge), Long: "In a branch: options were sold and repaid the loan."},
		{Value: string(lombard.CureSellCollateral), Long: "In a branch: collateral was sold and repaid the loan."},
		{Value: "pledged_cash", Long: "In a branch: the lender took pledged cash to repay the loan."},
		{Value: "cured", Long: "In a branch: a call ended, by the market or by the borrower."},
		{Value: "cure_expired", Long: "In a branch: a call was not met by its deadline."},
		{Value: "liquidation_due", Long: "In a branch: the lender sells at the next open."},
		{Value: "liquidation", Long: "In a branch: the lender sold because a level was reached."},
		{Value: "liquidation_intraday", Long: "In a branch: the lender sold during the day, at the level that the day's low reached."},
		{Value: "liquidation_cure_expired", Long: "In a branch: the lender sold because a call was not met."},
		{Value: "closed", Long: "In a branch: the loan is repaid."},
		{Value: "shortfall", Long: "In a branch: nothing is left to sell, and money is still owed."},
	}
}
