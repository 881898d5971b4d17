package tabular

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

type price struct {
	Date  string   `parquet:"date,dict,snappy"`
	Close float64  `parquet:"close,zstd"`
	Open  *float64 `parquet:"open,optional,split"`
}

// prices returns a file of so many rows, with pages of several forms.
func prices(t testing.TB, rows int, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[price](&b, options...)
	for i := range rows {
		p := price{Date: fmt.Sprintf("2024-01-%02d", 1+i%28), Close: float64(i)}
		if i%3 == 0 {
			p.Open = &p.Close
		}
		if _, err := w.Write([]price{p}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rowsIn(data []byte, most int64) (columns []string, rows [][]string, err error) {
	err = Parquet(bytes.NewReader(data), most,
		func(names []string) error { columns = slices.Clone(names); return nil },
		func(_ int, cells []string) error { rows = append(rows, slices.Clone(cells)); return nil })
	return columns, rows, err
}

// withFooter replaces the description at the end of a file.
func withFooter(data, footer []byte) []byte {
	size := int(binary.LittleEndian.Uint32(data[len(data)-8:]))
	out := append(bytes.Clone(data[:len(data)-8-size]), footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), parquetMagic...)
}

func TestParquetRows(t *testing.T) {
	for name, options := range map[string][]parquet.WriterOption{
		"plain": nil, "second form of pages": {parquet.DataPageVersion(2)}, "first form": {parquet.DataPageVersion(1)},
		"small pages": {parquet.PageBufferSize(256), parquet.WriteBufferSize(512)}, "groups of rows": {parquet.MaxRowsPerRowGroup(100)},
	} {
		columns, rows, err := rowsIn(prices(t, 1000, options...), 1000)
		if err != nil || !slices.Equal(columns, []string{"date", "close", "open"}) || len(rows) != 1000 {
			t.Fatalf("%s: %v, %d rows, %v", name, columns, len(rows), err)
		}
		if want := []string{"2024-01-02", "29", ""}; !slices.Equal(rows[29], want) {
			t.Errorf("%s: row 29 is %q, want %q", name, rows[29], want)
		}
		if want := []string{"2024-01-20", "999", "999"}; !slices.Equal(rows[999], want) {
			t.Errorf("%s: row 999 is %q, want %q", name, rows[999], want)
		}
	}
}

// TestPromisesThatAFileCannotKeep: what a file describes is compared with its
// bytes before anything is reserved for it.
func TestPromisesThatAFileCannotKeep(t *testing.T) {
	good := prices(t, 100)
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0x07} // 2147483647
	for name, data := range map[string][]byte{
		"a footer longer than the file":        append(bytes.Clone(good[:len(good)-8]), 0xff, 0xff, 0xff, 0x7f, 'P', 'A', 'R', '1'),
		"two thousand million columns":         withFooter(good, append([]byte{0x15, 2, 0x19, 0xfc}, huge...)),
		"two thousand million groups of rows":  withFooter(good, append([]byte{0x49, 0xfc}, huge...)),
		"a name of two thousand million bytes": withFooter(good, append([]byte{0x68}, huge...)),
		"a map of two thousand million keys":   withFooter(good, append(append([]byte{0x1b}, huge...), 0x88)),
		"structures without end":               withFooter(good, bytes.Repeat([]byte{0x1c}, 100_000)),
		"no end of the footer":                 withFooter(good, []byte{0x15, 2}),
		"a number without end":                 withFooter(good, bytes.Repeat([]byte{0x15, 0xff}, 30)),
		"nothing":                              withFooter(good, nil),
		"encrypted":                            append(bytes.Clone(good[:len(good)-4]), "PARE"...),
		"only its mark":                        []byte(parquetMagic + parquetMagic),
	} {
		_, rows, err := rowsIn(data, 1000)
		if f, ok := errors.AsType[Fault](err); !ok || !strings.Contains(f.Says, "damaged Parquet") || len(rows) > 0 {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
	if _, _, err := rowsIn(good, 99); err == nil || !strings.Contains(err.Error(), "It has 100 rows, and at most 99 are read.") {
		t.Errorf("a row too many: %v", err)
	}
}

// TestPagesThatAFileCannotHave: the head of a page is not believed either.
func TestPagesThatAFileCannotHave(t *testing.T) {
	good := prices(t, 100, parquet.DataPageVersion(1))
	page := func(unpacked, packed, values uint64) []byte {
		number := func(x uint64) []byte { return binary.AppendUvarint(nil, x<<1) }
		return slices.Concat([]byte{0x15, 0, 0x15}, number(unpacked), []byte{0x15}, number(packed), []byte{0x2c, 0x15}, number(values), []byte{0x15, 0, 0x15, 0, 0x15, 0, 0, 0})
	}
	for name, head := range map[string][]byte{
		"longer than the column": page(10, 1<<20, 10), "longer than memory": page(1<<31-1, 0, 10), "more values than rows": page(10, 0, 1<<31-1), "of no form": {0x15},
	} {
		if soundColumn(head, 1000) {
			t.Errorf("a page %s is believed", name)
		}
	}
	if !soundColumn(page(10, 0, 10), 1000) {
		t.Error("a good page is not believed")
	}
	for i := range good[:len(good)-8] {
		broken := bytes.Clone(good)
		broken[i] ^= 0xff
		_, _, err := rowsIn(broken, 1000)
		if _, ok := errors.AsType[Fault](err); err != nil && !ok {
			t.Fatalf("byte %d: %v is no fault", i, err)
		}
	}
}

// TestOurOwnPanicsAreNotDamage: what the caller's functions do wrong is not put
// down to the file.
func TestOurOwnPanicsAreNotDamage(t *testing.T) {
	defer func() {
		if x := recover(); x != "ours" {
			t.Errorf("recovered %v", x)
		}
	}()
	_ = Parquet(bytes.NewReader(prices(t, 3)), 10, func([]string) error { return nil }, func(int, []string) error { panic("ours") })
}
