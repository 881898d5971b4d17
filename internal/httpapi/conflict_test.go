package httpapi

import (
	"encoding/json"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

func TestARefusedSubmitAnswersWithTheLiveJob(t *testing.T) {
	back := newFake()
	back.submit = func(app.SubmitRequest) (app.Submitted, error) {
		return app.Submitted{}, app.Busy(back.jobs[runningID])
	}
	w := call{"POST", base, exampleScenario, nil}.to(t, New(back, testOptions()))
	var job lombard.Job
	if err := json.Unmarshal(w.Body.Bytes(), &job); w.Code != 409 || err != nil || job.JobID != runningID || job.Status != lombard.StatusRunning {
		t.Errorf("%d %s, %v; want 409 with the running job", w.Code, w.Body, err)
	}
	if w.Header().Get("Retry-After") == "" {
		t.Error("nothing says when asking again is worth it")
	}
}

func TestTheDescriptionOfASubmitSaysWhatBecomesOfALiveRun(t *testing.T) {
	w := call{"GET", "/openapi.json", "", nil}.to(t, New(newFake(), testOptions()))
	var spec struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct{ Description string }
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct {
					Enum        []string
					Description string
				}
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &spec); err != nil {
		t.Fatal(err)
	}
	field := spec.Components.Schemas["Scenario"].Properties["on_conflict"]
	if strings.Join(field.Enum, " ") != "replace queue refuse" || !strings.Contains(field.Description, "`replace` (default)") {
		t.Errorf("on_conflict is described as %+v", field)
	}
	if text := spec.Paths["/api/v1/workspaces/{ws}/backtests"]["post"].Responses["409"].Description; !strings.Contains(text, "on_conflict refuse") {
		t.Errorf("409 of the submit is described as %q", text)
	}
}
