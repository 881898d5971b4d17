package tabular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// parquetMagic starts and ends a Parquet file.
const parquetMagic = "PAR1"

var errParquet = Fault{Says: "It is a damaged Parquet file.", Hint: resave}

const resave = "Please save it again, or as CSV, in UTF-8."

// maxColumns bounds a table.
const maxColumns = 1000

// Parquet calls header with the names of the columns of a Parquet file and then
// each for its rows, as a CSV file would have them; cells are valid during the
// call only. It refuses more rows than most before it reads any. Errors are
// faults, or those of header and each.
func Parquet(r io.Reader, most int64, header func([]string) error, each func(at int, cells []string) error) (err error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	ours := false // while the caller's functions run
	defer func() {
		if x := recover(); x != nil { // the decoder panics on some damage
			if ours {
				panic(x)
			}
			err = errParquet
		}
	}()
	if !sound(data) {
		return errParquet
	}
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return errParquet
	}
	if f.NumRows() > most {
		return Fault{Says: fmt.Sprintf("It has %d rows, and at most %d are read.", f.NumRows(), most), Hint: resave}
	}
	fields := f.Schema().Fields()
	if len(fields) > maxColumns {
		return Fault{Says: fmt.Sprintf("It has %d columns, and at most %d are read.", len(fields), maxColumns), Hint: resave}
	}
	if !soundPages(data, f.Metadata(), most) {
		return errParquet
	}
	names := make([]string, len(fields))
	for i, field := range fields {
		if !field.Leaf() || field.Repeated() {
			return Fault{Says: "It has a column of lists or groups; prices are plain columns.", Hint: resave}
		}
		names[i] = field.Name()
	}
	ours = true
	if err := header(names); err != nil {
		return err
	}
	ours = false
	cells := make([]string, len(fields))
	at := 1
	for _, group := range f.RowGroups() {
		err := rowsOf(group, func(row parquet.Row) error {
			if at++; int64(at) > most+1 { // the file's own count may lie
				return errParquet
			}
			clear(cells)
			for _, v := range row {
				if c := v.Column(); c >= 0 && c < len(cells) {
					cells[c] = parquetText(v, fields[c])
				}
			}
			ours = true
			err := each(at, cells)
			ours = false
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func rowsOf(group parquet.RowGroup, f func(parquet.Row) error) error {
	rows := group.Rows()
	defer func() { _ = rows.Close() }()
	const batch = 64
	buffer := make([]parquet.Row, batch)
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			if err := f(row); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errParquet
		}
	}
}

// parquetText writes a value as a CSV file has it: days and instants as dates,
// in UTC.
func parquetText(v parquet.Value, field parquet.Field) string {
	if v.IsNull() {
		return ""
	}
	if logical := field.Type().LogicalType(); logical != nil {
		switch kind := logical.Value.(type) {
		case *format.DateType:
			return time.Unix(0, 0).UTC().AddDate(0, 0, int(v.Int32())).Format(time.DateOnly)
		case *format.TimestampType:
			return instant(v.Int64(), kind.Unit.Value).UTC().Format(time.DateOnly)
		}
	}
	// The library's own text is right for the others.
	//exhaustive:ignore
	switch v.Kind() {
	case parquet.Double:
		return strconv.FormatFloat(v.Double(), 'g', -1, 64)
	case parquet.Float:
		return strconv.FormatFloat(float64(v.Float()), 'g', -1, 32)
	default:
		return v.String()
	}
}

func instant(x int64, unit format.TimeUnitValue) time.Time {
	switch unit.(type) {
	case *format.MilliSeconds:
		return time.UnixMilli(x)
	case *format.MicroSeconds:
		return time.UnixMicro(x)
	default:
		return time.Unix(0, x)
	}
}
