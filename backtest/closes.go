package backtest

import (
	"math"

	"lombard.example/lombard"
	"lombard.example/lombard/loan"
	"lombard.example/lombard/option"
)

// longest is how many sessions a stretch has at most: its columns stay in the
// processor's fast memory.
const longest = 256

// column holds a figure of each session of a stretch.
type column [longest]float64

// closes are the account at the closes of a stretch: one session on which there is
// something to do, or many on which there is not.
type closes struct {
	at, n    int       // first bar of the sheet, and how many
	spot     []float64 // of the closes
	unhedged owed
	hedged   owed

	value  column // Σ signed quantity × mark of the options
	moved  column // what options held since the close before have gained
	delta  column // where somebody looks at them
	vega   column
	wealth column // of the hedged account: W

	recognised    column // collateral as this lender counts it
	notRecognised column // likewise, options counted as nothing
	ltvUnhedged   column
	ltvHedged     column
	ltvRecognised column
	ltvNot        column // options counted as nothing
	lowUnhedged   column // at the low; where calls says that it is known
	lowHedged     column
	lowNot        column
	calls         [longest]Calls
	books         loan.Books
}

// owed is a loan at each close.
type owed struct{ balance, accrued, paid, charged column }

func (o *owed) debt(n int) loan.Debt {
	return loan.Debt{Balance: o.balance[:n], Accrued: o.accrued[:n], Paid: o.paid[:n], Charged: o.charged[:n]}
}

// is takes the loan as it stands at one close.
func (o *owed) is(k int, a *loan.Account) {
	o.balance[k], o.accrued[k], o.paid[k] = a.Balance(), a.Accrued, a.Paid
}

// Calls says who would call on a session.
type Calls uint8

// What a session's calls are made of. A lender that counts no option watches the
// same way as the lender of the scenario: by the close, or by the low too. The
// calls at the low are known where the session has one, from the second on.
const (
	CallsHedged Calls = 1 << iota
	CallsUnhedged
	CallsIfNotRecognised
	LowKnown
	LowCallsHedged
	LowCallsUnhedged
)

// CallsOn returns who would call on a day of a path.
func CallsOn(d *lombard.Day, s *lombard.Scenario) Calls {
	var c Calls
	set := func(bit Calls, yes bool) {
		if yes {
			c |= bit
		}
	}
	byLow, threshold, not := s.Facility.Monitoring == lombard.MonitoringLow, s.MarginCallLTV, d.LTVNotRecognisedLow
	set(CallsHedged, d.MarginCallHedged)
	set(CallsUnhedged, d.MarginCallUnhedged)
	set(CallsIfNotRecognised, loan.MarginCall(d.LTVNotRecognised, threshold) || byLow && not != nil && loan.MarginCall(*not, threshold))
	if d.LTVHedgedLow != nil && d.LTVUnhedgedLow != nil {
		c |= LowKnown
		set(LowCallsHedged, loan.MarginCall(*d.LTVHedgedLow, threshold))
		set(LowCallsUnhedged, loan.MarginCall(*d.LTVUnhedgedLow, threshold))
	}
	return c
}

// lowCallsNot is CallsIfNotRecognised at the low.
const lowCallsNot = LowCallsUnhedged << 1

// span makes the columns those of n sessions from the i-th on, with no option in
// them yet.
func (r *runner) span(i, n int) {
	c := &r.closes
	c.at, c.n = r.offset+r.series.First+i, n
	c.spot = r.sheet.closes[c.at : c.at+n]
	clear(c.value[:n])
	clear(c.moved[:n])
	clear(c.calls[:n])
	if r.record.keeps {
		clear(c.delta[:n])
		clear(c.vega[:n])
	}
}

// quiet returns on how many sessions from the i-th on there is nothing to do but
// to accrue, to mark and to compare: no corporate action, no trade whose day is
// known, and nothing that looks at each close.
func (r *runner) quiet(i int) int {
	if _, plain := r.surface.Plain(); i == 0 || !r.steady || !plain || len(r.orders) > 0 {
		return 0
	}
	first := r.offset + r.series.First + i
	most := longest
	if r.record.keeps || !r.european {
		most = daysPerLook // between two looks at the context
	}
	end := min(first+most, first-i+len(r.run), int(r.sheet.acts[first]))
	before := func(date lombard.Date) {
		if end > first && r.sheet.dates[end-1] >= date {
			end = r.sheet.from(first, date)
		}
	}
	for k := range r.open {
		p := &r.open[k]
		before(p.Expiry)
		if r.rules.life {
			before(r.dueOn(p))
		}
	}
	for k := range r.tranches {
		if t := &r.tranches[k]; !t.started {
			before(t.start)
		}
	}
	for k := i; k < min(len(r.repayments), i+end-first); k++ {
		if r.repayments[k] > 0 {
			return k - i
		}
	}
	return end - first
}

