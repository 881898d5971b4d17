package backtest_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/market"
)

// free are fields of text that are no choices: any name will do.
var free = map[string]bool{
	"facility.interest.index": true, "facility.interest.source": true, "assumptions.vol.index": true, "assumptions.vol.source": true,
	"assumptions.rate_series": true, "assumptions.rate_source": true, "assumptions.quote_source": true, "assumptions.quote_dataset": true,
}

// words calls visit with every field of text below v, by its path on the wire.
func words(path string, v reflect.Value, visit func(path string, word reflect.Value)) {
	switch v.Kind() { //nolint:exhaustive // what holds no words is passed over
	case reflect.Pointer:
		if !v.IsNil() {
			words(path, v.Elem(), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			words(path+"."+name, v.Field(i), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			words(fmt.Sprintf("%s[%d]", path, i), v.Index(i), visit)
		}
	case reflect.String:
		visit(path, v)
	}
}

// full asks for every object that holds a choice; a new copy each time.
func full(vol lombard.VolModel) lombard.Scenario {
	s := goldScenario()
	s.Facility = lombard.Facility{
		LoanRate: number(0.06), Interest: &lombard.Interest{}, Thresholds: &lombard.Thresholds{}, Cure: &lombard.Cure{}, Liquidation: &lombard.Liquidation{},
	}
	if vol.Smile != nil {
		vol.Smile = new(*vol.Smile)
	}
	s.Assumptions = lombard.Assumptions{Vol: &vol}
	gold, _ := market.Lookup(s.Symbol)
	resolved, _ := calc.Resolve(s, gold)
	return resolved
}

// TestAnOpenOrUnknownChoiceIsRefused empties and misspells every field that
// takes one of some words, one at a time: Run must not guess.
func TestAnOpenOrUnknownChoiceIsRefused(t *testing.T) {
	models := map[string]lombard.VolModel{
		"flat":     {Model: lombard.VolFlat, Value: 0.16, Smile: &lombard.SmileModel{Preset: lombard.SmileGold}},
		"realised": {Model: lombard.VolRealised, Window: 20},
	}
	tried := 0
	for name, model := range models {
		s := full(model)
		prices := series(t, s, 20)
		in := backtest.Input{Scenario: s, Template: template(t, "protective-put-atm-12m"), Series: prices}
		if path, err := backtest.Run(t.Context(), in, nil); err != nil {
			t.Fatalf("%s: resolved, and yet: %v", name, err)
		} else if _, err := backtest.Branches(in, &path); err != nil {
			t.Fatalf("%s: resolved, and yet: %v", name, err)
		}
		var paths []string
		for root, v := range map[string]any{"facility": &s.Facility, "assumptions": &s.Assumptions} {
			words(root, reflect.ValueOf(v), func(path string, word reflect.Value) {
				if !free[path] && word.String() != "" {
					paths = append(paths, path)
				}
			})
		}
		for _, path := range paths {
			for _, wrong := range []string{"", "nonsense"} {
				if wrong == "" && (path == "assumptions.vol.smile.preset" || path == "assumptions.dividend_yield_from" || strings.Contains(path, "waterfall")) {
					continue // no smile, the yield as given, no step
				}
				spoilt := in
				spoilt.Scenario = full(model)
				for root, v := range map[string]any{"facility": &spoilt.Scenario.Facility, "assumptions": &spoilt.Scenario.Assumptions} {
					words(root, reflect.ValueOf(v), func(at string, word reflect.Value) {
						if at == path {
							word.SetString(wrong)
						}
					})
				}
				tried++
				_, err := backtest.Run(t.Context(), spoilt, nil)
				e, ok := errors.AsType[*lombard.Error](err)
				if !ok || len(e.Fields) == 0 || e.Fields[0].Field != path || !strings.Contains(e.Fields[0].Message, "use ") {
					t.Errorf("%s: %s = %q: %v", name, path, wrong, err)
				}
			}
		}
	}
	if tried < 80 {
		t.Errorf("only %d fields were spoilt", tried)
	}
}

func TestANumberThatPricingNeedsIsRefusedWhenItIsMissing(t *testing.T) {
	for field, spoil := range map[string]func(s *lombard.Scenario){
		"assumptions.vol":                    func(s *lombard.Scenario) { s.Assumptions.Vol = nil },
		"assumptions.rate":                   func(s *lombard.Scenario) { s.Assumptions.Rate = nil },
		"assumptions.dividend_yield":         func(s *lombard.Scenario) { s.Assumptions.DividendYield = nil },
		"assumptions.half_spread_vol_points": func(s *lombard.Scenario) { s.Assumptions.Execution = lombard.ExecutionHalfSpread },
		"facility.haircut":                   func(s *lombard.Scenario) { s.Facility.HedgeRecognition = lombard.RecognitionFloor },
	} {
		s := goldScenario()
		spoil(&s)
		_, err := backtest.Run(t.Context(), backtest.Input{Scenario: s, Template: template(t, "unhedged"), Series: series(t, s, 0)}, nil)
		if e, ok := errors.AsType[*lombard.Error](err); !ok || len(e.Fields) != 1 || e.Fields[0].Field != field {
			t.Errorf("without %s: %v", field, err)
		}
	}
}

func TestATemplateMadeInCodeIsCheckedLikeADocument(t *testing.T) {
	s := goldScenario()
	for field, spoil := range map[string]func(h *hedge.Template){
		"template.legs[0].right":         func(h *hedge.Template) { h.Legs[0].Right = "putt" },
		"template.legs[0].side":          func(h *hedge.Template) { h.Legs[0].Side = "" },
		"template.legs[0].strike.method": func(h *hedge.Template) { h.Legs[0].Strike.Method = "magic" },
		"template.legs[0].strike.of":     func(h *hedge.Template) { h.Legs[0].Strike.Of = "last" },
		"template.credit_to":             func(h *hedge.Template) { h.CreditTo = "mars" },
		"template.roll[0].do":            func(h *hedge.Template) { h.Roll[0].Do = "repeat" },
		"template.control":               func(h *hedge.Template) { h.Control = "nothing" },
		"template":                       func(h *hedge.Template) { h.Legs[0].Strike.Value = math.NaN() },
	} {
		h := custom(t, monthly)
		spoil(&h)
		_, err := backtest.Run(t.Context(), backtest.Input{Scenario: s, Template: h, Series: series(t, s, 0)}, nil)
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}
