package lombard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// maxDepth bounds the nesting of a request document.
const maxDepth = 32

// ParseScenario reads a request document strictly. A document that is not
// JSON, or that repeats a key, is an error of KindMalformed. Unknown keys,
// values of the wrong type, missing required fields and values that cannot be
// right are one error of KindValidation with every bad field.
func ParseScenario(data []byte) (Scenario, error) {
	root, err := parseTree(data)
	if err != nil {
		return Scenario{}, err
	}
	if root.object == nil {
		return Scenario{}, malformed("The request is JSON but not an object.", nil)
	}
	var s Scenario
	r := &reader{}
	r.scenario(root.object, &s)
	unread := r.bad
	for _, f := range s.Validate() {
		if !slices.ContainsFunc(unread, func(u FieldError) bool { return tells(u, f) }) {
			r.bad = append(r.bad, f)
		}
	}
	return s, Invalid(r.bad)
}

// tells reports whether a field that could not be read explains a fault that
// was found without it: each is reported once, where it is.
func tells(unread, found FieldError) bool {
	if found == NoTemplate() {
		return strings.HasPrefix(unread.Field, "template") // one was given, but not one that can be read
	}
	return unread.Field == found.Field || strings.HasPrefix(unread.Field, found.Field+"[")
}

func malformed(message string, err error) *Error {
	return &Error{
		Kind: KindMalformed, Code: "malformed_json", Message: message, Err: err,
		Hint: "Send one JSON object with the fields of a scenario.",
	}
}

// node is one JSON value; exactly one of its representations is set.
type node struct {
	object []member // nil unless an object
	value  any      // string, json.Number, bool, nil or []node
	raw    json.RawMessage
}

type member struct {
	key string
	node
}

// plain returns the value as an error report shows it.
func (n node) plain() any {
	if n.object != nil || n.isArray() {
		return n.raw
	}
	return n.value
}

func (n node) isArray() bool { _, ok := n.value.([]node); return ok }

func (n node) isNull() bool { return n.object == nil && n.value == nil }

