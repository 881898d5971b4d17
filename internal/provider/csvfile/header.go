package csvfile

import (
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard/internal/tabular"
)

// mostEarly is how many lines are looked at for the header, mostColumns how many
// columns a table has.
const (
	mostEarly   = 50
	mostColumns = 1000
)

// earlyLine is a line that was read before the header was known.
type earlyLine struct {
	at   int
	text string
}

// early looks for the header: the first line that names a date and a close. It
// reports whether the line is a row of a table without a header.
func (t *table) early(at int, line string) (isRow bool, err error) {
	if tabular.IsSeparatorLine(line) {
		return false, nil
	}
	comment := line[0] == '#'
	if comment {
		line = strings.TrimLeft(line, "# ")
	}
	delimiter := tabular.DelimiterOf(line)
	cells, closed := tabular.Split(nil, line, delimiter)
	cells = trimmed(cells)
	switch {
	case len(cells) > mostColumns:
		return false, tabular.Fault{Says: fmt.Sprintf("Line %d has %d columns, and at most %d are read.", at, len(cells), mostColumns), Hint: "Please keep the columns that count."}
	case !closed:
	case !comment && isSideBySide(t.above, cells):
		names, err := t.ownColumns(t.above, cells)
		if err != nil {
			return false, err
		}
		t.passed = t.passed[:len(t.passed)-1] // it is the first line of the header
		return false, t.header(at, names, delimiter)
	case t.names(cells):
		if comment {
			t.commented = cells // unless another line has the names
			return false, nil
		}
		return false, t.header(at, cells, delimiter)
	case !comment && isOptions(cells):
		return false, optionsFault(cells)
	case !comment && t.isRow(cells):
		return t.headless(at, cells, delimiter)
	}
	if comment {
		return false, nil
	}
	t.above = cells
	t.passed = append(t.passed, earlyLine{at, strings.Clone(line)})
	if len(t.passed) == mostEarly {
		return false, t.noHeader()
	}
	return false, nil
}

// trimmed returns cells without the empty ones at their end, but for the first.
func trimmed(cells []string) []string {
	for len(cells) > 1 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// names reports whether cells name a date and something that can be the close.
func (t *table) names(cells []string) bool {
	roles, _ := rolesOf(cells, t.want)
	return slices.Contains(roles, roleDate) && hasClose(roles)
}

func hasClose(roles []role) bool {
	return slices.ContainsFunc(closeRoles[:], func(r role) bool { return slices.Contains(roles, r) })
}

// isRow reports whether cells are values and no names: a date among numbers, or
// numbers alone.
func (t *table) isRow(cells []string) bool {
	dates, numbers, rest := 0, 0, 0
	for _, cell := range cells {
		switch {
		case tabular.Missing(cell):
		case isDate(cell):
			dates++
		case isNumber(cell):
			numbers++
		default:
			rest++
		}
	}
	return dates > 0 && numbers+dates > 1 && rest <= numbers || numbers > 1 && rest == 0
}

func isDate(cell string) bool {
	_, err := tabular.ReadDate(cell)
	return err == nil
}

func isNumber(cell string) bool {
	cell = strings.TrimSuffix(cell, "%")
	_, point := tabular.Number(cell, false)
	_, comma := tabular.Number(cell, true)
	return point == nil || comma == nil
}

// header takes the names of the columns from a line.
func (t *table) header(at int, cells []string, delimiter byte) error {
	roles, err := rolesOf(cells, t.want)
	if err != nil {
		return err
	}
	t.delimiter, t.columns, t.roleOf = delimiter, slices.Clone(cells), roles
	if column := t.column(roleSymbol); column != "" {
		t.symbols.where = "column " + tabular.Quote(column)
	}
	t.billionths = slices.Contains(cells, "rtype")
	if t.strikeAt = -1; isOptions(cells) {
		t.strikeAt = slices.IndexFunc(cells, isStrike)
	}
	if n := len(t.passed); n > 0 {
		lines := "line"
		if n > 1 {
			lines = fmt.Sprintf("%d lines", n)
		}
		t.Warn(WarnPassedOver, "The %s before the header on line %d %s no prices and %s left out; line %d is %s.", lines, at, plural(n, "has", "have"), plural(n, "is", "are"),
			t.passed[0].at, tabular.Quote(t.passed[0].text))
	}
	t.remark()
	return nil
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// headless takes two columns without names as date and close, and more when a
// comment names them.
func (t *table) headless(at int, cells []string, delimiter byte) (isRow bool, err error) {
	if t.commented != nil && len(t.commented) == len(cells) {
		return true, t.header(at, t.commented, delimiter)
	}
	if slices.ContainsFunc(t.passed, func(l earlyLine) bool {
		cells, _ := tabular.Split(nil, l.text, tabular.DelimiterOf(l.text))
		return len(trimmed(cells)) > 1
	}) {
		return false, t.noHeader()
	}
	if len(cells) != 2 {
		return false, tabular.Fault{
			Says: fmt.Sprintf("Line %d, its first with values, is a row of %d columns, so nothing says what they are.", at, len(cells)),
			Hint: "Please put the names in a line above it, such as date,open,high,low,close,volume.",
		}
	}
	if !isDate(cells[0]) {
		return false, tabular.Fault{Says: "It has two columns without names, and the first is not a date.", Hint: "Please put date,close in the first line, in the order of the columns."}
	}
	t.Warn(WarnNoHeader, "The file has no header; its two columns are taken as the date and the close.")
	return true, t.header(at, []string{"date", "close"}, delimiter)
}

// noHeader says why none of the early lines is the header: of the one that
// comes nearest, what it lacks.
func (t *table) noHeader() error {
	best, most := earlyLine{}, -1
	var columns []string
	for _, l := range t.passed {
		cells, ok := tabular.Split(nil, l.text, tabular.DelimiterOf(l.text))
		if !ok {
			if most < 0 {
				return tabular.Fault{Says: fmt.Sprintf("On line %d a quotation mark is opened and never closed.", l.at)}
			}
			continue
		}
		roles, _ := rolesOf(cells, t.want)
		known := len(roles) - countOf(roles, roleNone)
		if score := 100*known + min(len(trimmed(cells)), 99); score > most {
			best, most, columns = l, score, trimmed(cells)
		}
	}
	if most < 0 {
		return nil
	}
	where := ""
	if best.at != t.passed[0].at {
		where = fmt.Sprintf(" on line %d", best.at)
	}
	roles, err := rolesOf(columns, t.want)
	if err != nil {
		return err
	}
	lacks := roleDate
	if slices.Contains(roles, roleDate) {
		lacks = roleClose
	}
	hint := fmt.Sprintf("Please name one of them %q.", lacks)
	if len(columns) == 1 {
		hint = "Please separate the columns by commas, semicolons or tabs, and name one of them date and one close."
	}
	return tabular.Fault{Says: fmt.Sprintf("No column is recognised as the %s. The columns found%s are: %s.", lacks, where, tabular.Found(columns)), Hint: hint}
}

func countOf(roles []role, r role) int {
	n := 0
	for _, x := range roles {
		if x == r {
			n++
		}
	}
	return n
}
