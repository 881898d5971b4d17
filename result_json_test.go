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

// encoded is the document as encoding/json writes it.
func encoded(t interface{ Fatal(...any) }, r *lombard.Result) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fill sets every field that v reaches to something that is not its zero.
func fill(v reflect.Value, n *int) {
	*n++
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
