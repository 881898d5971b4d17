package backtest

import (
	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/option"
	"lombard.example/lombard/vol"
)

// position is one open option.
type position struct {
	hedge.Contract
	tranche  int
	kind     option.Kind
	marker   option.Marker
	sigma    float64   // annual vol the marker was made for
	path     *markPath // of the marks by that marker, where they may be shared
	turn     int       // of the path when it was taken
	since    int       // bar of the sheet after which the path's marks begin
	marks    []float64 // at the closes of the stretch
	quantity float64   // units, signed
	off      float64   // vol points off the money when it was bought, where strikes keep theirs
	bought   bool
	cost     float64 // per unit at mid, when it was opened
	mark     float64 // per unit, now
	delta    float64 // of one unit, at the last close
	booked   float64 // per unit, at the last close or at purchase
	record   int     // index into Path.Contracts
	fired    []bool  // by roll rule: it has acted on this contract
	seen     sight   // the last quote
	bidless  sight   // the last close at which it was asked and nobody bid
	size     float64 // units per contract, after splits
}

// moment is when something is priced or traded: at an open or at a close.
type moment struct {
	date lombard.Date
	spot float64
	past int // index of the last bar that may be looked at
	now  *ledger
	day  *lombard.Day
}

// value returns what one unit of an open option is worth, with its
// sensitivities and the vol behind it.
func (r *runner) value(p *position, date lombard.Date, spot float64) (price, delta, vega float64) {
	r.aim(p, date, spot)
	price, delta, vega = p.marker.Mark(spot, yearsTo(date, p.Expiry))
	return p.byMarket(price, date, spot), delta, vega
}

// aim gives the position a marker for the vol that the surface has for it. One
// vol for every strike and life keeps one marker, and its exercise boundary,
// from purchase to purchase.
func (r *runner) aim(p *position, date lombard.Date, spot float64) {
	sigma, plain := r.surface.Plain()
	if !plain {
		sigma = r.surface.Vol(vol.Query{
			Spot: spot, Strike: p.Strike, Years: yearsTo(date, p.Expiry), Rate: r.rate, Yield: r.yield,
		})
	}
	if years := yearsTo(date, p.Expiry); r.scenario.Assumptions.Vol.Dynamics == lombard.DynamicsStrike && years > 0 {
		if p.bought {
			sigma = r.surface.Sticky(p.off, spot, years)
		} else {
			p.off, p.bought = sigma-r.surface.Level(spot, years), true
		}
	}
	if r.carries(p, date) {
		sigma = p.seen.vol
	}
	if p.marker == nil || sigma != p.sigma {
		p.sigma = sigma
		r.markFrom(p, date)
	}
}

// markerOf returns the marker of an option: of American ones over the exercise
// boundaries that are remembered, of European ones over the ladder of the day's
// rate and yield.
func (r *runner) markerOf(kind option.Kind, in option.Inputs) option.Marker {
	if !r.european {
		return r.boundaries.Of(r.engine).Marker(kind, in)
	}
	r.ladder.Set(r.rate, r.yield)
	return r.ladder.Marker(kind, in)
}

// markerOf returns the marker of a contract at a vol, made for its whole life,
// so that a day's mark can be computed again from the stored contract.
func markerOf(e option.Markers, c *lombard.Contract, date lombard.Date, rate, yield, sigma float64) option.Marker {
	return e.Marker(kindOf(c.Right), inputsOf(c, date, rate, yield, sigma))
}

// inputsOf are the contract's terms as they stand on a day, over its whole life.
func inputsOf(c *lombard.Contract, date lombard.Date, rate, yield, sigma float64) option.Inputs {
	return option.Inputs{
		Spot: c.SpotAtOpen / c.SplitBy(date), Strike: c.StrikeOn(date), Years: yearsTo(c.Opened, c.Expiry), Rate: rate, Yield: yield, Vol: sigma,
	}
}

func kindOf(right lombard.Right) option.Kind { return hedge.KindOf(right) }

