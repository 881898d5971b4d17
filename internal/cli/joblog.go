package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard/internal/app"
)

func (p *program) jobsLog() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "log [JOB]",
		Short: "Show what happened to a backtest, and when",
		Example: `  lombard jobs log
  lombard jobs log -o json 0197c2a0-6c1e-7d3a-9f50-2b6a3f1e8d11`,
		Long: `Log prints the job's own log: its stages with their times, every call to a
vendor, retries and warnings, one line each, in UTC. It is kept with the job,
at most 500 lines of 500 bytes.`,
		Args: takes(0, 1, oneJob),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				id := idOf(args)
				if id == "" {
					job, err := b.Job(ctx, workspace, id)
					if err != nil {
						return err
					}
					id = job.JobID
				}
				log, err := b.JobLog(ctx, workspace, id)
				if err != nil {
					return err
				}
				if form == formJSON {
					return p.printJSON(log)
				}
				return p.print(logText(log))
			})
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

// logText writes a line for each of the log, the columns in line.
func logText(log app.JobLog) string {
	stage := 0
	for _, l := range log.Lines {
		stage = max(stage, len(l.Stage))
	}
	var b strings.Builder
	for _, l := range log.Lines {
		fmt.Fprintf(&b, "%s  %-*s  %-5s  %s\n", l.Time.UTC().Format("2006-01-02 15:04:05.000"), stage, l.Stage, l.Level, escaped(l.Message, ""))
	}
	return b.String()
}
