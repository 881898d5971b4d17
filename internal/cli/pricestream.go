package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A file of options is read in blocks of whole lines, which are priced side by
// side and written in their order. What is held at once does not grow with the
// file: a few blocks a processor.
const (
	blockBytes = 256 << 10
	lineBytes  = 1 << 20 // the longest line that is read
)

var errLongLine = fmt.Errorf("a line has more than %d bytes", lineBytes)

// lineBlocks cuts a text into blocks of whole lines.
type lineBlocks struct {
	in    io.Reader
	carry []byte // the beginning of a line
	ended bool
}

// next returns the next block; the error at the end is io.EOF.
func (b *lineBlocks) next() (string, error) {
	for !b.ended {
		kept := len(b.carry)
		buffer := make([]byte, kept+blockBytes)
		copy(buffer, b.carry)
		n, err := io.ReadFull(b.in, buffer[kept:])
		buffer = buffer[:kept+n]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			b.ended, b.carry = true, nil
			if len(buffer) == 0 {
				break
			}
			return string(buffer), nil
		}
		if err != nil {
			return "", err
		}
		if cut := bytes.LastIndexByte(buffer, '\n') + 1; cut > 0 {
			b.carry = bytes.Clone(buffer[cut:])
			return string(buffer[:cut]), nil
		}
		if b.carry = buffer; len(buffer) > lineBytes {
			return "", errLongLine
		}
	}
	return "", io.EOF
}

// untilDone reads until its context is done.
type untilDone struct {
	ctx context.Context
	in  io.Reader
}

// Read implements io.Reader.
func (r untilDone) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}

// rowLimit reads what comes after the rows that have been read, and no further
// than the longest line: a quote that never ends must not take in the whole file.
type rowLimit struct {
	in         io.Reader
	read, from int64 // bytes that were read, and those of rows that are done with
}

// Read implements io.Reader.
func (r *rowLimit) Read(p []byte) (int, error) {
	if r.read-r.from > lineBytes {
		return 0, errLongLine
	}
	n, err := r.in.Read(p)
	r.read += int64(n)
	return n, err
}

// lineFault is what is wrong with a line.
type lineFault struct {
	line     int
	sentence string
}

// priceBlock is a block on its way: done receives it priced.
type priceBlock struct {
	text   string
	line   int // of its first row
	out    []byte
	faults []lineFault
	rows   int
	done   chan struct{}
}

// priceStream prices blocks of rows without quotes.
type priceStream struct {
	q      pricer
	width  int            // fields of the header
	column map[string]int // of the names the pricer reads
}

// price prices the rows of a block.
func (s *priceStream) price(b *priceBlock) {
	b.out = make([]byte, 0, 3*len(b.text))
	cells := make([]string, 0, s.width)
	value := func(name string) string { return strings.TrimSpace(cells[s.column[name]]) }
	for rest, line := b.text, b.line; rest != ""; line++ {
		row, after, _ := strings.Cut(rest, "\n")
		rest = after
		row = strings.TrimSuffix(row, "\r")
		if row == "" {
			continue
		}
		cells = cells[:0]
		for more := true; more; {
			var cell string
			cell, row, more = strings.Cut(row, ",")
			if startsWithSpace(cell) {
				cell = strings.TrimLeftFunc(cell, unicode.IsSpace)
			}
			cells = append(cells, cell)
		}
		if len(cells) != s.width {
			b.faults = append(b.faults, lineFault{line, fmt.Sprintf("it has %d fields and the header %d.", len(cells), s.width)})
			continue
		}
		numbers, wrong := s.q.answer(value)
		if len(wrong) > 0 {
			b.faults = append(b.faults, lineFault{line, strings.Join(wrong, " ")})
			continue
		}
		b.rows++
		b.out = appendCells(b.out, cells)
		for _, x := range numbers {
			b.out = strconv.AppendFloat(append(b.out, ','), x, 'g', -1, 64)
		}
		b.out = append(b.out, '\n')
	}
}

// appendCells writes cells without quotes in them as a CSV file has them.
func appendCells(out []byte, cells []string) []byte {
	for i, cell := range cells {
		if i > 0 {
			out = append(out, ',')
		}
		if cell == `\.` || strings.IndexByte(cell, '\r') >= 0 || startsWithSpace(cell) {
			out = append(append(append(out, '"'), cell...), '"')
		} else {
			out = append(out, cell...)
		}
	}
	return out
}

// startsWithSpace says whether a CSV reader trims a field, and a writer quotes it.
func startsWithSpace(cell string) bool {
	if cell == "" || cell[0] > ' ' && cell[0] < utf8.RuneSelf {
		return false
	}
	first, _ := utf8.DecodeRuneInString(cell)
	return unicode.IsSpace(first)
}

// priceBlocks prices block after block and writes them in order. A block with a
// quote in it ends it: it is returned, with its line, for a reader that knows
// quotes.
func (p *program) priceBlocks(s *priceStream, blocks *lineBlocks, text string, line int) (bad, rows int, quoted string, at int, err error) {
	workers := runtime.GOMAXPROCS(0)
	todo, order, stop := make(chan *priceBlock), make(chan *priceBlock, workers+1), make(chan struct{})
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for b := range todo {
				s.price(b)
				close(b.done)
			}
		})
	}
	var readErr error
	running.Go(func() {
		defer close(todo)
		defer close(order)
		for ; readErr == nil; text, readErr = blocks.next() {
			if strings.IndexByte(text, '"') >= 0 {
				quoted, at = text, line
				return
			}
			b := &priceBlock{text: text, line: line, done: make(chan struct{})}
			line += strings.Count(text, "\n")
			select {
			case order <- b:
			case <-stop:
				return
			}
			todo <- b
		}
	})
	for b := range order {
		<-b.done
		if len(b.faults) > 0 {
			p.pricedEnd(rows)
		}
		for _, f := range b.faults {
			bad++
			_, _ = fmt.Fprintf(p.world.Stderr, "Line %d: %s\n", f.line, f.sentence)
		}
		rows += b.rows
		if _, err = p.world.Stdout.Write(b.out); err != nil {
			err = fmt.Errorf("write to standard output: %w", err)
			break
		}
		p.priced(rows)
	}
	close(stop)
	for b := range order {
		<-b.done
	}
	running.Wait()
	if err == nil && readErr != nil && !errors.Is(readErr, io.EOF) {
		err = fmt.Errorf("read the options: %w", readErr)
	}
	return bad, rows, quoted, at, err
}

// priced shows on a terminal how many rows have been priced, where they do not
// show themselves.
func (p *program) priced(rows int) {
	if p.showsPriced(rows) {
		_, _ = fmt.Fprintf(p.bars, "\rPriced %d rows", rows)
	}
}

// pricedEnd ends the line that priced has written.
func (p *program) pricedEnd(rows int) {
	if p.showsPriced(rows) {
		_, _ = fmt.Fprintln(p.bars)
	}
}

func (p *program) showsPriced(rows int) bool {
	return p.world.StderrTerminal && !p.world.StdoutTerminal && p.world.getenv("TERM") != "dumb" && rows > 0
}

// headerOf takes the header off the first block, and says how many lines it and
// the empty ones before it are.
func headerOf(text string) (head []string, rest string, lines int, err error) {
	rows := csv.NewReader(strings.NewReader(text))
	rows.FieldsPerRecord, rows.TrimLeadingSpace = -1, true
	if head, err = rows.Read(); err != nil {
		return nil, "", 0, err
	}
	rest = text[rows.InputOffset():]
	return head, rest, strings.Count(text[:len(text)-len(rest)], "\n"), nil
}
