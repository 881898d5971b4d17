package export

import (
	"io"

	"lombard.example/lombard"
)

// Form is a file that people take a result away in.
type Form struct {
	Name      string // as requests and flags spell it
	Media     string
	Extension string
	Binary    bool
	Write     func(w io.Writer, r *lombard.Result, templates []lombard.TemplateResult) error
}

// Forms lists the forms of a table of days.
func Forms() []Form {
	days := func(write func(io.Writer, []lombard.TemplateResult) error) func(io.Writer, *lombard.Result, []lombard.TemplateResult) error {
		return func(w io.Writer, _ *lombard.Result, templates []lombard.TemplateResult) error {
			return write(w, templates)
		}
	}
	return []Form{
		{Name: "csv", Media: "text/csv; charset=utf-8; header=present", Extension: ".csv", Write: days(TemplatesCSV)},
		{Name: "parquet", Media: "application/vnd.apache.parquet", Extension: ".parquet", Binary: true, Write: days(Parquet)},
		{Name: "arrow", Media: "application/vnd.apache.arrow.file", Extension: ".arrow", Binary: true, Write: days(Arrow)},
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
