package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/market"
)

var update = flag.Bool("update", false, "rewrite the want part of scenario files")

// TestScenarios runs every file of testdata/scenarios through the whole
// straight line. A file is a story in words, a request, prices and what a
// person would see. Lines "check: TEXT" of the story are numbers computed
// outside the program; each must stand in the want part. Lines "show: PATH" name
// figures of a template's result to print, such as metrics.loan.hedged.max_ltv.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "scenarios", "*.txt"))
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d scenario files, %v; want at least 20", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runScenario(t, file) })
	}
}

func runScenario(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	story, rest, ok1 := strings.Cut(string(data), "-- request --\n")
	request, rest, ok2 := strings.Cut(rest, "-- prices --\n")
	prices, want, ok3 := strings.Cut(rest, "-- want --\n")
	if !ok1 || !ok2 || !ok3 {
		t.Fatal("a scenario has the parts request, prices and want")
	}
	var shown []string
	for line := range strings.Lines(story) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "show: "); ok {
			shown = append(shown, path)
		}
	}
	got := tell(t, request, prices, shown)
	if *update {
		text := story + "-- request --\n" + request + "-- prices --\n" + prices + "-- want --\n" + got
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		want = got
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	checks := 0
	for line := range strings.Lines(story) {
		if number, ok := strings.CutPrefix(strings.TrimSpace(line), "check: "); ok {
			checks++
			if !strings.Contains(want, number) {
				t.Errorf("the number checked by hand, %q, does not stand in the want part", number)
			}
		}
	}
	if checks == 0 {
		t.Error("no number of this scenario was checked by hand")
	}
}

// tell runs a request over prices and writes what a person would see.
func tell(t *testing.T, request, prices string, shown []string) string {
	t.Helper()
	scenario, err := document.Scenario([]byte(request))
	if err != nil {
		return sentences(err)
	}
	result, err := only(parsePrices(t, scenario.Symbol, prices)).Run(t.Context(), load.Caller{Workspace: "default"}, scenario)
	if err != nil {
		return sentences(err)
	}
	var b bytes.Buffer
	told := figures(t, &result)
	keepsEverything(t, &result)
	for i, template := range result.Templates {
		if len(result.Templates) > 1 {
			fmt.Fprintf(&b, "%s\n", template.TemplateSlug)
		}
		for i := range template.DailyPath {
			writeDay(&b, &template.DailyPath[i])
		}
		writeSummary(&b, &template.Summary)
		for i := range template.Branches {
			writeBranch(&b, &template.Branches[i])
		}
		for _, path := range shown {
			fmt.Fprintf(&b, "%s = %s\n", path, figure(t, told[i], path))
		}
		fmt.Fprintf(&b, "verdict: %s\n", template.Verdict)
	}
	for _, w := range result.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", w.Message)
	}
	return b.String()
}

// figures are the templates' results as they stand in the document.
func figures(t *testing.T, r *lombard.Result) []any {
	t.Helper()
	text, err := r.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	var shown struct {
		Templates []any `json:"template_results"`
	}
	if err := json.Unmarshal(text, &shown); err != nil {
		t.Fatal(err)
	}
	return shown.Templates
}

