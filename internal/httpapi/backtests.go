package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// maxWait is the longest that a submit waits for its job.
const maxWait = 60 * time.Second

// InWorkspace are the parameters of an operation within a workspace.
type InWorkspace struct {
	Workspace string `path:"ws" doc:"The workspace: A–Z, a–z, 0–9, '.', '_' and '-', at most 64." example:"default"`
}

// InJob are the parameters of an operation on a job.
type InJob struct {
	InWorkspace

	JobID string `path:"job_id" format:"uuid" doc:"The job."`
}

type jobOutput struct {
	ETag       string `header:"ETag" doc:"Of this state of the job."`
	RetryAfter string `header:"Retry-After" doc:"Seconds after which asking again is worth it; absent once the job is terminal."`
	Body       lombard.Job
}

type submitInput struct {
	InWorkspace
	InBody

	Prefer         []string `header:"Prefer" doc:"wait=N: answer when the job is finished, after N seconds at the latest." example:"wait=10"`
	IdempotencyKey string   `header:"Idempotency-Key" minLength:"1" maxLength:"255" doc:"The same key with the same body is the same job."`
}

type submitOutput struct {
	Status     int
	Location   string `header:"Location" doc:"Where the job is."`
	RetryAfter string `header:"Retry-After" doc:"Seconds after which asking is worth it."`
	Applied    string `header:"Preference-Applied" doc:"Which preference was followed."`
	Replayed   string `header:"Idempotency-Replayed" doc:"true when an earlier submit with this key is answered again."`
	Body       lombard.Job
}

func (s *server) submit(ctx context.Context, in *submitInput) (*submitOutput, error) {
	if err := shown("Idempotency-Key", in.IdempotencyKey, maxKey); err != nil {
		return nil, err
	}
	done, err := s.backend.Submit(ctx, app.SubmitRequest{Workspace: in.Workspace, Body: in.text, IdempotencyKey: in.IdempotencyKey})
	if busy, ok := errors.AsType[*app.LiveJob](err); ok {
		return nil, conflictWith(busy.Job)
	}
	if err != nil {
		return nil, err
	}
	out := &submitOutput{Status: http.StatusAccepted, Location: jobPath(in.Workspace, done.Job.JobID), Body: done.Job}
	if done.Replayed {
		out.Replayed = "true"
	}
	if wait, ok := preferredWait(in.Prefer); ok {
		out.Applied = fmt.Sprintf("wait=%d", int(wait.Seconds()))
		if out.Body, err = s.wait(ctx, in.Workspace, done.Job.JobID, wait); err != nil {
			return nil, err
		}
		if out.Body.Status.Terminal() {
			out.Status = http.StatusOK
		}
	}
	out.RetryAfter = retryAfter(&out.Body)
	return out, nil
}

// wait returns the job once it is terminal, or as it is when the time is up or
// the server stops.
func (s *server) wait(ctx context.Context, workspace, id string, limit time.Duration) (lombard.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer context.AfterFunc(s.Stopping, cancel)()
	return s.backend.Wait(ctx, workspace, id)
}

// preferredWait reads wait=N out of Prefer headers, after RFC 7240: what is
// not understood is ignored, and the first of several counts.
func preferredWait(headers []string) (time.Duration, bool) {
	for _, preference := range strings.FieldsFunc(strings.Join(headers, ","), func(r rune) bool { return r == ',' || r == ';' }) {
		name, value, _ := strings.Cut(strings.TrimSpace(preference), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "wait") {
			continue
		}
		seconds, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 31)
		if err != nil || seconds == 0 {
			return 0, false
		}
		return min(time.Duration(seconds)*time.Second, maxWait), true
	}
	return 0, false
}

type checkOutput struct{ Body app.Check }

type checkInput struct {
	InWorkspace
	InBody
}

func (s *server) validate(ctx context.Context, in *checkInput) (*checkOutput, error) {
	check, err := s.backend.Check(ctx, in.Workspace, in.text)
	return &checkOutput{check}, err
}

type listInput struct {
	InWorkspace

	Limit  int             `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Jobs on the page."`
	Cursor string          `query:"cursor" maxLength:"512" doc:"next_cursor of the page before."`
	Kind   lombard.JobKind `query:"kind" doc:"Only jobs of this kind."`
	Status string          `query:"status" enum:"pending,running,complete,failed,cancelled" doc:"Only jobs with this status."`
	Search string          `query:"q" maxLength:"200" doc:"Only jobs with this text in name, symbol, note or tags."`
}

type listOutput struct{ Body app.JobPage }

