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

// resolved refuses a scenario with open fields, or with words that are none of
// the choices, and a template that its own schema refuses: an account computed
// on a guess looks like any other.
func resolved(in *Input) error {
	if err := in.Template.Check(); err != nil {
		return err
	}
	bad := in.Scenario.Unresolved()
	if len(bad) == 0 {
		return nil
	}
	e := fault("The scenario is not resolved.", "Fill it in with calc.Resolve first.")
	e.Fields = bad
	return e
}

// Run computes the path of one hedge under the simple facility: entry at the
// close of the first session, options marked at every close, settled at
// expiry and renewed there, no cure and no liquidation. observe, if not nil, is
// called after each day. Errors are the context's, or *lombard.Error of kind
// pricing when the scenario is not resolved (Fields names each open choice), a
// number is not finite or a day's money does not balance.
func Run(ctx context.Context, in Input, observe func(done int, day *lombard.Day)) (Path, error) {
	r, err := newRunner(in)
	if err != nil {
		return Path{}, err
	}
	bars := in.Series.Run()
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
	r.path.CallSpot = r.callSpot()
	for _, p := range r.open {
		mark := p.quantity * p.mark
		r.path.Contracts[p.record].OpenMark = &mark
	}
	return r.path, nil
}

// callSpot is the spot at which the lender would call the hedged branch after
// the last step, options priced with the vols of their marks.
func (r *runner) callSpot() float64 {
	bookAt := func(spot float64) loan.Book {
		b := loan.Book{Spot: spot, Units: r.units, Cash: r.cash}
		for i := range r.open {
			p := &r.open[i]
			b.Options = append(b.Options, pledged(p, r.previous.date, p.marker.Price(spot, yearsTo(r.previous.date, p.Expiry))))
		}
		return b
	}
	return loan.CallSpot(r.scenario.MarginCallLTV, bookAt(r.previous.spot), func(spot float64) float64 {
		return loan.LTV(r.hedged.Balance(), r.recognition.Recognised(bookAt(spot)))
	})
}

// runner is the account between two closes.
type runner struct {
	scenario    lombard.Scenario
	template    hedge.Template
	instrument  market.Instrument
	engine      option.Engine
	vols        vol.Model
	surface     vol.Surface // taken at the last purchase, or each day
	rate        float64     // risk-free, continuously compounded, taken with it
	yield       float64     // of dividends, likewise
	index       market.Observations
	rates       market.Reference
	lending     market.Observations // the published rate of a loan that follows one
	daily       bool
	recognition loan.Recognition

	raw       []market.Bar // all, warm-up included
	bars      []vol.Bar    // the same without splits and dividends
	dates     []lombard.Date
	closes    []float64     // by bar, raw
	chains    market.Chains // where options are priced from quotes
	stresses  []float64     // by bar: what spreads are multiplied with; nil: 1
	first     int           // index of entry in bars
	entry     lombard.Date
	entrySpot float64

	loan   loan.Account // of the unhedged branch
	hedged loan.Account // of the hedged branch: premiums drawn on it, proceeds that repay it
	lent   float64      // net of what hedging drew on the hedged loan; negative is repaid
	units  float64      // pledged in the hedged branch
	unitsU float64      // likewise in the unhedged one

	dividends, dividendsU float64 // paid out so far, by branch

	tranches   []tranche
	open       []position
	repayments []float64
	pledged    []loan.Option // backing of the book of the moment
	orders     []order
	trades     []Trade // of the day
	purchases  []int   // by leg, how often it was bought
	cash       float64 // pledged hedge cash, C
	outside    float64 // all that came from outside so far, −X

	wealth   float64 // W₀, before the first trade
	previous ledger  // at the last close
	calledU  bool
	calledH  bool

	path Path
	lows [][3]float64 // backing of the days' LTVs at the low
	vol  []float64    // backing of the days' vols
}

