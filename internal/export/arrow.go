package export

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"lombard.example/lombard"
)

// batchRows is how many rows a batch or row group has at most.
const batchRows = 10_000

// Arrow writes the view's table as one Arrow IPC file: dates as date32, numbers
// as float64, lists as their JSON, whatever the data.
func Arrow(ctx context.Context, w io.Writer, v *View) error {
	t := v.table()
	schema := arrowSchema(&t, v.attributes(&t))
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	out, err := ipc.NewFileWriter(w, ipc.WithSchema(schema))
	if err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	rows := 0
	flush := func() error {
		if rows == 0 {
			return nil
		}
		record := b.NewRecordBatch()
		defer record.Release()
		rows = 0
		return out.Write(record)
	}
	err = t.each(ctx, v, func(row []cell) error {
		for i := range row {
			if err := appendArrow(b.Field(i), &row[i]); err != nil {
				return fmt.Errorf("%s: %w", t.headings[i].name, err)
			}
		}
		if rows++; rows == batchRows {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	return nil
}

func arrowSchema(t *table, attributes map[string]string) *arrow.Schema {
	fields := make([]arrow.Field, len(t.headings))
	for i, h := range t.headings {
		fields[i] = arrow.Field{Name: h.name, Nullable: h.kind != kindBool}
		switch h.kind {
		case kindBool:
			fields[i].Type = arrow.FixedWidthTypes.Boolean
		case kindText:
			fields[i].Type = arrow.BinaryTypes.String
		case kindDate:
			fields[i].Type = arrow.FixedWidthTypes.Date32
		case kindNumber:
			fields[i].Type = arrow.PrimitiveTypes.Float64
		}
	}
	about := arrow.MetadataFrom(attributes)
	return arrow.NewSchema(fields, &about)
}

func appendArrow(to array.Builder, x *cell) error {
	if x.kind == cellNone {
		to.AppendNull()
		return nil
	}
	switch to := to.(type) {
	case *array.Date32Builder:
		to.Append(arrow.Date32(unixDay(x.date)))
	case *array.BooleanBuilder:
		to.Append(x.number != 0)
	case *array.Float64Builder:
		to.Append(x.number)
	case *array.StringBuilder:
		words, err := x.words()
		if err != nil {
			return err
		}
		to.Append(words)
	}
	return nil
}

// unixDay is days since 1970-01-01.
func unixDay(d lombard.Date) int32 { return int32(d - lombard.MustDate("1970-01-01")) }
