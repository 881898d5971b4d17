package export

import (
	"fmt"

	"lombard.example/lombard"
)

// table is the days of some templates as typed columns, for the formats that
// have types. Its columns are those of the CSV, in the same order; a column in
// which no day has anything is one of numbers.
type table struct {
	columns   []typed
	templates []lombard.TemplateResult
	rows      int
}

// typed is a column that knows what its cells are.
type typed struct {
	name string
	kind columnKind
	of   func(t *lombard.TemplateResult, d *lombard.Day) cell
}

type columnKind int

const (
	kindNumber columnKind = iota + 1 // with nulls
	kindBool
	kindText // with nulls; lists are JSON
	kindDate
)

const dateColumn = "date"

func tableOf(templates []lombard.TemplateResult) *table {
	t := &table{templates: templates, columns: []typed{{
		name: "template_slug", kind: kindText,
		of: func(r *lombard.TemplateResult, _ *lombard.Day) cell { return text(r.TemplateSlug) },
	}}}
	for i := range templates {
		t.rows += len(templates[i].DailyPath)
	}
	for _, c := range dayColumns(askedUnits(templates)) {
		t.columns = append(t.columns, typed{
			name: c.name, kind: t.kindOf(c),
			of: func(_ *lombard.TemplateResult, d *lombard.Day) cell { return c.of(d) },
		})
	}
	return t
}

func (t *table) kindOf(c column) columnKind {
	if c.name == dateColumn {
		return kindDate
	}
	kind := kindNumber
	t.each(func(_ *lombard.TemplateResult, d *lombard.Day) bool {
		switch c.of(d).kind {
		case cellNumber:
		case cellNone:
			return true // the next day may tell
		case cellBool:
			kind = kindBool
		case cellText, cellEvents, cellMarks:
			kind = kindText
		}
		return false
	})
	return kind
}

// each calls f for every day, until it returns false.
func (t *table) each(f func(r *lombard.TemplateResult, d *lombard.Day) bool) {
	for i := range t.templates {
		r := &t.templates[i]
		for j := range r.DailyPath {
			if !f(r, &r.DailyPath[j]) {
				return
			}
		}
	}
}

// words returns the text of a cell: of a list, its JSON.
func (c cell) words() (string, error) {
	if c.kind == cellText {
		return c.text, nil
	}
	b, err := c.appendJSON(nil)
	return string(b), err
}

// wrong says where a value cannot be written.
func wrong(c *typed, d *lombard.Day, err error) error {
	return fmt.Errorf("%s on %s: %w", c.name, d.Date, err)
}
