package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/httpapi"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/web"
)

// How long a server takes to stop: running backtests are left softStop to
// finish before they are handed back, and connections hangUp after that.
const (
	softStop = 8 * time.Second
	hangUp   = time.Second
)

func (p *program) serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the HTTP API and the web page",
		Example: `  lombard serve
  lombard serve --addr 127.0.0.1:0   # any free port; the address is printed`,
		Long: `Serve runs backtests for HTTP clients and keeps their results in the data
directory. It listens on this machine only. SIGTERM or an interrupt ends it in
good order within ten seconds: no new backtests are taken, and what is running
goes on at the next start.`,
		Args: takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.settings(cmd)
			if err != nil {
				return err
			}
			return p.serve(cmd.Context(), c.Config)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.String("addr", "", "`HOST:PORT` to listen on, default 127.0.0.1:8420 (LOMBARD_ADDR)")
	flags.String("workers", "", "`number` of backtests computed at a time, default one a processor (LOMBARD_WORKERS)")
	flags.String("memory", "", "`size` that the server may take, as 512MiB or 2GB, or a share, default 60% of the machine's or the cgroup's (LOMBARD_MEMORY)")
	flags.String("log-level", "", "debug, info, warn or error, default info (LOMBARD_LOG_LEVEL)")
	flags.String("log-format", "", "text or json, default text (LOMBARD_LOG_FORMAT)")
	return cmd
}

func (p *program) serve(ctx context.Context, c config.Config) error {
	listener, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	heapLimit := p.limitHeap(c)
	address := "http://" + listener.Addr().String()
	log := p.logger(c, slog.LevelInfo)
	l, err := openLocal(context.WithoutCancel(ctx), c, holder{purpose: sqlite.PurposeServer, address: address, log: log, working: true, heapLimit: heapLimit})
	if err != nil {
		return err
	}
	stopping, hang := context.WithCancel(context.WithoutCancel(ctx))
	defer hang()
	server := httpapi.Server(httpapi.New(httpapi.Serving(l.service), httpapi.Options{
		Log: log, Page: web.FS(), Notices: notices(), Version: programVersion(), Stopping: stopping, Budget: l.service.Budget,
	}))
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	p.tell("lombard serves at %s (data in %s). Interrupt to stop.", address, c.DataDir)

	var failure error
	select {
	case <-ctx.Done():
		p.tell("Stopping: running backtests have %d seconds, then they are kept for the next start.", int(softStop.Seconds()))
	case err := <-l.db.Fatal():
		failure = storageFailed(c.DataDir, err)
	case err := <-served:
		failure = fmt.Errorf("serve HTTP: %w", err)
		served <- http.ErrServerClosed
	}
	l.drain()
	hang() // event streams and waits end
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), hangUp)
	defer cancel()
	if server.Shutdown(last) != nil { // some client holds on
		_ = server.Close()
	}
	if err := <-served; failure == nil && !errors.Is(err, http.ErrServerClosed) {
		failure = fmt.Errorf("serve HTTP: %w", err)
	}
	if err := l.Close(); err != nil && failure == nil {
		failure = err
	}
	return failure
}

// listen opens the address, which must be on this machine: the server asks
// nobody who they are.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usageError(fmt.Sprintf("The address %q is not HOST:PORT.", addr), "Use --addr 127.0.0.1:8420.")
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usageError(
			fmt.Sprintf("lombard does not listen on %s: anybody who can reach it could read and start backtests.", addr),
			"Use a loopback address such as --addr 127.0.0.1:8420, and an SSH tunnel to reach it from elsewhere.")
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, usageError(fmt.Sprintf("The address %s is in use by another program.", addr),
			"Stop that program, or choose another port with --addr 127.0.0.1:0.")
	case err != nil:
		return nil, &lombard.Error{
			Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Err: err,
			Message: fmt.Sprintf("lombard cannot listen on %s.", addr), Hint: "Choose another address with --addr.",
		}
	}
	return listener, nil
}
