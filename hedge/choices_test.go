package hedge_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
)

// choice is a field of a template that takes one of the values of a table.
type choice struct {
	path  string
	value reflect.Value
	table []lombard.Choice
}

// refusal is what is said of a value that the table does not have.
func (c choice) refusal() string {
	var values []string
	for _, x := range c.table {
		values = append(values, x.Value)
	}
	return c.path + " must be " + strings.Join(values, " or ")
}

// choicesIn returns the fields below a value that take one of the values of a
// table.
func choicesIn(path string, v reflect.Value) []choice {
	if chosen, ok := reflect.TypeAssert[interface{ Choices() []lombard.Choice }](v); ok {
		return []choice{{path, v, chosen.Choices()}}
	}
	var all []choice
	// Nothing else holds fields.
	//exhaustive:ignore
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			all = append(all, choicesIn(path+"."+name, value)...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, choicesIn(fmt.Sprintf("%s[%d]", path, i), v.Index(i))...)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			all = choicesIn(path, v.Elem())
		}
	}
	return all
}

// TestAValueThatIsNotKnownIsRefusedEverywhere sets each field of a template that
// has a table to a value of none.
func TestAValueThatIsNotKnownIsRefusedEverywhere(t *testing.T) {
	whole := func() *hedge.Template {
		x, err := hedge.Lookup("collar-zero-cost-95-12m")
		if err != nil {
			t.Fatal(err)
		}
		return &x
	}
	fields := choicesIn("template", reflect.ValueOf(whole()).Elem())
	const least = 15
	if len(fields) < least {
		t.Fatalf("%d fields take a value of a table, want at least %d: %v", len(fields), least, fields)
	}
	for i, f := range fields {
		x := whole()
		choicesIn("template", reflect.ValueOf(x).Elem())[i].value.SetString("nonsense")
		err := x.Check()
		if err == nil || lombard.KindOf(err) != lombard.KindValidation || !strings.Contains(err.Error(), f.refusal()) {
			t.Errorf("%s: %v, want %q", f.path, err, f.refusal())
		}
	}
}

// TestEveryValueOfATableIsRead: a table has no value that the reader does not
// take, and each stands in it once with its words.
func TestEveryValueOfATableIsRead(t *testing.T) {
	x := hedge.Template{
		Slug: "x", Title: "X", Family: "put", Legs: []hedge.Leg{{ID: "put", Right: lombard.RightPut, Side: hedge.Long, Ratio: hedge.Ratio{1, 1}, Strike: hedge.Strike{Method: hedge.MethodMoneyness, Value: 0.9}, Expiry: hedge.Expiry{Tenor: 12}}},
		Solve: []hedge.Solve{{Vary: "put.strike", Target: hedge.TargetNetPremium}}, Roll: []hedge.Roll{{When: hedge.WhenExpiry, Do: hedge.DoRenew}},
	}
	for _, f := range choicesIn("template", reflect.ValueOf(&x).Elem()) {
		seen := map[string]bool{}
		for _, c := range f.table {
			if c.Value == "" || c.Short == "" || !strings.HasSuffix(c.Long, ".") || seen[c.Value] {
				t.Errorf("%s: %+v has no words or stands twice", f.path, c)
			}
			seen[c.Value] = true
			before := f.value.String()
			f.value.SetString(c.Value)
			if err := x.Check(); err != nil && strings.Contains(err.Error(), f.refusal()) {
				t.Errorf("%s refuses %s: %v", f.path, c.Value, err)
			}
			f.value.SetString(before)
		}
	}
}

// TestALegThatCannotBeTakenForOneIsNotBought: a template that nobody checked
// buys nothing by a guess.
func TestALegThatCannotBeTakenForOneIsNotBought(t *testing.T) {
	for name, spoil := range map[string]func(*hedge.Template){
		"right":  func(x *hedge.Template) { x.Legs[0].Right = "putt" },
		"side":   func(x *hedge.Template) { x.Legs[0].Side = "" },
		"method": func(x *hedge.Template) { x.Legs[0].Strike.Method = "guess" },
		"of":     func(x *hedge.Template) { x.Legs[0].Strike.Of = "guess" },
		"unit": func(x *hedge.Template) {
			x.Legs[0].Strike = hedge.Strike{Method: hedge.MethodPremium, Value: 0.01, Unit: "guess"}
		},
		"round": func(x *hedge.Template) { x.Legs[0].Strike.Round = "guess" },
		"cycle": func(x *hedge.Template) { x.Legs[0].Expiry.Cycle = "guess" },
		"pick":  func(x *hedge.Template) { x.Legs[0].Expiry.Pick = "guess" },
		"on_exceed": func(x *hedge.Template) {
			x.Budget, x.Solve[0].Value = hedge.Budget{MaxRoll: 1e-9, OnExceed: "guess"}, 0.02
		},
		"if_no_root": func(x *hedge.Template) { x.Solve[0].IfNoRoot, x.Solve[0].Value = "guess", 0.9 },
		"price_side": func(x *hedge.Template) { x.Solve[0].PriceSide = "guess" },
	} {
		x, err := hedge.Lookup("collar-zero-cost-95-12m")
		if err != nil {
			t.Fatal(err)
		}
		m := at100(1000)
		m.Listed = name == "round" || name == "cycle" || name == "pick"
		if _, _, err := x.Open([]int{0, 1}, m, quotes{date: day}); err != nil {
			t.Fatalf("as it is: %v", err)
		}
		spoil(&x)
		contracts, _, err := x.Open([]int{0, 1}, m, quotes{date: day})
		if err == nil || lombard.KindOf(err) != lombard.KindPricing {
			t.Errorf("%s: bought %+v, %v; want an error of kind pricing", name, contracts, err)
		}
	}
}
