package tabular

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// utf8Mark is the byte order mark of UTF-8.
var utf8Mark = []byte("\xef\xbb\xbf")

// encoding tells UTF-16 from texts of bytes, by its mark or by the zeros in its
// first two letters; order is nil for other texts. skip is the length of the
// mark.
func encoding(head []byte) (order binary.ByteOrder, skip int) {
	const letters = 4
	switch {
	case bytes.HasPrefix(head, utf8Mark):
		return nil, len(utf8Mark)
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return binary.LittleEndian, 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return binary.BigEndian, 2
	case len(head) < letters:
		return nil, 0
	case head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return binary.LittleEndian, 0
	case head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return binary.BigEndian, 0
	}
	return nil, 0
}

// utf16Text reads UTF-16 as UTF-8.
type utf16Text struct {
	in    *bufio.Reader
	order binary.ByteOrder
	high  rune   // the first half of a pair, 0 for none
	ready []byte // decoded and not yet read
	err   error
}

// Read implements io.Reader.
func (t *utf16Text) Read(p []byte) (int, error) {
	for len(t.ready) == 0 && t.err == nil {
		t.fill()
	}
	n := copy(p, t.ready)
	if t.ready = t.ready[n:]; len(t.ready) == 0 && n == 0 {
		return 0, t.err
	}
	return n, nil
}

// fill decodes the next units. Half a pair alone becomes U+FFFD.
func (t *utf16Text) fill() {
	const chunk = 4096
	var raw [chunk]byte
	n, err := io.ReadFull(t.in, raw[:])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	t.err = err
	t.ready = t.ready[:0]
	for i := 0; i+1 < n; i += 2 {
		unit := rune(t.order.Uint16(raw[i:]))
		if t.high != 0 {
			pair := utf16.DecodeRune(t.high, unit)
			t.high = 0
			t.ready = utf8.AppendRune(t.ready, pair)
			if pair != utf8.RuneError {
				continue
			}
		}
		if unit >= 0xd800 && unit < 0xdc00 {
			t.high = unit
			continue
		}
		t.ready = utf8.AppendRune(t.ready, unit)
	}
}

// westernText returns a line that is no UTF-8 as what it most likely is,
// Windows-1252 or Latin-1.
func westernText(raw []byte) string {
	const euro = 0x80
	var b strings.Builder
	for _, c := range raw {
		switch {
		case c == euro:
			b.WriteRune('€')
		case c == 0x91 || c == 0x92:
			b.WriteRune('’')
		default:
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}
