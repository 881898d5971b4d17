package app_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// instead returns the gold request with the value of a key replaced, or with
// the key added.
func instead(key, value string) string {
	return fmt.Sprintf(`{%q:%s,`, key, value) + strings.Replace(gold, "{", "", 1)
}

// filled returns as many copies of a part as make up a MiB, between two ends.
// A verb in the part becomes the number of the copy.
func filled(begin, part, end string) string {
	var b strings.Builder
	b.WriteString(begin)
	for i := 0; b.Len()+len(part)+len(end)+8 < document.MaxBytes; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		if strings.Contains(part, "%") {
			fmt.Fprintf(&b, part, i)
		} else {
			b.WriteString(part)
		}
	}
	return b.String() + end
}

// some returns so many copies of a part between two ends.
func some(n int, begin, part, end string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = fmt.Sprintf(part, i)
	}
	return begin + strings.Join(parts, ",") + end
}

const noSlug = `{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31",
 "underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75,"data_source":"sample"`

// hostile are bodies of up to a MiB that are made to cost something, each with
// a field that its answer must name; empty where the document itself is wrong.
func hostile() map[string]struct{ body, field string } {
	long := strings.Repeat("a", 1_000_000)
	all := map[string]struct{ body, field string }{
		"slugs that nobody has":      {some(10_000, noSlug+`,"template_slugs":[`, `"`+strings.Repeat("protective-put-", 5)+`%015d"`, `]}`), "template_slugs"},
		"as many slugs as may be":    {some(50, noSlug+`,"template_slugs":[`, `"`+strings.Repeat("protective-put-", 4)+`%04d"`, `]}`), "template_slugs[0]"},
		"a MiB of slugs":             {filled(noSlug+`,"template_slugs":[`, `"x"`, `]}`), "template_slugs"},
		"unknown keys":               {filled(noSlug+`,`, `"k%d":1`, `}`), "k1991"},
		"1,900 unknown keys":         {some(1_900, noSlug+`,"template_slug":"unhedged",`, `"k%d":1`, `}`), "k0"},
		"unknown keys of a facility": {some(1_900, noSlug+`,"template_slug":"unhedged","facility":{`, `"k%d":1`, `}}`), "facility.k0"},
		"unknown keys of vol":        {some(1_900, noSlug+`,"template_slug":"unhedged","assumptions":{"vol":{"model":"flat","value":0.2,`, `"k%d":1`, `}}}`), "assumptions.vol.k0"},
		"unknown keys of a template": {some(1_900, noSlug+`,"template":{`, `"k%d":1`, `}}`), "template.k0"},
		"a large template":           {some(15_000, noSlug+`,"template":{`, `"k%d":1`, `}}`), "template"},
		"legs":                       {some(15_000, noSlug+`,"template":{"legs":[`, `{}%.0d`, `]}}`), "template"},
		"variables":                  {some(1_900, noSlug+`,"template":{"vars":{`, `"k%d":1`, `},"legs":[]}}`), "template.vars"},
		"twice the same key":         {filled(`{`, `"symbol":"XAU"`, `}`), ""},
		"twice the last key":         {some(1_900, `{`, `"k%d":1`, `,"k1899":1}`), ""},
		"lists in lists":             {strings.Repeat("[", 1_000_000), ""},
		"objects in objects":         {strings.Repeat(`{"a":`, 200_000), ""},
		"long keys in one another":   {strings.Repeat(`{"`+strings.Repeat("k", 30_000)+`":`, 30) + "1" + strings.Repeat("}", 30), strings.Repeat("k", 79) + "…"},
		"levels of warning":          {filled(noSlug+`,"template_slug":"unhedged","facility":{"thresholds":{"notify":[`, `0.1`, `]}}}`), "facility"},
		"1,900 levels of warning":    {some(1_900, noSlug+`,"template_slug":"unhedged","facility":{"thresholds":{"notify":[`, `0.%d`, `]}}}`), "facility.thresholds.notify"},
		"ways to answer a call":      {some(1_900, noSlug+`,"template_slug":"unhedged","facility":{"cure":{"waterfall":[`, `"w%d"`, `]}}}`), "facility.cure.waterfall"},
		"a list where vol stands":    {some(1_900, noSlug+`,"template_slug":"unhedged","assumptions":{"vol":[`, `%d`, `]}}`), "assumptions.vol"},
		"a list where terms stand":   {some(1_900, noSlug+`,"template_slug":"unhedged","facility":[`, `%d`, `]}`), "facility"},
		"a long key":                 {noSlug + `,"template_slug":"unhedged","` + long + `":1}`, strings.Repeat("a", 79) + "…"},
		"a long number":              {strings.Replace(gold, "301650", strings.Repeat("3", 1_000_000), 1), "loan_amount"},
		"a long fraction":            {strings.Replace(gold, "301650", "0."+strings.Repeat("3", 1_000_000), 1), "loan_amount"},
		"blanks":                     {gold + strings.Repeat(" ", 1_000_000), ""},
		"escapes":                    {instead("scenario_name", `"`+strings.Repeat(`\u0061`, 170_000)+`"`), "scenario_name"},
		"quotes":                     {instead("scenario_name", `"`+strings.Repeat(`\"`, 500_000)+`"`), "scenario_name"},
		"no UTF-8":                   {instead("scenario_name", `"`+strings.Repeat("\xff", 1_000_000)+`"`), ""},
		"an open string":             {`{"a":"` + long, ""},
	}
	for _, field := range []string{"symbol", "start_date", "data_source", "template_slug"} {
		old := map[string]string{"symbol": "XAU", "start_date": "1987-12-14", "data_source": "sample", "template_slug": "protective-put-atm-12m"}[field]
		all["a long "+field] = struct{ body, field string }{strings.Replace(gold, `"`+old+`"`, `"`+long+`"`, 1), field}
	}
	for _, field := range []string{"scenario_name", "dataset", "data_quality", "max_cost_usd"} {
		all["a long "+field] = struct{ body, field string }{instead(field, `"`+long+`"`), field}
	}
	return all
}

