package hedge

import (
	"cmp"
	"math"
)

// tick is the smallest price an option is counted at against a budget.
const tick = 0.01

// afford returns the share of the purchase that the budget pays for.
func (b *buyer) afford() (float64, error) {
	allowed := b.allowance()
	if math.IsInf(allowed, 1) {
		return 1, nil
	}
	net := 0.0
	for _, c := range b.contracts {
		net += b.cost(c, PriceMid)
	}
	if net <= allowed {
		return 1, nil
	}
	switch cmp.Or(b.template.Budget.OnExceed, ExceedReduce) {
	case ExceedSkip:
		b.note("Nothing was bought: it would cost %.4f a unit and the budget allows %.4f.", net, allowed)
		return 0, nil
	case ExceedLowerStrike:
		return b.lower(allowed)
	case ExceedReduce:
		share := allowed / math.Max(net, tick)
		b.note("The budget of %.4f a unit pays for %.1f %% of the hedge.", allowed, 100*share)
		return share, nil
	}
	return 0, cannot("on_exceed is %q, which is not known", b.template.Budget.OnExceed)
}

// lower moves every strike down by one factor until the purchase is within its
// budget.
func (b *buyer) lower(allowed float64) (float64, error) {
	before := append([]Contract(nil), b.contracts...)
	at := func(factor float64) float64 {
		net := 0.0
		for i := range b.contracts {
			b.contracts[i].Strike = before[i].Strike * factor
			net += b.cost(b.contracts[i], PriceMid)
		}
		return net - allowed
	}
	factor, ok := zero(0.1, 1, at)
	if !ok {
		b.note("Nothing was bought: no lower strike is within the budget of %.4f a unit.", allowed)
		return 0, nil
	}
	at(factor)
	if err := b.onGrid(); err != nil {
		return 0, err
	}
	b.note("The strikes were lowered to %.1f %% of what they would have been, for the budget of %.4f a unit.", 100*factor, allowed)
	return 1, nil
}

// allowance is what a purchase may cost per unit of collateral: a year's
// budget is shared out over the purchases of a year.
func (b *buyer) allowance() float64 {
	allowed := math.Inf(1)
	if x := b.template.Budget.MaxRoll; x > 0 {
		allowed = x * b.market.Spot
	}
	if x := b.template.Budget.MaxAnnual; x > 0 && len(b.template.Legs) > 0 {
		shortest := b.template.Legs[0].Expiry.Tenor
		for _, l := range b.template.Legs[1:] {
			if l.Expiry.Tenor > 0 {
				shortest = min(shortest, l.Expiry.Tenor)
			}
		}
		allowed = math.Min(allowed, x*b.market.Spot*math.Min(1, float64(shortest)/12))
	}
	return allowed
}
