package csvfile

import (
	"bytes"
	"encoding/csv"
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

// maxParquetRows is more days than any market has had.
const maxParquetRows = 200_000

var errNested = errors.New("has a column of lists or groups; prices are plain columns")

// parquetRows reads a Parquet file as CSV.
func parquetRows(r io.Reader) (io.Reader, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	text, err := fromParquet(data)
	if err != nil {
		return nil, fault{says: "It " + err.Error() + ".", hint: "Please save it again, or as CSV, in UTF-8."}
	}
	return bytes.NewReader(text), nil
}

// fromParquet writes the rows of a Parquet file as the CSV that the reader
// understands, so that both are held to the same rules. The error continues
// "It …".
func fromParquet(data []byte) (text []byte, err error) {
	defer func() {
		if recover() != nil { // the decoder panics on some damage
			text, err = nil, errors.New("is a damaged Parquet file")
		}
	}()
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, errors.New("is a damaged Parquet file")
	}
	if f.NumRows() > maxParquetRows {
		return nil, fmt.Errorf("has %d rows, and at most %d are read", f.NumRows(), maxParquetRows)
	}
	fields := f.Schema().Fields()
	header := make([]string, len(fields))
	for i, field := range fields {
		if !field.Leaf() || field.Repeated() {
			return nil, errNested
		}
		header[i] = field.Name()
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.Write(header); err != nil {
		return nil, err
	}
	record := make([]string, len(fields))
	for _, group := range f.RowGroups() {
		if err := eachRow(group, func(row parquet.Row) error {
			clear(record)
			for _, v := range row {
				if c := v.Column(); c >= 0 && c < len(record) {
					record[c] = parquetText(v, fields[c])
				}
			}
			return w.Write(record)
		}); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func eachRow(group parquet.RowGroup, f func(parquet.Row) error) error {
	rows := group.Rows()
	defer rows.Close()
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
			return errors.New("is a damaged Parquet file")
		}
	}
}

// parquetText writes a value as the CSV reader expects it: days and instants as
// dates, in UTC.
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
