package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/data"
)

// dataLedger shows what was spent on data.
func (p *program) dataLedger() *cobra.Command {
	var form string
	var q data.LedgerQuery
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Show what was spent on data, and what is left of the day's cap",
		Example: `  lombard data ledger
  lombard data ledger --limit 200 -o json`,
		Long: `Ledger lists every call to a vendor that may have cost money, newest first, with
what it counts for against the cap of its UTC day (LOMBARD_DAY_CAP_USD). A call
is reserved before it is made. When the vendor sends no data it becomes void and
costs nothing. When an answer does not arrive whole, it counts as spent.`,
		Args: takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			if q.Limit < 1 || q.Limit > data.MostLedgerRows {
				return lombard.Invalid([]lombard.FieldError{{
					Field: "--limit", Value: q.Limit, Code: lombard.CodeInvalid, Message: fmt.Sprintf("--limit must be from 1 to %d.", data.MostLedgerRows),
				}})
			}
			return p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
				q.Workspace = workspace
				ledger, err := b.Ledger(ctx, q)
				if err != nil {
					return err
				}
				if form == formJSON {
					return p.printJSON(ledger)
				}
				return p.print(p.world.screen().fit(ledgerText(ledger, p.world.screen())))
			})
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.IntVar(&q.Limit, "limit", 20, "most rows to list, 1 to 200")
	flags.StringVar(&q.Cursor, "cursor", "", "`text` that continues an earlier list")
	flags.StringVarP(&form, "output", "o", formTable, "`form`: table or json")
	return cmd
}

func ledgerText(l data.Ledger, s screen) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Workspace %s on %s (UTC): $%.2f spent, $%.2f reserved, $%.2f left of the cap of $%.2f.\n",
		l.Workspace, l.Day, l.SpentUSD, l.ReservedUSD, l.LeftUSD, l.CapUSD)
	if len(l.Rows) == 0 {
		b.WriteString("No data was paid for yet.\n")
		return b.String()
	}
	t := &table{words: true, header: []string{"time, UTC", "symbol", "holds", "source", "from", "to", "state", "counts"}}
	holds := map[string]string{"bars": "prices", "chains": "option chains"}
	for _, r := range l.Rows {
		t.add(r.At.UTC().Format("2006-01-02 15:04"), r.Symbol, holds[r.Holds], r.Source, r.First.String(), r.Last.String(), r.State, fmt.Sprintf("$%.2f", r.USD))
	}
	b.WriteString("\n" + strings.Join(t.lines(s), "\n") + "\n")
	told := map[string]bool{}
	for _, r := range l.Rows {
		if r.Note != "" && !told[r.State+r.Note] {
			told[r.State+r.Note] = true
			b.WriteString(wrap(fmt.Sprintf("%s, %s of %s: %s", r.State, r.Symbol, r.At.UTC().Format("2006-01-02 15:04"), r.Note), s.columns, "  ") + "\n")
		}
	}
	if l.NextCursor != "" {
		fmt.Fprintf(&b, "There are more: add --cursor %s.\n", l.NextCursor)
	}
	return b.String()
}

// Ledger implements library.
func (l *local) Ledger(ctx context.Context, q data.LedgerQuery) (data.Ledger, error) {
	return l.service.Ledger(ctx, q)
}

// Ledger implements library.
func (r *remote) Ledger(ctx context.Context, q data.LedgerQuery) (data.Ledger, error) {
	v := url.Values{"workspace": {q.Workspace}, "limit": {strconv.Itoa(q.Limit)}}
	if q.Cursor != "" {
		v.Set("cursor", q.Cursor)
	}
	var out data.Ledger
	err := r.exchange(ctx, http.MethodGet, "/api/v1/ledger?"+v.Encode(), nil, &out)
	return out, err
}
