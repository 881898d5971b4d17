package hedge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// Words of the schema that this engine computes.
const (
	rightPut     = "put"
	rightCall    = "call"
	sideLong     = "long"
	sideShort    = "short"
	rollExpiry   = "expiry"
	rollRenew    = "renew"
	methodMoney  = "moneyness"
	ofSpot       = "spot"
	schemaNumber = 1
)

// Limits of a template.
const (
	maxLegs    = 12
	maxRolls   = 12
	maxTenor   = 120 // months
	maxRatio   = 10
	minMoney   = 0.01
	maxMoney   = 10.0
	maxDenom   = 1_000_000
	maxSlug    = 64
	maxTitle   = 120
	customName = "custom"
)

// notComputed are the parts of the full schema that would be ignored here, by
// the object that holds them; they are refused instead.
var notComputed = map[string][]string{
	"template": {"vars", "solve", "sizing", "budget", "tranches", "credit_to", "exercise", "assignment", "allow_naked"},
	"strike":   {"round", "bounds", "leg", "op"},
	"expiry":   {"cycle", "pick", "min_dte", "same_as"},
	"roll":     {"value", "unit", "leg", "op", "cooldown", "max_per_year", "fraction", "proceeds", "then", "long", "short"},
}

// Parse reads a template document strictly: unknown keys, impossible legs and
// parts of the schema that are not computed are one validation error with
// every bad field, under paths such as template.legs[0].strike.value.
func Parse(data []byte) (Template, error) {
	p := &parser{}
	t := Template{Slug: customName, Title: "Custom hedge", Family: customName, Schema: schemaNumber, Legs: []Leg{}, Roll: []Roll{}}
	p.object("template", data, func(o *object) {
		o.text("slug", &t.Slug, isSlug, "must be lower-case letters, digits and hyphens")
		o.text("title", &t.Title, func(s string) bool { return s != "" && len(s) <= maxTitle }, "must have 1 to 120 bytes")
		o.text("family", &t.Family, isSlug, "must be lower-case letters, digits and underscores")
		o.value("schema", func(path string, raw json.RawMessage) {
			if json.Unmarshal(raw, &t.Schema) != nil || t.Schema != schemaNumber {
				p.fail(path, raw, "must be 1, the schema this program reads")
			}
		})
		o.list("legs", maxLegs, func(path string, i int, raw json.RawMessage) { t.Legs = append(t.Legs, p.leg(path, i, raw)) })
		o.list("roll", maxRolls, func(path string, _ int, raw json.RawMessage) { t.Roll = append(t.Roll, p.roll(path, raw)) })
		o.refuse(notComputed["template"])
	})
	if len(p.bad) == 0 {
		p.whole(t)
	}
	return t, lombard.Invalid(p.bad)
}

func (p *parser) leg(path string, i int, raw json.RawMessage) Leg {
	l := Leg{ID: fmt.Sprintf("leg-%d", i+1), Side: sideLong, Ratio: Ratio{1, 1}, Strike: Strike{Method: methodMoney, Of: ofSpot}}
	p.object(path, raw, func(o *object) {
		o.required("right", "strike", "expiry")
		o.text("id", &l.ID, isSlug, "must be lower-case letters, digits and hyphens")
		o.text("right", &l.Right, oneOf(rightPut, rightCall), "must be put or call")
		o.text("side", &l.Side, oneOf(sideLong, sideShort), "must be long or short")
		o.value("ratio", func(path string, raw json.RawMessage) {
			var problem string
			if l.Ratio, problem = parseRatio(raw); problem != "" {
				p.fail(path, raw, problem)
			}
		})
		o.value("strike", func(path string, raw json.RawMessage) { p.strike(path, raw, &l.Strike) })
		o.value("expiry", func(path string, raw json.RawMessage) {
			p.object(path, raw, func(o *object) {
				if _, borrowed := o.fields["same_as"]; !borrowed {
					o.required("tenor")
				}
				o.value("tenor", func(path string, raw json.RawMessage) {
					var ok bool
					if l.Expiry.Tenor, ok = parseTenor(raw); !ok {
						p.fail(path, raw, "must be 1 to 120 months, such as \"12m\"")
					}
				})
				o.refuse(notComputed["expiry"])
			})
		})
	})
	return l
}

