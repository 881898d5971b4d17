package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lombard.example/lombard"
)

// scenarioFlags are the flags of `run` that say what to compute. Numbers stay
// text until they are in the document, so that all wrong ones are told at once.
type scenarioFlags struct {
	file      string
	prices    string
	templates []string
	force     bool
	texts     map[string]*string // by flag name, of the rest
}

// field binds a flag to a path of the request.
type field struct {
	flag, path, usage string
	number            bool
	question          bool // part of the question: once one is given, all are needed
}

// scenarioFields lists the flags with one value, in the order of the help text.
var scenarioFields = []field{
	{flag: "symbol", path: "symbol", usage: "what is pledged, such as XAU", question: true},
	{flag: "start", path: "start_date", usage: "first day, `YYYY-MM-DD`; the hedge is bought at the first close from it", question: true},
	{flag: "end", path: "end_date", usage: "last day, `YYYY-MM-DD`", question: true},
	{flag: "units", path: "underlying_units", usage: "`quantity` pledged", number: true, question: true},
	{flag: "collateral-value", path: "collateral_value", usage: "its `value` at the first close, in place of --units", number: true, question: true},
	{flag: "loan", path: "loan_amount", usage: "`amount` of the loan", number: true, question: true},
	{flag: "loan-to-value", path: "loan_to_value", usage: "the loan as a `fraction` of the collateral at the first close such as 0.6, in place of --loan", number: true, question: true},
	{flag: "margin-call-ltv", path: "margin_call_ltv", usage: "loan-to-value at which the lender calls, a `fraction` such as 0.75", number: true, question: true},
	{flag: "source", path: "data_source", usage: "where prices come from; see `lombard data sources`", question: true},
	{flag: "rate", path: "assumptions.rate", usage: "interest rate for option pricing, a `fraction` a year", number: true},
	{flag: "dividend-yield", path: "assumptions.dividend_yield", usage: "dividend or lease yield, a `fraction` a year", number: true},
	{flag: "style", path: "assumptions.option_style", usage: "european or american"},
	{flag: "contract-mode", path: "assumptions.contract_mode", usage: "continuous_units or listed_contracts"},
	{flag: "execution", path: "assumptions.execution", usage: "half_spread or mid"},
	{flag: "pricing-mode", path: "assumptions.pricing_mode", usage: "synthetic, by a model, or quotes, by the bid and ask of listed options"},
	{flag: "quote-source", path: "assumptions.quote_source", usage: "`slug` of the source of option chains, with quotes; without it that of the prices"},
	{flag: "facility", path: "facility.preset", usage: "`name` of the lender's terms; simple is one threshold, no cure"},
	{flag: "max-cost", path: "max_cost_usd", usage: "most that the run may spend on data, in `dollars`", number: true},
	{flag: "name", path: "scenario_name", usage: "what to call it"},
}

func (f *scenarioFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.SortFlags = false
	f.texts = map[string]*string{}
	text := func(name string) {
		for _, def := range scenarioFields {
			if def.flag == name {
				f.texts[name] = flags.String(name, "", strings.ReplaceAll(def.usage, "`lombard data sources`", "lombard data sources"))
			}
		}
	}
	flags.StringVarP(&f.file, "file", "f", "", "scenario `FILE` in YAML or JSON; - reads standard input; other flags override it")
	for _, name := range []string{"symbol", "start", "end"} {
		text(name)
	}
	flags.StringArrayVar(&f.templates, "template", nil, "`slug` of a hedge, repeatable, the first is the primary one; see lombard templates list")
	for _, name := range []string{"units", "collateral-value", "loan", "loan-to-value", "margin-call-ltv", "source"} {
		text(name)
	}
	flags.StringVar(&f.prices, "prices", "", "CSV `FILE` with your own prices; imports it and implies --source file")
	f.texts["vol"] = flags.String("vol", "", "volatility for option pricing: a `fraction` a year such as 0.16, or realised")
	for _, name := range []string{"rate", "dividend-yield", "style", "contract-mode", "execution", "pricing-mode", "quote-source", "facility", "max-cost", "name"} {
		text(name)
	}
	flags.BoolVar(&f.force, "force", false, "compute again although an identical run is stored")
}

// asksQuestion reports whether the flags given state a scenario of their own.
func (f *scenarioFlags) asksQuestion(cmd *cobra.Command) bool {
	for _, def := range scenarioFields {
		if def.question && cmd.Flags().Changed(def.flag) {
			return true
		}
	}
	return cmd.Flags().Changed("template") || cmd.Flags().Changed("prices")
}

// goldStory is the scenario of the README, which `lombard run` alone computes.
const goldStory = `{
  "symbol": "XAU", "start_date": "1987-12-14", "end_date": "1989-03-31",
  "template_slug": "protective-put-atm-12m", "underlying_units": 1000, "loan_amount": 301650,
  "margin_call_ltv": 0.75, "data_source": "sample", "scenario_name": "Gold, winter 1987"
}`

// document puts the request together: the file, or the gold story when nothing
// says what to compute, and the flags on top.
func (f *scenarioFlags) document(cmd *cobra.Command, w *World) (*draft, error) {
	d, err := f.base(cmd, w)
	if err != nil {
		return nil, err
	}
	return d, f.put(cmd, d)
}

