package backtest

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// settle pays out the options that have expired, at the close of the first
// session on or after their expiry, and notes the legs of each tranche.
func (r *runner) settle(at moment) {
	if !r.expires(at.date) {
		return
	}
	kept := r.open[:0]
	for _, p := range r.open {
		if p.Expiry > at.date {
			kept = append(kept, p)
			continue
		}
		value := option.Intrinsic(p.kind, at.spot, p.Strike)
		payoff := p.quantity * value
		cost := r.exercise(&p, value)
		at.now.cash += payoff - cost
		at.now.frictions += cost
		at.now.options += p.quantity * (value - p.booked)
		record := &r.contracts[p.record]
		record.Settled = at.date
		received(record, payoff)
		r.record.event(at.day, lombard.Event{Type: "expiry", Contract: record.ID, Price: value, Quantity: p.quantity, Cash: payoff}, func() string {
			return fmt.Sprintf("%s, a %s at %s, expired and paid %.2f.", record.ID, p.kind, price(p.Strike), payoff)
		})
		r.trades = append(r.trades, Trade{Contract: p.record, Type: "expiry", Quantity: -p.quantity, Mid: value, Fill: value, Cash: payoff - cost})
		t := &r.tranches[p.tranche]
		t.expired = append(t.expired, r.legIndex(p.Leg.ID))
	}
	r.open = kept
}

// expires reports whether an open option expires on or before a day.
func (r *runner) expires(date lombard.Date) bool {
	for i := range r.open {
		if r.open[i].Expiry <= date {
			return true
		}
	}
	return false
}

// exercise is what it costs to exercise a listed option and buy the units
// back, or to sell it below its intrinsic value, whichever is less: half a tick
// a unit. Exercise itself is free.
func (r *runner) exercise(p *position, value float64) float64 {
	a := &r.scenario.Assumptions
	if a.ContractMode != lombard.ModeListed || a.Execution == lombard.ExecutionMid || p.quantity < 0 || value <= 0 {
		return 0
	}
	return p.quantity * min(halfTick, value)
}

// halfTick is half the smallest change of an option's price.
const halfTick = 0.005

// received adds money to what a contract has paid.
func received(c *lombard.Contract, money float64) {
	if c.Payoff != nil {
		*c.Payoff += money
		return
	}
	c.Payoff = new(money)
}

func (r *runner) legIndex(id string) int {
	for i := range r.template.Legs {
		if r.template.Legs[i].ID == id {
			return i
		}
	}
	return -1 // not reached: every position comes from a leg
}

// allLegs are the indices of the template's legs.
func (r *runner) allLegs() []int {
	legs := make([]int, len(r.template.Legs))
	for i := range legs {
		legs[i] = i
	}
	return legs
}

// look takes the vol, the rate and the dividend yield anew from what may be
// looked at, and marks every open option at them from now on.
func (r *runner) look(at moment) error {
	surface, err := r.vols.At(r.past(at))
	if err != nil {
		return &lombard.Error{
			Kind: lombard.KindPricing, Code: "no_vol", Err: err,
			Message: fmt.Sprintf("There is no vol to price options with on %s.", at.date), Hint: "Use a flat vol, or a later start date.",
		}
	}
	r.surface = surface
	r.carry(at)
	return nil
}

// carry takes the rate and the dividend yield anew, where they follow what is
// published and what was paid.
func (r *runner) carry(at moment) {
	rate, yield := r.rate, r.yield
	if figure, ok := r.series.Rates.Points.Published(r.dateOf(at.past)); ok {
		rate = market.ContinuousRate(r.series.Rates.ID, figure)
	}
	switch a := &r.scenario.Assumptions; {
	case r.series.Instrument.Class == market.ClassFuture && a.RateSeries != "":
		yield = rate // a future costs nothing to carry (Black, The pricing of commodity contracts, 1976)
	case a.YieldFrom == lombard.YieldFromDividends:
		yield = r.yieldAt(at)
	}
	if rate == r.rate && yield == r.yield {
		return
	}
	r.rate, r.yield = rate, yield
	for i := range r.open {
		r.open[i].marker = nil
	}
}

// yieldAt is the yield of the dividends known at a moment: at an open those of
// the day are. Without any it is the instrument's.
func (r *runner) yieldAt(at moment) float64 {
	i := at.past
	if r.dateOf(i) != at.date {
		i++
	}
	if yield, known := market.DividendYield(r.series.Bars, i, at.spot); known {
		return yield
	}
	return r.series.Instrument.DividendYield
}

