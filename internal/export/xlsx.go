package export

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"

	"lombard.example/lombard"
)

// Sheets of a workbook.
const (
	sheetSummary = "Summary"
	sheetPath    = "Path"
	sheetTrades  = "Trades"
	sheetEvents  = "Events"
	sheetTerms   = "Terms"
)

// XLSX writes a workbook: what was asked and found, with one column a hedge;
// the daily path; trades; events; the terms that the run assumed. Every text is a
// text to a spreadsheet, never a formula; dates are dates, and numbers are shown
// as what they are. Of a view of another table than the path there is that one
// beside the summary.
func XLSX(ctx context.Context, w io.Writer, v *View) error {
	f := excelize.NewFile()
	defer f.Close()
	if err := workbook(ctx, f, v); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

// styles are the number formats of a workbook.
type styles struct {
	bold, date int
	of         map[unit]int
}

func newStyles(f *excelize.File) (styles, error) {
	s := styles{of: map[unit]int{}}
	var err error
	form := func(code string) (id int) {
		if err == nil {
			id, err = f.NewStyle(&excelize.Style{CustomNumFmt: &code})
		}
		return id
	}
	s.date = form("yyyy-mm-dd")
	for u, code := range map[unit]string{
		unitMoney: "#,##0.00", unitPrice: "#,##0.00####", unitFraction: "0.00%", unitUnits: "#,##0.####", unitContracts: "#,##0.####", unitRatio: "0.####",
	} {
		s.of[u] = form(code)
	}
	if err == nil {
		s.bold, err = f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	}
	return s, err
}

func workbook(ctx context.Context, f *excelize.File, v *View) error {
	s, err := newStyles(f)
	if err != nil {
		return err
	}
	if err := f.SetSheetName("Sheet1", sheetSummary); err != nil {
		return err
	}
	if err := summarySheet(ctx, f, v, s); err != nil {
		return err
	}
	if v.s.Table != "" && v.s.Table != TablePath {
		return tableSheet(ctx, f, v, v.table(), sheetOf(v.s.Table), s)
	}
	if err := tableSheet(ctx, f, v, v.table(), sheetPath, s); err != nil {
		return err
	}
	if err := tableSheet(ctx, f, v, tradesTable(), sheetTrades, s); err != nil {
		return err
	}
	if err := tableSheet(ctx, f, v, eventsTable(), sheetEvents, s); err != nil {
		return err
	}
	return termsSheet(f, v.r.Top(), s)
}

// sheetOf names the sheet of a table.
func sheetOf(table string) string {
	switch table {
	case TableTrades:
		return sheetTrades
	case TableEvents:
		return sheetEvents
	case TableContracts:
		return "Contracts"
	case TableMetrics:
		return "Metrics"
	default:
		return sheetPath
	}
}

// known is a figure on the summary sheet: nil for one that is not known.
type known struct {
	value any
	unit  unit
}

func perhaps(x *float64, u unit) known {
	if x == nil {
		return known{}
	}
	return known{*x, u}
}

// line is a row of the summary sheet.
type line struct {
	label string
	of    func(t *lombard.TemplateResult) known
}

func summaryLines() []line {
	return []line{
		{"Hedge", func(t *lombard.TemplateResult) known { return known{value: t.TemplateName} }},
		{"Verdict", func(t *lombard.TemplateResult) known { return known{value: t.Verdict} }},
		{"Margin call days without the hedge", func(t *lombard.TemplateResult) known { return known{value: t.Summary.MarginCallDaysUnhedged} }},
		{"Margin call days with the hedge", func(t *lombard.TemplateResult) known { return known{value: t.Summary.MarginCallDaysHedged} }},
		{"Highest LTV without the hedge", func(t *lombard.TemplateResult) known { return known{t.Summary.MaxLTVUnhedged, unitFraction} }},
		{"Highest LTV with the hedge", func(t *lombard.TemplateResult) known { return known{t.Summary.MaxLTVHedged, unitFraction} }},
		{"Equity at the end without", func(t *lombard.TemplateResult) known { return known{t.Summary.EquityUnhedgedEnd, unitMoney} }},
		{"Equity at the end with", func(t *lombard.TemplateResult) known { return known{t.Summary.EquityHedgedEnd, unitMoney} }},
		{"Cost of the hedge, net of its mark", func(t *lombard.TemplateResult) known { return known{t.Summary.HedgeCostNetOfMark, unitMoney} }},
		{"The same a year, of the loan", func(t *lombard.TemplateResult) known { return perhaps(t.Summary.CostPAPctOfLoan, unitFraction) }},
		{"Cash from outside", func(t *lombard.TemplateResult) known { return known{t.Summary.CashFromOutside, unitMoney} }},
		{"Frictions", func(t *lombard.TemplateResult) known { return known{t.Summary.Frictions, unitMoney} }},
	}
}

// sheet writes rows of a label and values.
type sheet struct {
	out  *excelize.StreamWriter
	line int
	s    styles
}

func newSheet(f *excelize.File, name string, values int, s styles) (*sheet, error) {
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	const labelWidth, valueWidth = 34, 28
	if err := out.SetColWidth(1, 1, labelWidth); err != nil {
		return nil, err
	}
	return &sheet{out: out, s: s}, out.SetColWidth(2, 1+max(1, values), valueWidth)
}

func (w *sheet) write(label string, values ...known) error {
	w.line++
	row := []any{excelize.Cell{StyleID: w.s.bold, Value: label}}
	for _, x := range values {
		row = append(row, excelize.Cell{StyleID: w.s.of[x.unit], Value: x.value})
	}
	return w.out.SetRow(fmt.Sprintf("A%d", w.line), row)
}

// summarySheet writes the question, the verdicts and the key figures.
func summarySheet(ctx context.Context, f *excelize.File, v *View, s styles) error {
	w, err := newSheet(f, sheetSummary, len(v.places), s)
	if err != nil {
		return err
	}
	r := v.r.Top()
	for _, x := range []struct {
		label string
		value known
	}{
		{"Run", known{value: r.ScenarioName}},
		{"Symbol", known{value: r.Symbol}},
		{"First session", known{value: r.EntryDate.String()}},
		{"Last session", known{value: r.LastDate.String()}},
		{"Units pledged", known{r.UnderlyingUnits, unitUnits}},
		{"Loan", known{r.LoanAmount, unitMoney}},
		{"The lender calls at an LTV of", known{r.MarginCallLTV, unitFraction}},
		{"Prices", known{value: r.Provenance.Origin}},
		{"Licence of the prices", known{value: r.Provenance.Licence}},
		{"Data cost, USD", known{r.DataCostUSD, unitMoney}},
		{"Engine", known{value: r.Provenance.Engine}},
		{"Digest of the data", known{value: r.Provenance.DataDigest}},
	} {
		if err := w.write(x.label, x.value); err != nil {
			return err
		}
	}
	w.line++ // an empty row
	lines := summaryLines()
	values := make([][]known, len(lines))
	if err := v.each(ctx, 0, func(t *lombard.TemplateResult) error {
		for i := range lines {
			values[i] = append(values[i], lines[i].of(t))
		}
		return nil
	}); err != nil {
		return err
	}
	for i := range lines {
		if err := w.write(lines[i].label, values[i]...); err != nil {
			return err
		}
	}
	w.line++
	for _, warning := range r.Warnings {
		if err := w.write("Warning", known{value: warning.Message}); err != nil {
			return err
		}
	}
	for _, note := range r.Notes {
		if err := w.write("Note", known{value: note}); err != nil {
			return err
		}
	}
	return w.out.Flush()
}

// termsSheet writes the resolved request, one field a row.
func termsSheet(f *excelize.File, r *lombard.Result, s styles) error {
	if _, err := f.NewSheet(sheetTerms); err != nil {
		return err
	}
	w, err := newSheet(f, sheetTerms, 1, s)
	if err != nil {
		return err
	}
	if err := terms(r.Request, w.write); err != nil {
		return err
	}
	return w.out.Flush()
}

// tableSheet writes a table with a frozen header and a filter.
func tableSheet(ctx context.Context, f *excelize.File, v *View, t table, name string, s styles) error {
	if _, err := f.NewSheet(name); err != nil {
		return err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, XSplit: 1, TopLeftCell: "B2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	const width = 14
	if err := out.SetColWidth(1, len(t.headings), width); err != nil {
		return err
	}
	row := make([]any, len(t.headings))
	for i, h := range t.headings {
		row[i] = excelize.Cell{StyleID: s.bold, Value: h.name}
	}
	if err := out.SetRow("A1", row); err != nil {
		return err
	}
	line := 1
	err = t.each(ctx, v, func(cells []cell) error {
		line++
		for i := range cells {
			if row[i], err = s.cell(&cells[i], t.headings[i]); err != nil {
				return fmt.Errorf("%s: %w", t.headings[i].name, err)
			}
		}
		return out.SetRow(fmt.Sprintf("A%d", line), row)
	})
	if err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(len(t.headings), max(line, 2)) // a filter needs a row
	if err != nil {
		return err
	}
	if err := out.AddTable(&excelize.Table{Range: "A1:" + last, Name: name + "Table", StyleName: "TableStyleLight1"}); err != nil {
		return err
	}
	return out.Flush()
}

// longestCell is how much text a cell of a spreadsheet holds.
const longestCell = 32_767

func (s *styles) cell(x *cell, h heading) (any, error) {
	switch {
	case x.kind == cellNone:
		return nil, nil
	case h.kind == kindDate:
		return excelize.Cell{StyleID: s.date, Value: timeOf(x.date)}, nil
	case h.kind == kindNumber:
		return excelize.Cell{StyleID: s.of[h.unit], Value: x.number}, nil
	case h.kind == kindBool:
		return x.number != 0, nil
	default:
		words, err := x.words()
		if runes := []rune(words); len(runes) > longestCell {
			words = string(runes[:longestCell-1]) + "…"
		}
		return words, err
	}
}

func timeOf(d lombard.Date) time.Time {
	const day = 24 * time.Hour
	return time.Unix(0, 0).UTC().Add(time.Duration(unixDay(d)) * day)
}
