package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/market"
)

// known is a request that a run would fail on, the field at fault, and what its
// answer says would work.
type known struct {
	name, request, field string
	wayOut               func(document map[string]any, f lombard.FieldError)
}

// asSuggested puts the suggestion in the place of the value.
func asSuggested(document map[string]any, f lombard.FieldError) {
	var x any
	if json.Unmarshal([]byte(f.Suggestion), &x) != nil {
		x = f.Suggestion
	}
	at, steps := document, strings.Split(f.Field, ".")
	for _, step := range steps[:len(steps)-1] {
		if at[step] == nil {
			at[step] = map[string]any{}
		}
		at, _ = at[step].(map[string]any)
	}
	at[steps[len(steps)-1]] = x
}

// with sets a field of the assumptions.
func with(field string, x any) func(map[string]any, lombard.FieldError) {
	return func(document map[string]any, _ lombard.FieldError) {
		assumptions, _ := document["assumptions"].(map[string]any)
		assumptions[field] = x
	}
}

// flatVol is one way out that needs nothing.
var flatVol = with("vol", map[string]any{"model": "flat", "value": 0.16})

// fromDate starts at the date that the sentence names.
func fromDate(document map[string]any, f lombard.FieldError) {
	document["start_date"] = regexp.MustCompile(`start date to (\d{4}-\d\d-\d\d)`).FindStringSubmatch(f.Message)[1]
}

func goldWith(change string) string {
	return `{"symbol":"XAU","start_date":"1987-12-14","end_date":"1988-12-30","underlying_units":1000,"loan_amount":200000,"margin_call_ltv":0.75,"data_source":"sample"` + change + `}`
}

func knownAtSubmit() []known {
	put := `,"template_slug":"protective-put-95pct-12m"`
	listed := `,"assumptions":{"contract_mode":"listed_contracts"}`
	small := func(slug string) string {
		return strings.NewReplacer(`"underlying_units":1000`, `"underlying_units":50`, `"loan_amount":200000`, `"loan_amount":1000`).Replace(goldWith(`,"template_slug":"` + slug + `"` + listed))
	}
	cases := []known{
		{"less than a contract", small("protective-put-95pct-12m"), "underlying_units", asSuggested},
		{"less than a contract of a third", small("ladder-33-33-33-atm-95pct-90pct-12m"), "underlying_units", asSuggested},
		{"less than a contract of a tranche", small("ladder-95pct-12m-quarterly"), "underlying_units", asSuggested},
		{"less than a contract of a half", small("collar-half-95-105-12m"), "underlying_units", asSuggested},
		{"less than a contract, in parts of one instead", small("collar-half-95-105-12m"), "underlying_units", with("contract_mode", "continuous_units")},
		{"too little history", strings.Replace(goldWith(put+`,"assumptions":{}`), "1987-12-14", "1985-06-03", 1), "assumptions.vol", fromDate},
		{"too little history, flat instead", strings.Replace(goldWith(put+`,"assumptions":{}`), "1987-12-14", "1985-06-03", 1), "assumptions.vol", flatVol},
		{"too little for a long run", strings.Replace(goldWith(put+`,"assumptions":{"vol":{"model":"realised","window":30,"term":{}}}`), "1987-12-14", "1985-06-03", 1), "assumptions.vol", fromDate},
		{"no quotes", goldWith(put + `,"assumptions":{"pricing_mode":"quotes"}`), "assumptions.quote_source", with("pricing_mode", "synthetic")},
		{"no quotes imported", goldWith(put + `,"assumptions":{"pricing_mode":"quotes","quote_source":"file"}`), "assumptions.quote_source", func(document map[string]any, _ lombard.FieldError) {
			document["assumptions"] = map[string]any{}
		}},
		{"no publisher of a vol index", goldWith(put + `,"assumptions":{"vol":{"model":"index","index":"GVZ"}}`), "assumptions.vol.source", flatVol},
		{"no publisher of a rate", goldWith(put + `,"assumptions":{"rate_series":"DGS1"}`), "assumptions.rate_source", func(document map[string]any, _ lombard.FieldError) {
			document["assumptions"] = map[string]any{"rate": 0.04}
		}},
		{"a smile with arbitrage", goldWith(put + `,"assumptions":{"vol":{"model":"flat","value":0.16,"smile":{"svi":{"alpha":0,"beta":1,"rho":-0.9,"m":0,"s":0.01}}}}`), "assumptions.vol.smile.svi", with("vol", map[string]any{"model": "flat", "value": 0.16, "smile": map[string]any{"preset": "gold"}})},
		{"a premium above what is lent", strings.Replace(goldWith(put+`,"facility":{"thresholds":{"initial_max":0.6},"premium_funding":"loan"},"assumptions":{}`), "200000", "295000", 1), "facility.premium_funding", asSuggested},
		{"in call and above what is lent", strings.Replace(goldWith(put+`,"facility":{"thresholds":{"initial_max":0.5}},"assumptions":{}`), "200000", "450000", 1), "loan_amount", asSuggested},
		{"above what is lent", strings.Replace(goldWith(put+`,"facility":{"thresholds":{"initial_max":0.5}},"assumptions":{}`), "200000", "290000", 1), "loan_amount", asSuggested},
		{"a threshold a hundred times too small", strings.Replace(goldWith(put+`,"assumptions":{}`), "0.75", "0.0075", 1), "margin_call_ltv", asSuggested},
		{"no strike at that price", goldWith(`,"template":{"slug":"dear","title":"Dear","legs":[{"id":"put","right":"put","strike":{"method":"premium","value":4.9,"unit":"pct"},"expiry":{"tenor":"12m"}}]},"assumptions":{}`), "template", func(document map[string]any, _ lombard.FieldError) {
			delete(document, "template")
			document["template_slug"] = "unhedged"
		}},
		{"before the data", strings.Replace(goldWith(put+`,"assumptions":{"vol":{"model":"flat","value":0.16}}`), "1987-12-14", "1980-01-01", 1), "start_date", asSuggested},
		{"one session", strings.Replace(goldWith(put+`,"assumptions":{}`), "1988-12-30", "1987-12-14", 1), "end_date", asSuggested},
	}
	for _, estimator := range []string{"parkinson", "garman_klass", "rogers_satchell", "yang_zhang"} {
		cases = append(cases,
			known{estimator + " of closes", goldWith(put + `,"assumptions":{"vol":{"model":"realised","estimator":"` + estimator + `"}}`), "assumptions.vol.estimator", asSuggested},
			known{estimator + " of closes each day", goldWith(put + `,"assumptions":{"vol":{"model":"realised","refresh":"daily","estimator":"` + estimator + `"}}`), "assumptions.vol.estimator", flatVol})
	}
	return cases
}

