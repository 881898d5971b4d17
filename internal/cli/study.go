package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/provider"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/internal/provider/synthetic"
	"lombard.example/lombard/market/csv"
	"lombard.example/lombard/study"
)

// studyFlags are the flags of `study` beside those of a scenario.
type studyFlags struct {
	form       string
	noProgress bool
	every      string
	horizon    string
	vary       []string
	target     string
	seed       string
	paths      string
	model      string
}

// studied are the kinds of study that the command computes.
var studied = []lombard.StudyKind{lombard.StudyRolling, lombard.StudySweep, lombard.StudyFrontier, lombard.StudyCrises, lombard.StudyMonteCarlo, lombard.StudySolve}

func (p *program) studyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "study",
		Short: "Ask one question of many histories: how often, how bad, how much",
		Long: `Study asks one question of many histories. Rolling starts the loan on every day,
week or month of the past; sweep runs every combination of a few values; frontier
compares all hedges on one history; crises starts at the peak before each known
one; montecarlo lets the price go on by chance; solve looks for the largest loan
that keeps to a target.`,
		Example: `  lombard study solve --symbol SPX --source sample --margin-call-ltv 0.75 \
    --template unhedged --template protective-put-95pct-12m --horizon 12m --every week`,
	}
	for _, kind := range studied {
		cmd.AddCommand(p.studyKind(kind))
	}
	group(cmd)
	return cmd
}

// studyTexts are the words of the commands, by kind.
var studyTexts = map[lombard.StudyKind]struct{ short, long, example string }{
	lombard.StudyRolling: {
		"How often the loan would have been called, from every start date",
		`Rolling starts the same loan on every session, week or month of the past and
follows each start for the horizon. It prints how many of the starts would have
been called, hedged and unhedged, with a 95 % interval: windows that overlap are
not independent, and about as many as fit the data side by side are.

The loan is a fraction of the collateral at each start, --loan-to-value. Dates
that are left out are those of the source.`,
		`  lombard study rolling --symbol SPX --source sample --every week --horizon 12m --units 100 \
    --loan-to-value 0.6 --margin-call-ltv 0.75 --template unhedged --template protective-put-95pct-12m`,
	},
	lombard.StudySweep: {
		"The same run for every combination of a few values",
		`Sweep runs one scenario for every combination of the values of up to three of
its fields.`,
		`  lombard study sweep --symbol SPX --source sample --start 2007-10-09 --end 2009-03-31 \
    --units 100 --margin-call-ltv 0.75 --template protective-put-95pct-12m \
    --vary loan_to_value=0.4:0.6:0.05 --vary facility.hedge_recognition=market_value,none`,
	},
	lombard.StudyFrontier: {
		"Which hedge is worth its money",
		`Frontier runs every hedge of the catalogue, or those named, on the same history
and says which are worth their money: of a hedge that costs more and protects
less than another, that other is named.`,
		`  lombard study frontier --symbol SPX --source sample --start 2007-10-09 --end 2009-10-09 \
    --units 100 --loan-to-value 0.6 --margin-call-ltv 0.75`,
	},
	lombard.StudyCrises: {
		"What each crisis of the past would do to the loan",
		`Crises starts the loan at the peak before each known crisis that the prices
cover, deepest fall first, and follows it until the price is as high again, or
for two years. A file (-f) may name windows of its own.`,
		`  lombard study crises --symbol SPX --source sample --units 100 --loan-to-value 0.5 \
    --margin-call-ltv 0.75 --template unhedged --template protective-put-95pct-12m`,
	},
	lombard.StudyMonteCarlo: {
		"How often the loan would be called on simulated prices",
		`Montecarlo lets the price go on from the last close of the period, many times
over, and follows the loan on each path for the horizon. Drift and vol that are
not given in a file (-f, simulation) are those of the period. What options are
priced with is --vol, as in a run.`,
		`  lombard study montecarlo --symbol SPX --source sample --units 100 --loan-to-value 0.6 \
    --margin-call-ltv 0.75 --template unhedged --template protective-put-95pct-12m --paths 10000`,
	},
	lombard.StudySolve: {
		"The largest loan that keeps to a target, over every start date",
		`Solve looks for the largest loan, as a fraction of the collateral, that keeps to
a target over every start of the past: without --target, that it was never
called. Each hedge has its own answer, and what it adds to the one without.`,
		`  lombard study solve --symbol SPX --source sample --margin-call-ltv 0.75 \
    --template unhedged --template protective-put-95pct-12m --horizon 12m --every week --target never-called
  lombard study solve --symbol SPX --source sample --margin-call-ltv 0.75 \
    --template protective-put-95pct-12m --target share_called_hedged=0.05`,
	},
}

