package backtest

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
)

// Why the lender sells.
const (
	reasonThreshold = "liquidation"
	reasonIntraday  = "liquidation_intraday"
	reasonExpired   = "liquidation_cure_expired"
)

// liquidate sells for the lender what the terms ask for: pledged cash first,
// then the long options it recognises, then collateral, as much as brings the
// loan to its target or repays it.
func (b *branch) liquidate(why string) {
	l := b.scenario.Facility.Liquidation
	b.Liquidations++
	keep, target := b.goal(why)
	b.payFromPledge(keep, target)
	if b.recognition.Mode != lombard.RecognitionNone {
		part := loan.Least(func(part float64) bool {
			return b.enough(keep, target, b.longValue()*part*(1-*l.Slippage), b.book(0, part))
		})
		b.sellOptions(part, "The lender sold the hedge")
	}
	part := b.partToSell(keep, target, l.Penalty+*l.Slippage)
	if rest := b.loan.Balance() - b.proceeds(part, l.Penalty+*l.Slippage); rest > 0 && rest < l.MinResidual {
		part = b.partToSell(0, 0, l.Penalty+*l.Slippage)
	}
	sold := b.sellCollateral(part, l.Penalty, "The lender sold")
	if sold > 0 {
		b.sales = append(b.sales, sale{sold, b.price})
		b.UnitsLiquidated += sold
	}
	if b.keeps {
		b.Events[len(b.Events)-1].Type = why
	}
	b.end("liquidation")
	b.closeIfRepaid()
	if b.live() && b.units == 0 {
		b.state = lombard.StateShortfall
		b.event("shortfall", 0, "Nothing is left to sell, and %.2f is owed.", math.Max(0, b.loan.Balance()-b.cash))
	}
}

// goal is what a liquidation is for: a balance to get down to, or an LTV.
func (b *branch) goal(why string) (keep, target float64) {
	l := b.scenario.Facility.Liquidation
	switch {
	case why == reasonExpired || l.Mode == lombard.LiquidateToTarget:
		return 0, l.TargetLTV
	case l.Mode == lombard.LiquidateCloseFactor:
		return b.loan.Balance() * (1 - loan.CloseFactor(b.ltv(), b.scenario.Facility.Thresholds.Liquidate)), 0
	default:
		return 0, 0
	}
}

// enough reports whether proceeds and what is then left of the book reach the
// goal: the balance to keep, or below it, the target LTV.
func (b *branch) enough(keep, target, proceeds float64, left loan.Book) bool {
	balance := b.loan.Balance() - proceeds
	if balance <= keep {
		return true
	}
	return target > 0 && balance <= target*b.recognition.Recognised(left)
}

// payFromPledge repays with pledged cash as much as the goal needs.
func (b *branch) payFromPledge(keep, target float64) {
	part := loan.Least(func(part float64) bool {
		left := b.book(0, 0)
		left.Cash -= part * b.cash
		return b.enough(keep, target, part*b.cash, left)
	})
	amount := part * b.cash
	if amount <= 0 {
		return
	}
	b.cash -= amount
	b.repay(amount)
	b.event("pledged_cash", 0, "%.2f of pledged cash repaid the loan.", amount)
}

// partToSell is the part of the collateral whose sale reaches the goal; short
// options are bought back in proportion.
func (b *branch) partToSell(keep, target, cost float64) float64 {
	return loan.Least(func(part float64) bool { return b.enough(keep, target, b.proceeds(part, cost), b.book(part, 0)) })
}

// proceeds of selling a part of the collateral and buying back that part of
// the short options.
func (b *branch) proceeds(part, cost float64) float64 {
	return part * (b.units*b.price*(1-cost) - b.shortValue()*(1+*b.scenario.Facility.Liquidation.Slippage))
}

func (b *branch) longValue() float64 {
	sum := 0.0
	for _, o := range b.options {
		sum += math.Max(0, o.quantity) * o.value
	}
	return sum
}

func (b *branch) shortValue() float64 {
	sum := 0.0
	for _, o := range b.options {
		sum += math.Max(0, -o.quantity) * o.value
	}
	return sum
}

// sellOptions sells a part of the long options, at their value less the
// slippage of forced sales, and repays the loan. A borrower's sale of the whole
// hedge closes its short options too.
func (b *branch) sellOptions(part float64, who string) {
	long, short := b.longValue()*part, 0.0
	if part == 1 {
		short = b.shortValue()
	}
	cost := (long + short) * *b.scenario.Facility.Liquidation.Slippage
	amount := long - short - cost
	if amount <= 0 {
		return
	}
	for c := range b.options {
		switch o := &b.options[c]; {
		case o.quantity > 0:
			o.quantity *= 1 - part
		case part == 1:
			o.quantity = 0
		}
	}
	b.today.costs += cost
	b.HedgeSold += amount
	b.repay(amount)
	b.event(string(lombard.CureMonetiseHedge), amount, "%s; %.2f repaid the loan.", who, amount)
}

// sellCollateral sells a part of the collateral at the price of the moment and
// repays the loan; slippage and penalty are part of what it costs.
func (b *branch) sellCollateral(part, penalty float64, who string) (units float64) {
	slippage := *b.scenario.Facility.Liquidation.Slippage
	units = part * b.units
	amount := b.proceeds(part, penalty+slippage)
	cost := units*b.price*(penalty+slippage) + part*b.shortValue()*slippage
	b.units -= units
	if part == 1 {
		b.units = 0
	}
	for c := range b.options {
		if o := &b.options[c]; o.quantity < 0 {
			o.quantity *= 1 - part
		}
	}
	b.today.costs += cost
	b.UnitsSold += units
	b.SaleProceeds += units * b.price
	b.Penalties += cost
	if amount >= 0 {
		b.repay(amount)
	} else {
		b.loan.Principal -= amount // buying back the calls took more than the units brought
	}
	b.event(string(lombard.CureSellCollateral), amount, "%s %s units at %s; %.2f repaid the loan.", who, quantity(units), price(b.price), amount)
	return units
}

// closeIfRepaid ends an account whose loan is repaid.
func (b *branch) closeIfRepaid() {
	const nothing = 1e-9
	if b.loan.Balance() > nothing*b.scenario.LoanAmount {
		return
	}
	if b.episode >= 0 {
		b.end("repaid")
	}
	b.state = lombard.StateClosed
	b.event("closed", 0, "The loan is repaid.")
}
