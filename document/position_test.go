package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// TestThePositionIsStatedOnce goes over the ways to state collateral and loan:
// each is given once, as an amount or by its value, and what is wrong is told
// beside its field, all at once.
func TestThePositionIsStatedOnce(t *testing.T) {
	const pair = `"underlying_units":1000,"loan_amount":301650,"margin_call_ltv":0.75`
	const goldFacility = `"facility":{"preset":"simple","loan_rate":null,"monitoring":"close","premium_funding":"cash","hedge_recognition":"market_value"},`
	for _, row := range []struct {
		position string
		fields   string // that are wrong, in order
		says     string
		suggests string // of the first of them
	}{
		{`"underlying_units":1000,"loan_to_value":0.6,"margin_call_ltv":0.75`, "", "", ""},
		{`"collateral_value":500000,"loan_amount":300000,"margin_call_ltv":0.75`, "", "", ""},
		{`"collateral_value":500000,"loan_to_value":0.6,"margin_call_ltv":0.75`, "", "", ""},
		{`"collateral_value":500000,"loan_to_value":0.6,"position":{"underlying_units":994.5,"loan_amount":3e5},"margin_call_ltv":0.75`, "", "", ""},
		{`"collateral_value":500000,"underlying_units":null,"loan_to_value":0.6,"loan_amount":null,"position":null,"margin_call_ltv":0.75`, "", "", ""},

		{`"margin_call_ltv":0.75`, "underlying_units loan_amount", "loan_amount is required (or loan_to_value, a fraction of the collateral such as 0.6).", ""},
		{`"underlying_units":1,"loan_amount":1,"loan_to_value":0.6,"collateral_value":5,"margin_call_ltv":0.75`, "collateral_value loan_to_value", "loan_to_value cannot stand beside loan_amount: give exactly one of the two.", ""},
		{`"underlying_units":1,"loan_amount":0,"loan_to_value":0.6,"margin_call_ltv":0.75`, "loan_amount", "loan_amount must be above 0 and at most", ""},
		{`"underlying_units":-1,"loan_amount":-1,"loan_to_value":2,"margin_call_ltv":0.75`, "underlying_units loan_amount loan_to_value", "", ""},
		{`"collateral_value":0,"loan_to_value":0,"margin_call_ltv":0.75`, "collateral_value loan_to_value", "loan_to_value must be a fraction above 0 and below margin_call_ltv, 0.75.", ""},
		{`"collateral_value":1e16,"loan_amount":1,"margin_call_ltv":0.75`, "collateral_value", "collateral_value must be above 0 and at most 1,000,000,000,000,000.", ""},
		{`"underlying_units":1,"loan_to_value":60,"margin_call_ltv":0.75`, "loan_to_value", "Did you mean 0.6? That is 60 %.", "0.6"},
		{`"underlying_units":1,"loan_to_value":"60%","margin_call_ltv":0.75`, "loan_to_value", "loan_to_value must be a number.", ""},
		{`"underlying_units":1,"loan_to_value":"0.6","margin_call_ltv":0.75`, "loan_to_value", "loan_to_value must be a number.", ""},
		{`"collateral_value":{},"loan_to_value":[],"margin_call_ltv":0.75`, "collateral_value loan_to_value", "", ""},
		{`"underlying_units":1,"loan_to_value":1e-200,"margin_call_ltv":0.75`, "loan_to_value", "is too close to 0", ""},
		{`"underlying_units":1,"loan_to_value":0.75,"margin_call_ltv":0.75`, "loan_to_value", "The loan would be in call on the first day: loan_to_value is 0.75, and the lender calls at 0.75.", "0.7499"},
		{`"underlying_units":1,"loan_to_value":0.8,"margin_call_ltv":0.75,"facility":{"thresholds":{"initial_max":0.5}}`, "loan_to_value", "At entry the lender lends at most 0.5.", "0.5"},
		{`"underlying_units":1,"loan_to_value":0.8,"margin_call_ltv":0.75,"facility":{"preset":"private_bank_lombard"}`, "loan_to_value", "in call on the first day", ""},
		{`"underlying_units":1,"loan_to_value":0.6,"margin_call_ltv":0.0075`, "margin_call_ltv", "Did you mean 0.75?", "0.75"},
		{`"underlying_units":1,"loan_to_value":0.6,"margin_call_ltv":75`, "margin_call_ltv", "", "0.75"},
		{`"underlying_units":1,"loan_to_value":1.5,"margin_call_ltv":75`, "loan_to_value margin_call_ltv", "must be a fraction above 0 and below 1, such as 0.6.", ""},
		{pair + `,"position":{"underlying_units":1,"loan_amount":1}`, "position", "position goes with collateral_value or loan_to_value only: leave it out.", ""},
		{`"collateral_value":5,"loan_to_value":0.6,"margin_call_ltv":0.75,"position":{"underlying_units":0,"loan":5}`, "position.underlying_units position.loan position.loan_amount", "", ""},
		{`"collateral_value":5,"loan_to_value":0.6,"margin_call_ltv":0.75,"position":7`, "position", "position must be an object.", ""},
	} {
		body := edit(t, pair, row.position)
		if strings.Contains(row.position, `"facility"`) {
			body = bytes.Replace(body, []byte(goldFacility), nil, 1)
		}
		_, err := document.Scenario(body)
		var fields, messages []string
		own, _ := errors.AsType[*lombard.Error](err)
		if own != nil {
			for _, f := range own.Fields {
				fields, messages = append(fields, f.Field), append(messages, f.Message)
			}
		}
		if got := strings.Join(fields, " "); got != row.fields || !strings.Contains(strings.Join(messages, "\n"), row.says) {
			t.Errorf("%s: wrong are %q, want %q and %q in %q", row.position, got, row.fields, row.says, messages)
		}
		if own != nil && len(fields) > 0 && own.Fields[0].Suggestion != row.suggests {
			t.Errorf("%s: %q is suggested, want %q", row.position, own.Fields[0].Suggestion, row.suggests)
		}
	}
}

