package csvfile

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"lombard.example/lombard/internal/tabular"
	"lombard.example/lombard/market"
)

// table is a file while it is read.
type table struct {
	tabular.Report
	want string // key of the symbol whose rows are wanted; may be empty

	passed     []earlyLine // lines before the header
	above      []string    // the cells of the last of them
	commented  []string    // names of columns in a comment
	delimiter  byte
	columns    []string // as the header names them
	roleOf     []role   // by column
	strikeAt   int      // column that must be empty in a table of prices; −1 for none
	billionths bool     // the table is one of Databento's records
	rows       []row
	symbols    symbols
	captions   tabular.Tally // lines between the header and the first row
	notes      []earlyLine   // lines that are no rows, since the last row
	loose      []market.Bar  // the actions of rows without a close
	badVolume  tabular.Tally
}

// read fills the table from the text. It returns faults of the whole file;
// those of single lines go to the report.
func (t *table) read(text io.Reader) error {
	err := tabular.Scan(text, func(at int, line string) error {
		if t.roleOf == nil {
			isRow, err := t.early(at, line)
			if err != nil || !isRow {
				return err
			}
		}
		if line[0] == '#' {
			return nil
		}
		return t.line(at, line)
	})
	if err == nil && t.roleOf == nil {
		err = t.noHeader()
	}
	if err == nil {
		err = t.symbols.fault()
	}
	if err != nil {
		return err
	}
	t.symbols.remark(&t.Report)
	t.leftOut()
	return nil
}

// emptiness says what stands in a file without rows.
func (t *table) emptiness() string {
	if t.roleOf == nil {
		return "blank lines"
	}
	return "the header"
}

// line takes one row apart. An error is a fault of the file.
func (t *table) line(at int, line string) error {
	if t.Count > mostBad {
		return tabular.Fault{Says: fmt.Sprintf("More than %d of its lines cannot be read; the first is %s: %s", mostBad, t.Problems[0].Field, t.Problems[0].Message)}
	}
	cells, ok := tabular.Split(nil, line, t.delimiter)
	if !ok {
		t.Problem(at, line, "A quotation mark is opened and never closed.")
		return tabular.ErrEnough // the lines that follow may be part of the cell
	}
	for len(cells) > len(t.roleOf) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if t.strikeAt >= 0 && t.strikeAt < len(cells) && strings.Trim(cells[t.strikeAt], "0.-") != "" && !tabular.Missing(cells[t.strikeAt]) {
		return optionsFault(t.columns)
	}
	if t.isNote(cells) {
		t.note(at, line)
		return nil
	}
	if belongs, err := t.belongs(cells); err != nil || !belongs {
		return err
	}
	for _, n := range t.notes {
		t.Problem(n.at, n.text, "It is no row of prices, and rows follow it.")
	}
	t.notes = t.notes[:0]
	if len(cells) > len(t.roleOf) {
		t.Problem(at, line, fmt.Sprintf("There are %d columns where %d are named; a comma inside a number needs quotation marks around it.",
			len(cells), len(t.roleOf)))
		return nil
	}
	if len(t.rows) == MaxRows {
		return tabular.Fault{Says: fmt.Sprintf("It has more than %d rows.", MaxRows), Hint: "Please keep one row a day, of one symbol."}
	}
	t.row(at, line, cells)
	return nil
}

// belongs reports whether a row is of the symbol that is wanted.
func (t *table) belongs(cells []string) (bool, error) {
	for i, r := range t.roleOf {
		if i < len(cells) && (r == roleSymbol || r == roleContract) && isOption(cells[i]) {
			return false, tabular.Fault{Says: "It has prices of options, such as " + tabular.Quote(cells[i]) + "; what is pledged is the underlying.", Hint: chainHint}
		}
	}
	i := slices.Index(t.roleOf, roleSymbol)
	if i < 0 || i >= len(cells) {
		return true, nil
	}
	mine, afresh := t.symbols.take(cells[i], t.want)
	if afresh { // what was read so far is of other symbols
		t.rows, t.notes, t.Count, t.Problems = nil, nil, 0, nil
	}
	return mine, nil
}

// row keeps a row.
func (t *table) row(at int, line string, cells []string) {
	r := row{line: at}
	dated := false
	for i, cell := range cells {
		// Every other role is a column of figures.
		//exhaustive:ignore
		switch role := t.roleOf[i]; role {
		case roleNone, roleSymbol:
		case roleDate:
			date, err := tabular.ReadDate(cell)
			if err != nil {
				t.Problem(at, cell, "The date "+tabular.Quote(cell)+" "+err.Error()+".")
				return
			}
			date.Line = at
			r.date, dated = date, true
		default:
			r.cells[role] = strings.Clone(cell)
		}
	}
	if !dated {
		t.Problem(at, line, fmt.Sprintf("The date is missing: the line ends after column %d of %d.", len(cells), len(t.roleOf)))
		return
	}
	t.rows = append(t.rows, r)
}

// mostBad is how many lines may be wrong before the rest is not looked at.
const mostBad = 10_000

// mostNotes is how many lines of words may follow the prices.
const mostNotes = 20

// isNote reports whether a line is no row: before the first row one of units or
// captions, without a date or a number; after it a sentence.
func (t *table) isNote(cells []string) bool {
	if i := slices.Index(t.roleOf, roleDate); i < len(cells) && cells[i] != "" && cells[i][0] >= '0' && cells[i][0] <= '9' {
		return false
	}
	if len(cells) > mostColumns || len(t.notes) == mostNotes {
		return false
	}
	text, filled := "", 0
	for _, cell := range cells {
		if cell == "" {
			continue
		}
		if isDate(cell) || isNumber(cell) {
			return false
		}
		filled++
		text += " " + cell
	}
	if len(t.rows) == 0 && t.Count == 0 && t.captions.Count < 3 {
		return true
	}
	said := strings.Fields(text)
	enough := 3
	if filled == 1 {
		enough = 2
	}
	if len(said) == 0 || said[0][0] >= '0' && said[0][0] <= '9' || isMonth(said[0]) { // a date that was cut off
		return false
	}
	return len(said) >= enough || strings.Contains(text, "://")
}

// isMonth reports whether a word is the name of a month.
func isMonth(word string) bool {
	word = strings.TrimRight(word, ",.")
	_, short := time.Parse("Jan", word)
	_, long := time.Parse("January", word)
	return short == nil || long == nil
}

// note remembers a line that is no row. Those of yfinance between the header and
// the prices need no warning: the ticker, and the name of the index.
func (t *table) note(at int, line string) {
	switch {
	case len(t.rows) > 0 || t.Count > 0:
		t.notes = append(t.notes, earlyLine{at, strings.Clone(line)})
	case letters(t.columns[0]) == "price" && t.roleOf[0] == roleDate:
	default:
		t.captions.Add(at)
	}
}

// leftOut warns of the lines that are no rows.
func (t *table) leftOut() {
	if t.captions.Count > 0 {
		t.Warn(WarnPassedOver, "%s without a date and a number %s left out between the header and the prices, the first on line %d.", t.captions.Rows(), t.captions.Were(), t.captions.First)
	}
	if n := len(t.notes); n > 0 {
		t.Warn(WarnPassedOver, "After the prices %d %s of words %s left out; line %d is %s.", n, plural(n, "line", "lines"), plural(n, "is", "are"), t.notes[0].at, tabular.Quote(t.notes[0].text))
	}
}
