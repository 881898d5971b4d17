package hedge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// Words of the schema.
const (
	rightPut     = "put"
	rightCall    = "call"
	sideLong     = "long"
	sideShort    = "short"
	schemaNumber = 1

	MethodMoneyness = "moneyness" // a fraction of a price
	MethodDelta     = "delta"
	MethodAbs       = "abs"       // a price
	MethodOffset    = "offset"    // from another leg's strike
	MethodSD        = "sd"        // standard deviations from spot
	MethodPremium   = "premium"   // the strike that costs so much
	MethodLTVFloor  = "ltv_floor" // the strike that keeps the LTV below the lender's threshold
	MethodSolve     = "solve"     // left to a solver

	OfSpot      = "spot"
	OfForward   = "forward"
	OfEntrySpot = "entry_spot"
	OfCost      = "cost"

	UnitAbs = "abs"
	UnitPct = "pct"

	RoundNearest = "nearest"
	RoundDown    = "down"
	RoundUp      = "up"

	CycleMonthly = "monthly"
	CycleExact   = "exact" // over the counter: the date itself
	PickNearest  = "nearest"

	SideFill = "fill"
	SideMid  = "mid"

	TargetNetPremium = "net_premium"

	IfNoRootClamp = "clamp"
	IfNoRootSkip  = "skip"
	IfNoRootError = "error"

	ExceedReduce      = "reduce_ratio"
	ExceedLowerStrike = "lower_strike"
	ExceedSkip        = "skip"

	strikeSuffix = ".strike"
)

// Limits of a template.
const (
	maxLegs     = 12
	maxRolls    = 12
	maxTenor    = 120 // months
	maxRatio    = 10
	minMoney    = 0.01
	maxMoney    = 10.0
	maxDenom    = 1_000_000
	maxSlug     = 64
	maxTitle    = 120
	maxTranches = 24
	customName  = "custom"
)

// Parse reads a template document strictly: unknown keys, impossible legs and
// uncovered shorts are one validation error with every bad field, under paths
// such as template.legs[0].strike.value. A value "$name" stands for what vars
// says.
func Parse(data []byte) (Template, error) {
	p := &parser{used: map[string]bool{}}
	t := Template{Slug: customName, Title: "Custom hedge", Family: customName, Schema: schemaNumber, Legs: []Leg{}, Roll: []Roll{}}
	p.object("template", data, func(o *object) {
		o.value("vars", func(path string, raw json.RawMessage) { p.variables(path, raw) })
		o.text("slug", &t.Slug, isSlug, "must be lower-case letters, digits and hyphens")
		o.text("title", &t.Title, func(s string) bool { return s != "" && len(s) <= maxTitle }, "must have 1 to 120 bytes")
		o.text("family", &t.Family, isSlug, "must be lower-case letters, digits and underscores")
		o.value("schema", func(path string, raw json.RawMessage) {
			if json.Unmarshal(raw, &t.Schema) != nil || t.Schema != schemaNumber {
				p.fail(path, raw, "must be 1, the schema this program reads")
			}
		})
		o.list("legs", maxLegs, func(path string, i int, raw json.RawMessage) { t.Legs = append(t.Legs, p.leg(path, i, raw)) })
		o.list("solve", 1, func(path string, _ int, raw json.RawMessage) { t.Solve = append(t.Solve, p.solver(path, raw)) })
		o.value("sizing", func(path string, raw json.RawMessage) { p.sizing(path, raw, &t.Sizing) })
		o.value("budget", func(path string, raw json.RawMessage) { p.budget(path, raw, &t.Budget) })
		o.value("tranches", func(path string, raw json.RawMessage) { p.tranches(path, raw, &t.Tranches) })
		o.list("roll", maxRolls, func(path string, _ int, raw json.RawMessage) { t.Roll = append(t.Roll, p.roll(path, raw)) })
		o.choice("credit_to", &t.CreditTo, "pledged")
		o.choice("control", &t.Control, ControlDeleverage)
		o.value("exercise", func(path string, raw json.RawMessage) {
			p.fixed(path, raw, map[string]string{"long": `"best_of_sell_or_exercise"`, "physical": "false"})
		})
		o.value("assignment", func(path string, raw json.RawMessage) {
			p.fixed(path, raw, map[string]string{"model": `"dividend_and_time_value"`, "on_call": `"cash_settle_and_rebuy"`})
		})
		o.value("allow_naked", func(path string, raw json.RawMessage) {
			if string(raw) != "false" {
				p.fail(path, raw, "is not offered: every short option must be covered")
			}
		})
	})
	for _, name := range p.names {
		if !p.used[name] {
			p.fail("template.vars."+name, p.vars[name], "is not used by any value: write \"$"+name+"\" where it belongs, or leave it out")
		}
	}
	p.ruleLegs(t)
	if len(p.bad) == 0 {
		p.whole(t)
	}
	return t, lombard.Invalid(p.bad)
}

