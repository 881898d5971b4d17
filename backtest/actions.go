package backtest

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
	"lombard.example/lombard/vol"
)

// unsplit returns the bars with every price in the terms of the first: a
// split or a dividend is no movement of the market. It looks backwards only, so
// a day's bar does not depend on what follows it.
func unsplit(raw []market.Bar) []vol.Bar {
	bars := make([]vol.Bar, len(raw))
	factor := 1.0
	for i := range raw {
		b := &raw[i]
		if b.Split > 0 {
			factor *= b.Split
		}
		if i > 0 && b.Dividend > 0 {
			before := raw[i-1].Close
			if b.Split > 0 {
				before /= b.Split
			}
			factor /= math.Max(0.01, 1-b.Dividend/before)
		}
		bars[i] = vol.Bar{Open: b.Open * factor, High: b.High * factor, Low: b.Low * factor, Close: b.Close * factor}
	}
	return bars
}

// leastSpecial is the special dividend a unit from which strikes follow it (the
// rule of the Options Clearing Corporation since February 2009: $12.50 a
// contract of 100).
const leastSpecial = 0.125

// mostOff is the part of a strike that dividends can take.
const mostOff = 0.99

// corporate carries out what a corporate action does before the open: short
// calls are assigned to who wants the dividend, a split changes units, strikes
// and quantities, a special dividend comes off the strikes.
func (r *runner) corporate(bar *market.Bar, now *ledger, day *lombard.Day) {
	if bar.Split == 0 && bar.Dividend == 0 || bar.Date == r.run[0].Date {
		return
	}
	day.Split, day.Dividend = bar.Split, bar.Dividend
	if bar.Dividend > 0 {
		r.assign(bar, now, day)
	}
	special := 0.0
	if bar.Special && bar.Dividend >= leastSpecial {
		special = bar.Dividend
	}
	if bar.Split == 0 && special == 0 {
		return
	}
	split := bar.Split
	if split == 0 {
		split = 1
	}
	r.hedged.units *= split
	r.unhedged.units *= split
	r.entrySpot /= split
	r.previous.units *= split
	r.previous.spot /= split
	for i := range r.open {
		p := &r.open[i]
		p.quantity *= split
		strike := p.Strike / split
		off := math.Min(special, mostOff*strike)
		p.Strike = strike - off
		p.cost, p.mark, p.booked = p.cost/split, p.mark/split, p.booked/split
		if split != math.Trunc(split) {
			p.size *= split // as many contracts, each for another number of units
		}
		p.marker = nil
		p.seen.bid, p.seen.ask = p.seen.bid/split, p.seen.ask/split
		c := &r.contracts[p.record]
		c.Adjustments = append(c.Adjustments, lombard.Adjustment{Date: bar.Date, Split: bar.Split, Dividend: off})
	}
	r.record.event(day, lombard.Event{Type: "corporate_action"}, func() string {
		if special > 0 {
			return fmt.Sprintf("A special dividend of %s a unit comes off the strikes.", price(special))
		}
		return fmt.Sprintf("Split %s for 1: units, strikes and quantities follow.", quantity(split))
	})
}

// assign settles American calls sold whose holder does better by exercising
// before the dividend than by keeping what is left of the option's time value
// (Merton, Theory of Rational Option Pricing, 1973). The units are bought back
// at the close before: they stay pledged.
func (r *runner) assign(bar *market.Bar, now *ledger, day *lombard.Day) {
	if r.scenario.Assumptions.OptionStyle != lombard.StyleAmerican {
		return
	}
	dividend, spot := bar.Dividend, r.previous.spot
	if bar.Split > 0 {
		dividend *= bar.Split
	}
	kept := r.open[:0]
	for _, p := range r.open {
		value := option.Intrinsic(p.kind, spot, p.Strike)
		if p.kind != option.Call || p.quantity >= 0 || value <= 0 || dividend <= p.mark-value {
			kept = append(kept, p)
			continue
		}
		cash := p.quantity * value
		now.cash += cash
		now.options += p.quantity * (value - p.booked)
		record := &r.contracts[p.record]
		record.Settled = bar.Date
		received(record, cash)
		record.Trades = append(record.Trades, lombard.ContractTrade{Date: bar.Date, Type: "assignment", Quantity: -p.quantity, Mid: value, Fill: value, Proceeds: cash})
		r.record.event(day, lombard.Event{Type: "assignment", Contract: record.ID, Price: value, Quantity: -p.quantity, Cash: cash}, func() string {
			return fmt.Sprintf("%s was exercised against you before the dividend of %s: %.2f paid, the units bought back.", record.ID, price(bar.Dividend), -cash)
		})
		r.trades = append(r.trades, Trade{Contract: p.record, Type: "assignment", Quantity: -p.quantity, Mid: value, Fill: value, Cash: cash})
		t := &r.tranches[p.tranche]
		t.expired = append(t.expired, r.legIndex(p.Leg.ID))
	}
	r.open = kept
}

// corporate brings the branch's units, price and options into the terms of the
// day: the frozen path has adjusted its contracts already.
func (b *branch) corporate() {
	split := b.path.day.Split
	if split == 0 {
		split = 1
	}
	b.units *= split
	b.full *= split
	b.price /= split
	b.UnitsSold *= split
	b.UnitsLiquidated *= split
	for i := range b.sales {
		b.sales[i].units *= split
		b.sales[i].price /= split
	}
	for c := range b.options {
		o := &b.options[c]
		if o.frozen == 0 || len(b.path.contracts[c].Adjustments) == 0 {
			continue
		}
		o.quantity, o.frozen, o.value = o.quantity*split, o.frozen*split, o.value/split
		o.marker = nil
		o.strike = b.path.contracts[c].StrikeOn(b.path.day.Date)
	}
}

// distribute hands out the day's dividend on the branch's units.
func (b *branch) distribute(day *lombard.Day) {
	if day.Dividend == 0 {
		return
	}
	cash := day.Dividend * b.units
	b.today.dividends = cash
	if how := b.scenario.Facility.Dividends; how != lombard.DividendsReinvest {
		b.account.distribute(cash, day.SpotClose, how)
		b.outside -= b.dividends // what is paid out is paid to the outside
		b.dividends = 0
		return
	}
	b.reinvest = cash
	b.full += day.Dividend * b.full / day.SpotClose
}

// distribute hands out the day's dividend on the units held at the close
// before, as the facility says. What is reinvested buys units at the close.
func (r *runner) distribute(now *ledger, day *lombard.Day) {
	if day.Dividend == 0 {
		return
	}
	hedged, unhedged := day.Dividend*r.hedged.units, day.Dividend*r.unhedged.units
	now.dividends = hedged
	r.hedged.distribute(hedged, day.SpotClose, r.scenario.Facility.Dividends)
	r.unhedged.distribute(unhedged, day.SpotClose, r.scenario.Facility.Dividends)
	r.record.event(day, lombard.Event{Type: "dividend", Cash: hedged}, func() string {
		return fmt.Sprintf("A dividend of %s a unit paid %.2f.", price(day.Dividend), hedged)
	})
}
