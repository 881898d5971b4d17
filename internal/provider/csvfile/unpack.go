package csvfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
)

// The limits of what is read.
const (
	maxBytes   = 256 << 20 // once unpacked
	maxLine    = 64 << 10
	maxRatio   = 200     // unpacked to packed; prices reach about ten
	ratioFloor = 1 << 20 // unpacked bytes below which the ratio says nothing
)

// unpack returns the text of r, out of gzip if it is packed, without a byte
// order mark and no longer than maxBytes. Other formats are refused by name.
func unpack(r io.Reader) (io.Reader, error) {
	packed := &counter{r: r}
	in := bufio.NewReaderSize(packed, maxLine)
	head, err := in.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fault{says: "It looks like gzip, but its header is damaged.", err: err}
		}
		in = bufio.NewReaderSize(&guard{r: z, packed: packed}, maxLine)
		head, err = in.Peek(8)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
	}
	if bytes.HasPrefix(head, []byte(parquetMagic)) {
		return parquetRows(&capped{r: in, left: maxBytes})
	}
	if err := foreign(head); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		if _, err := in.Discard(3); err != nil {
			return nil, err
		}
	}
	return &capped{r: in, left: maxBytes}, nil
}

// foreign refuses what begins like another format than text.
func foreign(head []byte) error {
	const save = "Please save it as CSV, in UTF-8."
	switch {
	case len(head) == 0:
		return fault{says: "It is empty."}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return fault{says: "It is a zip archive or a spreadsheet.", hint: save}
	case bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")):
		return fault{says: "It is packed with zstd.", hint: "Please unpack it, or pack it with gzip."}
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return fault{says: "It is packed with gzip twice.", hint: "Please unpack it once."}
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return fault{says: "Its text is in UTF-16.", hint: save}
	case head[0] == '<' && !bytes.HasPrefix(head, []byte("<DATE>")) && !bytes.HasPrefix(head, []byte("<TICKER>")):
		return fault{says: "It is a web page, not a table.", hint: "Please open the address in a browser and save the data it offers."}
	case head[0] == '{', head[0] == '[':
		return fault{says: "It is JSON, not a table.", hint: save}
	}
	return nil
}

// counter counts the bytes read through it.
type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// guard unpacks gzip and stops when the text outgrows its packed size beyond
// what prices can.
type guard struct {
	r      io.Reader
	packed *counter
	n      int64
}

// Read implements io.Reader.
func (g *guard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	g.n += int64(n)
	if g.n > ratioFloor && g.n > maxRatio*g.packed.n {
		return n, fault{says: "It unpacks to more than two hundred times its size, which prices never do."}
	}
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	damaged := errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) ||
		errors.Is(err, io.ErrUnexpectedEOF) || strings.HasPrefix(err.Error(), "flate:")
	if damaged {
		return n, fault{says: "Its gzip data is damaged or ends early.", hint: "Please download or pack it again.", err: err}
	}
	return n, err
}

// capped refuses a text that is longer than left.
type capped struct {
	r    io.Reader
	left int64
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return n, fault{says: "It holds more than 256 MiB of text.", hint: "Please keep daily prices of one symbol only."}
	}
	return n, err
}