func (p *parser) variables(path string, raw json.RawMessage) {
	vars, problem := decode(raw)
	if problem != "" {
		p.fail(path, raw, problem)
		return
	}
	p.vars = vars
	for name := range vars {
		p.names = append(p.names, name)
	}
	slices.Sort(p.names)
}

// fixed accepts the parts of the schema that offer one choice only.
func (p *parser) fixed(path string, raw json.RawMessage, only map[string]string) {
	p.object(path, raw, func(o *object) {
		names := slices.Sorted(maps.Keys(only))
		for _, name := range names {
			o.value(name, func(path string, raw json.RawMessage) {
				if string(raw) != only[name] {
					p.fail(path, raw, "must be "+only[name]+": nothing else is offered")
				}
			})
		}
	})
}

func (p *parser) leg(path string, i int, raw json.RawMessage) Leg {
	l := Leg{ID: fmt.Sprintf("leg-%d", i+1), Side: sideLong, Ratio: Ratio{1, 1}, Strike: Strike{Method: MethodMoneyness, Of: OfSpot}}
	p.object(path, raw, func(o *object) {
		o.required("right", "strike", "expiry")
		o.text("id", &l.ID, isSlug, "must be lower-case letters, digits and hyphens")
		o.choice("right", &l.Right, rightPut, rightCall)
		o.choice("side", &l.Side, sideLong, sideShort)
		o.value("ratio", func(path string, raw json.RawMessage) {
			var problem string
			if l.Ratio, problem = parseRatio(raw); problem != "" {
				p.fail(path, raw, problem)
			}
		})
		o.value("strike", func(path string, raw json.RawMessage) { p.strike(path, raw, &l.Strike) })
		o.value("expiry", func(path string, raw json.RawMessage) { p.expiry(path, raw, &l.Expiry) })
	})
	return l
}

func (p *parser) expiry(path string, raw json.RawMessage, to *Expiry) {
	p.object(path, raw, func(o *object) {
		if _, borrowed := o.fields["same_as"]; !borrowed {
			o.required("tenor")
		}
		o.value("tenor", func(path string, raw json.RawMessage) { p.tenor(path, raw, &to.Tenor) })
		o.choice("cycle", &to.Cycle, "monthly", "quarterly", "leaps", "weekly", "eom", CycleExact)
		o.choice("pick", &to.Pick, "nearest", "first_after", "last_before")
		o.integer("min_dte", &to.MinDTE, 0, 4000)
		o.text("same_as", &to.SameAs, isSlug, "must be the id of a leg")
		if to.SameAs != "" && to.Tenor != 0 {
			p.fail(path+".tenor", to.Tenor.String(), "cannot stand beside same_as: give one of the two")
		}
	})
}

func (p *parser) tenor(path string, raw json.RawMessage, to *Tenor) {
	var ok bool
	if *to, ok = parseTenor(raw); !ok {
		p.fail(path, raw, "must be 1 to 120 months, such as \"12m\"")
	}
}

// valueRange is what a strike's value may be, by method.
var valueRange = map[string]struct {
	low, high float64
	words     string
}{
	MethodMoneyness: {minMoney, maxMoney, "must be strike/spot between 0.01 and 10, such as 0.95"},
	MethodDelta:     {-0.99, 0.99, "must be a delta between -0.99 and 0.99, negative for a put, such as -0.25"},
	MethodAbs:       {1e-9, 1e12, "must be a price above 0"},
	MethodOffset:    {-1e12, 1e12, "must be a number"},
	MethodSD:        {-10, 10, "must be between -10 and 10 standard deviations"},
	MethodPremium:   {1e-9, 1e12, "must be above 0"},
}

