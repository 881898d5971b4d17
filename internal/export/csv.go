package export

import (
	"bufio"
	"context"
	"fmt"
	"io"
)

// CSV writes one record for every row of the view's table, after a header
// record with the names on the wire. It follows RFC 4180. Numbers keep all their
// digits, null is an empty field, and no text can be read as a formula by a
// spreadsheet.
func CSV(ctx context.Context, w io.Writer, v *View) error {
	t := v.table()
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	for i, h := range t.headings {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, h.name...)
	}
	if _, err := out.Write(append(line, '\r', '\n')); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	err := t.each(ctx, v, func(row []cell) error {
		line = line[:0]
		for i := range row {
			if i > 0 {
				line = append(line, ',')
			}
			var err error
			if line, err = row[i].appendCSV(line); err != nil {
				return fmt.Errorf("%s: %w", t.headings[i].name, err)
			}
		}
		_, err := out.Write(append(line, '\r', '\n'))
		return err
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}
