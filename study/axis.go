package study

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// fault is why a value cannot stand in a field, in words that go on from the
// name of the field.
type fault struct {
	says    string
	ofValue bool // it is the value that is wrong, not the field
}

func (f *fault) Error() string { return f.says }

// longNames are fields under another name.
var longNames = map[string]string{"assumptions.vol.premium": "assumptions.vol.risk_premium"}

// identity are the fields that say what the prices are, and how the run is to be
// submitted: they are the same for all cells.
var identity = []string{
	"symbol", "start_date", "end_date", "data_source", "dataset", "scenario_name", "max_cost_usd", "data_quality", "force", "on_conflict", "template_slugs",
	"assumptions.quote_source", "assumptions.quote_dataset",
}

// set returns a scenario with one field changed, by its path on the wire: a
// number, or one of the words that the field takes. A template's variable is
// template.<name>. What s points to is not changed.
func set(s lombard.Scenario, path string, value any) (lombard.Scenario, error) {
	if long, ok := longNames[path]; ok {
		path = long
	}
	if slices.Contains(identity, path) {
		return s, &fault{says: "cannot be varied: it is the same for all runs of a study."}
	}
	if inner, ok := strings.CutPrefix(path, "template."); ok {
		raw, err := setRaw(s.Template, strings.Split(inner, "."), value)
		s.Template = raw
		return s, err
	}
	if strings.HasPrefix(path, "assumptions.vol.") && s.Assumptions.Vol == nil {
		s.Assumptions.Vol = &lombard.VolModel{Model: lombard.VolRealised} // what a run without one has
	}
	switch path {
	case "template_slug":
		s.TemplateSlugs, s.Template = nil, nil
	case "loan_amount", "loan_to_value":
		s.LoanAmount, s.LoanToValue = 0, nil
	case "underlying_units", "collateral_value":
		s.UnderlyingUnits, s.CollateralValue = 0, nil
	}
	err := setField(reflect.ValueOf(&s).Elem(), strings.Split(path, "."), value)
	return s, err
}

// named returns the field of a struct that stands under a name on the wire.
func named(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); key == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func setField(v reflect.Value, path []string, value any) error {
	at, ok := named(v, path[0])
	if !ok {
		var known []string
		for i := range v.NumField() {
			key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			known = append(known, key)
		}
		return &fault{says: "is not a field of a scenario; known are " + strings.Join(known, ", ") + "."}
	}
	if at.Kind() == reflect.Pointer {
		fresh := reflect.New(at.Type().Elem())
		if !at.IsNil() {
			fresh.Elem().Set(at.Elem())
		}
		at.Set(fresh)
		at = fresh.Elem()
	}
	if len(path) > 1 {
		if at.Kind() != reflect.Struct {
			return &fault{says: "is not a field of a scenario: " + path[0] + " has none within it."}
		}
		return setField(at, path[1:], value)
	}
	return setLeaf(at, value)
}

func setLeaf(at reflect.Value, value any) error {
	number, isNumber := value.(float64)
	text, isText := value.(string)
	switch {
	case at.Kind() == reflect.Float64:
		if !isNumber {
			return &fault{says: "takes numbers.", ofValue: true}
		}
		at.SetFloat(number)
	case at.Kind() == reflect.Int:
		if !isNumber || number != float64(int(number)) {
			return &fault{says: "takes whole numbers.", ofValue: true}
		}
		at.SetInt(int64(number))
	case at.Kind() == reflect.String:
		if !isText {
			return &fault{says: "takes words.", ofValue: true}
		}
		at.SetString(text)
	default:
		return &fault{says: "cannot be varied: only numbers and words can."}
	}
	return nil
}

// setRaw changes one number or word of an inline template. A list is gone into by
// the id of one of its members, or by its place.
func setRaw(raw json.RawMessage, path []string, value any) (json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, &fault{says: "needs an inline template in the scenario."}
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, &fault{says: "needs an inline template that can be read."}
	}
	if err := setNode(tree, path, value); err != nil {
		return nil, err
	}
	changed, err := json.Marshal(tree)
	if err != nil {
		return nil, &fault{says: "cannot be written into the template."}
	}
	return changed, nil
}

func setNode(tree any, path []string, value any) error {
	missing := &fault{says: fmt.Sprintf("is not in the template: there is no %s.", path[0])}
	switch node := tree.(type) {
	case map[string]any:
		old, ok := node[path[0]]
		if !ok {
			return missing
		}
		if len(path) > 1 {
			return setNode(old, path[1:], value)
		}
		switch old.(type) {
		case float64, string:
			node[path[0]] = value
			return nil
		}
		return &fault{says: "cannot be varied: only numbers and words can."}
	case []any:
		for i, member := range node {
			object, _ := member.(map[string]any)
			if id, _ := object["id"].(string); id != path[0] && strconv.Itoa(i) != path[0] {
				continue
			}
			if len(path) == 1 {
				return &fault{says: "cannot be varied: only numbers and words can."}
			}
			return setNode(member, path[1:], value)
		}
	}
	return missing
}
