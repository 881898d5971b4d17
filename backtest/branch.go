package backtest

import (
	"context"
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/market"
	"lombard.example/lombard/option"
)

// branchesOf are the accounts that a template is worth comparing.
func branchesOf(t *hedge.Template) []string {
	switch {
	case t.Control == hedge.ControlDeleverage:
		return []string{lombard.BranchUnhedged, lombard.BranchDeleveraged}
	case len(t.Legs) == 0:
		return []string{lombard.BranchUnhedged}
	default:
		return []string{lombard.BranchUnhedged, lombard.BranchHedged, lombard.BranchDeleveraged}
	}
}

// Branches carries out the lender's terms on a path that has been computed:
// the unhedged account, the hedged one, and one that repaid the loan with the
// cash the hedge took, each with its calls, cures and liquidations. It returns
// nil for a facility without such terms. The scenario is resolved. Errors are
// of kind pricing: a day whose money does not balance, with the terms.
func Branches(in Input, path *Path) ([]lombard.Branch, error) {
	return BranchesUntil(context.Background(), in, path)
}

// BranchesUntil is Branches that gives up with the context's error when that
// ends.
func BranchesUntil(ctx context.Context, in Input, path *Path) ([]lombard.Branch, error) {
	if !in.Scenario.Facility.Branches() {
		return nil, nil
	}
	p, err := Prepare(in.Series, in.Scenario)
	if err != nil {
		return nil, err
	}
	return p.Branches(ctx, Hedge{template: in.Template}, path)
}

// Branches is BranchesUntil of a prepared scenario; path is that of Run with the
// same hedge.
func (p *Prepared) Branches(ctx context.Context, h Hedge, path *Path) ([]lombard.Branch, error) {
	if !p.scenario.Facility.Branches() {
		return nil, nil
	}
	accounts, err := p.accounts(&h.template, len(p.run))
	if err != nil {
		return nil, err
	}
	for i := range p.run {
		if i%daysPerLook == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		at := session{&path.Days[i], path.Held[i], path.Trades[i], path.Contracts}
		for _, b := range accounts {
			if err := b.step(i, &p.run[i], at); err != nil {
				return nil, err
			}
		}
	}
	return finished(accounts), nil
}

