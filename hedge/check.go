package hedge

import (
	"fmt"
	"slices"

	"lombard.example/lombard"
)

// consistent checks that a rule has what its words need and nothing else.
func (p *parser) consistent(path string, r Roll) {
	if !lombard.Known(r.When) { // that is said already
		return
	}
	compares := slices.Contains([]When{WhenDelta, WhenSpotVsStrike, WhenProfit, WhenLTV}, r.When)
	switch {
	case compares && r.Op == "":
		p.fail(path+".op", nil, "is required with when "+string(r.When)+": use <, <=, > or >=")
	case compares && !(r.Value > 0), r.When == WhenDTE && !(r.Value > 0):
		p.fail(path+".value", r.Value, "must be above 0 with when "+string(r.When))
	case !compares && r.Op != "":
		p.fail(path+".op", r.Op, "does not go with when "+string(r.When))
	}
	switch {
	case r.When == WhenExpiry && r.Do != DoRenew, r.When == WhenDTE && r.Do != DoRenew && r.Do != "":
		p.fail(path+".do", r.Do, "must be renew with when "+string(r.When))
	case r.When == WhenCross && (r.Do != DoRestrikePut || r.Long == "" || r.Short == ""):
		p.fail(path+".do", r.Do, "must be restrike_put with when cross, beside the legs long and short")
	case r.When != WhenCross && (r.Do == DoRestrikePut || r.Long != "" || r.Short != ""):
		p.fail(path+".when", r.When, "must be cross where long, short or restrike_put stand")
	case r.Do != DoMonetise && (r.Fraction != 0 || r.Proceeds != "" || r.Then != ""):
		p.fail(path+".do", r.Do, "must be monetise where fraction, proceeds or then stand")
	}
}

// whole checks what only the legs together can tell: distinct names,
// references that lead somewhere, and short options that something covers.
func (p *parser) whole(t Template) {
	shortCalls := 0.0
	solved := []string{}
	for i, l := range t.Legs {
		path := fmt.Sprintf("template.legs[%d]", i)
		if slices.ContainsFunc(t.Legs[:i], func(other Leg) bool { return other.ID == l.ID }) {
			p.fail(path+".id", l.ID, "is the name of another leg")
		}
		other, known := t.leg(l.Expiry.SameAs)
		if l.Expiry.SameAs != "" && (!known || other.Expiry.SameAs != "") {
			p.fail(path+".expiry.same_as", l.Expiry.SameAs, "must be the id of a leg with an expiry of its own")
		}
		if base := slices.IndexFunc(t.Legs[:i], func(other Leg) bool { return other.ID == l.Strike.Leg }); l.Strike.Method == MethodOffset && base < 0 {
			p.fail(path+".strike.leg", l.Strike.Leg, "must be the id of a leg before this one")
		}
		if l.Strike.Method == MethodSolve {
			solved = append(solved, l.ID+strikeSuffix)
		}
		if l.Strike.Method == MethodDelta && (l.Strike.Value > 0) != (l.Right == lombard.RightCall) {
			p.fail(path+".strike.value", l.Strike.Value, "must be negative for a put and positive for a call")
		}
		switch {
		case l.Side != Short:
		case l.Right == lombard.RightCall:
			shortCalls += l.Ratio.Of(1)
		case !t.covers(l):
			p.fail(path+".side", l.Side, "would leave a short put uncovered: add a long put with a strike at least as high, the same or a later expiry and at least its ratio")
		}
	}
	if shortCalls > 1+1e-12 {
		p.fail("template.legs", shortCalls, "sell calls on more than the collateral: the ratios of short calls must add up to 1 at most")
	}
	p.references(t, solved)
}

func (p *parser) references(t Template, solved []string) {
	switch {
	case len(solved) > 1:
		p.fail("template.legs", len(solved), "leave more than one strike to be solved for: exactly one leg may have method solve")
	case len(solved) == 1 && (len(t.Solve) != 1 || t.Solve[0].Vary != solved[0]):
		p.fail("template.solve", nil, "must say how the free strike is chosen: one entry with vary "+solved[0])
	case len(solved) == 0 && len(t.Solve) > 0:
		p.fail("template.solve[0].vary", t.Solve[0].Vary, "must name a leg whose strike has method solve")
	}
	if len(t.Solve) > 0 && (t.Budget.MaxAnnual > 0 || t.Budget.MaxRoll > 0) {
		p.fail("template.budget", nil, "cannot stand beside solve, which sets the cost already")
	}
	if t.Control != "" && len(t.Legs) > 0 {
		p.fail("template.legs", len(t.Legs), "cannot stand beside control: a control holds no options")
	}
}

// ruleLegs checks that rules speak of legs that are there.
func (p *parser) ruleLegs(t Template) {
	for i, r := range t.Roll {
		for _, named := range [...]struct{ field, id string }{{"leg", r.Leg}, {"long", r.Long}, {"short", r.Short}} {
			if _, known := t.leg(named.id); named.id != "" && !known {
				p.fail(fmt.Sprintf("template.roll[%d].%s", i, named.field), named.id, "is not the id of a leg")
			}
		}
	}
}

// tenorOf is a leg's tenor, borrowed or its own.
func (t Template) tenorOf(l Leg) Tenor {
	if other, ok := t.leg(l.Expiry.SameAs); ok {
		return other.Expiry.Tenor
	}
	return l.Expiry.Tenor
}

// covers reports whether long puts protect the writer of a short one. Only
// strikes in the same terms can be compared before there is a spot.
func (t Template) covers(short Leg) bool {
	long, sold := 0.0, 0.0
	for _, l := range t.Legs {
		higher := l.Strike.Method == short.Strike.Method && l.Strike.Of == short.Strike.Of && l.Strike.Value >= short.Strike.Value ||
			short.Strike.Method == MethodOffset && short.Strike.Leg == l.ID && short.Strike.Value <= 0
		if l.Strike.Method == MethodDelta && short.Strike.Method == MethodDelta {
			higher = l.Strike.Value <= short.Strike.Value
		}
		switch {
		case l.Right != lombard.RightPut:
		case l.Side == Short:
			sold += l.Ratio.Of(1)
		case higher && t.tenorOf(l) >= t.tenorOf(short):
			long += l.Ratio.Of(1)
		}
	}
	return sold <= long+1e-12
}
