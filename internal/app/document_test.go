package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/provider/sample"
)

func TestTheDocumentOfTenYearsSurvivesReading(t *testing.T) {
	scenario, err := document.Scenario(fmt.Appendf(nil, tenYears, 1, "european"))
	if err != nil {
		t.Fatal(err)
	}
	result, err := only(sample.New()).Run(t.Context(), load.Caller{Workspace: "w"}, scenario)
	if err != nil {
		t.Fatal(err)
	}
	want, err := result.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	var read lombard.Result
	if err := json.Unmarshal(want, &read); err != nil {
		t.Fatal(err)
	}
	got, err := read.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes were read and written again as %d that differ", len(want), len(got))
	}
}
