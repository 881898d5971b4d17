package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/internal/httpapi"
	"lombard.example/lombard/internal/tier"
)

// fullScenario, fullFacility and the templates have every field that a request
// can have, with values that are accepted.
const (
	fullScenario = `{"symbol":"XAU","start_date":"1987-12-14","end_date":"1988-02-29","underlying_units":1000,"loan_amount":301650,
		"margin_call_ltv":0.75,"data_source":"sample","scenario_name":"Gold","max_cost_usd":5,"data_quality":"warn","force":true,"on_conflict":"queue",
		"facility":%s,"template":%s,
		"assumptions":{"vol":{"model":"realised","estimator":"cc","window":60,"risk_premium":1.1,"floor":0.05,"term":{"long_window":252,"kappa":3},
			"smile":{"preset":"gold"},"dynamics":"spot_vol_beta","spot_vol_beta":1,"refresh":"purchase"},
			"rate":0.04,"dividend_yield":0.01,"option_style":"european","contract_mode":"continuous_units","execution":"half_spread",
			"half_spread_vol_points":0.3,"fill_fraction":1,"crash_spreads":false,"pricing_mode":"synthetic"}}`
	fullFacility = `{"preset":"simple","loan_rate":0.05,"interest":{"mode":"capitalise_daily","day_count":"act_360"},
		"monitoring":{"call":"close","liquidation":"close"},"premium_funding":"cash",
		"hedge_recognition":{"mode":"haircut","haircut":0.2,"min_days_to_expiry":5},"ltv_base":"gross","supervisory_haircut":0.1,
		"basel_holding_days":20,"dividends":"to_cash",
		"thresholds":{"initial_max":0.7,"notify":[0.6,0.7],"call":0.75,"accelerated":0.8,"cure_to":0.65,"liquidate":0.9,"comparison":"ge"},
		"cure":{"period":5,"unit":"business_days","accelerated_period":1,"self_cure":true,"test":"cure_to","waterfall":["external_cash","sell_collateral"],
			"cash_mode":"repay","execute":"deadline","external_cash_capacity":100000},
		"liquidation":{"mode":"to_target","target_ltv":0.5,"penalty":0.01,"slippage":0.005,"min_residual":0}}`
	fullCollar = `{"slug":"mine","title":"Mine","family":"collar","schema":1,"vars":{"m":0.95},
		"legs":[{"id":"put","right":"put","side":"long","ratio":1,"strike":{"method":"moneyness","of":"spot","value":"$m","round":"nearest"},
				"expiry":{"tenor":"12m","cycle":"monthly","pick":"nearest","min_dte":0}},
			{"id":"call","right":"call","side":"short","ratio":"1/2","strike":{"method":"solve","round":"up","bounds":{"min_moneyness":1.0,"max_moneyness":1.6}},
				"expiry":{"same_as":"put"}}],
		"solve":[{"vary":"call.strike","target":"net_premium","value":0,"price_side":"fill","tolerance":0.01,"if_no_root":"clamp"}],
		"sizing":{"hedge_ratio":0.5,"basis":"units","round":"floor","allow_fractional":false},
		"roll":[{"when":"expiry","do":"renew"},{"when":"profit_multiple","leg":"put","op":">=","value":3,"do":"monetise","fraction":0.5,
			"proceeds":"repay_loan","then":"renew_remaining","cooldown":21,"max_per_year":4,"unit":"calendar"}],
		"credit_to":"pledged","exercise":{"long":"best_of_sell_or_exercise","physical":false},
		"assignment":{"model":"dividend_and_time_value","on_call":"cash_settle_and_rebuy"},"allow_naked":false}`
	fullLadder = `{"legs":[{"id":"a","right":"put","strike":{"method":"abs","value":480},"expiry":{"tenor":"1y"}},
			{"id":"b","right":"put","side":"short","strike":{"method":"offset","leg":"a","value":-0.1,"unit":"pct"},"expiry":{"tenor":"12m"}},
			{"id":"c","right":"put","strike":{"method":"ltv_floor","buffer":0.05},"expiry":{"tenor":"12m"}}],
		"budget":{"max_annual_pct_of_notional":0.05,"max_roll_pct":0.02,"on_exceed":"skip"},"tranches":{"count":2,"spacing":"1m"},
		"roll":[{"when":"expiry","do":"renew"},{"when":"dte_lt","value":30,"do":"renew"}]}`
)

// place is where a value stands in a document: keys and indices.
type place []any

func (p place) String() string {
	var b strings.Builder
	for i, step := range p {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", step)
		case string:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(step)
		}
	}
	return b.String()
}

// placesOf lists every value below a document, depth first and in order.
func placesOf(document any, at place) []place {
	var all []place
	visit := func(step, child any) {
		here := append(slices.Clone(at), step)
		all = append(append(all, here), placesOf(child, here)...)
	}
	switch d := document.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(d)) {
			visit(key, d[key])
		}
	case []any:
		for i, item := range d {
			visit(i, item)
		}
	}
	return all
}

// dropped is a value that is taken away.
type dropped struct{}

