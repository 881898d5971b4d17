package export

import (
	"archive/zip"
	"compress/flate"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"lombard.example/lombard"
)

// workbook writes an Office Open XML workbook (ECMA-376) as a stream: every row
// goes to the archive as it comes, so that the memory does not grow with the
// rows. All texts stand in their cells, none is shared. Its sheets are known when
// it begins, because the parts that list them stand first.
type workbook struct {
	zip    *zip.Writer
	sheets []string
	begun  int
	buffer []byte
}

// Styles are numbered as they stand in the part of styles: plain, bold, date,
// and one for each unit.
const (
	stylePlain = iota
	styleBold
	styleDate
	styleFirstUnit
)

// unitFormats are how numbers of a unit are shown.
var unitFormats = []struct {
	unit unit
	code string
}{
	{unitMoney, "#,##0.00"},
	{unitPrice, "#,##0.00####"},
	{unitFraction, "0.00%"},
	{unitUnits, "#,##0.####"},
	{unitContracts, "#,##0.####"},
	{unitRatio, "0.####"},
}

func styleOf(u unit) int {
	for i, f := range unitFormats {
		if f.unit == u {
			return styleFirstUnit + i
		}
	}
	return stylePlain
}

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relsSpace = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	docRels   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	mediaBase = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// newWorkbook begins a workbook of those sheets; the ones in tables hold a table.
func newWorkbook(w io.Writer, sheets []string, tables map[string]bool) (*workbook, error) {
	b := &workbook{zip: zip.NewWriter(w), sheets: sheets}
	b.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestSpeed) // packing is most of the work, and cells repeat themselves
	})
	var types, rels, list strings.Builder
	for i, name := range sheets {
		n := i + 1
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, n, mediaBase)
		if tables[name] {
			fmt.Fprintf(&types, `<Override PartName="/xl/tables/table%d.xml" ContentType="%stable+xml"/>`, n, mediaBase)
		}
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, n, docRels, n)
		fmt.Fprintf(&list, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, n, n)
	}
	var formats, uses strings.Builder
	const firstFormat = 164 // those below are built in
	add := func(code string) {
		n := firstFormat + strings.Count(formats.String(), "<numFmt ")
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="%s"/>`, n, code)
		fmt.Fprintf(&uses, `<xf numFmtId="%d" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>`, n)
	}
	add("yyyy-mm-dd")
	for _, f := range unitFormats {
		add(f.code)
	}
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + mediaBase + `sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="` + mediaBase + `styles+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships ` + relsSpace + `><Relationship Id="rId1" Type="` + docRels + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook ` + mainSpace + ` xmlns:r="` + docRels + `"><sheets>` + list.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships ` + relsSpace + `>` + rels.String() + fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`, len(sheets)+1, docRels)},
		{"xl/styles.xml", `<styleSheet ` + mainSpace + fmt.Sprintf(`><numFmts count="%d">`, 1+len(unitFormats)) + formats.String() + `</numFmts>` +
			`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
			`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
			`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
			`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
			fmt.Sprintf(`<cellXfs count="%d">`, styleFirstUnit+len(unitFormats)) + `<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>` + uses.String() + `</cellXfs>` +
			`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`},
	} {
		if err := b.part(part.name, part.text); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// part writes a part of the archive whole.
func (b *workbook) part(name, text string) error {
	w, err := b.zip.Create(name)
	if err == nil {
		_, err = io.WriteString(w, xmlHead+text)
	}
	return err
}

// close ends the archive.
func (b *workbook) close() error {
	if b.begun != len(b.sheets) {
		return fmt.Errorf("%d of %d sheets are written", b.begun, len(b.sheets))
	}
	return b.zip.Close()
}

// sheet is one that is being written, row by row.
type sheet struct {
	b    *workbook
	out  io.Writer
	n    int // of the sheet, from 1
	line int // of the last row, from 1
}

// sheet begins the next of the workbook's sheets. widths are those of its columns
// in characters; a frozen one keeps its first row and column in sight.
func (b *workbook) sheet(name string, frozen bool, widths ...float64) (*sheet, error) {
	if b.begun == len(b.sheets) || b.sheets[b.begun] != name {
		return nil, fmt.Errorf("the sheet %s is not the next", name)
	}
	b.begun++
	out, err := b.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", b.begun))
	if err != nil {
		return nil, err
	}
	b.buffer = append(b.buffer[:0], xmlHead+`<worksheet `+mainSpace+` xmlns:r="`+docRels+`">`...)
	if frozen {
		b.buffer = append(b.buffer, `<sheetViews><sheetView workbookViewId="0"><pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/></sheetView></sheetViews>`...)
	}
	b.buffer = append(b.buffer, "<cols>"...)
	for i, width := range widths {
		b.buffer = fmt.Appendf(b.buffer, `<col min="%d" max="%d" width="%g" customWidth="1"/>`, i+1, i+1, width)
	}
	b.buffer = append(b.buffer, "</cols><sheetData>"...)
	_, err = out.Write(b.buffer)
	return &sheet{b: b, out: out, n: b.begun}, err
}

// begin begins the next row.
func (s *sheet) begin() {
	s.line++
	s.b.buffer = fmt.Appendf(s.b.buffer[:0], `<row r="%d">`, s.line)
}

// end writes the row that was begun.
func (s *sheet) end() error {
	s.b.buffer = append(s.b.buffer, "</row>"...)
	_, err := s.out.Write(s.b.buffer)
	return err
}

// cell begins a cell of the row, in a column counted from 0.
func (s *sheet) cell(column, style int) {
	s.b.buffer = append(s.b.buffer, `<c r="`...)
	s.b.buffer = strconv.AppendInt(appendColumn(s.b.buffer, column), int64(s.line), 10)
	s.b.buffer = append(s.b.buffer, '"')
	if style != stylePlain {
		s.b.buffer = append(s.b.buffer, ` s="`...)
		s.b.buffer = append(strconv.AppendInt(s.b.buffer, int64(style), 10), '"')
	}
}

func (s *sheet) number(column, style int, x float64) error {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return errNotFinite
	}
	s.cell(column, style)
	s.b.buffer = append(s.b.buffer, "><v>"...)
	s.b.buffer = strconv.AppendFloat(s.b.buffer, x, 'g', -1, 64)
	s.b.buffer = append(s.b.buffer, "</v></c>"...)
	return nil
}