// stretch computes n quiet sessions from the i-th on.
func (r *runner) stretch(i, n int) error {
	r.span(i, n)
	c := &r.closes
	same := r.unhedged.loan == r.hedged.loan
	loan.AccrueSessions(&r.unhedged.loan, r.sheet.interest, c.at, c.unhedged.debt(n))
	if same {
		r.hedged.loan = r.unhedged.loan
		to, from := c.hedged.debt(n), c.unhedged.debt(n)
		copy(to.Balance, from.Balance)
		copy(to.Accrued, from.Accrued)
		copy(to.Paid, from.Paid)
		copy(to.Charged, from.Charged)
	} else {
		loan.AccrueSessions(&r.hedged.loan, r.sheet.interest, c.at, c.hedged.debt(n))
	}
	r.session, r.marks = c.at-1, r.marks[:0]
	for k := range r.open {
		r.markEach(&r.open[k])
	}
	r.count()
	r.lows()
	r.weigh()
	if err := r.check(&ledger{}, r.record.exact); err != nil {
		return err
	}
	last := n - 1
	r.previous = ledger{date: r.sheet.dates[c.at+last], spot: c.spot[last], units: r.hedged.units, wealth: c.wealth[last]}
	return nil
}

// markEach marks an option at every close of a stretch.
func (r *runner) markEach(p *position) {
	c := &r.closes
	if r.record.keeps {
		p.marks = r.sensitiveMarks(p)
	} else {
		p.marks = r.marksTo(p)
	}
	value, moved, before := c.value[:c.n], c.moved[:c.n], p.booked
	for k, mark := range p.marks[:c.n] {
		value[k] += p.quantity * mark
		moved[k] += p.quantity * (mark - before)
		before = mark
	}
	p.mark, p.booked = before, before
}

// count computes the collateral of the hedged account at each close, as this lender
// counts it and with options counted as nothing.
func (r *runner) count() {
	c := &r.closes
	n := c.n
	b := &c.books
	b.Dates, b.Spot, b.Units, b.Cash = r.sheet.dates[c.at:c.at+n], c.spot, r.hedged.units, r.hedged.cash
	b.Options = b.Options[:0]
	for k := range r.open {
		p := &r.open[k]
		b.Options = append(b.Options, loan.Column{Option: pledged(p, 0, 0), Value: p.marks, Until: p.Expiry})
	}
	r.recognition.RecognisedEach(b, c.recognised[:n])
	loan.NotRecognised(r.recognition).RecognisedEach(b, c.notRecognised[:n])
}

// weigh computes the LTVs of each close from the collateral, and who calls.
func (r *runner) weigh() {
	c := &r.closes
	unhedged, hedged, cash, threshold := r.unhedged.units, r.hedged.units, r.hedged.cash, r.scenario.MarginCallLTV
	byLow := Calls(0)
	if r.scenario.Facility.Monitoring == lombard.MonitoringLow {
		byLow = LowCallsHedged | LowCallsUnhedged | lowCallsNot
	}
	for k, spot := range c.spot {
		owedU, owedH := c.unhedged.balance[k], c.hedged.balance[k]
		u := loan.LTV(owedU, unhedged*spot)
		h := loan.LTV(owedH, hedged*spot+c.value[k]+cash)
		recognised := loan.LTV(owedH, c.recognised[k])
		not := loan.LTV(owedH, c.notRecognised[k])
		c.ltvUnhedged[k], c.ltvHedged[k], c.ltvRecognised[k], c.ltvNot[k] = u, h, recognised, not
		if low := c.calls[k] & byLow; low != 0 || u >= threshold || recognised >= threshold || not >= threshold {
			c.calls[k] |= callsOf(u >= threshold || low&LowCallsUnhedged != 0, recognised >= threshold || low&LowCallsHedged != 0, not >= threshold || low&lowCallsNot != 0)
		}
	}
}

func callsOf(unhedged, hedged, not bool) (c Calls) {
	if unhedged {
		c |= CallsUnhedged
	}
	if hedged {
		c |= CallsHedged
	}
	if not {
		c |= CallsIfNotRecognised
	}
	return c
}

// net is the hedged account before its loan: collateral, options and all the cash
// that hedging took and brought.
func (r *runner) net(spot, options float64) float64 {
	return r.hedged.units*spot + options + (r.hedged.cash - r.hedged.outside - r.lent)
}

// check computes the wealth of the hedged account at each close and asserts that
// its change is the sum of what moved it, and that every figure is a number. now is
// what was booked on the first session. Without exact it looks closer only where a
// change is off by more than any rounding explains, or a sum is no number.
func (r *runner) check(now *ledger, exact bool) error {
	c := &r.closes
	wealth, spot, units := r.previous.wealth, r.previous.spot, r.previous.units
	booked := now.options + now.dividends - now.frictions
	tolerance, sum, fine := r.tolerance(), 0.0, true
	paid, charged, balance := c.hedged.paid[:c.n], c.hedged.charged[:c.n], c.hedged.balance[:c.n]
	for k, atClose := range c.spot {
		after := r.net(atClose, c.value[k]) - (balance[k] - r.lent) - paid[k] + r.hedged.dividends
		gap := (after - wealth) - (units*(atClose-spot) + c.moved[k] + booked - charged[k])
		fine = fine && math.Abs(gap) <= tolerance
		sum += after + (c.ltvUnhedged[k] + c.ltvHedged[k]) + (c.ltvRecognised[k] + c.ltvNot[k])
		c.wealth[k] = after
		wealth, spot, units, booked = after, atClose, r.hedged.units, 0
	}
	if fine && sum-sum == 0 && !exact {
		return nil
	}
	before, first := r.previous, *now
	for k := range c.n {
		if err := r.finite(k); err != nil {
			return err
		}
		if err := r.balance(k, &before, &first); err != nil {
			return err
		}
		before = ledger{spot: c.spot[k], units: r.hedged.units, wealth: c.wealth[k]}
		first = ledger{}
	}
	return nil
}