func (p *parser) strike(path string, raw json.RawMessage, to *Strike) {
	p.object(path, raw, func(o *object) {
		o.choice("method", &to.Method, MethodMoneyness, MethodDelta, MethodAbs, MethodOffset, MethodSD, MethodPremium, MethodLTVFloor, MethodSolve)
		if to.Method != MethodMoneyness {
			to.Of = ""
		}
		o.choice("of", &to.Of, OfSpot, OfForward, OfEntrySpot, OfCost)
		if to.Of != "" && to.Method != MethodMoneyness {
			p.fail(path+".of", to.Of, "goes with method moneyness only")
		}
		allowed, hasValue := valueRange[to.Method]
		if hasValue {
			o.required("value")
		}
		o.value("value", func(path string, raw json.RawMessage) {
			switch {
			case !hasValue && (to.Method == MethodLTVFloor || to.Method == MethodSolve):
				p.fail(path, raw, "does not go with method "+to.Method)
			case !hasValue: // the method is not one; that is said already
			case json.Unmarshal(raw, &to.Value) != nil || !(to.Value >= allowed.low && to.Value <= allowed.high):
				p.fail(path, raw, allowed.words)
			}
		})
		o.text("leg", &to.Leg, isSlug, "must be the id of a leg")
		if (to.Leg != "") != (to.Method == MethodOffset) {
			p.fail(path+".leg", to.Leg, "goes with method offset, which needs it")
		}
		o.choice("unit", &to.Unit, UnitAbs, UnitPct)
		o.number("buffer", &to.Buffer, 0, 0.9)
		o.choice("round", &to.Round, RoundNearest, RoundDown, RoundUp)
		o.value("bounds", func(path string, raw json.RawMessage) {
			to.Bounds = &Bounds{MinMoneyness: lowestStrike, MaxMoneyness: highestStrike}
			p.object(path, raw, func(o *object) {
				o.number("min_moneyness", &to.Bounds.MinMoneyness, minMoney, maxMoney)
				o.number("max_moneyness", &to.Bounds.MaxMoneyness, minMoney, maxMoney)
			})
			if to.Bounds.MinMoneyness >= to.Bounds.MaxMoneyness {
				p.fail(path, raw, "must have min_moneyness below max_moneyness")
			}
		})
	})
}

func (p *parser) solver(path string, raw json.RawMessage) Solve {
	s := Solve{Target: TargetNetPremium}
	p.object(path, raw, func(o *object) {
		o.required("vary")
		o.text("vary", &s.Vary, func(s string) bool { leg, ok := strings.CutSuffix(s, strikeSuffix); return ok && isSlug(leg) }, "must be the strike of a leg, such as call.strike")
		o.choice("target", &s.Target, TargetNetPremium)
		o.number("value", &s.Value, -1, 1)
		o.choice("price_side", &s.PriceSide, SideFill, SideMid)
		o.choice("if_no_root", &s.IfNoRoot, IfNoRootClamp, IfNoRootSkip, IfNoRootError)
		o.value("tolerance", func(string, json.RawMessage) {}) // roots are found to the last digits
	})
	return s
}

func (p *parser) sizing(path string, raw json.RawMessage, to *Sizing) {
	p.object(path, raw, func(o *object) {
		o.number("hedge_ratio", &to.HedgeRatio, 1e-6, 1)
		if to.HedgeRatio == 1 {
			to.HedgeRatio = 0 // the default
		}
		word := ""
		o.choice("basis", &word, "units")
		o.choice("round", &word, "floor")
		o.value("allow_fractional", func(string, json.RawMessage) {}) // follows from the contract mode
	})
}

func (p *parser) budget(path string, raw json.RawMessage, to *Budget) {
	p.object(path, raw, func(o *object) {
		o.number("max_annual_pct_of_notional", &to.MaxAnnual, 1e-6, 1)
		o.number("max_roll_pct", &to.MaxRoll, 1e-6, 1)
		o.choice("on_exceed", &to.OnExceed, ExceedReduce, ExceedLowerStrike, ExceedSkip)
		if to.MaxAnnual == 0 && to.MaxRoll == 0 && to.OnExceed != "" {
			p.fail(path+".max_annual_pct_of_notional", nil, "is required (or max_roll_pct): a budget needs an amount, as a fraction such as 0.005")
		}
	})
}

func (p *parser) tranches(path string, raw json.RawMessage, to *Tranches) {
	p.object(path, raw, func(o *object) {
		o.integer("count", &to.Count, 1, maxTranches)
		o.value("spacing", func(path string, raw json.RawMessage) {
			if string(raw) != "0" {
				p.tenor(path, raw, &to.Spacing)
			}
		})
		switch {
		case to.Count > 1 && to.Spacing == 0:
			p.fail(path+".spacing", nil, "is required with more than one tranche, such as \"3m\"")
		case to.Count <= 1 && to.Spacing != 0:
			p.fail(path+".count", to.Count, "must be at least 2 beside a spacing")
		case to.Count == 1:
			to.Count = 0 // the default
		}
	})
}

