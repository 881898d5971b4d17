package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/export"
)

func (p *program) jobsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "jobs",
		Short: "List, show, watch and cancel backtests",
		Example: `  lombard jobs list
  lombard jobs show        # the current one`,
	}
	cmd.AddCommand(p.jobsList(), p.jobsShow(), p.jobsWatch(), p.jobsCancel(), p.jobsResult(), p.jobsLog())
	group(cmd)
	return cmd
}

const oneJob = "at most one job id; without one it is the workspace's current job"

func idOf(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func (p *program) jobsList() *cobra.Command {
	var q app.ListQuery
	var kind, status, form string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the backtests of the workspace, newest first",
		Example: "  lombard jobs list --status complete --limit 5",
		Args:    takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			q.Kind, q.Status = lombard.JobKind(kind), lombard.Status(status)
			if err := checkList(q, form); err != nil {
				return err
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				page, err := b.Jobs(ctx, workspace, q)
				if err != nil {
					return err
				}
				if form == formJSON {
					return p.printJSON(page)
				}
				if len(page.Jobs) == 0 && page.NextCursor != "" { // a search looks at so many a page
					p.tell("None of the newest backtests matches. To look at older ones, add --cursor %s", page.NextCursor)
					return nil
				}
				if len(page.Jobs) == 0 {
					p.tell("No backtests in workspace %s. Start one with: lombard run", workspace)
					return nil
				}
				if err := p.print(p.world.screen().fit(jobTable(page.Jobs, p.world.screen()))); err != nil {
					return err
				}
				if page.NextCursor != "" {
					p.tell("There are more: add --cursor %s", page.NextCursor)
				}
				return nil
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.IntVar(&q.Limit, "limit", 20, "most to list, 1 to 200")
	flags.StringVar(&q.Cursor, "cursor", "", "`text` that continues an earlier list")
	flags.StringVar(&kind, "kind", "", "only jobs of this `kind`: "+orList(lombard.NamesOf[lombard.JobKind]()))
	flags.StringVar(&status, "status", "", "only `status` pending, running, complete, failed or cancelled")
	flags.StringVar(&q.Search, "search", "", "only jobs with this `text` in name, symbol, note or tags")
	flags.StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

func checkList(q app.ListQuery, form string) error {
	var bad []lombard.FieldError
	if q.Limit < 1 || q.Limit > 200 {
		bad = append(bad, lombard.FieldError{Field: "--limit", Value: q.Limit, Code: lombard.CodeInvalid, Message: "--limit must be from 1 to 200."})
	}
	known := q.Status == ""
	var names []string
	for _, s := range lombard.Statuses() {
		known = known || s == q.Status
		names = append(names, string(s))
	}
	if q.Kind != "" && !lombard.Known(q.Kind) {
		bad = append(bad, wrongChoice("--kind", string(q.Kind), lombard.NamesOf[lombard.JobKind]()...))
	}
	if !known {
		bad = append(bad, wrongChoice("--status", string(q.Status), names...))
	}
	if form != formTable && form != formJSON {
		bad = append(bad, wrongChoice("--output", form, formTable, formJSON))
	}
	return lombard.Invalid(bad)
}

// jobTable lists jobs; names are cut so that the table fits the screen.
func jobTable(jobs []lombard.Job, s screen) string {
	const idWidth, timeWidth, spaces = 36, 12, 6
	status := len("status")
	for _, j := range jobs {
		status = max(status, utf8.RuneCountInString(statusText(j)))
	}
	room := max(10, s.columns-idWidth-timeWidth-status-spaces)
	t := &table{words: true, header: []string{"job", "status", "created, UTC", "name"}}
	for _, j := range jobs {
		t.add(j.JobID, statusText(j), j.CreatedAt.UTC().Format("Jan 02 15:04"), cut(j.ScenarioName, room))
	}
	return strings.Join(t.lines(s), "\n") + "\n"
}

func statusText(j lombard.Job) string {
	if j.Status == lombard.StatusRunning {
		return fmt.Sprintf("running %.0f %%", j.Progress)
	}
	return string(j.Status)
}

// cut shortens a name to the room it has on its line.
func cut(text string, room int) string {
	text = escaped(text, "")
	if utf8.RuneCountInString(text) <= room {
		return text
	}
	return string([]rune(text)[:room-1]) + "…"
}

func (p *program) jobsShow() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:     "show [JOB]",
		Short:   "Show a backtest as run printed it, or how it stands",
		Example: "  lombard jobs show 0197c2a0-6c1e-7d3a-9f50-2b6a3f1e8d11",
		Args:    takes(0, 1, oneJob),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				job, err := b.Job(ctx, workspace, idOf(args))
				if err != nil {
					return err
				}
				if form == formJSON {
					return p.printJSON(job)
				}
				if !job.HasResult {
					return p.print(p.world.screen().fit(jobText(job, p.world.screen())))
				}
				result, err := b.Result(ctx, workspace, job.JobID)
				if err != nil {
					return err
				}
				return p.showDocument(ctx, result, formTable, export.Selection{})
			})
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table, or json for the job's record")
	return cmd
}

