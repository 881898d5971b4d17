package lombard_test

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"lombard.example/lombard"
)

// encoded is the document as encoding/json writes it, but for what the days
// leave out.
func encoded(t interface{ Fatal(...any) }, r *lombard.Result) []byte {
	type template struct {
		*lombard.TemplateResult
		DailyPath any `json:"daily_path"`
	}
	document := struct {
		*lombard.Result
		Templates []template `json:"template_results"`
	}{Result: r}
	if r.Templates != nil {
		document.Templates = make([]template, len(r.Templates))
	}
	for i := range r.Templates {
		document.Templates[i].TemplateResult = &r.Templates[i]
		if days := r.Templates[i].DailyPath; days != nil {
			document.Templates[i].DailyPath = stored(days, r.Request.UnderlyingUnits)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(document); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stored returns the days as a list of structs whose fields of the hedged branch
// and of its units are null, and so left out, while they say nothing new.
func stored(days []lombard.Day, asked float64) any {
	same := func(d *lombard.Day) map[string]float64 {
		return map[string]float64{"LoanBalanceHedged": d.LoanBalance, "UnitsHedged": d.Units, "Units": asked}
	}
	var fields []reflect.StructField
	for f := range reflect.TypeFor[lombard.Day]().Fields() {
		if _, optional := same(&lombard.Day{})[f.Name]; optional {
			f.Type = reflect.TypeFor[*float64]()
		}
		fields = append(fields, reflect.StructField{Name: f.Name, Type: f.Type, Tag: f.Tag})
	}
	list := reflect.MakeSlice(reflect.SliceOf(reflect.StructOf(fields)), len(days), len(days))
	for i := range days {
		day := reflect.ValueOf(&days[i]).Elem()
		for k, f := range fields {
			switch other, optional := same(&days[i])[f.Name]; {
			case !optional:
				list.Index(i).Field(k).Set(day.Field(k))
			case day.Field(k).Float() != other:
				list.Index(i).Field(k).Set(day.Field(k).Addr())
			}
		}
	}
	return list.Interface()
}

// fill sets every field that v reaches to something that is not its zero.
func fill(v reflect.Value, n *int) {
	*n++
	// The test fails at a kind that no result has.
	//exhaustive:ignore
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(field, n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"a":"<b>"}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.String:
		v.SetString("a <b> & \"c\"\u2028\x01é")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(float64(*n) / 7)
	case reflect.Int32, reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
	default:
		panic("a result has a field of kind " + v.Kind().String())
	}
}

func TestEveryFieldOfAResultIsWritten(t *testing.T) {
	var r lombard.Result
	fill(reflect.ValueOf(&r).Elem(), new(int))
	got, err := r.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := encoded(t, &r); !bytes.Equal(got, want) {
		t.Errorf("document =\n%s\nwant\n%s", got, want)
	}
	for field := range reflect.TypeFor[lombard.Day]().Fields() { // each alone, so that no field stands in for another
		day := reflect.New(reflect.TypeFor[lombard.Day]()).Elem()
		fill(day.FieldByIndex(field.Index), new(int))
		r.Templates = []lombard.TemplateResult{{DailyPath: []lombard.Day{day.Interface().(lombard.Day)}}}
		got, err := r.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := encoded(t, &r); !bytes.Equal(got, want) {
			t.Errorf("with %s set, the document =\n%s\nwant\n%s", field.Name, got, want)
		}
	}
}

func TestAnEmptyResultIsWrittenAsEncodingJSONDoes(t *testing.T) {
	for name, r := range map[string]lombard.Result{
		"nothing at all":            {},
		"no templates":              {Templates: []lombard.TemplateResult{}},
		"no path":                   {Templates: []lombard.TemplateResult{{}, {}}},
		"a path without a day":      {Templates: []lombard.TemplateResult{{DailyPath: []lombard.Day{}}}},
		"one day, without contents": {Templates: []lombard.TemplateResult{{DailyPath: make([]lombard.Day, 1)}}},
	} {
		got, err := r.AppendJSON([]byte("before "))
		if err != nil {
			t.Fatal(err)
		}
		if want := append([]byte("before "), encoded(t, &r)...); !bytes.Equal(got, want) {
			t.Errorf("%s: document =\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestAResultIsWrittenAsEncodingJSONDoes(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"full", "surface", "a \"b\" \\ <c> & \u2029 \xff"}))
	number := rapid.OneOf(
		rapid.Float64(),
		rapid.Map(rapid.Uint64(), func(bits uint64) float64 {
			if x := math.Float64frombits(bits); !math.IsNaN(x) && !math.IsInf(x, 0) {
				return x
			}
			return 1
		}),
		rapid.SampledFrom([]float64{
			0, math.Copysign(0, -1), 1e-6, math.Nextafter(1e-6, 0), 1e21, math.Nextafter(1e21, 0), -1e-9, 1e-10, 1e-100, 1e22, 1e100,
			math.MaxFloat64, math.SmallestNonzeroFloat64, 502.75, 1.0 / 3,
		}),
	)
	event := rapid.Custom(func(t *rapid.T) lombard.Event {
		return lombard.Event{Type: text.Draw(t, "type"), Contract: text.Draw(t, "contract"), Cash: number.Draw(t, "cash"), Text: text.Draw(t, "text")}
	})
	mark := rapid.Custom(func(t *rapid.T) lombard.OptionMark {
		return lombard.OptionMark{Contract: text.Draw(t, "contract"), Mark: number.Draw(t, "mark"), Vol: number.Draw(t, "vol")}
	})
	day := rapid.Custom(func(t *rapid.T) lombard.Day {
		var d lombard.Day
		v := reflect.ValueOf(&d).Elem()
		for _, place := range v.Fields() {
			switch field := place.Addr().Interface().(type) {
			case *lombard.Date:
				*field = lombard.Date(rapid.Int32Range(0, 3_000_000).Draw(t, "date"))
			case *float64:
				*field = number.Draw(t, "number")
			case **float64:
				*field = rapid.Ptr(number, true).Draw(t, "nullable")
			case *bool:
				*field = rapid.Bool().Draw(t, "truth")
			case *string:
				*field = text.Draw(t, "word")
			case *[]lombard.Event:
				*field = rapid.SliceOfN(event, 0, 2).Draw(t, "events")
			case *[]lombard.OptionMark:
				*field = rapid.SliceOfN(mark, 0, 2).Draw(t, "marks")
			default:
				t.Fatalf("no generator for %T", field)
			}
		}
		return d
	})
	rapid.Check(t, func(t *rapid.T) {
		r := lombard.Result{Symbol: text.Draw(t, "symbol"), Templates: []lombard.TemplateResult{
			{Verdict: text.Draw(t, "verdict"), DailyPath: rapid.SliceOfN(day, 0, 4).Draw(t, "path")}, {},
		}}
		got, err := r.AppendJSON(nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := encoded(t, &r); !bytes.Equal(got, want) {
			t.Errorf("document =\n%s\nwant\n%s", got, want)
		}
	})
}

func TestANumberThatJSONCannotHoldIsAnError(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for name, d := range map[string]lombard.Day{"a number": {SpotOpen: x}, "a number that may be null": {IVUsed: &x}, "an event": {Events: []lombard.Event{{Cash: x}}}} {
			r := lombard.Result{Templates: []lombard.TemplateResult{{DailyPath: []lombard.Day{d, {}}}}}
			if _, err := r.AppendJSON(nil); err == nil {
				t.Errorf("%v as %s was written", x, name)
			}
		}
	}
}

// A document without the loan and the units of the hedged branch has those of the
// unhedged one; a loan of nothing is written.
func TestADayThatIsReadIsComplete(t *testing.T) {
	asked := 100.0
	days := []lombard.Day{
		{LoanBalance: 60, LoanBalanceHedged: 60, Units: asked, UnitsHedged: asked},
		{LoanBalance: 60, LoanBalanceHedged: 0, Units: asked, UnitsHedged: 90},
		{LoanBalance: 60, LoanBalanceHedged: 65, Units: 400, UnitsHedged: 400},
		{LoanBalance: 0, LoanBalanceHedged: 0, Units: 400, UnitsHedged: 0},
	}
	wrote := lombard.Result{Request: lombard.Scenario{UnderlyingUnits: asked}, Templates: []lombard.TemplateResult{{DailyPath: days}, {DailyPath: []lombard.Day{}}, {}}}
	text, err := wrote.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	for field, times := range map[string]int{`"loan_balance_hedged":0`: 1, `"loan_balance_hedged":`: 2, `"underlying_units_hedged":`: 2, `"underlying_units":400`: 2} {
		if got := bytes.Count(text, []byte(field)); got != times {
			t.Errorf("%s stands in the document %d times, want %d", field, got, times)
		}
	}
	var read lombard.Result
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read.Templates, wrote.Templates) {
		t.Errorf("read\n%+v\nwant\n%+v", read.Templates, wrote.Templates)
	}
}
