package export

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"
)

func written(t *testing.T, name string) *bytes.Reader {
	t.Helper()
	form, ok := FormOf(name)
	if !ok {
		t.Fatalf("there is no form %s", name)
	}
	text, err := textOf(t, form.Write, sample())
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(text)
}

// Every form has the columns of the CSV in their order, and what is read back
// from it is what the result says, to the last digit.

func TestParquetReadsBack(t *testing.T) {
	in := written(t, "parquet")
	f, err := parquet.OpenFile(in, in.Size())
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"template_slug"}
	for _, c := range dayColumns(0) {
		names = append(names, c.name)
	}
	var got []string
	for _, field := range f.Schema().Fields() {
		got = append(got, field.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Fatalf("columns %v, want %v", got, names)
	}
	rows := make([]parquet.Row, 10)
	reader := f.RowGroups()[0].Rows()
	defer reader.Close()
	n, _ := reader.ReadRows(rows)
	if n != 4 {
		t.Fatalf("%d rows, want 4", n)
	}
	at := func(row int, name string) parquet.Value {
		for i := range names {
			if names[i] == name {
				return rows[row][i]
			}
		}
		t.Fatalf("no column %s", name)
		return parquet.Value{}
	}
	if x := at(0, "date").Int32(); x != unixDay(sample().Templates[0].DailyPath[0].Date) || x != 6556 {
		t.Errorf("date = %d days after 1970, want 6556 for 1987-12-14", x)
	}
	if x := at(0, "net_portfolio_value").Double(); x != sample().Templates[0].DailyPath[0].NetPortfolioValue {
		t.Errorf("net_portfolio_value = %v", x)
	}
	if !at(1, "ltv_hedged_low").IsNull() || at(0, "ltv_hedged_low").Double() != 0.625 || !at(0, "margin_call_unhedged").Boolean() || at(1, "margin_call_unhedged").Boolean() {
		t.Error("nulls and truths do not read back")
	}
	if x := at(0, "events").String(); !strings.HasPrefix(x, `[{"type":"entry"`) {
		t.Errorf("events = %s", x)
	}
}

func TestArrowReadsBack(t *testing.T) {
	f, err := ipc.NewFileReader(written(t, "arrow"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	record, err := f.RecordBatch(0)
	if err != nil {
		t.Fatal(err)
	}
	if record.NumRows() != 4 || int(record.NumCols()) != 1+len(dayColumns(0)) {
		t.Fatalf("%d rows of %d columns", record.NumRows(), record.NumCols())
	}
	column := func(name string) any { return record.Column(record.Schema().FieldIndices(name)[0]) }
	if x := column("spot_close").(*array.Float64).Value(1); x != 1.5e21 {
		t.Errorf("spot_close = %v", x)
	}
	if low := column("ltv_hedged_low").(*array.Float64); !low.IsNull(1) || low.Value(0) != 0.625 {
		t.Error("nulls do not read back")
	}
	if x := column("date").(*array.Date32).Value(0); int32(x) != 6556 {
		t.Errorf("date = %v", x)
	}
}

func TestXLSXReadsBackAndHoldsNoFormula(t *testing.T) {
	f, err := excelize.OpenReader(written(t, "xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Path", excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != 5 || rows[0][0] != "template_slug" || rows[0][1] != "date" {
		t.Fatalf("%d rows, %v: %v", len(rows), rows[0], err)
	}
	if rows[3][0] != `=cmd|' /C calc'!A0` || rows[1][5] != "502.75" {
		t.Errorf("a row reads %q", rows[3][:6])
	}
	for _, sheet := range f.GetSheetList() {
		all, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			for j := range all[i] {
				name, _ := excelize.CoordinatesToCellName(j+1, i+1)
				if formula, _ := f.GetCellFormula(sheet, name); formula != "" {
					t.Errorf("%s!%s holds the formula %s", sheet, name, formula)
				}
			}
		}
	}
	if shown, err := f.GetCellValue("Path", "B2"); err != nil || shown != "1987-12-14" {
		t.Errorf("the date shows as %q: %v", shown, err)
	}
}

func TestNumbersThatAreNoneAreRefusedOrKept(t *testing.T) {
	r := sample()
	r.Templates[0].DailyPath[0].SpotClose = math.NaN()
	if _, err := textOf(t, CSV, r); err == nil {
		t.Error("CSV writes NaN")
	}
}

func TestAReportHoldsEverything(t *testing.T) {
	page := fstest.MapFS{
		"index.html":      {Data: []byte(`<html><head><link rel="icon" href="/mark.svg"><title>lombard</title><script type="module" crossorigin src="/assets/a.js"></script><link rel="stylesheet" crossorigin href="/assets/a.css"></head><body><div id="page"></div></body></html>`)},
		"assets/a.js":     {Data: []byte(`const s = "</script>"; run()`)},
		"assets/a.css":    {Data: []byte(`p { color: red }`)},
		"assets/more.txt": {Data: []byte(`x`)},
	}
	r := sample()
	r.Verdict = "</script><script>alert(1)</script>"
	var out bytes.Buffer
	if err := Report(t.Context(), &out, page, `Gold <b>`, look(t, r, Selection{})); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{"<title>Gold &lt;b&gt;</title>", "p { color: red }", "run()", `"verdict":"\u003c/script\u003e\u003cscript\u003ealert(1)`, "default-src 'none'"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %s:\n%s", want, text)
		}
	}
	for _, bad := range []string{`src="/`, `href="/`} {
		if strings.Contains(text, bad) {
			t.Errorf("the report asks for %s", bad)
		}
	}
	if strings.Count(text, "</script>") != 2 {
		t.Errorf("a script ends early:\n%s", text)
	}
	if err := Report(t.Context(), &out, fstest.MapFS{"index.html": {Data: []byte("none")}}, "", look(t, r, Selection{})); err == nil {
		t.Error("there is a report without a page")
	}
}