// yieldUsed is the dividend yield behind marks and purchases; nil where it is
// that of the request.
func (r *runner) yieldUsed() *float64 {
	if r.yield == *r.scenario.Assumptions.DividendYield {
		return nil
	}
	return new(r.yield)
}

// carryOf returns the rate and the dividend yield behind the marks of a day.
func carryOf(day *lombard.Day, a *lombard.Assumptions) (rate, yield float64) {
	rate, yield = or0(a.Rate), or0(a.DividendYield)
	if day.RateUsed != nil {
		rate = *day.RateUsed
	}
	if day.YieldUsed != nil {
		yield = *day.YieldUsed
	}
	return rate, yield
}

// yearsTo is the time to expiry, ACT/365F, 0 from the expiry on.
func yearsTo(date, expiry lombard.Date) float64 { return float64(max(0, expiry-date)) / 365 }

// bookAt returns what is pledged at a price, options priced anew.
func (r *runner) bookAt(date lombard.Date, spot float64) loan.Book {
	b := r.book(spot)
	for i := range r.open {
		p := &r.open[i]
		r.aim(p, date, spot)
		b.Options = append(b.Options, pledged(p, date, p.marker.Price(spot, yearsTo(date, p.Expiry))))
	}
	r.pledged = b.Options
	return b
}

// book is what is pledged but for the options. Its list of options is the
// runner's, emptied: a book lives until the next one is made.
func (r *runner) book(spot float64) loan.Book {
	return r.hedged.book(spot, r.pledged[:0])
}

func pledged(p *position, date lombard.Date, value float64) loan.Option {
	return loan.Option{Put: p.kind == option.Put, Quantity: p.quantity, Strike: p.Strike, Value: value, Years: yearsTo(date, p.Expiry)}
}

// find returns the open position of a leg in a tranche.
func (r *runner) find(tranche int, leg string) *position {
	for i := range r.open {
		if p := &r.open[i]; p.tranche == tranche && p.Leg.ID == leg {
			return p
		}
	}
	return nil
}

// desk quotes options to a template that is choosing its strikes. Prices scale
// with spot and strike together, so one marker of a kind, life and vol serves
// every strike.
type desk struct {
	r      *runner
	at     moment
	board  *board // nil: by the vol model
	kept   map[deskKey]option.Marker
	strike float64 // of the kept markers
}

type deskKey struct {
	kind   option.Kind
	expiry lombard.Date
	sigma  float64
}

var _ hedge.Quoter = (*desk)(nil)

// Quote implements hedge.Quoter.
func (d *desk) Quote(kind option.Kind, strike float64, expiry lombard.Date) hedge.Quote {
	in := option.Inputs{Spot: d.at.spot, Strike: strike, Years: yearsTo(d.at.date, expiry), Rate: d.r.rate, Yield: d.r.yield}
	var plain bool
	if in.Vol, plain = d.r.surface.Plain(); !plain {
		in.Vol = d.r.surface.Vol(vol.Query{Spot: in.Spot, Strike: strike, Years: in.Years, Rate: in.Rate, Yield: in.Yield})
	}
	var seen sight
	var exact, listed bool
	if d.board != nil {
		if seen, exact, listed = d.board.quote(kind, strike, expiry); listed {
			in.Vol = seen.vol
		}
	}
	key := deskKey{kind, expiry, in.Vol}
	marker := d.kept[key]
	if marker == nil {
		kept := in
		kept.Strike = d.strike
		marker = d.r.boundaries.Of(d.r.engine).Marker(kind, kept)
		d.kept[key] = marker
	}
	scale := strike / d.strike
	mid, delta, vega := marker.Mark(in.Spot/scale, in.Years)
	mid, vega = mid*scale, vega*scale
	if exact && seen.date == d.at.date {
		mid = seen.mid()
	}
	half := d.r.halfSpread(mid, vega, option.Z(in), d.at)
	if listed || exact {
		half = d.r.quotedHalf(seen)
	}
	return hedge.Quote{Mid: mid, Half: half, Delta: delta, Vol: in.Vol}
}
