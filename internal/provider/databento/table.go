package databento

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Limits of what is unpacked, in bytes.
const (
	unpackedLimit = 64 << 20
	windowLimit   = 32 << 20
)

// zstdMagic starts a packed answer, dbnMagic a binary one.
var (
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	dbnMagic  = []byte("DBN")
)

// plain unpacks an answer that is packed and says whether it is of the binary
// form. The error continues a sentence.
func plain(body []byte) (data []byte, binary bool, err error) {
	if bytes.HasPrefix(body, zstdMagic) {
		if body, err = unpack(body); err != nil {
			return nil, false, err
		}
	}
	return body, bytes.HasPrefix(body, dbnMagic), nil
}

func unpack(body []byte) ([]byte, error) {
	d, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderMaxMemory(windowLimit), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("packed data that cannot be read: %w", err)
	}
	defer d.Close()
	out, err := io.ReadAll(io.LimitReader(d, unpackedLimit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("packed data that is damaged: %w", err)
	case len(out) > unpackedLimit:
		return nil, fmt.Errorf("packed data that unpacks to more than %d MiB", unpackedLimit>>20)
	}
	return out, nil
}

// table reads the rows of a CSV answer: each gets the cells of the columns in
// the order of their names, an empty one for a column that is optional and not
// there. The cells are valid until each returns. An answer without a byte has no
// rows. The error continues a sentence.
func table(body []byte, required, optional []string, each func(cells []string) error) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	in := csv.NewReader(bytes.NewReader(body))
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return fmt.Errorf("a table without a header: %w", err)
	}
	var columns []int
	for _, name := range required {
		i := slices.Index(header, name)
		if i < 0 {
			return fmt.Errorf("a table without the column %s", name)
		}
		columns = append(columns, i)
	}
	for _, name := range optional {
		columns = append(columns, slices.Index(header, name))
	}
	cells := make([]string, len(columns))
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("a table that breaks off: %w", err)
		}
		for i, column := range columns {
			cells[i] = ""
			if column >= 0 {
				cells[i] = record[column]
			}
		}
		if err := each(cells); err != nil {
			return err
		}
	}
}

// undefinedText is how an undefined price is written where prices are not pretty.
var undefinedText = strconv.FormatInt(undefined, 10)

// price reads a pretty price; false: it is undefined.
func price(cell string) (value float64, known bool, err error) {
	if cell == "" || cell == undefinedText || strings.EqualFold(cell, "nan") {
		return 0, false, nil
	}
	value, err = strconv.ParseFloat(cell, 64)
	return value, err == nil, err
}
