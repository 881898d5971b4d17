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
	units     float64 // pledged once the hedge is paid for
	spot      float64
	cost      float64 // FV of the net premium, per unit; negative is received
}

// negligible is the part of a strike, or of premiums, below which money is a
// residue of the search for a strike: what a hedge made to cost nothing did cost.
const negligible = 1e-9

// structureOf returns false when the options of the entry do not expire
// together. FV(p) = p·e^{rτ}; a net premium that is negligible beside the highest
// strike is none.
func structureOf(s lombard.Scenario, days []lombard.Day, contracts []lombard.Contract) (structure, bool) {
	b := structure{units: days[0].UnitsHedged, spot: days[0].SpotClose}
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
	if len(b.contracts) == 0 || s.Assumptions.Rate == nil || !(b.units > 0) {
		return b, false
	}
	if math.Abs(b.cost) <= b.rounding() {
		b.cost = 0
	}
	const year = 365
	b.cost *= math.Exp(*s.Assumptions.Rate * float64(b.contracts[0].Expiry-days[0].Date) / year)
	return b, true
}

// rounding is the money, per unit of collateral, that counts as nothing.
func (b structure) rounding() float64 {
	highest := 0.0
	for _, c := range b.contracts {
		highest = math.Max(highest, c.Strike)
	}
	return negligible * highest
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

// breakeven: the highest spot below which the options pay more than they cost and
// above which they do not: K − FV(p) of a put, K₁ − FV(p) of a spread while that is
// above K₂. A collar that cost nothing neither gains nor loses between its strikes,
// so its breakeven is the strike of the put, as the limit of a collar that costs a
// little, whatever residue its premiums left. The gain is straight between strikes.
func (b structure) breakeven() *float64 {
	strikes := []float64{0}
	for _, c := range b.contracts {
		strikes = append(strikes, c.Strike)
	}
	slices.Sort(strikes)
	const beyond = 10
	strikes = append(strikes, beyond*strikes[len(strikes)-1])
	rounding := b.rounding()
	for i := len(strikes) - 1; i > 0; i-- {
		low, high := strikes[i-1], strikes[i]
		below, above := b.gain(low), b.gain(high)
		switch {
		case !(below > rounding) || above > rounding:
		case above >= -rounding:
			return defined(high)
		default:
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