// buy opens legs of a tranche. why is the type of the event; keep, if not
// zero, is the expiry that the new options take over.
func (r *runner) buy(tranche int, legs []int, at moment, why string, keep lombard.Date) error {
	if len(legs) == 0 {
		return nil
	}
	if err := r.look(at); err != nil {
		return err
	}
	contracts, notes, err := r.choose(tranche, legs, at, keep)
	if err != nil {
		return fmt.Errorf("buy the hedge on %s: %w", at.date, err)
	}
	for _, note := range notes {
		r.record.event(at.day, lombard.Event{Type: "note"}, func() string { return note })
	}
	for _, c := range contracts {
		r.enter(tranche, c, at, why)
	}
	return nil
}

// choose asks the template for its contracts. A premium paid by selling
// collateral leaves less to hedge, so contracts and units are found together.
func (r *runner) choose(tranche int, legs []int, at moment, keep lombard.Date) ([]hedge.Contract, []string, error) {
	quotes := &desk{r: r, at: at, board: r.board(at), kept: map[deskKey]option.Marker{}, strike: at.spot}
	m := r.marketAt(tranche, at, keep)
	if quotes.board != nil {
		m.Listing = quotes.board
	}
	contracts, notes, err := r.template.Open(legs, m, quotes)
	if r.scenario.Facility.PremiumFunding != lombard.FundingSellCollateral {
		return contracts, notes, err
	}
	const rounds = 5
	for range rounds {
		if err != nil {
			return nil, nil, err
		}
		premium := 0.0
		for _, c := range contracts {
			q := quotes.Quote(c.Leg.Kind(), c.Strike, c.Expiry)
			premium += c.Quantity*q.Mid + math.Abs(c.Quantity)*q.Half
		}
		left := r.hedged.units - math.Max(0, premium-r.hedged.cash)/at.spot
		if !(left > 0) {
			return nil, nil, &lombard.Error{
				Kind: lombard.KindPricing, Code: "no_hedge", Message: fmt.Sprintf("The premium of %.2f on %s is more than the collateral is worth, so selling collateral cannot pay it.", premium, at.date),
				Hint: "Use premium_funding cash, or a cheaper hedge.",
			}
		}
		m.Units = left / float64(len(r.tranches))
		contracts, notes, err = r.template.Open(legs, m, quotes)
	}
	return contracts, notes, err
}

// marketAt is what a purchase may look at.
func (r *runner) marketAt(tranche int, at moment, keep lombard.Date) hedge.Market {
	a := &r.scenario.Assumptions
	return hedge.Market{
		Date: at.date, Anchor: r.tranches[tranche].anchor, Expiry: keep, Spot: at.spot, EntrySpot: r.entrySpot, Cost: r.entrySpot,
		Rate: r.rate, Yield: r.yield, Units: r.hedged.units / float64(len(r.tranches)),
		Loan: r.hedged.loan, MarginCallLTV: r.scenario.MarginCallLTV, European: a.OptionStyle == lombard.StyleEuropean,
		Instrument: r.series.Instrument, Listed: a.ContractMode == lombard.ModeListed,
	}
}

// enter books one contract that is opened: at mid, with half the spread and
// any commission as a friction.
func (r *runner) enter(tranche int, contract hedge.Contract, at moment, why string) {
	leg := r.legIndex(contract.Leg.ID)
	r.purchases[leg]++
	p := position{
		Contract: contract, tranche: tranche, kind: contract.Leg.Kind(), quantity: contract.Quantity, record: len(r.contracts),
		fired: make([]bool, len(r.template.Roll)), size: r.series.Instrument.Multiplier,
	}
	id := ""
	if r.record.keeps {
		id = fmt.Sprintf("%s#%d", contract.Leg.ID, r.purchases[leg])
	}
	r.contracts = append(r.contracts, lombard.Contract{
		ID: id, Leg: contract.Leg.ID, Right: contract.Leg.Right, Style: r.scenario.Assumptions.OptionStyle,
		Quantity: p.quantity, Multiplier: r.series.Instrument.Multiplier, Strike: contract.Strike, Opened: at.date, Expiry: contract.Expiry,
		SpotAtOpen: at.spot,
	})
	record := &r.contracts[p.record]
	r.see(&p, at)
	mid, delta, vega := r.value(&p, at.date, at.spot)
	p.mark, p.booked, p.cost, p.delta = mid, mid, mid, delta
	half := r.spreadOf(&p, mid, vega, contract.Leg.Sign(), at)
	size := math.Abs(p.quantity)
	commission := r.commission(size/p.size, mid)
	at.now.cash -= p.quantity*p.mark + size*half + commission
	at.now.frictions += size*half + commission
	r.open = append(r.open, p)

	if r.series.Rates.ID != "" {
		record.Rate = r.rate
	}
	record.Yield = r.yieldUsed()
	record.IV, record.Mid, record.Fill, record.Premium = p.sigma, mid, mid+contract.Leg.Sign()*half, size*mid
	cash := -p.quantity*record.Fill - commission
	r.record.event(at.day, lombard.Event{Type: why, Contract: record.ID, Price: record.Fill, Quantity: p.quantity, Cash: cash}, func() string {
		verb := map[string]string{"entry": "Bought", "renewal": "Renewed", "roll": "Rolled into", "restrike": "Restruck as"}[why]
		if p.quantity < 0 {
			verb = "Sold"
		}
		return fmt.Sprintf("%s %s: %s %ss at %s until %s for %s each.", verb, record.ID, quantity(size), p.kind, price(contract.Strike), contract.Expiry, price(record.Fill))
	})
	r.trades = append(r.trades, Trade{Contract: p.record, Type: why, Quantity: p.quantity, Mid: mid, Fill: record.Fill, Cash: cash})
}