// jobText says in words how a job without a result stands.
func jobText(j lombard.Job, s screen) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", escaped(j.ScenarioName, ""), j.StageLabel)
	t := &table{}
	t.add("Job", j.JobID)
	t.add("Status", statusText(j))
	if text := strings.TrimPrefix(j.Message, j.StageLabel); text != "" && j.Status == lombard.StatusRunning {
		t.add("Done", text)
	}
	t.add("Created", j.CreatedAt.UTC().Format(time.RFC3339))
	if j.CompletedAt != nil {
		t.add("Ended", j.CompletedAt.UTC().Format(time.RFC3339))
	}
	for _, row := range t.rows {
		fmt.Fprintf(&b, "  %-8s  %s\n", row[0], row[1])
	}
	if own, ok := errors.AsType[*lombard.Error](endOf(j)); ok {
		b.WriteString(wrap(join(own.Message, own.Hint), s.columns, "") + "\n")
	}
	return b.String()
}

func (p *program) jobsWatch() *cobra.Command {
	var how runFlags
	cmd := &cobra.Command{
		Use:     "watch [JOB]",
		Short:   "Follow a backtest and print its result",
		Example: "  lombard jobs watch --server http://127.0.0.1:8420",
		Args:    takes(0, 1, oneJob),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := how.check(); err != nil {
				return err
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				job, err := b.Job(ctx, workspace, idOf(args))
				if err != nil {
					return err
				}
				m := p.meter(how.noProgress)
				job, err = b.Watch(ctx, workspace, job.JobID, m.show)
				m.close()
				if errors.Is(context.Cause(ctx), errInterrupted) {
					p.tell("Leaving; the backtest is kept. Follow it again with: lombard jobs watch")
				}
				if err != nil {
					return err
				}
				result, err := resultOf(ctx, b, workspace, job)
				if err != nil {
					return err
				}
				return p.showDocument(ctx, result, how.form, export.Selection{})
			})
		},
	}
	cmd.Flags().StringVarP(&how.form, "output", "o", formTable, "`form` of the result: table, json or csv")
	cmd.Flags().BoolVar(&how.noProgress, "no-progress", false, "show no progress")
	return cmd
}

func (p *program) jobsCancel() *cobra.Command {
	return &cobra.Command{
		Use:     "cancel [JOB]",
		Short:   "Stop a backtest",
		Example: "  lombard jobs cancel 0197c2a0-6c1e-7d3a-9f50-2b6a3f1e8d11",
		Args:    takes(0, 1, oneJob),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				job, err := b.Job(ctx, workspace, idOf(args))
				if err == nil {
					job, err = b.Cancel(ctx, workspace, job.JobID)
				}
				if err != nil {
					return err
				}
				return p.print(cancelText(job) + "\n")
			})
		},
	}
}

func cancelText(j lombard.Job) string {
	switch {
	case j.Status == lombard.StatusCancelled:
		return fmt.Sprintf("Job %s is cancelled.", j.JobID)
	case j.Status.Terminal():
		return fmt.Sprintf("Job %s had ended already (%s); nothing was changed.", j.JobID, j.Status)
	default:
		return fmt.Sprintf("Job %s is being cancelled.", j.JobID)
	}
}

func (p *program) jobsResult() *cobra.Command {
	var how runFlags
	var some selectionFlags
	cmd := &cobra.Command{
		Use:   "result [JOB]",
		Short: "Print the result document of a backtest",
		Example: `  lombard jobs result -o csv > path.csv
  lombard jobs result -o csv --fields date,ltv_hedged,ltv_unhedged --every month
  lombard jobs result -o parquet --table trades > trades.parquet`,
		Args: takes(0, 1, oneJob),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := how.check(); err != nil {
				return err
			}
			chosen, err := some.selection(how.form)
			if err != nil {
				return err
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				job, err := b.Job(ctx, workspace, idOf(args))
				if err != nil {
					return err
				}
				result, err := resultOf(ctx, b, workspace, job)
				if err != nil {
					return err
				}
				return p.showDocument(ctx, result, how.form, chosen)
			})
		},
	}
	cmd.Flags().StringVarP(&how.form, "output", "o", formJSON, "`form`: "+orList(resultForms()))
	some.register(cmd)
	return cmd
}

// resultOf returns the result of a job, and the error of one that ended without.
func resultOf(ctx context.Context, b backend, workspace string, job lombard.Job) (*archive.Result, error) {
	if err := endOf(job); err != nil {
		return nil, err
	}
	return b.Result(ctx, workspace, job.JobID)
}

// printJSON prints a value as indented JSON.
func (p *program) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return p.write(append(text, '\n'))
}