func (p *parser) roll(path string, raw json.RawMessage) Roll {
	var r Roll
	p.object(path, raw, func(o *object) {
		o.required("when", "do")
		o.choice("when", &r.When, WhenExpiry, WhenDTE, WhenDelta, WhenSpotVsStrike, WhenProfit, WhenLTV, WhenCross)
		o.choice("do", &r.Do, DoRenew, DoRestrike, DoRestrikePut, DoMonetise, DoClose)
		o.text("leg", &r.Leg, isSlug, "must be the id of a leg")
		o.choice("op", &r.Op, "<", "<=", ">", ">=")
		o.number("value", &r.Value, 0, 1e6)
		word := ""
		o.choice("unit", &word, "calendar")
		o.integer("cooldown", &r.Cooldown, 0, 3660)
		o.integer("max_per_year", &r.MaxPerYear, 0, 366)
		o.number("fraction", &r.Fraction, 1e-6, 1)
		o.choice("proceeds", &r.Proceeds, ProceedsPledged, ProceedsRepay)
		o.choice("then", &r.Then, ThenRemaining, ThenRenew, ThenNone)
		o.text("long", &r.Long, isSlug, "must be the id of a leg")
		o.text("short", &r.Short, isSlug, "must be the id of a leg")
	})
	p.consistent(path, r)
	return r
}

// consistent checks that a rule has what its words need and nothing else.
func (p *parser) consistent(path string, r Roll) {
	compares := slices.Contains([]string{WhenDelta, WhenSpotVsStrike, WhenProfit, WhenLTV}, r.When)
	switch {
	case compares && r.Op == "":
		p.fail(path+".op", nil, "is required with when "+r.When+": use <, <=, > or >=")
	case compares && !(r.Value > 0), r.When == WhenDTE && !(r.Value > 0):
		p.fail(path+".value", r.Value, "must be above 0 with when "+r.When)
	case !compares && r.Op != "":
		p.fail(path+".op", r.Op, "does not go with when "+r.When)
	}
	switch {
	case r.When == WhenExpiry && r.Do != DoRenew, r.When == WhenDTE && r.Do != DoRenew && r.Do != "":
		p.fail(path+".do", r.Do, "must be renew with when "+r.When)
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
		if l.Strike.Method == MethodDelta && (l.Strike.Value > 0) != (l.Right == rightCall) {
			p.fail(path+".strike.value", l.Strike.Value, "must be negative for a put and positive for a call")
		}
		switch {
		case l.Side != sideShort:
		case l.Right == rightCall:
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
		case l.Right != rightPut:
		case l.Side == sideShort:
			sold += l.Ratio.Of(1)
		case higher && t.tenorOf(l) >= t.tenorOf(short):
			long += l.Ratio.Of(1)
		}
	}
	return sold <= long+1e-12
}

