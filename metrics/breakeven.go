package metrics

import (
	"math"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/option"
)

// structure is the options bought at entry, when they expire together, per unit
// of collateral: their payoff at expiry and the future value of what they cost.
type structure struct {
	contracts []lombard.Contract
	units     float64
	spot      float64
	cost      float64 // FV of the net premium, per unit; negative is received
}

// structureOf returns false when the options of the entry do not expire
// together. FV(p) = p·e^{rτ}.
func structureOf(s lombard.Scenario, days []lombard.Day, contracts []lombard.Contract) (structure, bool) {
	b := structure{units: s.UnderlyingUnits, spot: days[0].SpotClose}
	for i := range contracts {
		c := &contracts[i]
		if c.Opened != days[0].Date {
			continue
		}
		if len(b.contracts) > 0 && c.Expiry != b.contracts[0].Expiry {
			return b, false
		}
		b.contracts = append(b.contracts, *c)
		b.cost += c.Quantity * c.Fill / b.units
	}
	if len(b.contracts) == 0 || s.Assumptions.Rate == nil {
		return b, false
	}
	const year = 365
	b.cost *= math.Exp(*s.Assumptions.Rate * float64(b.contracts[0].Expiry-days[0].Date) / year)
	return b, true
}

// gain is payoff − cost at expiry, per unit of collateral.
func (b structure) gain(spot float64) float64 {
	sum := -b.cost
	for _, c := range b.contracts {
		kind := option.Put
		if c.Right == "call" {
			kind = option.Call
		}
		sum += c.Quantity / b.units * option.Intrinsic(kind, spot, c.Strike)
	}
	return sum
}

// breakeven: the highest spot at which the gain passes from ≥ 0 below it to < 0
// above: K − FV(p) of a put, K₁ − FV(p) of a spread while that is not below K₂.
// The gain is straight between strikes.
func (b structure) breakeven() *float64 {
	strikes := []float64{0}
	for _, c := range b.contracts {
		strikes = append(strikes, c.Strike)
	}
	slices.Sort(strikes)
	const beyond = 10
	strikes = append(strikes, beyond*strikes[len(strikes)-1])
	for i := len(strikes) - 1; i > 0; i-- {
		low, high := strikes[i-1], strikes[i]
		below, above := b.gain(low), b.gain(high)
		if below >= 0 && above < 0 {
			return defined(low + (high-low)*below/(below-above))
		}
	}
	return nil
}

// cap: (K_c − FV(p))/S₀ − 1, K_c the lowest strike of calls sold on the whole of
// the collateral.
func (b structure) cap() *float64 {
	const rounding = 1e-9
	sold, lowest := 0.0, math.Inf(1)
	for _, c := range b.contracts {
		if c.Right == "call" && c.Quantity < 0 {
			sold -= c.Quantity
			lowest = math.Min(lowest, c.Strike)
		}
	}
	if sold < b.units*(1-rounding) {
		return nil
	}
	return defined((lowest-b.cost)/b.spot - 1)
}

// breakevens: fall = breakeven/S₀ − 1, rise = FV(p)/S₀ where something was paid.
func breakevens(m *lombard.CostMetrics, s lombard.Scenario, days []lombard.Day, contracts []lombard.Contract) {
	b, ok := structureOf(s, days, contracts)
	if !ok {
		return
	}
	m.UpsideCap = b.cap()
	if b.cost > 0 {
		m.BreakevenRise = defined(b.cost / b.spot)
	}
	if m.BreakevenSpot = b.breakeven(); m.BreakevenSpot != nil {
		m.BreakevenFall = defined(*m.BreakevenSpot/b.spot - 1)
	}
}
