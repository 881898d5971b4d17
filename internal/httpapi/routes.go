package httpapi

import (
	"context"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

const (
	apiRoot  = "/api/v1"
	inWs     = apiRoot + "/workspaces/{ws}"
	runs     = inWs + "/backtests"
	oneRun   = runs + "/{job_id}"
	current  = runs + "/current"
	datasets = inWs + "/datasets"
	source   = apiRoot + "/sources/{slug}"
)

// routes is the whole surface.
func (s *server) routes() {
	op(s, "POST", runs, "backtests.submit", "Submit a backtest", s.submit, spends(), takes(scenarioBody), gives(202, "The job, pending or served from the cache."), also(200, "The finished job, with Prefer: wait.", lombard.Job{}), also(409, "With on_conflict refuse: another run of the workspace is live, and nothing was submitted. The body is that job.", lombard.Job{}), fails(400, 413, 415, 422, 429, 503, 507))
	op(s, "POST", runs+"/validate", "backtests.validate", "Check a request without running it", s.validate, asksVendor(), takes(scenarioBody), gives(200, "The resolved request and what is known of it."), fails(400, 413, 415, 422))
	op(s, "GET", runs, "backtests.list", "List the history, newest first", s.list, gives(200, "One page of jobs."), fails(422))
	op(s, "GET", current, "backtests.current", "Read the workspace's current job", s.current, gives(200, "The job."), also(304, "It has not changed.", nil), fails(404))
	op(s, "DELETE", current, "backtests.clear", "Cancel and forget the current job", s.clear, gives(204, "There is no current job now."))
	op(s, "GET", oneRun, "backtests.get", "Read a job", s.job, gives(200, "The job."), also(304, "It has not changed.", nil), fails(404))
	op(s, "PATCH", oneRun, "backtests.annotate", "Change a job's name, note or tags", s.annotate, takes(annotationBody), gives(200, "The job."), fails(400, 404, 413, 415, 422))
	op(s, "DELETE", oneRun, "backtests.delete", "Remove a finished job from history", s.delete, gives(204, "It is gone."), fails(404, 409))
	op(s, "POST", oneRun+"/cancel", "backtests.cancel", "Ask a job to stop", s.cancel, gives(202, "The job; a finished one is unchanged."), fails(404))
	op(s, "GET", oneRun+"/request", "backtests.request", "Read what a job was asked", s.request, gives(200, "The request, resolved, every default spelled out."), fails(404))
	op(s, "GET", oneRun+"/log", "backtests.log", "Read a job's own log", s.jobLog, gives(200, "What happened to the job, in order: stages with their times, calls to vendors, retries, warnings. At most 500 lines of 500 bytes; the last but the end counts those that were dropped."), fails(404))
	op(s, "GET", oneRun+"/result", "backtests.result", "Read the result", s.result, describeDocument(app.StoredResult{}), also(304, "You have it already; a result never changes.", nil), also(409, "There is no result yet, or ever: the body is the job.", lombard.Job{}), fails(404, 422))
	op(s, "GET", oneRun+"/events", "backtests.events", "Watch a job", s.events, stream(), fails(404))
	op(s, "GET", oneRun+"/days/{date}", "backtests.explain", "Read one day's arithmetic", s.explain, gives(200, "The day, line by line."), also(409, "There is no result yet, or ever: the body is the job.", lombard.Job{}), fails(404, 422))

	op(s, "GET", apiRoot+"/templates", "templates.list", "List the hedge templates", s.templates, gives(200, "The catalogue."))
	op(s, "GET", apiRoot+"/templates/{slug}", "templates.get", "Read a hedge template", s.template, gives(200, "The template."), fails(404))
	op(s, "GET", apiRoot+"/sources", "sources.list", "List the sources of prices", s.sources, gives(200, "The sources."))
	op(s, "GET", source+"/symbols", "sources.symbols", "List a source's symbols", s.symbols, asksVendor(), gives(200, "The symbols with their ranges."), fails(404, 422))
	op(s, "GET", source+"/symbols/{symbol}", "sources.symbol", "Read one symbol of a source", s.symbol, asksVendor(), gives(200, "The symbol, its range and its conventions."), fails(404, 422))
	op(s, "POST", source+"/estimate", "sources.estimate", "Estimate what a request's data would cost", s.estimate, asksVendor(), takes(scenarioBody), gives(200, "The cost."), fails(400, 404, 413, 415, 422))
	op(s, "GET", apiRoot+"/ledger", "ledger.get", "Read what was spent on data", s.ledger, gives(200, "What was spent today, what is left of the day's cap, and a page of all calls that may have cost money."), fails(422))
	op(s, "GET", datasets, "datasets.list", "List the imported price files", s.datasets, gives(200, "The files, newest first."))
	op(s, "POST", datasets, "datasets.import", "Import a file of daily prices", s.importDataset, takes(priceBody), gives(201, "The file, as it is kept."), fails(400, 413, 415, 422, 503, 507))
	op(s, "DELETE", datasets+"/{dataset}", "datasets.delete", "Remove an imported price file", s.deleteDataset, gives(204, "It is gone."), fails(404, 409))

	op(s, "GET", "/livez", "server.live", "Is the process alive?", s.livez, gives(200, "It is."))
	op(s, "GET", "/readyz", "server.ready", "Would a submit be accepted?", s.readyz, gives(200, "It would."), fails(503, 507))
	op(s, "GET", "/openapi.json", "server.openapi", "Read this description", s.openapi, gives(200, "The description."), also(304, "It has not changed.", nil))
}

// An option describes an operation further. It sees the registry of schemas.
type option func(*huma.Operation, huma.Registry)

// op registers one operation: its handler, and what the description says of it.
func op[I, O any](s *server, method, path, id, summary string, handler func(context.Context, *I) (*O, error), options ...option) {
	schemas := s.api.OpenAPI().Components.Schemas
	o := huma.Operation{
		OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{groupOf(path)},
		SkipValidateBody: true, // the body is checked by the use case, which knows more
		Responses:        map[string]*huma.Response{"default": problemResponse("Any other error.", schemas)},
	}
	for _, describe := range options {
		describe(&o, schemas)
	}
	huma.Register(s.api, o, func(ctx context.Context, in *I) (*O, error) {
		if r, ok := any(in).(receiver); ok {
			r.receive(ctx)
		}
		out, err := handler(ctx, in)
		if err == nil {
			return out, nil
		}
		if status, ok := err.(huma.StatusError); ok { //nolint:errorlint // only what a handler made an answer itself
			return nil, status
		}
		return nil, s.fail(ctx, err)
	})
}

// asksVendor marks an operation that may ask a vendor with the server's key.
func asksVendor() option {
	return vendorCall("May ask a vendor with the server's key, and buys nothing. A page of another site is refused.")
}

// spends marks an operation after which data may be bought.
func spends() option {
	return vendorCall("The job may buy data with the server's key, at most max_cost_usd and what is left of the day's cap. A page of another site is refused.")
}

// callsVendor is the key of what vendorCall notes.
const callsVendor = "calls-vendor"

func vendorCall(words string) option {
	return func(o *huma.Operation, schemas huma.Registry) {
		o.Description = words
		o.Metadata = map[string]any{callsVendor: true}
		fails(http.StatusForbidden)(o, schemas)
	}
}

// gives states the status of success; what the body is follows from the
// handler's type.
func gives(status int, words string) option {
	return func(o *huma.Operation, _ huma.Registry) {
		o.DefaultStatus = status
		o.Responses[strconv.Itoa(status)] = &huma.Response{Description: words}
	}
}

// also states another answer; body is a value of its type, nil without one.
func also(status int, words string, body any) option {
	return func(o *huma.Operation, schemas huma.Registry) {
		r := &huma.Response{Description: words}
		if body != nil {
			r.Content = map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(reflect.TypeOf(body), true, "")}}
		}
		o.Responses[strconv.Itoa(status)] = r
	}
}

// fails lists the statuses that are answered by a problem.
func fails(statuses ...int) option {
	return func(o *huma.Operation, schemas huma.Registry) {
		for _, status := range statuses {
			o.Responses[strconv.Itoa(status)] = problemResponse(http.StatusText(status)+".", schemas)
		}
	}
}

func problemResponse(words string, schemas huma.Registry) *huma.Response {
	return &huma.Response{Description: words, Content: map[string]*huma.MediaType{problemType: {Schema: problemSchema(schemas)}}}
}