// accounts are those under the lender's terms that a template is worth comparing,
// before their first day; days is how many of them are kept: all, or none.
func (p *Prepared) accounts(t *hedge.Template, days int) ([]*branch, error) {
	var all []*branch
	for _, name := range branchesOf(t) {
		b, err := newBranch(p, name, days)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// finished closes the accounts of a run.
func finished(accounts []*branch) []lombard.Branch {
	var all []lombard.Branch
	for _, b := range accounts {
		all = append(all, b.finish())
	}
	return all
}

// session is what the frozen path tells of a day to the accounts that follow it.
type session struct {
	day       *lombard.Day
	held      []Holding
	trades    []Trade
	contracts []lombard.Contract // opened until then; later ones may stand behind them
}

// branch is one account under the lender's terms. It holds the frozen path's
// options in proportion to the collateral it has left.
type branch struct {
	lombard.Branch
	account
	scenario    *lombard.Scenario
	path        session // of the day
	keeps       bool    // days and events
	engine      option.Engine
	boundaries  option.Boundaries // of exercise, where options are American
	recognition loan.Recognition
	calendar    market.Calendar
	haircut     float64 // supervisory, over ten days

	full     float64   // units, had the lender sold none
	price    float64   // at which the collateral was valued last
	options  []holding // by contract of the path
	rate     float64   // risk-free, behind the marks
	yield    float64   // of dividends, likewise
	lending  market.Observations
	cashLeft float64 // that the borrower can still pay in

	state    string
	warned   float64 // the highest level of notice reached
	deadline lombard.Date
	episode  int  // index of the open one, −1
	curing   bool // at the next open
	selling  string
	sales    []sale

	reinvest        float64 // a dividend that buys units at the close
	wealth, wealth0 float64
	today           terms
	date            lombard.Date
}

// holding is the branch's part of one contract.
type holding struct {
	quantity float64 // units, signed
	frozen   float64 // the same of the frozen path
	strike   float64 // after corporate actions
	value    float64 // per unit, as valued last
	vol      float64
	marker   option.Marker // for that vol; nil until it is asked for
}

// sale is one sale of collateral by the lender.
type sale struct{ units, price float64 }

// terms are what moved a day's money, booked apart from the balances.
type terms struct{ collateral, options, dividends, costs, interest float64 }

func newBranch(p *Prepared, name string, days int) (*branch, error) {
	s := &p.scenario
	f := &s.Facility
	if f.Thresholds == nil || f.Cure == nil || f.Cure.SelfCure == nil || f.Liquidation == nil || f.Liquidation.Slippage == nil || f.BaselHaircut == nil || s.Assumptions.Rate == nil || s.Assumptions.DividendYield == nil {
		return nil, fault("The facility is not resolved: its thresholds, cure, liquidation or haircut are missing.", defect)
	}
	first := &p.run[0]
	b := &branch{
		Branch:   lombard.Branch{Branch: name, Episodes: []lombard.Episode{}, Events: []lombard.Event{}, Days: make([]lombard.BranchDay, 0, days)},
		scenario: s, keeps: days > 0, engine: p.engine, calendar: market.CalendarOf(p.series.Instrument.Calendar), haircut: *f.BaselHaircut,
		recognition: p.recognition,
		account:     accountOf(s), full: s.UnderlyingUnits, price: first.Close,
		rate: *s.Assumptions.Rate, yield: *s.Assumptions.DividendYield, lending: p.series.LoanRate.Points,
		cashLeft: math.Inf(1), state: lombard.StateNormal, episode: -1, date: first.Date,
	}
	if c := f.Cure.ExternalCash; c != nil {
		b.cashLeft = *c
	}
	b.wealth = b.units*b.price - s.LoanAmount
	b.wealth0 = b.wealth
	return b, nil
}

// step is one session: interest, the sales and cures decided at the last
// close, the intraday test, the hedge's trades, the mark, the lender's view.
func (b *branch) step(i int, bar *market.Bar, at session) error {
	b.path = at
	if more := len(at.contracts) - len(b.options); more > 0 {
		b.options = append(b.options, make([]holding, more)...)
	}
	open, _, low := bar.Filled()
	b.today = terms{}
	b.corporate()
	paid := b.loan.Paid
	b.today.interest = b.accrue(b.lending, &b.scenario.Facility, b.date, bar.Date)
	b.outside += b.loan.Paid - paid
	b.distribute(at.day)
	b.date = bar.Date
	if b.live() && (b.curing || b.selling != "") {
		b.revalue(open)
		b.atOpen()
	}
	if i > 0 && b.live() {
		b.intraday(open, low)
	}
	b.revalueCollateral(bar.Close)
	b.units += b.reinvest / bar.Close
	b.reinvest = 0
	b.trade()
	b.mark()
	ltv := b.ltv()
	b.transition(ltv)
	wealth := b.units*b.price + b.cash - b.outside + b.optionValue() - b.loan.Balance()
	if err := b.balance(wealth - b.wealth); err != nil {
		return err
	}
	b.wealth = wealth
	exposure := loan.StressedExposure(b.loan.Balance()-b.cash, b.units*b.price, b.haircut, 1, b.scenario.Facility.BaselHoldingDays)
	b.MaxExposure = math.Max(b.MaxExposure, exposure)
	if b.keeps {
		b.Days = append(b.Days, lombard.BranchDay{
			Date: bar.Date, State: b.state, LTV: ltv, LoanBalance: b.loan.Balance(), Units: b.units, CashPledged: b.cash, CashExternal: b.outside, Equity: wealth,
			CallSpot: b.callSpot(), Exposure: exposure,
		})
	}
	return nil
}

// finish closes the accounts of the run.
func (b *branch) finish() lombard.Branch {
	for _, s := range b.sales {
		b.LiquidationLoss += s.units * (b.price - s.price)
	}
	b.LiquidationLoss += b.Penalties
	b.EndWealth = b.wealth
	if b.state == lombard.StateShortfall { // options that the lender did not count may have paid since
		b.BadDebt = math.Max(0, b.loan.Balance()-b.cash)
	}
	return b.Branch
}

func (b *branch) live() bool {
	return b.state != lombard.StateClosed && b.state != lombard.StateShortfall
}

// revalue values all that is held at a price within the day, options at the
// vol of their last mark.
func (b *branch) revalue(spot float64) {
	b.revalueCollateral(spot)
	for c := range b.options {
		if o := &b.options[c]; o.quantity != 0 {
			b.revalueOption(o, b.priceOf(c, spot))
		}
	}
}

func (b *branch) revalueCollateral(spot float64) {
	b.today.collateral += b.units * (spot - b.price)
	b.price = spot
}

func (b *branch) revalueOption(o *holding, value float64) {
	b.today.options += o.quantity * (value - o.value)
	o.value = value
}

// priceOf is what one unit of a contract is worth today at a spot.
func (b *branch) priceOf(contract int, spot float64) float64 {
	o, c := &b.options[contract], &b.path.contracts[contract]
	if o.marker == nil {
		o.marker = markerOf(b.boundaries.Of(b.engine), c, b.date, b.rate, b.yield, o.vol)
	}
	return o.marker.Price(spot, yearsTo(b.date, c.Expiry))
}

// trade follows the frozen path's trades of the day in proportion.
func (b *branch) trade() {
	switch b.Branch.Branch {
	case lombard.BranchHedged:
		for _, t := range b.path.trades {
			b.follow(t)
		}
		b.fund()
	case lombard.BranchDeleveraged:
		if amount := b.path.day.CashFromOutside; amount > 0 && b.live() {
			b.outside += amount
			b.repay(amount)
		}
	}
}

// follow makes one of the path's trades: what opens in proportion to the
// collateral that is left, everything else in proportion to what is held.
func (b *branch) follow(t Trade) {
	o := &b.options[t.Contract]
	share := 0.0
	switch {
	case o.frozen != 0:
		share = o.quantity / o.frozen
	case b.live():
		share = b.units / b.full
		o.value, o.strike = t.Mid, b.path.contracts[t.Contract].StrikeOn(b.date)
	}
	o.frozen += t.Quantity
	if share == 0 {
		return
	}
	b.revalueOption(o, t.Mid)
	o.quantity += share * t.Quantity
	b.cash += share * (t.Cash - t.Repaid)
	b.today.costs -= share * (t.Quantity*t.Mid + t.Cash)
	b.repay(share * t.Repaid)
}

// fund pays what the pledged cash does not cover, as the facility funds
// premiums.
func (b *branch) fund() {
	missing := -b.cash
	if missing <= 0 {
		return
	}
	b.cash = 0
	switch b.scenario.Facility.PremiumFunding {
	case lombard.FundingLoan:
		b.loan.Principal += missing
	case lombard.FundingSellCollateral:
		sold := math.Min(missing/b.price, b.units)
		b.units -= sold
		b.outside += missing - sold*b.price
	case lombard.FundingCash:
		b.outside += missing
	}
}

// mark values what is held as the frozen path did at the close.
func (b *branch) mark() {
	if rate, yield := carryOf(b.path.day, &b.scenario.Assumptions); rate != b.rate || yield != b.yield {
		b.rate, b.yield = rate, yield
		for c := range b.options {
			b.options[c].marker = nil
		}
	}
	for _, h := range b.path.held {
		o := &b.options[h.Contract]
		if o.vol != h.Vol {
			o.vol, o.marker = h.Vol, nil
		}
		if o.quantity != 0 {
			b.revalueOption(o, h.Mark)
		}
	}
}

func (b *branch) optionValue() float64 {
	sum := 0.0
	for _, o := range b.options {
		sum += o.quantity * o.value
	}
	return sum
}

// book is what is pledged, as valued last, with a part of the collateral and
// its short options gone, or a part of the long options.
func (b *branch) book(collateral, long float64) loan.Book {
	book := loan.Book{Spot: b.price, Units: b.units * (1 - collateral), Cash: b.cash}
	for c := range b.options {
		o := &b.options[c]
		left := 1 - long
		if o.quantity < 0 {
			left = 1 - collateral
		}
		if o.quantity*left != 0 {
			book.Options = append(book.Options, b.pledged(c, o.quantity*left, o.value))
		}
	}
	return book
}

func (b *branch) pledged(contract int, quantity, value float64) loan.Option {
	c := &b.path.contracts[contract]
	return loan.Option{Put: c.Right == "put", Quantity: quantity, Strike: b.options[contract].strike, Value: value, Years: yearsTo(b.date, c.Expiry)}
}

func (b *branch) recognised() float64 { return b.recognition.Recognised(b.book(0, 0)) }
func (b *branch) ltv() float64        { return loan.LTV(b.loan.Balance(), b.recognised()) }

// ltvAt is the recognised LTV at another spot today.
func (b *branch) ltvAt(spot float64) float64 {
	book := b.account.book(spot, nil)
	for c := range b.options {
		if o := &b.options[c]; o.quantity != 0 {
			book.Options = append(book.Options, b.pledged(c, o.quantity, b.priceOf(c, spot)))
		}
	}
	return loan.LTV(b.loan.Balance(), b.recognition.Recognised(book))
}

// callSpot is the spot at which the lender would call today, 0 where no price
// would make it.
func (b *branch) callSpot() float64 {
	if !b.live() {
		return 0
	}
	return loan.CallSpot(b.scenario.MarginCallLTV, b.book(0, 0), b.ltvAt)
}

// balance asserts that what was gained is what explains it.
func (b *branch) balance(gained float64) error {
	t := b.today
	explained := t.collateral + t.options + t.dividends - t.costs - t.interest
	held := b.units*b.price + math.Abs(b.optionValue()) + b.cash + b.outside + b.loan.Balance()
	tolerance := 1e-9*math.Abs(b.wealth0) + 1e-6 + 1e-12*held
	if gap := gained - explained; !(math.Abs(gap) <= tolerance) {
		return &lombard.Error{
			Kind: lombard.KindPricing, Code: "no_balance",
			Message: fmt.Sprintf("The money of %s does not balance in the %s branch: wealth changed by %.6f, but collateral %.6f, options %.6f, dividends %.6f, costs %.6f and interest %.6f explain %.6f.",
				b.date, b.Branch.Branch, gained, t.collateral, t.options, t.dividends, -t.costs, -t.interest, explained),
			Hint: defect,
		}
	}
	return nil
}
