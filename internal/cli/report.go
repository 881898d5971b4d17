package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"lombard.example/lombard/internal/export"
	"lombard.example/lombard/web"
)

func (p *program) reportCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report [JOB]",
		Short: "Write a result as one HTML file",
		Example: `  lombard report --out gold.html
  lombard report 0197c2a0-6c1e-7d3a-9f50-2b6a3f1e8d11 > gold.html`,
		Long: `Report writes one HTML file with the verdict, the charts, the table and the
result itself in it. It opens in any browser without a server or a network,
and prints.`,
		Args: takes(0, 1, oneJob),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" && p.world.StdoutTerminal {
				return usageError("A report is a file.", "Name it: lombard report --out report.html.")
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
				view, err := export.Look(result, export.Selection{})
				if err != nil {
					return err
				}
				write := func(w io.Writer) error { return export.Report(ctx, w, web.FS(), job.ScenarioName, view) }
				if out == "" {
					return write(p.world.Stdout)
				}
				if err := writeFile(out, write); err != nil {
					return err
				}
				p.tell("The report is in %s.", out)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` to write; without it, standard output")
	return cmd
}
