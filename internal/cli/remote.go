package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/market"
)

// answerPatience is how long a server may take to begin an answer.
const answerPatience = 30 * time.Second

// maxAnswer bounds what is read of one answer.
const maxAnswer = 512 << 20

// remote does the work of a command through a running server.
type remote struct {
	base   string // such as http://127.0.0.1:8420
	client *http.Client
	pause  time.Duration // before a lost event stream is taken up again, doubled each time
	notice func(string)  // receives a sentence for people who wait

	reconnects int // how often a lost event stream is taken up again
}

func newRemote(base string, notice func(string)) *remote {
	return &remote{
		base: base, pause: 200 * time.Millisecond, notice: notice, reconnects: maxReconnects,
		client: &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: answerPatience,
		}},
	}
}

// Close gives idle connections up.
func (r *remote) Close() error {
	r.client.CloseIdleConnections()
	return nil
}

// jobs returns the path of a workspace's jobs, continued by parts.
func jobsPath(workspace string, parts ...string) string {
	path := "/api/v1/workspaces/" + url.PathEscape(workspace) + "/backtests"
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// Submit implements runner.
func (r *remote) Submit(ctx context.Context, workspace string, body []byte) (lombard.Job, error) {
	return r.submitOnce(ctx, workspace, "", body)
}

// submitOnce implements keyed.
func (r *remote) submitOnce(ctx context.Context, workspace, key string, body []byte) (lombard.Job, error) {
	var job lombard.Job
	answer, err := r.sendAs(ctx, http.MethodPost, jobsPath(workspace), body, "application/json", "application/json", header{"Idempotency-Key", key})
	if err == nil {
		defer answer.Body.Close()
		if err := json.NewDecoder(io.LimitReader(answer.Body, maxDocument)).Decode(&job); err != nil {
			return job, r.strange(err)
		}
	}
	if live, ok := errors.AsType[*app.LiveJob](err); ok {
		err = app.Busy(live.Job)
	}
	return job, err
}

// Result implements runner.
func (r *remote) Result(ctx context.Context, workspace, id string) (*archive.Result, error) {
	document, err := r.call(ctx, http.MethodGet, jobsPath(workspace, id, "result"), nil)
	if err != nil {
		return nil, err
	}
	return archive.Open(document, nil)
}

// Job implements history.
func (r *remote) Job(ctx context.Context, workspace, id string) (lombard.Job, error) {
	if id == "" {
		id = "current"
	}
	var job lombard.Job
	err := r.exchange(ctx, http.MethodGet, jobsPath(workspace, id), nil, &job)
	return job, err
}

// Jobs implements history.
func (r *remote) Jobs(ctx context.Context, workspace string, q app.ListQuery) (app.JobPage, error) {
	v := url.Values{"limit": {strconv.Itoa(q.Limit)}}
	for name, text := range map[string]string{"cursor": q.Cursor, "kind": string(q.Kind), "status": string(q.Status), "q": q.Search} {
		if text != "" {
			v.Set(name, text)
		}
	}
	var page app.JobPage
	err := r.exchange(ctx, http.MethodGet, jobsPath(workspace)+"?"+v.Encode(), nil, &page)
	return page, err
}

// Cancel implements history.
func (r *remote) Cancel(ctx context.Context, workspace, id string) (lombard.Job, error) {
	var job lombard.Job
	err := r.exchange(ctx, http.MethodPost, jobsPath(workspace, id, "cancel"), nil, &job)
	return job, err
}

// JobLog implements history.
func (r *remote) JobLog(ctx context.Context, workspace, id string) (app.JobLog, error) {
	var log app.JobLog
	err := r.exchange(ctx, http.MethodGet, jobsPath(workspace, id, "log"), nil, &log)
	return log, err
}

// Sources implements library.
func (r *remote) Sources(ctx context.Context, workspace string) ([]sourceListing, error) {
	var answer struct {
		Sources []market.Description `json:"sources"`
	}
	if err := r.exchange(ctx, http.MethodGet, "/api/v1/sources", nil, &answer); err != nil {
		return nil, err
	}
	var out []sourceListing
	for _, d := range answer.Sources {
		var listed struct {
			Symbols []market.Listing `json:"symbols"`
		}
		path := "/api/v1/sources/" + url.PathEscape(d.Slug) + "/symbols?workspace=" + url.QueryEscape(workspace)
		if err := r.exchange(ctx, http.MethodGet, path, nil, &listed); err != nil {
			return nil, err
		}
		out = append(out, sourceListing{Description: d, Symbols: listed.Symbols})
	}
	return out, nil
}

// Import implements library.
func (r *remote) Import(ctx context.Context, workspace, symbol, name string, text []byte) (app.PriceFile, error) {
	v := url.Values{"symbol": {symbol}, "name": {name}}
	path := "/api/v1/workspaces/" + url.PathEscape(workspace) + "/datasets?" + v.Encode()
	answer, err := r.sendAs(ctx, http.MethodPost, path, text, "application/octet-stream", "application/json")
	if err != nil {
		return app.PriceFile{}, err
	}
	defer answer.Body.Close()
	var f app.PriceFile
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxDocument)).Decode(&f); err != nil {
		return app.PriceFile{}, r.strange(err)
	}
	return f, nil
}

