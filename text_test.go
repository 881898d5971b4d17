package lombard_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"lombard.example/lombard"
)

func TestATextMayNotHideAnything(t *testing.T) {
	for name, row := range map[string]struct{ text, says string }{
		"plain":                {"Gold, winter 1987", ""},
		"letters of the world": {"Größe, 金, ذهب, ทอง, naïve", ""},
		"a picture":            {"gold ❤\ufe0f", ""},
		"empty":                {"", ""},
		"a line break":         {"two\nlines", "U+000A LINE FEED as character 4"},
		"an escape sequence":   {"\x1b[31mred", "U+001B ESCAPE as character 1"},
		"a control of 8 bits":  {"a\u009b31m", "U+009B CONTROL SEQUENCE INTRODUCER"},
		"a bell":               {"ring\a", "U+0007 BELL"},
		"text turned round":    {"ü\u202egnp.exe", "U+202E RIGHT-TO-LEFT OVERRIDE as character 2"},
		"an isolate":           {"\u2066a\u2069", "U+2066 LEFT-TO-RIGHT ISOLATE"},
		"a mark":               {"a\u200f", "U+200F RIGHT-TO-LEFT MARK"},
		"no width":             {"X\u200bAU", "U+200B ZERO WIDTH SPACE"},
		"a joiner":             {"X\u200dAU", "U+200D ZERO WIDTH JOINER"},
		"a byte order mark":    {"\ufeffXAU", "U+FEFF ZERO WIDTH NO-BREAK SPACE"},
		"a soft hyphen":        {"X\u00adAU", "U+00AD SOFT HYPHEN"},
		"a filler":             {"X\u3164AU", "U+3164 HANGUL FILLER"},
		"a hidden tag":         {"X\U000E0041", "U+E0041, a character that does not show,"},
		"a line separator":     {"a\u2028b", "U+2028 LINE SEPARATOR"},
		"a noncharacter":       {"a\ufdd0", "U+FDD0"},
		"not UTF-8":            {"a\xff", "not valid UTF-8"},
		"20 bytes":             {strings.Repeat("a", 20), ""},
		"21 bytes":             {strings.Repeat("a", 21), "at most 20 bytes"},
	} {
		most := 100
		if strings.HasSuffix(name, "bytes") {
			most = 20
		}
		got := lombard.TextProblem(row.text, most)
		if row.says == "" && got != "" || !strings.Contains(got, row.says) || got != "" && !strings.HasSuffix(got, ".") {
			t.Errorf("%s: TextProblem = %q, want %q", name, got, row.says)
		}
	}
	if got := lombard.NoteProblem("one\n\ttwo\r\n", 100); got != "" {
		t.Errorf("a note of two lines: %q, want nothing", got)
	}
	if got := lombard.NoteProblem("one\x1b", 100); !strings.Contains(got, "ESCAPE") {
		t.Errorf("a note with an escape: %q, want it named", got)
	}
}

func TestCutKeepsWholeCharacters(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"short":             {"abc", "abc"},
		"80 letters":        {strings.Repeat("a", 80), strings.Repeat("a", 80)},
		"81 letters":        {strings.Repeat("a", 81), strings.Repeat("a", 79) + "…"},
		"80 wide letters":   {strings.Repeat("ü", 80), strings.Repeat("ü", 80)},
		"81 wide letters":   {strings.Repeat("金", 81), strings.Repeat("金", 79) + "…"},
		"79 and two halves": {strings.Repeat("a", 79) + "\U0001F4B0\U0001F4B0", strings.Repeat("a", 79) + "…"},
		"no UTF-8":          {strings.Repeat("\xff", 100), "…"},
	} {
		if got := lombard.Cut(row.text); got != row.want || utf8.RuneCountInString(got) > lombard.MaxEcho {
			t.Errorf("%s: Cut = %q, want %q", name, got, row.want)
		}
	}
}

func TestEchoIsShortAndCanBeWritten(t *testing.T) {
	for name, row := range map[string]struct {
		value any
		want  string // JSON
	}{
		"nothing":         {nil, `null`},
		"a number":        {0.5, `0.5`},
		"no number":       {math.NaN(), `"NaN"`},
		"a text":          {"x", `"x"`},
		"a long text":     {strings.Repeat("x", 100), `"` + strings.Repeat("x", 79) + `…"`},
		"a list":          {[]string{"a"}, `["a"]`},
		"a long list":     {make([]int, 100), `"[0` + strings.Repeat(",0", 38) + `,…"`},
		"raw JSON":        {json.RawMessage(`{"a":1}`), `{"a":1}`},
		"raw and long":    {json.RawMessage(`[` + strings.Repeat("1,", 500) + `1]`), `"[` + strings.Repeat("1,", 39) + `…"`},
		"raw and no JSON": {json.RawMessage(`{"a"`), `"{\"a\""`},
	} {
		got, err := json.Marshal(lombard.Echo(row.value))
		if err != nil || string(got) != row.want {
			t.Errorf("%s: Echo = %s, %v; want %s", name, got, err, row.want)
		}
	}
}

func TestAnErrorListsFiftyFieldsAndCountsTheRest(t *testing.T) {
	for _, row := range []struct{ fields, already, listed, more int }{{1, 0, 1, 0}, {50, 0, 50, 0}, {51, 0, 50, 1}, {50, 7, 50, 7}} {
		e := &lombard.Error{Fields: make([]lombard.FieldError, row.fields), More: row.already}
		if listed, more := e.Listed(); len(listed) != row.listed || more != row.more {
			t.Errorf("%d fields and %d: %d listed and %d more, want %d and %d", row.fields, row.already, len(listed), more, row.listed, row.more)
		}
	}
}
