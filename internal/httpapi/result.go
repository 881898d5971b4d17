package httpapi

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/internal/archive"
	"lombard.example/lombard/internal/export"
)

const (
	formatJSON    = "json"
	formatColumns = "columns"
	formatHTML    = "html"

	fieldsSummary = "summary"
	fieldsPath    = "path"
)

// resultTimeout is how long a client may take to read a result.
const resultTimeout = 5 * time.Minute

type resultInput struct {
	InJob
	Match

	Format   string `query:"format" enum:"json,columns,csv,parquet,arrow,xlsx,html" default:"json" doc:"json: one object a day; columns: one array a field; csv, parquet, arrow and xlsx: one record a day; html: a report in one file."`
	Fields   string `query:"fields" enum:"all,summary,path" default:"all" doc:"summary leaves the daily paths out; with format json only. path leaves the lender's daily accounts out; with format columns only."`
	Template string `query:"template" maxLength:"200" doc:"Slug of the one template to write; with format csv, parquet, arrow and xlsx only."`
}

// check refuses combinations that mean nothing.
func (in *resultInput) check() error {
	var bad []lombard.FieldError
	if in.Fields == fieldsSummary && in.Format != formatJSON {
		bad = append(bad, lombard.FieldError{
			Field: "fields", Value: in.Fields, Code: lombard.CodeInvalid, Suggestion: "all",
			Message: fmt.Sprintf("fields=summary goes with format=json only, not with format=%s.", in.Format),
		})
	}
	if in.Fields == fieldsPath && in.Format != formatColumns {
		bad = append(bad, lombard.FieldError{
			Field: "fields", Value: in.Fields, Code: lombard.CodeInvalid, Suggestion: "all",
			Message: fmt.Sprintf("fields=path goes with format=columns only, not with format=%s.", in.Format),
		})
	}
	if _, isTable := export.FormOf(in.Format); in.Template != "" && !isTable {
		bad = append(bad, lombard.FieldError{
			Field: "template", Value: in.Template, Code: lombard.CodeInvalid,
			Message: fmt.Sprintf("template goes with format=csv, parquet, arrow and xlsx only, not with format=%s.", in.Format),
		})
	}
	return lombard.Invalid(bad)
}

// tag returns the entity tag of what is asked for: the digest of the result,
// and the view of it.
func (in *resultInput) tag(digest string) string {
	view := in.Format
	if in.Fields == fieldsSummary || in.Fields == fieldsPath {
		view = in.Fields
	}
	if in.Template != "" {
		view += "-" + strings.Trim(tag([]byte(in.Template)), `"`)
	}
	return `"` + digest + "-" + view + `"`
}

type requestOutput struct{ Body lombard.Scenario }

// request answers what was asked: of a job that goes on, failed or was
// cancelled too, so that it can be changed and asked again.
func (s *server) request(ctx context.Context, in *InJob) (*requestOutput, error) {
	asked, err := s.backend.Request(ctx, in.Workspace, in.JobID)
	return &requestOutput{asked}, err
}

// resultOutput writes itself, because its type depends on the format.
type resultOutput struct {
	Body func(huma.Context)
}

func (s *server) result(ctx context.Context, in *resultInput) (*resultOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	stored, err := s.backend.Result(ctx, in.Workspace, in.JobID)
	if err != nil {
		return nil, s.instead(ctx, in.InJob, err)
	}
	headers := http.Header{"Etag": {in.tag(stored.Digest)}, "Cache-Control": {"private, no-cache"}} // kept, and asked about
	if in.has(headers.Get("ETag")) {
		return nil, notModified{headers}
	}
	opened, err := stored.Open()
	if err != nil {
		return nil, err
	}
	if in.Format == formatJSON && in.Fields != fieldsSummary {
		headers.Set("Content-Type", "application/json")
		return send(headers, func(w http.ResponseWriter) error { return export.JSON(ctx, w, opened) }), nil
	}
	r, err := s.decode(ctx, opened)
	if err != nil {
		return nil, err
	}
	if form, isTable := export.FormOf(in.Format); isTable {
		return tableOutput(form, r, in.Template, headers)
	}
	if in.Format == formatHTML {
		return s.reportOutput(r, headers)
	}
	to := export.Columns
	switch in.Fields {
	case fieldsSummary:
		to = export.Summary
	case fieldsPath:
		to = export.Path
	}
	body, err := to(r)
	if err != nil {
		return nil, err
	}
	headers.Set("Content-Type", "application/json")
	return send(headers, func(w http.ResponseWriter) error {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, err := w.Write(body)
		return err
	}), nil
}

