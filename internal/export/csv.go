package export

import (
	"bufio"
	"fmt"
	"io"

	"lombard.example/lombard"
)

// CSV writes one record for every day of every template in the result, after
// a header record: the template's slug, then the fields of a day under their
// names on the wire. It follows RFC 4180. Numbers keep all their digits, null
// is an empty field, and no text can be read as a formula by a spreadsheet.
func CSV(w io.Writer, r *lombard.Result) error { return TemplatesCSV(w, r.Templates) }

// TemplatesCSV is CSV over some of a result's templates.
func TemplatesCSV(w io.Writer, templates []lombard.TemplateResult) error {
	columns := dayColumns(askedUnits(templates))
	out := bufio.NewWriterSize(w, 64<<10)
	line := append(make([]byte, 0, 1024), "template_slug"...)
	for _, c := range columns {
		line = append(append(line, ','), c.name...)
	}
	if _, err := out.Write(append(line, '\r', '\n')); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	for i := range templates {
		slug := appendField(nil, templates[i].TemplateSlug)
		for j := range templates[i].DailyPath {
			day := &templates[i].DailyPath[j]
			line = append(line[:0], slug...)
			for _, c := range columns {
				var err error
				if line, err = c.of(day).appendCSV(append(line, ',')); err != nil {
					return fmt.Errorf("%s on %s: %w", c.name, day.Date, err)
				}
			}
			if _, err := out.Write(append(line, '\r', '\n')); err != nil {
				return fmt.Errorf("write CSV: %w", err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}
