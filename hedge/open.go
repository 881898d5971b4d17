package hedge

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// Quote is what a template may know of an option's price, per unit.
type Quote struct {
	Mid   float64
	Half  float64 // half the spread
	Delta float64
	Vol   float64 // annual
}

// Quoter prices options at the moment of a purchase.
type Quoter interface {
	Quote(kind option.Kind, strike float64, expiry lombard.Date) Quote
}

// Market is what a purchase may look at.
type Market struct {
	Date   lombard.Date
	Anchor lombard.Date // expiries are counted from it in whole tenors
	Expiry lombard.Date // not zero: the expiry to keep, when only the strike is new

	Spot, EntrySpot float64
	Cost            float64 // of a unit of the collateral
	Rate, Yield     float64 // continuously compounded, per year
	Units           float64 // of collateral that this purchase hedges

	Loan          loan.Account // as it stands, on the facility's terms of interest
	MarginCallLTV float64
	European      bool

	Instrument market.Instrument
	Listed     bool    // strikes, expiries and sizes of listed contracts
	Listing    Listing // what has a market on the day; nil: strikes and expiries by the exchange's rules
}

// Listing is what can be traded at the moment of a purchase.
type Listing interface {
	// Expiries returns those of a kind, ascending.
	Expiries(kind option.Kind) []lombard.Date
	// Strikes returns those of a kind and expiry, ascending.
	Strikes(kind option.Kind, expiry lombard.Date) []float64
}

// Contract is a leg resolved on a day.
type Contract struct {
	Leg      Leg
	Strike   float64 // price per unit
	Expiry   lombard.Date
	Quantity float64 // units of the underlying, signed
}

// Open returns the contracts of the legs with those indices, bought together:
// expiries, strikes, the strike that is solved for, the budget and the size,
// in this order. The sentences say where the template had to give way. The
// error, of kind pricing, says why nothing can be bought.
func (t Template) Open(legs []int, m Market, q Quoter) ([]Contract, []string, error) {
	b := buyer{template: &t, market: m, quoter: q}
	for _, i := range legs {
		leg := t.Legs[i]
		if leg.Kind() == 0 || math.IsNaN(leg.Sign()) {
			return nil, nil, cannot("the leg %s is %q of a %q, and options are long or short of a put or a call", leg.ID, leg.Side, leg.Right)
		}
		expiry, err := b.expiry(leg)
		if err != nil {
			return nil, nil, err
		}
		c := Contract{Leg: leg, Expiry: expiry}
		if c.Strike, err = b.strike(c); err != nil {
			return nil, nil, err
		}
		b.contracts = append(b.contracts, c)
	}
	for _, s := range t.Solve {
		if err := b.solve(s); err != nil {
			return nil, nil, err
		}
	}
	if err := b.onGrid(); err != nil {
		return nil, nil, err
	}
	share, err := b.afford()
	if err != nil {
		return nil, nil, err
	}
	kept := b.contracts[:0]
	for _, c := range b.contracts {
		if c.Strike == 0 { // skipped
			continue
		}
		ratio := t.ratio()
		c.Quantity = c.Leg.Sign() * c.Leg.Ratio.Of(m.Units)
		if scale := ratio * share; scale != 1 {
			c.Quantity *= scale
		}
		if m.Listed {
			size, wanted := m.Instrument.Multiplier, math.Abs(c.Quantity)
			c.Quantity = math.Trunc(c.Quantity/size*(1+1e-12)) * size
			if c.Quantity == 0 {
				return nil, nil, tooSmall(c, m, wanted, m.Units*float64(max(1, t.Tranches.Count)))
			}
		}
		if c.Quantity != 0 {
			kept = append(kept, c)
		}
	}
	return kept, b.notes, nil
}

