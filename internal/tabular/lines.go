package tabular

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxLine is the longest line that is read, in bytes.
const maxLine = 64 << 10

// Lines calls each for the lines of a text that hold something, as Scan does,
// but not for comments and, until header reports that the header has been read,
// the "sep=" that spreadsheets want.
func Lines(text io.Reader, header func() bool, each func(at int, line string) error) error {
	return Scan(text, func(at int, line string) error {
		if line[0] == '#' || !header() && IsSeparatorLine(line) {
			return nil
		}
		return each(at, line)
	})
}

// IsSeparatorLine reports whether a line is the "sep=" that spreadsheets want
// before the header, which shows the delimiter too.
func IsSeparatorLine(line string) bool {
	const mark = "sep="
	return len(line) >= len(mark) && strings.EqualFold(line[:len(mark)], mark)
}

// ErrEnough ends the reading of a file without a fault: what is wrong with it is
// in the report, and the lines that follow can tell nothing more.
var ErrEnough = errors.New("enough has been read")

// Scan calls each for the lines of a text that hold something, by number,
// without the spaces at their ends. A line that is no UTF-8 is taken as
// Windows-1252. Errors are faults, of each or of the text's reader; each may end
// the reading with ErrEnough.
func Scan(text io.Reader, each func(at int, line string) error) error {
	lines := bufio.NewScanner(text)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	lines.Split(splitLines)
	at := 0
	for lines.Scan() {
		at++
		raw := bytes.TrimRight(lines.Bytes(), " \t")
		if len(bytes.Trim(raw, " ,;\t|\"")) == 0 {
			continue
		}
		if bytes.IndexByte(raw, 0) >= 0 {
			return Fault{Says: fmt.Sprintf("Line %d holds binary data.", at), Hint: "Please save it as CSV, in UTF-8."}
		}
		line := string(raw)
		if !utf8.ValidString(line) {
			line = westernText(raw)
		}
		if err := each(at, line); errors.Is(err, ErrEnough) {
			return nil
		} else if err != nil {
			return err
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Fault{Says: fmt.Sprintf("Line %d is longer than 64 KiB.", at+1), Hint: "Please check that it is a table with one row a line."}
	} else if err != nil {
		return err
	}
	return nil
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

// DelimiterOf returns what separates the cells of a line: a semicolon or a tab
// where there is one, and a bar where there are no commas.
func DelimiterOf(line string) byte {
	quoted, seen := false, [128]bool{}
	for i := range len(line) {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && c < 128:
			seen[c] = true
		}
	}
	switch {
	case seen[';']:
		return ';'
	case seen['\t']:
		return '\t'
	case seen['|'] && !seen[',']:
		return '|'
	default:
		return ','
	}
}

// Split appends the trimmed cells of a line to cells, which may be nil. A cell
// in quotation marks may hold the delimiter, and a quotation mark written
// twice. ok is false when one is never closed.
func Split(cells []string, line string, delimiter byte) (all []string, ok bool) {
	for {
		line = strings.TrimLeft(line, " ")
		if !strings.HasPrefix(line, `"`) {
			end := strings.IndexByte(line, delimiter)
			if end < 0 {
				return append(cells, strings.TrimSpace(line)), true
			}
			cells = append(cells, strings.TrimSpace(line[:end]))
			line = line[end+1:]
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