func isSlug(s string) bool {
	return s != "" && len(s) <= maxSlug && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// parseRatio reads 0.5 or "1/3" exactly, or says what is wrong.
func parseRatio(raw json.RawMessage) (r Ratio, problem string) {
	const wrong = "must be above 0 and at most 10, as a number or as a fraction such as \"1/3\""
	var text string
	var x float64
	switch {
	case json.Unmarshal(raw, &text) == nil:
		num, den, _ := strings.Cut(text, "/")
		var errNum, errDen error
		r.Num, errNum = strconv.ParseInt(num, 10, 64)
		r.Den, errDen = strconv.ParseInt(den, 10, 64)
		if errNum != nil || errDen != nil || r.Den < 1 || r.Den > maxDenom {
			return Ratio{1, 1}, wrong
		}
	case json.Unmarshal(raw, &x) == nil && x > 0 && x <= maxRatio:
		r = Ratio{int64(math.Round(x * maxDenom)), maxDenom}
		if r.Of(1) != x {
			return Ratio{1, 1}, "has more than six decimals and would not be exact: write it as a fraction such as \"1/3\""
		}
	}
	if r.Num < 1 || r.Num > maxRatio*r.Den {
		return Ratio{1, 1}, wrong
	}
	d := gcd(r.Num, r.Den)
	return Ratio{r.Num / d, r.Den / d}, ""
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// parseTenor reads "12m" or "1y".
func parseTenor(raw json.RawMessage) (Tenor, bool) {
	var text string
	if json.Unmarshal(raw, &text) != nil || len(text) < 2 {
		return 0, false
	}
	n, err := strconv.Atoi(text[:len(text)-1])
	switch text[len(text)-1] {
	case 'm':
	case 'y':
		n *= 12
	default:
		return 0, false
	}
	return Tenor(n), err == nil && n >= 1 && n <= maxTenor
}

// parser collects what is wrong with a document.
type parser struct {
	bad   []lombard.FieldError
	vars  map[string]json.RawMessage
	names []string // of vars, sorted
	used  map[string]bool
}

func (p *parser) fail(path string, value any, message string) {
	if raw, ok := value.(json.RawMessage); ok && !json.Valid(raw) {
		value = string(raw) // shown as it came; raw text would spoil the answer
	}
	p.bad = append(p.bad, lombard.FieldError{Field: path, Value: value, Code: lombard.CodeInvalid, Message: path + " " + message + "."})
}

// object binds the keys of one JSON object.
type object struct {
	p      *parser
	path   string
	fields map[string]json.RawMessage
	known  []string
}

// object reads raw and reports the keys that read did not ask for.
func (p *parser) object(path string, raw json.RawMessage, read func(o *object)) {
	fields, problem := decode(raw)
	if problem != "" {
		p.fail(path, raw, problem)
		return
	}
	o := &object{p: p, path: path, fields: fields}
	read(o)
	var unknown []string
	for name := range o.fields {
		if !slices.Contains(o.known, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		p.fail(path+"."+name, o.fields[name], "is not a known field. Known are "+strings.Join(o.known, ", "))
	}
}

// decode reads exactly one JSON object whose keys each stand once, or says
// what is wrong.
func decode(raw json.RawMessage) (fields map[string]json.RawMessage, problem string) {
	const wrong = "must be an object"
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, wrong
	}
	fields = map[string]json.RawMessage{}
	for d.More() {
		key, err := d.Token()
		name, isText := key.(string)
		if err != nil || !isText {
			return nil, wrong
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil, wrong
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Sprintf("holds the key %q twice", name)
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, wrong
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, "must be one object with nothing after it"
	}
	return fields, ""
}

func (o *object) value(name string, read func(path string, raw json.RawMessage)) {
	o.known = append(o.known, name)
	if raw, ok := o.fields[name]; ok && string(raw) != "null" {
		if raw, ok = o.p.substitute(o.path+"."+name, raw); ok {
			read(o.path+"."+name, raw)
		}
	}
}

// substitute replaces a "$name" by what vars says.
func (p *parser) substitute(path string, raw json.RawMessage) (json.RawMessage, bool) {
	var text string
	if json.Unmarshal(raw, &text) != nil || !strings.HasPrefix(text, "$") {
		return raw, true
	}
	value, known := p.vars[text[1:]]
	if !known {
		p.fail(path, raw, "names a variable that vars does not set")
		return nil, false
	}
	p.used[text[1:]] = true
	return value, true
}

func (o *object) required(names ...string) {
	for _, name := range names {
		if raw, ok := o.fields[name]; !ok || string(raw) == "null" {
			o.p.fail(o.path+"."+name, nil, "is required")
		}
	}
}

func (o *object) text(name string, to *string, ok func(string) bool, message string) {
	o.value(name, func(path string, raw json.RawMessage) {
		if json.Unmarshal(raw, to) != nil || !ok(*to) {
			o.p.fail(path, raw, message)
		}
	})
}

func (o *object) list(name string, limit int, each func(path string, i int, raw json.RawMessage)) {
	o.value(name, func(path string, raw json.RawMessage) {
		var items []json.RawMessage
		switch {
		case json.Unmarshal(raw, &items) != nil:
			o.p.fail(path, raw, "must be a list")
		case len(items) > limit:
			o.p.fail(path, len(items), fmt.Sprintf("must hold at most %d", limit))
		default:
			for i, item := range items {
				each(fmt.Sprintf("%s[%d]", path, i), i, item)
			}
		}
	})
}

// choice reads one of a few words.
func (o *object) choice(name string, to *string, choices ...string) {
	o.text(name, to, func(s string) bool { return slices.Contains(choices, s) }, "must be "+strings.Join(choices, " or "))
}

func (o *object) number(name string, to *float64, low, high float64) {
	o.value(name, func(path string, raw json.RawMessage) {
		if json.Unmarshal(raw, to) != nil || !(*to >= low && *to <= high) {
			o.p.fail(path, raw, fmt.Sprintf("must be a number between %g and %g", low, high))
		}
	})
}

func (o *object) integer(name string, to *int, low, high int) {
	o.value(name, func(path string, raw json.RawMessage) {
		if json.Unmarshal(raw, to) != nil || *to < low || *to > high {
			o.p.fail(path, raw, fmt.Sprintf("must be a whole number between %d and %d", low, high))
		}
	})
}