// date writes the days since 30 December 1899, which is how a spreadsheet counts
// from March 1900 on.
func (s *sheet) date(column int, d lombard.Date) error {
	const unixEpoch = 25_569 // of 1 January 1970
	return s.number(column, styleDate, float64(unixDay(d)+unixEpoch))
}

func (s *sheet) truth(column, style int, is bool) {
	s.cell(column, style)
	digit := byte('0')
	if is {
		digit = '1'
	}
	s.b.buffer = append(append(append(s.b.buffer, ` t="b"><v>`...), digit), "</v></c>"...)
}

// longestCell is how much text a cell of a spreadsheet holds.
const longestCell = 32_767

// escapedCode is text that a spreadsheet would read as the code of a character.
var escapedCode = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// text writes a text, which is never a formula. What is too long ends with an
// ellipsis.
func (s *sheet) text(column, style int, words string) error {
	if runes := []rune(words); len(runes) > longestCell {
		words = string(runes[:longestCell-1]) + "…"
	}
	words = escapedCode.ReplaceAllString(words, "_x005F$0")
	s.cell(column, style)
	s.b.buffer = append(s.b.buffer, ` t="inlineStr"><is><t xml:space="preserve">`...)
	err := xml.EscapeText(appender{&s.b.buffer}, []byte(words))
	s.b.buffer = append(s.b.buffer, "</t></is></c>"...)
	return err
}

// value writes what is known of a figure; nothing where it is not.
func (s *sheet) value(column, style int, x any) error {
	switch v := x.(type) {
	case nil:
		return nil
	case string:
		return s.text(column, style, v)
	case int:
		return s.number(column, style, float64(v))
	case float64:
		return s.number(column, style, v)
	case bool:
		s.truth(column, style, v)
		return nil
	default:
		return fmt.Errorf("a cell cannot hold a %T", x)
	}
}

// close ends the sheet. With headings it is a table of that name, to be filtered
// and sorted by them.
func (s *sheet) close(table string, headings []heading) error {
	tail := "</sheetData>"
	if table != "" {
		tail += `<tableParts count="1"><tablePart r:id="rId1"/></tableParts>`
	}
	if _, err := io.WriteString(s.out, tail+"</worksheet>"); err != nil || table == "" {
		return err
	}
	if err := s.b.part(fmt.Sprintf("xl/worksheets/_rels/sheet%d.xml.rels", s.n),
		fmt.Sprintf(`<Relationships %s><Relationship Id="rId1" Type="%s/table" Target="../tables/table%d.xml"/></Relationships>`, relsSpace, docRels, s.n)); err != nil {
		return err
	}
	cells := "A1:" + string(appendColumn(nil, len(headings)-1)) + strconv.Itoa(max(s.line, 2)) // a table has a row
	var columns strings.Builder
	for i, h := range headings {
		fmt.Fprintf(&columns, `<tableColumn id="%d" name="%s"/>`, i+1, h.name)
	}
	return s.b.part(fmt.Sprintf("xl/tables/table%d.xml", s.n),
		fmt.Sprintf(`<table %s id="%d" name="%s" displayName="%s" ref="%s" totalsRowShown="0"><autoFilter ref="%s"/><tableColumns count="%d">%s</tableColumns><tableStyleInfo name="TableStyleLight1" showFirstColumn="0" showLastColumn="0" showRowStripes="1" showColumnStripes="0"/></table>`,
			mainSpace, s.n, table, table, cells, cells, len(headings), columns.String()))
}

// appendColumn appends the letters of a column counted from 0.
func appendColumn(b []byte, column int) []byte {
	const letters = 26
	if column >= letters {
		b = appendColumn(b, column/letters-1)
	}
	return append(b, byte('A'+column%letters))
}

// appender writes to the end of a slice.
type appender struct{ to *[]byte }

// Write implements io.Writer.
func (a appender) Write(p []byte) (int, error) {
	*a.to = append(*a.to, p...)
	return len(p), nil
}
