package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"lombard.example/lombard"
)

// column is one figure of the rows of a table: exactly one of the pointers says
// where it stands in a row.
type column[R any] struct {
	name     string
	number   func(*R) *float64
	optional func(*R) **float64
	truth    func(*R) *bool
	word     func(*R) *string
	date     func(*R) *lombard.Date
	integer  func(*R) *int

	// guesses compute the number from figures that stand earlier in the table, or
	// in the row before. What is kept is how far the best of them is off, bit by
	// bit: nothing, where the figure follows from others. The row before's own
	// number is the last guess of every column.
	guesses []guesser[R]
}

// guesser starts a guess, which is then asked for every row in order. Products
// that are added to are put through float64, so that no machine fuses the two.
type guesser[R any] func() func(row, before *R) float64

// from is a guess that needs no memory.
func from[R any](f func(row, before *R) float64) guesser[R] {
	return func() func(row, before *R) float64 { return f }
}

// The forms in which numbers are kept: the lower half of a byte. The upper half
// is the guess.
const (
	formExact   = iota + 1 // the guess is right in every row
	formXOR                // bits that differ from the guess, byte by byte of all rows
	formDecimal            // whole multiples of a power of ten, as differences
)

// ErrDamaged is wrapped by every error about bytes that are not what was written.
var ErrDamaged = errors.New("the stored result is damaged")

// encodeNumbers appends a column of numbers to b; scratch is reused.
func encodeNumbers[R any](b []byte, c *column[R], rows []R, at func(*R) *float64, before func(i int) *R, scratch *[]uint64) ([]byte, error) {
	n := len(rows)
	for i := range rows { // whatever the guess: what is not a number could be kept and never be shown
		if x := *at(&rows[i]); math.IsNaN(x) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("%s of row %d is not a finite number", c.name, i)
		}
	}
	best, most := 0, -1
	for g := range len(c.guesses) + 1 {
		guess := c.guess(g, at)
		hits := 0
		for i := range rows {
			if math.Float64bits(*at(&rows[i])) == math.Float64bits(guess(&rows[i], before(i))) {
				hits++
			}
		}
		if hits > most {
			best, most = g, hits
		}
		if hits == n {
			return append(b, byte(best<<4|formExact)), nil
		}
	}
	if 2*most < n {
		if digits, ok := decimals(rows, at); ok {
			return encodeDecimals(append(b, formDecimal, byte(digits)), rows, at, digits), nil
		}
	}
	guess := c.guess(best, at)
	words := grow(scratch, n)
	for i := range rows {
		words[i] = math.Float64bits(*at(&rows[i])) ^ math.Float64bits(guess(&rows[i], before(i)))
	}
	return appendPlanes(append(b, byte(best<<4|formXOR)), words), nil
}

// guess returns the guess of a number: one of the column's, or the last one, the
// number of the row before.
func (c *column[R]) guess(g int, at func(*R) *float64) func(row, before *R) float64 {
	if g < len(c.guesses) {
		return c.guesses[g]()
	}
	return func(_, before *R) float64 { return *at(before) }
}

// decodeNumbers reads a column of numbers into rows.
func decodeNumbers[R any](r *reader, c *column[R], rows []R, at func(*R) *float64, before func(i int) *R, scratch *[]uint64) {
	tag := r.byte()
	g, form := int(tag>>4), tag&15
	if r.err != nil || g > len(c.guesses) {
		r.fail()
		return
	}
	guess := c.guess(g, at)
	switch form {
	case formExact:
		for i := range rows {
			*at(&rows[i]) = guess(&rows[i], before(i))
		}
	case formXOR:
		words := grow(scratch, len(rows))
		r.planes(words)
		for i := range rows {
			*at(&rows[i]) = math.Float64frombits(words[i] ^ math.Float64bits(guess(&rows[i], before(i))))
		}
	case formDecimal:
		decodeDecimals(r, rows, at)
	default:
		r.fail()
	}
}

// mostDecimals is the most digits after the point that prices are looked for.
const mostDecimals = 6

var powers = [mostDecimals + 1]float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6}

// decimals returns how many digits after the point hold every number exactly.
func decimals[R any](rows []R, at func(*R) *float64) (digits int, ok bool) {
	for i := range rows {
		for !isDecimal(*at(&rows[i]), digits) {
			if digits++; digits > mostDecimals {
				return 0, false
			}
		}
	}
	for i := range rows { // fewer digits may have been enough for the first of them
		if !isDecimal(*at(&rows[i]), digits) {
			return 0, false
		}
	}
	return digits, true
}

// isDecimal reports whether x is the number that so many digits write. −0 is
// none: a whole number has no sign at 0.
func isDecimal(x float64, digits int) bool {
	whole := math.Round(x * powers[digits])
	return math.Abs(whole) < 1<<50 && sameNumber(float64(int64(whole))/powers[digits], x)
}

func encodeDecimals[R any](b []byte, rows []R, at func(*R) *float64, digits int) []byte {
	last := int64(0)
	for i := range rows {
		whole := int64(math.Round(*at(&rows[i]) * powers[digits]))
		b = binary.AppendVarint(b, whole-last)
		last = whole
	}
	return b
}

func decodeDecimals[R any](r *reader, rows []R, at func(*R) *float64) {
	digits := int(r.byte())
	if digits > mostDecimals {
		r.fail()
		return
	}
	whole := int64(0)
	for i := range rows {
		whole += r.varint()
		*at(&rows[i]) = float64(whole) / powers[digits]
	}
}

// appendPlanes appends the first bytes of all words, then the second ones and so
// on, from the highest that is not zero everywhere; their number comes first.
func appendPlanes(b []byte, words []uint64) []byte {
	all := uint64(0)
	for _, w := range words {
		all |= w
	}
	planes := (bits.Len64(all) + 7) / 8
	b = append(b, byte(planes))
	for p := planes - 1; p >= 0; p-- {
		for _, w := range words {
			b = append(b, byte(w>>(8*p)))
		}
	}
	return b
}

func grow(scratch *[]uint64, n int) []uint64 {
	if cap(*scratch) < n {
		*scratch = make([]uint64, n)
	}
	return (*scratch)[:n]
}

// reader reads what was appended; after an error it returns zeros.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail() {
	r.b = nil
	if r.err == nil {
		r.err = ErrDamaged
	}
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	x := r.b[0]
	r.b = r.b[1:]
	return x
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail()
		return nil
	}
	x := r.b[:n]
	r.b = r.b[n:]
	return x
}

func (r *reader) varint() int64 {
	x, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return x
}

// count reads a number of things, of which there may be so many at most.
func (r *reader) count(most int) int {
	x, n := binary.Uvarint(r.b)
	if n <= 0 || x > uint64(most) {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return int(x)
}

func (r *reader) planes(words []uint64) {
	clear(words)
	planes := int(r.byte())
	if planes > 8 {
		r.fail()
		return
	}
	for p := planes - 1; p >= 0; p-- {
		plane := r.bytes(len(words))
		for i, x := range plane {
			words[i] |= uint64(x) << (8 * p)
		}
	}
}

// text reads a text with its length before it.
func (r *reader) text() []byte { return r.bytes(r.count(len(r.b))) }

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
