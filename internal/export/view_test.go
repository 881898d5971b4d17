package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/parquet-go/parquet-go"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/archive"
)

// long is a result of one hedge over so many weekdays from Thursday 2009-01-01.
func long(days int) *lombard.Result {
	r := sample()
	var path []lombard.Day
	for d := lombard.MustDate("2009-01-01"); len(path) < days; d++ {
		if d.IsWeekend() {
			continue
		}
		x := float64(len(path))
		ltv := 0.5 + 0.2*math.Sin(x/17) + 0.05*math.Sin(x*x)
		path = append(path, lombard.Day{Date: d, SpotClose: 100 / ltv, LTVHedged: ltv * 0.9, LTVRecognised: ltv * 0.95, LTVUnhedged: ltv, MarkSource: "surface", BarQuality: "full"})
	}
	r.Templates = r.Templates[:1]
	r.Templates[0].DailyPath = path
	r.Templates[0].Contracts = []lombard.Contract{{ID: "put#1", Quantity: 10, Mid: 2, Opened: path[0].Date, Trades: []lombard.ContractTrade{{Date: path[1].Date, Type: "close", Quantity: -10}}}}
	r.EntryDate, r.LastDate = path[0].Date, path[len(path)-1].Date
	return r
}

// records are the rows of a view as CSV, each by its columns' names.
func records(t *testing.T, r *lombard.Result, s Selection) []map[string]string {
	t.Helper()
	var out bytes.Buffer
	if err := CSV(t.Context(), &out, look(t, r, s)); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func datesOf(rows []map[string]string) string {
	var dates []string
	for _, row := range rows {
		dates = append(dates, row["date"])
	}
	return strings.Join(dates, " ")
}

func TestDaysAreChosen(t *testing.T) {
	r := long(45)
	for _, test := range []struct {
		s    Selection
		want string
	}{
		{Selection{From: lombard.MustDate("2009-02-27")}, "2009-02-27 2009-03-02 2009-03-03 2009-03-04"},
		{Selection{To: lombard.MustDate("2009-01-03")}, "2009-01-01 2009-01-02"},
		{Selection{Every: EveryMonth}, "2009-01-30 2009-02-27 2009-03-04"},
		{Selection{Every: EveryMonth, To: lombard.MustDate("2009-02-10")}, "2009-01-30 2009-02-10"},
		{Selection{Every: EveryWeek, From: lombard.MustDate("2009-01-07"), To: lombard.MustDate("2009-01-20")}, "2009-01-09 2009-01-16 2009-01-20"},
	} {
		if got := datesOf(records(t, r, test.s)); got != test.want {
			t.Errorf("%+v gives %s, want %s", test.s, got, test.want)
		}
		var document struct {
			Templates []struct {
				Path []struct{ Date string } `json:"daily_path"`
			} `json:"template_results"`
		}
		var out bytes.Buffer
		if err := JSON(t.Context(), &out, look(t, r, test.s)); err != nil || json.Unmarshal(out.Bytes(), &document) != nil {
			t.Fatal(err)
		}
		var dates []string
		for _, d := range document.Templates[0].Path {
			dates = append(dates, d.Date)
		}
		if got := strings.Join(dates, " "); got != test.want {
			t.Errorf("%+v as JSON gives %s, want %s", test.s, got, test.want)
		}
	}
}

// TestPointsKeepTheExtremes thins paths to every number of points: there are as
// many, in order, from the first day to the last, with the lowest and highest LTV.
func TestPointsKeepTheExtremes(t *testing.T) {
	r := long(400)
	days := r.Templates[0].DailyPath
	ltv := func(d lombard.Day) float64 { return d.LTVHedged }
	high := slices.MaxFunc(days, func(a, b lombard.Day) int { return int(math.Copysign(1, ltv(a)-ltv(b))) })
	low := slices.MinFunc(days, func(a, b lombard.Day) int { return int(math.Copysign(1, ltv(a)-ltv(b))) })
	for n := LeastPoints; n <= 405; n++ {
		kept := look(t, r, Selection{Points: n}).chosen(days)
		if len(kept) != min(n, 400) || kept[0].Date != days[0].Date || kept[len(kept)-1].Date != days[399].Date {
			t.Fatalf("%d points are %d, from %s to %s", n, len(kept), kept[0].Date, kept[len(kept)-1].Date)
		}
		if !slices.IsSortedFunc(kept, func(a, b lombard.Day) int { return int(a.Date - b.Date) }) {
			t.Fatalf("%d points are not in order", n)
		}
		has := func(want lombard.Day) bool {
			return slices.ContainsFunc(kept, func(d lombard.Day) bool { return d.Date == want.Date })
		}
		if !has(high) || n > LeastPoints && !has(low) {
			t.Fatalf("%d points leave out the lowest or highest LTV", n)
		}
	}
}

func TestColumnsAreChosen(t *testing.T) {
	r := long(3)
	s := Selection{Fields: []string{"ltv_hedged", "date", "iv_used", "template_slug"}}
	var out bytes.Buffer
	if err := CSV(t.Context(), &out, look(t, r, s)); err != nil || !strings.HasPrefix(out.String(), "ltv_hedged,date,iv_used,template_slug\r\n0.45,2009-01-01,,a\r\n") {
		t.Errorf("%v: %s", err, out.String())
	}
	out.Reset()
	if err := JSON(t.Context(), &out, look(t, r, s)); err != nil || !strings.Contains(out.String(), `"daily_path":[{"ltv_hedged":0.45,"date":"2009-01-01","iv_used":null,"template_slug":"a"},`) {
		t.Errorf("%v: %s", err, out.String())
	}
	out.Reset()
	if err := Columns(t.Context(), &out, look(t, r, s)); err != nil || !strings.Contains(out.String(), `"date":["2009-01-01","2009-01-02","2009-01-05"],"iv_used":[null,null,null],"template_slug":["a","a","a"]}`) {
		t.Errorf("%v: %s", err, out.String())
	}
}

func TestWrongSelectionsAreNamed(t *testing.T) {
	r := long(45)
	for _, test := range []struct {
		s      Selection
		fields string
	}{
		{Selection{Fields: []string{"ltv_hedge", "date", "date"}, Points: 1, Every: "year", From: 5, To: 4}, "from every points fields fields to"},
		{Selection{From: lombard.MustDate("2020-01-01")}, "from"},
		{Selection{To: lombard.MustDate("2000-01-01")}, "to"},
		{Selection{Table: "days"}, "table"},
		{Selection{Table: TableTrades, Fields: []string{"ltv_hedged"}}, "fields"},
		{Selection{Points: MostPoints + 1}, "points"},
		{Selection{Table: TableEvents, Points: 10}, "table"},
		{Selection{Table: TableTrades, Every: EveryWeek}, "table"},
		{Selection{Table: TableMetrics, From: lombard.MustDate("2009-01-05")}, "table"},
		{Selection{Table: TableContracts, To: lombard.MustDate("2009-01-05")}, "table"},
	} {
		_, err := Look(archive.Of(r), test.s)
		own := &lombard.Error{}
		ok := errors.As(err, &own)
		if !ok {
			t.Errorf("%+v: %v", test.s, err)
			continue
		}
		var fields []string
		for _, f := range own.Fields {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != test.fields {
			t.Errorf("%+v names %s, want %s: %v", test.s, got, test.fields, err)
		}
	}
	if _, err := Look(archive.Of(r), Selection{Fields: []string{"ltv_hedge"}}); !strings.Contains(err.Error(), "Its nearest is ltv_hedged.") {
		t.Errorf("%v", err)
	}
}

// TestTablesHaveOneSchema writes every table of an empty result and of a full
// one: the columns are of the same kinds, and say what they are.
func TestTablesHaveOneSchema(t *testing.T) {
	full, bare := long(3), sample()
	full.ScenarioID, full.Provenance.Licence = "s1", "CC0"
	for i := range bare.Templates {
		bare.Templates[i].DailyPath = nil
	}
	schema := func(r *lombard.Result, name string) (arrow, parq string) {
		v := look(t, r, Selection{Table: name})
		var out bytes.Buffer
		if err := Arrow(t.Context(), &out, v); err != nil {
			t.Fatal(err)
		}
		f, err := ipc.NewFileReader(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range f.Schema().Fields() {
			arrow += field.String() + "\n"
		}
		about := f.Schema().Metadata()
		if r == full && (about.FindKey("lombard.scenario_id") < 0 || !strings.Contains(about.String(), `"lombard.licence": "CC0"`)) {
			t.Errorf("%s says of itself %v", name, about)
		}
		out.Reset()
		if err := Parquet(t.Context(), &out, v); err != nil {
			t.Fatal(err)
		}
		p, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if id, ok := p.Lookup("lombard.scenario_id"); r == full && (!ok || id != "s1") {
			t.Errorf("%s: the Parquet file says it is of scenario %q", name, id)
		}
		return arrow, p.Schema().String()
	}
	for _, name := range Tables() {
		arrow1, parquet1 := schema(full, name)
		arrow2, parquet2 := schema(bare, name)
		if arrow1 != arrow2 || parquet1 != parquet2 {
			t.Errorf("%s has two schemas:\n%s\n%s\n%s\n%s", name, arrow1, arrow2, parquet1, parquet2)
		}
	}
}

func TestOtherTables(t *testing.T) {
	r := long(3)
	r.Templates[0].DailyPath[1].Events = []lombard.Event{{Type: "expiry", Contract: "put#1", Cash: 12, Text: "Expired."}}
	r.Templates[0].Branches = []lombard.Branch{{Branch: "hedged", Events: []lombard.Event{{Date: r.EntryDate, Type: "warning", Text: "Warned."}}}}
	r.Templates[0].Summary.MaxLTVHedgedDate = r.EntryDate
	trades := records(t, r, Selection{Table: TableTrades})
	if len(trades) != 2 || trades[0]["type"] != "open" || trades[0]["proceeds"] != "-20" || trades[1]["type"] != "close" || trades[1]["date"] != "2009-01-02" {
		t.Errorf("trades are %v", trades)
	}
	if contracts := records(t, r, Selection{Table: TableContracts}); len(contracts) != 1 || contracts[0]["contract"] != "put#1" || contracts[0]["settled"] != "" {
		t.Errorf("contracts are %v", contracts)
	}
	events := records(t, r, Selection{Table: TableEvents})
	if len(events) != 2 || events[0]["date"] != "2009-01-02" || events[0]["cash"] != "12" || events[1]["branch"] != "hedged" || events[1]["date"] != "2009-01-01" {
		t.Errorf("events are %v", events)
	}
	figures := map[string]map[string]string{}
	for _, row := range records(t, r, Selection{Table: TableMetrics}) {
		figures[row["metric"]] = row
	}
	if figures["summary_metrics.start_value"]["value"] != "502750" || figures["summary_metrics.max_ltv_hedged_date"]["text"] != "2009-01-01" {
		t.Errorf("figures are %v", figures)
	}
	if _, has := figures["metrics.loan.hedged.max_ltv"]; !has {
		t.Error("the metrics lack loan.hedged.max_ltv")
	}
}

// TestFilesAreTheSameTwice: a result that never changes gives files that do not
// change either.
func TestFilesAreTheSameTwice(t *testing.T) {
	r := long(30)
	for _, form := range Forms() {
		if form.Name == "xlsx" {
			continue // a workbook says when it was made
		}
		for _, name := range Tables() {
			var first []byte
			for range 4 {
				var out bytes.Buffer
				if err := form.Write(t.Context(), &out, look(t, r, Selection{Table: name})); err != nil {
					t.Fatal(err)
				}
				if first != nil && !bytes.Equal(first, out.Bytes()) {
					t.Fatalf("%s of %s differs from one time to the next", form.Name, name)
				}
				first = out.Bytes()
			}
		}
	}
}
