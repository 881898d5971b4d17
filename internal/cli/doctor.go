package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/store/sqlite"
)

// Disk space below which storing results is about to fail, and below which it
// is worth a word; in bytes.
const (
	tooLittleSpace = 64 << 20
	littleSpace    = 1 << 30
)

// finding is what one check of `doctor` found.
type finding struct {
	subject string
	verdict string // ok, note or wrong
	text    string
	fix     string
}

// The verdicts.
const (
	fine  = "ok"
	noted = "note"
	wrong = "wrong"
)

func (p *program) doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Check that lombard can work on this machine",
		Example: `  lombard doctor
  LOMBARD_DATA_DIR=/srv/lombard lombard doctor`,
		Long: `Doctor checks settings, data directory, disk, sources, clock and terminal, and
says how to mend what is wrong. It exits with 7 when something is.`,
		Args: takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			findings := p.examine(cmd)
			if err := p.print(p.world.screen().fit(findingsText(findings, p.world.screen()))); err != nil {
				return err
			}
			for _, f := range findings {
				if f.verdict == wrong {
					return &codedError{code: ExitUnusable}
				}
			}
			return nil
		},
	}
}

func findingsText(findings []finding, s screen) string {
	const left = 23 // columns before the text
	indent := strings.Repeat(" ", left)
	var b strings.Builder
	for _, f := range findings {
		text := f.text
		if f.fix != "" {
			text = join(sentence(text), f.fix)
		}
		text = wrap(text, s.columns-left, "")
		fmt.Fprintf(&b, "%-5s  %-14s  %s\n", f.verdict, f.subject, strings.ReplaceAll(text, "\n", "\n"+indent))
	}
	return b.String()
}

// examine makes every check; one that fails does not stop the others.
func (p *program) examine(cmd *cobra.Command) []finding {
	out := []finding{{subject: "Program", verdict: fine, text: "lombard " + programVersion()}}
	c, err := p.settings(cmd)
	if err != nil {
		own, _ := errors.AsType[*lombard.Error](err)
		f := finding{subject: "Settings", verdict: wrong, text: err.Error()}
		if own != nil {
			f.text, f.fix = settingsFault(own), own.Hint
		}
		return append(out, f)
	}
	out = append(out, settingsFinding(c), p.memoryFinding(c.Config))
	if c.Server != "" {
		out = append(out, p.serverFinding(cmd.Context(), c))
	} else {
		out = append(out, p.dataFindings(cmd.Context(), c)...)
	}
	return append(out, clockFinding(time.Now()), p.terminalFinding())
}

func settingsFault(e *lombard.Error) string {
	var said []string
	for _, f := range e.Fields {
		said = append(said, fieldSentence(nil, f))
	}
	if len(said) == 0 {
		return e.Message
	}
	return strings.Join(said, " ")
}

func settingsFinding(c config.Loaded) finding {
	if len(c.Unknown) > 0 {
		return finding{
			subject: "Settings", verdict: noted, text: fmt.Sprintf("%s: no such setting, so without effect.", strings.Join(c.Unknown, ", ")),
			fix: "lombard config show --origin lists what is set.",
		}
	}
	return finding{subject: "Settings", verdict: fine, text: "file " + c.File}
}

func (p *program) serverFinding(ctx context.Context, c config.Loaded) finding {
	r := p.remote(c.Server)
	defer r.Close()
	if _, err := r.Sources(ctx, c.Workspace); err != nil {
		f := finding{subject: "Server", verdict: wrong, text: err.Error()}
		if own, ok := errors.AsType[*lombard.Error](err); ok {
			f.text, f.fix = own.Message, own.Hint
		}
		return f
	}
	return finding{subject: "Server", verdict: fine, text: c.Server + " answers"}
}

