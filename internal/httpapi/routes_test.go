package httpapi

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

const (
	base = "/api/v1/workspaces/default/backtests"
	none = ""
)

// surface has at least one row for every operation and each of its answers
// that a client meets in good order.
var surface = []struct {
	name   string
	op     string // operation id
	call   call
	status int
	media  string
	header map[string]string // "*": any value, "": absent
}{
	{"submit", "backtests.submit", call{"POST", base, exampleScenario, nil}, 202, "application/json", map[string]string{"Location": base + "/" + runningID, "Retry-After": "*", "Preference-Applied": ""}},
	{"submit and wait", "backtests.submit", call{"POST", base, exampleScenario, map[string]string{"Prefer": "wait=1"}}, 202, "application/json", map[string]string{"Preference-Applied": "wait=1"}},
	{"submit what is not JSON", "backtests.submit", call{"POST", base, "{", nil}, 400, problemType, nil},
	{"submit what is wrong", "backtests.submit", call{"POST", base, `{"symbol":"XAU"}`, nil}, 422, problemType, nil},
	{"submit a form", "backtests.submit", call{"POST", base, "a=b", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 415, problemType, nil},
	{"submit too much", "backtests.submit", call{"POST", base, strings.Repeat(" ", maxBody+1), nil}, 413, problemType, map[string]string{"Connection": "close"}},
	{"validate", "backtests.validate", call{"POST", base + "/validate", exampleScenario, nil}, 200, "application/json", nil},
	{"validate what is wrong", "backtests.validate", call{"POST", base + "/validate", `{}`, nil}, 422, problemType, nil},
	{"list", "backtests.list", call{"GET", base, "", nil}, 200, "application/json", map[string]string{"Cache-Control": "no-store"}},
	{"list an empty workspace", "backtests.list", call{"GET", "/api/v1/workspaces/nobody/backtests", "", nil}, 200, "application/json", nil},
	{"list badly", "backtests.list", call{"GET", base + "?limit=201", "", nil}, 422, problemType, nil},
	{"current", "backtests.current", call{"GET", base + "/current", "", nil}, 200, "application/json", map[string]string{"ETag": "*", "Retry-After": "9"}},
	{"no current", "backtests.current", call{"GET", "/api/v1/workspaces/nobody/backtests/current", "", nil}, 404, problemType, nil},
	{"clear", "backtests.clear", call{"DELETE", base + "/current", "", nil}, 204, none, nil},
	{"job", "backtests.get", call{"GET", base + "/" + doneID, "", nil}, 200, "application/json", map[string]string{"ETag": "*", "Retry-After": ""}},
	{"failed job", "backtests.get", call{"GET", base + "/" + failedID, "", nil}, 200, "application/json", nil},
	{"missing job", "backtests.get", call{"GET", base + "/" + missingID, "", nil}, 404, problemType, nil},
	{"id that cannot exist", "backtests.get", call{"GET", base + "/nonsense", "", nil}, 404, problemType, nil},
	{"workspace that cannot exist", "backtests.get", call{"GET", "/api/v1/workspaces/a%20b/backtests/" + doneID, "", nil}, 404, problemType, nil},
	{"annotate", "backtests.annotate", call{"PATCH", base + "/" + doneID, `{"note":"n","tags":["a"]}`, nil}, 200, "application/json", nil},
	{"annotate as a merge patch", "backtests.annotate", call{"PATCH", base + "/" + doneID, `{}`, map[string]string{"Content-Type": "application/merge-patch+json"}}, 200, "application/json", nil},
	{"annotate badly", "backtests.annotate", call{"PATCH", base + "/" + doneID, `{"note":1,"x":2}`, nil}, 422, problemType, nil},
	{"delete", "backtests.delete", call{"DELETE", base + "/" + doneID, "", nil}, 204, none, nil},
	{"delete a live job", "backtests.delete", call{"DELETE", base + "/" + runningID, "", nil}, 409, problemType, nil},
	{"cancel", "backtests.cancel", call{"POST", base + "/" + runningID + "/cancel", "", nil}, 202, "application/json", map[string]string{"Retry-After": "9"}},
	{"cancel a finished job", "backtests.cancel", call{"POST", base + "/" + doneID + "/cancel", "", nil}, 202, "application/json", map[string]string{"Retry-After": ""}},
	{"request", "backtests.request", call{"GET", base + "/" + failedID + "/request", "", nil}, 200, "application/json", nil},
	{"request of nothing", "backtests.request", call{"GET", base + "/" + missingID + "/request", "", nil}, 404, problemType, nil},
	{"result", "backtests.result", call{"GET", base + "/" + doneID + "/result", "", nil}, 200, "application/json", map[string]string{"ETag": "*", "Cache-Control": "private, no-cache"}},
	{"result in columns", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=columns", "", nil}, 200, "application/json", map[string]string{"ETag": "*"}},
	{"result without days", "backtests.result", call{"GET", base + "/" + doneID + "/result?fields=summary", "", nil}, 200, "application/json", map[string]string{"ETag": "*"}},
	{"result as CSV", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=csv", "", nil}, 200, "text/csv", map[string]string{"Content-Disposition": `attachment; filename="XAU 1987-12-14 to 1989-03-31.csv"`}},
	{"result of one template", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=csv&template=protective-put-atm-12m", "", nil}, 200, "text/csv", nil},
	{"result as Parquet", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=parquet", "", nil}, 200, "application/vnd.apache.parquet", map[string]string{"Content-Disposition": `attachment; filename="XAU 1987-12-14 to 1989-03-31.parquet"`}},
	{"result as Arrow", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=arrow&template=protective-put-atm-12m", "", nil}, 200, "application/vnd.apache.arrow.file", nil},
	{"result as a workbook", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=xlsx", "", nil}, 200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", nil},
	{"result as a report without a page", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=html", "", nil}, 404, problemType, nil},
	{"result of no template", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=csv&template=x", "", nil}, 404, problemType, map[string]string{"ETag": ""}},
	{"result in a contradictory view", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=csv&fields=summary", "", nil}, 422, problemType, nil},
	{"result for a chart", "backtests.result", call{"GET", base + "/" + doneID + "/result?format=columns&fields=path", "", nil}, 200, "application/json", map[string]string{"ETag": "*"}},
	{"result for a chart day by day", "backtests.result", call{"GET", base + "/" + doneID + "/result?fields=path", "", nil}, 422, problemType, nil},
	{"result to come", "backtests.result", call{"GET", base + "/" + runningID + "/result", "", nil}, 409, "application/json", map[string]string{"Retry-After": "9"}},
	{"result never to come", "backtests.result", call{"GET", base + "/" + failedID + "/result", "", nil}, 409, "application/json", map[string]string{"Retry-After": ""}},
	{"events", "backtests.events", call{"GET", base + "/" + doneID + "/events", "", nil}, 200, "text/event-stream", nil},
	{"events of nothing", "backtests.events", call{"GET", base + "/" + missingID + "/events", "", nil}, 404, problemType, nil},
	{"log", "backtests.log", call{"GET", base + "/" + failedID + "/log", "", nil}, 200, "application/json", nil},
	{"log of nothing", "backtests.log", call{"GET", base + "/" + missingID + "/log", "", nil}, 404, problemType, nil},
	{"explain", "backtests.explain", call{"GET", base + "/" + doneID + "/days/1987-12-14", "", nil}, 200, "application/json", nil},
	{"explain a day that is none", "backtests.explain", call{"GET", base + "/" + doneID + "/days/1987-13-14", "", nil}, 422, problemType, nil},
	{"explain what is to come", "backtests.explain", call{"GET", base + "/" + runningID + "/days/1987-12-14", "", nil}, 409, "application/json", map[string]string{"Retry-After": "9"}},
	{"ledger", "ledger.get", call{"GET", "/api/v1/ledger?limit=200", "", nil}, 200, "application/json", map[string]string{"Cache-Control": "no-store"}},
	{"ledger of too much", "ledger.get", call{"GET", "/api/v1/ledger?limit=201", "", nil}, 422, problemType, nil},
	{"templates", "templates.list", call{"GET", "/api/v1/templates", "", nil}, 200, "application/json", nil},
	{"template", "templates.get", call{"GET", "/api/v1/templates/unhedged", "", nil}, 200, "application/json", nil},
	{"unknown template", "templates.get", call{"GET", "/api/v1/templates/x", "", nil}, 404, problemType, nil},
	{"sources", "sources.list", call{"GET", "/api/v1/sources", "", nil}, 200, "application/json", nil},
	{"symbols", "sources.symbols", call{"GET", "/api/v1/sources/sample/symbols", "", nil}, 200, "application/json", nil},
	{"symbols of nobody", "sources.symbols", call{"GET", "/api/v1/sources/sample/symbols?workspace=a%20b", "", nil}, 422, problemType, nil},
	{"symbols of no source", "sources.symbols", call{"GET", "/api/v1/sources/x/symbols", "", nil}, 404, problemType, nil},
	{"symbol", "sources.symbol", call{"GET", "/api/v1/sources/sample/symbols/XAU", "", nil}, 200, "application/json", nil},
	{"unknown symbol", "sources.symbol", call{"GET", "/api/v1/sources/sample/symbols/X", "", nil}, 404, problemType, nil},
	{"estimate", "sources.estimate", call{"POST", "/api/v1/sources/sample/estimate", exampleScenario, nil}, 200, "application/json", nil},
	{"estimate of no source", "sources.estimate", call{"POST", "/api/v1/sources/x/estimate", exampleScenario, nil}, 404, problemType, nil},
	{"datasets", "datasets.list", call{"GET", "/api/v1/workspaces/default/datasets", "", nil}, 200, "application/json", nil},
	{"import a dataset", "datasets.import", call{"POST", "/api/v1/workspaces/default/datasets?symbol=MINE&name=p.csv", "date,close\n2020-01-02,1\n", map[string]string{"Content-Type": "text/csv"}}, 201, "application/json", nil},
	{"import without a name", "datasets.import", call{"POST", "/api/v1/workspaces/default/datasets?symbol=MINE", "date,close\n2020-01-02,1\n", map[string]string{"Content-Type": "text/csv"}}, 201, "application/json", nil},
	{"import without a symbol", "datasets.import", call{"POST", "/api/v1/workspaces/default/datasets", "date,close\n", map[string]string{"Content-Type": "text/csv"}}, 422, problemType, nil},
	{"import of a scenario", "datasets.import", call{"POST", "/api/v1/workspaces/default/datasets?symbol=MINE", "{}", map[string]string{"Content-Type": "application/json"}}, 415, problemType, nil},
	{"delete a dataset", "datasets.delete", call{"DELETE", "/api/v1/workspaces/default/datasets/" + fileID, "", nil}, 204, none, nil},
	{"delete a dataset that cannot exist", "datasets.delete", call{"DELETE", "/api/v1/workspaces/default/datasets/x", "", nil}, 404, problemType, nil},
	{"alive", "server.live", call{"GET", "/livez", "", nil}, 200, "application/json", nil},
	{"ready", "server.ready", call{"GET", "/readyz", "", nil}, 200, "application/json", nil},
	{"description", "server.openapi", call{"GET", "/openapi.json", "", nil}, 200, "application/json", map[string]string{"ETag": "*"}},
	{"page", "", call{"GET", "/", "", nil}, 200, "text/html", map[string]string{"Content-Security-Policy": pagePolicy, "Cache-Control": "no-cache"}},
	{"page of a job", "", call{"GET", "/runs/" + doneID, "", nil}, 200, "text/html", nil},
	{"asset of the page", "", call{"GET", "/assets/main-1.js", "", nil}, 200, "text/javascript", map[string]string{"Cache-Control": "public, max-age=31536000, immutable"}},
	{"asset, packed", "", call{"GET", "/assets/main-1.js", "", map[string]string{"Accept-Encoding": "gzip, deflate, br"}}, 200, "text/javascript", map[string]string{"Content-Encoding": "br", "Vary": "Accept-Encoding", "Content-Length": "11"}},
	{"asset, packed otherwise", "", call{"GET", "/assets/main-1.js", "", map[string]string{"Accept-Encoding": "br;q=0, gzip;q=0.5", "Range": "bytes=1-2"}}, 200, "text/javascript", map[string]string{"Content-Encoding": "gzip", "Content-Length": "6"}},
	{"asset, not packed", "", call{"GET", "/assets/main-1.js", "", map[string]string{"Accept-Encoding": "zstd"}}, 200, "text/javascript", map[string]string{"Content-Encoding": "", "Vary": "Accept-Encoding"}},
	{"packed asset by its own name", "", call{"GET", "/assets/main-1.js.br", "", nil}, 404, problemType, nil},
	{"page that is none", "", call{"GET", "/runs/x", "", nil}, 404, problemType, nil},
	{"page cannot be written", "", call{"POST", "/", "x", nil}, 405, problemType, map[string]string{"Allow": "GET, HEAD"}},
	{"unknown route", "", call{"GET", "/api/v1/nothing", "", nil}, 404, problemType, nil},
	{"unknown method", "", call{"PUT", base, "{}", nil}, 405, problemType, map[string]string{"Allow": "GET, HEAD, POST"}},
	{"trailing slash", "", call{"GET", base + "/", "", nil}, 404, problemType, nil},
	{"doubled slash", "", call{"GET", "/api//v1/templates", "", nil}, 404, problemType, nil},
	{"upward path", "", call{"GET", "/assets/../index.html", "", nil}, 404, problemType, nil},
	{"unknown parameter", "backtests.get", call{"GET", base + "/" + doneID + "?verbose=1", "", nil}, 422, problemType, nil},
	{"doubled parameter", "backtests.list", call{"GET", base + "?limit=1&limit=2", "", nil}, 422, problemType, nil},
	{"broken query", "backtests.list", call{"GET", base + "?limit=%zz", "", nil}, 422, problemType, nil},
}

// everywhere are the headers of every response; "*" is any value.
var everywhere = map[string]string{
	"Content-Security-Policy": "*", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Request-Id": "*",
	"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "*",
}

func TestEveryRoute(t *testing.T) {
	s := newServer(newFake(), testOptions())
	handler := s.wrap(http.HandlerFunc(s.route))
	covered := map[string]bool{}
	for _, row := range surface {
		covered[row.op] = true
		t.Run(row.name, func(t *testing.T) {
			w := row.call.to(t, handler)
			if w.Code != row.status {
				t.Fatalf("status = %d, want %d; body %s", w.Code, row.status, w.Body)
			}
			checkHeaders(t, w.Header(), everywhere)
			checkHeaders(t, w.Header(), row.header)
			media, _, _ := mime.ParseMediaType(w.Header().Get("Content-Type"))
			if media != row.media {
				t.Errorf("media type = %q, want %q", media, row.media)
			}
			if media == problemType {
				problemIn(t, w)
			}
			checkSchema(t, s, row.op, media, w)
			if row.call.method == "GET" {
				head := row.call
				head.method = "HEAD"
				if h := head.to(t, handler); h.Code != w.Code {
					t.Errorf("HEAD gives %d, want %d like GET", h.Code, w.Code)
				}
			}
		})
	}
	for path, item := range s.api.OpenAPI().Paths {
		for method, o := range operations(item) {
			if !covered[o.OperationID] {
				t.Errorf("no row for %s %s", method, path)
			}
		}
	}
}

func checkHeaders(t *testing.T, got http.Header, want map[string]string) {
	t.Helper()
	for name, value := range want {
		has := got.Get(name)
		if value == "*" && has == "" || value != "*" && has != value {
			t.Errorf("%s = %q, want %q", name, has, value)
		}
	}
}

// operations returns the operations of a path by method.
func operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete, "HEAD": item.Head, "OPTIONS": item.Options}
	for method, o := range all {
		if o == nil {
			delete(all, method)
		}
	}
	return all
}

// checkSchema checks an answer against the description of its operation.
func checkSchema(t *testing.T, s *server, id, media string, w *httptest.ResponseRecorder) {
	t.Helper()
	for _, item := range s.api.OpenAPI().Paths {
		for _, o := range operations(item) {
			if o.OperationID != id {
				continue
			}
			answer := o.Responses[strconv.Itoa(w.Code)]
			if answer == nil {
				answer = o.Responses["default"]
			}
			if media == none {
				if len(answer.Content) > 0 {
					t.Errorf("the description promises a body for %d", w.Code)
				}
				return
			}
			described := answer.Content[media]
			if described == nil {
				t.Fatalf("%s for %d is not in the description", media, w.Code)
			}
			if !strings.HasSuffix(media, "json") {
				return
			}
			var body any
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatal(err)
			}
			var res huma.ValidateResult
			huma.Validate(s.api.OpenAPI().Components.Schemas, described.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, &res)
			view := strings.Contains(w.Body.String(), `"daily_path":{`) || id == "backtests.result" && !strings.Contains(w.Body.String(), "daily_path")
			if len(res.Errors) > 0 && !view {
				t.Errorf("the body is not as described: %v", res.Errors)
			}
		}
	}
}

func TestDescriptionAndRouterHaveTheSameOperations(t *testing.T) {
	s := newServer(newFake(), testOptions())
	var described []string
	for path, item := range s.api.OpenAPI().Paths {
		for method := range operations(item) {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(described)
	routed := slices.Sorted(slices.Values(s.mux.patterns))
	if !slices.Equal(described, routed) {
		t.Errorf("described are %q, routed are %q", described, routed)
	}
	if len(routed) != 27 {
		t.Errorf("%d operations, want 27: is a debug route open?", len(routed))
	}
}

func TestDescriptionIsWhole(t *testing.T) {
	s := newServer(newFake(), testOptions())
	var spec struct {
		OpenAPI string `json:"openapi"`
		Info    struct{ Version string }
		Paths   map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Parameters  []struct{ Name, Description string }
			RequestBody *struct {
				Content map[string]struct {
					Examples map[string]struct{ Value json.RawMessage }
				}
			} `json:"requestBody"`
			Responses map[string]struct{ Description string }
		}
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Description string }
				Required   []string
			}
		}
	}
	if err := json.Unmarshal(s.spec, &spec); err != nil {
		t.Fatal(err)
	}
	if spec.OpenAPI != "3.1.0" || spec.Info.Version != apiVersion {
		t.Errorf("OpenAPI %q of version %q, want 3.1.0 of %q", spec.OpenAPI, spec.Info.Version, apiVersion)
	}
	ids := map[string]bool{}
	for path, methods := range spec.Paths {
		for method, o := range methods {
			where := method + " " + path
			if o.Summary == "" || o.OperationID == "" || ids[o.OperationID] {
				t.Errorf("%s has no summary or no id of its own", where)
			}
			ids[o.OperationID] = true
			for _, p := range o.Parameters {
				if p.Description == "" {
					t.Errorf("%s: parameter %s has no description", where, p.Name)
				}
			}
			for status, r := range o.Responses {
				if r.Description == "" {
					t.Errorf("%s: %s has no description", where, status)
				}
			}
			if o.RequestBody != nil {
				if body, isJSON := o.RequestBody.Content["application/json"]; isJSON && len(body.Examples) == 0 {
					t.Errorf("%s: the body has no example", where)
				}
			}
		}
	}
	described := 0
	for name, schema := range spec.Components.Schemas {
		for field, p := range schema.Properties {
			described++
			if !strings.HasSuffix(strings.TrimSpace(p.Description), ".") {
				t.Errorf("%s.%s is described by %q, which is no sentence", name, field, p.Description)
			}
			if strings.Contains(p.Description, "` (default") && !slices.Contains(requests, name) {
				t.Errorf("%s.%s is no field that could be left out, and has a default: %q", name, field, p.Description)
			}
		}
	}
	if described < 600 {
		t.Errorf("%d properties are looked at, want those of every schema", described)
	}
	want := []string{"symbol", "start_date", "end_date", "margin_call_ltv", "data_source"}
	if got := spec.Components.Schemas["Scenario"].Required; !slices.Equal(got, want) {
		t.Errorf("required are %q, want %q", got, want)
	}
	for _, word := range []string{"$schema", frameworkPrefix, "ErrorModel"} {
		if strings.Contains(string(s.spec), word) {
			t.Errorf("the description mentions %q", word)
		}
	}
}

// TestLicencesAreShown: the page links to them.
func TestLicencesAreShown(t *testing.T) {
	o := testOptions()
	o.Notices = []byte("MIT\n")
	w := call{"GET", "/licenses.txt", "", nil}.to(t, New(newFake(), o))
	if w.Code != 200 || w.Body.String() != "MIT\n" || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%d %s %q", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	if w := (call{"GET", "/licenses.txt", "", nil}).to(t, New(newFake(), testOptions())); w.Code != 404 {
		t.Errorf("without any: %d, want 404", w.Code)
	}
}
