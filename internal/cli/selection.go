package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/export"
)

// selectionFlags say what of a result is written.
type selectionFlags struct {
	template, fields, from, to, every, table string
	points                                   int
}

func (s *selectionFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.template, "template", "", "`slug` of the one hedge to write")
	f.StringVar(&s.fields, "fields", "", "`columns` to write, with commas between them")
	f.StringVar(&s.from, "from", "", "first `day` to write, YYYY-MM-DD")
	f.StringVar(&s.to, "to", "", "last `day` to write, YYYY-MM-DD")
	f.StringVar(&s.every, "every", export.EveryDay, "day, week or month: write the last `session` of each")
	f.IntVar(&s.points, "points", 0, "most `days` to write of a path, the lowest and highest among them")
	f.StringVar(&s.table, "table", export.TablePath, "`rows` of a csv, parquet, arrow or xlsx file: "+orList(export.Tables()))
}

// selection checks the flags with the form that they are for.
func (s *selectionFlags) selection(form string) (export.Selection, error) {
	out := export.Selection{Template: s.template, Every: s.every, Points: s.points, Table: s.table}
	if _, isFile := export.FormOf(form); !isFile && s.table != export.TablePath {
		return out, usageError(fmt.Sprintf("--table %s needs a file of rows.", s.table), "Add -o csv.")
	}
	if form == formTable && *s != (selectionFlags{every: export.EveryDay, table: export.TablePath}) {
		return out, usageError("The table on the screen shows all of a result.", "Add -o csv or -o json to select.")
	}
	if s.fields != "" {
		out.Fields = strings.Split(s.fields, ",")
	}
	for _, x := range []struct {
		flag, text string
		to         *lombard.Date
	}{{"--from", s.from, &out.From}, {"--to", s.to, &out.To}} {
		if x.text == "" {
			continue
		}
		var err error
		if *x.to, err = lombard.ParseDate(x.text); err != nil {
			return out, usageError(fmt.Sprintf("%s %s is not a date of the form YYYY-MM-DD.", x.flag, lombard.Cut(x.text)), "Write it as 1987-12-14.")
		}
	}
	return out, lombard.Invalid(out.Faults())
}

// writeFile writes a file that is there whole or not at all.
func writeFile(name string, write func(io.Writer) error) error {
	fail := func(err error) error {
		return &lombard.Error{Kind: lombard.KindInternal, Message: fmt.Sprintf("The report cannot be written to %s.", name), Hint: "Name another place with --out.", Err: err}
	}
	out, err := os.CreateTemp(filepath.Dir(name), ".lombard-*")
	if err != nil {
		return fail(err)
	}
	defer os.Remove(out.Name()) // which is gone when all went well
	if err := write(out); err != nil {
		_ = out.Close()
		return err
	}
	const forEverybody = 0o644 // a report is there to be passed on
	if err := out.Chmod(forEverybody); err != nil {
		_ = out.Close()
		return fail(err)
	}
	if err := out.Close(); err != nil {
		return fail(err)
	}
	if err := os.Rename(out.Name(), name); err != nil {
		return fail(err)
	}
	return nil
}
