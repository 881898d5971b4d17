package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/export"
)

// maxPrices is the largest price file, in bytes.
const maxPrices = 256 << 20

// cancelPatience is how long an interrupted `run` waits for its job to stop.
const cancelPatience = 5 * time.Second

// The forms a result is printed in.
const (
	formTable = "table"
	formJSON  = "json"
	formCSV   = "csv"
)

// runFlags are the flags of `run` that say how, not what.
type runFlags struct {
	form       string
	noProgress bool
	failOn     string
	replace    bool
}

func (p *program) runCommand() *cobra.Command {
	var how runFlags
	var what scenarioFlags
	cmd := &cobra.Command{
		Use:   "run [flags]",
		Short: "Run a backtest and print its verdict",
		Example: `  lombard run
  lombard run -f scenario.yaml -o json > result.json
  lombard run --symbol XAU --start 1987-12-14 --end 1989-03-31 --units 1000 \
    --loan 301650 --margin-call-ltv 0.75 --template protective-put-atm-12m --source sample
  lombard run --symbol SPX --start 2007-10-09 --end 2009-03-31 --collateral-value 500000 \
    --loan-to-value 0.6 --margin-call-ltv 0.75 --template protective-put-95pct-12m --source sample
  lombard run --prices my.csv --symbol MINE --start 2020-01-02 --end 2020-12-31 \
    --units 100 --loan 5000 --margin-call-ltv 0.7 --template protective-put-atm-12m
  lombard run --prices my.csv --vol 0.2 \
    --units 100 --loan 5000 --margin-call-ltv 0.7 --template protective-put-atm-12m`,
		Long: `Run computes a backtest as a job, shows its progress on standard error and
prints the answer on standard output: the verdict in words, the figures hedged
and unhedged, and a chart of the loan-to-value against the lender's threshold.

Without a scenario it runs the one in the README: a 60 % loan against gold in
the winter of 1987. Once one flag says what to run, all that are needed must.

What is pledged is --units of it, or its --collateral-value at the close of the
first day; the loan is an amount, --loan, or a fraction of that value,
--loan-to-value. One of each pair is given.

While another backtest of the workspace is live, this one waits its turn behind
it and says so; --replace stops the other one. on_conflict in a scenario file
says the same: queue, replace, or refuse to submit.

With --prices the symbol, the start and the end that are not given are those of
the file. Dates up to seven days outside the prices are moved to the first and
the last of them, and the result says so.`,
		Args: takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd, &what, how) },
	}
	what.register(cmd)
	cmd.Flags().StringVarP(&how.form, "output", "o", formTable, "`form` of the result: "+orList(resultForms()))
	cmd.Flags().BoolVar(&how.noProgress, "no-progress", false, "show no progress")
	cmd.Flags().BoolVar(&how.replace, "replace", false, "stop the workspace's live backtest instead of waiting behind it")
	cmd.Flags().StringVar(&how.failOn, "fail-on", "", "margin-call: exit 3 when the hedged loan was called")
	return cmd
}

func (h *runFlags) check() error {
	var bad []lombard.FieldError
	if _, isFile := export.FormOf(h.form); h.form != formTable && h.form != formJSON && !isFile {
		bad = append(bad, wrongChoice("--output", h.form, resultForms()...))
	}
	if h.failOn != "" && h.failOn != "margin-call" {
		bad = append(bad, wrongChoice("--fail-on", h.failOn, "margin-call"))
	}
	return lombard.Invalid(bad)
}

// resultForms are the forms that a result is printed in.
func resultForms() []string {
	forms := []string{formTable, formJSON}
	for _, f := range export.Forms() {
		forms = append(forms, f.Name)
	}
	return forms
}

func wrongChoice(flag, given string, choices ...string) lombard.FieldError {
	return lombard.FieldError{
		Field: flag, Value: given, Code: lombard.CodeInvalid,
		Message: flag + " must be " + orList(choices) + ".",
	}
}

// orList writes a, b or c.
func orList(choices []string) string {
	last := len(choices) - 1
	if last == 0 {
		return choices[0]
	}
	return strings.Join(choices[:last], ", ") + " or " + choices[last]
}

