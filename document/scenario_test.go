package document_test

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// gold is the documented example request.
const gold = `{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31","template_slug":"protective-put-atm-12m",
 "underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75,"data_source":"sample","scenario_name":"Gold, winter 1987",
 "max_cost_usd":5,"force":false,"on_conflict":"replace",
 "facility":{"preset":"simple","loan_rate":null,"monitoring":"close","premium_funding":"cash","hedge_recognition":"market_value"},
 "assumptions":{"vol":{"model":"flat","value":0.16},"rate":0.04,"dividend_yield":0,"option_style":"european",
                "contract_mode":"continuous_units","execution":"half_spread","pricing_mode":"synthetic"}}`

func TestTheDocumentedExampleIsReadInFull(t *testing.T) {
	s, err := document.Scenario([]byte(gold))
	if err != nil {
		t.Fatal(err)
	}
	if s.Symbol != "XAU" || s.StartDate.String() != "1987-12-14" || s.LoanAmount != 301650 || s.MarginCallLTV != 0.75 {
		t.Errorf("read %+v", s)
	}
	if s.Facility.LoanRate != nil || s.Facility.Monitoring != "close" || s.Assumptions.Vol.Value != 0.16 || *s.Assumptions.DividendYield != 0 {
		t.Errorf("read facility %+v, assumptions %+v", s.Facility, s.Assumptions)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := document.Scenario(text); err != nil || again.ScenarioName != s.ScenarioName {
		t.Errorf("the echo of a request is not a request: %v", err)
	}
}

// A field that may stand in an object or beside it is read in both places.
func TestAFieldIsReadWhereverItMayStand(t *testing.T) {
	for _, facility := range []string{
		`"hedge_recognition":{"mode":"haircut","haircut":0.3,"min_days_to_expiry":30}`,
		`"hedge_recognition":"haircut","haircut":0.3,"min_days_to_expiry":30`,
	} {
		s, err := document.Scenario(edit(t, `"hedge_recognition":"market_value"`, facility))
		if err != nil {
			t.Fatal(err)
		}
		if f := &s.Facility; f.HedgeRecognition != lombard.RecognitionHaircut || f.Haircut == nil || *f.Haircut != 0.3 || f.MinDaysToExpiry != 30 {
			t.Errorf("%s is read as %+v", facility, f)
		}
	}
}

// edit returns the example with one old text replaced.
func edit(t *testing.T, old, replacement string) []byte {
	t.Helper()
	if !strings.Contains(gold, old) {
		t.Fatalf("the example does not contain %s", old)
	}
	return []byte(strings.Replace(gold, old, replacement, 1))
}

func TestBadRequestsNameTheFieldAndTheValue(t *testing.T) {
	for _, row := range []struct {
		name, old, new string
		kind           lombard.Kind
		fields         []string
	}{
		{"not JSON", gold, `{"symbol":`, lombard.KindMalformed, nil},
		{"empty", gold, ``, lombard.KindMalformed, nil},
		{"an array", gold, `[]`, lombard.KindMalformed, nil},
		{"two values", gold, gold + `{}`, lombard.KindMalformed, nil},
		{"a repeated key", `"symbol":"XAU"`, `"symbol":"XAU","symbol":"SPX"`, lombard.KindMalformed, nil},
		{"a repeated key further in", `"rate":0.04`, `"rate":0.04,"rate":0.05`, lombard.KindMalformed, nil},
		{"nested too deeply", `"preset":"simple"`, `"preset":` + strings.Repeat("[", 40) + strings.Repeat("]", 40), lombard.KindMalformed, nil},
		{"NaN is not JSON", `301650`, `NaN`, lombard.KindMalformed, nil},
		{"an unknown key", `"force":false`, `"forse":false`, lombard.KindValidation, []string{"forse"}},
		{"an unknown key further in", `"rate":0.04`, `"rates":0.04`, lombard.KindValidation, []string{"assumptions.rates"}},
		{"a string for a number", `301650`, `"301650"`, lombard.KindValidation, []string{"loan_amount"}},
		{"a number beyond float64", `301650`, `1e999`, lombard.KindValidation, []string{"loan_amount"}},
		{"an absurd loan", `301650`, `1e300`, lombard.KindValidation, []string{"loan_amount"}},
		{"no units", `"underlying_units":1000,`, ``, lombard.KindValidation, []string{"underlying_units"}},
		{"zero units", `"underlying_units":1000`, `"underlying_units":0`, lombard.KindValidation, []string{"underlying_units"}},
		{"a negative loan", `301650`, `-1`, lombard.KindValidation, []string{"loan_amount"}},
		{"a threshold in per cent", `0.75`, `75`, lombard.KindValidation, []string{"margin_call_ltv"}},
		{"a threshold of one", `0.75`, `1`, lombard.KindValidation, []string{"margin_call_ltv"}},
		{"dates reversed", `1987-12-14`, `1990-12-14`, lombard.KindValidation, []string{"end_date"}},
		{"a day that does not exist", `1987-12-14`, `1987-02-30`, lombard.KindValidation, []string{"start_date"}},
		{"two ways to name a hedge", `"force":false`, `"template_slugs":["unhedged"]`, lombard.KindValidation, []string{"template_slug"}},
		{"a vol of zero", `"value":0.16`, `"value":0`, lombard.KindValidation, []string{"assumptions.vol.value"}},
		{"a vol above five", `"value":0.16`, `"value":5.01`, lombard.KindValidation, []string{"assumptions.vol.value"}},
		{"a vol model nobody has", `"flat"`, `"stochastic"`, lombard.KindValidation, []string{"assumptions.vol.model"}},
		{"a published rate for a loan without interest", `"loan_rate":null`, `"interest":{"mode":"none","index":"SOFR"}`, lombard.KindValidation, []string{"facility.interest.index"}},
		{"a mode that is not there", `continuous_units`, `physical_units`, lombard.KindValidation, []string{"assumptions.contract_mode"}},
		{"a symbol with markup", `"XAU"`, `"<b>"`, lombard.KindValidation, []string{"symbol"}},
		{"four faults at once", `"symbol":"XAU","start_date":"1987-12-14"`, `"symbol":7,"start_date":"soon","extra":1,"dataset":[]`, lombard.KindValidation, []string{"symbol", "start_date", "dataset", "extra"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := document.Scenario(edit(t, row.old, row.new))
			if lombard.KindOf(err) != row.kind || err == nil {
				t.Fatalf("got %v, want an error of kind %s", err, row.kind)
			}
			own, ok := errors.AsType[*lombard.Error](err)
			if !ok {
				t.Fatalf("got a %T", err)
			}
			var fields []string
			for _, f := range own.Fields {
				fields = append(fields, f.Field)
				if !strings.HasSuffix(f.Message, ".") || !strings.Contains(f.Message, f.Field) {
					t.Errorf("%s: message %q is not a sentence that names the field", f.Field, f.Message)
				}
			}
			if !slices.Equal(fields, row.fields) {
				t.Errorf("bad fields = %v, want %v", fields, row.fields)
			}
		})
	}
}

func TestPercentIsAnsweredWithTheFraction(t *testing.T) {
	_, err := document.Scenario(edit(t, `0.75`, `75`))
	own, _ := errors.AsType[*lombard.Error](err)
	if own == nil || len(own.Fields) != 1 || own.Fields[0].Suggestion != "0.75" {
		t.Errorf("got %v, want the suggestion 0.75", err)
	}
}

func TestValidateFailsOnNaN(t *testing.T) {
	s, err := document.Scenario([]byte(gold))
	if err != nil {
		t.Fatal(err)
	}
	s.UnderlyingUnits, s.LoanAmount, s.MarginCallLTV = math.NaN(), math.Inf(1), math.NaN()
	if got := s.Validate(); len(got) != 3 {
		t.Errorf("NaN and infinity passed: %v", got)
	}
}

func FuzzParseScenario(f *testing.F) {
	f.Add([]byte(gold))
	f.Add([]byte(`{"a":[{"b":null}],"symbol":1e5}`))
	f.Add([]byte("{\"symbol\":\"\\ud800\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := document.Scenario(data)
		if err == nil {
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatalf("an accepted request does not encode: %v", err)
			}
			if _, err := document.Scenario(text); err != nil {
				t.Fatalf("the echo %s of an accepted request is refused: %v", text, err)
			}
			return
		}
		if k := lombard.KindOf(err); k != lombard.KindMalformed && k != lombard.KindValidation {
			t.Fatalf("kind %s for %q", k, data)
		}
	})
}
