package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/config"
)

// problemAnswer is what a problem document says of fields.
type problemAnswer struct {
	Status int
	Detail string
	Errors []lombard.FieldError
}

// ask posts a body and returns the status and the problem, if it is one.
func (s *site) ask(path, body string) (int, problemAnswer) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.http.URL+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var p problemAnswer
	if err := json.Unmarshal(text, &p); err != nil {
		s.t.Fatalf("%s of %.200s answers %.200s: %v", path, body, text, err)
	}
	return answer.StatusCode, p
}

// requestOperations are the operations that take a scenario.
var requestOperations = []string{"/workspaces/desk/backtests/validate", "/workspaces/desk/backtests", "/sources/sample/estimate"}

// commandLine runs one command on a data directory of its own and a file.
func commandLine(t *testing.T, files map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(context.WithoutCancel(t.Context()), World{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: []string{"LANG=C.UTF-8"},
		Places: config.Places{Data: t.TempDir()},
		ReadFile: func(name string) ([]byte, error) {
			if text, ok := files[name]; ok {
				return []byte(text), nil
			}
			return nil, os.ErrNotExist
		},
		FileMode: fileMode,
	})
	return code, out.String(), errs.String()
}

func TestARequestWithoutATemplateIsAFault(t *testing.T) {
	s := newSite(t, t.TempDir())
	const given = `"template_slug":"protective-put-atm-12m",`
	for name, row := range map[string]struct{ instead, field string }{
		"missing":                     {``, "template_slug"},
		"an empty slug":               {`"template_slug":"",`, "template_slug"},
		"a slug that is null":         {`"template_slug":null,`, "template_slug"},
		"a slug that is a number":     {`"template_slug":5,`, "template_slug"},
		"slugs that are null":         {`"template_slugs":null,`, "template_slug"},
		"no slugs":                    {`"template_slugs":[],`, "template_slugs"},
		"an empty slug in a list":     {`"template_slugs":[""],`, "template_slugs[0]"},
		"a number in a list":          {`"template_slugs":[5],`, "template_slugs[0]"},
		"null in a list":              {`"template_slugs":[null],`, "template_slugs[0]"},
		"slugs that are a text":       {`"template_slugs":"unhedged",`, "template_slugs"},
		"a template that is null":     {`"template":null,`, "template_slug"},
		"a template that is a list":   {`"template":[],`, "template"},
		"a template that is a number": {`"template":1,`, "template"},
	} {
		t.Run(name, func(t *testing.T) {
			here := *s
			here.t = t
			body := strings.Replace(flatGold, given, row.instead, 1)
			for _, operation := range requestOperations {
				status, p := here.ask(operation, body)
				if status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Field != row.field {
					t.Errorf("%s = %d %q %+v, want 422 and %s alone", operation, status, p.Detail, p.Errors, row.field)
				}
			}
			for _, command := range [][]string{{"run", "-f", "s.json"}, {"data", "estimate", "-f", "s.json"}} {
				code, out, errs := commandLine(t, map[string]string{"s.json": body}, command...)
				if code != ExitUsage || out != "" || !strings.Contains(errs, "template") || strings.Contains(errs, "goroutine") {
					t.Errorf("lombard %s = %d, %q, %q; want %d and a sentence about the template", command[0], code, out, errs, ExitUsage)
				}
			}
		})
	}
}
