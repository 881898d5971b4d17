package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/market"
)

// dataRange tells which dates of a symbol a source has.
func (p *program) dataRange() *cobra.Command {
	var source, dataset, form string
	cmd := &cobra.Command{
		Use:   "range SYMBOL",
		Short: "Tell which dates of a symbol a source has; nothing is bought",
		Example: `  lombard data range XAU
  lombard data range GLD --source databento`,
		Args: takes(1, 1, "one symbol"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			symbol := strings.ToUpper(args[0])
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				have, err := b.Available(ctx, app.AvailableQuery{Workspace: workspace, Source: source, Symbol: symbol, Dataset: dataset})
				if err != nil {
					return plainly(err)
				}
				if form == formJSON {
					return p.printJSON(have)
				}
				if len(have) == 0 {
					return p.print(fmt.Sprintf("The %s source does not say which dates of %s it has.\n", source, symbol))
				}
				words := map[string]string{market.HoldsBars: "daily prices", market.HoldsChains: "option chains"}
				t := &table{words: true, header: []string{"holds", "from", "to", "dataset"}}
				for _, a := range have {
					t.add(words[a.Holds], a.Range.First.String(), a.Range.Last.String(), a.Dataset)
				}
				return p.print(p.world.screen().fit(strings.Join(t.lines(p.world.screen()), "\n") + "\n"))
			})
		},
	}
	cmd.Flags().StringVar(&source, "source", "sample", "`slug` of the source")
	cmd.Flags().StringVar(&dataset, "dataset", "", "`name` of the dataset; without it the one that reaches back furthest")
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

// dataEstimate tells what the data of a run would cost.
func (p *program) dataEstimate() *cobra.Command {
	var what scenarioFlags
	var form string
	cmd := &cobra.Command{
		Use:   "estimate [flags]",
		Short: "Tell what the data of a run would cost; nothing is bought",
		Example: `  lombard data estimate -f scenario.yaml
  lombard data estimate --symbol GLD --start 2024-08-01 --end 2025-06-30 --units 100 \
    --loan 15000 --margin-call-ltv 0.75 --template protective-put-95pct-12m --source databento`,
		Args: takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			d, err := what.document(cmd, p.world)
			if err != nil {
				return about(d, err)
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				e, err := b.Estimate(ctx, workspace, d.text("data_source"), d.JSON())
				if err != nil {
					return about(d, err)
				}
				if form == formJSON {
					return p.printJSON(e)
				}
				return p.print(e.Message + "\n")
			})
		},
	}
	what.register(cmd)
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

// keeper is a data directory whose bought prices can be managed.
type keeper interface {
	Holdings(ctx context.Context) ([]data.Holding, error)
	Forget(ctx context.Context, k data.Key) error
	Refresh(ctx context.Context, workspace string, k data.Key, maxCostUSD float64) (usd float64, err error)
	Stored(ctx context.Context, k data.Key, r market.Range) ([]market.Bar, error)
	StoredChains(ctx context.Context, k data.Key, r market.Range) ([]market.Chain, error)
}

// kept opens the data directory's bought prices.
func (p *program) kept(cmd *cobra.Command, do func(ctx context.Context, k keeper, workspace string) error) error {
	return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
		k, ok := b.(keeper)
		if !ok {
			return usageError("Bought prices are managed where they are stored.", "Leave --server out and run the command on the server's data directory.")
		}
		return do(ctx, k, workspace)
	})
}