func newRunner(in Input) (*runner, error) {
	s := in.Scenario
	if err := resolved(&in); err != nil {
		return nil, err
	}
	engine, ok := option.EngineFor(s.Assumptions.OptionStyle)
	if !ok || len(in.Series.Run()) == 0 {
		return nil, fault("There are no prices to run on.", "Give at least one session from the start date on.")
	}
	r := &runner{
		scenario: s, template: in.Template, instrument: in.Series.Instrument, engine: engine,
		vols: vol.Of(*s.Assumptions.Vol), daily: s.Assumptions.Vol.Refresh == lombard.RefreshDaily,
		recognition: loan.RecognitionOf(&s.Facility, s.MarginCallLTV, *s.Assumptions.Rate),
		repayments:  in.Repayments, rate: *s.Assumptions.Rate, yield: *s.Assumptions.DividendYield,
		index: in.Series.VolIndex.Points, rates: in.Series.Rates, lending: in.Series.LoanRate.Points,
		first: in.Series.First, entry: in.Series.Run()[0].Date,
		loan: loan.AccountOf(s.LoanAmount, &s.Facility), units: s.UnderlyingUnits, unitsU: s.UnderlyingUnits, purchases: make([]int, len(in.Template.Legs)),
	}
	r.hedged = r.loan
	r.raw, r.bars = in.Series.Bars, unsplit(in.Series.Bars)
	if s.Assumptions.CrashSpreads {
		r.stresses = stressOf(r.bars, StressWindow(r.instrument))
	}
	r.chains = in.Series.Chains
	r.dates, r.closes = make([]lombard.Date, len(in.Series.Bars)), make([]float64, len(in.Series.Bars))
	for i := range in.Series.Bars {
		r.dates[i], r.closes[i] = in.Series.Bars[i].Date, in.Series.Bars[i].Close
	}
	spot := in.Series.Run()[0].Close
	r.entrySpot = spot
	r.layTranches()
	days := len(in.Series.Run())
	r.path = Path{Days: make([]lombard.Day, days), Contracts: []lombard.Contract{}, Held: make([][]Holding, days), Trades: make([][]Trade, days)}
	r.lows, r.vol = make([][3]float64, days), make([]float64, days)
	r.wealth = s.UnderlyingUnits*spot - s.LoanAmount
	r.previous = ledger{date: r.entry, spot: spot, units: r.units, wealth: r.wealth}
	return r, nil
}

// past is what a vol model may look at: bars up to and including that of the
// moment, and the vol index of that day.
func (r *runner) past(at moment) vol.Past {
	const percent = 100
	p := vol.Past{Bars: r.bars[:at.past+1], Spot: at.spot}
	if figure, ok := r.index.AsOf(r.dates[at.past]); ok {
		p.Index = figure / percent
	}
	return p
}

// step is one session, in the order of the specification's phases: interest,
// the trades that triggers asked for at the open, the test at the low, expiries
// and scheduled trades at the close, marks, LTVs, the check that no money was
// made or lost, and what the triggers see.
func (r *runner) step(i int, bar *market.Bar, day *lombard.Day) error {
	now := ledger{date: bar.Date, spot: bar.Close}
	r.trades = nil
	r.corporate(bar, &now, day)
	r.loan.Rate = lendingRate(r.lending, &r.scenario.Facility, r.previous.date, r.loan.Rate)
	r.hedged.Rate = r.loan.Rate
	if len(r.lending) > 0 {
		day.LoanRate = new(r.loan.Rate)
	}
	r.loan, _ = r.loan.AccrueTo(r.previous.date, bar.Date)
	r.hedged, now.interest = r.hedged.AccrueTo(r.previous.date, bar.Date)

	day.Date, day.SpotClose, day.BarQuality = bar.Date, bar.Close, bar.Quality()
	day.SpotOpen, day.SpotHigh, day.SpotLow = bar.Filled()
	r.distribute(&now, day)
	if len(r.orders) > 0 {
		atOpen := moment{date: bar.Date, spot: day.SpotOpen, past: r.first + i - 1, now: &now, day: day}
		if err := r.execute(atOpen); err != nil {
			return err
		}
	}
	atClose := moment{date: bar.Date, spot: bar.Close, past: r.first + i, now: &now, day: day}
	r.seeAll(atClose)
	if i > 0 && bar.Low > 0 {
		r.testLow(&r.lows[i], bar, day)
	}
	r.settle(atClose)
	if err := r.scheduled(i, atClose); err != nil {
		return err
	}
	r.netCash(&now, day)
	if i < len(r.repayments) {
		r.deleverage(r.repayments[i], day)
	}
	if err := r.mark(i, atClose); err != nil {
		return err
	}
	r.fill(&now, bar, day)
	if err := r.finite(day); err != nil {
		return err
	}
	if err := r.balance(&now, day); err != nil {
		return err
	}
	r.path.Trades[i] = r.trades
	r.triggers(day)
	r.previous = now
	return nil
}

// testLow records the LTVs at the day's low, on the book held before that
// close's trades, options repriced with the vol and time of that close.
func (r *runner) testLow(ltvs *[3]float64, bar *market.Bar, day *lombard.Day) {
	book := r.bookAt(bar.Date, bar.Low)
	balance := r.hedged.Balance()
	*ltvs = [3]float64{
		loan.LTV(balance, r.recognition.Recognised(book)), loan.LTV(r.loan.Balance(), r.unitsU*bar.Low), loan.LTV(balance, loan.NotRecognised(r.recognition).Recognised(book)),
	}
	day.LTVHedgedLow, day.LTVUnhedgedLow, day.LTVNotRecognisedLow = &ltvs[0], &ltvs[1], &ltvs[2]
}
