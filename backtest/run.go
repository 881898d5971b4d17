// Package backtest is the day loop: prices, a hedge and a loan become the
// account at every close. Run is one pure function of its input; Explain shows
// one day's arithmetic line by line.
package backtest

import (
	"context"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
	"lombard.example/lombard/vol"
)

// Input is all that a run depends on. Scenario is resolved: every default is
// filled in.
type Input struct {
	Scenario lombard.Scenario
	Template hedge.Template
	Series   market.Series

	// Repayments, by session, are money from outside that repays the loan of the
	// hedged branch at the close: the control that borrows less. nil: none.
	Repayments []float64
}

// daysPerLook is how many sessions are computed between two looks at the
// context: fewer than 50 ms of the slowest pricing engine.
const daysPerLook = 16

// Run prepares the scenario and the hedge and runs the one with the other: see
// Prepared.Run. The error is also that of Prepare or of HedgeOf.
func Run(ctx context.Context, in Input, observe func(done int, day *lombard.Day)) (Path, error) {
	h, err := HedgeOf(in.Template)
	if err != nil {
		return Path{}, err
	}
	p, err := Prepare(in.Series, in.Scenario)
	if err != nil {
		return Path{}, err
	}
	h.Repayments = in.Repayments
	return p.Run(ctx, h, observe)
}

// Run computes the path of one hedge under the simple facility: entry at the
// close of the first session, options marked at every close, settled at
// expiry and renewed there, no cure and no liquidation. observe, if not nil, is
// called after each day. Errors are the context's, or *lombard.Error of kind
// pricing when a number is not finite or a day's money does not balance.
func (p *Prepared) Run(ctx context.Context, h Hedge, observe func(done int, day *lombard.Day)) (Path, error) {
	var r runner
	r.reset(p, &h)
	r.record.keep(len(p.run))
	days := r.record.path.Days
	for i := 0; i < len(p.run); {
		if ctx.Err() != nil {
			return Path{}, ctx.Err()
		}
		n, err := r.next(i, &days[i])
		if err != nil {
			return Path{}, err
		}
		for k := range n {
			r.dayOf(i+k, k, &days[i+k])
			r.record.closed(i+k, r.trades)
			if observe != nil {
				observe(i+k+1, &days[i+k])
			}
		}
		i += max(1, n)
		if n == 0 && observe != nil {
			observe(i, &days[i-1])
		}
	}
	path := r.record.path
	path.Contracts = append([]lombard.Contract{}, r.contracts...)
	path.CallSpot = r.callSpot()
	for _, p := range r.open {
		mark := p.quantity * p.mark
		path.Contracts[p.record].OpenMark = &mark
	}
	return path, nil
}

// callSpot is the spot at which the lender would call the hedged branch after
// the last step, options priced with the vols of their marks.
func (r *runner) callSpot() float64 {
	bookAt := func(spot float64) loan.Book {
		b := r.hedged.book(spot, nil)
		for i := range r.open {
			p := &r.open[i]
			b.Options = append(b.Options, pledged(p, r.previous.date, p.marker.Price(spot, yearsTo(r.previous.date, p.Expiry))))
		}
		return b
	}
	return loan.CallSpot(r.scenario.MarginCallLTV, bookAt(r.previous.spot), func(spot float64) float64 {
		return loan.LTV(r.hedged.loan.Balance(), r.recognition.Recognised(bookAt(spot)))
	})
}

// runner is the account between two closes.
type runner struct {
	*Prepared
	template   hedge.Template
	rules      rules
	record     recorder
	ladder     option.Ladder     // of the rate and yield of the marks, where options are European
	boundaries option.Boundaries // of exercise, where options are American
	paths      markPaths
	closes     closes
	years      column    // working memory
	marks      []float64 // likewise: of the open options at the closes of the stretch
	steady     bool      // but for trades and corporate actions nothing has to be looked at day by day
	session    int       // bar of the sheet after whose close new marks begin

	surface vol.Surface // taken at the last purchase, or each day
	rate    float64     // risk-free, continuously compounded, taken with it
	yield   float64     // of dividends, likewise

	entrySpot float64
	unhedged  account
	hedged    account // premiums are drawn on its loan, proceeds repay it
	lent      float64 // net of what hedging drew on the hedged loan; negative is repaid

	contracts  []lombard.Contract // all that were opened
	tranches   []tranche
	open       []position
	repayments []float64
	pledged    []loan.Option // backing of the book of the moment
	orders     []order
	trades     []Trade // of the day
	purchases  []int   // by leg, how often it was bought

	wealth   float64 // W₀, before the first trade
	previous ledger  // at the last close
	today    ledger
	calledU  bool
	calledH  bool
}

// rules is what a template's rules of rolling ask to be looked at each day.
type rules struct {
	life     bool // days to expiry
	triggers bool // a figure of the close
	deltas   bool // an option's delta among them
	renews   bool
}

