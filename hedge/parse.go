package hedge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	maxTenor   = 120 // months
	maxRatio   = 10
	minMoney   = 0.01
	maxMoney   = 10.0
	maxDenom   = 1_000_000
	maxSlug    = 64
	maxTitle   = 120
	customName = "custom"
)

// notComputed are parts of the schema that a template may hold elsewhere but
// that would be ignored here, and are refused instead.
var notComputed = []string{"vars", "solve", "sizing", "budget", "tranches", "credit_to", "exercise", "assignment"}

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
		o.list("legs", func(path string, raw json.RawMessage) { t.Legs = append(t.Legs, p.leg(path, raw)) })
		o.list("roll", func(path string, raw json.RawMessage) { t.Roll = append(t.Roll, p.roll(path, raw)) })
		for _, name := range notComputed {
			o.value(name, func(path string, raw json.RawMessage) {
				p.fail(path, raw, "is not computed by this version: leave it out")
			})
		}
	})
	if len(p.bad) == 0 {
		p.whole(t)
	}
	return t, lombard.Invalid(p.bad)
}

func (p *parser) leg(path string, raw json.RawMessage) Leg {
	l := Leg{ID: path[strings.LastIndex(path, "["):], Side: sideLong, Ratio: Ratio{1, 1}, Strike: Strike{Method: methodMoney, Of: ofSpot}}
	p.object(path, raw, func(o *object) {
		o.required("right", "strike", "expiry")
		o.text("id", &l.ID, isSlug, "must be lower-case letters, digits and hyphens")
		o.text("right", &l.Right, oneOf(rightPut, rightCall), "must be put or call")
		o.text("side", &l.Side, oneOf(sideLong, sideShort), "must be long or short")
		o.value("ratio", func(path string, raw json.RawMessage) {
			var ok bool
			if l.Ratio, ok = parseRatio(raw); !ok {
				p.fail(path, raw, "must be above 0 and at most 10, as a number or as a fraction such as \"1/3\"")
			}
		})
		o.value("strike", func(path string, raw json.RawMessage) {
			p.object(path, raw, func(o *object) {
				o.required("value")
				o.text("method", &l.Strike.Method, oneOf(methodMoney), "must be moneyness, the method this version computes")
				o.text("of", &l.Strike.Of, oneOf(ofSpot), "must be spot, the reference this version computes")
				o.value("value", func(path string, raw json.RawMessage) {
					if json.Unmarshal(raw, &l.Strike.Value) != nil || !(l.Strike.Value >= minMoney && l.Strike.Value <= maxMoney) {
						p.fail(path, raw, "must be strike/spot between 0.01 and 10, such as 0.95")
					}
				})
			})
		})
		o.value("expiry", func(path string, raw json.RawMessage) {
			p.object(path, raw, func(o *object) {
				o.required("tenor")
				o.value("tenor", func(path string, raw json.RawMessage) {
					var ok bool
					if l.Expiry.Tenor, ok = parseTenor(raw); !ok {
						p.fail(path, raw, "must be 1 to 120 months, such as \"12m\"")
					}
				})
			})
		})
	})
	return l
}

func (p *parser) roll(path string, raw json.RawMessage) Roll {
	var r Roll
	p.object(path, raw, func(o *object) {
		o.required("when", "do")
		o.text("when", &r.When, oneOf(rollExpiry), "must be expiry, the trigger this version computes")
		o.text("do", &r.Do, oneOf(rollRenew), "must be renew, the action this version computes")
	})
	return r
}

// whole checks what only the legs together can tell: distinct names, and short
// options that something covers.
func (p *parser) whole(t Template) {
	if len(t.Legs) > maxLegs {
		p.fail("template.legs", len(t.Legs), fmt.Sprintf("must hold at most %d legs", maxLegs))
	}
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

// parseRatio reads 0.5 or "1/3".
func parseRatio(raw json.RawMessage) (Ratio, bool) {
	var r Ratio
	var text string
	if json.Unmarshal(raw, &text) == nil {
		num, den, _ := strings.Cut(text, "/")
		var errNum, errDen error
		r.Num, errNum = strconv.ParseInt(num, 10, 64)
		r.Den, errDen = strconv.ParseInt(den, 10, 64)
		if errNum != nil || errDen != nil || r.Den < 1 || r.Den > maxDenom {
			return Ratio{1, 1}, false
		}
	} else {
		var x float64
		if json.Unmarshal(raw, &x) != nil || !(math.Abs(x) <= maxRatio) {
			return Ratio{1, 1}, false
		}
		r = Ratio{int64(math.Round(x * maxDenom)), maxDenom}
	}
	if r.Num < 1 || r.Num > maxRatio*r.Den {
		return Ratio{1, 1}, false
	}
	d := gcd(r.Num, r.Den)
	return Ratio{r.Num / d, r.Den / d}, true
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
	o := &object{p: p, path: path}
	if err := decode(raw, &o.fields); err != nil || o.fields == nil {
		p.fail(path, raw, "must be an object")
		return
	}
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

// decode reads one JSON object and refuses a key that stands twice.
func decode(raw json.RawMessage, to *map[string]json.RawMessage) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return errors.Join(errors.New("not an object"), err)
	}
	fields := map[string]json.RawMessage{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if _, twice := fields[name]; twice {
			return fmt.Errorf("the key %q stands twice", name)
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	*to = fields
	return nil
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

func (o *object) list(name string, each func(path string, raw json.RawMessage)) {
	o.value(name, func(path string, raw json.RawMessage) {
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			o.p.fail(path, raw, "must be a list")
			return
		}
		for i, item := range items {
			each(fmt.Sprintf("%s[%d]", path, i), item)
		}
	})
}
