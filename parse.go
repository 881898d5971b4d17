package lombard

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// ParseScenario reads a request document strictly. A document that is not
// JSON, or that repeats a key, is an error of KindMalformed. Unknown keys,
// values of the wrong type, missing required fields and values that cannot be
// right are one error of KindValidation with every bad field.
func ParseScenario(data []byte) (Scenario, error) {
	root, fault := parseTree(data)
	if fault == nil && root.object == nil {
		fault = notAnObject()
	}
	if fault != nil {
		return Scenario{}, fault.Of("The request")
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
		return unread.Code != CodeUnknownField && strings.HasPrefix(unread.Field, "template") // one was given that cannot be read
	}
	return unread.Field == found.Field || strings.HasPrefix(unread.Field, found.Field+"[")
}

// join continues a path by a key; one that is too long for a key is cut.
func join(path, name string) string {
	name = Cut(name)
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

// str reads one of the schema's words or a name as short as one.
func (f *fields) str(name string, to *string) { f.text(name, to, MaxSlug) }

// word reads a value of a typed choice; whether there is such a value is checked later.
func word[T ~string](f *fields, name string, to *T) {
	f.bind(name, func(path string, n node) { readWord(f.r, path, n, to) })
}

func readWord[T ~string](r *reader, path string, n node, to *T) {
	s := string(*to)
	r.text(path, n, &s, MaxSlug)
	*to = T(s)
}

// text reads a text of at most so many bytes.
func (f *fields) text(name string, to *string, most int) {
	f.bind(name, func(path string, n node) { f.r.text(path, n, to, most) })
}

func (r *reader) text(path string, n node, to *string, most int) {
	s, ok := n.value.(string)
	if !ok {
		r.wrongType(path, n, "a string")
		return
	}
	if problem := TextProblem(s, most); problem != "" {
		r.fail(FieldError{Field: path, Value: s, Code: CodeInvalid, Message: path + " " + problem})
		return
	}
	*to = s
}

func (r *reader) num(path string, n node, to *float64) {
	number, ok := n.value.(json.Number)
	if !ok {
		r.wrongType(path, n, "a number")
		return
	}
	x, problem := ParseNumber(number.String())
	if problem != "" {
		r.fail(FieldError{Field: path, Value: number.String(), Code: CodeInvalid, Message: path + " " + problem})
		return
	}
	*to = x
}

func (f *fields) num(name string, to *float64) {
	f.bind(name, func(path string, n node) { f.r.num(path, n, to) })
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

// either reads a field that is a word, or an object that says more.
func either[T ~string](f *fields, name string, to *T, read func(inner *fields)) {
	for _, m := range f.members {
		if m.key == name && m.object != nil {
			f.object(name, read)
			return
		}
	}
	word(f, name, to)
}

func (f *fields) date(name string, to *Date) {
	f.bind(name, func(path string, n node) {
		s, ok := n.value.(string)
		if !ok {
			f.r.wrongType(path, n, "a date of the form YYYY-MM-DD")
			return
		}
		d, err := Date(0), error(nil)
		if len(s) == len(time.DateOnly) {
			d, err = ParseDate(s)
		}
		if err != nil || d.IsZero() {
			f.r.fail(FieldError{
				Field: path, Value: s, Code: CodeInvalid,
				Message: fmt.Sprintf("%s is not a date of the form YYYY-MM-DD.", path),
			})
			return
		}
		*to = d
	})
}

// strings reads a list of at most so many words.
func (f *fields) strings(name string, to *[]string, most int) { wordList(f, name, to, most) }

// wordList reads a list of at most so many words; one that cannot be read
// counts as empty, so that the others keep their places.
func wordList[T ~string](f *fields, name string, to *[]T, most int) {
	f.list(name, "a list of strings", most, func(items []node) { *to = make([]T, len(items)) }, func(path string, i int, n node) {
		readWord(f.r, path, n, &(*to)[i])
	})
}

// numbers reads a list of at most so many numbers; one that cannot be read
// counts as 0.
func (f *fields) numbers(name string, to *[]float64, most int) {
	f.list(name, "a list of numbers", most, func(items []node) { *to = make([]float64, len(items)) }, func(path string, i int, n node) {
		f.r.num(path, n, &(*to)[i])
	})
}

// list reads a list: its length first, then each item.
func (f *fields) list(name, what string, most int, begin func(items []node), each func(path string, i int, n node)) {
	f.bind(name, func(path string, n node) {
		items, ok := n.value.([]node)
		if !ok {
			f.r.wrongType(path, n, what)
			return
		}
		if len(items) > most {
			f.r.fail(FieldError{
				Field: path, Value: n.plain(), Code: CodeInvalid,
				Message: fmt.Sprintf("%s holds %d entries; at most %d are allowed.", path, len(items), most),
			})
			return
		}
		begin(items)
		for i, item := range items {
			each(fmt.Sprintf("%s[%d]", path, i), i, item)
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
			message := path + " is not a known field."
			if len(f.r.bad) < MaxFaults { // later ones are only counted
				message += " Known are " + strings.Join(f.names, ", ") + "."
			}
			f.r.fail(FieldError{Field: path, Value: m.plain(), Code: CodeUnknownField, Message: message})
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
	f.strings("template_slugs", &s.TemplateSlugs, MaxTemplates)
	f.bind("template", func(path string, n node) {
		if n.object == nil {
			r.wrongType(path, n, "an object in the template schema")
			return
		}
		if len(n.raw) > maxTemplate {
			r.fail(FieldError{Field: path, Code: CodeInvalid, Message: fmt.Sprintf("%s is larger than %d KiB.", path, maxTemplate>>10)})
			return
		}
		s.Template = n.raw
	})
	f.text("scenario_name", &s.ScenarioName, MaxName)
	f.text("dataset", &s.Dataset, MaxName)
	f.optional("max_cost_usd", &s.MaxCostUSD)
	word(f, "data_quality", &s.DataQuality)
	f.boolean("force", &s.Force)
	word(f, "on_conflict", &s.OnConflict)
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
	word(f, "dividend_yield_from", &to.YieldFrom)
	word(f, "option_style", &to.OptionStyle)
	word(f, "contract_mode", &to.ContractMode)
	word(f, "execution", &to.Execution)
	f.optional("half_spread_vol_points", &to.HalfSpread)
	f.str("rate_series", &to.RateSeries)
	f.str("rate_source", &to.RateSource)
	f.optional("fill_fraction", &to.FillFraction)
	f.boolean("crash_spreads", &to.CrashSpreads)
	word(f, "pricing_mode", &to.PricingMode)
	f.str("quote_source", &to.QuoteSource)
	f.text("quote_dataset", &to.QuoteDataset, MaxName)
}
