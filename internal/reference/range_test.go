package reference

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/document"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

// A sample is a document in which a field may stand: what it holds beside the
// field makes it so.
type sample struct {
	make   func() any                          // a pointer to a new one
	faults func(made any) []lombard.FieldError // what is wrong with one
	read   func(text []byte) error             // reads one as people write it
}

// callLTV is the margin_call_ltv of the samples: a bound that is equal to it is
// margin_call_ltv and no number.
const callLTV = 0.7531

// scenarios are requests that between them may hold every field.
func scenarios() []sample {
	build := func(change func(s *lombard.Scenario)) sample {
		return sample{
			func() any {
				s := &lombard.Scenario{
					Symbol: "XAU", StartDate: lombard.MustDate("1987-12-14"), EndDate: lombard.MustDate("1989-03-31"), TemplateSlug: "unhedged",
					UnderlyingUnits: 1, LoanAmount: 1, MarginCallLTV: callLTV, DataSource: "sample",
				}
				s.Facility = lombard.Facility{
					LoanRate: new(0.05), HedgeRecognition: lombard.RecognitionHaircut, LTVBase: lombard.BaseLendingValue, LendingValue: new(0.6),
					Interest: &lombard.Interest{Index: "SOFR"}, Thresholds: &lombard.Thresholds{}, Cure: &lombard.Cure{Period: 3660}, Liquidation: &lombard.Liquidation{},
				}
				s.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolRealised, Dynamics: lombard.DynamicsBeta, Term: &lombard.TermModel{}, Smile: &lombard.SmileModel{}}
				change(s)
				return s
			},
			func(made any) []lombard.FieldError { return made.(*lombard.Scenario).Validate() },
			func(text []byte) error { _, err := document.Scenario(text); return err },
		}
	}
	return []sample{
		build(func(*lombard.Scenario) {}),
		build(func(s *lombard.Scenario) { // no more than is needed
			s.TemplateSlug, s.TemplateSlugs = "", []string{"unhedged"}
			s.Facility, s.Assumptions = lombard.Facility{}, lombard.Assumptions{}
		}),
		build(func(s *lombard.Scenario) {
			s.UnderlyingUnits, s.CollateralValue, s.LoanAmount, s.LoanToValue = 0, new(1.0), 0, new(0.5)
			s.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolFlat, Value: 0.2, Smile: &lombard.SmileModel{SVI: &lombard.SVIModel{Alpha: 0.04, Beta: 0.1, S: 0.1}}}
		}),
	}
}

// templates are hedges that between them may hold every field.
func templates() []sample {
	build := func(change func(t *hedge.Template)) sample {
		return sample{
			func() any {
				t := &hedge.Template{Legs: []hedge.Leg{{
					ID: "put", Right: lombard.RightPut, Side: hedge.Long, Ratio: hedge.Ratio{Num: 1, Den: 1},
					Strike: hedge.Strike{Method: hedge.MethodMoneyness, Value: 0.9, Bounds: &hedge.Bounds{MinMoneyness: 0.01, MaxMoneyness: 10}}, Expiry: hedge.Expiry{Tenor: 12},
				}}, Solve: []hedge.Solve{{Vary: "put.strike", Target: hedge.TargetNetPremium}}, Roll: []hedge.Roll{{When: hedge.WhenProfit, Op: hedge.OpMore, Value: 2, Do: hedge.DoMonetise}}}
				change(t)
				return t
			},
			func(made any) []lombard.FieldError { return faultsOf(made.(*hedge.Template).Check()) },
			func(text []byte) error { _, err := hedge.Parse(text); return err },
		}
	}
	return []sample{build(func(*hedge.Template) {}), build(func(t *hedge.Template) { t.Tranches.Spacing = 3 })}
}

// at returns the value at a path of a document, of which the pointers and lists
// on the way have one.
func at(v reflect.Value, path string) (reflect.Value, bool) {
	for name := range strings.SplitSeq(path, ".") {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice {
			if v.Kind() == reflect.Pointer && v.IsNil() || v.Kind() == reflect.Slice && v.Len() == 0 {
				return v, false
			}
			if v.Kind() == reflect.Slice {
				v = v.Index(0)
			} else {
				v = v.Elem()
			}
		}
		found := false
		for field, value := range v.Fields() {
			if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == name {
				v, found = value, true
				break
			}
		}
		if !found {
			return v, false
		}
	}
	return v, true
}

// index is the number in a path such as template.legs[0].ratio.
var index = regexp.MustCompile(`\[\d+\]`)

