// Package backtest is the day loop: prices, a hedge and a loan become the
// account at every close. Run is one pure function of its input; Explain shows
// one day's arithmetic line by line.
package backtest

import (
	"context"
	"fmt"

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
}

// Path is the account at every close of the run, and the options it held.
type Path struct {
	Days      []lombard.Day
	Contracts []lombard.Contract
}

// daysPerLook is how many sessions are computed between two looks at the
// context: fewer than 50 ms of the slowest pricing engine.
const daysPerLook = 16

// Run computes the path of one hedge under the simple facility: entry at the
// close of the first session, options marked at every close, settled at
// expiry and renewed there, no cure and no liquidation. observe, if not nil, is
// called after each day. Errors are the context's, or *lombard.Error of kind
// pricing when a number is not finite or a day's money does not balance.
func Run(ctx context.Context, in Input, observe func(done int, day *lombard.Day)) (Path, error) {
	r, err := newRunner(in)
	if err != nil {
		return Path{}, err
	}
	bars := in.Series.Run()
	r.path.Days = make([]lombard.Day, len(bars))
	r.lows = make([]float64, 0, 2*len(bars))
	for i := range bars {
		if i%daysPerLook == 0 && ctx.Err() != nil {
			return Path{}, ctx.Err()
		}
		day := &r.path.Days[i]
		if err := r.step(i, &bars[i], day); err != nil {
			return Path{}, err
		}
		if observe != nil {
			observe(i+1, day)
		}
	}
	for _, p := range r.open {
		mark := p.quantity * p.mark
		r.path.Contracts[p.record].OpenMark = &mark
	}
	return r.path, nil
}

// position is one open option.
type position struct {
	hedge.Contract
	kind     option.Kind
	marker   option.Marker
	quantity float64 // units, signed
	mark     float64 // per unit, now
	booked   float64 // per unit, at the last close or at purchase
	record   int     // index into Path.Contracts
}

// runner is the account between two closes.
type runner struct {
	scenario    lombard.Scenario
	template    hedge.Template
	instrument  market.Instrument
	engine      option.Engine
	vols        vol.Model
	recognition loan.Recognition

	closes []float64 // of every bar, warm-up included
	first  int       // index of entry in closes
	entry  lombard.Date

	loan      loan.Account
	open      []position
	purchases []int   // by leg, how often it was bought
	cash      float64 // pledged hedge cash, C
	outside   float64 // all that came from outside so far, −X
	sigma     *float64

	previous ledger // at the last close
	calledU  bool
	calledH  bool

	path Path
	lows []float64 // backing of the days' low LTVs
}

func newRunner(in Input) (*runner, error) {
	s := in.Scenario
	engine, ok := option.EngineFor(s.Assumptions.OptionStyle)
	if !ok || s.Assumptions.Vol == nil || s.Assumptions.Rate == nil || s.Assumptions.DividendYield == nil || len(in.Series.Run()) == 0 {
		return nil, fault("The scenario is not resolved: its option style, vol, rate or prices are missing.")
	}
	r := &runner{
		scenario: s, template: in.Template, instrument: in.Series.Instrument, engine: engine,
		vols: volModel(*s.Assumptions.Vol), recognition: loan.Recognition{Mode: s.Facility.HedgeRecognition},
		first: in.Series.First, entry: in.Series.Run()[0].Date,
		loan: loan.Account{Principal: s.LoanAmount}, purchases: make([]int, len(in.Template.Legs)),
	}
	if s.Facility.Haircut != nil {
		r.recognition.Haircut = *s.Facility.Haircut
	}
	if s.Facility.LoanRate != nil {
		r.loan.Rate = *s.Facility.LoanRate
	}
	r.closes = make([]float64, len(in.Series.Bars))
	for i := range in.Series.Bars {
		r.closes[i] = in.Series.Bars[i].Close
	}
	return r, nil
}

func volModel(v lombard.VolModel) vol.Model {
	if v.Model == lombard.VolFlat {
		return vol.Flat(v.Value)
	}
	return vol.Realised{Window: v.Window, RiskPremium: v.RiskPremium, Floor: v.Floor, SessionsPerYear: v.SessionsPerYear}
}

// step is one session: interest, the test at the low, expiries and purchases
// at the close, marks, LTVs and the check that no money was made or lost.
func (r *runner) step(i int, bar *market.Bar, day *lombard.Day) error {
	owed := r.loan.Balance()
	if i > 0 {
		r.loan = r.loan.AccrueTo(r.previous.date, bar.Date)
	}
	now := ledger{date: bar.Date, spot: bar.Close, interest: r.loan.Balance() - owed}

	day.Date, day.SpotClose, day.BarQuality = bar.Date, bar.Close, bar.Quality()
	day.SpotOpen, day.SpotHigh, day.SpotLow = bar.Filled()
	if i > 0 && bar.Low > 0 {
		r.testLow(bar, day)
	}
	expired := r.settle(&now, bar, day)
	if err := r.purchase(i, &now, bar, expired, day); err != nil {
		return err
	}
	r.netCash(&now, day)
	r.mark(bar, day)
	r.fill(&now, bar, day)
	if err := r.finite(day); err != nil {
		return err
	}
	if err := r.balance(i, &now, day); err != nil {
		return err
	}
	r.previous = now
	return nil
}

