package backtest

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// Where options are priced from quotes, a mark is the middle of bid and ask at
// the close of the day. A day on which the option has no two-sided quote
// carries the vol of its last one, for a week at most; after that, and before
// the first, the vol model speaks. Nothing looks at a quote that comes later.

// carryDays is how many calendar days the vol of a quote stands in for one.
const carryDays = 7

// patience is how many sessions a purchase waits for a chain before it is made
// at the model's price.
const patience = 3

// sight is what the market said of an option at a close.
type sight struct {
	date     lombard.Date // of the close; zero: nothing yet
	spot     float64      // of the underlying then
	bid, ask float64
	vol      float64 // implied by the middle; 0 where no vol gives it
}

func (s sight) mid() float64 { return (s.bid + s.ask) / 2 }

// quotes reports whether options are priced from quotes.
func (r *runner) quotes() bool { return r.scenario.Assumptions.PricingMode == lombard.PricingQuotes }

// chain is the chain that may be looked at: at a close that of the day, at an
// open that of the close before, unless a split lies between. nil: none.
func (r *runner) chain(at moment) *market.Chain {
	if !r.quotes() {
		return nil
	}
	date := r.dateOf(at.past)
	if date != at.date && at.day.Split != 0 {
		return nil
	}
	return r.series.Chains.On(date)
}

// sightOf reads a quote at the moment's chain. It is false without a market.
func (r *runner) sightOf(q market.OptionQuote, at moment) (sight, bool) {
	if !q.TwoSided() {
		return sight{}, false
	}
	s := sight{date: r.dateOf(at.past), spot: r.series.Bars[at.past].Close, bid: q.Bid, ask: q.Ask}
	kind := option.Call
	if q.Put {
		kind = option.Put
	}
	in := option.Inputs{Spot: s.spot, Strike: q.Strike, Years: yearsTo(s.date, q.Expiry), Rate: r.rate, Yield: r.yield}
	implied := option.ImpliedVol
	if r.scenario.Assumptions.OptionStyle == lombard.StyleAmerican {
		implied = option.ImpliedVolAmerican
	}
	if vol, err := implied(kind, in, s.mid()); err == nil {
		s.vol = vol
	}
	return s, true
}

// see looks an option up in the moment's chain. A quote whose middle no vol
// gives keeps the vol of the one before, while that counts.
func (r *runner) see(p *position, at moment) {
	chain := r.chain(at)
	if chain == nil {
		return
	}
	q, ok := chain.Find(p.kind == option.Put, p.Strike, p.Expiry)
	if !ok {
		return
	}
	if s, ok := r.sightOf(q, at); ok {
		if s.vol == 0 && r.carries(p, s.date) {
			s.vol = p.seen.vol
		}
		p.seen, p.bidless = s, sight{}
		return
	}
	if q.Bid == 0 && q.Ask > 0 {
		p.bidless = sight{date: r.dateOf(at.past), ask: q.Ask}
	}
}

// seeAll looks up every open option.
func (r *runner) seeAll(at moment) {
	if !r.quotes() {
		return
	}
	for i := range r.open {
		r.see(&r.open[i], at)
	}
}

// carries reports whether the last quote's vol still counts on a day.
func (r *runner) carries(p *position, date lombard.Date) bool {
	return p.seen.vol > 0 && date-p.seen.date <= carryDays
}

// quoted reports whether a position has a quote of this very close.
func (p *position) quoted(date lombard.Date, spot float64) bool {
	return p.seen.date == date && !date.IsZero() && p.seen.spot == spot
}

// byMarket corrects a model's price by what the market says today: its middle,
// and where somebody asks and nobody bids, no more than the ask.
func (p *position) byMarket(price float64, date lombard.Date, spot float64) float64 {
	switch {
	case p.quoted(date, spot):
		return p.seen.mid()
	case p.bidless.date == date && !date.IsZero():
		return math.Min(price, p.bidless.ask)
	default:
		return price
	}
}

// markOf says where a mark came from.
func (r *runner) markOf(p *position, date lombard.Date, spot float64) lombard.OptionMark {
	m := lombard.OptionMark{Contract: r.contracts[p.record].ID, Mark: p.mark, Vol: p.sigma}
	if !r.quotes() {
		return m
	}
	m.Source = lombard.MarkSurface
	if p.bidless.date == date {
		m.Ask = p.bidless.ask
	}
	switch {
	case p.quoted(date, spot):
		m.Source, m.Bid, m.Ask = lombard.MarkQuote, p.seen.bid, p.seen.ask
	case r.carries(p, date):
		m.Source, m.AgeDays = lombard.MarkCarry, int(date-p.seen.date)
	}
	return m
}

// leastDirect is the source of a day's marks: the one furthest from a quote.
func leastDirect(marks []lombard.OptionMark) string {
	rank := map[string]int{lombard.MarkQuote: 1, lombard.MarkCarry: 2, lombard.MarkSurface: 3}
	worst := lombard.MarkQuote
	for i := range marks {
		if rank[marks[i].Source] > rank[worst] {
			worst = marks[i].Source
		}
	}
	return worst
}

