package app_test

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/market"
)

// quarterly is prices of 100 with 2.5 a quarter, for a year before 2023.
const quarterly = `2022-01-03,100
2022-03-15,100
dividend 2.5
2022-06-15,100
dividend 2.5
2022-09-15,100
dividend 2.5
2022-12-15,100
dividend 2.5
2023-01-03,100
2023-03-15,95
dividend 1
2023-03-16,90
2023-04-03,80
`

func dividendRun(t *testing.T, symbol, assumptions, prices string) lombard.Result {
	t.Helper()
	body := `{"symbol": "` + symbol + `", "underlying_units": 100, "loan_amount": 5000, "margin_call_ltv": 0.9, "data_source": "file",
		"start_date": "2023-01-03", "end_date": "2023-04-03", "template_slug": "protective-put-atm-12m",
		"assumptions": {"vol": {"model": "flat", "value": 0.16}, "rate": 0.04, "execution": "mid"` + assumptions + `}}`
	return computed(t, []byte(body), prices)
}

func computed(t *testing.T, body []byte, prices string) lombard.Result {
	t.Helper()
	scenario, err := document.Scenario(body)
	if err != nil {
		t.Fatal(err)
	}
	result, err := only(parsePrices(t, scenario.Symbol, prices)).Run(t.Context(), load.Caller{Workspace: "w"}, scenario)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func warned(r *lombard.Result, code string) bool {
	return slices.ContainsFunc(r.Warnings, func(w lombard.Warning) bool { return w.Code == code })
}

// The yield of the dividends is echoed, said in a note, and the same request run
// again from its echo gives the same account.
func TestTheYieldFollowsTheDividends(t *testing.T) {
	r := dividendRun(t, "SPY", "", quarterly)
	a := r.Request.Assumptions
	if a.YieldFrom != lombard.YieldFromDividends || math.Abs(*a.DividendYield-0.1) > 1e-15 {
		t.Errorf("echoed %q with a yield of %v, want dividends and 0.1", a.YieldFrom, *a.DividendYield)
	}
	const note = "The options are priced with the dividends of the 12 months before each purchase, 10.0 % of the price on 2023-01-03."
	if !slices.Contains(r.Notes, note) {
		t.Errorf("no note %q in %q", note, r.Notes)
	}
	if warned(&r, "yield_differs") || warned(&r, "dividends_not_known") {
		t.Errorf("warned of a yield that is right: %v", r.Warnings)
	}
	echoed, err := json.Marshal(r.Request)
	if err != nil {
		t.Fatal(err)
	}
	again := computed(t, echoed, quarterly)
	if one, two := asText(t, r.Templates), asText(t, again.Templates); one != two {
		t.Errorf("run again from its echo:\n%s\nwas\n%s", two, one)
	}
}

func asText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What was paid after a day changes nothing on it.
func TestLaterDividendsChangeNothing(t *testing.T) {
	r := dividendRun(t, "SPY", "", quarterly)
	other := dividendRun(t, "SPY", "", strings.Replace(quarterly, "dividend 1\n", "dividend 9\n", 1))
	none := dividendRun(t, "SPY", "", strings.Replace(quarterly, "dividend 1\n", "", 1))
	first := asText(t, r.Templates[0].DailyPath[0])
	for _, run := range []lombard.Result{other, none} {
		if got := asText(t, run.Templates[0].DailyPath[0]); got != first || run.Templates[0].Contracts[0].Mid != r.Templates[0].Contracts[0].Mid {
			t.Errorf("the first day is\n%s, want\n%s", got, first)
		}
	}
	// Dividends that only come later leave no trace in the days before them.
	_, run, _ := strings.Cut(quarterly, "2022-12-15,100\ndividend 2.5\n")
	with, without := dividendRun(t, "SPY", "", run), dividendRun(t, "SPY", "", strings.Replace(run, "dividend 1\n", "", 1))
	if got, want := asText(t, with.Templates[0].DailyPath[:1]), asText(t, without.Templates[0].DailyPath[:1]); got != want {
		t.Errorf("before the first dividend\n%s, want\n%s", got, want)
	}
}

// A yield that was given is used, and its difference from the record said.
func TestAGivenYieldStays(t *testing.T) {
	for _, given := range []string{"0", "0.1", "0.03"} {
		r := dividendRun(t, "SPY", `, "dividend_yield": `+given, quarterly)
		if a := r.Request.Assumptions; a.YieldFrom != "" || asText(t, a.DividendYield) != given {
			t.Errorf("asked for %s, used %v from %q", given, *a.DividendYield, a.YieldFrom)
		}
	}
	low := dividendRun(t, "SPY", `, "dividend_yield": 0`, quarterly)
	if !warned(&low, "yield_differs") {
		t.Errorf("a yield of 0 beside a dividend of 1 %% a quarter is not warned of: %v", low.Warnings)
	}
	high := dividendRun(t, "SPY", `, "dividend_yield": 0.04`, quarterly)
	if warned(&high, "yield_differs") {
		t.Errorf("a quarter of a year cannot contradict 4 %% a year: %v", high.Warnings)
	}
}

// Without dividends on record nothing changes: the yield is the symbol's, no
// history is fetched for it, and the echo does not speak of it.
func TestWithoutDividendsTheYieldIsTheSymbols(t *testing.T) {
	bare := strings.ReplaceAll(strings.ReplaceAll(quarterly, "dividend 2.5\n", ""), "dividend 1\n", "")
	for symbol, want := range map[string]float64{"SPY": 0, "SPX": 0.019, "GC": 0.04} {
		r := dividendRun(t, symbol, "", bare)
		if a := r.Request.Assumptions; a.YieldFrom != "" || *a.DividendYield != want || r.Quality.WarmupBars != 0 {
			t.Errorf("%s: yield %v from %q over %d sessions of history, want %v, the symbol's, and none", symbol, *a.DividendYield, a.YieldFrom, r.Quality.WarmupBars, want)
		}
		if given := dividendRun(t, symbol, `, "dividend_yield": `+asText(t, want), bare); given.Provenance.DataDigest != r.Provenance.DataDigest {
			t.Errorf("%s: other data is used without a yield of its own", symbol)
		}
	}
	// A future costs nothing to carry, whatever its file calls a dividend.
	if r := dividendRun(t, "GC", "", quarterly); *r.Request.Assumptions.DividendYield != 0.04 || r.Request.Assumptions.YieldFrom != "" {
		t.Errorf("a future has the yield %v from %q", *r.Request.Assumptions.DividendYield, r.Request.Assumptions.YieldFrom)
	}
}

// A vendor that records dividends is asked for a year before entry; one that
// records none is not.
func TestAYearOfDividendsIsAskedFor(t *testing.T) {
	for _, c := range []struct {
		capabilities []string
		assumptions  string
		want         int
	}{
		{[]string{market.HoldsBars, market.HoldsActions}, "", 366},
		{[]string{market.HoldsBars}, "", 0},
		{[]string{market.HoldsBars, market.HoldsActions}, `, "dividend_yield": 0.02`, 0},
	} {
		asked := &asking{pages: parsePrices(t, "SPY", quarterly), capabilities: c.capabilities}
		scenario, err := document.Scenario([]byte(`{"symbol": "SPY", "underlying_units": 100, "loan_amount": 5000, "margin_call_ltv": 0.9, "data_source": "file",
			"start_date": "2023-01-03", "end_date": "2023-04-03", "template_slug": "protective-put-atm-12m", "assumptions": {"vol": {"model": "flat", "value": 0.16}` + c.assumptions + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := only(asked).Run(t.Context(), load.Caller{}, scenario); err != nil {
			t.Fatal(err)
		}
		if asked.warmup != c.want {
			t.Errorf("a source of %v is asked for %d sessions of history with %q, want %d", c.capabilities, asked.warmup, c.assumptions, c.want)
		}
	}
}

// asking remembers how much history it was asked for.
type asking struct {
	pages
	capabilities []string
	warmup       int
}

func (a *asking) Describe() market.Description {
	return market.Description{Slug: "file", Local: true, Capabilities: a.capabilities}
}

func (a *asking) Bars(ctx context.Context, q market.Query, progress func(done, total int64)) (market.Series, error) {
	a.warmup = q.Warmup
	return a.pages.Bars(ctx, q, progress)
}
