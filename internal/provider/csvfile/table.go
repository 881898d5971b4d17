package csvfile

import (
	"fmt"
	"io"
	"strings"

	"lombard.example/lombard/internal/tabular"
)

// table is a file while it is read.
type table struct {
	tabular.Report
	delimiter byte
	columns   []string // as the header names them
	roleOf    []role   // by column
	rows      []row
	badVolume tabular.Tally
}

// read fills the table from the text. It returns faults of the whole file;
// those of single lines go to the report.
func (t *table) read(text io.Reader) error {
	return tabular.Lines(text, func() bool { return t.roleOf != nil }, func(at int, line string) error {
		if t.roleOf == nil {
			isHeader, err := t.header(line)
			if err != nil || isHeader {
				return err
			}
		}
		if len(t.rows) == maxRows {
			return tabular.Fault{Says: fmt.Sprintf("It has more than %d rows.", maxRows), Hint: "Please keep one row a day, of one symbol."}
		}
		t.line(at, line)
		return nil
	})
}

// emptiness says what stands in a file without rows.
func (t *table) emptiness() string {
	if t.roleOf == nil {
		return "blank lines"
	}
	return "the header"
}

// line takes one row apart.
func (t *table) line(at int, line string) {
	cells, ok := tabular.Split(nil, line, t.delimiter)
	if !ok {
		t.Problem(at, line, "A quotation mark is opened and never closed.")
		return
	}
	if t.caption(cells) {
		return
	}
	for len(cells) > len(t.roleOf) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > len(t.roleOf) {
		t.Problem(at, line, fmt.Sprintf("There are %d columns where %d are named; a comma inside a number needs quotation marks around it.",
			len(cells), len(t.roleOf)))
		return
	}
	r := row{line: at}
	dated := false
	for i, cell := range cells {
		switch role := t.roleOf[i]; role {
		case roleNone:
		case roleDate:
			date, err := tabular.ReadDate(cell)
			if err != nil {
				t.Problem(at, cell, "The date "+tabular.Quote(cell)+" "+err.Error()+".")
				return
			}
			date.Line = at
			r.date, dated = date, true
		default:
			r.prices[role] = strings.Clone(cell)
		}
	}
	if !dated {
		t.Problem(at, line, fmt.Sprintf("The date is missing: the line ends after column %d of %d.", len(cells), len(t.roleOf)))
		return
	}
	t.rows = append(t.rows, r)
}
