package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
)

func ptr[T any](x T) *T { return &x }

// look is a view of a result.
func look(t testing.TB, r *lombard.Result, s Selection) *View {
	t.Helper()
	v, err := Look(archive.Of(r), s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// writing is one of the functions that write a view.
type writing func(ctx context.Context, w io.Writer, v *View) error

// textOf is what one of them writes of all of a result.
func textOf(t testing.TB, write writing, r *lombard.Result) ([]byte, error) {
	t.Helper()
	var out bytes.Buffer
	err := write(t.Context(), &out, look(t, r, Selection{}))
	return out.Bytes(), err
}

// sample has two templates with two days, every kind of cell and awkward
// numbers.
func sample() *lombard.Result {
	day := lombard.Day{
		Date: lombard.MustDate("1987-12-14"), SpotClose: 502.75, UnderlyingValue: 502750, NetPortfolioValue: 0.1 + 0.2,
		OptionVega: 1e-9, HedgeCash: -22565.2, LTVHedgedLow: ptr(0.625), MarginCallUnhedged: true, MarkSource: "surface", BarQuality: "full",
		Events: []lombard.Event{{Type: "entry", Text: `Bought "put#1", 1,000 units.`}, {Type: "expiry", Text: "Expired."}},
	}
	last := lombard.Day{Date: lombard.MustDate("1987-12-15"), SpotClose: 1.5e21, MarkSource: "none", BarQuality: "close_only"}
	return &lombard.Result{
		ScenarioName: "Gold <winter>", Symbol: "XAU", StartDate: day.Date, EndDate: last.Date, PrimaryTemplate: "a",
		Summary: lombard.Summary{StartValue: 502750, MaxLTVUnhedged: 0.796015},
		Templates: []lombard.TemplateResult{
			{TemplateSlug: "a", TemplateName: "A", Summary: lombard.Summary{StartValue: 502750}, DailyPath: []lombard.Day{day, last}},
			{TemplateSlug: "=cmd|' /C calc'!A0", DailyPath: []lombard.Day{day, last}},
		},
	}
}

// wireFields lists the names of a struct's fields on the wire.
func wireFields(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func TestColumnsAreTheFieldsOfADay(t *testing.T) {
	want := wireFields(reflect.TypeFor[lombard.Day]())
	var got []string
	for _, c := range dayColumns(0) {
		got = append(got, c.name)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("columns = %v, want %v", got, want)
	}
}

func TestEachColumnShowsItsOwnField(t *testing.T) {
	for i, name := range wireFields(reflect.TypeFor[lombard.Day]()) {
		var d lombard.Day
		set(reflect.ValueOf(&d).Elem().Field(i))
		want, err := json.Marshal(reflect.ValueOf(d).Field(i).Interface())
		if err != nil {
			t.Fatal(err)
		}
		got, err := dayColumns(0)[i].of(&d).appendJSON(nil)
		if err != nil || string(got) != string(want) {
			t.Errorf("%s = %s, %v, want %s", name, got, err, want)
		}
	}
}

// set gives a field a value that no other field has by default.
func set(v reflect.Value) {
	switch v.Interface().(type) {
	case lombard.Date:
		v.Set(reflect.ValueOf(lombard.MustDate("2001-02-03")))
	case []lombard.Event:
		v.Set(reflect.ValueOf([]lombard.Event{{Type: "x", Text: "y"}}))
	case []lombard.OptionMark:
		v.Set(reflect.ValueOf([]lombard.OptionMark{{Contract: "x", Mark: 1, Vol: 2}}))
	case *float64:
		v.Set(reflect.ValueOf(ptr(7.25)))
	case float64:
		v.SetFloat(7.25)
	case bool:
		v.SetBool(true)
	case string:
		v.SetString("seven")
	}
}

func TestColumnsHoldWhatTheRowsHold(t *testing.T) {
	r := sample()
	encoded, err := textOf(t, Columns, r)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Symbol    string
		MaxLTV    float64 `json:"max_ltv_unhedged"`
		Templates []struct {
			Slug string           `json:"template_slug"`
			Path map[string][]any `json:"daily_path"`
		} `json:"template_results"`
	}
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	if got.Symbol != "XAU" || got.MaxLTV != 0.796015 || len(got.Templates) != 2 {
		t.Errorf("the rest of the result is %q, %v, %d templates; want XAU, 0.796015, 2", got.Symbol, got.MaxLTV, len(got.Templates))
	}
	rows, err := json.Marshal(r.Templates[0].DailyPath)
	if err != nil {
		t.Fatal(err)
	}
	var days []map[string]any
	if err := json.Unmarshal(rows, &days); err != nil {
		t.Fatal(err)
	}
	for _, c := range dayColumns(0) {
		values := got.Templates[0].Path[c.name]
		if len(values) != len(days) {
			t.Errorf("%s has %d values, want %d", c.name, len(values), len(days))
			continue
		}
		for i := range days {
			if want := days[i][c.name]; !reflect.DeepEqual(values[i], want) {
				t.Errorf("%s on day %d = %v, want %v", c.name, i, values[i], want)
			}
		}
	}
}

func TestSummaryIsTheResultWithoutDays(t *testing.T) {
	r := sample()
	encoded, err := textOf(t, Summary, r)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(encoded, []byte("daily_path")) {
		t.Error("the summary has a daily_path, want none")
	}
	back := &lombard.Result{}
	if err := json.Unmarshal(encoded, back); err != nil {
		t.Fatal(err)
	}
	for i := range r.Templates {
		r.Templates[i].DailyPath = nil
	}
	if !reflect.DeepEqual(back, r) {
		t.Errorf("summary reads back as %+v, want %+v", back, r)
	}
}

func TestCSVReadsBackToTheLastDigit(t *testing.T) {
	r := sample()
	out, err := textOf(t, CSV, r)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 5 {
		t.Fatalf("%d records, want a header and 2 × 2 days", len(records))
	}
	at := map[string]int{}
	for i, name := range records[0] {
		at[name] = i
	}
	row := records[1]
	for name, want := range map[string]float64{"net_portfolio_value": 0.1 + 0.2, "option_vega": 1e-9, "hedge_cash": -22565.2, "ltv_hedged_low": 0.625} {
		if got, err := strconv.ParseFloat(row[at[name]], 64); err != nil || got != want {
			t.Errorf("%s = %q, want %v", name, row[at[name]], want)
		}
	}
	for name, want := range map[string]string{
		"template_slug": "a", "date": "1987-12-14", "iv_used": "", "margin_call_unhedged": "true", "margin_call_hedged": "false",
		"hedge_cash": "-22565.2", "events": `Bought "put#1", 1,000 units. Expired.`,
	} {
		if got := row[at[name]]; got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if got, want := records[3][0], "'=cmd|' /C calc'!A0"; got != want {
		t.Errorf("a slug that looks like a formula = %q, want %q", got, want)
	}
}

func TestTextCannotBeAFormula(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@sum": "'@sum", "\t=1": "'\t=1", "\x00=1": "'\x00=1",
		"\r=1": "\"'\r=1\"", "\n=1": "\"'\n=1\"", "plain": "plain", "": "", "a=b": "a=b", `=a,"b"`: `"'=a,""b"""`,
	} {
		if got := string(appendField(nil, in)); got != want {
			t.Errorf("%q is written as %q, want %q", in, got, want)
		}
	}
}

func TestNumbersThatAreNotFiniteAreErrors(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		r := sample()
		r.Templates[0].DailyPath[1].IVUsed = &x
		if _, err := textOf(t, CSV, r); err == nil {
			t.Errorf("CSV of %v gives no error", x)
		}
		if _, err := textOf(t, Columns, r); err == nil {
			t.Errorf("Columns of %v gives no error", x)
		}
	}
}

func TestAViewHasTheHedgesThatAreAskedFor(t *testing.T) {
	r := sample()
	if all := look(t, r, Selection{}); len(all.places) != 2 {
		t.Errorf("without a slug: %d hedges, want 2", len(all.places))
	}
	if one := look(t, r, Selection{Template: "a"}); len(one.places) != 1 || one.places[0] != 0 {
		t.Errorf("a: %v, want the first", one.places)
	}
	_, err := Look(archive.Of(r), Selection{Template: "b"})
	if lombard.KindOf(err) != lombard.KindNotFound || !strings.Contains(err.Error(), "It has a and ") {
		t.Errorf("unknown slug: %v, want not_found with the known ones", err)
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errNotFinite }

func TestCSVTellsThatTheWriterFailed(t *testing.T) {
	if err := CSV(t.Context(), failingWriter{}, look(t, sample(), Selection{})); err == nil {
		t.Error("no error, want the writer's")
	}
}

func FuzzTextFields(f *testing.F) {
	for _, seed := range []string{"", "=1", `a"b`, "a,b", "\r\n", "'", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := append(appendField(nil, s), ",x\r\n"...)
		records, err := csv.NewReader(bytes.NewReader(line)).ReadAll()
		if err != nil || len(records) != 1 || len(records[0]) != 2 {
			t.Fatalf("%q is written as %q, which reads back as %q, %v", s, line, records, err)
		}
		got := records[0][0]
		if got != "" && strings.ContainsRune("=+-@\t\r\x00", rune(got[0])) {
			t.Errorf("%q is written as %q, which a spreadsheet may run", s, got)
		}
		if want := strings.ReplaceAll(s, "\r\n", "\n"); strings.TrimPrefix(got, "'") != strings.TrimPrefix(want, "'") {
			t.Errorf("%q reads back as %q", s, got)
		}
	})
}

func BenchmarkTenYears(b *testing.B) {
	r := sample()
	for len(r.Templates[0].DailyPath) < 2520 {
		r.Templates[0].DailyPath = append(r.Templates[0].DailyPath, r.Templates[0].DailyPath[0])
	}
	r.Templates = r.Templates[:1]
	for name, write := range map[string]writing{"json": JSON, "csv": CSV, "columns": Columns, "summary": Summary, "parquet": Parquet, "arrow": Arrow, "xlsx": XLSX} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := write(b.Context(), io.Discard, look(b, r, Selection{})); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestPathIsColumnsWithoutTheLendersDays(t *testing.T) {
	r := sample()
	r.Templates[0].Branches = []lombard.Branch{{Branch: "unhedged", CallsCount: 2, Days: []lombard.BranchDay{{}, {}}}}
	out, err := textOf(t, Path, r)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Templates []struct {
			DailyPath map[string][]any `json:"daily_path"`
			Branches  []map[string]any `json:"facility_branches"`
		} `json:"template_results"`
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if n := len(got.Templates[0].DailyPath["spot_close"]); n != 2 {
		t.Errorf("spot_close has %d values, want 2", n)
	}
	branch := got.Templates[0].Branches[0]
	if _, has := branch["days"]; has || branch["calls_count"] != 2.0 {
		t.Errorf("the branch is %v, want its figures and no days", branch)
	}
	if len(r.Templates[0].Branches[0].Days) != 2 {
		t.Error("the result itself has lost its days")
	}
}
