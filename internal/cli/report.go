package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
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
				if err := endOf(job); err != nil {
					return err
				}
				document, err := b.Result(ctx, workspace, job.JobID)
				if err != nil {
					return err
				}
				result, err := export.Decode(document)
				if err != nil {
					return err
				}
				if document, err = export.Path(result); err != nil {
					return err
				}
				text, err := export.Report(web.FS(), job.ScenarioName, document)
				if err != nil {
					return err
				}
				if out == "" {
					return p.write(text)
				}
				if err := os.WriteFile(out, text, 0o644); err != nil { //nolint:gosec // a report is there to be passed on
					return &lombard.Error{Kind: lombard.KindInternal, Message: fmt.Sprintf("The report cannot be written to %s.", out), Hint: "Name another place with --out.", Err: err}
				}
				p.tell("The report is in %s.", out)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`file` to write; without it, standard output")
	return cmd
}
