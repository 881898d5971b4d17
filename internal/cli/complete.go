package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/export"
	"lombard.example/lombard/internal/store/sqlite"
)

const (
	// completionTime is the most that a shell waits for values that are looked up.
	completionTime = 3 * time.Second
	// mostOffered is how many jobs are offered, the newest ones.
	mostOffered = 50
)

// A completer returns the values that a flag or an argument may have.
type completer func(cmd *cobra.Command) []cobra.Completion

// valuesOnly tells the shell to keep the order and to offer no names of files.
const valuesOnly = cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder

// offer returns what cobra asks for: the values that begin with what was typed.
func (c completer) offer(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	all := slices.Clone(c(cmd)) // the values of a fixed list are offered again
	return slices.DeleteFunc(all, func(v cobra.Completion) bool { return !strings.HasPrefix(v, typed) }), valuesOnly
}

// complete lets a shell complete the values of flags and arguments, in every
// command below one. Values of choices come from the tables of the vocabulary.
func (p *program) complete(cmd *cobra.Command) {
	byFlag := map[string]completer{
		"template": templateSlugs, "source": p.sourceSlugs, "quote-source": p.sourceSlugs, "symbol": p.symbols,
		"facility": choicesOf[lombard.PresetName], "style": choicesOf[lombard.Style], "contract-mode": choicesOf[lombard.ContractMode],
		"execution": choicesOf[lombard.Execution], "pricing-mode": choicesOf[lombard.PricingMode],
		"kind": choicesOf[lombard.JobKind], "status": fixed(namesOf(lombard.Statuses())...), "output": formsOf, "table": fixed(export.Tables()...),
		"fail-on": fixed("margin-call"), "every": fixed(export.EveryDay, export.EveryWeek, export.EveryMonth),
	}
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		values := byFlag[f.Name]
		if cmd.Name() == "price" && f.Name == "style" { // of futures too
			values = fixed(priceStyles...)
		}
		if values != nil {
			must(cmd.RegisterFlagCompletionFunc(f.Name, values.offer))
		}
	})
	byArgument := map[string]completer{"JOB": p.jobIDs, "SYMBOL": p.symbols, "TEMPLATE": templateSlugs}
	_, argument, _ := strings.Cut(cmd.Use, " ")
	if values := byArgument[strings.Trim(argument, "[]")]; values != nil {
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, valuesOnly
			}
			return values.offer(cmd, args, typed)
		}
	}
	for _, sub := range cmd.Commands() {
		p.complete(sub)
	}
}

// must panics on a mistake in this package.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func fixed(values ...string) completer {
	return func(*cobra.Command) []cobra.Completion { return values }
}

func namesOf[T ~string](values []T) []string {
	var all []string
	for _, v := range values {
		all = append(all, string(v))
	}
	return all
}

// choicesOf offers the values of a table, each with its short words.
func choicesOf[T lombard.Chosen](*cobra.Command) []cobra.Completion {
	var all []cobra.Completion
	for _, c := range lombard.ChoicesOf[T]() {
		all = append(all, cobra.CompletionWithDesc(c.Value, c.Short))
	}
	return all
}

func templateSlugs(*cobra.Command) []cobra.Completion {
	var all []cobra.Completion
	for _, t := range hedge.All() {
		all = append(all, cobra.CompletionWithDesc(t.Slug, t.Title))
	}
	return all
}

// formsOf offers the forms that a command prints: those of a result where it
// prints one, a table and JSON elsewhere.
func formsOf(cmd *cobra.Command) []cobra.Completion {
	switch cmd.CommandPath() {
	case "lombard run", "lombard jobs watch", "lombard jobs result":
		return resultForms()
	case "lombard price":
		return []cobra.Completion{formTable, formJSON, formCSV}
	default:
		return []cobra.Completion{formTable, formJSON}
	}
}

// look asks the backend for values. A shell that completes shows no errors: what
// cannot be had is not offered. Nor does it make a data directory: where there is
// none yet, a passing one is asked.
func (p *program) look(cmd *cobra.Command, do func(ctx context.Context, b backend, workspace string) []cobra.Completion) []cobra.Completion {
	c, err := p.settings(cmd)
	if err != nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(c.DataDir, sqlite.FileName)); c.Server == "" && errors.Is(err, fs.ErrNotExist) {
		passing, err := os.MkdirTemp("", "lombard-*")
		if err != nil {
			return nil
		}
		defer os.RemoveAll(passing)
		must(cmd.Flags().Set("data-dir", passing))
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
	defer cancel()
	cmd.SetContext(ctx)
	var all []cobra.Completion
	err = p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
		all = do(ctx, b, workspace)
		return nil
	})
	if err != nil {
		return nil
	}
	return all
}

// jobIDs offers the newest jobs of the workspace.
func (p *program) jobIDs(cmd *cobra.Command) []cobra.Completion {
	return p.look(cmd, func(ctx context.Context, b backend, workspace string) []cobra.Completion {
		page, err := b.Jobs(ctx, workspace, app.ListQuery{Limit: mostOffered})
		if err != nil {
			return nil
		}
		var all []cobra.Completion
		for _, j := range page.Jobs {
			all = append(all, cobra.CompletionWithDesc(j.JobID, escaped(string(j.Status)+", "+j.ScenarioName, "")))
		}
		return all
	})
}

// sourceSlugs offers the sources of prices.
func (p *program) sourceSlugs(cmd *cobra.Command) []cobra.Completion {
	return p.look(cmd, func(ctx context.Context, b backend, workspace string) []cobra.Completion {
		sources, err := b.Sources(ctx, workspace)
		if err != nil {
			return nil
		}
		var all []cobra.Completion
		for _, s := range sources {
			all = append(all, cobra.CompletionWithDesc(s.Slug, escaped(s.Title, "")))
		}
		return all
	})
}

// symbols offers the symbols of the source that is given, or of every one.
func (p *program) symbols(cmd *cobra.Command) []cobra.Completion {
	only := ""
	if f := cmd.Flags().Lookup("source"); f != nil && f.Changed {
		only = f.Value.String()
	}
	return p.look(cmd, func(ctx context.Context, b backend, workspace string) []cobra.Completion {
		sources, err := b.Sources(ctx, workspace)
		if err != nil {
			return nil
		}
		var all []cobra.Completion
		for _, s := range sources {
			if only != "" && s.Slug != only {
				continue
			}
			for _, l := range s.Symbols {
				all = append(all, cobra.CompletionWithDesc(l.Symbol, s.Slug))
			}
		}
		return all
	})
}