// PriceFiles implements library.
func (r *remote) PriceFiles(ctx context.Context, workspace string) ([]app.PriceFile, error) {
	var answer struct {
		Datasets []app.PriceFile `json:"datasets"`
	}
	err := r.exchange(ctx, http.MethodGet, "/api/v1/workspaces/"+url.PathEscape(workspace)+"/datasets", nil, &answer)
	return answer.Datasets, err
}

// exchange makes a call and decodes its answer.
func (r *remote) exchange(ctx context.Context, method, path string, body []byte, to any) error {
	answer, err := r.call(ctx, method, path, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, to); err != nil {
		return r.strange(err)
	}
	return nil
}

func (r *remote) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	answer, err := r.send(ctx, method, path, body, "application/json")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, r.unreachable(ctx, err)
	}
	return text, nil
}

// header is one more header of a request; without a value it is left out.
type header struct{ name, value string }

// send makes a request and returns an answer that is not a problem.
func (r *remote) send(ctx context.Context, method, path string, body []byte, accept string) (*http.Response, error) {
	return r.sendAs(ctx, method, path, body, "application/json", accept)
}

// sendAs is send with a body of another type.
func (r *remote) sendAs(ctx context.Context, method, path string, body []byte, media, accept string, more ...header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, r.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, r.unreachable(ctx, err)
	}
	request.Header.Set("Accept", accept+", application/problem+json")
	if body != nil {
		request.Header.Set("Content-Type", media)
	}
	for _, h := range more {
		if h.value != "" {
			request.Header.Set(h.name, h.value)
		}
	}
	answer, err := r.client.Do(request)
	if err != nil {
		return nil, r.unreachable(ctx, err)
	}
	if answer.StatusCode < http.StatusBadRequest {
		return answer, nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument))
	if err != nil {
		return nil, r.unreachable(ctx, err)
	}
	return nil, r.problem(answer.StatusCode, text)
}

// unreachable says that there is no server, unless the caller gave up.
func (r *remote) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return coded(ExitUnusable, &lombard.Error{
		Kind: lombard.KindInternal, Code: "server_unreachable", Err: err,
		Message: fmt.Sprintf("No lombard server answers at %s.", r.base),
		Hint:    "Start one with: lombard serve. Or leave --server (LOMBARD_SERVER) out to work in this process.",
	})
}

// strange says that something else than a lombard server answered.
func (r *remote) strange(err error) error {
	return coded(ExitUnusable, &lombard.Error{
		Kind: lombard.KindInternal, Code: "strange_answer", Err: err,
		Message: fmt.Sprintf("What answers at %s is not a lombard server of this version.", r.base),
		Hint:    "Check --server (LOMBARD_SERVER).",
	})
}

// problemPrefix begins the type of every problem; the kind follows.
const problemPrefix = "urn:lombard:problem:"

// problem turns a problem document back into the error it was made from.
func (r *remote) problem(status int, text []byte) error {
	var p struct {
		Type, Detail, Code string
		Errors             []lombard.FieldError
		More               int    `json:"more_errors"`
		RequestID          string `json:"request_id"`
	}
	err := json.Unmarshal(text, &p)
	kind, known := strings.CutPrefix(p.Type, problemPrefix)
	if err != nil || !known || p.Detail == "" {
		var job lombard.Job // a result that is not there answers with its job
		if status == http.StatusConflict && json.Unmarshal(text, &job) == nil && job.JobID != "" {
			own := app.NoResult(job.Status)
			own.Err = &app.LiveJob{Job: job}
			return own
		}
		return r.strange(fmt.Errorf("status %d: %.200s", status, text))
	}
	return &lombard.Error{Kind: lombard.Kind(kind), Code: p.Code, Message: p.Detail, Fields: p.Errors, More: p.More}
}

// Estimate implements library.
func (r *remote) Estimate(ctx context.Context, workspace, source string, body []byte) (app.Estimate, error) {
	var answer app.Estimate
	err := r.exchange(ctx, http.MethodPost, "/api/v1/sources/"+url.PathEscape(source)+"/estimate?workspace="+url.QueryEscape(workspace), body, &answer)
	return answer, err
}

// Available implements library. A server tells of all datasets at once.
func (r *remote) Available(ctx context.Context, q app.AvailableQuery) ([]market.Availability, error) {
	var answer struct {
		Available   []market.Availability `json:"available"`
		Unavailable string                `json:"unavailable"`
	}
	path := "/api/v1/sources/" + url.PathEscape(q.Source) + "/symbols/" + url.PathEscape(q.Symbol) + "?workspace=" + url.QueryEscape(q.Workspace)
	if q.Dataset != "" {
		path += "&dataset=" + url.QueryEscape(q.Dataset)
	}
	err := r.exchange(ctx, http.MethodGet, path, nil, &answer)
	if err == nil && answer.Unavailable != "" {
		err = &lombard.Error{Kind: lombard.KindDataUnavailable, Code: "range_unknown", Message: answer.Unavailable}
	}
	return answer.Available, err
}
