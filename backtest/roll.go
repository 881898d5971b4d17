package backtest

import (
	"fmt"
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
)

// tranche is one part of a hedge with its own dates. A hedge without tranches
// is one.
type tranche struct {
	start   lombard.Date // first bought at the close of the first session on or after it
	anchor  lombard.Date // expiries are counted from it
	started bool
	ended   bool  // it is not bought again
	waited  int   // sessions that a purchase has waited for quotes
	expired []int // legs settled at this close
	last    []lombard.Date
	count   []int // by roll rule: how often in the year of last
}

// order is a trade that a trigger asked for at a close, made at the next open.
type order struct {
	tranche  int
	rule     int
	contract int // index into Path.Contracts
}

func (r *runner) layTranches() {
	entry, known := r.run[0].Date, r.tranches[:cap(r.tranches)]
	for i := range max(1, r.template.Tranches.Count) {
		t := tranche{start: entry}
		if i > 0 {
			t.start = entry.AddMonths(i * int(r.template.Tranches.Spacing))
		}
		if t.anchor = t.start; i < len(known) {
			t.expired, t.last, t.count = known[i].expired[:0], known[i].last[:0], known[i].count[:0]
		}
		t.last = append(t.last, make([]lombard.Date, len(r.template.Roll))...)
		t.count = append(t.count, make([]int, len(r.template.Roll))...)
		r.tranches = append(r.tranches, t)
	}
}

// scheduled makes the trades whose date was known beforehand, at the close:
// tranches that begin, rolls by days to expiry, renewals, and the cross rule,
// which chooses a strike and not a date.
func (r *runner) scheduled(i int, at moment) error {
	for k := range r.tranches {
		t := &r.tranches[k]
		switch {
		case !t.started && (i == 0 && k == 0 || at.date >= t.start):
			if i > 0 && !r.roomAfter(at.date) {
				continue
			}
			if r.waits(k, at) {
				continue
			}
			t.started, t.anchor = true, at.date
			if err := r.buy(k, r.allLegs(), at, "entry", 0); err != nil {
				return err
			}
		case !t.started || t.ended:
		case !r.rules.life && len(t.expired) == 0:
			t.waited = 0
		default:
			if err := r.rollTranche(k, at); err != nil {
				return err
			}
		}
		if t.waited == 0 {
			t.expired = t.expired[:0]
		}
	}
	return nil
}

func (r *runner) rollTranche(k int, at moment) error {
	t := &r.tranches[k]
	for rule := range r.template.Roll {
		if !r.rules.life {
			break
		}
		roll := &r.template.Roll[rule]
		if roll.When == hedge.WhenDTE && r.dueByLife(k, roll, at.date) && r.roomAfter(at.date) {
			if r.waits(k, at) {
				return nil
			}
			if err := r.look(at); err != nil {
				return err
			}
			for p := range r.open {
				if r.open[p].tranche == k {
					r.sell(&r.open[p], 1, at, "roll")
				}
			}
			r.drop()
			t.anchor = at.date
			return r.buy(k, r.allLegs(), at, "roll", 0)
		}
	}
	if len(t.expired) == 0 || !r.rules.renews || !r.roomAfter(at.date) {
		t.waited = 0
		return nil
	}
	if r.waits(k, at) {
		return nil
	}
	if err := r.buy(k, t.expired, at, "renewal", 0); err != nil {
		return err
	}
	return r.cross(k, at)
}

// dueByLife reports whether an option of the tranche has fewer days left than
// the rule allows.
func (r *runner) dueByLife(k int, roll *hedge.Roll, date lombard.Date) bool {
	for i := range r.open {
		p := &r.open[i]
		if p.tranche == k && (roll.Leg == "" || roll.Leg == p.Leg.ID) && float64(p.Expiry-date) < roll.Value {
			return true
		}
	}
	return false
}

// dueOn is the first day on which a rule by days to expiry may concern a position.
func (r *runner) dueOn(p *position) lombard.Date {
	due := p.Expiry
	for rule := range r.template.Roll {
		if roll := &r.template.Roll[rule]; roll.When == hedge.WhenDTE {
			due = min(due, p.Expiry-lombard.Date(min(roll.Value, float64(p.Expiry))))
		}
	}
	return due
}

// cross replaces a standing put that a newly sold call has fallen below, with
// the same expiry.
func (r *runner) cross(k int, at moment) error {
	for rule := range r.template.Roll {
		roll := &r.template.Roll[rule]
		if roll.When != hedge.WhenCross {
			continue
		}
		long, short := r.find(k, roll.Long), r.find(k, roll.Short)
		if long == nil || short == nil || short.Strike >= long.Strike {
			continue
		}
		expiry, leg := long.Expiry, r.legIndex(long.Leg.ID)
		r.sell(long, 1, at, "restrike")
		r.drop()
		if err := r.buy(k, []int{leg}, at, "restrike", expiry); err != nil {
			return err
		}
	}
	return nil
}

// roomAfter reports whether the run has a day left after this one on which an
// option could be held.
func (r *runner) roomAfter(date lombard.Date) bool {
	for d := date + 1; d <= r.scenario.EndDate && d <= date+7; d++ {
		if r.series.Instrument.SevenDay || !d.IsWeekend() {
			return true
		}
	}
	return false
}

