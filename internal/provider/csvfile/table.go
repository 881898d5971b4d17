package csvfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// table is a file while it is read.
type table struct {
	report
	delimiter byte
	columns   []string // as the header names them
	roleOf    []role   // by column
	rows      []row
	badVolume tally
}

// read fills the table from the text. It returns faults of the whole file;
// those of single lines go to the report.
func (t *table) read(text io.Reader) error {
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	lines.Split(splitLines)
	at := 0
	for lines.Scan() {
		at++
		line := strings.TrimRight(lines.Text(), " \t")
		if strings.Trim(line, " ,;\t\"") == "" || line[0] == '#' {
			continue
		}
		if strings.IndexByte(line, 0) >= 0 {
			return fault{says: fmt.Sprintf("Line %d holds binary data.", at), hint: "Please save it as CSV, in UTF-8."}
		}
		if t.roleOf == nil && strings.HasPrefix(strings.ToLower(line), "sep=") {
			continue // a line for spreadsheets; the header shows the delimiter too
		}
		if t.roleOf == nil {
			isHeader, err := t.header(line)
			if err != nil {
				return err
			}
			if isHeader {
				continue
			}
		}
		if len(t.rows) == maxRows {
			return fault{says: fmt.Sprintf("It has more than %d rows.", maxRows), hint: "Please keep one row a day, of one symbol."}
		}
		t.line(at, line)
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fault{says: fmt.Sprintf("Line %d is longer than 64 KiB.", at+1), hint: "Please check that it is a table with one row a day."}
	} else if err != nil {
		return err
	}
	return nil
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
	cells, ok := split(line, t.delimiter)
	if !ok {
		t.problem(at, line, "A quotation mark is opened and never closed.")
		return
	}
	if t.caption(cells) {
		return
	}
	for len(cells) > len(t.roleOf) && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > len(t.roleOf) {
		t.problem(at, line, fmt.Sprintf("There are %d columns where %d are named; a comma inside a number needs quotation marks around it.",
			len(cells), len(t.roleOf)))
		return
	}
	r := row{line: at}
	dated := false
	for i, cell := range cells {
		switch role := t.roleOf[i]; role {
		case roleNone:
		case roleDate:
			date, err := readDate(cell)
			if err != nil {
				t.problem(at, cell, "The date "+quote(cell)+" "+err.Error()+".")
				return
			}
			r.date, dated = date, true
		default:
			r.prices[role] = strings.Clone(cell)
		}
	}
	if !dated {
		t.problem(at, line, fmt.Sprintf("The date is missing: the line ends after column %d of %d.", len(cells), len(t.roleOf)))
		return
	}
	t.rows = append(t.rows, r)
}

// splitLines is a bufio.SplitFunc for lines that end in LF, CRLF or CR.
func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF && len(data) > 0:
		return len(data), data, nil
	case i < 0:
		return 0, nil, nil
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	case i+1 == len(data) && !atEOF:
		return 0, nil, nil
	default:
		return i + 1, data[:i], nil
	}
}

// delimiterOf returns what separates the cells of the first line.
func delimiterOf(line string) byte {
	quoted, seen := false, [3]bool{}
	for i := range len(line) {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ';':
			seen[0] = true
		case c == '\t':
			seen[1] = true
		}
	}
	switch {
	case seen[0]:
		return ';'
	case seen[1]:
		return '\t'
	default:
		return ','
	}
}

// split cuts a line into trimmed cells. A cell in quotation marks may hold the
// delimiter, and a quotation mark written twice. ok is false when one is never
// closed.
func split(line string, delimiter byte) (cells []string, ok bool) {
	for {
		line = strings.TrimLeft(line, " ")
		if !strings.HasPrefix(line, `"`) {
			cell, rest, more := strings.Cut(line, string(delimiter))
			cells = append(cells, strings.TrimSpace(cell))
			if !more {
				return cells, true
			}
			line = rest
			continue
		}
		var cell strings.Builder
		line = line[1:]
		for {
			end := strings.IndexByte(line, '"')
			if end < 0 {
				return nil, false
			}
			cell.WriteString(line[:end])
			line = line[end+1:]
			if !strings.HasPrefix(line, `"`) {
				break
			}
			cell.WriteByte('"')
			line = line[1:]
		}
		tail, rest, more := strings.Cut(line, string(delimiter))
		cells = append(cells, strings.TrimSpace(cell.String()+tail))
		if !more {
			return cells, true
		}
		line = rest
	}
}