// TestWhatIsKnownAtTheSubmitIsRefusedThere, beside the field, by submit and by
// validate alike; nothing is stored, and the way out that the answer names is
// run to its end.
func TestWhatIsKnownAtTheSubmitIsRefusedThere(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	for _, c := range knownAtSubmit() {
		t.Run(c.name, func(t *testing.T) {
			_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "refused", Body: []byte(c.request)})
			own, ok := errors.AsType[*lombard.Error](err)
			if !ok || len(own.Fields) != 1 || own.Fields[0].Field != c.field || own.Kind == lombard.KindInternal {
				t.Fatalf("%v, want one fault on %s", err, c.field)
			}
			if _, checked := p.Check(t.Context(), "refused", []byte(c.request)); checked == nil || checked.Error() != err.Error() {
				t.Errorf("validate says %v, submit %v", checked, err)
			}
			if !strings.HasSuffix(own.Fields[0].Message, ".") {
				t.Errorf("%q is no sentence", own.Fields[0].Message)
			}
			var document map[string]any
			if err := json.Unmarshal([]byte(c.request), &document); err != nil {
				t.Fatal(err)
			}
			c.wayOut(document, own.Fields[0])
			text, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			out, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: text})
			if err != nil {
				t.Fatalf("%q: the way out is refused: %v", own.Fields[0].Message, err)
			}
			if job := p.wait(out.Job); job.Status != lombard.StatusComplete {
				t.Errorf("%q: the way out ends %s: %v", own.Fields[0].Message, job.Status, *job.Error)
			}
		})
	}
	if page, err := p.Jobs(t.Context(), "refused", app.ListQuery{Limit: 10}); err != nil || len(page.Jobs) > 0 {
		t.Errorf("%d jobs are stored, %v", len(page.Jobs), err)
	}
}