// triggers looks at the close and queues what the template's rules ask for;
// the trades are made at the next open. A rule acts once on a contract.
func (r *runner) triggers(day *lombard.Day) {
	if !r.rules.triggers {
		return
	}
	for rule := range r.template.Roll {
		roll := &r.template.Roll[rule]
		for i := range r.open {
			p := &r.open[i]
			if p.fired[rule] || roll.Leg != "" && roll.Leg != p.Leg.ID || roll.Leg == "" && p.quantity < 0 {
				continue
			}
			x, isTrigger := r.watched(roll, p, day)
			if !isTrigger || !compare(x, roll.Op, roll.Value) || !r.rested(p.tranche, rule, day.Date) {
				continue
			}
			p.fired[rule] = true
			r.orders = append(r.orders, order{p.tranche, rule, p.record})
		}
	}
	for _, o := range r.orders {
		t := &r.tranches[o.tranche]
		if t.last[o.rule] == day.Date {
			continue
		}
		if t.last[o.rule].Year() != day.Date.Year() {
			t.count[o.rule] = 0
		}
		t.last[o.rule] = day.Date
		t.count[o.rule]++
	}
}

// watched returns the figure that a trigger compares.
func (r *runner) watched(roll *hedge.Roll, p *position, day *lombard.Day) (x float64, isTrigger bool) {
	switch roll.When {
	case hedge.WhenDelta:
		return math.Abs(p.delta), true
	case hedge.WhenSpotVsStrike:
		return day.SpotClose / p.Strike, true
	case hedge.WhenProfit:
		return p.mark / p.cost, p.cost > 0
	case hedge.WhenLTV:
		return day.LTVRecognised, true
	case hedge.WhenExpiry, hedge.WhenDTE, hedge.WhenCross: // compare nothing
	}
	return 0, false
}

// compare applies a rule's comparison; one that is not known, which Check
// refuses, never holds.
func compare(x float64, op hedge.Op, value float64) bool {
	switch op {
	case hedge.OpLess:
		return x < value
	case hedge.OpAtMost:
		return x <= value
	case hedge.OpMore:
		return x > value
	case hedge.OpAtLeast:
		return x >= value
	}
	return false
}

// rested reports whether a rule's cooldown, in calendar days, is over and its
// yearly number not used up.
func (r *runner) rested(k, rule int, date lombard.Date) bool {
	t, roll := &r.tranches[k], &r.template.Roll[rule]
	if t.last[rule].IsZero() || t.last[rule] == date {
		return true
	}
	if roll.Cooldown > 0 && date < t.last[rule]+lombard.Date(roll.Cooldown) {
		return false
	}
	return roll.MaxPerYear == 0 || t.last[rule].Year() != date.Year() || t.count[rule] < roll.MaxPerYear
}

// execute makes the queued trades at the open, on what was known at the close
// before.
func (r *runner) execute(at moment) error {
	orders := r.orders
	r.orders = r.orders[:0]
	for _, o := range orders {
		roll := &r.template.Roll[o.rule]
		i := r.indexOf(o.contract)
		if i < 0 {
			continue // closed by an order before it
		}
		if err := r.act(&r.open[i], roll, at); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) indexOf(contract int) int {
	for i := range r.open {
		if r.open[i].record == contract {
			return i
		}
	}
	return -1
}

// act carries out one rule on one contract.
func (r *runner) act(p *position, roll *hedge.Roll, at moment) error {
	k, leg, expiry := p.tranche, r.legIndex(p.Leg.ID), p.Expiry
	t := &r.tranches[k]
	switch roll.Do {
	case hedge.DoRestrike, hedge.DoRestrikePut:
		r.sell(p, 1, at, "restrike")
		r.drop()
		return r.buy(k, []int{leg}, at, "restrike", expiry)
	case hedge.DoRenew:
		r.sell(p, 1, at, "roll")
		r.drop()
		t.anchor = at.date
		return r.buy(k, []int{leg}, at, "roll", 0)
	case hedge.DoMonetise:
		fraction := roll.Fraction
		if fraction == 0 {
			fraction = 1
		}
		cash := r.sell(p, fraction, at, "monetise")
		r.drop()
		if roll.Proceeds == hedge.ProceedsRepay && cash > 0 {
			r.trades[len(r.trades)-1].Repaid = r.repay(cash, at)
		}
		t.ended = t.ended || roll.Then == hedge.ThenNone
		if roll.Then == hedge.ThenRenew && r.roomAfter(at.date) {
			t.anchor = at.date
			return r.buy(k, []int{leg}, at, "roll", 0)
		}
		return nil
	case hedge.DoClose:
		r.sell(p, 1, at, "close")
		r.drop()
		t.ended = true
		return nil
	default:
		return fault(fmt.Sprintf("The template's rule %q asks for %q, which is not known.", roll.When, roll.Do), defect)
	}
}

// repay uses money to repay the loan of the hedged branch and returns how much
// of it did.
func (r *runner) repay(money float64, at moment) float64 {
	amount := math.Min(money, r.hedged.loan.Principal)
	if amount <= 0 {
		return 0
	}
	r.hedged.loan.Principal -= amount
	r.lent -= amount
	at.now.lent -= amount
	r.record.event(at.day, lombard.Event{Type: "repayment", Cash: -amount}, func() string {
		return fmt.Sprintf("%.2f of the proceeds repaid the loan.", amount)
	})
	return amount
}
