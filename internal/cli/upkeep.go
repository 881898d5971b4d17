package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard/internal/store/sqlite"
)

func (p *program) checkCommand() *cobra.Command {
	var repair bool
	var form string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Read everything that is stored and tell what is damaged",
		Example: `  lombard check
  lombard check --repair   # drop what is damaged, rebuild what can be`,
		Long: `Check reads the database whole: its structure, what refers to what, and every
job, result, price and option quote against the digest it was stored with. It
exits with 7 when something is damaged. A server may go on working meanwhile.

With --repair, which needs the data directory to itself, indexes are built anew,
rows behind damaged pages are copied to a new database and the old one is kept
beside it. A damaged result is dropped: its job stays in the history, says so,
and the same request computes it again. Prices and quotes of vendors that are
damaged are fetched again by the next run that needs them; an imported file is
to be imported again.`,
		Args: takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			dir, err := p.localDirectory(cmd)
			if err != nil {
				return err
			}
			report, err := sqlite.Check(cmd.Context(), dir, repair)
			if err != nil {
				return unusable(dir, err)
			}
			if err := p.printCheck(report, form); err != nil {
				return err
			}
			if report.Damaged > 0 {
				return &codedError{code: ExitUnusable}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "mend what is damaged, as far as possible")
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

// localDirectory returns the data directory of a command that works on its
// files, whether or not a server does.
func (p *program) localDirectory(cmd *cobra.Command) (string, error) {
	c, err := p.settings(cmd)
	if err != nil {
		return "", err
	}
	if c.Server != "" {
		return "", usageError(cmd.CommandPath()+" works on the files of a data directory, not through a server.",
			"Run it on the server's machine, without --server (LOMBARD_SERVER); the server may go on working.")
	}
	return c.DataDir, nil
}

func (p *program) printCheck(report sqlite.CheckReport, form string) error {
	if form == formJSON {
		return p.printJSON(report)
	}
	if report.InUse {
		p.tell("Another lombard process is using the data directory; it was read as it stood.")
	}
	var findings []finding
	for _, c := range report.Checks {
		findings = append(findings, findingOf(c))
	}
	text := findingsText(findings, p.world.screen())
	switch {
	case report.Damaged > 0 && report.Repaired > 0:
		text += "\nSome is repaired, some is not. Restore a backup with lombard restore FILE.\n"
	case report.Damaged > 0:
		text += "\nMend it with lombard check --repair, or restore a backup with lombard restore FILE.\n"
	case report.Repaired > 0:
		text += "\nEverything is in order now.\n"
	}
	if report.Kept != "" {
		text += fmt.Sprintf("What could not be read is lost; the database as it was is kept as %s.\n", filepath.Base(report.Kept))
	}
	return p.print(p.world.screen().fit(text))
}

func findingOf(c sqlite.Checked) finding {
	f := finding{subject: strings.ToUpper(c.Kind[:1]) + c.Kind[1:], verdict: fine, text: grouped(float64(c.Read), 0) + " read"}
	switch c.Kind {
	case "database":
		f.text = grouped(float64(c.Read), 0) + " pages read"
	case "queue":
		f.text = grouped(float64(c.Read), 0) + " waiting"
	case "references":
		f.text = "whole"
	}
	if c.Damaged > 0 {
		f.verdict = wrong
		f.text += ", " + grouped(float64(c.Damaged), 0) + " damaged"
	}
	if c.Repaired > 0 {
		f.verdict = noted
		f.text += ", " + grouped(float64(c.Repaired), 0) + " repaired"
		if c.Damaged > 0 {
			f.verdict = wrong
		}
	}
	if len(c.Notes) > 0 {
		f.text += ". " + strings.Join(c.Notes, " ")
	}
	return f
}

func (p *program) backupCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write everything that is stored to one file, while a server runs or not",
		Example: `  lombard backup lombard-2024-05-31.db
  lombard restore lombard-2024-05-31.db --data-dir /srv/copy`,
		Long: `Backup writes the whole data directory, as it is at that moment, to one file: all
that was acknowledged before is in it. Whoever uses the data directory goes on
working. The file is read back whole before it gets its name.`,
		Args: takes(1, 1, "the name of a file to write"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := p.localDirectory(cmd)
			if err != nil {
				return err
			}
			report, err := sqlite.Backup(cmd.Context(), dir, args[0], force)
			if err != nil {
				return err
			}
			return p.print(fmt.Sprintf("Wrote %s from %s: %s.\n", args[0], dir, contents(report)))
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace a file of that name")
	return cmd
}

func (p *program) restoreCommand() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Put a backup in the place of what is stored",
		Example: `  lombard restore lombard-2024-05-31.db --data-dir /srv/copy
  lombard restore lombard-2024-05-31.db --force   # replaces what is there`,
		Long: `Restore reads a file that lombard backup wrote, whole, and puts it in the place of
the database in the data directory, in one step. Nobody may be using the data
directory. A database that is there already is replaced only with --force.`,
		Args: takes(1, 1, "the name of a backup"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := p.localDirectory(cmd)
			if err != nil {
				return err
			}
			report, err := sqlite.Restore(cmd.Context(), args[0], dir, force)
			if err != nil {
				return err
			}
			return p.print(fmt.Sprintf("Restored %s to %s: %s.\n", args[0], dir, contents(report)))
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace the database that is there")
	return cmd
}

// contents counts what a backup holds.
func contents(report sqlite.CheckReport) string {
	var parts []string
	for _, c := range report.Checks {
		switch c.Kind {
		case "requests":
			parts = append(parts, plural(c.Read, "job"))
		case "results":
			parts = append(parts, plural(c.Read, "result"))
		}
	}
	return strings.Join(parts, ", ") + ", all of it verified"
}