func (p *program) run(cmd *cobra.Command, what *scenarioFlags, how runFlags) error {
	if err := how.check(); err != nil {
		return err
	}
	d, err := what.document(cmd, p.world)
	if err != nil {
		return about(d, err)
	}
	var prices []byte
	if what.prices != "" {
		if prices, err = p.readPrices(cmd.Context(), what.prices, d); err != nil {
			return about(d, err)
		}
	}
	return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
		if prices != nil {
			imported, err := b.Import(ctx, workspace, d.text("symbol"), filepath.Base(what.prices), prices)
			if err != nil {
				return plainly(err)
			}
			d.set("dataset", "--prices", quote(imported.Digest))
		}
		job, err := p.submit(ctx, b, workspace, d, how.replace)
		if err != nil {
			return about(d, err)
		}
		if job.Cached {
			p.tell("An identical run is stored; this is its result. Add --force to compute it again.")
		}
		job, err = p.follow(ctx, b, workspace, job, how.noProgress)
		if err != nil {
			return about(d, err)
		}
		result, err := b.Result(ctx, workspace, job.JobID)
		if err != nil {
			return err
		}
		if err := p.showDocument(ctx, result, how.form, export.Selection{}); err != nil {
			return err
		}
		p.tell("Job %s. Show it again with: %s", job.JobID, again(cmd, job.JobID))
		return failOn(how.failOn, result.Top())
	})
}

// submit submits a request, and says whose run it stops or waits for. What the
// request leaves open is to wait.
func (p *program) submit(ctx context.Context, b backend, workspace string, d *draft, replace bool) (lombard.Job, error) {
	if replace {
		d.set("on_conflict", "--replace", quote(string(lombard.ConflictReplace)))
	} else if d.root.member("on_conflict") == nil {
		d.set("on_conflict", "", quote(string(lombard.ConflictQueue)))
	}
	other, err := b.Job(ctx, workspace, "")
	if err != nil && lombard.KindOf(err) != lombard.KindNotFound {
		return other, err
	}
	job, submitting := b.Submit(ctx, workspace, d.JSON())
	if submitting != nil || err != nil || other.Status.Terminal() || other.JobID == job.JobID {
		return job, submitting
	}
	how := statusText(other)
	if other.Status == lombard.StatusPending {
		how = "waiting"
	}
	switch {
	case d.text("on_conflict") == string(lombard.ConflictReplace):
		p.tell("This stops %q (job %s, %s).", other.ScenarioName, other.JobID, how)
	case !job.Status.Terminal():
		p.tell("This waits behind %q (job %s, %s). Add --replace to stop that one instead.", other.ScenarioName, other.JobID, how)
	}
	return job, nil
}

// readPrices reads the price file, takes from it what the document leaves open,
// and checks what can be checked of the document without the prices.
func (p *program) readPrices(ctx context.Context, name string, d *draft) ([]byte, error) {
	_, text, err := readInput(ctx, p.world, name, maxPrices)
	if err == nil && len(text) > maxPrices {
		err = usageError(fmt.Sprintf("The file %s is larger than %d MiB.", name, maxPrices>>20), "Split it by symbol.")
	}
	if err != nil {
		_, faults := document.Scenario(d.JSON())
		bad := fieldsOf(faults)
		if len(bad) == 0 {
			return nil, err
		}
		own, _ := errors.AsType[*lombard.Error](err)
		return nil, lombard.Invalid(append(bad, lombard.FieldError{Field: "--prices", Value: name, Code: lombard.CodeInvalid, Message: own.Message}))
	}
	unread := p.takeFromPrices(d, name, text)
	_, faults := document.Scenario(d.JSON())
	bad := slices.DeleteFunc(fieldsOf(faults), func(f lombard.FieldError) bool {
		return unread != nil && f.Code == lombard.CodeRequired && slices.Contains(fromPrices, f.Field)
	})
	if len(bad) == 0 && unread != nil {
		return nil, plainly(unread)
	}
	return text, lombard.Invalid(bad)
}

// fromPrices are the fields that a price file can give.
var fromPrices = []string{"symbol", "start_date", "end_date"}

// takeFromPrices fills in the symbol, the start and the end that the document
// leaves open from a file of prices, and says so. The symbol is the one that the
// file names, else the file's own name.
func (p *program) takeFromPrices(d *draft, name string, text []byte) error {
	if !slices.ContainsFunc(fromPrices, func(field string) bool { return d.root.member(field) == nil }) {
		return nil
	}
	f, err := readPrices(bytes.NewReader(text), filepath.Base(name), d.text("symbol"))
	if err != nil {
		return err
	}
	symbol := strings.ToUpper(f.Symbol)
	if !lombard.ValidSymbol(symbol) {
		symbol = symbolOf(name)
	}
	var taken []string
	for i, value := range []string{symbol, f.First.String(), f.Last.String()} {
		if field := fromPrices[i]; value != "" && d.root.member(field) == nil {
			d.set(field, "", quote(value))
			taken = append(taken, []string{"the symbol ", "the start ", "the end "}[i]+value)
		}
	}
	if len(taken) > 0 {
		p.tell("Taken from %s: %s.", name, strings.Join(taken, ", "))
	}
	return nil
}

