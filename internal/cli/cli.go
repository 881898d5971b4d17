package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/vendorhttp"
	"lombard.example/lombard/market"
)

// Run carries out one command and returns its exit code.
func Run(ctx context.Context, w World) int {
	ctx, release := w.interruptible(ctx)
	defer release()
	p := &program{world: &w, bars: w.Stderr}
	w.Stderr = escaping{out: w.Stderr}
	if w.StdoutTerminal { // elsewhere a document is written as it is
		w.Stdout = escaping{w.Stdout, w.screen().color}
	}
	root := p.command()
	root.SetArgs(w.Args)
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := p.guarded(func() error { return root.ExecuteContext(ctx) })
	if err == nil {
		return ExitOK
	}
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(ctx), errInterrupted) {
		err = errInterrupted
	}
	report(w.Stderr, err)
	if bug, ok := errors.AsType[*panicked](err); ok && p.debug {
		_, _ = w.Stderr.Write(bug.stack)
	}
	return exitCode(err)
}

// panicked is a fault of ours that a command met.
type panicked struct {
	value any
	stack []byte // where it happened
}

// Error says what the program said of it.
func (e *panicked) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// guarded runs a command; a panic in it becomes an error with a sentence.
func (p *program) guarded(command func() error) (err error) {
	defer func() {
		value := recover()
		if value == nil {
			return
		}
		hint := "Run the command again with --debug, and report what it prints."
		if p.debug {
			hint = "Please report this with the lines below."
		}
		err = &lombard.Error{
			Kind: lombard.KindInternal, Code: string(lombard.KindInternal), Message: "Something went wrong inside lombard.", Hint: hint,
			Err: &panicked{value: value, stack: fmt.Appendf(nil, "panic: %v\n\n%s", value, debug.Stack())},
		}
	}()
	return command()
}

// interruptible returns a context that the first signal ends, with
// errInterrupted as its cause; the second signal ends the process.
func (w *World) interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		for signals := 1; ; signals++ {
			select {
			case <-done:
				return
			case <-w.Interrupts:
				if signals > 1 {
					w.Exit(ExitInterrupted)
					return
				}
				cancel(errInterrupted)
			}
		}
	})
	return ctx, func() {
		close(done)
		watching.Wait()
		cancel(nil)
	}
}

// program is one invocation: the world and what the flags that every command
// has have said.
type program struct {
	world *World
	debug bool      // show where a fault of ours happened
	bars  io.Writer // where progress is drawn
}

// command builds the tree of commands.
func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "lombard",
		Short: "Would this loan have been called, and which hedge would have saved it?",
		Long: `lombard answers one question for people who borrow against an asset: if I had
pledged this for that loan, would I have been called, and which hedge would have
saved me, at what price?`,
		Example: `  lombard run                    # the loan against gold of winter 1987
  lombard run -f scenario.yaml   # your own question`,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	flags := root.PersistentFlags()
	flags.String("data-dir", "", "`folder` with jobs, results and prices (LOMBARD_DATA_DIR)")
	flags.String("server", "", "`URL` of a running server to work through (LOMBARD_SERVER)")
	flags.String("workspace", "", "`name` of the workspace, default \"default\" (LOMBARD_WORKSPACE)")
	flags.BoolVar(&p.debug, "debug", false, "show where the program failed")
	root.AddCommand(
		p.runCommand(), p.studyCommand(), p.serveCommand(), p.jobsCommand(), p.reportCommand(), p.templatesCommand(), p.priceCommand(), p.dataCommand(),
		p.doctorCommand(), p.checkCommand(), p.backupCommand(), p.restoreCommand(), p.configCommand(), p.versionCommand(), p.licensesCommand(), completionCommand(), helpCommand(),
	)
	root.SetHelpCommand(&cobra.Command{Use: "no-help", Hidden: true}) // ours is among the commands
	root.SetFlagErrorFunc(flagFault)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		_, _ = io.WriteString(p.world.Stdout, helpText(cmd, p.world.screen().columns))
	})
	group(root)
	p.complete(root)
	return root
}