// remark gives every open option a marker at the vol now carried.
func (r *runner) remark() {
	for i := range r.open {
		p := &r.open[i]
		p.marker = markerOf(r.engine, r.scenario.Assumptions, &r.path.Contracts[p.record], *r.sigma)
	}
}

// markerOf returns the marker of a contract at a vol, made for its whole life,
// so that a day's mark can be computed again from the stored contract.
func markerOf(e option.Engine, a lombard.Assumptions, c *lombard.Contract, sigma float64) option.Marker {
	return e.Marker(kindOf(c.Right), option.Inputs{
		Spot: c.SpotAtOpen, Strike: c.Strike, Years: yearsTo(c.Opened, c.Expiry), Rate: *a.Rate, Yield: *a.DividendYield, Vol: sigma,
	})
}

func kindOf(right string) option.Kind { return hedge.Leg{Right: right}.Kind() }

// yearsTo is the time to expiry, ACT/365F, 0 from the expiry on.
func yearsTo(date, expiry lombard.Date) float64 { return float64(max(0, expiry-date)) / 365 }

// bookAt returns what is pledged at a price, options priced anew.
func (r *runner) bookAt(date lombard.Date, spot float64) loan.Book {
	b := loan.Book{Collateral: r.scenario.UnderlyingUnits * spot, Cash: r.cash}
	for i := range r.open {
		p := &r.open[i]
		add(&b, p, spot, p.marker.Price(spot, yearsTo(date, p.Expiry)))
	}
	return b
}

// add counts a position of that unit value in a book.
func add(b *loan.Book, p *position, spot, value float64) {
	if p.quantity < 0 {
		b.Short -= p.quantity * value
		return
	}
	b.Long += p.quantity * value
	b.Intrinsic += p.quantity * option.Intrinsic(p.kind, spot, p.Strike)
}

// testLow records the LTVs at the day's low, on the book held before that
// close's trades, options repriced with the vol and time of that close.
func (r *runner) testLow(bar *market.Bar, day *lombard.Day) {
	book := r.bookAt(bar.Date, bar.Low)
	balance := r.loan.Balance()
	r.lows = append(r.lows, loan.LTV(balance, r.recognition.Recognised(book)), loan.LTV(balance, book.Collateral))
	n := len(r.lows)
	day.LTVHedgedLow, day.LTVUnhedgedLow = &r.lows[n-2], &r.lows[n-1]
}

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
			Text: fmt.Sprintf("The %s %s at %.2f expired and paid %.2f.", record.ID, p.kind, p.Strike, payoff),
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
	number := r.purchases[leg] + 1
	contract := r.template.Legs[leg].Resolve(r.entry, number, bar.Close, r.scenario.UnderlyingUnits, r.instrument.SevenDay)
	for contract.Expiry <= bar.Date { // prices paused for more than a tenor
		number++
		contract = r.template.Legs[leg].Resolve(r.entry, number, bar.Close, r.scenario.UnderlyingUnits, r.instrument.SevenDay)
	}
	p := position{Contract: contract, kind: contract.Leg.Kind(), quantity: contract.Quantity, record: len(r.path.Contracts)}
	record := lombard.Contract{
		ID: fmt.Sprintf("%s#%d", contract.Leg.ID, number), Leg: contract.Leg.ID, Right: contract.Leg.Right, Style: r.scenario.Assumptions.OptionStyle,
		Quantity: p.quantity, Multiplier: r.instrument.Multiplier, Strike: contract.Strike, Opened: bar.Date, Expiry: contract.Expiry,
		SpotAtOpen: bar.Close, IV: *r.sigma,
	}
	p.marker = markerOf(r.engine, r.scenario.Assumptions, &record, *r.sigma)
	years := yearsTo(bar.Date, contract.Expiry)
	price, _, vega := p.marker.Mark(bar.Close, years)
	p.mark, p.booked = price, price
	half := r.halfSpread(price, vega, option.Z(option.Inputs{
		Spot: bar.Close, Strike: contract.Strike, Years: years,
		Rate: *r.scenario.Assumptions.Rate, Yield: *r.scenario.Assumptions.DividendYield, Vol: *r.sigma,
	}))
	size := p.quantity * contract.Leg.Sign()
	now.cash -= p.quantity*p.mark + size*half
	now.frictions += size * half
	r.open = append(r.open, p)

	kind, verb := "renewal", "Renewed"
	if r.purchases[leg] == 0 {
		kind, verb = "entry", "Bought"
	}
	if p.quantity < 0 {
		verb = "Sold"
	}
	r.purchases[leg] = number
	record.Mid, record.Fill, record.Premium = price, price+contract.Leg.Sign()*half, size*price
	r.path.Contracts = append(r.path.Contracts, record)
	day.Events = append(day.Events, lombard.Event{
		Type: kind, Contract: record.ID, Price: record.Fill, Quantity: p.quantity, Cash: -p.quantity * record.Fill,
		Text: fmt.Sprintf("%s %s: %.6g %ss at %.2f until %s for %.2f each.", verb, record.ID, size, p.kind, contract.Strike, contract.Expiry, record.Fill),
	})
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
