package export

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// oneSheet writes a workbook of one sheet and opens it with another program's
// reader.
func oneSheet(t *testing.T, write func(s *sheet) error) (*excelize.File, error) {
	t.Helper()
	var out bytes.Buffer
	b, err := newWorkbook(&out, []string{"Only"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.sheet("Only", false, 10)
	if err != nil {
		t.Fatal(err)
	}
	s.begin()
	if err := write(s); err != nil {
		return nil, err
	}
	if err := errors.Join(s.end(), s.close("", nil), b.close()); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, nil
}

func TestCellsReadBackAsTheyWere(t *testing.T) {
	long := strings.Repeat("é", longestCell+10)
	for text, want := range map[string]string{
		"=1+1": "=1+1", "a <b> & \"c\"": "a <b> & \"c\"", " two  spaces ": " two  spaces ", "a\nb\tc": "a\nb\tc", "_x0041_": "_x0041_",
		"bad \x01 byte": "bad \uFFFD byte", long: long[:2*(longestCell-1)] + "…", "": "",
	} {
		f, err := oneSheet(t, func(s *sheet) error { return s.text(0, stylePlain, text) })
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.GetCellValue("Only", "A1"); err != nil || got != want {
			t.Errorf("%.40q reads %.40q, %v", text, got, err)
		}
	}
	for _, x := range []float64{0, -1, 0.1, 1e-300, 123456789.125, 5e20} {
		f, err := oneSheet(t, func(s *sheet) error { return s.number(27, stylePlain, x) })
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.GetCellValue("Only", "AB1", excelize.Options{RawCellValue: true}); err != nil || got == "" {
			t.Errorf("%v reads %q, %v", x, got, err)
		}
	}
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if _, err := oneSheet(t, func(s *sheet) error { return s.number(0, stylePlain, x) }); !errors.Is(err, errNotFinite) {
			t.Errorf("%v is written: %v", x, err)
		}
	}
}

func TestColumnsOfASpreadsheetAreNamed(t *testing.T) {
	for column := range 16_384 {
		want, err := excelize.ColumnNumberToName(column + 1)
		if got := string(appendColumn(nil, column)); err != nil || got != want {
			t.Fatalf("column %d is %s, want %s, %v", column, got, want, err)
		}
	}
}

func TestSheetsAreWrittenInTheirOrder(t *testing.T) {
	b, err := newWorkbook(io.Discard, []string{"One", "Two"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.sheet("Two", false); err == nil {
		t.Error("the second sheet is begun first")
	}
	if _, err := b.sheet("One", false); err != nil {
		t.Error(err)
	}
	if err := b.close(); err == nil {
		t.Error("a workbook without its second sheet is closed")
	}
}

// Every part is XML, the header stays in sight, and each table can be filtered.
func TestAWorkbookIsWhole(t *testing.T) {
	in := written(t, "xlsx")
	archive, err := zip.NewReader(in, in.Size())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range archive.File {
		r, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		for decoder := xml.NewDecoder(r); err == nil; {
			_, err = decoder.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", part.Name, err)
		}
	}
	f, err := excelize.OpenReader(written(t, "xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := strings.Join(f.GetSheetList(), " "); got != "Summary Path Trades Events Terms" {
		t.Errorf("sheets %s", got)
	}
	for _, name := range []string{"Path", "Trades", "Events"} {
		tables, err := f.GetTables(name)
		if err != nil || len(tables) != 1 || tables[0].Name != name+"Table" {
			t.Errorf("%s: tables %+v, %v", name, tables, err)
		}
		if panes, err := f.GetPanes(name); err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: panes %+v, %v", name, panes, err)
		}
	}
	rows, err := f.GetRows("Path")
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	if got := rows[1][at["underlying_value"]]; !strings.Contains(got, ",") || !strings.Contains(got, ".") {
		t.Errorf("money shows as %q", got)
	}
	if got := rows[1][at["ltv_hedged"]]; !strings.HasSuffix(got, "%") {
		t.Errorf("an LTV shows as %q", got)
	}
}
