package export

import (
	"context"
	"io"
)

// Form is a file that people take a result away in.
type Form struct {
	Name      string // as requests and flags spell it
	Media     string
	Extension string
	Binary    bool
	Write     func(ctx context.Context, w io.Writer, v *View) error
}

// Forms lists the forms of a table.
func Forms() []Form {
	return []Form{
		{Name: "csv", Media: "text/csv; charset=utf-8; header=present", Extension: ".csv", Write: CSV},
		{Name: "parquet", Media: "application/vnd.apache.parquet", Extension: ".parquet", Binary: true, Write: Parquet},
		{Name: "arrow", Media: "application/vnd.apache.arrow.file", Extension: ".arrow", Binary: true, Write: Arrow},
		{Name: "xlsx", Media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Extension: ".xlsx", Binary: true, Write: XLSX},
	}
}

// FormOf finds a form by its name.
func FormOf(name string) (Form, bool) {
	for _, f := range Forms() {
		if f.Name == name {
			return f, true
		}
	}
	return Form{}, false
}