// TestASuggestedLTVIsAccepted tries the suggestion for a loan_to_value in call
// over levels of every number of decimals.
func TestASuggestedLTVIsAccepted(t *testing.T) {
	s, err := document.Scenario([]byte(gold))
	if err != nil {
		t.Fatal(err)
	}
	s.LoanAmount = 0
	for _, call := range []float64{0.75, 0.7, 0.29, 0.58, 0.57, 0.0103, 1.0 / 3, 0.123456789, math.Nextafter(0.75, 0), math.Nextafter(0.75, 1), math.Nextafter(1, 0)} {
		s.MarginCallLTV, s.LoanToValue = call, new(call)
		bad := s.Validate()
		if len(bad) != 1 || bad[0].Code != lombard.CodeInCall || bad[0].Suggestion == "" {
			t.Errorf("at %v: %+v", call, bad)
			continue
		}
		var x float64
		if err := json.Unmarshal([]byte(bad[0].Suggestion), &x); err != nil {
			t.Fatal(err)
		}
		s.LoanToValue = &x
		if bad := s.Validate(); len(bad) > 0 || call-x > 1.0001e-4 {
			t.Errorf("at %v: %v is suggested, and refused with %+v", call, x, bad)
		}
	}
	s.MarginCallLTV, s.LoanToValue = 0.00005, new(0.5)
	if bad := s.Validate(); len(bad) != 1 || bad[0].Suggestion != "" {
		t.Errorf("below a hundredth of a per cent there is nothing to suggest: %+v", bad)
	}
}

// TestValuesThatAreNoNumbersAreRefused of who fills a scenario in a program.
func TestValuesThatAreNoNumbersAreRefused(t *testing.T) {
	s, err := document.Scenario([]byte(gold))
	if err != nil {
		t.Fatal(err)
	}
	s.UnderlyingUnits, s.LoanAmount = 0, 0
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		s.CollateralValue, s.LoanToValue = &x, &x
		var fields []string
		for _, f := range s.Validate() {
			fields = append(fields, f.Field)
		}
		if !slices.Equal(fields, []string{"collateral_value", "loan_to_value"}) {
			t.Errorf("of %v wrong are %q", x, fields)
		}
	}
}