func rulesOf(t *hedge.Template) rules {
	r := rules{renews: t.Renews()}
	for i := range t.Roll {
		switch t.Roll[i].When {
		case hedge.WhenDTE:
			r.life = true
		case hedge.WhenDelta:
			r.triggers, r.deltas = true, true
		case hedge.WhenSpotVsStrike, hedge.WhenProfit, hedge.WhenLTV:
			r.triggers = true
		case hedge.WhenExpiry, hedge.WhenCross: // come with an expiry or a purchase
		}
	}
	return r
}

// reset makes the account that of the entry, before its first trade. It keeps
// the memory of the run before.
func (r *runner) reset(p *Prepared, h *Hedge) {
	s := &p.scenario
	spot := p.run[0].Close
	r.Prepared, r.template, r.rules, r.repayments = p, h.template, rulesOf(&h.template), h.Repayments
	r.paths.over(p.sheet.prices)
	r.surface, r.rate, r.yield = vol.Surface{}, *s.Assumptions.Rate, *s.Assumptions.DividendYield
	r.entrySpot, r.unhedged, r.lent = spot, accountOf(s), 0
	r.hedged = r.unhedged
	r.contracts, r.tranches, r.open, r.pledged, r.orders, r.trades = r.contracts[:0], r.tranches[:0], r.open[:0], r.pledged[:0], r.orders[:0], r.trades[:0]
	r.purchases = append(r.purchases[:0], make([]int, len(h.template.Legs))...)
	r.wealth = s.UnderlyingUnits*spot - s.LoanAmount
	r.calledU, r.calledH = false, false
	r.steady = !r.quotes() && !r.daily && !r.rules.triggers && len(r.series.LoanRate.Points) == 0
	r.layTranches()
	r.previous = ledger{date: p.run[0].Date, spot: spot, units: r.hedged.units, wealth: r.wealth}
}

// past is what a vol model may look at: bars up to and including that of the
// moment, and the vol index of that day.
func (r *runner) past(at moment) vol.Past {
	const percent = 100
	p := vol.Past{Spot: at.spot}
	if r.bars != nil {
		p.Bars = r.bars[:at.past+1]
	}
	if figure, ok := r.series.VolIndex.Points.AsOf(r.dateOf(at.past)); ok {
		p.Index = figure / percent
	}
	return p
}

// dateOf is the date of a bar of the series.
func (r *runner) dateOf(bar int) lombard.Date { return r.series.Bars[bar].Date }

// step is one session, in the order of the specification's phases: interest,
// the trades that triggers asked for at the open, the test at the low, expiries
// and scheduled trades at the close, marks, LTVs, the check that no money was
// made or lost, and what the triggers see.
func (r *runner) step(i int, bar *market.Bar, day *lombard.Day) error {
	r.record.begin()
	r.span(i, 1)
	c := &r.closes
	r.session = c.at
	r.today = ledger{date: bar.Date, spot: bar.Close}
	now := &r.today
	r.trades = r.record.trades(r.trades)
	r.corporate(bar, now, day)
	lending := r.series.LoanRate.Points
	c.unhedged.charged[0] = r.unhedged.accrue(lending, &r.scenario.Facility, r.previous.date, bar.Date)
	c.hedged.charged[0] = r.hedged.accrue(lending, &r.scenario.Facility, r.previous.date, bar.Date)
	if len(lending) > 0 {
		day.LoanRate = r.record.number(r.unhedged.loan.Rate)
	}

	day.Date, day.SpotClose, day.BarQuality = bar.Date, bar.Close, bar.Quality()
	day.SpotOpen, day.SpotHigh, day.SpotLow = bar.Filled()
	r.distribute(now, day)
	if len(r.orders) > 0 {
		atOpen := moment{date: bar.Date, spot: day.SpotOpen, past: r.series.First + i - 1, now: now, day: day}
		if err := r.execute(atOpen); err != nil {
			return err
		}
	}
	atClose := moment{date: bar.Date, spot: bar.Close, past: r.series.First + i, now: now, day: day}
	r.seeAll(atClose)
	c.unhedged.is(0, &r.unhedged.loan)
	c.hedged.is(0, &r.hedged.loan)
	if i > 0 && bar.Low > 0 {
		r.atLow(0, bar.Low)
	}
	r.settle(atClose)
	if err := r.scheduled(i, atClose); err != nil {
		return err
	}
	r.netCash(now, day)
	if i < len(r.repayments) {
		r.deleverage(r.repayments[i], day)
	}
	if err := r.mark(atClose); err != nil {
		return err
	}
	c.unhedged.is(0, &r.unhedged.loan)
	c.hedged.is(0, &r.hedged.loan)
	r.count()
	r.weigh()
	if err := r.check(now, true); err != nil {
		return err
	}
	r.fill(0, day)
	r.record.closed(i, r.trades)
	r.triggers(day)
	now.wealth, now.units = c.wealth[0], r.hedged.units
	r.previous = *now
	return nil
}

// next computes the sessions from the i-th on: one on which there may be something
// to do, whose day it fills in, and returns 0; or as many as follow each other
// quietly, and returns how many. Either way the account stands in the columns.
func (r *runner) next(i int, day *lombard.Day) (quiet int, err error) {
	if quiet = r.quiet(i); quiet > 0 {
		return quiet, r.stretch(i, quiet)
	}
	return 0, r.step(i, &r.run[i], day)
}
