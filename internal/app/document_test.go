package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/provider/sample"
)

func TestTheDocumentOfTenYearsIsWhatEncodingJSONWrites(t *testing.T) {
	scenario, err := lombard.ParseScenario(fmt.Appendf(nil, tenYears, 1, "european"))
	if err != nil {
		t.Fatal(err)
	}
	result, err := app.Compute(t.Context(), app.Asker{Workspace: "w"}, scenario, only(sample.New()), silent{})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	if err := e.Encode(result); err != nil {
		t.Fatal(err)
	}
	got, err := result.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("AppendJSON wrote %d bytes that differ from encoding/json's %d", len(got), want.Len())
	}
}
