package export

import (
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"

	"lombard.example/lombard"
)

// Parquet writes the days of the templates as one Parquet file, packed with
// zstd: dates as DATE, numbers as DOUBLE, lists as their JSON.
func Parquet(w io.Writer, templates []lombard.TemplateResult) error {
	t := tableOf(templates)
	row := t.rowType()
	out := parquet.NewWriter(w, parquet.SchemaOf(reflect.New(row).Interface()), parquet.Compression(&parquet.Zstd))
	var failed error
	t.each(func(r *lombard.TemplateResult, d *lombard.Day) bool {
		value := reflect.New(row)
		for i := range t.columns {
			c := &t.columns[i]
			if failed = setField(value.Elem().Field(i), c.of(r, d), d.Date); failed != nil {
				failed = wrong(c, d, failed)
				return false
			}
		}
		failed = out.Write(value.Interface())
		return failed == nil
	})
	if failed != nil {
		return fmt.Errorf("write Parquet: %w", failed)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write Parquet: %w", err)
	}
	return nil
}

// rowType is a struct with one field a column: the order of a struct is what
// keeps that of the columns.
func (t *table) rowType() reflect.Type {
	fields := make([]reflect.StructField, len(t.columns))
	for i, c := range t.columns {
		f := reflect.StructField{Name: fmt.Sprintf("C%d", i)}
		switch c.kind {
		case kindBool:
			f.Type, f.Tag = reflect.TypeFor[bool](), tagOf(c.name, "")
		case kindDate:
			f.Type, f.Tag = reflect.TypeFor[int32](), tagOf(c.name, ",date")
		case kindText:
			f.Type, f.Tag = reflect.TypeFor[*string](), tagOf(c.name, ",optional")
		default:
			f.Type, f.Tag = reflect.TypeFor[*float64](), tagOf(c.name, ",optional")
		}
		fields[i] = f
	}
	return reflect.StructOf(fields)
}

func tagOf(name, rest string) reflect.StructTag {
	return reflect.StructTag(fmt.Sprintf("parquet:%q", name+rest))
}

func setField(to reflect.Value, x cell, day lombard.Date) error {
	switch to.Interface().(type) {
	case bool:
		to.SetBool(x.number != 0)
	case int32:
		to.SetInt(int64(unixDay(day)))
	case *float64:
		if x.kind != cellNone {
			to.Set(reflect.ValueOf(&x.number))
		}
	case *string:
		if x.kind == cellNone {
			return nil
		}
		words, err := x.words()
		if err != nil {
			return err
		}
		to.Set(reflect.ValueOf(&words))
	}
	return nil
}
