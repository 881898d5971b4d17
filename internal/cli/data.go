package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
)

func (p *program) dataCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data",
		Short: "See where prices come from and bring your own",
		Example: `  lombard data sources
  lombard data import my.csv --symbol MINE`,
	}
	cmd.AddCommand(p.dataSources(), p.dataImport(), p.dataList(), p.dataRange(), p.dataEstimate(), p.dataShow(), p.dataDelete(), p.dataRefresh(), p.dataLedger(), p.dataVerify())
	group(cmd)
	return cmd
}

func (p *program) dataSources() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:     "sources",
		Short:   "List the sources of prices with their symbols and dates",
		Example: "  lombard data sources",
		Args:    takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				sources, err := b.Sources(ctx, workspace)
				if err != nil {
					return err
				}
				if form == formJSON {
					return p.printJSON(sources)
				}
				return p.print(p.world.screen().fit(sourcesText(sources, p.world.screen())))
			})
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

// checkForm refuses any form of output but a table and JSON.
func checkForm(form string) error {
	if form == formTable || form == formJSON {
		return nil
	}
	return lombard.Invalid([]lombard.FieldError{wrongChoice("--output", form, formTable, formJSON)})
}

func sourcesText(sources []sourceListing, s screen) string {
	var b strings.Builder
	for i, source := range sources {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s\n", s.style(bold, source.Slug), source.Title)
		if source.Summary != "" {
			b.WriteString("  " + wrap(source.Summary, s.columns-2, "  ") + "\n")
		}
		t := &table{words: true}
		for _, l := range source.Symbols {
			lows := "closes only"
			if l.Intraday {
				lows = "with highs and lows"
			}
			t.add("    "+l.Symbol, l.Range.First.String()+" to "+l.Range.Last.String(), plural(l.Sessions, "session"), lows)
		}
		for _, line := range t.lines(s) {
			b.WriteString(line + "\n")
		}
		if len(source.Symbols) == 0 {
			b.WriteString("    no symbols yet\n")
		}
	}
	return b.String()
}

func (p *program) dataImport() *cobra.Command {
	var symbol string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Import a CSV or Parquet file with daily prices or option chains",
		Example: `  lombard data import my.csv --symbol MINE
  zcat prices.csv.gz | lombard data import - --symbol MINE`,
		Long: `Import reads a CSV or Parquet file with named columns: a date and a close, and if there are
any, open, high, low, volume, dividends and splits, under the names that vendors give
them. Dates are YYYY-MM-DD, MM/DD/YYYY or seconds since 1970; gzip and thousands
separators are fine. Of a file with several symbols the rows of --symbol are taken.
The prices are kept as they are now, under their digest: a later import changes no
earlier result.

A file of option chains is told by its header: one option a row with quote_date,
expiration, strike, right, bid and ask, or the layout of Cboe DataShop, OptionsDX
or historicaloptiondata. Runs with pricing_mode quotes use all of a symbol's.`,
		Args: takes(1, 1, "one file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if symbol == "" {
				return usageError("lombard data import needs the symbol of the prices.", "Add --symbol NAME; any label of A–Z, 0–9, '.', '_' and '-' will do.")
			}
			name, text, err := readInput(cmd.Context(), p.world, args[0], maxPrices)
			if err != nil {
				return err
			}
			if len(text) > maxPrices {
				return usageError(fmt.Sprintf("The file %s is larger than %d MiB.", name, maxPrices>>20), "Split it.")
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				imported, err := b.Import(ctx, workspace, strings.ToUpper(symbol), filepath.Base(name), text)
				if err != nil {
					return plainly(err)
				}
				return p.print(p.world.screen().fit(importText(imported, p.world.screen())))
			})
		},
	}
	cmd.Flags().StringVar(&symbol, "symbol", "", "`name` to keep the prices under")
	return cmd
}

func importText(f app.PriceFile, s screen) string {
	lows := "closes only"
	if f.Intraday {
		lows = "with highs and lows"
	}
	if f.Quotes > 0 {
		lows = plural(f.Quotes, "option quote")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s from %s to %s, %s.\n", f.Symbol, plural(f.Sessions, "session"), f.First, f.Last, lows)
	for _, w := range f.Warnings {
		b.WriteString(wrap("Warning: "+w.Message, s.columns, "  ") + "\n")
	}
	fmt.Fprintf(&b, "Dataset %s\n", f.Digest)
	return b.String()
}

func (p *program) dataList() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List imported price files and prices bought from vendors",
		Example: "  lombard data list",
		Args:    takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				files, err := b.PriceFiles(ctx, workspace)
				if err != nil {
					return err
				}
				here := struct {
					Files  []app.PriceFile `json:"files"`
					Bought []data.Holding  `json:"bought"`
				}{files, []data.Holding{}}
				if k, ok := b.(keeper); ok {
					if here.Bought, err = k.Holdings(ctx); err != nil {
						return err
					}
				}
				if form == formJSON {
					return p.printJSON(here)
				}
				var parts []string
				if len(here.Bought) > 0 {
					parts = append(parts, strings.Join(holdingsTable(here.Bought).lines(p.world.screen()), "\n")+"\n")
				}
				if len(files) > 0 {
					parts = append(parts, filesText(files, p.world.screen()))
				}
				if len(parts) == 0 {
					p.tell("No price files in workspace %s. Import one with: lombard data import FILE --symbol NAME", workspace)
					return nil
				}
				return p.print(p.world.screen().fit(strings.Join(parts, "\n")))
			})
		},
	}
	cmd.Flags().StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

// shortDigest is how much of a digest a table shows; -o json has all of it.
const shortDigest = 12

func filesText(files []app.PriceFile, s screen) string {
	t := &table{words: true, header: []string{"symbol", "holds", "from", "to", "sessions", "dataset", "file"}}
	for _, f := range files {
		holds := "prices"
		if f.Quotes > 0 {
			holds = "option chains"
		}
		t.add(f.Symbol, holds, f.First.String(), f.Last.String(), count(f.Sessions), f.Digest[:min(shortDigest, len(f.Digest))], cut(f.Name, 24))
	}
	return strings.Join(t.lines(s), "\n") + "\n"
}
