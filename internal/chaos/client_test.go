package chaos

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/chaos/checker"
)

// client is one user of a server. What it does and sees goes into the history.
type client struct {
	name      string
	workspace string
	server    *server
	history   *checker.History
	http      *http.Client
}

func newClient(name, workspace string, s *server, h *checker.History) *client {
	return &client{name: name, workspace: workspace, server: s, history: h, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}}
}

// answer is what came back; err says why nothing did.
type answer struct {
	code   int
	header http.Header
	body   []byte
	err    error
}

// phase says what became of a request that changes something.
func (a *answer) phase() checker.Phase {
	switch {
	case errors.Is(a.err, errDown) || errors.Is(a.err, syscall.ECONNREFUSED):
		return checker.Fail
	case a.err != nil:
		return checker.Info
	case a.code < 300:
		return checker.OK
	case a.code < 500 || bytes.Contains(a.body, []byte(`"draining"`)):
		return checker.Fail
	default:
		return checker.Info
	}
}

var errDown = errors.New("there is no server")

// open sends a request and returns its answer with the body to be read.
func (c *client) open(ctx context.Context, method, path string, body []byte, headers ...string) (*http.Response, error) {
	address := c.server.address.Load()
	if address == nil {
		return nil, errDown
	}
	request, err := http.NewRequestWithContext(ctx, method, *address+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.GetBody = nil // not sent again behind our back: a refused connection is to mean that nothing happened
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+canary)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return c.http.Do(request)
}

func (c *client) do(ctx context.Context, method, path string, body []byte, headers ...string) answer {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	response, err := c.open(ctx, method, path, body, headers...)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	a := answer{code: response.StatusCode, header: response.Header}
	a.body, a.err = io.ReadAll(response.Body)
	if bytes.Contains(a.body, []byte(canary)) {
		c.history.Add(checker.Event{Client: c.name, Op: checker.OpOutput, Phase: checker.Seen, Text: string(a.body)}, time.Now())
	}
	return a
}

// in is the path of something in the client's workspace.
func (c *client) in(parts ...string) string {
	path := "/workspaces/" + url.PathEscape(c.workspace) + "/backtests"
	for _, part := range parts {
		path += "/" + part
	}
	return path
}

// jobIn reads a job out of an answer.
func jobIn(body []byte) (*checker.Job, error) {
	var job lombard.Job
	if err := json.Unmarshal(body, &job); err != nil {
		return nil, fmt.Errorf("read a job: %w", err)
	}
	return checker.JobOf(&job), nil
}

// settle completes an operation with its answer, and returns the job told.
func (c *client) settle(e checker.Event, a *answer) *checker.Job {
	e.Phase, e.Code = a.phase(), a.code
	if e.Phase == checker.OK && len(a.body) > 0 && e.Op != checker.OpResult {
		job, err := jobIn(a.body)
		if err != nil {
			e.Phase, e.Text = checker.Info, err.Error()
		} else {
			e.Job, e.JobID = job, job.ID
		}
	}
	if a.code >= 500 || a.code == http.StatusUnprocessableEntity {
		e.Text = string(a.body)
	}
	c.history.Add(e, time.Now())
	return e.Job
}

// submit asks for a run; a nil job means that the client does not know of one.
func (c *client) submit(ctx context.Context, in input, key string, headers ...string) (*checker.Job, checker.Phase) {
	e := c.history.Begin(checker.Event{Client: c.name, Op: checker.OpSubmit, Workspace: c.workspace, Input: in.name, Key: key}, time.Now())
	if key != "" {
		headers = append(headers, "Idempotency-Key", key)
	}
	a := c.do(ctx, http.MethodPost, c.in(), in.body, headers...)
	if a.header != nil {
		e.Replayed = a.header.Get("Idempotency-Replayed") == "true"
	}
	return c.settle(e, &a), a.phase()
}

// insist submits until the server has answered. Only with a key is that the
// same as submitting once.
func (c *client) insist(ctx context.Context, in input, key string, headers ...string) *checker.Job {
	for ctx.Err() == nil {
		if job, phase := c.submit(ctx, in, key, headers...); phase == checker.OK || phase == checker.Fail && c.server.address.Load() != nil {
			return job
		}
		pause(ctx, 5*time.Millisecond)
	}
	return nil
}

// must is insist for a request that cannot be refused.
func (c *client) must(ctx context.Context, in input) *checker.Job {
	c.server.t.Helper()
	job := c.insist(ctx, in, "")
	if job == nil {
		events := c.history.Events()
		c.server.t.Fatalf("%s was refused: %s", in.name, events[len(events)-1].Text)
	}
	return job
}

