package hedge

import (
	"encoding/json"
	"fmt"
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
	maxTitle    = 120
	maxTranches = 24
	maxVars     = 50
	customName  = "custom"

	familyControl = "control" // of templates that hold no options
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
		o.title("title", &t.Title)
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
		p.something(o, t)
	})
	for _, name := range p.names {
		if !p.used[name] {
			name, value := lombard.Cut(name), p.vars[name]
			p.fail("template.vars."+name, value, "is not used by any value: write \"$"+name+"\" where it belongs, or leave it out")
		}
	}
	p.ruleLegs(t)
	if len(p.bad) == 0 {
		p.whole(t)
	}
	return t, lombard.Invalid(p.bad)
}

// something refuses a template that says nothing of what to hold. A control
// says that: it holds no options.
func (p *parser) something(o *object, t Template) {
	if len(t.Legs) > 0 || t.Control != "" || t.Family == familyControl || p.said("template.legs") {
		return
	}
	var given any
	if raw, ok := o.fields["legs"]; ok {
		given = lombard.Echo(raw)
	}
	p.bad = append(p.bad, lombard.FieldError{
		Field: "template.legs", Code: lombard.CodeRequired, Value: given,
		Message: `template.legs is required: a hedge needs at least one leg, such as {"right":"put","strike":{"value":0.95},"expiry":{"tenor":"12m"}}. For no hedge at all use the template unhedged.`,
	})
}

// said reports whether a fault stands at a path or below it.
func (p *parser) said(path string) bool {
	return slices.ContainsFunc(p.bad, func(f lombard.FieldError) bool { return strings.HasPrefix(f.Field, path) })
}

func (p *parser) variables(path string, raw json.RawMessage) {
	vars, ok := p.members(path, raw)
	if len(vars) > maxVars {
		p.fail(path, len(vars), fmt.Sprintf("may set at most %d names", maxVars))
		ok = false
	}
	if !ok {
		p.unread = true
		return
	}
	p.vars = make(map[string]json.RawMessage, len(vars))
	for _, v := range vars {
		p.vars[v.Key] = v.Value
		p.names = append(p.names, v.Key)
		if string(v.Value) == "null" {
			p.fail(path+"."+lombard.Cut(v.Key), nil, "must have a value")
			p.used[v.Key] = true // nothing more to say of it
		}
	}
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
		o.required("right", "put or call")
		o.required("strike", `such as {"value":0.95}`)
		o.required("expiry", `such as {"tenor":"12m"}`)
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
		if raw, given := o.fields["same_as"]; !given || string(raw) == "null" {
			o.required("tenor", `such as "12m", or same_as with the id of another leg`)
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
			o.required("value", "it "+allowed.words)
		}
		o.value("value", func(path string, raw json.RawMessage) {
			switch {
			case !hasValue && (to.Method == MethodLTVFloor || to.Method == MethodSolve):
				p.fail(path, raw, "does not go with method "+to.Method)
			case !hasValue: // the method is not one; that is said already
			default:
				x, ok := float(raw)
				if !ok || !(x >= allowed.low && x <= allowed.high) {
					p.fail(path, raw, allowed.words)
					return
				}
				to.Value = x
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
		o.required("vary", "the strike of a leg, such as call.strike")
		o.text("vary", &s.Vary, func(s string) bool { leg, ok := strings.CutSuffix(s, strikeSuffix); return ok && isSlug(leg) }, "must be the strike of a leg, such as call.strike")
		o.choice("target", &s.Target, TargetNetPremium)
		o.number("value", &s.Value, -1, 1)
		o.choice("price_side", &s.PriceSide, SideFill, SideMid)
		o.choice("if_no_root", &s.IfNoRoot, IfNoRootClamp, IfNoRootSkip, IfNoRootError)
		o.value("tolerance", func(path string, raw json.RawMessage) { // roots are found to the last digits
			if x, ok := float(raw); ok && x < 0 || !ok && raw[0] != '"' {
				p.fail(path, raw, "must be an amount, such as 0.01; it is not needed")
			}
		})
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
		o.value("allow_fractional", func(path string, raw json.RawMessage) { // follows from the contract mode
			if s := string(raw); s != "true" && s != "false" {
				p.fail(path, raw, "must be true or false; it follows from contract_mode and is not needed")
			}
		})
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
		o.required("when", "such as expiry")
		o.required("do", "such as renew")
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

func isSlug(s string) bool {
	return s != "" && len(s) <= lombard.MaxSlug && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// parseRatio reads 0.5 or "1/3" exactly, or says what is wrong.
func parseRatio(raw json.RawMessage) (r Ratio, problem string) {
	const wrong = "must be above 0 and at most 10, as a number or as a fraction such as \"1/3\""
	var text string
	x, isNumber := float(raw)
	switch {
	case json.Unmarshal(raw, &text) == nil:
		num, den, _ := strings.Cut(text, "/")
		var errNum, errDen error
		r.Num, errNum = strconv.ParseInt(num, 10, 64)
		r.Den, errDen = strconv.ParseInt(den, 10, 64)
		if errNum != nil || errDen != nil || r.Den < 1 || r.Den > maxDenom {
			return Ratio{1, 1}, wrong
		}
	case isNumber && x > 0 && x <= maxRatio:
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