// takes reports whether a sample may hold a number in a field.
func (s sample) takes(path string, x float64) bool {
	made := s.make()
	v, ok := at(reflect.ValueOf(made), path)
	if !ok {
		return false
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if v.Kind() == reflect.Float64 {
		v.SetFloat(x)
	} else {
		v.SetInt(int64(x))
	}
	return !names(s.faults(made), path)
}

// far is a number that every limit is within.
const far = 1e17

// rangeOf returns in words what a number may be: what the samples take.
func rangeOf(samples []sample, path string, whole bool) string {
	for _, s := range samples {
		for _, x := range []float64{0.8, 0.5, 1, 0.1, 0.02, 2, 10, 20, 252, 1000, -0.5} {
			if whole && x != math.Trunc(x) || !s.takes(path, x) {
				continue
			}
			low, isLow, unbounded := bound(s, path, whole, x, -far)
			high, isHigh, above := bound(s, path, whole, x, far)
			switch {
			case unbounded && above:
				return ""
			case above && isLow:
				return low + " or more"
			case above:
				return "above " + low
			case unbounded && isHigh:
				return "at most " + high
			case low == high: // one of a few numbers
				return ""
			case isLow && isHigh:
				return low + " to " + high
			case isLow:
				return "from " + low + ", below " + high
			case isHigh:
				return "above " + low + ", at most " + high
			default:
				return "above " + low + ", below " + high
			}
		}
	}
	return ""
}

// bound looks for the last number that is taken on the way from one that is to
// one far away.
func bound(s sample, path string, whole bool, good, bad float64) (words string, included, none bool) {
	if s.takes(path, bad) {
		return "", false, true
	}
	const halvings = 2000 // down to the least number above 0
	for range halvings {
		middle := good + (bad-good)/2
		if whole {
			middle = math.Round(middle)
		}
		if middle == good || middle == bad {
			break
		}
		if s.takes(path, middle) {
			good = middle
		} else {
			bad = middle
		}
	}
	if whole {
		return strconv.FormatFloat(good, 'f', -1, 64), true, false
	}
	last, _ := strconv.ParseFloat(strconv.FormatFloat(good, 'g', 9, 64), 64)
	if math.Abs(last) < 1e-90 { // less than any number that is read
		last = 0
	}
	if last == callLTV {
		return "margin_call_ltv", s.takes(path, last), false
	}
	return plain(last), s.takes(path, last), false
}

// plain writes a number, a large or a small one with its power of ten.
func plain(x float64) string {
	const small, large = 1e-4, 1e7
	if size := math.Abs(x); size == 0 || size >= small && size < large {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(strconv.FormatFloat(x, 'g', -1, 64))
}

// defaultWords is the sentence of a field's words that says its default.
var defaultWords = regexp.MustCompile(` ?Default:? ((?:"[^"]*"|[^.]|\.\d)*)\.`)

// defaultOf takes the default out of a field's words.
func defaultOf(f Field) (words, value string) {
	for _, c := range f.Choices() {
		if c.Default == lombard.Always && f.Type.Kind() != reflect.Slice {
			value = c.Value
		}
	}
	if found := defaultWords.FindStringSubmatch(f.Words); found != nil {
		return strings.TrimSpace(strings.Replace(f.Words, found[0], "", 1)), found[1]
	}
	return f.Words, value
}

// needed reports whether no sample does without a field.
func needed(t *testing.T, samples []sample, path string) bool {
	t.Helper()
	asked := false
	for _, s := range samples {
		if _, ok := at(reflect.ValueOf(s.make()), path); !ok {
			continue
		}
		asked = true
		text, err := json.Marshal(s.make())
		if err != nil {
			t.Fatal(err)
		}
		var whole any
		if err := json.Unmarshal(text, &whole); err != nil {
			t.Fatal(err)
		}
		forget(whole, strings.Split(path, "."))
		if text, err = json.Marshal(whole); err != nil {
			t.Fatal(err)
		}
		if !names(faultsOf(s.read(text)), path) {
			return false
		}
	}
	return asked
}

// forget removes a field from a decoded document.
func forget(from any, path []string) {
	switch v := from.(type) {
	case []any:
		if len(v) > 0 {
			forget(v[0], path)
		}
	case map[string]any:
		if len(path) == 1 {
			delete(v, path[0])
		} else {
			forget(v[path[0]], path[1:])
		}
	}
}

func faultsOf(err error) []lombard.FieldError {
	own, _ := errors.AsType[*lombard.Error](err)
	if own == nil {
		return nil
	}
	return own.Fields
}

// names reports whether one of the faults is of the field at a path.
func names(faults []lombard.FieldError, path string) bool {
	return slices.ContainsFunc(faults, func(f lombard.FieldError) bool {
		return strings.TrimPrefix(index.ReplaceAllString(f.Field, ""), "template.") == path
	})
}

// TestDefaultsOfThePageAreThoseOfAPlan: a number that the pages call a default is
// the one that is filled in.
func TestDefaultsOfThePageAreThoseOfAPlan(t *testing.T) {
	asked := *scenarios()[0].make().(*lombard.Scenario)
	asked.Facility.LTVBase, asked.Facility.LendingValue, asked.Facility.Cure.Period = "", nil, 0
	plan, err := calc.NewPlan(asked, market.InstrumentOf("XAU", nil))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	var visit func(path string, typ reflect.Type)
	visit = func(path string, typ reflect.Type) {
		for _, f := range FieldsOf(typ) {
			here := strings.TrimPrefix(path+"."+f.Name, ".")
			below := f.Type
			if below.Kind() == reflect.Pointer {
				below = below.Elem()
			}
			if below.Kind() == reflect.Struct && below != reflect.TypeFor[lombard.Date]() {
				visit(here, below)
				continue
			}
			_, said := defaultOf(f)
			want, err := strconv.ParseFloat(said, 64)
			v, ok := at(reflect.ValueOf(plan.Scenario), here)
			if err != nil || !ok || v.Kind() == reflect.Pointer && v.IsNil() {
				continue
			}
			text, err := json.Marshal(v.Interface())
			if got, err2 := strconv.ParseFloat(string(text), 64); err != nil || err2 != nil || got != want {
				t.Errorf("%s: the page says that the default is %s, and a plan fills in %s", here, said, text)
			}
			compared++
		}
	}
	visit("", reflect.TypeFor[lombard.Scenario]())
	const least = 8
	if compared < least {
		t.Errorf("%d defaults were compared, want at least %d", compared, least)
	}
}
