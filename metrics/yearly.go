package metrics

import (
	"math"

	"lombard.example/lombard"
)

// minYears is the length of a run below which a yearly figure says nothing.
const minYears = 1.0 / 12

// yearly: cost_pa_pct = hedge_cost_net_of_mark / mean(hedged units × S) / Y,
// against the loan: / loan / Y, with Y = calendar days / 365.25. premium_pa_pct
// = Σ (paid − received) × (days held in the run ÷ days to expiry at purchase) /
// mean(hedged units × S) / Y. Null without a hedge or below a month.
func (t *Tally) yearly(m *lombard.Summary, contracts []lombard.Contract) {
	years := float64(t.last-t.first) / 365.25
	if len(contracts) == 0 || years < minYears {
		return
	}
	earned := 0.0
	for k := range contracts {
		earned += math.Copysign(contracts[k].Premium, contracts[k].Quantity) * used(&contracts[k], t.last)
	}
	m.CostPAPctOfLoan = new(m.HedgeCostNetOfMark / t.scenario.LoanAmount / years)
	if mean := t.notional.mean; mean > 0 {
		m.CostPAPct, m.PremiumPAPct = new(m.HedgeCostNetOfMark/mean/years), new(earned/mean/years)
	}
}

// notional is the mean of hedged units × spot over the sessions: of long puts, at
// most as many as there is collateral.
type notional struct {
	mean float64
	seen int   // contracts looked at so far
	open []int // puts among them that are open, as indices of contracts
}

func (n *notional) day(d *lombard.Day, contracts []lombard.Contract, sessions int) {
	n.mean += min(n.held(d.Date, contracts), d.Units) * d.SpotClose / float64(sessions)
}

// held returns the units of long puts that are held after the close of a date.
func (n *notional) held(date lombard.Date, contracts []lombard.Contract) float64 {
	for ; n.seen < len(contracts) && contracts[n.seen].Opened <= date; n.seen++ {
		if c := &contracts[n.seen]; c.Right == "put" && c.Quantity > 0 {
			n.open = append(n.open, n.seen)
		}
	}
	hedged, left := 0.0, n.open[:0]
	for _, k := range n.open {
		if c := &contracts[k]; c.Settled.IsZero() || date < c.Settled {
			hedged += c.HeldOn(date)
			left = append(left, k)
		}
	}
	n.open = left
	return hedged
}

// used is the share of a contract's life it was held for in the run, what was
// sold early counted until its sale.
func used(c *lombard.Contract, last lombard.Date) float64 {
	until, life := last, float64(c.Expiry-c.Opened)
	if !c.Settled.IsZero() {
		until = min(until, c.Settled)
	}
	share, left := 0.0, 1.0
	for _, t := range c.Trades {
		sold := -t.Quantity / c.SplitBy(t.Date) / c.Quantity
		share += sold * math.Min(1, float64(t.Date-c.Opened)/life)
		left -= sold
	}
	return share + left*math.Min(1, float64(until-c.Opened)/life)
}