// spoilt are the values that replace one, by what they do; those of another
// type are wrong wherever they stand.
func spoilt(value any) (allowed, wrong []any) {
	allowed = []any{dropped{}, nil, 1e-320, -1.0, ""}
	for _, other := range []any{"x", 5.0, true, []any{}, map[string]any{}} {
		if reflect.TypeOf(other) != reflect.TypeOf(value) {
			wrong = append(wrong, other)
		} else {
			allowed = append(allowed, other)
		}
	}
	return allowed, wrong
}

// put returns a copy of a document with another value at a place.
func put(document any, at place, value any) any {
	if len(at) == 0 {
		return value
	}
	switch d := document.(type) {
	case map[string]any:
		key, _ := at[0].(string)
		d = maps.Clone(d)
		child, stands := d[key]
		if !stands {
			return d // a part that another change has taken away
		}
		if d[key] = put(child, at[1:], value); d[key] == (dropped{}) {
			delete(d, key)
		}
		return d
	case []any:
		i, _ := at[0].(int)
		d = slices.Clone(d)
		if i >= len(d) {
			return d
		}
		if d[i] = put(d[i], at[1:], value); d[i] == (dropped{}) {
			d = slices.Delete(d, i, i+1)
		}
		return d
	}
	return document
}

// isAbout reports whether a fault is named beside the field that was spoilt: at
// it, around it or within it. The parts of a template depend on each other, and
// so do the levels of a lender.
func isAbout(field string, at place) bool {
	path := at.String()
	if strings.HasPrefix(path, field) || strings.HasPrefix(field, path) {
		return true
	}
	loan := []string{"loan_amount", "loan_to_value", "underlying_units", "collateral_value", "position", "margin_call_ltv"} // which are weighed against each other
	within := func(path string) bool {
		top, _, _ := strings.Cut(path, ".")
		return slices.Contains(loan, top)
	}
	if within(path) && within(field) {
		return true
	}
	for _, whole := range []string{"template", "facility", "assumptions.vol"} {
		if strings.HasPrefix(path, whole) && strings.HasPrefix(field, whole) {
			return true
		}
	}
	return false
}

// generator asks every operation the same requests.
type generator struct {
	t       *testing.T
	handler http.Handler
	asked   int
}

