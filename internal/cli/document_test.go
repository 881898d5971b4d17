package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"lombard.example/lombard"
)

func TestParseDocument(t *testing.T) {
	for name, row := range map[string]struct{ file, text, want string }{
		"YAML dates stay text":             {"s.yaml", "start_date: 1987-12-14\n", `{"start_date":"1987-12-14"}`},
		"YAML numbers keep their digits":   {"s.yaml", "a: 0.10\nb: 301650\nc: 1e3\n", `{"a":0.10,"b":301650,"c":1e3}`},
		"YAML spellings JSON has not":      {"s.yaml", "a: 1_000\nb: .5\nc: +3\nd: 0x10\n", `{"a":1000,"b":0.5,"c":3,"d":16}`},
		"YAML nests":                       {"s.yaml", "vol:\n  model: flat\nlist: [a, b]\nf: true\nn:\n", `{"vol":{"model":"flat"},"list":["a","b"],"f":true,"n":null}`},
		"YAML flow mapping":                {"s.yaml", "{symbol: XAU}", `{"symbol":"XAU"}`},
		"YAML anchors":                     {"s.yaml", "a: &x 1\nb: *x\n", `{"a":1,"b":1}`},
		"a quoted number is text":          {"s.yaml", "symbol: '7'\n", `{"symbol":"7"}`},
		"JSON with tabs":                   {"s.json", "{\n\t\"symbol\": \"XAU\",\n\t\"n\": [1, 2.50]\n}\n", `{"symbol":"XAU","n":[1,2.50]}`},
		"JSON is told by its first letter": {"-", ` {"a":{}}`, `{"a":{}}`},
		"a byte order mark is skipped":     {"s.yaml", "\xef\xbb\xbfa: 1\n", `{"a":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := parseDocument(row.file, []byte(row.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(d.JSON()); got != row.want {
				t.Errorf("parseDocument(%q) = %s, want %s", row.text, got, row.want)
			}
		})
	}
}

func TestParseDocumentRefuses(t *testing.T) {
	for name, row := range map[string]struct{ file, text, want string }{
		"a YAML key given twice":   {"s.yaml", "a: 1\nb: 2\na: 3\n", "s.yaml:3 gives a a second time, after line 1."},
		"a JSON key given twice":   {"s.json", "{\"a\":1,\n\"a\":2}", "s.json:2 gives a a second time, after line 1."},
		"a nested key given twice": {"s.yaml", "v:\n  a: 1\n  a: 2\n", "s.yaml:3 gives a a second time, after line 2."},
		"broken JSON":              {"s.json", "{\n\"a\": 1,\n}", "s.json:3 is not JSON"},
		"broken YAML":              {"s.yaml", "a: 1\nb: c: d\n", "s.yaml:2 is not YAML"},
		"an empty file":            {"s.yaml", "  \n", "s.yaml is empty."},
		"only comments":            {"s.yaml", "# nothing\n", "s.yaml is empty."},
		"a list":                   {"s.yaml", "- a\n", "s.yaml:1 is not a scenario."},
		"a word":                   {"s.yaml", "XAU\n", "s.yaml:1 is not a scenario."},
		"two scenarios":            {"s.yaml", "a: 1\n---\na: 2\n", "s.yaml:2 holds more than one scenario."},
		"more after the JSON":      {"s.json", "{}\n{}", "s.json:2 goes on after the end"},
		"infinity":                 {"s.yaml", "a: .inf\n", "s.yaml:1 has a value that cannot be read"},
		"a merge key":              {"s.yaml", "a: &a {b: 1}\nc:\n  <<: *a\n", "s.yaml:3 has a key that is not a plain word."},
		"deep nesting":             {"s.json", strings.Repeat("[", 100), "too deep"},
		"a bomb of aliases":        {"s.yaml", bomb(), "too deep or too long"},
		"a huge file":              {"s.yaml", "a: " + strings.Repeat("x", maxDocument), "is larger than 1024 KiB."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseDocument(row.file, []byte(row.text))
			if lombard.KindOf(err) != lombard.KindMalformed || !strings.Contains(err.Error(), row.want) {
				t.Errorf("parseDocument = %v, want a malformed error with %q", err, row.want)
			}
		})
	}
}

func bomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x]\n")
	for i := range 8 {
		n := string(rune('0' + i))
		next := string(rune('1' + i))
		b.WriteString("a" + next + ": &a" + next + " [" + strings.TrimSuffix(strings.Repeat("*a"+n+", ", 8), ", ") + "]\n")
	}
	return b.String()
}

func TestDocumentOrigin(t *testing.T) {
	d, err := parseDocument("s.yaml", []byte("loan_amount: 5\nassumptions:\n  rate: 1\n  vol:\n    model: flat\ntemplate_slugs:\n  - a\n  - b\n"))
	if err != nil {
		t.Fatal(err)
	}
	d.set("underlying_units", "--units", json.RawMessage("3"))
	d.set("assumptions.vol.value", "--vol", json.RawMessage("0.2"))
	for path, want := range map[string]value{
		"loan_amount":           {line: 1},
		"assumptions.rate":      {line: 3},
		"assumptions.vol.value": {flag: "--vol"},
		"assumptions.vol.floor": {line: 4}, // absent: where it would stand
		"template_slugs[1]":     {line: 8},
		"underlying_units":      {flag: "--units"},
	} {
		got := d.origin(path)
		if got == nil || got.line != want.line || got.flag != want.flag {
			t.Errorf("origin(%s) = %+v, want line %d flag %q", path, got, want.line, want.flag)
		}
	}
	if got := d.origin("symbol"); got != nil {
		t.Errorf("origin of a missing field = %+v, want none", got)
	}
	want := `{"loan_amount":5,"assumptions":{"rate":1,"vol":{"model":"flat","value":0.2}},"template_slugs":["a","b"],"underlying_units":3}`
	if got := string(d.JSON()); got != want {
		t.Errorf("document = %s, want %s", got, want)
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add("s.yaml", []byte("symbol: XAU\nvol: {model: flat}\n"))
	f.Add("s.json", []byte(`{"symbol":"XAU","n":[1,null,true]}`))
	f.Fuzz(func(t *testing.T, file string, text []byte) {
		d, err := parseDocument(file, text)
		if err != nil {
			if lombard.KindOf(err) != lombard.KindMalformed {
				t.Errorf("parseDocument(%q) = %v, want kind malformed", text, err)
			}
			return
		}
		if body := d.JSON(); !json.Valid(body) {
			t.Errorf("parseDocument(%q) wrote %q, which is not JSON", text, body)
		}
	})
}