// tooSmall says that a leg is to hedge fewer units than one contract covers, and
// of how many pledged units it would be one.
func tooSmall(c Contract, m Market, wanted, pledged float64) error {
	size := m.Instrument.Multiplier
	wayOut := "Use contract_mode continuous_units."
	if least := math.Ceil(pledged * size / wanted * (1 - 1e-12)); !math.IsInf(least, 0) && !math.IsNaN(least) {
		wayOut = fmt.Sprintf("Pledge at least %.0f units, or use contract_mode continuous_units.", least)
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: "underlying_units", Value: pledged, Code: lombard.CodeInvalid,
		Message: fmt.Sprintf("The position is too small for %s: 1 contract covers %g units, and %.6g of the %.6g pledged are to be hedged by it. %s", c.Leg.ID, size, wanted, pledged, wayOut),
	}})
}

// ratio is the share of the collateral that is hedged.
func (t Template) ratio() float64 {
	if t.Sizing.HedgeRatio == 0 {
		return 1
	}
	return t.Sizing.HedgeRatio
}

// buyer is one purchase being put together.
type buyer struct {
	template  *Template
	market    Market
	quoter    Quoter
	contracts []Contract
	notes     []string
}

func (b *buyer) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// expiry returns the leg's expiry after the day.
func (b *buyer) expiry(l Leg) (lombard.Date, error) {
	m := &b.market
	if m.Expiry != 0 {
		return m.Expiry, nil
	}
	for l.Expiry.SameAs != "" {
		other, ok := b.template.leg(l.Expiry.SameAs)
		if !ok {
			return 0, cannot("the leg %q takes its expiry from %q, which the template does not have", l.ID, l.Expiry.SameAs)
		}
		l = other
	}
	next := m.Date
	for number := 1; next <= m.Date; number++ {
		next = ExpiryDate(m.Anchor, l.Expiry.Tenor, number, m.Instrument.SevenDay)
	}
	if !m.Listed || l.Expiry.Cycle == market.CycleExact {
		return next, nil
	}
	cycle, pick := cmp.Or(l.Expiry.Cycle, market.CycleMonthly), cmp.Or(l.Expiry.Pick, market.PickNearest)
	listed, ok := b.listed(l, cycle, pick, next)
	if !ok {
		return 0, cannot("no %s expiry of %s is listed near %s", cycle, m.Instrument.Symbol, next)
	}
	return listed, nil
}

// listed picks an expiry of the cycle: of those that have a market where that
// is known, off the cycle when none of it has one.
func (b *buyer) listed(l Leg, cycle market.Cycle, pick market.Pick, target lombard.Date) (lombard.Date, bool) {
	m := &b.market
	if m.Listing == nil {
		return market.ExpiryAfter(m.Instrument, cycle, pick, m.Date, target, l.Expiry.MinDTE)
	}
	all := m.Listing.Expiries(l.Kind())
	onCycle := slices.DeleteFunc(slices.Clone(all), func(d lombard.Date) bool { return !market.OnCycle(m.Instrument, cycle, d) })
	if d, ok := market.PickExpiry(onCycle, pick, m.Date, target, l.Expiry.MinDTE); ok {
		return d, true
	}
	return market.PickExpiry(all, pick, m.Date, target, l.Expiry.MinDTE)
}

func (t Template) leg(id string) (Leg, bool) {
	for _, l := range t.Legs {
		if l.ID == id {
			return l, true
		}
	}
	return Leg{}, false
}

func cannot(format string, args ...any) error {
	return &lombard.Error{
		Kind: lombard.KindPricing, Code: "no_hedge", Message: "The hedge cannot be bought: " + fmt.Sprintf(format, args...) + ".",
		Hint: "Change the template, or choose another.",
	}
}

// years is the life of an option bought now, ACT/365F.
func (b *buyer) years(expiry lombard.Date) float64 { return float64(expiry-b.market.Date) / 365 }