// put writes the flags that were given into a request.
func (f *scenarioFlags) put(cmd *cobra.Command, d *draft) error {
	f.dropOverridden(cmd, d)
	for _, def := range scenarioFields {
		if !cmd.Flags().Changed(def.flag) {
			continue
		}
		given := *f.texts[def.flag]
		if def.path == "symbol" {
			given = strings.ToUpper(given)
		}
		text := quote(given)
		if def.number {
			text = numberOf(given)
		}
		d.set(def.path, "--"+def.flag, text)
	}
	f.setVol(cmd, d)
	f.setTemplates(cmd, d)
	if cmd.Flags().Changed("force") {
		d.set("force", "--force", json.RawMessage(strconv.FormatBool(f.force)))
	}
	return f.setSource(cmd, d)
}

// dropOverridden takes out of a document what a flag states in another way: the
// loan_amount beside --loan-to-value, the position of an earlier run beside both.
func (f *scenarioFlags) dropOverridden(cmd *cobra.Command, d *draft) {
	for _, def := range scenarioFields {
		if other := lombard.OtherOf(def.path); other != "" && cmd.Flags().Changed(def.flag) {
			d.remove(other)
			d.remove("position")
		}
	}
}

// setSource makes --prices read the file it names.
func (f *scenarioFlags) setSource(cmd *cobra.Command, d *draft) error {
	if !cmd.Flags().Changed("prices") {
		return nil
	}
	given := *f.texts["source"]
	if given == "" {
		d.set("data_source", "--prices", quote(sourceFile))
		return nil
	}
	if given == sourceFile {
		return nil
	}
	return lombard.Invalid([]lombard.FieldError{{
		Field: "data_source", Value: given, Code: lombard.CodeInvalid, Suggestion: sourceFile,
		Message: "data_source cannot stand beside --prices, which reads your own file.",
	}})
}

// sourceFile is the slug of the source that reads imported files.
const sourceFile = "file"

func (f *scenarioFlags) base(cmd *cobra.Command, w *World) (*draft, error) {
	switch {
	case f.file != "":
		name, text, err := readInput(cmd.Context(), w, f.file, maxDocument)
		if err != nil {
			return nil, err
		}
		return parseDocument(name, text)
	case f.asksQuestion(cmd):
		return newDocument(), nil
	default:
		d, err := parseDocument("", []byte(goldStory))
		if err != nil {
			return nil, fmt.Errorf("read the built-in scenario: %w", err)
		}
		return d, nil
	}
}

func (f *scenarioFlags) setVol(cmd *cobra.Command, d *draft) {
	if !cmd.Flags().Changed("vol") {
		return
	}
	given := *f.texts["vol"]
	switch strings.ToLower(given) {
	case string(lombard.VolRealised), "realized":
		d.set("assumptions.vol", "--vol", json.RawMessage(`{"model":"realised"}`))
	default:
		d.set("assumptions.vol", "--vol", json.RawMessage(`{"model":"flat","value":`+string(numberOf(given))+`}`))
	}
}

func (f *scenarioFlags) setTemplates(cmd *cobra.Command, d *draft) {
	if !cmd.Flags().Changed("template") {
		return
	}
	for _, key := range []string{"template_slug", "template_slugs", "template"} {
		d.remove(key)
	}
	if len(f.templates) == 1 {
		d.set("template_slug", "--template", quote(f.templates[0]))
		return
	}
	list, err := json.Marshal(f.templates)
	if err != nil {
		panic(err) // strings always encode
	}
	d.set("template_slugs", "--template", list)
}

// numberOf returns a number as JSON text. What is none stays text, so that the
// check of the request names it together with everything else that is wrong.
func numberOf(given string) json.RawMessage {
	x, err := strconv.ParseFloat(given, 64)
	text, jsonErr := json.Marshal(x) // refuses infinity
	if err != nil || jsonErr != nil {
		return quote(given)
	}
	return text
}

// numberMeant guesses the number behind a flag's text that is none, such as
// 3,000 or 16%; empty when there is no telling.
func numberMeant(given string) string {
	cleaned := strings.NewReplacer(",", "", "_", "", " ", "", "'", "").Replace(given)
	digits, isPercent := strings.CutSuffix(cleaned, "%")
	x, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return ""
	}
	if isPercent {
		x /= 100
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// readInput reads a named file, or standard input for "-", of at most limit
// bytes; what is longer is cut one byte after it.
func readInput(ctx context.Context, w *World, name string, limit int64) (shown string, text []byte, err error) {
	if name != "-" {
		text, err = w.ReadFile(name)
		return name, text, fileFault(name, err)
	}
	type read struct {
		text []byte
		err  error
	}
	done := make(chan read, 1)
	go func() { // a read of a terminal cannot be ended; it ends with the process
		all, err := io.ReadAll(io.LimitReader(w.Stdin, limit+1))
		done <- read{all, err}
	}()
	shown = "standard input"
	select {
	case <-ctx.Done():
		return shown, nil, context.Cause(ctx)
	case r := <-done:
		if r.err != nil {
			return shown, nil, fmt.Errorf("read standard input: %w", r.err)
		}
		return shown, r.text, nil
	}
}