func (c *client) read(ctx context.Context, id string) *checker.Job {
	e := c.history.Begin(checker.Event{Client: c.name, Op: checker.OpRead, Workspace: c.workspace, JobID: id}, time.Now())
	a := c.do(ctx, http.MethodGet, c.in(id), nil)
	return c.settle(e, &a)
}

// await reads a job until it is over or ctx ends.
func (c *client) await(ctx context.Context, id string, every time.Duration) *checker.Job {
	for ctx.Err() == nil {
		if job := c.read(ctx, id); job != nil && job.Terminal() {
			return job
		}
		pause(ctx, every)
	}
	return nil
}

// told remembers what every digest was said of: the same digest never comes with
// other bytes, whichever server and process tell it.
var told sync.Map

// result returns the digest that the result's tag names, empty when there is no
// result. Bytes that differ from those told of the digest before give another.
func (c *client) result(ctx context.Context, id string) string {
	e := c.history.Begin(checker.Event{Client: c.name, Op: checker.OpResult, Workspace: c.workspace, JobID: id}, time.Now())
	a := c.do(ctx, http.MethodGet, c.in(id, "result"), nil)
	if a.phase() == checker.OK {
		sum := sha256.Sum256(a.body)
		e.Digest, _, _ = strings.Cut(strings.Trim(a.header.Get("ETag"), `"`), "-")
		if before, known := told.LoadOrStore(e.Digest, sum); known && before != sum {
			e.Text = "the bytes under " + e.Digest + " are not those of before"
			e.Digest = hex.EncodeToString(sum[:])
		}
	}
	c.settle(e, &a)
	return e.Digest
}

func (c *client) cancel(ctx context.Context, id string) *checker.Job {
	e := c.history.Begin(checker.Event{Client: c.name, Op: checker.OpCancel, Workspace: c.workspace, JobID: id}, time.Now())
	a := c.do(ctx, http.MethodPost, c.in(id, "cancel"), nil)
	return c.settle(e, &a)
}

func (c *client) clear(ctx context.Context) {
	e := c.history.Begin(checker.Event{Client: c.name, Op: checker.OpClear, Workspace: c.workspace}, time.Now())
	a := c.do(ctx, http.MethodDelete, c.in("current"), nil)
	c.settle(e, &a)
}

// watch follows a job's events until it is over, the stream breaks or ctx
// ends, and returns the last job told. see, if given, is called with each.
func (c *client) watch(ctx context.Context, id string, see func(*checker.Job)) *checker.Job {
	e := c.history.Begin(checker.Event{Client: c.name, Op: checker.OpWatch, Workspace: c.workspace, JobID: id}, time.Now())
	response, err := c.open(ctx, http.MethodGet, c.in(id, "events"), nil)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		e.Phase, e.Code = checker.Fail, response.StatusCode
		c.history.Add(e, time.Now())
		return nil
	}
	var last *checker.Job
	var kind string
	e.Phase = checker.Seen
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			kind = name
		}
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok || kind == "partial" {
			continue
		}
		job, err := jobIn(data)
		if err != nil {
			return last // the stream broke in the middle of an event
		}
		last, e.Job, e.Text = job, job, kind
		c.history.Add(e, time.Now())
		if see != nil {
			see(job)
		}
		if kind == "done" {
			return last
		}
	}
	return last
}

// list returns every job of the workspace.
func (c *client) list(ctx context.Context) ([]checker.Job, error) {
	var jobs []checker.Job
	for cursor := ""; ; {
		a := c.do(ctx, http.MethodGet, c.in()+"?limit=200&cursor="+url.QueryEscape(cursor), nil)
		if a.err != nil || a.code != http.StatusOK {
			return nil, fmt.Errorf("list %s: status %d, %w", c.workspace, a.code, a.err)
		}
		var page struct {
			Jobs       []lombard.Job `json:"jobs"`
			NextCursor string        `json:"next_cursor"`
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
			return nil, fmt.Errorf("list %s: %w", c.workspace, err)
		}
		for i := range page.Jobs {
			jobs = append(jobs, *checker.JobOf(&page.Jobs[i]))
		}
		if cursor = page.NextCursor; cursor == "" {
			return jobs, nil
		}
	}
}

// submitOf is the event of a submit without a key.
func submitOf(c *client, in input) checker.Event {
	return checker.Event{Client: c.name, Op: checker.OpSubmit, Workspace: c.workspace, Input: in.name}
}
