package export

import (
	"context"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// pageBytes is how much of a column is packed at a time.
const pageBytes = 32 << 10

// Parquet writes the view's table as one Parquet file, packed with zstd: dates
// as DATE, numbers as DOUBLE, lists as their JSON, whatever the data.
func Parquet(ctx context.Context, w io.Writer, v *View) error {
	t := v.table()
	options := []parquet.WriterOption{
		parquet.SchemaOf(reflect.New(rowType(&t)).Interface()),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}),
		parquet.PageBufferSize(pageBytes), parquet.WriteBufferSize(pageBytes),
	}
	attributes := v.attributes(&t)
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		options = append(options, parquet.KeyValueMetadata(name, attributes[name]))
	}
	out := parquet.NewWriter(w, options...)
	values := make(parquet.Row, len(t.headings))
	rows := 0
	err := t.each(ctx, v, func(row []cell) error {
		for i := range row {
			value, err := parquetValue(&row[i], t.headings[i].kind)
			if err != nil {
				return fmt.Errorf("%s: %w", t.headings[i].name, err)
			}
			filled := 0
			if t.headings[i].kind != kindBool && row[i].kind != cellNone {
				filled = 1
			}
			values[i] = value.Level(0, filled, i)
		}
		if _, err := out.WriteRows([]parquet.Row{values}); err != nil {
			return err
		}
		if rows++; rows%batchRows == 0 {
			return out.Flush()
		}
		return nil
	})
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		return fmt.Errorf("write Parquet: %w", err)
	}
	return nil
}

// rowType is a struct with one field a column: the order of a struct is what
// keeps that of the columns.
func rowType(t *table) reflect.Type {
	fields := make([]reflect.StructField, len(t.headings))
	for i, h := range t.headings {
		f := reflect.StructField{Name: fmt.Sprintf("C%d", i)}
		switch h.kind {
		case kindBool:
			f.Type, f.Tag = reflect.TypeFor[bool](), tagOf(h.name, "")
		case kindDate:
			f.Type, f.Tag = reflect.TypeFor[*int32](), tagOf(h.name, ",optional,date")
		case kindText:
			f.Type, f.Tag = reflect.TypeFor[*string](), tagOf(h.name, ",optional")
		case kindNumber:
			f.Type, f.Tag = reflect.TypeFor[*float64](), tagOf(h.name, ",optional")
		}
		fields[i] = f
	}
	return reflect.StructOf(fields)
}

func tagOf(name, rest string) reflect.StructTag {
	return reflect.StructTag(fmt.Sprintf("parquet:%q", name+rest))
}

func parquetValue(x *cell, kind columnKind) (parquet.Value, error) {
	if x.kind == cellNone {
		return parquet.NullValue(), nil
	}
	switch kind {
	case kindBool:
		return parquet.BooleanValue(x.number != 0), nil
	case kindDate:
		return parquet.Int32Value(unixDay(x.date)), nil
	case kindNumber:
		return parquet.DoubleValue(x.number), nil
	case kindText:
		words, err := x.words()
		return parquet.ByteArrayValue([]byte(words)), err
	default:
		return parquet.Value{}, fmt.Errorf("a column of kind %d", kind)
	}
}
