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
	r.path.Contracts = []lombard.Contract{}
	r.lows = make([][3]float64, len(bars))
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

	wealth   float64 // W₀, before the first trade
	previous ledger  // at the last close
	calledU  bool
	calledH  bool

	path Path
	lows [][3]float64 // backing of the days' LTVs at the low
}

func newRunner(in Input) (*runner, error) {
	s := in.Scenario
	engine, ok := option.EngineFor(s.Assumptions.OptionStyle)
	if !ok || s.Assumptions.Vol == nil || s.Assumptions.Rate == nil || s.Assumptions.DividendYield == nil || len(in.Series.Run()) == 0 ||
		s.Facility.HedgeRecognition == lombard.RecognitionHaircut && s.Facility.Haircut == nil {
		return nil, fault("The scenario is not resolved: its option style, vol, rate, haircut or prices are missing.", defect)
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
	spot := in.Series.Run()[0].Close
	r.wealth = s.UnderlyingUnits*spot - s.LoanAmount
	r.previous = ledger{date: r.entry, spot: spot, wealth: r.wealth}
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
	now := ledger{date: bar.Date, spot: bar.Close}
	r.loan, now.interest = r.loan.AccrueTo(r.previous.date, bar.Date)

	day.Date, day.SpotClose, day.BarQuality = bar.Date, bar.Close, bar.Quality()
	day.SpotOpen, day.SpotHigh, day.SpotLow = bar.Filled()
	if i > 0 && bar.Low > 0 {
		r.testLow(&r.lows[i], bar, day)
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
	if err := r.balance(&now, day); err != nil {
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
func (r *runner) testLow(ltvs *[3]float64, bar *market.Bar, day *lombard.Day) {
	book := r.bookAt(bar.Date, bar.Low)
	balance := r.loan.Balance()
	*ltvs = [3]float64{
		loan.LTV(balance, r.recognition.Recognised(book)), loan.LTV(balance, book.Collateral), loan.LTV(balance, notRecognised.Recognised(book)),
	}
	day.LTVHedgedLow, day.LTVUnhedgedLow, day.LTVNotRecognisedLow = &ltvs[0], &ltvs[1], &ltvs[2]
}
