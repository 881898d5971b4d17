package export

import (
	"context"
	"fmt"
	"io"

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
// beside the summary. The memory it takes does not grow with the result.
func XLSX(ctx context.Context, w io.Writer, v *View) error {
	if err := writeSheets(ctx, w, v); err != nil {
		return fmt.Errorf("write XLSX: %w", err)
	}
	return nil
}

func writeSheets(ctx context.Context, w io.Writer, v *View) error {
	type page struct {
		name string
		of   table
	}
	pages := []page{{sheetPath, v.table()}, {sheetTrades, tradesTable()}, {sheetEvents, eventsTable()}}
	names, tables := []string{sheetSummary}, map[string]bool{}
	other := v.s.Table != "" && v.s.Table != TablePath
	if other {
		pages = []page{{sheetOf(v.s.Table), v.table()}}
	}
	for _, p := range pages {
		names, tables[p.name] = append(names, p.name), true
	}
	if !other {
		names = append(names, sheetTerms)
	}
	b, err := newWorkbook(w, names, tables)
	if err != nil {
		return err
	}
	if err := summarySheet(ctx, b, v); err != nil {
		return err
	}
	for _, p := range pages {
		if err := tableSheet(ctx, b, v, p.of, p.name); err != nil {
			return err
		}
	}
	if !other {
		if err := termsSheet(b, v.r.Top()); err != nil {
			return err
		}
	}
	return b.close()
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

// labelled begins a sheet of rows of a label and so many values.
func labelled(b *workbook, name string, values int) (*sheet, error) {
	widths := []float64{34}
	for range max(1, values) {
		widths = append(widths, 28)
	}
	return b.sheet(name, false, widths...)
}

// write writes a label and values.
func (s *sheet) write(label string, values ...known) error {
	s.begin()
	if err := s.text(0, styleBold, label); err != nil {
		return err
	}
	for i, x := range values {
		if err := s.value(i+1, styleOf(x.unit), x.value); err != nil {
			return fmt.Errorf("%s: %w", label, err)
		}
	}
	return s.end()
}

// summarySheet writes the question, the verdicts and the key figures.
func summarySheet(ctx context.Context, b *workbook, v *View) error {
	w, err := labelled(b, sheetSummary, len(v.places))
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
	return w.close("", nil)
}

// termsSheet writes the resolved request, one field a row.
func termsSheet(b *workbook, r *lombard.Result) error {
	w, err := labelled(b, sheetTerms, 1)
	if err != nil {
		return err
	}
	if err := terms(r.Request, w.write); err != nil {
		return err
	}
	return w.close("", nil)
}

// tableSheet writes a table with a frozen header and a filter.
func tableSheet(ctx context.Context, b *workbook, v *View, t table, name string) error {
	widths := make([]float64, len(t.headings))
	for i := range widths {
		widths[i] = 14
	}
	w, err := b.sheet(name, true, widths...)
	if err != nil {
		return err
	}
	w.begin()
	styles := make([]int, len(t.headings))
	for i, h := range t.headings {
		styles[i] = styleOf(h.unit)
		if err := w.text(i, styleBold, h.name); err != nil {
			return err
		}
	}
	if err := w.end(); err != nil {
		return err
	}
	err = t.each(ctx, v, func(cells []cell) error {
		w.begin()
		for i := range cells {
			if err := w.put(i, styles[i], &cells[i], t.headings[i].kind); err != nil {
				return fmt.Errorf("%s: %w", t.headings[i].name, err)
			}
		}
		return w.end()
	})
	if err != nil {
		return err
	}
	return w.close(name+"Table", t.headings)
}

// put writes a cell of a table.
func (s *sheet) put(column, style int, x *cell, kind columnKind) error {
	switch {
	case x.kind == cellNone:
		return nil
	case kind == kindDate:
		return s.date(column, x.date)
	case kind == kindNumber:
		return s.number(column, style, x.number)
	case kind == kindBool:
		s.truth(column, stylePlain, x.number != 0)
		return nil
	default:
		words, err := x.words()
		if err != nil {
			return err
		}
		return s.text(column, stylePlain, words)
	}
}