// lows compares the LTVs at each session's low, on the book held over it, options
// repriced with the vol and time of that close. Where only the comparison is asked
// for, an option is not priced if its value at the close decides.
func (r *runner) lows() {
	c := &r.closes
	b := r.boundsOf()
	for k, low := range r.sheet.lows[c.at : c.at+c.n] {
		if low <= 0 {
			continue
		}
		if r.record.exact || !r.decides(&b, k, low) {
			r.atLow(k, low)
		}
	}
}

// atLow computes the LTVs at the low of a session.
func (r *runner) atLow(k int, low float64) {
	c := &r.closes
	book := r.bookAt(r.sheet.dates[c.at+k], low)
	owed, threshold := c.hedged.balance[k], r.scenario.MarginCallLTV
	c.lowHedged[k] = loan.LTV(owed, r.recognition.Recognised(book))
	c.lowUnhedged[k] = loan.LTV(c.unhedged.balance[k], r.unhedged.units*low)
	c.lowNot[k] = loan.LTV(owed, loan.NotRecognised(r.recognition).Recognised(book))
	c.calls[k] |= lowCalls(loan.MarginCall(c.lowUnhedged[k], threshold), loan.MarginCall(c.lowHedged[k], threshold), loan.MarginCall(c.lowNot[k], threshold))
}

func lowCalls(unhedged, hedged, not bool) Calls {
	c := LowKnown
	if unhedged {
		c |= LowCallsUnhedged
	}
	if hedged {
		c |= LowCallsHedged
	}
	if not {
		c |= lowCallsNot
	}
	return c
}

// bounds are what a book can gain and lose beside its collateral per unit that spot
// falls: an option's value changes by no more than the spot, so long puts gain at
// most as much, long calls lose at most as much, and what is owed on short ones
// likewise.
type bounds struct {
	known       bool
	gain, lose  float64 // as this lender counts
	gainN, losN float64 // options counted as nothing: short ones are owed all the same
	share       float64 // of the collateral's value that is counted
	slack       float64 // far more than the error of a price
}

// boundsOf are the bounds of the open options. They hold without a negative yield,
// where a lender counts each option on its own.
func (r *runner) boundsOf() bounds {
	m := &r.recognition
	b := bounds{known: r.yield >= 0 && m.Mode != lombard.RecognitionFloor && m.Mode != lombard.RecognitionFINRA, share: 1}
	if m.Lending > 0 {
		b.share = m.Lending / m.Call
	}
	for k := range r.open {
		p := &r.open[k]
		size := math.Abs(p.quantity)
		const errorOfPrice = 1e-4 // of the strike
		b.slack += errorOfPrice * size * p.Strike
		switch {
		case p.quantity > 0 && p.kind == option.Put:
			b.gain += size
		case p.quantity > 0:
			b.lose += size
		case p.kind == option.Put:
			b.lose, b.losN = b.lose+size, b.losN+size
		default:
			b.gain, b.gainN = b.gain+size, b.gainN+size
		}
	}
	return b
}

// decides compares the LTVs at a session's low by what the options are worth at its
// close, as far as the bounds decide.
func (r *runner) decides(b *bounds, k int, low float64) bool {
	c := &r.closes
	fall := c.spot[k] - low
	if !b.known || !(fall >= 0) {
		return false
	}
	owed, threshold := c.hedged.balance[k], r.scenario.MarginCallLTV
	least := r.hedged.units * fall * b.share
	hedged, sure := beyond(owed/threshold, c.recognised[k]-least, b.gain*fall+b.slack, b.lose*fall+b.slack)
	not, sureN := beyond(owed/threshold, c.notRecognised[k]-least, b.gainN*fall+b.slack, b.losN*fall+b.slack)
	if !sure || !sureN {
		return false
	}
	c.calls[k] |= lowCalls(loan.MarginCall(loan.LTV(c.unhedged.balance[k], r.unhedged.units*low), threshold), hedged, not)
	return true
}

// beyond reports whether the collateral that a lender asks for is more than there
// is, which is known but for a gain and a loss, and whether that is sure.
func beyond(asked, known, gain, loss float64) (yes, sure bool) {
	const rounding = 1e-9
	slack := rounding * (math.Abs(asked) + math.Abs(known))
	switch {
	case asked < known-loss-slack:
		return false, true
	case asked > known+gain+slack:
		return true, true
	default:
		return false, false
	}
}
