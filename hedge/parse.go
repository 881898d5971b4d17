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
	"lombard.example/lombard/document"
)

const (
	schemaNumber = 1
	strikeSuffix = ".strike" // of what a solver varies
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
	p.Resolve = p.substitute
	t := Template{Slug: customName, Title: "Custom hedge", Family: customName, Schema: schemaNumber, Legs: []Leg{}, Roll: []Roll{}}
	fault := p.Read(data, "template", func(o *document.Object) {
		o.Value("vars", func(path string, n document.Node) { p.variables(path, n) })
		document.Checked(o, "slug", &t.Slug, isSlug, "must be lower-case letters, digits and hyphens.")
		o.Line("title", &t.Title, maxTitle)
		document.Checked(o, "family", &t.Family, isSlug, "must be lower-case letters, digits and underscores.")
		o.Value("schema", func(path string, n document.Node) {
			if !n.Is(schemaNumber) {
				p.fail(path, n.Plain(), "must be 1, the schema this program reads")
			}
		})
		o.Items("legs", maxLegs, func(path string, i int, n document.Node) { t.Legs = append(t.Legs, p.leg(path, i, n)) })
		o.Items("solve", 1, func(path string, _ int, n document.Node) { t.Solve = append(t.Solve, p.solver(path, n)) })
		o.Value("sizing", func(path string, n document.Node) { p.sizing(path, n, &t.Sizing) })
		o.Value("budget", func(path string, n document.Node) { p.budget(path, n, &t.Budget) })
		o.Value("tranches", func(path string, n document.Node) { p.tranches(path, n, &t.Tranches) })
		o.Items("roll", maxRolls, func(path string, _ int, n document.Node) { t.Roll = append(t.Roll, p.roll(path, n)) })
		document.Choose(o, "credit_to", &t.CreditTo)
		document.Choose(o, "control", &t.Control)
		o.Value("exercise", func(path string, n document.Node) {
			p.fixed(path, n, map[string]any{"long": "best_of_sell_or_exercise", "physical": false})
		})
		o.Value("assignment", func(path string, n document.Node) {
			p.fixed(path, n, map[string]any{"model": "dividend_and_time_value", "on_call": "cash_settle_and_rebuy"})
		})
		o.Value("allow_naked", func(path string, n document.Node) {
			if !n.Is(false) {
				p.fail(path, n.Plain(), "is not offered: every short option must be covered")
			}
		})
		p.something(o, t)
	})
	if fault != nil {
		p.failDocument(fault, data)
	}
	for _, name := range p.names {
		if !p.used[name] {
			name, value := lombard.Cut(name), p.vars[name].Plain()
			p.fail("template.vars."+name, value, "is not used by any value: write \"$"+name+"\" where it belongs, or leave it out")
		}
	}
	p.ruleLegs(t)
	if len(p.Bad) == 0 {
		p.whole(t)
	}
	return t, lombard.Invalid(p.Bad)
}

// something refuses a template that says nothing of what to hold. A control
// says that: it holds no options.
func (p *parser) something(o *document.Object, t Template) {
	if len(t.Legs) > 0 || t.Control != "" || t.Family == familyControl || p.said("template.legs") {
		return
	}
	var given any
	if legs, ok := o.Written("legs"); ok {
		given = lombard.Echo(legs.Plain())
	}
	p.Bad = append(p.Bad, lombard.FieldError{
		Field: "template.legs", Code: lombard.CodeRequired, Value: given,
		Message: `template.legs is required: a hedge needs at least one leg, such as {"right":"put","strike":{"value":0.95},"expiry":{"tenor":"12m"}}. For no hedge at all use the template unhedged.`,
	})
}

// failDocument reports a text that is no template.
func (p *parser) failDocument(fault *document.Fault, data []byte) {
	path := "template"
	if fault.Field != "" {
		path += "." + fault.Field
	}
	p.fail(path, lombard.Echo(json.RawMessage(data)), fault.Says) // raw text that is no JSON would spoil the answer
}

// said reports whether a fault stands at a path or below it.
func (p *parser) said(path string) bool {
	return slices.ContainsFunc(p.Bad, func(f lombard.FieldError) bool { return strings.HasPrefix(f.Field, path) })
}

func (p *parser) variables(path string, n document.Node) {
	names, values, ok := n.Fields()
	switch {
	case !ok:
		p.fail(path, n.Plain(), "must be an object")
	case len(names) > maxVars:
		p.fail(path, len(names), fmt.Sprintf("may set at most %d names", maxVars))
		ok = false
	}
	if !ok {
		p.unread = true
		return
	}
	p.vars, p.names = make(map[string]document.Node, len(names)), names
	for i, name := range names {
		p.vars[name] = values[i]
		if values[i].Is(nil) {
			p.fail(path+"."+lombard.Cut(name), nil, "must have a value")
			p.used[name] = true // nothing more to say of it
		}
	}
}