// symbolOf makes a symbol of a file's name; empty where that is none.
func symbolOf(name string) string {
	base, _, _ := strings.Cut(filepath.Base(name), ".")
	symbol := strings.Trim(strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') {
			return unicode.ToUpper(r)
		}
		return '-'
	}, base), "-")
	if symbol = symbol[:min(len(symbol), lombard.MaxSymbol)]; lombard.ValidSymbol(symbol) {
		return symbol
	}
	return ""
}

// follow shows the progress of a job until it is complete. A job that ends
// otherwise is an error; an interrupt cancels it first.
func (p *program) follow(ctx context.Context, b backend, workspace string, job lombard.Job, quiet bool) (lombard.Job, error) {
	m := p.meter(quiet)
	last, err := b.Watch(ctx, workspace, job.JobID, m.show)
	m.close()
	if err != nil && errors.Is(context.Cause(ctx), errInterrupted) {
		return last, p.cancelled(ctx, b, workspace, job.JobID)
	}
	if err != nil {
		return last, err
	}
	return last, endOf(last)
}

// cancelled stops the job of an interrupted command and waits until it has stopped.
func (p *program) cancelled(ctx context.Context, b backend, workspace, id string) error {
	p.tell("Cancelling; interrupt again to leave at once.")
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelPatience)
	defer cancel()
	_, err := b.Cancel(patience, workspace, id)
	if err == nil {
		_, err = b.Watch(patience, workspace, id, func(lombard.Job) {})
	}
	if err != nil {
		p.tell("Job %s may still be running: %s", id, sentence(err.Error()))
	}
	return errInterrupted
}

// endOf returns the error of a job that has ended without a result.
func endOf(job lombard.Job) error {
	switch job.Status {
	case lombard.StatusFailed:
		e := &lombard.Error{Kind: lombard.KindInternal, Message: "The backtest failed."}
		if job.Error != nil {
			e.Message = *job.Error // with its hint
		}
		if d := job.ErrorDetail; d != nil {
			e.Kind, e.Code, e.Fields = d.Kind, d.Code, d.Fields
		}
		if len(e.Fields) > 0 { // which are told on lines of their own
			e.Message, _, _ = strings.Cut(e.Message, " "+e.Fields[0].Field+": ")
		}
		return e
	case lombard.StatusCancelled:
		message := "The backtest was cancelled."
		if job.SupersededBy != nil {
			message = fmt.Sprintf("The backtest was replaced by a newer one (job %s).", *job.SupersededBy)
		}
		return coded(ExitFailed, &lombard.Error{Kind: lombard.KindConflict, Message: message, Hint: "Run it again if you still want it."})
	case lombard.StatusPending, lombard.StatusRunning, lombard.StatusComplete:
	}
	return nil
}

// showDocument prints what is selected of a result.
func (p *program) showDocument(ctx context.Context, result *archive.Result, form string, s export.Selection) error {
	view, err := export.Look(result, s)
	if err != nil {
		return err
	}
	if form == formJSON {
		return export.JSON(ctx, p.world.Stdout, view)
	}
	if f, isFile := export.FormOf(form); isFile {
		if f.Binary && p.world.StdoutTerminal {
			return usageError(fmt.Sprintf("A terminal cannot show %s.", form), "Send it to a file: -o "+form+" > result"+f.Extension+".")
		}
		return f.Write(ctx, p.world.Stdout, view)
	}
	shown := *result.Top()
	for place, slug := range result.Slugs() {
		var want archive.Want // of all but the one that the chart draws the figures are enough
		if slug == shown.PrimaryTemplate {
			want = archive.Path
		}
		answer, err := result.Hedge(ctx, place, want)
		if err != nil {
			return err
		}
		shown.Templates = append(shown.Templates, *answer)
	}
	return p.print(showResult(&shown, p.world.screen()))
}

// again is the command that shows a job once more, with the flags that say
// where it is.
func again(cmd *cobra.Command, id string) string {
	line := "lombard jobs show " + id
	for _, name := range []string{"server", "data-dir", "workspace"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			line += fmt.Sprintf(" --%s %s", name, f.Value)
		}
	}
	return line
}

// failOn turns a margin call of the hedged loan into an exit code.
func failOn(what string, r *lombard.Result) error {
	if what != "" && r.BreachedHedged {
		return &codedError{code: ExitMarginCall}
	}
	return nil
}
