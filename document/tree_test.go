package document_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// repeat joins so many copies of a part by commas.
func repeat(part string, n int) string {
	return strings.TrimSuffix(strings.Repeat(part+",", n), ",")
}

func TestADocumentHasLimits(t *testing.T) {
	const kib = 1 << 10
	for name, row := range map[string]struct{ document, says, field string }{
		"an object":              {`{"a":[1,{"b":null}]}`, "", ""},
		"a text with brackets":   {`{"a":"[{,:\"]}\\"}`, "", ""},
		"1 MiB":                  {`{}` + strings.Repeat(" ", 1<<20-2), "", ""},
		"a byte more":            {`{}` + strings.Repeat(" ", 1<<20-1), "larger than 1024 KiB", ""},
		"32 deep":                {`{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, "", ""},
		"33 deep":                {`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, "more than 32 deep", ""},
		"2,000 values":           {`{"a":[` + repeat("1", 1998) + `]}`, "", ""},
		"2,001 values":           {`{"b":1,"a":[` + repeat("1", 1998) + `]}`, "more than 2000 values", "a"},
		"a text of 64 KiB":       {`{"a":"` + strings.Repeat("x", 64*kib-1) + `"}`, "", ""},
		"a longer text":          {`{"a":"` + strings.Repeat("x", 64*kib) + `"}`, "more than 64 KiB", "a"},
		"a longer text far in":   {`{"a":{"b":["` + strings.Repeat("x", 64*kib) + `"]}}`, "more than 64 KiB", "a"},
		"a long key":             {`{"a":1,"` + strings.Repeat("x", 64*kib) + `":1}`, "more than 64 KiB", strings.Repeat("x", 79) + "…"},
		"a number of 999 digits": {`{"a":` + strings.Repeat("1", 999) + `}`, "", ""},
		"a longer number":        {`{"a":` + strings.Repeat("1", 1001) + `}`, "more than 1000 digits", "a"},
		"a list":                 {`[]`, "must be an object", ""},
		"nothing":                {``, "not valid JSON", ""},
		"an open text":           {`{"`, "not valid JSON", ""},
		"an escape at the end":   {`{"a\`, "not valid JSON", ""},
		"a quote at the end":     {`{"a":"`, "not valid JSON", ""},
		"no UTF-8":               {"{\"a\":\"\xff\"}", "not valid UTF-8", ""},
		"two objects":            {`{} {}`, "more than one JSON value", ""},
		"twice":                  {`{"a":1,"a":1}`, `the key "a" twice`, ""},
		"twice far in":           {`{"a":[0,{"b":{"c":1,"c":1}}]}`, `the key "a[1].b.c" twice`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			read := false
			fault := new(document.Reader).Read([]byte(row.document), "", func(*document.Object) { read = true })
			if row.says == "" {
				if fault != nil || !read {
					t.Fatalf("fault = %+v, want none", fault)
				}
				return
			}
			if fault == nil || !strings.Contains(fault.Says, row.says) || fault.Field != row.field {
				t.Fatalf("fault = %+v, want %q of %q", fault, row.says, row.field)
			}
			e := fault.Of("The body")
			if want := map[bool]lombard.Kind{true: lombard.KindMalformed, false: lombard.KindValidation}[row.field == ""]; e.Kind != want {
				t.Errorf("kind = %s, want %s", e.Kind, want)
			}
		})
	}
}

func TestValuesAreAsTheyWereWritten(t *testing.T) {
	got := ""
	fault := new(document.Reader).Read([]byte("{ \"a\" : 1.50 ,\n\"b\":[ 1, 2 ],\t\"c\": \"x\\u0061\" , \"d\":null}"), "", func(o *document.Object) {
		for _, key := range []string{"a", "b", "c", "d"} {
			o.Given(key, "", func(n document.Node) bool {
				got += fmt.Sprintf("{%s %s}", key, n.Raw())
				return true
			})
		}
	})
	if fault != nil {
		t.Fatal(fault.Says)
	}
	if got != `{a 1.50}{b [ 1, 2 ]}{c "x\u0061"}{d null}` {
		t.Errorf("values = %s", got)
	}
}

func TestParseNumber(t *testing.T) {
	for text, want := range map[string]struct {
		x    float64
		says string
	}{
		"0": {0, ""}, "-0": {0, ""}, "0e-400": {0, ""}, "-0.000": {0, ""}, "1": {1, ""}, "-1.5e3": {-1500, ""},
		"1e-100": {1e-100, ""}, "9e-101": {0, "too close to 0"}, "1e-320": {0, "too close to 0"}, "-1e-320": {0, "too close to 0"}, "1e-9999": {0, "too close to 0"},
		"1e308": {1e308, ""}, "1e309": {0, "too large"}, "-1e400": {0, "too large"}, "NaN": {0, "must be a number"}, "Infinity": {0, "too large"}, "x": {0, "must be a number"}, "": {0, "must be a number"},
	} {
		x, problem := document.ParseNumber(text)
		if x != want.x || 1/x < 0 && x == 0 || want.says == "" && problem != "" || !strings.Contains(problem, want.says) {
			t.Errorf("ParseNumber(%q) = %v, %q; want %v, %q", text, x, problem, want.x, want.says)
		}
	}
}

// TestNumbersAtTheEndsOfFloat64 goes through every field that holds a number.
func TestNumbersAtTheEndsOfFloat64(t *testing.T) {
	for path, text := range map[string]string{
		"underlying_units":            edited(t, `"underlying_units":1000`, `"underlying_units":%s`),
		"loan_amount":                 edited(t, `"loan_amount":301650`, `"loan_amount":%s`),
		"margin_call_ltv":             edited(t, `"margin_call_ltv":0.75`, `"margin_call_ltv":%s`),
		"max_cost_usd":                edited(t, `"max_cost_usd":5`, `"max_cost_usd":%s`),
		"facility.loan_rate":          edited(t, `"loan_rate":null`, `"loan_rate":%s`),
		"assumptions.vol.value":       edited(t, `"value":0.16`, `"value":%s`),
		"assumptions.rate":            edited(t, `"rate":0.04`, `"rate":%s`),
		"assumptions.dividend_yield":  edited(t, `"dividend_yield":0`, `"dividend_yield":%s`),
		"facility.thresholds.cure_to": edited(t, `"preset":"simple"`, `"thresholds":{"cure_to":%s}`),
	} {
		for _, number := range []string{"1e-320", "-1e-320", "1e-400", "1e400", "-1e400", "1e-101"} {
			_, err := document.Scenario(fmt.Appendf(nil, text, number))
			own, _ := errors.AsType[*lombard.Error](err)
			if own == nil || own.Kind != lombard.KindValidation || len(own.Fields) != 1 || own.Fields[0].Field != path {
				t.Errorf("%s of %s: %v, want a fault of it alone", path, number, err)
			}
		}
	}
}

func edited(t *testing.T, old, replacement string) string {
	t.Helper()
	return string(edit(t, old, replacement))
}

// FuzzRead looks for a text that breaks the counting of bytes.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{gold, `{"a":"\"`, `[[[`, `{"a":1,"a"`, `{"":{"":[]}}`, "{\"a\":\"\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read := false
		fault := new(document.Reader).Read(text, "", func(*document.Object) { read = true })
		if read != (fault == nil) {
			t.Errorf("read %v and fault %v", read, fault)
		}
		if _, err := document.Scenario(text); err == nil && fault != nil {
			t.Errorf("a scenario that is no document: %s", fault.Says)
		}
	})
}