func (p *program) studyKind(kind lombard.StudyKind) *cobra.Command {
	var what scenarioFlags
	var how studyFlags
	words := studyTexts[kind]
	cmd := &cobra.Command{
		Use: string(kind) + " [flags]", Short: words.short, Long: words.long, Example: words.example,
		Args: takes(0, 0, "flags only"),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.study(cmd, kind, &what, &how) },
	}
	what.register(cmd)
	flags := cmd.Flags()
	if kind == lombard.StudyRolling || kind == lombard.StudySolve {
		flags.StringVar(&how.every, "every", "", "how far apart the starts are: "+orList(lombard.NamesOf[lombard.Every]())+" (default week)")
	}
	if kind == lombard.StudyRolling || kind == lombard.StudySolve || kind == lombard.StudyMonteCarlo {
		flags.StringVar(&how.horizon, "horizon", "", "`length` of each window, such as 12m or 2y (default 12m)")
	}
	if kind == lombard.StudyMonteCarlo {
		flags.StringVar(&how.paths, "paths", "", "`number` of paths (default 10,000)")
		flags.StringVar(&how.model, "model", "", "how prices move: "+orList(lombard.NamesOf[lombard.SimulationModel]())+" (default bootstrap)")
	}
	if kind != lombard.StudyFrontier {
		flags.StringArrayVar(&how.vary, "vary", nil, "`FIELD=a,b,c` or FIELD=from:to:step, repeatable: a field of the scenario and its values")
	}
	if kind == lombard.StudySolve {
		flags.StringVar(&how.target, "target", "", "never-called, or `METRIC=AT_MOST` such as share_called_hedged=0.05")
	}
	flags.StringVar(&how.seed, "seed", "", "whole `number`: of all that is random (default 1)")
	flags.StringVarP(&how.form, "output", "o", formTable, "`form` of the result: table or json")
	flags.BoolVar(&how.noProgress, "no-progress", false, "show no progress")
	return cmd
}

// study computes a study in this process and prints its answer.
func (p *program) study(cmd *cobra.Command, kind lombard.StudyKind, what *scenarioFlags, how *studyFlags) error {
	if err := checkForm(how.form); err != nil {
		return err
	}
	d, err := how.document(cmd, p.world, kind, what)
	if err != nil {
		return about(d, err)
	}
	asked, err := document.Study(d.JSON())
	if err != nil {
		return about(d, err)
	}
	var result lombard.StudyResult
	switch source := asked.Scenario.DataSource; {
	case what.prices != "":
		result, err = p.studyOwn(cmd.Context(), what.prices, asked, how)
	case source == sample.Slug || source == synthetic.Slug: // which need no data directory
		sources := provider.New(sample.New(), synthetic.New())
		result, err = p.studyFrom(cmd.Context(), sources.Lookup, load.Caller{}, asked, how)
	default:
		err = p.work(cmd, func(ctx context.Context, b backend, workspace string) error {
			own, ok := b.(interface{ lookup() load.Sources })
			if !ok {
				return usageError("A study is computed by the command itself, which needs the folder that the prices are stored in.", "Leave --server out, or stop the process that holds the folder; bundled prices (--source sample) and --prices need no folder.")
			}
			result, err = p.studyFrom(ctx, own.lookup(), load.Caller{Workspace: workspace}, asked, how)
			return err
		})
	}
	if err != nil {
		return about(d, err)
	}
	if how.form == formJSON {
		text, err := json.Marshal(result)
		if err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		return p.write(append(text, '\n'))
	}
	return p.print(studyText(&result, p.world.screen()))
}

// studyFrom computes a study on a source's prices.
func (p *program) studyFrom(ctx context.Context, sources load.Sources, who load.Caller, asked lombard.Study, how *studyFlags) (lombard.StudyResult, error) {
	opened, err := sources.Study(ctx, who, asked, func(int64, int64) {})
	if err != nil {
		return lombard.StudyResult{}, err
	}
	return opened.Run(ctx, runtime.GOMAXPROCS(0), p.cells(how.noProgress))
}

// studyOwn computes a study on a file of prices; what the request leaves open is
// the file's.
func (p *program) studyOwn(ctx context.Context, name string, asked lombard.Study, how *studyFlags) (lombard.StudyResult, error) {
	_, text, err := readInput(ctx, p.world, name, maxPrices)
	if err != nil {
		return lombard.StudyResult{}, err
	}
	if asked.Scenario.Symbol == "" {
		asked.Scenario.Symbol = symbolOf(filepath.Base(name))
	}
	prices, err := csv.Read(bytes.NewReader(text), asked.Scenario.Symbol)
	if err != nil {
		return lombard.StudyResult{}, err
	}
	return study.RunTold(ctx, asked, prices, runtime.GOMAXPROCS(0), p.cells(how.noProgress))
}

