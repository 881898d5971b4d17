package archive

import (
	"encoding/binary"
	"fmt"

	"lombard.example/lombard"
)

// table is a list of rows kept column by column.
type table[R any] struct {
	columns []column[R]
	// sameAs tells the row before that a guess may use, where that is not the one
	// above: of the same contract, say. It may read the columns up to known.
	sameAs func(row *R) string
	known  int
}

// append appends the rows to b.
func (t *table[R]) append(b []byte, rows []R) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(len(rows)))
	var scratch []uint64
	before := t.before(rows)
	var err error
	for i := range t.columns {
		if b, err = t.columns[i].append(b, rows, before(i), &scratch); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// read reads the rows that append has written. Every table has a column of dates
// or whole numbers, which take a byte a row at least: a count beyond that would
// only ask for memory.
func (t *table[R]) read(r *reader) []R {
	rows := make([]R, r.count(len(r.b)))
	var scratch []uint64
	before := t.before(rows)
	for i := range t.columns {
		t.columns[i].read(r, rows, before(i), &scratch)
		if r.err != nil {
			return nil
		}
	}
	return rows
}

// before returns, for a column, what stands before each row.
func (t *table[R]) before(rows []R) func(column int) func(i int) *R {
	var none R
	above := func(i int) *R {
		if i == 0 {
			return &none
		}
		return &rows[i-1]
	}
	if t.sameAs == nil {
		return func(int) func(int) *R { return above }
	}
	var same []*R
	return func(column int) func(int) *R {
		if column < t.known {
			return above
		}
		if same == nil {
			same = make([]*R, len(rows))
			last := map[string]*R{}
			for i := range rows {
				key := t.sameAs(&rows[i])
				if same[i] = last[key]; same[i] == nil {
					same[i] = &none
				}
				last[key] = &rows[i]
			}
		}
		return func(i int) *R { return same[i] }
	}
}

func (c *column[R]) append(b []byte, rows []R, before func(int) *R, scratch *[]uint64) ([]byte, error) {
	switch {
	case c.number != nil:
		return encodeNumbers(b, c, rows, c.number, before, scratch)
	case c.optional != nil:
		return c.appendOptional(b, rows, before, scratch)
	case c.truth != nil:
		return appendBits(b, len(rows), func(i int) bool { return *c.truth(&rows[i]) }), nil
	case c.word != nil:
		return appendWords(b, len(rows), func(i int) string { return *c.word(&rows[i]) }), nil
	case c.date != nil:
		last := int64(0)
		for i := range rows {
			date := int64(*c.date(&rows[i]))
			b = binary.AppendVarint(b, date-last)
			last = date
		}
		return b, nil
	case c.integer != nil:
		for i := range rows {
			b = binary.AppendVarint(b, int64(*c.integer(&rows[i])))
		}
		return b, nil
	default:
		return nil, fmt.Errorf("the column %s has no place in a row", c.name)
	}
}

func (c *column[R]) read(r *reader, rows []R, before func(int) *R, scratch *[]uint64) {
	switch {
	case c.number != nil:
		decodeNumbers(r, c, rows, c.number, before, scratch)
	case c.optional != nil:
		c.readOptional(r, rows, before, scratch)
	case c.truth != nil:
		r.bits(len(rows), func(i int, is bool) { *c.truth(&rows[i]) = is })
	case c.word != nil:
		r.words(len(rows), func(i int, word string) { *c.word(&rows[i]) = word })
	case c.date != nil:
		date := int64(0)
		for i := range rows {
			date += r.varint()
			*c.date(&rows[i]) = lombard.Date(date)
		}
	case c.integer != nil:
		for i := range rows {
			*c.integer(&rows[i]) = int(r.varint())
		}
	}
}

// appendOptional writes which rows have the number, then those that do.
func (c *column[R]) appendOptional(b []byte, rows []R, before func(int) *R, scratch *[]uint64) ([]byte, error) {
	b = appendBits(b, len(rows), func(i int) bool { return *c.optional(&rows[i]) != nil })
	return encodeNumbers(b, c, rows, orZero(c), before, scratch)
}

// orZero makes an optional number one that is 0 where it is missing.
func orZero[R any](c *column[R]) func(*R) *float64 {
	zero := new(float64)
	return func(row *R) *float64 {
		if x := *c.optional(row); x != nil {
			return x
		}
		*zero = 0
		return zero
	}
}

func (c *column[R]) readOptional(r *reader, rows []R, before func(int) *R, scratch *[]uint64) {
	values := make([]float64, len(rows)) // one allocation for all of them
	r.bits(len(rows), func(i int, is bool) {
		if is {
			*c.optional(&rows[i]) = &values[i]
		}
	})
	if r.err == nil {
		decodeNumbers(r, c, rows, orZero(c), before, scratch)
	}
}

// appendBits writes one bit a row, or how all of them are.
func appendBits(b []byte, n int, is func(int) bool) []byte {
	set := 0
	for i := range n {
		if is(i) {
			set++
		}
	}
	switch set {
	case 0:
		return append(b, 0)
	case n:
		return append(b, 1)
	}
	b = append(b, 2)
	at := len(b)
	b = append(b, make([]byte, (n+7)/8)...)
	for i := range n {
		if is(i) {
			b[at+i/8] |= 1 << (i % 8)
		}
	}
	return b
}

func (r *reader) bits(n int, set func(i int, is bool)) {
	form := r.byte()
	var packed []byte
	if form == 2 {
		packed = r.bytes((n + 7) / 8)
	} else if form > 2 {
		r.fail()
	}
	if r.err != nil {
		return
	}
	for i := range n {
		set(i, form == 1 || form == 2 && packed[i/8]>>(i%8)&1 == 1)
	}
}

// appendWords writes the different words, then which one each row has.
func appendWords(b []byte, n int, word func(int) string) []byte {
	index := map[string]int{}
	var words []string
	for i := range n {
		w := word(i)
		if _, known := index[w]; !known {
			index[w] = len(words)
			words = append(words, w)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(words)))
	for _, w := range words {
		b = appendText(b, w)
	}
	if len(words) < 2 {
		return b
	}
	for i := range n {
		b = binary.AppendUvarint(b, uint64(index[word(i)]))
	}
	return b
}

func (r *reader) words(n int, set func(i int, word string)) {
	words := make([]string, r.count(min(n, len(r.b))))
	for i := range words {
		words[i] = string(r.text())
	}
	for i := range n {
		at := 0
		if len(words) > 1 {
			at = r.count(len(words) - 1)
		}
		if r.err != nil || at >= len(words) {
			r.fail()
			return
		}
		set(i, words[at])
	}
}
