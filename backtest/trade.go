package backtest

import (
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// settle pays out the options that have expired, at the close of the first
// session on or after their expiry, and returns their legs' indices.
func (r *runner) settle(now *ledger, bar *market.Bar, day *lombard.Day) (expired []int) {
	kept := r.open[:0]
	for _, p := range r.open {
		if p.Expiry > bar.Date {
			kept = append(kept, p)
			continue
		}
		value := option.Intrinsic(p.kind, bar.Close, p.Strike)
		payoff := p.quantity * value
		now.cash += payoff
		now.options += p.quantity * (value - p.booked)
		record := &r.path.Contracts[p.record]
		record.Settled, record.Payoff = bar.Date, &payoff
		day.Events = append(day.Events, lombard.Event{
			Type: "expiry", Contract: record.ID, Price: value, Quantity: p.quantity, Cash: payoff,
			Text: fmt.Sprintf("%s, a %s at %s, expired and paid %.2f.", record.ID, p.kind, price(p.Strike), payoff),
		})
		expired = append(expired, r.legIndex(p.Leg.ID))
	}
	r.open = kept
	return expired
}

func (r *runner) legIndex(id string) int {
	for i := range r.template.Legs {
		if r.template.Legs[i].ID == id {
			return i
		}
	}
	return -1 // not reached: every position comes from a leg
}

// purchase opens the hedge at entry, and renews expired legs while a day of
// the run is left to hold them.
func (r *runner) purchase(i int, now *ledger, bar *market.Bar, expired []int, day *lombard.Day) error {
	legs := expired
	if i == 0 {
		legs = nil
		for leg := range r.template.Legs {
			legs = append(legs, leg)
		}
	} else if !r.template.Renews() || !r.roomAfter(bar.Date) {
		return nil
	}
	if len(legs) == 0 {
		return nil
	}
	sigma, err := r.vols.At(r.closes[:r.first+i+1])
	if err != nil || !(sigma > 0) {
		return &lombard.Error{
			Kind: lombard.KindPricing, Code: "no_vol", Err: err,
			Message: fmt.Sprintf("There is no vol to price options with on %s.", bar.Date), Hint: "Use a flat vol, or a later start date.",
		}
	}
	r.sigma = &sigma
	r.remark()
	for _, leg := range legs {
		r.buy(leg, now, bar, day)
	}
	return nil
}

// roomAfter reports whether the run has a day left after this one on which an
// option could be held.
func (r *runner) roomAfter(date lombard.Date) bool {
	for d := date + 1; d <= r.scenario.EndDate && d <= date+7; d++ {
		if r.instrument.SevenDay || !d.IsWeekend() {
			return true
		}
	}
	return false
}

// buy opens one leg at the close: at mid, with half the spread as a friction.
func (r *runner) buy(leg int, now *ledger, bar *market.Bar, day *lombard.Day) {
	r.purchases[leg]++
	contract := r.resolve(leg, bar)
	p := position{Contract: contract, kind: contract.Leg.Kind(), quantity: contract.Quantity, record: len(r.path.Contracts)}
	record := lombard.Contract{
		ID: fmt.Sprintf("%s#%d", contract.Leg.ID, r.purchases[leg]), Leg: contract.Leg.ID, Right: contract.Leg.Right, Style: r.scenario.Assumptions.OptionStyle,
		Quantity: p.quantity, Multiplier: r.instrument.Multiplier, Strike: contract.Strike, Opened: bar.Date, Expiry: contract.Expiry,
		SpotAtOpen: bar.Close, IV: *r.sigma,
	}
	p.marker = markerOf(r.engine, r.scenario.Assumptions, &record, *r.sigma)
	years := yearsTo(bar.Date, contract.Expiry)
	mid, _, vega := p.marker.Mark(bar.Close, years)
	p.mark, p.booked = mid, mid
	half := r.halfSpread(mid, vega, option.Z(option.Inputs{
		Spot: bar.Close, Strike: contract.Strike, Years: years,
		Rate: *r.scenario.Assumptions.Rate, Yield: *r.scenario.Assumptions.DividendYield, Vol: *r.sigma,
	}))
	size := p.quantity * contract.Leg.Sign()
	now.cash -= p.quantity*p.mark + size*half
	now.frictions += size * half
	r.open = append(r.open, p)

	kind, verb := "renewal", "Renewed"
	if r.purchases[leg] == 1 {
		kind, verb = "entry", "Bought"
	}
	if p.quantity < 0 {
		verb = "Sold"
	}
	record.Mid, record.Fill, record.Premium = mid, mid+contract.Leg.Sign()*half, size*mid
	r.path.Contracts = append(r.path.Contracts, record)
	day.Events = append(day.Events, lombard.Event{
		Type: kind, Contract: record.ID, Price: record.Fill, Quantity: p.quantity, Cash: -p.quantity * record.Fill,
		Text: fmt.Sprintf("%s %s: %s %ss at %s until %s for %s each.", verb, record.ID, quantity(size), p.kind, price(contract.Strike), contract.Expiry, price(record.Fill)),
	})
}

// resolve returns the leg's contract with the first expiry after the day;
// expiries are counted from entry, whatever happened to prices since.
func (r *runner) resolve(leg int, bar *market.Bar) hedge.Contract {
	for number := r.purchases[leg]; ; number++ {
		c := r.template.Legs[leg].Resolve(r.entry, number, bar.Close, r.scenario.UnderlyingUnits, r.instrument.SevenDay)
		if c.Expiry > bar.Date {
			return c
		}
	}
}

// halfSpread is what a fill is worse than mid, per unit (convention 7 of the
// engine's specification): v vol points of vega, wider away from the money, at
// least half a tick and at most half the price.
func (r *runner) halfSpread(mid, vega, z float64) float64 {
	a := &r.scenario.Assumptions
	if a.Execution != lombard.ExecutionHalfSpread || a.HalfSpread == nil {
		return 0
	}
	const halfTick, volPoint = 0.005, 0.01
	spread := *a.HalfSpread * volPoint * vega * (1 + 0.5*max(z, -z))
	return min(mid/2, max(halfTick, spread))
}
