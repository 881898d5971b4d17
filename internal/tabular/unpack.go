package tabular

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/klauspost/compress/zstd"
)

// The limits of what is unpacked.
const (
	maxRatio    = 200      // unpacked to packed; prices reach about ten, chains thirty
	ratioFloor  = 1 << 20  // unpacked bytes below which the ratio says nothing
	windowLimit = 64 << 20 // of memory that zstd may ask for
)

// Limits bound a file.
type Limits struct {
	Bytes   int64  // of text, once unpacked
	Parquet int64  // of a Parquet file, which is held in memory; 0: as Bytes
	Hint    string // what a file of that size should be
}

// Unpack returns the text of r, out of gzip or zstd if it is packed, without a
// byte order mark and no longer than the limits. A Parquet file is returned as
// it is, and isParquet says so. Other formats are refused by name. Errors, and
// those of the text, are faults or r's own; end gives back what unpacking holds.
func Unpack(r io.Reader, limits Limits) (text io.Reader, isParquet bool, end func(), err error) {
	packed := &counter{r: r}
	in := bufio.NewReaderSize(packed, maxLine)
	end = func() {}
	defer func() {
		if err != nil {
			end() // nobody else will
		}
	}()
	head, err := peek(in)
	if err != nil {
		return nil, false, end, err
	}
	opened, err := decoder(in, head)
	if err != nil {
		return nil, false, end, err
	}
	if opened != nil {
		end = func() { _ = opened.Close() }
		in = bufio.NewReaderSize(&guard{r: opened, packed: packed}, maxLine)
		if head, err = peek(in); err != nil {
			return nil, false, end, err
		}
	}
	if bytes.HasPrefix(head, []byte(parquetMagic)) {
		if limits.Parquet > 0 {
			limits.Bytes = limits.Parquet
		}
		return &capped{r: in, left: limits.Bytes, limits: limits}, true, end, nil
	}
	if err := foreign(head); err != nil {
		return nil, false, end, err
	}
	wide, skip := encoding(head)
	if _, err := in.Discard(skip); err != nil {
		return nil, false, end, err
	}
	text = in
	if wide != nil {
		text = &utf16Text{in: in, order: wide}
	}
	return &capped{r: text, left: limits.Bytes, limits: limits}, false, end, nil
}

// peek returns the first bytes, fewer where there are no more.
func peek(in *bufio.Reader) ([]byte, error) {
	const enough = 512
	head, err := in.Peek(enough)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head, nil
}

// How packed data begins.
var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// decoder opens packed data; nil: it is not packed.
func decoder(in io.Reader, head []byte) (io.ReadCloser, error) {
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, Fault{Says: "It looks like gzip, but its header is damaged.", Err: err}
		}
		return z, nil
	case bytes.HasPrefix(head, zstdMagic):
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(windowLimit), zstd.WithDecoderMaxWindow(windowLimit))
		if err != nil {
			return nil, Fault{Says: "It looks like zstd, but its header is damaged.", Err: err}
		}
		return unzstd{z}, nil
	default:
		return nil, nil
	}
}

// unzstd tells damage from errors of the file below it.
type unzstd struct{ *zstd.Decoder }

// Close implements io.Closer.
func (u unzstd) Close() error { u.Decoder.Close(); return nil }

// foreign refuses what begins like another format than text.
func foreign(head []byte) error {
	const save = "Please save it as CSV, in UTF-8."
	switch {
	case len(head) == 0:
		return Fault{Says: "It is empty."}
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return Fault{Says: "It is a zip archive or a spreadsheet.", Hint: save}
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return Fault{Says: "It is a spreadsheet.", Hint: save}
	case bytes.HasPrefix(head, gzipMagic), bytes.HasPrefix(head, zstdMagic):
		return Fault{Says: "It is packed twice.", Hint: "Please unpack it once."}
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(head, utf8Mark), " \t\r\n")
	switch {
	case len(start) == 0 || bracketed.Match(start) && !bytes.HasPrefix(bytes.ToLower(start), []byte("<html>")):
	case start[0] == '<':
		return Fault{Says: "It is a web page, not a table.", Hint: "Please open the address in a browser and save the data it offers."}
	case start[0] == '{', start[0] == '[':
		return Fault{Says: "It is JSON, not a table.", Hint: save}
	}
	return nil
}

// bracketed is the beginning of a header with names in brackets, as in
// <DATE>,<CLOSE> and [QUOTE_DATE], [STRIKE]: no tag and no list in JSON is
// followed by what separates cells.
var bracketed = regexp.MustCompile(`^(<[\pL\pN_ %./-]+>|\[[\pL_][\pL\pN_ ]*\])[ \t]*[,;|\t]`)

// counter counts the bytes read through it and keeps its reader's error.
type counter struct {
	r   io.Reader
	n   int64
	err error
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// guard stops unpacking when the text outgrows its packed size beyond what
// tables can.
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
		return n, Fault{Says: "It unpacks to more than two hundred times its size, which prices never do."}
	}
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	if g.packed.err != nil {
		return n, g.packed.err
	}
	return n, Fault{Says: "Its packed data is damaged or ends early.", Hint: "Please download or pack it again.", Err: err}
}

// capped refuses a text that is longer than left.
type capped struct {
	r      io.Reader
	left   int64
	limits Limits
}

// Read implements io.Reader.
func (c *capped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.left -= int64(n); c.left < 0 {
		return n, Fault{Says: fmt.Sprintf("It holds more than %d MiB.", c.limits.Bytes>>20), Hint: c.limits.Hint}
	}
	return n, err
}