// cells returns what shows how many cells are done, on standard error: a line a
// tenth.
func (p *program) cells(off bool) func(done, total int) {
	if off {
		return nil
	}
	const parts = 10
	told := 0
	return func(done, total int) {
		if part := done * parts / max(1, total); part > told && done < total {
			told = part
			p.tell("%s of %s cells", lombard.Number(float64(done)), lombard.Number(float64(total)))
		}
	}
}

// document puts the request of a study together: the file, and the flags on top.
func (h *studyFlags) document(cmd *cobra.Command, w *World, kind lombard.StudyKind, what *scenarioFlags) (*draft, error) {
	d := newDocument()
	inner := newDocument()
	if what.file != "" {
		name, text, err := readInput(cmd.Context(), w, what.file, maxDocument)
		if err != nil {
			return nil, err
		}
		if d, err = parseDocument(name, text); err != nil {
			return nil, err
		}
		if m := d.root.member("scenario"); m != nil {
			inner = &draft{file: d.file, root: m}
		}
	}
	if err := what.put(cmd, inner); err != nil {
		return d, err
	}
	d.remove("scenario")
	d.root.members = append(d.root.members, member{"scenario", inner.root})
	if given := d.text("study"); given != "" && given != string(kind) {
		return d, usageError(fmt.Sprintf("The file %s is a study of the kind %s.", what.file, given), fmt.Sprintf("Run lombard study %s -f %s.", given, what.file))
	}
	d.set("study", "", quote(string(kind)))
	for _, text := range []struct{ flag, value string }{{"every", h.every}, {"horizon", h.horizon}} {
		if text.value != "" {
			d.set(text.flag, "--"+text.flag, quote(text.value))
		}
	}
	if h.paths != "" {
		d.set("paths", "--paths", numberOf(h.paths))
	}
	if h.model != "" {
		d.set("simulation.model", "--model", quote(h.model))
	}
	if h.seed != "" {
		d.set("seed", "--seed", numberOf(h.seed))
	}
	if err := h.setVary(d); err != nil {
		return d, err
	}
	if h.target != "" {
		metric, atMost, has := strings.Cut(h.target, "=")
		d.set("target.metric", "--target", quote(metric))
		if has {
			d.set("target.at_most", "--target", numberOf(atMost))
		}
	}
	return d, nil
}

// setVary writes --vary FIELD=… into the document.
func (h *studyFlags) setVary(d *draft) error {
	if len(h.vary) == 0 {
		return nil
	}
	d.remove("vary")
	vary := &value{object: true}
	for _, text := range h.vary {
		name, values, ok := strings.Cut(text, "=")
		if !ok || name == "" || values == "" {
			return usageError(fmt.Sprintf("--vary %s is not FIELD=values.", text), "Write --vary loan_to_value=0.4,0.5,0.6 or --vary loan_to_value=0.4:0.6:0.05.")
		}
		item := &value{flag: "--vary"}
		if parts := strings.Split(values, ":"); len(parts) == 3 {
			item.object = true
			for i, key := range []string{"from", "to", "step"} {
				item.members = append(item.members, member{key, &value{scalar: numberOf(parts[i]), flag: "--vary"}})
			}
		} else {
			for part := range strings.SplitSeq(values, ",") {
				item.items = append(item.items, &value{scalar: valueOf(part), flag: "--vary"})
			}
		}
		vary.members = append(vary.members, member{name, item})
	}
	d.root.members = append(d.root.members, member{"vary", vary})
	return nil
}

// valueOf is a value of --vary: a number where it reads as one, else a word.
func valueOf(text string) json.RawMessage {
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return numberOf(text)
	}
	return quote(text)
}

// studyText shows a study: the verdict, then a line a group.
func studyText(r *lombard.StudyResult, s screen) string {
	var b strings.Builder
	b.WriteString(wrap(r.Verdict, s.columns, "") + "\n")
	b.WriteString("\n" + studyTable(r))
	for _, w := range r.Warnings {
		b.WriteString("\n" + wrap("Warning: "+w.Message, s.columns, "  "))
	}
	for _, note := range r.Notes {
		b.WriteString("\n" + wrap("Note: "+note, s.columns, "  "))
	}
	b.WriteString("\n")
	return s.fit(b.String())
}
