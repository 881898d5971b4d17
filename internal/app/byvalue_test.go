package app_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/calc"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/load"
)

// TestScenariosByValue states the collateral and the loan of every scenario file
// by value, and then by the amounts that this came to: the answers are the same to
// the last bit, but for what the request says. The echo of either is the question
// itself: it has the same scenario_id and the same bytes. Each of the pairs is
// stated by value alone in turn.
func TestScenariosByValue(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "scenarios", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(data), "-- request --\n")
		request, rest, _ := strings.Cut(rest, "-- prices --\n")
		prices, _, _ := strings.Cut(rest, "-- want --\n")
		plain, err := document.Scenario([]byte(request))
		if err != nil || plain.CollateralValue != nil || plain.LoanToValue != nil {
			continue
		}
		desk := only(parsePrices(t, plain.Symbol, prices))
		run := func(s lombard.Scenario) lombard.Result {
			t.Helper()
			r, err := desk.Run(t.Context(), load.Caller{Workspace: "default"}, s)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			return r
		}
		first, err := desk.Run(t.Context(), load.Caller{Workspace: "default"}, plain)
		if err != nil {
			continue // a file of a fault
		}
		compared++
		byValue := plain
		if i%3 != 1 {
			byValue.UnderlyingUnits, byValue.CollateralValue = 0, new(plain.UnderlyingUnits*first.EntrySpot)
		}
		if i%3 != 2 {
			byValue.LoanAmount, byValue.LoanToValue = 0, new(plain.LoanAmount/(plain.UnderlyingUnits*first.EntrySpot))
		}
		valued := run(byValue)
		units, loan := calc.Position(&byValue, first.EntrySpot)
		if valued.UnderlyingUnits != units || valued.LoanAmount != loan || *valued.Request.Position != (lombard.Position{UnderlyingUnits: units, LoanAmount: loan}) {
			t.Errorf("%s: pledged %v and owed %v, echoed %+v; want %v and %v", file, valued.UnderlyingUnits, valued.LoanAmount, valued.Request.Position, units, loan)
		}
		writtenOut := plain
		writtenOut.UnderlyingUnits, writtenOut.LoanAmount = units, loan
		if stated := run(writtenOut); !reflect.DeepEqual(stated.Templates, valued.Templates) || !reflect.DeepEqual(stated.Warnings, valued.Warnings) {
			t.Errorf("%s: the amounts written out give another answer", file)
		}
		echo, err := document.Scenario(encoded(t, valued.Request))
		if err != nil {
			t.Errorf("%s: the echo is refused: %v", file, err)
			continue
		}
		again := run(echo)
		if again.ScenarioID != valued.ScenarioID || valued.ScenarioID == first.ScenarioID {
			t.Errorf("%s: scenario_id is %s, again %s, and with amounts %s", file, valued.ScenarioID, again.ScenarioID, first.ScenarioID)
		}
		if got, want := encodedResult(t, &again), encodedResult(t, &valued); !bytes.Equal(got, want) {
			t.Errorf("%s: the echo gives other bytes", file)
		}
	}
	if compared < 70 {
		t.Errorf("%d scenario files are compared, want at least 70", compared)
	}
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func encodedResult(t *testing.T, r *lombard.Result) []byte {
	t.Helper()
	text, err := r.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestALoanByValueBeforeItsPrice is stored without amounts, for its price is not
// here; the run finds them, and the question stays the same one.
func TestALoanByValueBeforeItsPrice(t *testing.T) {
	p, _ := atTheStall(t)
	defer p.stop()
	byValue := strings.Replace(stallBody, `"underlying_units":1000,"loan_amount":40000`, `"collateral_value":50000,"loan_to_value":0.6`, 1)
	check, err := p.Check(t.Context(), "w", []byte(byValue))
	if err != nil || check.Request.Position != nil || check.EntrySpot != 0 {
		t.Fatalf("a vendor was asked for the price: %+v, %v", check, err)
	}
	job := p.wait(p.submit("w", byValue))
	if job.Status != lombard.StatusComplete {
		t.Fatalf("%+v", job)
	}
	result := p.result("w", job.JobID)
	units := 50_000 / result.EntrySpot
	if result.UnderlyingUnits != units || result.LoanAmount != 0.6*(units*result.EntrySpot) {
		t.Errorf("%v units and a loan of %v", result.UnderlyingUnits, result.LoanAmount)
	}
	again := p.submit("w", string(encoded(t, result.Request)))
	if !again.Cached || again.ScenarioID != result.ScenarioID || *again.ResultDigest != *job.ResultDigest {
		t.Errorf("the echo is another question: %+v", again)
	}
	// What takes no price to see is refused before anything is bought.
	for in, field := range map[string]string{
		`"loan_to_value":0.75`: "loan_to_value",
		`"loan_to_value":0.6,"facility":{"thresholds":{"initial_max":0.5}}`: "loan_to_value",
		`"loan_to_value":0.6,"loan_amount":1`:                               "loan_to_value",
	} {
		body := []byte(strings.Replace(byValue, `"loan_to_value":0.6`, in, 1))
		_, submitting := p.Submit(t.Context(), app.SubmitRequest{Workspace: "w", Body: body})
		_, checking := p.Check(t.Context(), "w", body)
		_, estimating := p.Estimate(t.Context(), "w", "stall", body)
		for _, err := range []error{submitting, checking, estimating} {
			if own := lombard.AsError(err); own == nil || len(own.Fields) != 1 || own.Fields[0].Field != field {
				t.Errorf("%s: %+v, want %s alone", in, own, field)
			}
		}
	}
}