// dataFindings opens the data directory as a command would, which tries its
// lock, its schema and whether it can be written to.
func (p *program) dataFindings(ctx context.Context, c config.Loaded) []finding {
	answers := false
	l, err := openLocal(ctx, c.Config, holder{purpose: "lombard doctor", log: p.logger(c.Config, slog.LevelWarn), answers: func() bool {
		answers = knock(ctx, c.DataDir)
		return answers
	}})
	if err != nil && answers {
		n := p.through(c.DataDir)
		defer n.Close()
		out := []finding{
			{subject: "Data directory", verdict: fine, text: c.DataDir + ", through the process that uses it"},
			privacyFinding(sqlite.Exposed(c.DataDir)), diskFinding(c.DataDir),
		}
		return append(out, sourcesFinding(n.Sources(ctx, c.Workspace)))
	}
	if err != nil {
		f := finding{subject: "Data directory", verdict: wrong, text: err.Error()}
		if own, ok := errors.AsType[*lombard.Error](err); ok {
			f.text, f.fix = own.Message, own.Hint
		}
		return []finding{f}
	}
	defer l.Close()
	out := []finding{{subject: "Data directory", verdict: fine, text: c.DataDir}}
	if err := l.service.Ready(ctx); err != nil {
		out[0] = finding{subject: "Data directory", verdict: wrong, text: err.Error()}
	}
	out = append(out, privacyFinding(sqlite.Exposed(c.DataDir)), diskFinding(c.DataDir))
	return append(out, sourcesFinding(l.Sources(ctx, c.Workspace)))
}

func sourcesFinding(sources []sourceListing, err error) finding {
	if err != nil {
		return finding{subject: "Sources", verdict: wrong, text: err.Error()}
	}
	var names []string
	for _, s := range sources {
		names = append(names, fmt.Sprintf("%s (%s)", s.Slug, plural(len(s.Symbols), "symbol")))
	}
	return finding{subject: "Sources", verdict: fine, text: strings.Join(names, ", ")}
}

// mostExposed is how many files that others can read are listed.
const mostExposed = 5

func privacyFinding(exposed []string) finding {
	if len(exposed) == 0 {
		return finding{subject: "Privacy", verdict: fine, text: "only you can read the data"}
	}
	text := strings.Join(exposed[:min(len(exposed), mostExposed)], " ")
	if more := len(exposed) - mostExposed; more > 0 {
		text += fmt.Sprintf(" And %d more.", more)
	}
	return finding{subject: "Privacy", verdict: noted, text: text, fix: "Own the folder and keep it on a file system with permissions, or set LOMBARD_DATA_DIR."}
}

func diskFinding(dir string) finding {
	free, err := freeBytes(dir)
	if err != nil {
		return finding{subject: "Disk", verdict: noted, text: "How much space is left is not known."}
	}
	f := finding{subject: "Disk", verdict: fine, text: fmt.Sprintf("%s MiB free", grouped(float64(free>>20), 0))}
	switch {
	case free < tooLittleSpace:
		f.verdict, f.fix = wrong, "Free some space, or set LOMBARD_DATA_DIR to another disk."
	case free < littleSpace:
		f.verdict, f.fix = noted, "Free some space soon, or set LOMBARD_DATA_DIR to another disk."
	}
	return f
}

// firstYear is before this program was written: no clock that is right shows it.
const firstYear = 2025

func clockFinding(now time.Time) finding {
	f := finding{subject: "Clock", verdict: fine, text: now.UTC().Format(time.RFC3339)}
	if now.Year() < firstYear {
		f.verdict, f.fix = wrong, "Set the system clock: jobs are dated and leased by it."
	}
	return f
}

func (p *program) terminalFinding() finding {
	s := p.world.screen()
	letters := "ASCII only"
	if s.unicode {
		letters = "UTF-8"
	}
	color := "no colours"
	if s.color {
		color = "colours"
	}
	where := "not a terminal"
	if p.world.StdoutTerminal {
		where = fmt.Sprintf("%d columns", p.world.Columns)
	}
	f := finding{subject: "Terminal", verdict: fine, text: fmt.Sprintf("%s, %s, %s", where, letters, color)}
	if p.world.StdoutTerminal && !s.unicode {
		f.verdict, f.fix = noted, "Charts are finer with a UTF-8 locale, such as LANG=C.UTF-8."
	}
	return f
}
