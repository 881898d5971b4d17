package document_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// whole are requests that together give every field of a scenario a value.
var whole = []string{
	`{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31","template_slug":"protective-put-atm-12m","scenario_name":"n","dataset":"d",
	"underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75,"data_source":"sample","max_cost_usd":5,"data_quality":"warn","force":false,"on_conflict":"queue",
	"facility":{"preset":"simple","loan_rate":0.06,"monitoring":"close","premium_funding":"cash","hedge_recognition":"haircut","haircut":0.25,"min_days_to_expiry":5,
		"ltv_base":"lending_value","lending_value":0.6,"supervisory_haircut":0.15,"basel_holding_days":20,"dividends":"to_cash",
		"interest":{"mode":"capitalise_monthly","day_count":"act_360","index":"SOFR","source":"nyfed","floor":0.01},
		"thresholds":{"initial_max":0.6,"notify":[0.65,0.7],"call":0.75,"accelerated":0.8,"cure_to":0.6,"liquidate":0.9,"comparison":"ge"},
		"cure":{"period":5,"unit":"business_days","accelerated_period":2,"self_cure":true,"test":"cure_to","waterfall":["external_cash"],"cash_mode":"repay","execute":"deadline","external_cash_capacity":1000},
		"liquidation":{"monitoring":"close","mode":"to_target","target_ltv":0.6,"penalty":0.02,"slippage":0.005,"min_residual":100}},
	"assumptions":{"vol":{"model":"realised","estimator":"cc","window":252,"risk_premium":1.1,"floor":0.05,"sessions_per_year":252,"term":{"long_window":1260,"kappa":3},
		"smile":{"preset":"gold"},"dynamics":"spot_vol_beta","spot_vol_beta":1,"refresh":"daily"},
		"rate_series":"DGS1","rate_source":"fred","dividend_yield":0.01,"option_style":"european","contract_mode":"continuous_units","execution":"half_spread","half_spread_vol_points":0.3,"fill_fraction":1,"crash_spreads":true}}`,
	`{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31","template_slugs":["protective-put-atm-12m","unhedged"],
	"underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75,"data_source":"sample",
	"assumptions":{"vol":{"model":"flat","value":0.16,"smile":{"a":0.1,"b":0.1}},"rate":0.04,"pricing_mode":"quotes","quote_source":"file","quote_dataset":"d","contract_mode":"listed_contracts"}}`,
	`{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31","template_slug":"unhedged",
	"underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75,"data_source":"sample",
	"facility":{"hedge_recognition":"protected_floor","haircut":0.1,"interest":{"mode":"none"}},
	"assumptions":{"vol":{"model":"index","index":"VIX","source":"fred","risk_premium":1,"floor":0.05,"smile":{"svi":{"alpha":0.01,"beta":0.1,"rho":0,"m":0,"s":0.1}}}}}`,
}

// wrong are values that somebody might give for another one.
var wrong = []any{
	-1.0, 0.0, 1e-5, 0.5, 1.5, 5.01, 6.5, 16.0, 65.0, 75.0, 100.0, 150.0, 20000.0, 1e7, 1e20,
	"", "xau", " xau ", "nope", "1990-01-01", true, nil,
	[]any{},
	map[string]any{},
}

// leaves lists the paths of every value of a document that is no object.
func leaves(v any, path string, add func(path string)) {
	if path != "" {
		add(path)
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			leaves(v[key], strings.TrimPrefix(path+"."+key, "."), add)
		}
	case []any:
		for i := range v {
			leaves(v[i], fmt.Sprintf("%s[%d]", path, i), add)
		}
	}
}