func (s *server) list(ctx context.Context, in *listInput) (*listOutput, error) {
	if err := shown("q", in.Search, lombard.MaxName); err != nil {
		return nil, err
	}
	page, err := s.backend.Jobs(ctx, in.Workspace, app.ListQuery{Limit: in.Limit, Cursor: in.Cursor, Kind: in.Kind, Status: lombard.Status(in.Status), Search: in.Search})
	if page.Jobs == nil {
		page.Jobs = []lombard.Job{}
	}
	return &listOutput{page}, err
}

// maxKey is the longest idempotency key, in bytes.
const maxKey = 255

// shown refuses a text with characters that nobody sees: two that look alike
// must not be two.
func shown(field, text string, most int) error {
	problem := lombard.TextProblem(text, most)
	if problem == "" {
		return nil
	}
	return lombard.Invalid([]lombard.FieldError{{Field: field, Value: lombard.Cut(text), Code: lombard.CodeInvalid, Message: field + " " + problem}})
}

// Match is the header of a conditional read.
type Match struct {
	IfNoneMatch []string `header:"If-None-Match" doc:"Entity tags you have; 304 when one of them still holds."`
}

type currentInput struct {
	InWorkspace
	Match
}

func (s *server) current(ctx context.Context, in *currentInput) (*jobOutput, error) {
	job, err := s.backend.Current(ctx, in.Workspace)
	return showJob(job, err, in.Match)
}

type jobInput struct {
	InJob
	Match
}

func (s *server) job(ctx context.Context, in *jobInput) (*jobOutput, error) {
	job, err := s.backend.Job(ctx, in.Workspace, in.JobID)
	return showJob(job, err, in.Match)
}

// showJob answers with a job, or with nothing when the client has this state
// of it. The tag covers all that is shown, live progress included.
func showJob(job lombard.Job, err error, match Match) (*jobOutput, error) {
	if err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(job)
	if err != nil {
		return nil, fmt.Errorf("encode job %s: %w", job.JobID, err)
	}
	out := &jobOutput{ETag: tag(encoded), RetryAfter: retryAfter(&job), Body: job}
	if match.has(out.ETag) {
		headers := http.Header{"Etag": {out.ETag}}
		if out.RetryAfter != "" {
			headers.Set("Retry-After", out.RetryAfter)
		}
		return nil, notModified{headers}
	}
	return out, nil
}

// has reports whether the client has the representation with that tag.
func (m Match) has(etag string) bool {
	for candidate := range strings.SplitSeq(strings.Join(m.IfNoneMatch, ","), ",") {
		candidate = unpackedTag(strings.TrimPrefix(strings.TrimSpace(candidate), "W/"))
		if candidate == etag || candidate == "*" {
			return true
		}
	}
	return false
}

// retryAfter says in how many seconds asking again is worth it: soon while a
// job is about to change, later while it waits in a long queue or has long to
// go. It is empty for a terminal job.
func retryAfter(job *lombard.Job) string {
	seconds := 1.0
	switch {
	case job.Status.Terminal():
		return ""
	case job.ETASeconds != nil:
		seconds = *job.ETASeconds / 5
	case job.QueuePosition != nil:
		seconds = float64(*job.QueuePosition) / 5
	}
	return strconv.Itoa(int(math.Ceil(math.Min(math.Max(seconds, 1), 30))))
}

func jobPath(workspace, id string) string {
	return strings.NewReplacer("{ws}", url.PathEscape(workspace), "{job_id}", id).Replace(oneRun)
}

func (s *server) clear(ctx context.Context, in *InWorkspace) (*struct{}, error) {
	return nil, s.backend.Clear(ctx, in.Workspace)
}

type cancelOutput struct {
	RetryAfter string `header:"Retry-After" doc:"Seconds after which asking whether it has stopped is worth it."`
	Body       lombard.Job
}

func (s *server) cancel(ctx context.Context, in *InJob) (*cancelOutput, error) {
	job, err := s.backend.Cancel(ctx, in.Workspace, in.JobID)
	return &cancelOutput{retryAfter(&job), job}, err
}

type annotateOutput struct{ Body lombard.Job }

type annotateInput struct {
	InJob
	InBody
}

func (s *server) annotate(ctx context.Context, in *annotateInput) (*annotateOutput, error) {
	change, err := parseAnnotation(in.text)
	if err != nil {
		return nil, err
	}
	job, err := s.backend.Annotate(ctx, in.Workspace, in.JobID, change)
	return &annotateOutput{job}, err
}

func (s *server) delete(ctx context.Context, in *InJob) (*struct{}, error) {
	return nil, s.backend.Delete(ctx, in.Workspace, in.JobID)
}
