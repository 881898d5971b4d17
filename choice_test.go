package lombard

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// tables are the types of choices by name, each with its table.
func tables() map[string][]Choice {
	return map[string][]Choice{
		"Recognition": ChoicesOf[Recognition](), "Monitoring": ChoicesOf[Monitoring](), "LiquidationMonitoring": ChoicesOf[LiquidationMonitoring](),
		"Funding": ChoicesOf[Funding](), "LTVBase": ChoicesOf[LTVBase](), "Dividends": ChoicesOf[Dividends](), "InterestMode": ChoicesOf[InterestMode](),
		"DayCount": ChoicesOf[DayCount](), "Comparison": ChoicesOf[Comparison](), "CureUnit": ChoicesOf[CureUnit](), "CureTest": ChoicesOf[CureTest](),
		"WaterfallStep": ChoicesOf[WaterfallStep](), "CashMode": ChoicesOf[CashMode](), "CureExecution": ChoicesOf[CureExecution](),
		"LiquidationMode": ChoicesOf[LiquidationMode](), "PresetName": ChoicesOf[PresetName](), "Style": ChoicesOf[Style](),
		"ContractMode": ChoicesOf[ContractMode](), "Execution": ChoicesOf[Execution](), "PricingMode": ChoicesOf[PricingMode](),
		"YieldSource": ChoicesOf[YieldSource](), "VolModelName": ChoicesOf[VolModelName](), "Estimator": ChoicesOf[Estimator](),
		"Refresh": ChoicesOf[Refresh](), "Dynamics": ChoicesOf[Dynamics](), "SmilePreset": ChoicesOf[SmilePreset](),
		"DataQuality": ChoicesOf[DataQuality](), "OnConflict": ChoicesOf[OnConflict](),
	}
}

// TestEveryTableOfChoicesIsWhole: values once each, words for people, sentences,
// and one default at most.
func TestEveryTableOfChoicesIsWhole(t *testing.T) {
	for name, table := range tables() {
		if len(table) == 0 {
			t.Errorf("%s has no choices", name)
		}
		seen, always := map[string]bool{}, 0
		for _, c := range table {
			if c.Value == "" || seen[c.Value] {
				t.Errorf("%s: the value %q is empty or stands twice", name, c.Value)
			}
			seen[c.Value] = true
			if c.Short == "" || strings.HasSuffix(c.Short, ".") || !strings.HasSuffix(c.Long, ".") {
				t.Errorf("%s %s: short words %q end in no full stop, long ones %q in one", name, c.Value, c.Short, c.Long)
			}
			if c.Default == Always {
				always++
			}
		}
		if always > 1 {
			t.Errorf("%s has %d defaults", name, always)
		}
	}
}

// choiceFields calls visit with the path and the table of every field of a
// scenario whose type has one.
func choiceFields(path string, typ reflect.Type, visit func(path string, table []Choice)) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if chooser, ok := reflect.Zero(typ).Interface().(interface{ Choices() []Choice }); ok {
		visit(path, chooser.Choices())
		return
	}
	if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.String {
		choiceFields(path+"[]", typ.Elem(), visit)
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[Date]() {
		return
	}
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		choiceFields(strings.TrimPrefix(path+"."+name, "."), typ.Field(i).Type, visit)
	}
}

// nested returns a document with one value at a path; [] makes a list of it.
func nested(path string, value any) map[string]any {
	name, rest, deeper := strings.Cut(path, ".")
	if deeper {
		return map[string]any{name: nested(rest, value)}
	}
	if bare, isList := strings.CutSuffix(name, "[]"); isList {
		return map[string]any{bare: []any{value}}
	}
	return map[string]any{name: value}
}

func faultsOf(t *testing.T, path string, value any) []FieldError {
	t.Helper()
	text, err := json.Marshal(nested(path, value))
	if err != nil {
		t.Fatal(err)
	}
	_, err = ParseScenario(text)
	e, _ := err.(*Error) //nolint:errorlint // as ParseScenario returns it
	if e == nil {
		t.Fatalf("%s: %v", path, err)
	}
	want := strings.ReplaceAll(path, "[]", "[0]")
	return slices.DeleteFunc(e.Fields, func(f FieldError) bool { return f.Field != want || !strings.Contains(f.Message, "is not available") })
}

// TestEveryFieldOfChoicesIsRead: a document may give each value of its table to
// every field with one, and no other value; the refusal names them all.
func TestEveryFieldOfChoicesIsRead(t *testing.T) {
	seen := 0
	choiceFields("", reflect.TypeFor[Scenario](), func(path string, table []Choice) {
		seen++
		bad := faultsOf(t, path, "no such word")
		if len(bad) != 1 {
			t.Errorf("%s: %d faults for a word that is none, want 1", path, len(bad))
			return
		}
		for _, c := range table {
			if !strings.Contains(bad[0].Message, c.Value) {
				t.Errorf("%s: %q does not name %s", path, bad[0].Message, c.Value)
			}
			if bad := faultsOf(t, path, c.Value); len(bad) > 0 {
				t.Errorf("%s: %s is refused: %v", path, c.Value, bad[0].Message)
			}
		}
	})
	if want := 27; seen < want {
		t.Errorf("%d fields have a table, want %d at least", seen, want)
	}
}

func TestWordsOfAChoice(t *testing.T) {
	if got := WordsOf(RecognitionIntrinsic); got != "at intrinsic value, as if exercised today" {
		t.Errorf("words of intrinsic: %q", got)
	}
	if got := WordsOf(Recognition("x")); got != "x" || Known(Recognition("x")) || !Known(RecognitionNone) {
		t.Errorf("words of what there is not: %q", got)
	}
	if got := DefaultOf[Recognition](); got != RecognitionMarketValue {
		t.Errorf("default recognition: %q", got)
	}
	if got := DefaultOf[Style](); got != "" {
		t.Errorf("the default style depends on the symbol, got %q", got)
	}
}