// strike returns the strike by the leg's own method; that of a leg to be
// solved for waits for the others.
func (b *buyer) strike(c Contract) (float64, error) {
	m, s := &b.market, c.Leg.Strike
	years := b.years(c.Expiry)
	switch s.Method {
	case MethodMoneyness:
		of, err := b.reference(s.Of, years)
		return s.Value * of, err
	case MethodAbs:
		return s.Value, nil
	case MethodSD:
		atm := b.quoter.Quote(c.Leg.Kind(), m.Spot, c.Expiry).Vol
		return m.Spot * math.Exp(s.Value*atm*math.Sqrt(years)), nil
	case MethodDelta:
		return b.root(c, func(q Quote) float64 { return math.Abs(q.Delta) - math.Abs(s.Value) }, "a delta of %g", s.Value)
	case MethodPremium:
		target := s.Value
		switch cmp.Or(s.Unit, UnitPct) {
		case UnitPct:
			target *= m.Spot
		case UnitAbs:
		default:
			return 0, noUnit(s.Unit)
		}
		return b.root(c, func(q Quote) float64 { return q.Mid - target }, "a price of %g", target)
	case MethodLTVFloor:
		held := m.MarginCallLTV - s.Buffer
		if !(held > 0) {
			return 0, cannot("a floor %g below the lender's threshold of %g leaves nothing to lend against", s.Buffer, m.MarginCallLTV)
		}
		strike := m.Loan.OwedAt(m.Date, c.Expiry) / (m.Units * float64(max(1, b.template.Tranches.Count)) * held)
		if m.European {
			strike *= math.Exp(m.Rate * years)
		}
		return strike, nil
	case MethodOffset:
		for _, other := range b.contracts {
			if other.Leg.ID == s.Leg {
				switch cmp.Or(s.Unit, UnitPct) {
				case UnitPct:
					return other.Strike * (1 + s.Value), nil
				case UnitAbs:
					return other.Strike + s.Value, nil
				}
				return 0, noUnit(s.Unit)
			}
		}
		return 0, cannot("the strike of %s is counted from %s, which is not bought with it", c.Leg.ID, s.Leg)
	case MethodSolve:
		return m.Spot, nil
	}
	return 0, cannot("the strike of %s is chosen by %q, which is no method", c.Leg.ID, s.Method)
}

func noUnit(u Unit) error { return cannot("a strike is counted in %q, which is no unit", u) }

// reference is the price that a moneyness is a fraction of.
func (b *buyer) reference(of Basis, years float64) (float64, error) {
	m := &b.market
	switch cmp.Or(of, OfSpot) {
	case OfSpot:
		return m.Spot, nil
	case OfForward:
		return m.Spot * math.Exp((m.Rate-m.Yield)*years), nil
	case OfEntrySpot:
		return m.EntrySpot, nil
	case OfCost:
		return m.Cost, nil
	}
	return 0, cannot("a moneyness is a fraction of %q, which is no price", of)
}

// Where strikes are looked for, as fractions of spot.
const lowestStrike, highestStrike = 0.05, 5.0

// root returns the strike at which a quote meets a condition.
func (b *buyer) root(c Contract, gap func(Quote) float64, what string, value float64) (float64, error) {
	strike, ok := zero(lowestStrike*b.market.Spot, highestStrike*b.market.Spot, func(strike float64) float64 {
		return gap(b.quoter.Quote(c.Leg.Kind(), strike, c.Expiry))
	})
	if !ok {
		return 0, cannot("no strike of %s has "+what, c.Leg.ID, value)
	}
	return strike, nil
}