// put sets the value at a path, and makes the objects on the way.
func put(doc map[string]any, path string, x any) {
	steps := strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	var at any = doc
	for i, step := range steps {
		last := i == len(steps)-1
		switch v := at.(type) {
		case map[string]any:
			if last {
				v[step] = x
				return
			}
			if v[step] == nil {
				v[step] = map[string]any{}
			}
			at = v[step]
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n >= len(v) {
				return
			}
			if last {
				v[n] = x
				return
			}
			at = v[n]
		default:
			return
		}
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// faultsOf are the bad fields of a document.
func faultsOf(t *testing.T, doc map[string]any) []lombard.FieldError {
	t.Helper()
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	_, err = document.Scenario(text)
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		return own.Fields
	}
	if err != nil {
		t.Fatal(err)
	}
	return nil
}

// taken is a suggestion as somebody puts it into a request.
func taken(suggestion string) any {
	var x any
	if json.Unmarshal([]byte(suggestion), &x) == nil {
		return x
	}
	return suggestion
}

// exponent is a number that people do not write.
var exponent = regexp.MustCompile(`\de[+-]\d`)

// TestEverySuggestionIsAccepted puts wrong values in the place of every field,
// and each suggestion of each fault in the place of the wrong value: that fault
// is then gone. No sentence has a number with an exponent.
func TestEverySuggestionIsAccepted(t *testing.T) {
	suggested := 0
	for _, text := range whole {
		if bad := faultsOf(t, decode(t, text)); len(bad) > 0 {
			t.Fatalf("the request itself is refused: %v", bad)
		}
		var paths []string
		leaves(decode(t, text), "", func(path string) { paths = append(paths, path) })
		for _, path := range paths {
			for _, x := range wrong {
				doc := decode(t, text)
				put(doc, path, x)
				for _, f := range faultsOf(t, doc) {
					if exponent.MatchString(f.Message + f.Suggestion) {
						t.Errorf("%s = %v: %q [%s] has an exponent", path, x, f.Message, f.Suggestion)
					}
					if f.Suggestion == "" {
						continue
					}
					suggested++
					mended := decode(t, text)
					put(mended, path, x)
					put(mended, f.Field, taken(f.Suggestion))
					for _, still := range faultsOf(t, mended) {
						if still.Field == f.Field {
							t.Errorf("%s = %v: %q; with %s: %q", path, x, f.Message, f.Suggestion, still.Message)
						}
					}
				}
			}
		}
	}
	if suggested < 100 {
		t.Errorf("%d suggestions were tried", suggested)
	}
}

// TestDidYouMean: a number in per cent where a fraction is wanted is answered
// with the fraction, and a number that is none of both is not.
func TestDidYouMean(t *testing.T) {
	for _, row := range []struct {
		path string
		x    float64
		want string
	}{
		{"margin_call_ltv", 75, "0.75"},
		{"margin_call_ltv", 57.1, "0.571"},
		{"margin_call_ltv", 1.5, ""},
		{"margin_call_ltv", 100, ""},
		{"margin_call_ltv", 7500, ""},
		{"assumptions.rate", 4, "0.04"},
		{"assumptions.rate", -2, "-0.02"},
		{"facility.loan_rate", 6.5, "0.065"},
		{"facility.haircut", 25, "0.25"},
		{"facility.liquidation.penalty", 2, "0.02"},
		{"facility.thresholds.liquidate", 90, "0.9"},
		{"facility.thresholds.liquidate", 50, ""},
		{"facility.thresholds.notify[0]", 65, "0.65"},
		{"max_cost_usd", 1e7, ""},
		{"underlying_units", -5, ""},
	} {
		doc := decode(t, whole[0])
		if row.path == "assumptions.rate" {
			doc = decode(t, whole[1])
		}
		put(doc, row.path, row.x)
		found := false
		for _, f := range faultsOf(t, doc) {
			if f.Field != row.path {
				continue
			}
			found = true
			if f.Suggestion != row.want || row.want != "" && !strings.Contains(f.Message, "Did you mean "+row.want+"?") {
				t.Errorf("%s = %v: %q [%s], want %q", row.path, row.x, f.Message, f.Suggestion, row.want)
			}
		}
		if !found {
			t.Errorf("%s = %v is accepted", row.path, row.x)
		}
	}
}

func TestNumbersAreWrittenPlainly(t *testing.T) {
	for _, row := range []struct {
		x            float64
		digits, text string
	}{
		{1e6, "1000000", "1,000,000"},
		{0.75, "0.75", "0.75"},
		{57.1 / 100, "0.571", "0.571"},
		{1e-5, "0.00001", "0.00001"},
		{-12345.5, "-12345.5", "-12,345.5"},
		{1260, "1260", "1260"},
		{0, "0", "0"},
		{1e-20, "0.00000000000000000001", "0.00000000000000000001"},
	} {
		if lombard.Digits(row.x) != row.digits || lombard.Number(row.x) != row.text {
			t.Errorf("%v: %s and %s, want %s and %s", row.x, lombard.Digits(row.x), lombard.Number(row.x), row.digits, row.text)
		}
	}
}
