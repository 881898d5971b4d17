package document_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// choiceFields calls visit with the path and the table of every field of a
// scenario whose type has one.
func choiceFields(path string, typ reflect.Type, visit func(path string, table []lombard.Choice)) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if chooser, ok := reflect.TypeAssert[interface{ Choices() []lombard.Choice }](reflect.Zero(typ)); ok {
		visit(path, chooser.Choices())
		return
	}
	if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.String {
		choiceFields(path+"[]", typ.Elem(), visit)
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[lombard.Date]() {
		return
	}
	for f := range typ.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		choiceFields(strings.TrimPrefix(path+"."+name, "."), f.Type, visit)
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

func choiceFaults(t *testing.T, path string, value any) []lombard.FieldError {
	t.Helper()
	text, err := json.Marshal(nested(path, value))
	if err != nil {
		t.Fatal(err)
	}
	_, err = document.Scenario(text)
	e, _ := err.(*lombard.Error) //nolint:errorlint // as it is returned
	if e == nil {
		t.Fatalf("%s: %v", path, err)
	}
	want := strings.ReplaceAll(path, "[]", "[0]")
	return slices.DeleteFunc(e.Fields, func(f lombard.FieldError) bool {
		return f.Field != want || !strings.Contains(f.Message, "is not available")
	})
}

// TestEveryFieldOfChoicesIsRead: a document may give each value of its table to
// every field with one, and no other value; the refusal names them all.
func TestEveryFieldOfChoicesIsRead(t *testing.T) {
	seen := 0
	choiceFields("", reflect.TypeFor[lombard.Scenario](), func(path string, table []lombard.Choice) {
		seen++
		bad := choiceFaults(t, path, "no such word")
		if len(bad) != 1 {
			t.Errorf("%s: %d faults for a word that is none, want 1", path, len(bad))
			return
		}
		for _, c := range table {
			if !strings.Contains(bad[0].Message, c.Value) {
				t.Errorf("%s: %q does not name %s", path, bad[0].Message, c.Value)
			}
			if bad := choiceFaults(t, path, c.Value); len(bad) > 0 {
				t.Errorf("%s: %s is refused: %v", path, c.Value, bad[0].Message)
			}
		}
	})
	if want := 27; seen < want {
		t.Errorf("%d fields have a table, want %d at least", seen, want)
	}
}