func (p *parser) strike(path string, raw json.RawMessage, to *Strike) {
	p.object(path, raw, func(o *object) {
		o.required("value")
		o.text("method", &to.Method, oneOf(methodMoney), "is not computed by this version: use moneyness")
		o.text("of", &to.Of, oneOf(ofSpot), "is not computed by this version: use spot")
		o.value("value", func(path string, raw json.RawMessage) {
			if json.Unmarshal(raw, &to.Value) != nil || !(to.Value >= minMoney && to.Value <= maxMoney) {
				p.fail(path, raw, "must be strike/spot between 0.01 and 10, such as 0.95")
			}
		})
		o.refuse(notComputed["strike"])
	})
}

func (p *parser) roll(path string, raw json.RawMessage) Roll {
	var r Roll
	p.object(path, raw, func(o *object) {
		o.required("when", "do")
		o.text("when", &r.When, oneOf(rollExpiry), "is not computed by this version: use expiry")
		o.text("do", &r.Do, oneOf(rollRenew), "is not computed by this version: use renew")
		o.refuse(notComputed["roll"])
	})
	return r
}

// whole checks what only the legs together can tell: distinct names, and short
// options that something covers.
func (p *parser) whole(t Template) {
	shortCalls := 0.0
	for i, l := range t.Legs {
		path := fmt.Sprintf("template.legs[%d]", i)
		if slices.ContainsFunc(t.Legs[:i], func(other Leg) bool { return other.ID == l.ID }) {
			p.fail(path+".id", l.ID, "is the name of another leg")
		}
		switch {
		case l.Side == sideLong:
		case l.Right == rightCall:
			shortCalls += l.Ratio.Of(1)
		case !covered(t.Legs, l):
			p.fail(path+".side", l.Side, "would leave a short put uncovered: add a long put with a strike at least as high, the same or a later expiry and at least its ratio")
		}
	}
	if shortCalls > 1+1e-12 {
		p.fail("template.legs", shortCalls, "sell calls on more than the collateral: the ratios of short calls must add up to 1 at most")
	}
}

// covered reports whether long puts protect the writer of a short one.
func covered(legs []Leg, short Leg) bool {
	long, sold := 0.0, 0.0
	for _, l := range legs {
		switch {
		case l.Right != rightPut:
		case l.Side == sideShort:
			sold += l.Ratio.Of(1)
		case l.Strike.Value >= short.Strike.Value && l.Expiry.Tenor >= short.Expiry.Tenor:
			long += l.Ratio.Of(1)
		}
	}
	return sold <= long+1e-12
}

func isSlug(s string) bool {
	return s != "" && len(s) <= maxSlug && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

func oneOf(choices ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(choices, s) }
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
type parser struct{ bad []lombard.FieldError }

func (p *parser) fail(path string, value any, message string) {
	if raw, ok := value.(json.RawMessage); ok && !json.Valid(raw) {
		value = string(raw) // shown as it came; raw text would spoil the answer
	}
	p.bad = append(p.bad, lombard.FieldError{Field: path, Value: value, Code: lombard.CodeInvalid, Message: path + " " + message + "."})
}

// object binds the keys of one JSON object.
type object struct {
	p       *parser
	path    string
	fields  map[string]json.RawMessage
	known   []string
	refused []string
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
		if !slices.Contains(o.known, name) && !slices.Contains(o.refused, name) {
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
		read(o.path+"."+name, raw)
	}
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

// refuse reports parts of the schema that stand in the document and would be
// ignored.
func (o *object) refuse(names []string) {
	o.refused = names
	for _, name := range names {
		if raw, ok := o.fields[name]; ok && string(raw) != "null" {
			o.p.fail(o.path+"."+name, raw, "is not computed by this version: leave it out")
		}
	}
}