// fixed accepts the parts of the schema that offer one choice only.
func (p *parser) fixed(path string, n document.Node, only map[string]any) {
	p.Object(path, n, func(o *document.Object) {
		names := slices.Sorted(maps.Keys(only))
		for _, name := range names {
			o.Value(name, func(path string, n document.Node) {
				if !n.Is(only[name]) {
					p.fail(path, n.Plain(), fmt.Sprintf("must be %s: nothing else is offered", quoted(only[name])))
				}
			})
		}
	})
}

func (p *parser) leg(path string, i int, n document.Node) Leg {
	l := Leg{ID: fmt.Sprintf("leg-%d", i+1), Side: Long, Ratio: Ratio{1, 1}, Strike: Strike{Method: MethodMoneyness, Of: OfSpot}}
	p.Object(path, n, func(o *document.Object) {
		o.Require("right", "put or call")
		o.Require("strike", `such as {"value":0.95}`)
		o.Require("expiry", `such as {"tenor":"12m"}`)
		document.Checked(o, "id", &l.ID, isSlug, "must be lower-case letters, digits and hyphens.")
		document.Choose(o, "right", &l.Right)
		document.Choose(o, "side", &l.Side)
		o.Value("ratio", func(path string, n document.Node) {
			var problem string
			if l.Ratio, problem = parseRatio(n); problem != "" {
				p.fail(path, n.Plain(), problem)
			}
		})
		o.Value("strike", func(path string, n document.Node) { p.strike(path, n, &l.Strike) })
		o.Value("expiry", func(path string, n document.Node) { p.expiry(path, n, &l.Expiry) })
	})
	return l
}

func (p *parser) expiry(path string, n document.Node, to *Expiry) {
	p.Object(path, n, func(o *document.Object) {
		if !o.Has("same_as") {
			o.Require("tenor", `such as "12m", or same_as with the id of another leg`)
		}
		o.Value("tenor", func(path string, n document.Node) { p.tenor(path, n, &to.Tenor) })
		document.Choose(o, "cycle", &to.Cycle)
		document.Choose(o, "pick", &to.Pick)
		o.WholeBetween("min_dte", &to.MinDTE, 0, 4000)
		document.Checked(o, "same_as", &to.SameAs, isSlug, "must be the id of a leg.")
		if to.SameAs != "" && to.Tenor != 0 {
			p.fail(path+".tenor", to.Tenor.String(), "cannot stand beside same_as: give one of the two")
		}
	})
}

func (p *parser) tenor(path string, n document.Node, to *Tenor) {
	var ok bool
	if *to, ok = parseTenor(n); !ok {
		p.fail(path, n.Plain(), "must be 1 to 120 months, such as \"12m\"")
	}
}

