package hedge_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
)

const leg = `{"right":"put","strike":{"value":0.95},"expiry":{"tenor":"12m"}}`

func TestParseFillsInWhatAShortDocumentLeavesOut(t *testing.T) {
	got, err := hedge.Parse([]byte(`{"legs":[` + leg + `,{"id":"b","right":"call","side":"short","ratio":0.5,"strike":{"method":"moneyness","of":"spot","value":1.1},"expiry":{"tenor":"1y"}}],"roll":[{"when":"expiry","do":"renew"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	first, second := got.Legs[0], got.Legs[1]
	if got.Slug != "custom" || first.ID != "leg-1" || first.Sign() != 1 || first.Ratio != (hedge.Ratio{Num: 1, Den: 1}) || first.Strike.Method != "moneyness" || !got.Renews() {
		t.Errorf("defaults: %+v", got)
	}
	if second.Sign() != -1 || second.Ratio != (hedge.Ratio{Num: 1, Den: 2}) || second.Expiry.Tenor != 12 {
		t.Errorf("second leg: %+v", second)
	}
}

// fieldsOf returns the paths that an error complains about.
func fieldsOf(t *testing.T, err error) []string {
	t.Helper()
	e, ok := errors.AsType[*lombard.Error](err)
	if !ok || e.Kind != lombard.KindValidation {
		t.Fatalf("error = %v, want one of kind validation", err)
	}
	var paths []string
	for _, f := range e.Fields {
		paths = append(paths, f.Field)
		if !strings.HasPrefix(f.Message, f.Field+" ") || !strings.HasSuffix(f.Message, ".") {
			t.Errorf("message %q is not a sentence about %s", f.Message, f.Field)
		}
		if _, err := json.Marshal(f); err != nil {
			t.Errorf("field error of %s cannot be shown: %v", f.Field, err)
		}
	}
	return paths
}

func TestParseReportsEveryBadField(t *testing.T) {
	_, err := hedge.Parse([]byte(`{"slug":"Bad Slug","schema":2,"colour":"red","legs":[
		{"right":"swap","ratio":-1,"strike":{"value":0},"expiry":{"tenor":"0m"}},
		{"side":"both","strike":{"method":"guess","value":0.25},"expiry":{}}],
		"roll":[{"when":"never","do":"pray"}]}`))
	want := []string{
		"template.slug", "template.schema", "template.legs[0].right", "template.legs[0].ratio", "template.legs[0].strike.value", "template.legs[0].expiry.tenor",
		"template.legs[1].right", "template.legs[1].side", "template.legs[1].strike.method", "template.legs[1].expiry.tenor",
		"template.roll[0].when", "template.roll[0].do", "template.colour",
	}
	if got := fieldsOf(t, err); !slices.Equal(got, want) {
		t.Errorf("bad fields\n got %v\nwant %v", got, want)
	}
}

// A value that is refused is not reported a second time as missing, nor is what
// depends on it.
func TestParseReportsAFaultOnce(t *testing.T) {
	for field, document := range map[string]string{
		"template.legs[0].strike.method": `{"legs":[{"right":"put","strike":{"method":"absolute","value":4500},"expiry":{"tenor":"12m"}}]}`,
		"template.legs[0].strike.leg":    `{"legs":[{"right":"put","strike":{"method":"offset","leg":"The Put","value":-5},"expiry":{"tenor":"12m"}}]}`,
		"template.tranches.count":        `{"tranches":{"count":40,"spacing":"3m"},"legs":[` + leg + `]}`,
		"template.roll[0].op":            `{"roll":[{"when":"delta_abs","op":"below","value":0.1,"do":"restrike"}],"legs":[` + leg + `]}`,
		"template.control":               `{"control":"delever"}`,
		"template.roll[0].leg":           `{"roll":[{"when":"expiry","do":"renew","leg":"The Put"}],"legs":[` + leg + `]}`,
		"template.roll[0].when":          `{"roll":[{"when":"below","op":"<","value":0.1,"do":"renew","fraction":0.5}],"legs":[` + leg + `]}`,
		"template.legs[0].strike.of":     `{"legs":[{"right":"put","strike":{"method":"abs","of":"spit","value":4500},"expiry":{"tenor":"12m"}}]}`,
	} {
		_, err := hedge.Parse([]byte(document))
		if got := fieldsOf(t, err); !slices.Equal(got, []string{field}) {
			t.Errorf("%s: bad fields %v, want %s alone", document, got, field)
		}
	}
}

func TestParseRefusesWhatItWouldNotCompute(t *testing.T) {
	for name, row := range map[string]struct{ document, field, says string }{
		"solver without a free leg": {`{"solve":[{"vary":"call.strike"}],"legs":[` + leg + `]}`, "template.solve[0].vary", "method solve"},
		"free leg without a solver": {`{"legs":[{"right":"call","side":"short","strike":{"method":"solve"},"expiry":{"tenor":"12m"}}]}`, "template.solve", "vary leg-1.strike"},
		"budget beside a solver":    {`{"budget":{"max_roll_pct":0.01},"solve":[{"vary":"c.strike"}],"legs":[{"id":"c","right":"call","side":"short","strike":{"method":"solve"},"expiry":{"tenor":"12m"}}]}`, "template.budget", "sets the cost already"},
		"tranches without spacing":  {`{"tranches":{"count":4},"legs":[` + leg + `]}`, "template.tranches.spacing", "required"},
		"delta with the wrong sign": {`{"legs":[{"right":"put","strike":{"method":"delta","value":0.25},"expiry":{"tenor":"12m"}}]}`, "template.legs[0].strike.value", "negative for a put"},
		"expiry of no leg":          {`{"legs":[{"right":"put","strike":{"value":1},"expiry":{"same_as":"put"}}]}`, "template.legs[0].expiry.same_as", "expiry of its own"},
		"rule on no leg":            {`{"roll":[{"when":"delta_abs","leg":"x","op":"<","value":0.1,"do":"restrike"}],"legs":[` + leg + `]}`, "template.roll[0].leg", "not the id"},
		"trigger without a sign":    {`{"roll":[{"when":"delta_abs","value":0.1,"do":"restrike"}],"legs":[` + leg + `]}`, "template.roll[0].op", "required"},
		"fraction without monetise": {`{"roll":[{"when":"expiry","do":"renew","fraction":0.5}],"legs":[` + leg + `]}`, "template.roll[0].do", "monetise"},
		"variable nobody sets":      {`{"legs":[{"right":"put","strike":{"value":"$m"},"expiry":{"tenor":"12m"}}]}`, "template.legs[0].strike.value", "vars does not set"},
		"variable nobody uses":      {`{"vars":{"m":0.9},"legs":[` + leg + `]}`, "template.vars.m", "not used"},
		"physical delivery":         {`{"exercise":{"physical":true},"legs":[` + leg + `]}`, "template.exercise.physical", "must be false"},
		"duplicate key":             {`{"legs":[],"legs":[]}`, "template", `"legs" twice`},
		"duplicate in leg":          {`{"legs":[{"right":"put","right":"call"}]}`, "template", `"legs[0].right" twice`},
		"nothing at all":            {`{}`, "template.legs", "at least one leg"},
		"a name alone":              {`{"slug":"x"}`, "template.legs", "at least one leg"},
		"no legs":                   {`{"legs":[]}`, "template.legs", "at least one leg"},
		"legs that are null":        {`{"legs":null}`, "template.legs", "at least one leg"},
		"legs that are a variable":  {`{"vars":{"l":[]},"legs":"$l"}`, "template.legs", "at least one leg"},
		"a leg that is null":        {`{"legs":[null]}`, "template.legs[0]", "must be an object"},
		"a ratio of nothing":        {`{"legs":[{"ratio":0,` + leg[1:] + `]}`, "template.legs[0].ratio", "above 0"},
		"a ratio next to nothing":   {`{"legs":[{"ratio":1e-320,` + leg[1:] + `]}`, "template.legs[0].ratio", "above 0"},
		"a strike of nothing":       {`{"legs":[{"right":"put","strike":{},"expiry":{"tenor":"12m"}}]}`, "template.legs[0].strike.value", "strike/spot"},
		"a strike that is a number": {`{"legs":[{"right":"put","strike":0.95,"expiry":{"tenor":"12m"}}]}`, "template.legs[0].strike", "must be an object"},
		"an expiry of nothing":      {`{"legs":[{"right":"put","strike":{"value":1},"expiry":{}}]}`, "template.legs[0].expiry.tenor", `"12m"`},
		"an expiry as of nothing":   {`{"legs":[{"right":"put","strike":{"value":1},"expiry":{"same_as":null}}]}`, "template.legs[0].expiry.tenor", `"12m"`},
		"a variable of null":        {`{"vars":{"m":null},"legs":[{"right":"put","strike":{"value":"$m"},"expiry":{"tenor":"12m"}}]}`, "template.vars.m", "must have a value"},
		"variables in a list":       {`{"vars":[1],"legs":[{"right":"put","strike":{"value":"$m"},"expiry":{"tenor":"12m"}}]}`, "template.vars", "must be an object"},
		"a title that hides":        {`{"title":"Put\u202e","legs":[` + leg + `]}`, "template.title", "U+202E RIGHT-TO-LEFT OVERRIDE"},
		"a title on two lines":      {`{"title":"Put\nCall","legs":[` + leg + `]}`, "template.title", "U+000A LINE FEED"},
		"a tolerance of no kind":    {`{"solve":[{"vary":"c.strike","tolerance":[]}],"legs":[{"id":"c","right":"call","side":"short","strike":{"method":"solve"},"expiry":{"tenor":"12m"}}]}`, "template.solve[0].tolerance", "amount"},
		"fractions of no kind":      {`{"sizing":{"allow_fractional":5},"legs":[` + leg + `]}`, "template.sizing.allow_fractional", "true or false"},
		"no object":                 {`[1]`, "template", "must be an object"},
		"broken document":           {`{"legs":[`, "template", "not valid JSON"},
		"two documents":             {`{"legs":[]} {}`, "template", "more than one"},
		"inexact decimal":           {`{"legs":[{"right":"put","ratio":0.33333333,"strike":{"value":1},"expiry":{"tenor":"12m"}}]}`, "template.legs[0].ratio", `"1/3"`},
		"name used twice":           {`{"legs":[{"id":"a",` + leg[1:] + `,{"id":"a",` + leg[1:] + `]}`, "template.legs[1].id", "another leg"},
		"naked short put":           {`{"legs":[{"side":"short",` + leg[1:] + `]}`, "template.legs[0].side", "uncovered"},
		"calls on more than the collateral": {
			`{"legs":[{"right":"call","side":"short","ratio":1.5,"strike":{"value":1},"expiry":{"tenor":"1m"}}]}`, "template.legs", "at most",
		},
		"short put that outlives its cover": {
			`{"legs":[{"right":"put","strike":{"value":1},"expiry":{"tenor":"3m"}},{"right":"put","side":"short","strike":{"value":0.9},"expiry":{"tenor":"6m"}}]}`, "template.legs[1].side", "uncovered",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := hedge.Parse([]byte(row.document))
			if got := fieldsOf(t, err); !slices.Equal(got, []string{row.field}) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("error on %v: %v\nwant one on %s that says %q", got, err, row.field, row.says)
			}
		})
	}
}

func TestParseTakesASpreadAndACollar(t *testing.T) {
	for name, document := range map[string]string{
		"spread": `{"legs":[{"right":"put","strike":{"value":1},"expiry":{"tenor":"12m"}},{"right":"put","side":"short","strike":{"value":0.85},"expiry":{"tenor":"12m"}}]}`,
		"collar": `{"legs":[` + leg + `,{"right":"call","side":"short","strike":{"value":1.1},"expiry":{"tenor":"12m"}}]}`,
	} {
		if _, err := hedge.Parse([]byte(document)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATemplateReadsBackAsItself(t *testing.T) {
	for _, want := range hedge.All() {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := hedge.Parse(text)
		if err != nil || got.Hash() != want.Hash() {
			t.Errorf("%s reads back with hash %s, want %s (%v)", want.Slug, got.Hash(), want.Hash(), err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, t := range hedge.All() {
		text, err := json.Marshal(t)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"legs":[{"ratio":"1/0","strike":null,"expiry":{"tenor":"999999999999999999y"}}]}`))
	f.Add([]byte(`{"legs":{},"roll":1,"solve":{}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		got, err := hedge.Parse(document)
		if err != nil {
			fieldsOf(t, err)
			return
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := hedge.Parse(text)
		if err != nil || again.Hash() != got.Hash() {
			t.Errorf("%s reads back as %+v (%v)", text, again, err)
		}
	})
}