// TestWhatNeedsNoPricesIsRefusedBeforeAnyAreBought at a vendor whose prices are
// not here.
func TestWhatNeedsNoPricesIsRefusedBeforeAnyAreBought(t *testing.T) {
	p, v := atTheStall(t)
	defer p.stop()
	for field, change := range map[string]string{
		"underlying_units":          `"assumptions":{"contract_mode":"listed_contracts"},"underlying_units":0.5`,
		"assumptions.quote_source":  `"assumptions":{"pricing_mode":"quotes","quote_source":"sample"}`,
		"assumptions.vol.index":     `"assumptions":{"vol":{"model":"index"}}`,
		"assumptions.vol.source":    `"assumptions":{"vol":{"model":"index","index":"VIX","source":"sample"}}`,
		"assumptions.rate_source":   `"assumptions":{"rate_series":"DGS1","rate_source":"nowhere"}`,
		"facility.interest.source":  `"facility":{"loan_rate":0.02,"interest":{"index":"SOFR","source":"sample"}}`,
		"assumptions.vol.smile.svi": `"assumptions":{"vol":{"model":"flat","value":0.16,"smile":{"svi":{"alpha":0,"beta":1,"rho":-0.9,"m":0,"s":0.01}}}}`,
	} {
		body := strings.Replace(stallBody, `,"assumptions":{"vol":{"model":"flat","value":0.2}}`, ","+change, 1)
		if strings.Contains(change, "underlying_units") {
			body = strings.Replace(body, `"underlying_units":1000,"loan_amount":40000`, `"loan_amount":10`, 1)
		}
		_, err := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: []byte(body)})
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok || len(own.Fields) != 1 || own.Fields[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if v.fetches.Load()+v.chains.Load() > 0 {
		t.Errorf("%d fetches, %d chains", v.fetches.Load(), v.chains.Load())
	}
}

// TestTheSmallestPositionThatWorks of every template: one unit less is refused.
func TestTheSmallestPositionThatWorks(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	for _, template := range hedge.All() {
		request := func(units float64) []byte {
			return fmt.Appendf(nil, `{"symbol":"XAU","start_date":"1987-12-14","end_date":"1988-06-30","underlying_units":%s,"loan_amount":100,"margin_call_ltv":0.75,"data_source":"sample","template_slugs":["protective-put-95pct-12m",%q],"assumptions":{"contract_mode":"listed_contracts"}}`,
				strconv.FormatFloat(units, 'f', -1, 64), template.Slug)
		}
		if template.Slug == "protective-put-95pct-12m" {
			continue
		}
		_, err := p.Check(t.Context(), "w", request(1))
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok {
			t.Errorf("%s: one unit is enough", template.Slug)
			continue
		}
		least, err := strconv.ParseFloat(own.Fields[0].Suggestion, 64)
		if err != nil || own.Fields[0].Field != "underlying_units" {
			t.Errorf("%s: %v", template.Slug, own)
			continue
		}
		if _, err := p.Check(t.Context(), "w", request(least-1)); err == nil {
			t.Errorf("%s: %v units are enough, one fewer than %v", template.Slug, least-1, least)
		}
		if slices.Contains([]string{"tail-put-budget-50bp", "tail-put-10d-3m-roll"}, template.Slug) {
			continue // how much is bought depends on its price
		}
		if _, err := p.Check(t.Context(), "w", request(least)); err != nil {
			t.Errorf("%s: %v units: %v", template.Slug, least, err)
		}
	}
}

// TestTooLittleHistoryIsRefusedBeforeItIsBought: the range that a vendor states
// tells it, the estimate says the same, and the start that the answer names runs.
func TestTooLittleHistoryIsRefusedBeforeItIsBought(t *testing.T) {
	p, v := atTheStall(t)
	defer p.stop()
	body := strings.Replace(strings.Replace(stallBody, `,"assumptions":{"vol":{"model":"flat","value":0.2}}`, "", 1), "2024-01-16", "2023-03-01", 1)
	job := p.wait(p.submit("w", body))
	if job.Status != lombard.StatusFailed || job.ErrorDetail.Kind != lombard.KindValidation || job.ErrorDetail.Fields[0].Field != "assumptions.vol" || job.DataCostUSD != 0 || v.fetches.Load() > 0 {
		t.Fatalf("%+v after %d fetches", job, v.fetches.Load())
	}
	if _, err := p.Estimate(t.Context(), "w", "stall", []byte(body)); err == nil || !strings.Contains(*job.Error, err.Error()) {
		t.Errorf("the estimate says %v, the job %s", err, *job.Error)
	}
	works := regexp.MustCompile(`start date to (\d{4}-\d\d-\d\d)`).FindStringSubmatch(*job.Error)
	if works == nil {
		t.Fatalf("%s names no date", *job.Error)
	}
	if job := p.wait(p.submit("w", strings.Replace(body, "2023-03-01", works[1], 1))); job.Status != lombard.StatusComplete {
		t.Errorf("from %s: %s", works[1], *job.Error)
	}
}

// press publishes one index, of some years.
type press struct{ first, last lombard.Date }