// valueRange is what a strike's value may be, by method.
var valueRange = map[Method]struct {
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

func (p *parser) strike(path string, n document.Node, to *Strike) {
	p.Object(path, n, func(o *document.Object) {
		document.Choose(o, "method", &to.Method)
		if to.Method != MethodMoneyness {
			to.Of = ""
		}
		document.Choose(o, "of", &to.Of)
		if to.Of != "" && to.Method != MethodMoneyness {
			p.fail(path+".of", to.Of, "goes with method moneyness only")
		}
		allowed, hasValue := valueRange[to.Method]
		if hasValue {
			o.Require("value", "it "+allowed.words)
		}
		o.Value("value", func(path string, n document.Node) {
			switch {
			case !hasValue && lombard.Known(to.Method):
				p.fail(path, n.Plain(), "does not go with method "+string(to.Method))
			case !hasValue: // the method is not one; that is said already
			default:
				x, ok := asNumber(n)
				if !ok || !(x >= allowed.low && x <= allowed.high) {
					p.fail(path, n.Plain(), allowed.words)
					return
				}
				to.Value = x
			}
		})
		document.Checked(o, "leg", &to.Leg, isSlug, "must be the id of a leg.")
		if (to.Leg != "") != (to.Method == MethodOffset) {
			p.fail(path+".leg", to.Leg, "goes with method offset, which needs it")
		}
		document.Choose(o, "unit", &to.Unit)
		o.Between("buffer", &to.Buffer, 0, 0.9)
		document.Choose(o, "round", &to.Round)
		o.Value("bounds", func(path string, n document.Node) {
			to.Bounds = &Bounds{MinMoneyness: lowestStrike, MaxMoneyness: highestStrike}
			p.Object(path, n, func(o *document.Object) {
				o.Between("min_moneyness", &to.Bounds.MinMoneyness, minMoney, maxMoney)
				o.Between("max_moneyness", &to.Bounds.MaxMoneyness, minMoney, maxMoney)
			})
			if to.Bounds.MinMoneyness >= to.Bounds.MaxMoneyness {
				p.fail(path, n.Plain(), "must have min_moneyness below max_moneyness")
			}
		})
	})
}

func (p *parser) solver(path string, n document.Node) Solve {
	s := Solve{Target: TargetNetPremium}
	p.Object(path, n, func(o *document.Object) {
		o.Require("vary", "the strike of a leg, such as call.strike")
		document.Checked(o, "vary", &s.Vary, func(s string) bool { leg, ok := strings.CutSuffix(s, strikeSuffix); return ok && isSlug(leg) }, "must be the strike of a leg, such as call.strike.")
		document.Choose(o, "target", &s.Target)
		o.Between("value", &s.Value, -1, 1)
		document.Choose(o, "price_side", &s.PriceSide)
		document.Choose(o, "if_no_root", &s.IfNoRoot)
		o.Value("tolerance", func(path string, n document.Node) { // roots are found to the last digits
			if x, ok := asNumber(n); ok && x < 0 || !ok && !isText(n) {
				p.fail(path, n.Plain(), "must be an amount, such as 0.01; it is not needed")
			}
		})
	})
	return s
}

func (p *parser) sizing(path string, n document.Node, to *Sizing) {
	p.Object(path, n, func(o *document.Object) {
		o.Between("hedge_ratio", &to.HedgeRatio, 1e-6, 1)
		if to.HedgeRatio == 1 {
			to.HedgeRatio = 0 // the default
		}
		word := ""
		document.OneOf(o, "basis", &word, "units")
		document.OneOf(o, "round", &word, "floor")
		o.Value("allow_fractional", func(path string, n document.Node) { // follows from the contract mode
			if !n.Is(true) && !n.Is(false) {
				p.fail(path, n.Plain(), "must be true or false; it follows from contract_mode and is not needed")
			}
		})
	})
}

func (p *parser) budget(path string, n document.Node, to *Budget) {
	p.Object(path, n, func(o *document.Object) {
		o.Between("max_annual_pct_of_notional", &to.MaxAnnual, 1e-6, 1)
		o.Between("max_roll_pct", &to.MaxRoll, 1e-6, 1)
		document.Choose(o, "on_exceed", &to.OnExceed)
		if to.MaxAnnual == 0 && to.MaxRoll == 0 && to.OnExceed != "" {
			p.fail(path+".max_annual_pct_of_notional", nil, "is required (or max_roll_pct): a budget needs an amount, as a fraction such as 0.005")
		}
	})
}

func (p *parser) tranches(path string, n document.Node, to *Tranches) {
	p.Object(path, n, func(o *document.Object) {
		o.WholeBetween("count", &to.Count, 1, maxTranches)
		o.Value("spacing", func(path string, n document.Node) {
			if !n.Is(0) {
				p.tenor(path, n, &to.Spacing)
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

func (p *parser) roll(path string, n document.Node) Roll {
	var r Roll
	p.Object(path, n, func(o *document.Object) {
		o.Require("when", "such as expiry")
		o.Require("do", "such as renew")
		document.Choose(o, "when", &r.When)
		document.Choose(o, "do", &r.Do)
		document.Checked(o, "leg", &r.Leg, isSlug, "must be the id of a leg.")
		document.Choose(o, "op", &r.Op)
		o.Between("value", &r.Value, 0, 1e6)
		word := ""
		document.OneOf(o, "unit", &word, "calendar")
		o.WholeBetween("cooldown", &r.Cooldown, 0, 3660)
		o.WholeBetween("max_per_year", &r.MaxPerYear, 0, 366)
		o.Between("fraction", &r.Fraction, 1e-6, 1)
		document.Choose(o, "proceeds", &r.Proceeds)
		document.Choose(o, "then", &r.Then)
		document.Checked(o, "long", &r.Long, isSlug, "must be the id of a leg.")
		document.Checked(o, "short", &r.Short, isSlug, "must be the id of a leg.")
	})
	p.consistent(path, r)
	return r
}

func isSlug(s string) bool {
	return s != "" && len(s) <= lombard.MaxSlug && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// parseRatio reads 0.5 or "1/3" exactly, or says what is wrong.
func parseRatio(n document.Node) (r Ratio, problem string) {
	const wrong = "must be above 0 and at most 10, as a number or as a fraction such as \"1/3\""
	text, isWord := n.Text()
	x, isNumber := asNumber(n)
	switch {
	case isWord:
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

// asNumber returns a number of a size that can be computed with.
func asNumber(n document.Node) (float64, bool) {
	x, problem := n.Number()
	return x, problem == ""
}

// quoted writes a value as JSON does.
func quoted(value any) string {
	if text, ok := value.(string); ok {
		return strconv.Quote(text)
	}
	return fmt.Sprint(value)
}

func isText(n document.Node) bool {
	_, ok := n.Text()
	return ok
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// parseTenor reads "12m" or "1y".
func parseTenor(n document.Node) (Tenor, bool) {
	text, _ := n.Text()
	if len(text) < 2 {
		return 0, false
	}
	months, err := strconv.Atoi(text[:len(text)-1])
	switch text[len(text)-1] {
	case 'm':
	case 'y':
		months *= 12
	default:
		return 0, false
	}
	return Tenor(months), err == nil && months >= 1 && months <= maxTenor
}
