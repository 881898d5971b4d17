package export

import (
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"lombard.example/lombard"
)

// Arrow writes the days of the templates as one Arrow IPC file with one record
// batch: dates as date32, numbers as float64, lists as their JSON.
func Arrow(w io.Writer, templates []lombard.TemplateResult) error {
	t := tableOf(templates)
	schema := t.arrowSchema()
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	b.Reserve(t.rows)
	for i := range t.columns {
		if err := t.fill(b.Field(i), &t.columns[i]); err != nil {
			return err
		}
	}
	record := b.NewRecordBatch()
	defer record.Release()
	out, err := ipc.NewFileWriter(w, ipc.WithSchema(schema))
	if err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	if err := out.Write(record); err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write Arrow: %w", err)
	}
	return nil
}

func (t *table) arrowSchema() *arrow.Schema {
	fields := make([]arrow.Field, len(t.columns))
	for i, c := range t.columns {
		fields[i] = arrow.Field{Name: c.name, Nullable: c.kind == kindNumber || c.kind == kindText}
		switch c.kind {
		case kindBool:
			fields[i].Type = arrow.FixedWidthTypes.Boolean
		case kindText:
			fields[i].Type = arrow.BinaryTypes.String
		case kindDate:
			fields[i].Type = arrow.FixedWidthTypes.Date32
		default:
			fields[i].Type = arrow.PrimitiveTypes.Float64
		}
	}
	return arrow.NewSchema(fields, nil)
}

func (t *table) fill(to array.Builder, c *typed) error {
	var failed error
	t.each(func(r *lombard.TemplateResult, d *lombard.Day) bool {
		x := c.of(r, d)
		switch to := to.(type) {
		case *array.Date32Builder:
			to.Append(arrow.Date32(unixDay(d.Date)))
		case *array.BooleanBuilder:
			to.Append(x.number != 0)
		case *array.Float64Builder:
			if x.kind == cellNone {
				to.AppendNull()
			} else {
				to.Append(x.number)
			}
		case *array.StringBuilder:
			if x.kind == cellNone {
				to.AppendNull()
				break
			}
			var words string
			if words, failed = x.words(); failed != nil {
				failed = wrong(c, d, failed)
				return false
			}
			to.Append(words)
		}
		return true
	})
	return failed
}

// unixDay is days since 1970-01-01.
func unixDay(d lombard.Date) int32 { return int32(d - lombard.MustDate("1970-01-01")) }