// group makes a command that only holds others show its help, and name the
// nearest command when it is given one that does not exist.
func group(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		hint := fmt.Sprintf("Run %s --help for the list.", cmd.CommandPath())
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = fmt.Sprintf("Did you mean %s %s?", cmd.CommandPath(), near[0])
		}
		return usageError(fmt.Sprintf("There is no command %q in %s.", args[0], cmd.CommandPath()), hint)
	}
}

// takes checks the number of arguments of a command.
func takes(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= least && len(args) <= most {
			return nil
		}
		message := fmt.Sprintf("%s takes %s.", cmd.CommandPath(), what)
		if len(args) > most {
			message = fmt.Sprintf("%s takes %s, not also %q.", cmd.CommandPath(), what, args[most])
		}
		return usageError(message, fmt.Sprintf("Run %s --help for an example.", cmd.CommandPath()))
	}
}

// flagFault words what is wrong with the flags, with the nearest flag when one
// does not exist.
func flagFault(cmd *cobra.Command, err error) error {
	if err == pflag.ErrHelp { //nolint:errorlint // pflag returns it as it is
		return err
	}
	message := sentence(err.Error())
	hint := fmt.Sprintf("Run %s --help for the list.", cmd.CommandPath())
	switch e := err.(type) { //nolint:errorlint // likewise
	case *pflag.NotExistError:
		name := strings.TrimLeft(e.GetSpecifiedName(), "-")
		message = fmt.Sprintf("There is no flag %s in %s.", dashed(name), cmd.CommandPath())
		if near := market.Nearest(name, flagNames(cmd)); len(near) > 0 && name != "" && near[0][0] == name[0] {
			hint = fmt.Sprintf("Did you mean --%s?", near[0])
		}
	case *pflag.ValueRequiredError:
		message = fmt.Sprintf("The flag %s needs a value.", dashed(e.GetSpecifiedName()))
	case *pflag.InvalidValueError:
		message = fmt.Sprintf("The flag --%s cannot be %q.", e.GetFlag().Name, e.GetValue())
	}
	return usageError(message, hint)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	visit := func(f *pflag.Flag) { names = append(names, f.Name) }
	cmd.Flags().VisitAll(visit)
	cmd.InheritedFlags().VisitAll(visit)
	return names
}

// settings reads the configuration with the flags the command was given.
func (p *program) settings(cmd *cobra.Command) (config.Loaded, error) {
	given := map[string]string{}
	for _, key := range config.Keys() {
		if f := cmd.Flags().Lookup(strings.ReplaceAll(key, "_", "-")); f != nil && f.Changed {
			given[key] = f.Value.String()
		}
	}
	return config.Load(config.Inputs{
		Flags: given, Environ: p.world.Environ, ReadFile: p.world.ReadFile, FileMode: p.world.FileMode, Places: p.world.Places, Memory: p.world.Memory,
	})
}

// logger returns the log of the settings, on standard error, from the usual
// level on where they leave it open. Whatever is logged, no key of a vendor is
// in it.
func (p *program) logger(c config.Config, usual slog.Level) *slog.Logger {
	level := usual
	if c.LogLevel != config.LevelAuto {
		_ = level.UnmarshalText([]byte(c.LogLevel)) // checked when it was loaded
	}
	options := &slog.HandlerOptions{Level: level}
	out := vendorhttp.Hide(slices.Collect(maps.Values(c.VendorKeys))...).Writer(p.world.Stderr)
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}

// print writes the whole of a command's result, in words, to standard output.
func (p *program) print(text string) error {
	out, ok := p.world.Stdout.(escaping)
	if !ok {
		out = escaping{out: p.world.Stdout}
	}
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

// write writes a document to standard output, as it is unless that is a
// terminal.
func (p *program) write(data []byte) error {
	if _, err := p.world.Stdout.Write(data); err != nil {
		return fmt.Errorf("write to standard output: %w", err)
	}
	return nil
}

// tell writes a line for people to standard error.
func (p *program) tell(format string, args ...any) {
	_, _ = io.WriteString(p.world.Stderr, escaped(fmt.Sprintf(format, args...), "")+"\n")
}