// figure is what stands under names and indices joined by dots, numbers with
// eight digits.
func figure(t *testing.T, at any, path string) string {
	t.Helper()
	for name := range strings.SplitSeq(path, ".") {
		switch holder := at.(type) {
		case map[string]any:
			at = holder[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(holder) {
				t.Fatalf("%s: there is no %s of %d", path, name, len(holder))
			}
			at = holder[i]
		default:
			t.Fatalf("%s: there is nothing under %s", path, name)
		}
	}
	switch x := at.(type) {
	case float64:
		return strconv.FormatFloat(x, 'g', 8, 64)
	case nil:
		return "null"
	default:
		return fmt.Sprint(x)
	}
}

func writeMarks(b *bytes.Buffer, d *lombard.Day) {
	for _, m := range d.OptionMarks {
		if m.Source == "" {
			continue
		}
		fmt.Fprintf(b, "  %s marked %.4f by %s", m.Contract, m.Mark, m.Source)
		if m.Ask > 0 {
			fmt.Fprintf(b, ", bid %g ask %g", m.Bid, m.Ask)
		}
		if m.AgeDays > 0 {
			fmt.Fprintf(b, ", %d days old", m.AgeDays)
		}
		b.WriteString("\n")
	}
}

func writeDay(b *bytes.Buffer, d *lombard.Day) {
	fmt.Fprintf(b, "%s spot %8.2f option %9.2f ltv %.4f hedged %.4f", d.Date, d.SpotClose, d.OptionMarketValue, d.LTVUnhedged, d.LTVHedged)
	if d.LTVRecognised != d.LTVHedged {
		fmt.Fprintf(b, " recognised %.4f", d.LTVRecognised)
	}
	if d.LTVUnhedgedLow != nil {
		fmt.Fprintf(b, " low %.4f hedged %.4f", *d.LTVUnhedgedLow, *d.LTVHedgedLow)
	}
	if d.AccruedInterest > 0 || d.LoanBalance != float64(int64(d.LoanBalance)) {
		fmt.Fprintf(b, " loan %.2f", d.LoanBalance)
	}
	if d.MarginCallUnhedged {
		b.WriteString(" CALL")
	}
	if d.MarginCallHedged {
		b.WriteString(" HEDGED-CALL")
	}
	b.WriteString("\n")
	writeMarks(b, d)
	for _, e := range d.Events {
		if e.Type == "dividend" || e.Type == "corporate_action" || e.Type == "note" || e.Contract != "" {
			fmt.Fprintf(b, "  %s\n", e.Text)
		}
	}
}

func writeSummary(b *bytes.Buffer, m *lombard.Summary) {
	fmt.Fprintf(b, "cost %.2f, margin-call days %d -> %d", m.TotalHedgeCost, m.MarginCallDaysUnhedged, m.MarginCallDaysHedged)
	if m.MarginCallDaysLowUnhedged != nil {
		fmt.Fprintf(b, ", by the low %d -> %d", *m.MarginCallDaysLowUnhedged, *m.MarginCallDaysLowHedged)
	}
	fmt.Fprintf(b, "\nend %.2f hedged, %.2f unhedged; from outside %.2f, pledged %.2f", m.EndValueHedgedNet, m.EndValueUnhedged, m.CashFromOutside, m.OptionCashPledged)
	if m.Frictions > 0 {
		fmt.Fprintf(b, "; frictions %.2f", m.Frictions)
	}
	if m.MarginCallDaysIfNotRecognised != m.MarginCallDaysHedged {
		fmt.Fprintf(b, "; if not recognised %d call days", m.MarginCallDaysIfNotRecognised)
	}
	b.WriteString("\n")
}

// writeBranch writes what the lender did to one account.
func writeBranch(b *bytes.Buffer, r *lombard.Branch) {
	fmt.Fprintf(b, "%s under the lender's terms:\n", r.Branch)
	event := 0
	for _, d := range r.Days {
		fmt.Fprintf(b, "  %s %s ltv %.6f, owed %.2f, units %.3f, cash %.2f, equity %.2f", d.Date, d.State, d.LTV, d.LoanBalance, d.Units, d.CashPledged, d.Equity)
		if d.Exposure > 0 {
			fmt.Fprintf(b, ", E* %.2f", d.Exposure)
		}
		b.WriteString("\n")
		for ; event < len(r.Events) && r.Events[event].Date == d.Date; event++ {
			fmt.Fprintf(b, "    %s: %s\n", r.Events[event].Type, r.Events[event].Text)
		}
	}
	for _, e := range r.Episodes {
		fmt.Fprintf(b, "  call of %s until %s: %.2f, LTV at most %.6f, %d sessions, cured by %q\n", e.Issued, e.Deadline, e.Amount, e.PeakLTV, e.Days, e.CuredBy)
	}
	fmt.Fprintf(b, "  paid in %.2f, hedge sold %.2f, units sold %.3f for %.2f, penalties %.2f, loss %.2f, bad debt %.2f\n",
		r.CashPaid, r.HedgeSold, r.UnitsSold, r.SaleProceeds, r.Penalties, r.LiquidationLoss, r.BadDebt)
}

func sentences(err error) string {
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok {
		return "error: " + err.Error() + "\n"
	}
	if len(own.Fields) == 0 {
		return fmt.Sprintf("%s: %s\n", own.Kind, own.Error())
	}
	var b strings.Builder
	for _, f := range own.Fields {
		fmt.Fprintf(&b, "%s: %s\n  %s", own.Kind, f.Field, f.Message)
		if f.Suggestion != "" {
			fmt.Fprintf(&b, " [%s]", f.Suggestion)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// silent watches nothing.
// pages is a source over the prices of one scenario file.
type pages struct {
	full       market.Series
	references map[string]market.Observations
	chains     market.Chains
}

func (p pages) Chains(_ context.Context, q market.ChainQuery, _ func(done, total int64)) (market.Chains, error) {
	if len(p.chains.Days) == 0 {
		return market.Chains{}, lombard.Invalid([]lombard.FieldError{{Field: "assumptions.quote_source", Code: lombard.CodeUnknown, Message: "There are no chains."}})
	}
	out := market.Chains{Source: "file", Dataset: "chains"}
	for _, c := range p.chains.Days {
		if slices.Contains(q.Dates, c.Date) {
			c.Quotes = slices.DeleteFunc(slices.Clone(c.Quotes), func(x market.OptionQuote) bool { return !q.Keep(c.Date, x) })
			out.Days = append(out.Days, c)
		}
	}
	return out, nil
}

func (p pages) EstimateChains(context.Context, market.ChainQuery) (market.Estimate, error) {
	return market.Estimate{}, nil
}

func (p pages) Observations(_ context.Context, _ market.Caller, id string, _, _ lombard.Date) (market.Reference, error) {
	return market.Reference{ID: id, Source: "file", Points: p.references[id]}, nil
}

// only is a registry of one source.
func only(source market.Source) load.Sources {
	return func(string) (market.Source, error) { return source, nil }
}

func (pages) Describe() market.Description {
	return market.Description{Slug: "file", Local: true, Capabilities: []string{market.HoldsBars, market.HoldsActions}}
}

func (p pages) Symbols(context.Context, market.Caller) ([]market.Listing, error) { return nil, nil }

func (p pages) Bars(_ context.Context, q market.Query, _ func(done, total int64)) (market.Series, error) {
	return market.Cut(p.full, q)
}

// act adds a corporate action to a bar.
func act(t *testing.T, bar *market.Bar, kind string, value float64) {
	t.Helper()
	switch kind {
	case "split":
		bar.Split = value
	case "special":
		bar.Dividend, bar.Special = value, true
	default:
		bar.Dividend = value
	}
}

// parsePrices reads lines of date,close or date,open,high,low,close. A line
// "walk FIRST LAST a b …" stands for weekdays from FIRST to LAST whose closes
// go round the values. A line "split N", "dividend CASH" or "special CASH"
// is a corporate action of the line before it; a line "ID DATE,VALUE" is a figure
// of a vol index or a rate; a line "quote DATE put|call STRIKE EXPIRY BID ASK" is
// that of a listed option, with "-" for a missing side.
func parsePrices(t *testing.T, symbol, text string) pages {
	t.Helper()
	var bars []market.Bar
	references := map[string]market.Observations{}
	quotes := map[lombard.Date][]market.OptionQuote{}
	number := func(s string) float64 {
		if s == "" || s == "-" {
			return 0
		}
		x, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if words := strings.Fields(line); len(words) > 3 && words[0] == "walk" {
			n := 0
			for d := lombard.MustDate(words[1]); d <= lombard.MustDate(words[2]); d++ {
				if !d.IsWeekend() {
					bars = append(bars, market.Bar{Date: d, Close: number(words[3+n%(len(words)-3)])})
					n++
				}
			}
			continue
		}
		if words := strings.Fields(line); len(words) == 7 && words[0] == "quote" {
			date := lombard.MustDate(words[1])
			quotes[date] = append(quotes[date], market.OptionQuote{
				Put: words[2] == "put", Strike: number(words[3]), Expiry: lombard.MustDate(words[4]), Bid: number(words[5]), Ask: number(words[6]),
			})
			continue
		}
		if words := strings.Fields(line); len(words) > 1 && (words[0] == "split" || words[0] == "dividend" || words[0] == "special") {
			act(t, &bars[len(bars)-1], words[0], number(words[1]))
			continue
		}
		cells := strings.Split(line, ",")
		if words := strings.Fields(cells[0]); len(words) == 2 { // of a reference
			id := words[0]
			references[id] = append(references[id], market.Observation{Date: lombard.MustDate(words[1]), Value: number(cells[1])})
			continue
		}
		bar := market.Bar{Date: lombard.MustDate(cells[0]), Close: number(cells[len(cells)-1])}
		if len(cells) == 5 {
			bar.Open, bar.High, bar.Low = number(cells[1]), number(cells[2]), number(cells[3])
		}
		bars = append(bars, bar)
	}
	instrument, _ := market.Lookup(symbol)
	if market.TradesOnWeekends(bars) {
		instrument.SevenDay, instrument.Calendar = true, "always"
	}
	p := pages{full: market.Series{Symbol: symbol, Source: "file", Instrument: instrument, Bars: bars}, references: references}
	for _, b := range bars {
		if len(quotes[b.Date]) == 0 {
			continue
		}
		chain, err := market.NewChain(b.Date, quotes[b.Date])
		if err != nil {
			t.Fatal(err)
		}
		p.chains.Days = append(p.chains.Days, chain)
	}
	return p
}