// named picks the holding that a symbol and flags name.
func named(all []data.Holding, symbol, source, dataset string) (data.Holding, error) {
	var found []data.Holding
	var have []string
	for _, h := range all {
		have = append(have, h.Symbol+" of "+h.Source)
		if strings.EqualFold(h.Symbol, symbol) && (source == "" || h.Source == source) && (dataset == "" || h.Dataset == dataset) {
			found = append(found, h)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return data.Holding{}, usageError(fmt.Sprintf("%s is stored from more than one source or dataset.", symbol), "Add --source and --dataset; `lombard data list` shows them.")
	case len(have) == 0:
		return data.Holding{}, usageError(fmt.Sprintf("Nothing of %s is stored, nor of any other symbol.", symbol), "Prices are stored when a run fetches them.")
	default:
		return data.Holding{}, usageError(fmt.Sprintf("Nothing of %s is stored.", symbol), "Stored are "+strings.Join(have, ", ")+".")
	}
}

// one makes a command about one stored series.
func (p *program) one(use, short, long string, register func(*cobra.Command), do func(ctx context.Context, k keeper, workspace string, h data.Holding) error) *cobra.Command {
	var source, dataset string
	cmd := &cobra.Command{
		Use: use + " SYMBOL", Short: short, Long: long,
		Example: "  lombard data " + use + " GLD --source databento",
		Args:    takes(1, 1, "one symbol"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.kept(cmd, func(ctx context.Context, k keeper, workspace string) error {
				all, err := k.Holdings(ctx)
				if err != nil {
					return err
				}
				h, err := named(all, args[0], source, dataset)
				if err != nil {
					return err
				}
				return do(ctx, k, workspace, h)
			})
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "`slug` of the source, where there are several")
	cmd.Flags().StringVar(&dataset, "dataset", "", "`name` of the dataset, where there are several")
	if register != nil {
		register(cmd)
	}
	return cmd
}

func (p *program) dataShow() *cobra.Command {
	return p.one("show", "Show what is stored of a symbol", "", nil, func(ctx context.Context, k keeper, _ string, h data.Holding) error {
		t, err := showHolding(ctx, k, h)
		if err != nil {
			return err
		}
		text := strings.Join(holdingsTable([]data.Holding{h}).lines(p.world.screen()), "\n") + "\n\n" + strings.Join(t.lines(p.world.screen()), "\n") + "\n"
		return p.print(p.world.screen().fit(text))
	})
}

// showHolding is a table of the first and last days of what is stored.
func showHolding(ctx context.Context, k keeper, h data.Holding) (*table, error) {
	t := &table{header: []string{"date", "open", "high", "low", "close", "volume"}}
	var rows [][]string
	if h.Schema == data.SchemaChains {
		t.header = []string{"date", "expiries", "options", "with a market"}
		chains, err := k.StoredChains(ctx, h.Key, h.Range)
		if err != nil {
			return nil, err
		}
		for i := range chains {
			expiries, traded := map[lombard.Date]bool{}, 0
			for _, q := range chains[i].Quotes {
				expiries[q.Expiry] = true
				if q.TwoSided() {
					traded++
				}
			}
			rows = append(rows, []string{chains[i].Date.String(), fmt.Sprint(len(expiries)), count(len(chains[i].Quotes)), count(traded)})
		}
	} else {
		bars, err := k.Stored(ctx, h.Key, h.Range)
		if err != nil {
			return nil, err
		}
		for i := range bars {
			b := &bars[i]
			rows = append(rows, []string{b.Date.String(), fmt.Sprint(b.Open), fmt.Sprint(b.High), fmt.Sprint(b.Low), fmt.Sprint(b.Close), fmt.Sprint(b.Volume)})
		}
	}
	const ends = 5
	for i, row := range rows {
		switch {
		case i < ends || i >= len(rows)-ends:
			t.add(row...)
		case i == ends:
			t.add("…")
		}
	}
	return t, nil
}

func (p *program) dataDelete() *cobra.Command {
	return p.one("delete", "Forget what was bought of a symbol", "Results that used it stay as they are; the next run buys it again.", nil, func(ctx context.Context, k keeper, _ string, h data.Holding) error {
		if err := k.Forget(ctx, h.Key); err != nil {
			return err
		}
		return p.print(fmt.Sprintf("Forgot %s of %s (%s).\n", h.Symbol, h.Source, plural(h.Sessions, "session")))
	})
}

func (p *program) dataRefresh() *cobra.Command {
	var most float64
	return p.one("refresh", "Fetch the stored prices of a symbol again, with the vendor's corrections", "It may cost as much as the first time; --max-cost limits it. The stored prices are replaced only when everything has arrived.",
		func(cmd *cobra.Command) {
			cmd.Flags().Float64Var(&most, "max-cost", calc.DefaultMaxCostUSD, "most that may be spent, in `dollars`")
		},
		func(ctx context.Context, k keeper, workspace string, h data.Holding) error {
			usd, err := k.Refresh(ctx, workspace, h.Key, most)
			if err != nil {
				return err
			}
			return p.print(fmt.Sprintf("Fetched %s of %s again for $%.2f.\n", h.Symbol, h.Source, usd))
		})
}

func (p *program) dataVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check every stored price again",
		Example: "  lombard data verify",
		Args:    takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.kept(cmd, func(ctx context.Context, k keeper, _ string) error {
				all, err := k.Holdings(ctx)
				if err != nil {
					return err
				}
				var bad []string
				sessions := 0
				for _, h := range all {
					n, wrong, err := verify(ctx, k, h)
					if err != nil {
						return err
					}
					sessions += n
					bad = append(bad, wrong...)
				}
				if len(bad) > 0 {
					return &lombard.Error{
						Kind: lombard.KindStorage, Code: "prices_damaged", Message: fmt.Sprintf("%d stored prices cannot be right. The first: %s", len(bad), bad[0]),
						Hint: "Fetch the symbol again with `lombard data refresh`.",
					}
				}
				return p.print(fmt.Sprintf("%s of %s are sound.\n", plural(sessions, "session"), plural(len(all), "series")))
			})
		},
	}
}

// verify reads what is stored of a series again and says what cannot be right.
func verify(ctx context.Context, k keeper, h data.Holding) (sessions int, bad []string, err error) {
	switch h.Schema {
	case data.SchemaChains:
		chains, err := k.StoredChains(ctx, h.Key, h.Range)
		for i := range chains {
			if _, wrong := market.NewChain(chains[i].Date, chains[i].Quotes); wrong != nil {
				bad = append(bad, fmt.Sprintf("Options on %s of %s, %s: %s.", h.Symbol, h.Source, chains[i].Date, wrong))
			}
		}
		return len(chains), bad, err
	case data.SchemaBars:
		bars, err := k.Stored(ctx, h.Key, h.Range)
		_, problems := market.Check(bars, market.Refuse)
		for _, problem := range problems {
			bad = append(bad, fmt.Sprintf("%s of %s, %s: %s.", h.Symbol, h.Source, bars[problem.Index].Date, problem.Message))
		}
		return len(bars), bad, err
	default:
		return 0, nil, nil
	}
}

func holdingsTable(all []data.Holding) *table {
	t := &table{words: true, header: []string{"symbol", "holds", "source", "dataset", "from", "to", "sessions", "cost"}}
	holds := map[string]string{data.SchemaBars: "prices", data.SchemaChains: "option chains", data.SchemaFigures: "figures"}
	for _, h := range all {
		t.add(h.Symbol, holds[h.Schema], h.Source, h.Dataset, h.First.String(), h.Last.String(), count(h.Sessions), fmt.Sprintf("$%.2f", h.CostUSD))
	}
	return t
}