// decode reads a result document; only so many at a time, for it takes memory.
func (s *server) decode(ctx context.Context, stored *archive.Result) (*lombard.Result, error) {
	select {
	case s.reshape <- struct{}{}:
		defer func() { <-s.reshape }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return stored.Whole(ctx)
}

func tableOutput(form export.Form, r *lombard.Result, slug string, headers http.Header) (*resultOutput, error) {
	templates, err := export.Select(r, slug)
	if err != nil {
		return nil, err
	}
	attach(headers, form.Media, export.Title(r)+form.Extension)
	return send(headers, func(w http.ResponseWriter) error { return form.Write(w, r, templates) }), nil
}

// reportOutput answers with the page and the result in one file. It is a
// download: shown from here, its script would run as the page's own.
func (s *server) reportOutput(r *lombard.Result, headers http.Header) (*resultOutput, error) {
	document, err := export.Path(r)
	if err != nil {
		return nil, err
	}
	text, err := export.Report(s.page.source, export.Title(r), document)
	if err != nil {
		return nil, err
	}
	attach(headers, "text/html; charset=utf-8", export.Title(r)+".html")
	return send(headers, func(w http.ResponseWriter) error {
		_, err := w.Write(text)
		return err
	}), nil
}

func attach(headers http.Header, media, name string) {
	headers.Set("Content-Type", media)
	headers.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
}

// send answers 200 with what write writes. A failure half-way ends the
// connection, so that nobody takes a part for the whole.
func send(headers http.Header, write func(http.ResponseWriter) error) *resultOutput {
	return &resultOutput{Body: func(ctx huma.Context) {
		_, w := humago.Unwrap(ctx)
		maps.Copy(w.Header(), headers)
		control := http.NewResponseController(w)
		if control.SetWriteDeadline(time.Now().Add(resultTimeout)) == nil {
			defer control.SetWriteDeadline(time.Time{}) //nolint:errcheck // it could be set, so it can be lifted
		}
		if err := write(w); err != nil {
			panic(fmt.Errorf("write the result: %w", err))
		}
	}}
}

// instead answers a read of what a job does not have: with the job, when that
// is why.
func (s *server) instead(ctx context.Context, in InJob, err error) error {
	if lombard.KindOf(err) != lombard.KindConflict {
		return err
	}
	job, err := s.backend.Job(ctx, in.Workspace, in.JobID)
	if err != nil {
		return err
	}
	return conflictWith(job)
}

// conflictWith answers 409 with the job.
func conflictWith(job lombard.Job) error {
	conflict := &jobConflict{Job: job, headers: http.Header{}}
	if after := retryAfter(&job); after != "" {
		conflict.headers.Set("Retry-After", after)
	} else if job.HasResult {
		conflict.headers.Set("Retry-After", "0") // it has come between the two reads
	}
	return conflict
}

type explainInput struct {
	InJob

	Date     string `path:"date" format:"date" doc:"A session of the path, YYYY-MM-DD." example:"1988-06-15"`
	Template string `query:"template" maxLength:"200" doc:"Slug of a template of the result. Default: the primary one."`
}

type explainOutput struct{ Body backtest.Explanation }

func (s *server) explain(ctx context.Context, in *explainInput) (*explainOutput, error) {
	date, err := lombard.ParseDate(in.Date)
	if err != nil {
		return nil, lombard.Invalid([]lombard.FieldError{{
			Field: "date", Value: in.Date, Code: lombard.CodeInvalid, Message: fmt.Sprintf("%q is not a date of the form YYYY-MM-DD.", in.Date),
		}})
	}
	explanation, err := s.backend.Explain(ctx, in.Workspace, in.JobID, in.Template, date)
	if err != nil {
		return nil, s.instead(ctx, in.InJob, err)
	}
	return &explainOutput{explanation}, nil
}
