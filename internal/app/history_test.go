package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/market"
)

// everyDay is a market that trades on weekends, with a figure for each day.
func everyDay(symbol string, first lombard.Date, n int) pages {
	i, _ := market.Lookup(symbol)
	p := pages{full: market.Series{Symbol: symbol, Source: "file", Instrument: i}}
	for k := range n {
		p.full.Bars = append(p.full.Bars, market.Bar{Date: first + lombard.Date(k), Close: 100 + float64(k%2)})
	}
	if market.TradesOnWeekends(p.full.Bars) {
		p.full.Instrument.SevenDay, p.full.Instrument.Calendar = true, "always"
	}
	return p
}

// asked is a source that remembers how much history was asked of it.
type asked struct {
	pages
	warmup *int
}

func (a asked) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	*a.warmup = q.Warmup
	return a.pages.Bars(ctx, q, progress)
}

// TestAMarketOfSevenDaysHasTheHistoryThatItNeeds: a long-run vol needs a year of
// sessions, 365 there, and takes five where they are, of a symbol in the table
// and of a label whose weekends are seen only in its prices.
func TestAMarketOfSevenDaysHasTheHistoryThatItNeeds(t *testing.T) {
	first := lombard.MustDate("2015-01-01")
	for _, symbol := range []string{"BTC-USD", "MINE"} {
		for _, c := range []struct {
			before, kept int
			assumptions  string
			fault        string
		}{
			{364, 0, `{"vol":{"model":"realised","window":30,"term":{}}}`, "needs 365 sessions before entry and " + symbol + " has 364. Please set start date to 2016-01-01 or later"},
			{365, 365, `{"vol":{"model":"realised","window":30,"term":{}}}`, ""},
			{2000, 1825, `{"vol":{"model":"realised","window":30,"term":{}}}`, ""},
			{2000, 252, `{}`, ""},
			{2000, 0, `{"vol":{"model":"flat","value":0.5}}`, ""},
			{2000, 1825, `{"vol":{"model":"flat","value":0.5},"crash_spreads":true}`, ""},
		} {
			warmup := 0
			source := asked{everyDay(symbol, first, c.before+30), &warmup}
			scenario, err := document.Scenario(fmt.Appendf(nil,
				`{"symbol":%q,"start_date":%q,"end_date":%q,"underlying_units":10,"loan_amount":500,"margin_call_ltv":0.8,"data_source":"file","template_slug":"protective-put-95pct-1m-roll","assumptions":%s}`,
				symbol, first+lombard.Date(c.before), first+lombard.Date(c.before+29), c.assumptions))
			if err != nil {
				t.Fatal(err)
			}
			result, err := only(source).Run(t.Context(), load.Caller{Workspace: "default"}, scenario)
			if c.fault != "" {
				if err == nil || !strings.Contains(err.Error(), c.fault) {
					t.Errorf("%s after %d sessions, %s: %v, want %q", symbol, c.before, c.assumptions, err, c.fault)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s after %d sessions, %s: %v", symbol, c.before, c.assumptions, err)
				continue
			}
			if result.Quality.WarmupBars != c.kept || warmup < c.kept {
				t.Errorf("%s after %d sessions, %s: asked for %d and kept %d, want %d", symbol, c.before, c.assumptions, warmup, result.Quality.WarmupBars, c.kept)
			}
		}
	}
}
