package export

import (
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"

	"lombard.example/lombard"
)

// Sheets of a workbook.
const (
	sheetSummary = "Summary"
	sheetDays    = "Days"
)

// XLSX writes a workbook of two sheets: what was asked and found, with one
// column a template, and the days as in the CSV. Every text is a text to a
// spreadsheet, never a formula; dates are dates.
func XLSX(w io.Writer, r *lombard.Result, templates []lombard.TemplateResult) error {
	f := excelize.NewFile()
	defer f.Close()
	if err := workbook(f, r, templates); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	if _, err := f.WriteTo(w); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

func workbook(f *excelize.File, r *lombard.Result, templates []lombard.TemplateResult) error {
	if err := f.SetSheetName("Sheet1", sheetSummary); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	form := "yyyy-mm-dd"
	date, err := f.NewStyle(&excelize.Style{CustomNumFmt: &form})
	if err != nil {
		return err
	}
	if err := summarySheet(f, r, templates, bold); err != nil {
		return err
	}
	if _, err := f.NewSheet(sheetDays); err != nil {
		return err
	}
	return daysSheet(f, tableOf(templates), bold, date)
}

// summarySheet writes the question, the verdicts and the key figures.
func summarySheet(f *excelize.File, r *lombard.Result, templates []lombard.TemplateResult, bold int) error {
	out, err := f.NewStreamWriter(sheetSummary)
	if err != nil {
		return err
	}
	const labels, values = 34, 28
	if err := out.SetColWidth(1, 1, labels); err != nil {
		return err
	}
	if err := out.SetColWidth(2, 1+max(1, len(templates)), values); err != nil {
		return err
	}
	line := 0
	write := func(label string, values ...any) error {
		line++
		row := append([]any{excelize.Cell{StyleID: bold, Value: label}}, values...)
		return out.SetRow(fmt.Sprintf("A%d", line), row)
	}
	for _, x := range []struct {
		label string
		value any
	}{
		{"Run", r.ScenarioName},
		{"Symbol", r.Symbol},
		{"First session", r.EntryDate.String()},
		{"Last session", r.LastDate.String()},
		{"Units pledged", r.UnderlyingUnits},
		{"Loan", r.LoanAmount},
		{"The lender calls at an LTV of", r.MarginCallLTV},
		{"Prices", r.Provenance.Origin},
		{"Licence of the prices", r.Provenance.Licence},
		{"Data cost, USD", r.DataCostUSD},
		{"Engine", r.Provenance.Engine},
		{"Digest of the data", r.Provenance.DataDigest},
	} {
		if err := write(x.label, x.value); err != nil {
			return err
		}
	}
	line++ // an empty row
	each := func(label string, of func(t *lombard.TemplateResult) any) error {
		values := make([]any, len(templates))
		for i := range templates {
			values[i] = of(&templates[i])
		}
		return write(label, values...)
	}
	for _, x := range []struct {
		label string
		of    func(t *lombard.TemplateResult) any
	}{
		{"Hedge", func(t *lombard.TemplateResult) any { return t.TemplateName }},
		{"Verdict", func(t *lombard.TemplateResult) any { return t.Verdict }},
		{"Margin call days without the hedge", func(t *lombard.TemplateResult) any { return t.Summary.MarginCallDaysUnhedged }},
		{"Margin call days with the hedge", func(t *lombard.TemplateResult) any { return t.Summary.MarginCallDaysHedged }},
		{"Highest LTV without the hedge", func(t *lombard.TemplateResult) any { return t.Summary.MaxLTVUnhedged }},
		{"Highest LTV with the hedge", func(t *lombard.TemplateResult) any { return t.Summary.MaxLTVHedged }},
		{"Equity at the end without", func(t *lombard.TemplateResult) any { return t.Summary.EquityUnhedgedEnd }},
		{"Equity at the end with", func(t *lombard.TemplateResult) any { return t.Summary.EquityHedgedEnd }},
		{"Cost of the hedge, net of its mark", func(t *lombard.TemplateResult) any { return t.Summary.HedgeCostNetOfMark }},
		{"The same a year, of the loan", func(t *lombard.TemplateResult) any { return known(t.Summary.CostPAPctOfLoan) }},
		{"Cash from outside", func(t *lombard.TemplateResult) any { return t.Summary.CashFromOutside }},
		{"Frictions", func(t *lombard.TemplateResult) any { return t.Summary.Frictions }},
	} {
		if err := each(x.label, x.of); err != nil {
			return err
		}
	}
	line++
	for _, warning := range r.Warnings {
		if err := write("Warning", warning.Message); err != nil {
			return err
		}
	}
	for _, note := range r.Notes {
		if err := write("Note", note); err != nil {
			return err
		}
	}
	return out.Flush()
}

func known(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}

func daysSheet(f *excelize.File, t *table, bold, date int) error {
	out, err := f.NewStreamWriter(sheetDays)
	if err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, XSplit: 2, TopLeftCell: "C2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	const width = 14
	if err := out.SetColWidth(1, len(t.columns), width); err != nil {
		return err
	}
	row := make([]any, len(t.columns))
	for i := range t.columns {
		row[i] = excelize.Cell{StyleID: bold, Value: t.columns[i].name}
	}
	if err := out.SetRow("A1", row); err != nil {
		return err
	}
	line := 1
	var failed error
	t.each(func(r *lombard.TemplateResult, d *lombard.Day) bool {
		line++
		for i := range t.columns {
			c := &t.columns[i]
			x := c.of(r, d)
			switch {
			case c.kind == kindDate:
				row[i] = excelize.Cell{StyleID: date, Value: timeOf(d.Date)}
			case x.kind == cellNone:
				row[i] = nil
			case c.kind == kindNumber:
				row[i] = x.number
			case c.kind == kindBool:
				row[i] = x.number != 0
			default:
				words, err := x.words()
				if err != nil {
					failed = wrong(c, d, err)
					return false
				}
				row[i] = words
			}
		}
		failed = out.SetRow(fmt.Sprintf("A%d", line), row)
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return out.Flush()
}

func timeOf(d lombard.Date) time.Time {
	const day = 24 * time.Hour
	return time.Unix(0, 0).UTC().Add(time.Duration(unixDay(d)) * day)
}