// solve finds the free strike at which the purchase costs what it should.
func (b *buyer) solve(s Solve) error {
	m := &b.market
	free := -1
	for i := range b.contracts {
		if b.contracts[i].Leg.ID+strikeSuffix == s.Vary {
			free = i
		}
	}
	if free < 0 {
		return nil // it stands from an earlier purchase
	}
	c := &b.contracts[free]
	fixed := 0.0
	for i := range b.contracts {
		if i != free {
			fixed += b.cost(b.contracts[i], s.PriceSide)
		}
	}
	low, high := lowestStrike, highestStrike
	if bounds := c.Leg.Strike.Bounds; bounds != nil {
		low, high = bounds.MinMoneyness, bounds.MaxMoneyness
	}
	gap := func(strike float64) float64 {
		trial := *c
		trial.Strike = strike
		return fixed + b.cost(trial, s.PriceSide) - s.Value*m.Spot
	}
	strike, ok := zero(low*m.Spot, high*m.Spot, gap)
	if ok {
		c.Strike = strike
		return nil
	}
	if !lombard.Known(cmp.Or(s.PriceSide, PriceFill)) {
		return cannot("price_side is %q, which is not known", s.PriceSide)
	}
	switch cmp.Or(s.IfNoRoot, NoRootClamp) {
	case NoRootError:
		return cannot("no strike of %s between %g %% and %g %% of spot makes the legs cost %g %% of spot", c.Leg.ID, 100*low, 100*high, 100*s.Value)
	case NoRootSkip:
		c.Strike = 0
		b.note("%s was not opened: no strike between %g %% and %g %% of spot meets the target.", c.Leg.ID, 100*low, 100*high)
	case NoRootClamp:
		c.Strike = low * m.Spot
		if math.Abs(gap(high*m.Spot)) < math.Abs(gap(c.Strike)) {
			c.Strike = high * m.Spot
		}
		b.note("The strike of %s was held at its bound of %g %% of spot: no strike within the bounds meets the target.", c.Leg.ID, 100*c.Strike/m.Spot)
	default:
		return cannot("if_no_root is %q, which is not known", s.IfNoRoot)
	}
	return nil
}

// cost is what a leg costs per unit of collateral, negative when it brings in.
func (b *buyer) cost(c Contract, side PriceSide) float64 {
	q := b.quoter.Quote(c.Leg.Kind(), c.Strike, c.Expiry)
	price := q.Mid
	switch cmp.Or(side, PriceFill) {
	case PriceMid:
	case PriceFill:
		price += c.Leg.Sign() * q.Half
	default:
		price = math.NaN() // at which nothing is solved
	}
	return c.Leg.Sign() * c.Leg.Ratio.Of(price)
}

// onGrid moves strikes to listed ones: puts down and calls up unless the leg
// says otherwise.
func (b *buyer) onGrid() error {
	if !b.market.Listed {
		return nil
	}
	for i := range b.contracts {
		c := &b.contracts[i]
		if c.Strike == 0 {
			continue
		}
		grid := b.grid(c)
		round := c.Leg.Strike.Round
		if round == "" {
			round = RoundDown
			if c.Leg.Kind() == option.Call {
				round = RoundUp
			}
		}
		switch round {
		case RoundNearest:
			c.Strike = grid.Nearest(c.Strike)
		case RoundUp:
			c.Strike = grid.Up(c.Strike)
		case RoundDown:
			c.Strike = grid.Down(c.Strike)
		default:
			return cannot("the strike of %s is rounded %q, which is not known", c.Leg.ID, round)
		}
	}
	return nil
}

// strikes is where strikes are rounded to.
type strikes interface {
	Down(price float64) float64
	Up(price float64) float64
	Nearest(price float64) float64
}

// grid is the strikes of a contract: those with a market where that is known.
func (b *buyer) grid(c *Contract) strikes {
	if b.market.Listing != nil {
		if listed := b.market.Listing.Strikes(c.Leg.Kind(), c.Expiry); len(listed) > 0 {
			return market.Strikes(listed)
		}
	}
	return market.StrikeGrid(b.market.Instrument, b.market.Date, c.Expiry, b.market.Spot)
}

// zero finds where a monotone function crosses zero between two points, by the
// Illinois variant of regula falsi with bisection as its safeguard (Ford,
// Improved algorithms of Illinois-type, 1995).
func zero(low, high float64, f func(float64) float64) (float64, bool) {
	a, b := low, high
	fa, fb := f(a), f(b)
	if !(fa*fb <= 0) {
		return 0, false
	}
	const rounds, precision = 200, 1e-12
	for range rounds {
		switch {
		case fa == 0:
			return a, true
		case fb == 0:
			return b, true
		case math.Abs(b-a) <= precision*high:
			return b, true
		}
		x := b - fb*(b-a)/(fb-fa)
		if !(x > math.Min(a, b) && x < math.Max(a, b)) {
			x = (a + b) / 2
		}
		fx := f(x)
		if fx*fb < 0 {
			a, fa = b, fb
		} else {
			fa /= 2
		}
		b, fb = x, fx
	}
	return b, true
}