// spreadOf is what a fill of a position is worse than mid, per unit: half of
// what bid and ask lie apart, as last seen; all of mid where nobody bids for
// what is sold; by the model where no quote counts. side is +1 for a purchase.
func (r *runner) spreadOf(p *position, mid, vega, side float64, at moment) float64 {
	a := &r.scenario.Assumptions
	if !r.quotes() || a.Execution != lombard.ExecutionHalfSpread {
		return r.halfSpread(mid, vega, r.z(p, at), at)
	}
	switch date := r.dateOf(at.past); {
	case p.bidless.date == date && side < 0:
		return mid
	case p.bidless.date == date:
		return math.Max(0, p.bidless.ask-mid)
	case p.seen.date == date:
		return r.quotedHalf(p.seen)
	case r.carries(p, date):
		return math.Min(mid/2, r.quotedHalf(p.seen))
	default:
		return r.halfSpread(mid, vega, r.z(p, at), at)
	}
}

// quotedHalf is the part of half a quoted spread that a fill gives up.
func (r *runner) quotedHalf(s sight) float64 {
	a := &r.scenario.Assumptions
	if a.Execution != lombard.ExecutionHalfSpread {
		return 0
	}
	half := (s.ask - s.bid) / 2
	if a.FillFraction != nil {
		half *= *a.FillFraction
	}
	return half
}

// waits reports whether a tranche's purchase has to wait for quotes. It waits
// patience sessions, then is made at the model's price.
func (r *runner) waits(k int, at moment) bool {
	t := &r.tranches[k]
	if !r.quotes() {
		return false
	}
	if chain := r.chain(at); chain != nil && chain.HasMarket() {
		t.waited = 0
		return false
	}
	if t.waited == patience {
		t.waited = 0
		r.record.event(at.day, lombard.Event{Type: "note"}, func() string {
			return "No quotes for three sessions and none today: the hedge is bought at the model's price."
		})
		return false
	}
	t.waited++
	r.record.event(at.day, lombard.Event{Type: "note"}, func() string { return "There are no option quotes today: the hedge waits to be bought." })
	return true
}

// board is the chain of a purchase as the template and the desk see it.
type board struct {
	r     *runner
	at    moment
	chain *market.Chain
	sides map[boardKey]*side
}

type boardKey struct {
	put    bool
	expiry lombard.Date
}

// side is the options of a kind and expiry that have a market.
type side struct {
	strikes []float64
	quotes  []market.OptionQuote
	sights  []sight // made when asked for
}

var _ hedge.Listing = (*board)(nil)

// board returns what can be traded at the moment; nil where options are not
// priced from quotes or there is no market.
func (r *runner) board(at moment) *board {
	chain := r.chain(at)
	if chain == nil || !chain.HasMarket() {
		return nil
	}
	return &board{r: r, at: at, chain: chain, sides: map[boardKey]*side{}}
}

// Expiries implements hedge.Listing.
func (b *board) Expiries(kind option.Kind) []lombard.Date {
	return b.chain.Expiries(kind == option.Put)
}

// Strikes implements hedge.Listing.
func (b *board) Strikes(kind option.Kind, expiry lombard.Date) []float64 {
	return b.side(kind, expiry).strikes
}

func (b *board) side(kind option.Kind, expiry lombard.Date) *side {
	key := boardKey{kind == option.Put, expiry}
	if s, ok := b.sides[key]; ok {
		return s
	}
	s := &side{}
	for _, q := range b.chain.Strikes(key.put, expiry) {
		if q.TwoSided() {
			s.strikes, s.quotes = append(s.strikes, q.Strike), append(s.quotes, q)
		}
	}
	s.sights = make([]sight, len(s.quotes))
	b.sides[key] = s
	return s
}

// sight is what the market says of the i-th option of a side.
func (b *board) sight(s *side, i int) sight {
	if s.sights[i].date.IsZero() {
		s.sights[i], _ = b.r.sightOf(s.quotes[i], b.at) // a side holds two-sided quotes only
	}
	return s.sights[i]
}

// quote returns the vol and half the spread at a strike: the option's own, and
// between two listed strikes on the line between theirs. Beyond the last strike
// that of the last. It is false where no quote of the side has a vol.
func (b *board) quote(kind option.Kind, strike float64, expiry lombard.Date) (s sight, exact, ok bool) {
	side := b.side(kind, expiry)
	low, high := -1, -1
	for i, k := range side.strikes {
		own := b.sight(side, i)
		if math.Abs(k-strike) <= 1e-9*strike {
			return own, true, own.vol > 0
		}
		if own.vol == 0 {
			continue
		}
		if k < strike {
			low = i
		} else if high < 0 {
			high = i
			break
		}
	}
	switch {
	case low < 0 && high < 0:
		return sight{}, false, false
	case low < 0:
		return b.sight(side, high), false, true
	case high < 0:
		return b.sight(side, low), false, true
	}
	below, above := b.sight(side, low), b.sight(side, high)
	w := (strike - side.strikes[low]) / (side.strikes[high] - side.strikes[low])
	between := func(x, y float64) float64 { return x + w*(y-x) }
	return sight{
		date: below.date, spot: below.spot, vol: between(below.vol, above.vol),
		bid: 0, ask: between(below.ask-below.bid, above.ask-above.bid), // as wide as theirs
	}, false, true
}