func parseTree(data []byte) (node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	n, err := parseNode(dec, data, "", 0)
	if err != nil {
		if own, ok := errors.AsType[*Error](err); ok {
			return node{}, own
		}
		return node{}, malformed(fmt.Sprintf("The request is not valid JSON (near byte %d).", dec.InputOffset()), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return node{}, malformed("The request holds more than one JSON value.", nil)
	}
	return n, nil
}

func parseNode(dec *json.Decoder, data []byte, path string, depth int) (node, error) {
	if depth > maxDepth {
		return node{}, malformed("The request is nested too deeply.", nil)
	}
	token, err := dec.Token()
	if err != nil {
		return node{}, err
	}
	start := dec.InputOffset() - 1 // of the opening bracket, when it is one
	switch token {
	case json.Delim('{'):
		n := node{object: []member{}}
		seen := map[string]bool{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return node{}, err
			}
			name, _ := key.(string)
			if seen[name] {
				return node{}, malformed(fmt.Sprintf("The key %q appears twice.", join(path, name)), nil)
			}
			seen[name] = true
			child, err := parseNode(dec, data, join(path, name), depth+1)
			if err != nil {
				return node{}, err
			}
			n.object = append(n.object, member{name, child})
		}
		_, err = dec.Token()
		n.raw = data[start:dec.InputOffset()]
		return n, err
	case json.Delim('['):
		items := []node{}
		for dec.More() {
			child, err := parseNode(dec, data, fmt.Sprintf("%s[%d]", path, len(items)), depth+1)
			if err != nil {
				return node{}, err
			}
			items = append(items, child)
		}
		_, err = dec.Token()
		return node{value: items, raw: data[start:dec.InputOffset()]}, err
	default:
		return node{value: token}, nil
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// reader turns a tree into a Scenario and collects what is wrong with it.
type reader struct{ bad []FieldError }

func (r *reader) fail(f FieldError) { r.bad = append(r.bad, f) }

func (r *reader) wrongType(path string, n node, want string) {
	r.fail(FieldError{Field: path, Value: n.plain(), Code: CodeWrongType, Message: fmt.Sprintf("%s must be %s.", path, want)})
}

// fields binds the keys of one object to places in a Scenario.
type fields struct {
	r        *reader
	path     string
	members  []member
	names    []string
	required bool
}

// bind calls read with the member of that name, unless it is missing or null.
func (f *fields) bind(name string, read func(path string, n node)) {
	f.names = append(f.names, name)
	for _, m := range f.members {
		if m.key == name && !m.isNull() {
			read(join(f.path, name), m.node)
			return
		}
	}
	if f.required {
		f.r.fail(FieldError{Field: join(f.path, name), Code: CodeRequired, Message: join(f.path, name) + " is required."})
	}
}

func (f *fields) str(name string, to *string) {
	f.bind(name, func(path string, n node) {
		s, ok := n.value.(string)
		if !ok {
			f.r.wrongType(path, n, "a string")
			return
		}
		*to = s
	})
}

func (f *fields) num(name string, to *float64) {
	f.bind(name, func(path string, n node) {
		number, ok := n.value.(json.Number)
		if !ok {
			f.r.wrongType(path, n, "a number")
			return
		}
		x, err := number.Float64()
		if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			f.r.fail(FieldError{Field: path, Value: number.String(), Code: CodeInvalid, Message: path + " is too large for a number."})
			return
		}
		*to = x
	})
}

func (f *fields) optional(name string, to **float64) {
	var x float64
	before := len(f.r.bad)
	f.num(name, &x)
	if len(f.r.bad) == before && f.has(name) {
		*to = &x
	}
}

func (f *fields) has(name string) bool {
	return slices.ContainsFunc(f.members, func(m member) bool { return m.key == name && !m.isNull() })
}

func (f *fields) integer(name string, to *int) {
	var x float64
	f.num(name, &x)
	if x != math.Trunc(x) || math.Abs(x) > 1e9 {
		f.r.fail(FieldError{Field: join(f.path, name), Value: x, Code: CodeWrongType, Message: join(f.path, name) + " must be a whole number."})
		return
	}
	*to = int(x)
}

func (f *fields) boolean(name string, to *bool) {
	f.bind(name, func(path string, n node) {
		b, ok := n.value.(bool)
		if !ok {
			f.r.wrongType(path, n, "true or false")
			return
		}
		*to = b
	})
}

func (f *fields) optionalBoolean(name string, to **bool) {
	var x bool
	before := len(f.r.bad)
	f.boolean(name, &x)
	if len(f.r.bad) == before && f.has(name) {
		*to = &x
	}
}

// either reads a field that is a string, or an object that says more.
func (f *fields) either(name string, to *string, read func(inner *fields)) {
	for _, m := range f.members {
		if m.key == name && m.object != nil {
			f.object(name, read)
			return
		}
	}
	f.str(name, to)
}

func (f *fields) date(name string, to *Date) {
	f.bind(name, func(path string, n node) {
		s, ok := n.value.(string)
		if !ok {
			f.r.wrongType(path, n, "a date of the form YYYY-MM-DD")
			return
		}
		d, err := ParseDate(s)
		if err != nil {
			f.r.fail(FieldError{
				Field: path, Value: s, Code: CodeInvalid,
				Message: fmt.Sprintf("%s is not a date of the form YYYY-MM-DD.", path),
			})
			return
		}
		*to = d
	})
}

// strings reads a list of strings; one that is none counts as empty, so that
// the others keep their places.
func (f *fields) strings(name string, to *[]string) {
	f.bind(name, func(path string, n node) {
		items, ok := n.value.([]node)
		if !ok {
			f.r.wrongType(path, n, "a list of strings")
			return
		}
		*to = []string{}
		for i, item := range items {
			text, ok := item.value.(string)
			if !ok {
				f.r.wrongType(fmt.Sprintf("%s[%d]", path, i), item, "a string")
			}
			*to = append(*to, text)
		}
	})
}

// numbers reads a list of numbers; one that is none counts as 0.
func (f *fields) numbers(name string, to *[]float64) {
	f.bind(name, func(path string, n node) {
		items, ok := n.value.([]node)
		if !ok {
			f.r.wrongType(path, n, "a list of numbers")
			return
		}
		for i, item := range items {
			number, ok := item.value.(json.Number)
			x, err := number.Float64()
			if !ok || err != nil {
				f.r.wrongType(fmt.Sprintf("%s[%d]", path, i), item, "a number")
			}
			*to = append(*to, x)
		}
	})
}

func (f *fields) object(name string, read func(inner *fields)) {
	f.bind(name, func(path string, n node) {
		if n.object == nil {
			f.r.wrongType(path, n, "an object")
			return
		}
		inner := &fields{r: f.r, path: path, members: n.object}
		read(inner)
		inner.end()
	})
}

// end reports the keys that nothing was bound to.
func (f *fields) end() {
	for _, m := range f.members {
		if !slices.Contains(f.names, m.key) {
			path := join(f.path, m.key)
			f.r.fail(FieldError{
				Field: path, Value: m.plain(), Code: CodeUnknownField,
				Message: fmt.Sprintf("%s is not a known field. Known are %s.", path, strings.Join(f.names, ", ")),
			})
		}
	}
}

func (r *reader) scenario(members []member, s *Scenario) {
	f := &fields{r: r, members: members, required: true}
	f.str("symbol", &s.Symbol)
	f.date("start_date", &s.StartDate)
	f.date("end_date", &s.EndDate)
	f.num("underlying_units", &s.UnderlyingUnits)
	f.num("loan_amount", &s.LoanAmount)
	f.num("margin_call_ltv", &s.MarginCallLTV)
	f.str("data_source", &s.DataSource)
	f.required = false
	f.str("template_slug", &s.TemplateSlug)
	f.strings("template_slugs", &s.TemplateSlugs)
	f.bind("template", func(path string, n node) {
		if n.object == nil {
			r.wrongType(path, n, "an object in the template schema")
			return
		}
		s.Template = n.raw
	})
	f.str("scenario_name", &s.ScenarioName)
	f.str("dataset", &s.Dataset)
	f.optional("max_cost_usd", &s.MaxCostUSD)
	f.str("data_quality", &s.DataQuality)
	f.boolean("force", &s.Force)
	f.object("facility", func(in *fields) { in.facility(&s.Facility) })
	f.object("assumptions", func(in *fields) { in.assumptions(&s.Assumptions) })
	f.end()
}

func (f *fields) assumptions(to *Assumptions) {
	f.object("vol", func(in *fields) {
		to.Vol = &VolModel{}
		in.vol(to.Vol)
	})
	f.optional("rate", &to.Rate)
	f.optional("dividend_yield", &to.DividendYield)
	f.str("dividend_yield_from", &to.YieldFrom)
	f.str("option_style", &to.OptionStyle)
	f.str("contract_mode", &to.ContractMode)
	f.str("execution", &to.Execution)
	f.optional("half_spread_vol_points", &to.HalfSpread)
	f.str("rate_series", &to.RateSeries)
	f.str("rate_source", &to.RateSource)
	f.optional("fill_fraction", &to.FillFraction)
	f.boolean("crash_spreads", &to.CrashSpreads)
	f.str("pricing_mode", &to.PricingMode)
	f.str("quote_source", &to.QuoteSource)
	f.str("quote_dataset", &to.QuoteDataset)
}