func (press) Describe() market.Description {
	return market.Description{Slug: "press", Title: "The press"}
}
func (press) Symbols(context.Context, market.Caller) ([]market.Listing, error) { return nil, nil }
func (press) Bars(context.Context, market.Query, func(int64, int64)) (market.Series, error) {
	return market.Series{}, market.ErrNotStored
}

func (x press) Observations(_ context.Context, _ market.Caller, id string, start, end lombard.Date) (market.Reference, error) {
	r := market.Reference{ID: id, Source: "press"}
	for d := max(start-8, x.first); d <= min(end, x.last); d++ {
		r.Points = append(r.Points, market.Observation{Date: d, Value: 20})
	}
	return r, nil
}

// TestAReferenceThatDoesNotCoverTheRunIsRefusedBeforePricesAreBought, at either
// end, with the dates that it knows.
func TestAReferenceThatDoesNotCoverTheRunIsRefusedBeforePricesAreBought(t *testing.T) {
	for name, known := range map[string]press{
		"late":  {lombard.MustDate("2024-02-01"), lombard.MustDate("2024-12-31")},
		"early": {lombard.MustDate("2020-01-01"), lombard.MustDate("2024-02-29")},
		"never": {},
		"whole": {lombard.MustDate("2020-01-01"), lombard.MustDate("2024-12-31")},
	} {
		v := &stall{}
		now := func() time.Time { return time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC) }
		p := startWith(t, t.TempDir(), settings{}, func(db *sqlite.DB) []market.Source {
			return []market.Source{data.NewSource(v, db, data.Limits{DayUSD: 100}, now), known}
		})
		body := strings.Replace(stallBody, `{"model":"flat","value":0.2}`, `{"model":"index","index":"VIX","source":"press"}`, 1)
		job := p.wait(p.submit("w", body))
		if name == "whole" {
			if job.Status != lombard.StatusComplete {
				t.Errorf("%s: %+v", name, job)
			}
		} else if job.Status != lombard.StatusFailed || v.fetches.Load() > 0 || job.ErrorDetail.Fields[0].Field != "assumptions.vol.index" {
			t.Errorf("%s: %s after %d fetches, %+v", name, job.Status, v.fetches.Load(), job.ErrorDetail)
		}
		p.stop()
	}
}

// TestAVolAHundredTimesTooSmallIsQuestioned and one that may be meant is not.
func TestAVolAHundredTimesTooSmallIsQuestioned(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	for value, want := range map[string]bool{"0.0016": true, "0.16": false, "0.03": false} {
		c, err := p.Check(t.Context(), "w", []byte(goldWith(`,"template_slug":"protective-put-95pct-12m","assumptions":{"vol":{"model":"flat","value":`+value+`}}`)))
		if err != nil {
			t.Fatal(err)
		}
		asked := slices.ContainsFunc(c.Warnings, func(w lombard.Warning) bool { return strings.Contains(w.Message, "Did you mean 0.16? That is 16 %.") })
		if asked != want {
			t.Errorf("%s: %+v", value, c.Warnings)
		}
	}
}

// TestAFaultOfOneFieldHidesNothingThatPricesTell: a loan that is in call at entry
// is named beside any other field that is wrong.
func TestAFaultOfOneFieldHidesNothingThatPricesTell(t *testing.T) {
	p := start(t, t.TempDir(), settings{})
	defer p.stop()
	for field, value := range map[string]any{
		"scenario_name": strings.Repeat("n", 500), "max_cost_usd": -1, "data_quality": "perhaps", "on_conflict": "hide", "template_slug": "no-such-hedge",
		"assumptions.rate": 9, "assumptions.vol": map[string]any{"model": "flat", "value": -1}, "assumptions.option_style": "asian",
		"facility.loan_rate": 9, "facility.monitoring": "hourly",
	} {
		document := map[string]any{}
		if err := json.Unmarshal([]byte(gold), &document); err != nil {
			t.Fatal(err)
		}
		document["loan_amount"] = 499_000
		at, name := document, field
		if outer, inner, nested := strings.Cut(field, "."); nested {
			at, name = map[string]any{}, inner
			document[outer] = at
		}
		at[name] = value
		body, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Check(t.Context(), "w", body)
		var named []string
		for _, f := range lombard.AsError(err).Fields {
			named = append(named, f.Field)
		}
		if !slices.ContainsFunc(named, func(f string) bool { return strings.HasPrefix(f, field) }) || !slices.Contains(named, "loan_amount") {
			t.Errorf("beside %s, these are named: %v", field, named)
		}
	}
}
