package cli

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// runner computes scenarios.
type runner interface {
	// Submit records the request as the workspace's current job.
	Submit(ctx context.Context, workspace string, body []byte) (lombard.Job, error)
	// Watch calls show with every new state of the job and returns the last
	// one, when the job is terminal; or the context's error when that ends first.
	Watch(ctx context.Context, workspace, id string, show func(lombard.Job)) (lombard.Job, error)
	// Result returns the result, to be read hedge by hedge.
	Result(ctx context.Context, workspace, id string) (*archive.Result, error)
}

// history knows the jobs of a workspace.
type history interface {
	// Job returns a job; an empty id asks for the workspace's current one.
	Job(ctx context.Context, workspace, id string) (lombard.Job, error)
	Jobs(ctx context.Context, workspace string, q app.ListQuery) (app.JobPage, error)
	Cancel(ctx context.Context, workspace, id string) (lombard.Job, error)
	// JobLog returns a job's own log.
	JobLog(ctx context.Context, workspace, id string) (app.JobLog, error)
}

// library knows prices.
type library interface {
	Sources(ctx context.Context, workspace string) ([]sourceListing, error)
	// Import stores the prices of a CSV file under a symbol.
	Import(ctx context.Context, workspace, symbol, name string, data []byte) (app.PriceFile, error)
	PriceFiles(ctx context.Context, workspace string) ([]app.PriceFile, error)
	// Available tells what of a symbol can be had at a source, with its dates.
	Available(ctx context.Context, q app.AvailableQuery) ([]market.Availability, error)
	// Estimate tells what the data of a request would cost at a source.
	Estimate(ctx context.Context, workspace, source string, body []byte) (app.Estimate, error)
	// Ledger tells what was spent on data.
	Ledger(ctx context.Context, q data.LedgerQuery) (data.Ledger, error)
}

// backend does the work of a command: in this process on the data directory,
// or through a server. Errors are *lombard.Error.
type backend interface {
	runner
	history
	library
	Close() error
}

var (
	_ backend = (*local)(nil)
	_ backend = (*remote)(nil)
)

// sourceListing is a source of prices and its symbols.
type sourceListing struct {
	market.Description
	Symbols []market.Listing `json:"symbols"`
}

// open returns the backend that the settings ask for.
func (p *program) open(cmd *cobra.Command) (backend, config.Loaded, error) {
	c, err := p.settings(cmd)
	if err != nil {
		return nil, c, err
	}
	if c.Server != "" {
		return p.remote(c.Server), c, nil
	}
	b, err := p.openHere(cmd.Context(), c.Config, cmd.CommandPath())
	if err != nil {
		return nil, c, err
	}
	return b, c, nil
}

// openHere returns a backend on the data directory: in this process, or through
// the one that holds it.
func (p *program) openHere(ctx context.Context, c config.Config, purpose string) (backend, error) {
	open := func(ctx context.Context) (backend, error) {
		answers := false
		l, err := openLocal(ctx, c, holder{purpose: purpose, log: p.logger(c, slog.LevelWarn), answers: func() bool {
			answers = knock(ctx, c.DataDir)
			return answers
		}})
		switch {
		case err == nil:
			return l, nil
		case answers:
			return p.through(c.DataDir), nil
		default:
			return nil, err
		}
	}
	b, err := open(ctx)
	if n, through := b.(*neighbour); through {
		return &joint{open: open, at: n}, nil
	}
	return b, err
}

func (p *program) remote(base string) *remote {
	return newRemote(base, func(text string) { p.tell("%s", text) })
}

// work opens the backend, does something with it and closes it.
func (p *program) work(cmd *cobra.Command, do func(ctx context.Context, b backend, workspace string) error) error {
	b, c, err := p.open(cmd)
	if err != nil {
		return err
	}
	err = do(cmd.Context(), b, c.Workspace)
	if closing := b.Close(); err == nil {
		err = closing
	}
	return err
}