// TestAHostileBodyCostsLittle bounds what a body of a MiB makes the program
// allocate, which goes with what it computes.
func TestAHostileBodyCostsLittle(t *testing.T) {
	const most = 8 << 20 // bytes; those of a valid request are about 1 MiB
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	for name, row := range hostile() {
		t.Run(name, func(t *testing.T) {
			if len(row.body) > document.MaxBytes {
				t.Fatalf("the body has %d bytes, which HTTP refuses at once", len(row.body))
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := p.Check(t.Context(), "w", []byte(row.body))
			runtime.ReadMemStats(&after)
			if cost := after.TotalAlloc - before.TotalAlloc; cost > most {
				t.Errorf("allocates %d KiB, want %d at most", cost>>10, most>>10)
			}
			own, _ := errors.AsType[*lombard.Error](err)
			if row.field == "" {
				if own != nil && own.Kind == lombard.KindInternal {
					t.Errorf("error = %v", own)
				}
				return
			}
			if own == nil {
				t.Fatalf("error = %.300v, want one about %s", err, row.field)
			}
			listed, _ := own.Listed()
			size := len(own.Error())
			found := false
			for _, f := range listed {
				found = found || f.Field == row.field
			}
			if !found || own.Kind != lombard.KindValidation || size > 64<<10 {
				t.Errorf("error of %d bytes = %.300s, want a short one about %s", size, own, row.field)
			}
		})
	}
}

func BenchmarkHostileBodies(b *testing.B) {
	p := start(b, b.TempDir(), settings{})
	defer p.stop()
	for name, row := range hostile() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = p.Check(b.Context(), "w", []byte(row.body))
			}
		})
	}
}