// z is the log-moneyness of a position in standard deviations.
func (r *runner) z(p *position, at moment) float64 {
	return option.Z(option.Inputs{
		Spot: at.spot, Strike: p.Strike, Years: yearsTo(at.date, p.Expiry),
		Rate: r.rate, Yield: r.yield, Vol: p.sigma,
	})
}

// sell closes a fraction of a position, long or short, and returns the cash:
// half the spread below mid for what is sold, above it for what is bought back.
func (r *runner) sell(p *position, fraction float64, at moment, why string) float64 {
	mid, _, vega := r.value(p, at.date, at.spot)
	part := p.quantity * fraction
	if r.scenario.Assumptions.ContractMode == lombard.ModeListed && fraction < 1 {
		part = math.Trunc(part/p.size) * p.size
	}
	if part == 0 {
		return 0
	}
	size := math.Abs(part)
	half := r.spreadOf(p, mid, vega, -part, at)
	commission := r.commission(size/p.size, mid)
	fill := mid - math.Copysign(half, part)
	cash := part*fill - commission
	at.now.cash += cash
	at.now.frictions += size*half + commission
	at.now.options += part * (mid - p.booked)
	p.quantity -= part
	record := &r.contracts[p.record]
	received(record, part*mid)
	record.Trades = append(record.Trades, lombard.ContractTrade{Date: at.date, Type: why, Quantity: -part, Mid: mid, Fill: fill, Proceeds: part * mid})
	r.record.event(at.day, lombard.Event{Type: why, Contract: record.ID, Price: fill, Quantity: -part, Cash: cash}, func() string {
		verb := "sold"
		if part < 0 {
			verb = "bought back"
		}
		return fmt.Sprintf("%s: %s %ss at %s %s for %s each.", record.ID, quantity(size), p.kind, price(p.Strike), verb, price(fill))
	})
	r.trades = append(r.trades, Trade{Contract: p.record, Type: why, Quantity: -part, Mid: mid, Fill: fill, Cash: cash})
	if p.quantity == 0 {
		record.Settled = at.date
	}
	return cash
}

// drop forgets the positions of which nothing is left.
func (r *runner) drop() {
	kept := r.open[:0]
	for _, p := range r.open {
		if p.quantity != 0 {
			kept = append(kept, p)
		}
	}
	r.open = kept
}

// halfSpread is what a fill is worse than mid, per unit (convention 7 of the
// engine's specification): v vol points of vega, wider away from the money, at
// least half a tick and at most half the price.
func (r *runner) halfSpread(mid, vega, z float64, at moment) float64 {
	a := &r.scenario.Assumptions
	if a.Execution != lombard.ExecutionHalfSpread || a.HalfSpread == nil {
		return 0
	}
	const volPoint = 0.01
	spread := *a.HalfSpread * volPoint * vega * (1 + 0.5*max(z, -z))
	if r.stresses != nil {
		spread *= r.stresses[at.past]
	}
	half := min(mid/2, max(halfTick, spread))
	if a.FillFraction != nil {
		half *= *a.FillFraction
	}
	return half
}

// commission is what a broker charges for an order of listed contracts: by the
// contract, less for cheap ones, at least a dollar an order (the published
// schedule of Interactive Brokers for US options; illustrative elsewhere).
// Over-the-counter options in continuous units bear none.
func (r *runner) commission(contracts, premium float64) float64 {
	if r.scenario.Assumptions.ContractMode != lombard.ModeListed || r.scenario.Assumptions.Execution == lombard.ExecutionMid {
		return 0
	}
	perContract := 0.65
	switch {
	case premium < 0.05:
		perContract = 0.25
	case premium < 0.10:
		perContract = 0.50
	}
	return math.Max(1, perContract*contracts)
}
