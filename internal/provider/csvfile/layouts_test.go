package csvfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/market"
)

// layout is a file as some vendor, program or country writes it, and what has to
// come of it: bars and words of the warnings, or words of the refusal.
type layout struct {
	name   string
	symbol string // that is asked for; empty: none
	file   string
	want   string   // bars as brief writes them, one a line; empty: the file is refused
	says   []string // in this order in the warnings, none other; or in the refusal
}

// The warnings that say no more than what the prices lack.
var plain = []string{WarnCloseOnly, WarnPartial, WarnReversed}

// brief writes a bar as "date open/high/low close" and its actions.
func brief(bars []market.Bar) string {
	var all []string
	for i := range bars {
		b := &bars[i]
		s := b.Date.String()
		if b.Open != 0 || b.High != 0 || b.Low != 0 {
			s += fmt.Sprintf(" %v/%v/%v", b.Open, b.High, b.Low)
		}
		s += fmt.Sprintf(" %v", b.Close)
		if b.Dividend != 0 {
			s += fmt.Sprintf(" dividend %v", b.Dividend)
		}
		if b.Special {
			s += " special"
		}
		if b.Split != 0 {
			s += fmt.Sprintf(" split %v", b.Split)
		}
		all = append(all, s)
	}
	return strings.Join(all, "\n")
}

// check reads a layout and compares what comes of it.
func (l layout) check(t *testing.T) {
	got, err := Parse(strings.NewReader(l.file), File{Name: "prices.csv", Symbol: l.symbol})
	if l.want == "" {
		l.refused(t, got, err)
		return
	}
	if err != nil {
		t.Fatalf("Parse: %v %+v", err, fieldsOf(err))
	}
	if s := brief(got.Bars); s != l.want {
		t.Errorf("bars are\n%s\nwant\n%s", s, l.want)
	}
	var said []string
	for _, w := range got.Warnings {
		if !slices.Contains(plain, w.Code) {
			said = append(said, w.Code+": "+w.Message)
		}
	}
	if len(said) != len(l.says) {
		t.Fatalf("warnings are %q, want %d: %q", said, len(l.says), l.says)
	}
	for i, words := range l.says {
		if !strings.Contains(said[i], words) {
			t.Errorf("warning %d is %q, want %q in it", i, said[i], words)
		}
	}
}

func (l layout) refused(t *testing.T, got Parsed, err error) {
	t.Helper()
	e, ok := errors.AsType[*lombard.Error](err)
	if !ok || e.Kind != lombard.KindValidation {
		t.Fatalf("Parse = %v, %v; want a refusal with %q", brief(got.Bars), err, l.says)
	}
	text := e.Message + " " + e.Hint
	for _, f := range e.Fields {
		text += " " + f.Field + ": " + f.Message
	}
	for _, words := range l.says {
		if !strings.Contains(text, words) {
			t.Errorf("the refusal is %q, want %q in it", text, words)
		}
	}
}

func fieldsOf(err error) []lombard.FieldError {
	if e, ok := errors.AsType[*lombard.Error](err); ok {
		return e.Fields
	}
	return nil
}

// TestLayouts reads the corpus of layouts: files as vendors, programs and
// countries write them, known from the field, with numbers of our own.
func TestLayouts(t *testing.T) {
	families := map[string][]layout{"vendors": vendorLayouts, "actions": actionLayouts, "forms": formLayouts, "shapes": shapeLayouts, "refusals": refusedLayouts}
	total := 0
	names := map[string]bool{}
	for family, layouts := range families {
		for _, l := range layouts {
			if names[l.name] {
				t.Errorf("two layouts are called %q", l.name)
			}
			names[l.name] = true
			total++
			t.Run(family+"/"+l.name, l.check)
		}
	}
	if total < 60 {
		t.Errorf("%d layouts, want at least 60", total)
	}
}

// TestLayoutsInOtherEncodings: a layout is read alike with the line ends of Windows, with a
// byte order mark, and in UTF-16.
func TestLayoutsInOtherEncodings(t *testing.T) {
	for _, l := range vendorLayouts {
		windows := l
		windows.file = "\ufeff" + strings.ReplaceAll(l.file, "\n", "\r\n")
		t.Run("windows/"+l.name, windows.check)
		wide := l
		wide.file = utf16le(windows.file)
		t.Run("utf-16/"+l.name, wide.check)
	}
}

// utf16le writes text of the Basic Multilingual Plane in UTF-16.
func utf16le(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}
