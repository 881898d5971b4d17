package metrics

import (
	"math"
	"sort"

	"lombard.example/lombard"
)

// minYears is the length of a run below which a yearly figure says nothing.
const minYears = 1.0 / 12

// yearly: cost_pa_pct = hedge_cost_net_of_mark / mean(hedged units × S) / Y,
// against the loan: / loan / Y, with Y = calendar days / 365.25. premium_pa_pct
// = Σ (paid − received) × (days held in the run ÷ days to expiry at purchase) /
// mean(hedged units × S) / Y. Null without a hedge or below a month.
func yearly(m *lombard.Summary, s lombard.Scenario, days []lombard.Day, contracts []lombard.Contract) {
	last := days[len(days)-1].Date
	years := float64(last-days[0].Date) / 365.25
	if len(contracts) == 0 || years < minYears {
		return
	}
	notional, earned := 0.0, 0.0
	for i, hedged := range hedgedUnits(days, contracts) {
		notional += math.Min(hedged, days[i].Units) * days[i].SpotClose / float64(len(days))
	}
	for k := range contracts {
		earned += math.Copysign(contracts[k].Premium, contracts[k].Quantity) * used(&contracts[k], last)
	}
	ofLoan := m.HedgeCostNetOfMark / s.LoanAmount / years
	m.CostPAPctOfLoan = &ofLoan
	if notional > 0 {
		cost, premium := m.HedgeCostNetOfMark/notional/years, earned/notional/years
		m.CostPAPct, m.PremiumPAPct = &cost, &premium
	}
}

// hedgedUnits are the units that long puts hold at every close.
func hedgedUnits(days []lombard.Day, contracts []lombard.Contract) []float64 {
	hedged := make([]float64, len(days))
	for k := range contracts {
		c := &contracts[k]
		if c.Right != "put" || c.Quantity <= 0 {
			continue
		}
		first := sort.Search(len(days), func(i int) bool { return days[i].Date >= c.Opened })
		for i := first; i < len(days) && (c.Settled.IsZero() || days[i].Date < c.Settled); i++ {
			hedged[i] += c.HeldOn(days[i].Date)
		}
	}
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