// ask returns the status of an operation and the bad fields that it names, after
// checking what holds of every answer.
func (g *generator) ask(operation string, body []byte) (int, []lombard.FieldError) {
	g.t.Helper()
	g.asked++
	request := httptest.NewRequestWithContext(g.t.Context(), http.MethodPost, "http://127.0.0.1/api/v1"+operation, bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	g.handler.ServeHTTP(answer, request)
	if answer.Code < http.StatusBadRequest {
		return answer.Code, nil
	}
	var p problemAnswer
	if err := json.Unmarshal(answer.Body.Bytes(), &p); err != nil || answer.Code != http.StatusUnprocessableEntity {
		g.t.Errorf("%s of %s = %d %s, want 422 and a problem", operation, body, answer.Code, answer.Body)
	}
	if len(p.Errors) == 0 {
		g.t.Errorf("%s of %s names no field: %s", operation, body, p.Detail)
	}
	for i, f := range p.Errors {
		if f.Field == "" || !strings.HasSuffix(f.Message, ".") {
			g.t.Errorf("%s of %s: fault %+v, want a field and a sentence", operation, body, f)
		}
		if slices.ContainsFunc(p.Errors[:i], func(o lombard.FieldError) bool { return o.Field == f.Field && o.Message == f.Message }) {
			g.t.Errorf("%s of %s: %s is named twice", operation, body, f.Field)
		}
	}
	return answer.Code, p.Errors
}

// eitherType are places where a value of another type is right too.
var eitherType = []string{
	"facility.monitoring", "facility.hedge_recognition", // a word, or an object that says more
	"template.solve[0].tolerance", // an amount, or an amount with a unit
	"template.legs[1].ratio",      // 1/2, or 5 with other legs
	"template.legs[0].strike.value", "template.vars.m",
}

// fullDocuments returns the scenarios that the test spoils.
func fullDocuments(t *testing.T) []any {
	t.Helper()
	var all []any
	for _, template := range []string{fullCollar, fullLadder} {
		var document any
		if err := json.Unmarshal(fmt.Appendf(nil, fullScenario, fullFacility, template), &document); err != nil {
			t.Fatal(err)
		}
		all = append(all, document)
	}
	return append(all, statedByValue(t, all[0]))
}

// statedByValue is a scenario with its collateral and its loan stated by value,
// and what they come to beside them.
func statedByValue(t *testing.T, document any) any {
	t.Helper()
	whole, ok := document.(map[string]any)
	if !ok {
		t.Fatalf("a scenario is a %T", document)
	}
	whole = maps.Clone(whole)
	delete(whole, "underlying_units")
	delete(whole, "loan_amount")
	whole["collateral_value"], whole["loan_to_value"] = 502_750.0, 0.6
	whole["position"] = map[string]any{"underlying_units": 1000.0, "loan_amount": 301_650.0}
	return whole
}

// TestEveryFieldThatIsSpoiltIsNamed drops, nulls, empties and mistypes every
// field of a request, of its template and of its lender's terms, one at a time
// and in pairs, over every operation that takes one.
func TestEveryFieldThatIsSpoiltIsNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine after another, which needs no race detector")
	}
	l, err := openLocal(t.Context(), config.Config{DataDir: t.TempDir()}, holder{purpose: "test", log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	g := &generator{t: t, handler: httpapi.New(httpapi.Serving(l.service), httpapi.Options{})}
	random := rand.New(rand.NewPCG(1, 2))
	var refused [][]byte
	for n, document := range fullDocuments(t) {
		if status, faults := g.ask(requestOperations[0], encode(t, document)); status != http.StatusOK {
			t.Fatalf("the document with every field = %d, %+v", status, faults)
		}
		all := placesOf(document, nil)
		switch n { // the rest has been spoilt beside the first template
		case 1:
			all = slices.DeleteFunc(all, func(p place) bool { return p[0] != "template" })
		case 2:
			all = slices.DeleteFunc(all, func(p place) bool {
				key, _ := p[0].(string)
				return !slices.Contains([]string{"collateral_value", "loan_to_value", "position", "margin_call_ltv"}, key)
			})
		}
		for _, at := range all {
			allowed, wrong := spoilt(valueAt(document, at))
			for i, value := range append(allowed, wrong...) {
				body := encode(t, put(document, at, value))
				operation := requestOperations[2*(i%2)] // which store nothing
				status, faults := g.ask(operation, body)
				if len(faults) > 0 && i%3 == 0 {
					operation = requestOperations[1]
					status, faults = g.ask(operation, body)
				}
				if i >= len(allowed) && status != http.StatusUnprocessableEntity && !slices.Contains(eitherType, at.String()) {
					t.Errorf("%s with %v at %s = %d, want 422", operation, value, at, status)
				}
				if len(faults) > 0 && !slices.ContainsFunc(faults, func(f lombard.FieldError) bool { return isAbout(f.Field, at) }) {
					t.Errorf("%s with %v at %s names %+v", operation, value, at, faults)
				}
				if len(faults) > 0 && i == len(allowed) {
					refused = append(refused, body)
				}
			}
		}
		for range tier.Of(40, 150) {
			spoiltTwice := document
			for range 2 {
				at := all[random.IntN(len(all))]
				allowed, wrong := spoilt(valueAt(document, at))
				values := slices.Concat(allowed, wrong)
				spoiltTwice = put(spoiltTwice, at, values[random.IntN(len(values))])
			}
			body := encode(t, spoiltTwice)
			if _, faults := g.ask(requestOperations[2*random.IntN(2)], body); len(faults) > 0 {
				g.ask(requestOperations[1], body)
			}
		}
	}
	if g.asked < 1200 || len(refused) < 100 {
		t.Errorf("%d requests, %d of them for the command line; the documents have lost fields", g.asked, len(refused))
	}
	random.Shuffle(len(refused), func(i, k int) { refused[i], refused[k] = refused[k], refused[i] })
	for i, body := range refused[:8] {
		command := [][]string{{"run", "-f", "s.json"}, {"data", "estimate", "-f", "s.json"}}[i%2]
		code, out, errs := commandLine(t, map[string]string{"s.json": string(body)}, command...)
		if code != ExitUsage || out != "" || !strings.HasPrefix(errs, "lombard: ") || strings.Contains(errs, "goroutine") {
			t.Errorf("lombard %s of %s = %d, %q, %q; want %d and a sentence", command[0], body, code, out, errs, ExitUsage)
		}
	}
}

// TestEveryFieldOfATemplateThatIsSpoiltIsNamed does the same with templates on
// the command line.
func TestEveryFieldOfATemplateThatIsSpoiltIsNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("one goroutine after another, which needs no race detector")
	}
	for _, document := range fullDocuments(t)[:2] { // the others have the same ones
		template := valueAt(document, place{"template"})
		for _, at := range placesOf(template, nil) {
			allowed, wrong := spoilt(valueAt(template, at))
			for _, value := range append(allowed, wrong...) {
				body := string(encode(t, put(template, at, value)))
				code, out, errs := commandLine(t, map[string]string{"t.json": body}, "templates", "validate", "t.json")
				said := strings.HasPrefix(errs, "lombard: ") && strings.Contains(errs, "template")
				if !(code == ExitOK && errs == "" || code == ExitUsage && out == "" && said) {
					t.Errorf("templates validate of %s = %d, %q, %q; want it shown, or a sentence and %d", body, code, out, errs, ExitUsage)
				}
			}
		}
	}
}

func valueAt(document any, at place) any {
	for _, step := range at {
		switch d := document.(type) {
		case map[string]any:
			key, _ := step.(string)
			document = d[key]
		case []any:
			i, _ := step.(int)
			document = d[i]
		}
	}
	return document
}

func encode(t *testing.T, document any) []byte {
	t.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
