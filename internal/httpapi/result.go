package httpapi

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lombard.example/lombard"
	"lombard.example/lombard/backtest"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/export"
)

const (
	formatJSON    = "json"
	formatColumns = "columns"
	formatHTML    = "html"

	fieldsAll     = "all"
	fieldsSummary = "summary"
	fieldsPath    = "path"
)

// Time limits of a read: how long a client may take over a piece of a result,
// and how long one waits for others to end.
const (
	pieceTimeout = time.Minute
	pieceBytes   = 64 << 10
	readPatience = 20 * time.Second
)

// mostReads bounds the results that are written at a time: each holds one hedge
// in memory.
const mostReads = 32

// readBytes is the most memory that writing a result takes: one hedge of 37 years
// with the lender's daily accounts, and the pieces on their way to the client.
const readBytes = 16 << 20

type resultInput struct {
	InJob
	Match

	Format   string `query:"format" enum:"json,columns,csv,parquet,arrow,xlsx,html" default:"json" doc:"json: one object a day; columns: one array a field; csv, parquet, arrow and xlsx: one record a row; html: a report in one file."`
	Table    string `query:"table" enum:"path,trades,contracts,events,metrics" default:"path" doc:"What the rows are: days of the daily path, trades, option contracts, events, or figures. Another than path goes with format csv, parquet, arrow and xlsx."`
	Fields   string `query:"fields" default:"all" maxLength:"2000" doc:"all; summary, which leaves the daily paths out, with format json; path, which leaves the lender's daily accounts out, with format columns; or the columns to write, by name, with commas between them." example:"date,spot_close,ltv_hedged"`
	Template string `query:"template" maxLength:"200" doc:"Slug of the one hedge to write. Default: all."`
	From     string `query:"from" maxLength:"100" doc:"First day to write, YYYY-MM-DD. Default: the first session."`
	To       string `query:"to" maxLength:"100" doc:"Last day to write, YYYY-MM-DD. Default: the last session."`
	Every    string `query:"every" enum:"day,week,month" default:"day" doc:"week and month write the last session of each."`
	Points   int    `query:"points" doc:"Most days to write of a path, 3 to 20000: the first and last, those with the lowest and highest figures, and of the rest those that draw the LTV best (Largest Triangle Three Buckets). Default: all."`
}

// selection returns what is asked for, and every fault of it that needs no
// result.
func (in *resultInput) selection() (export.Selection, []lombard.FieldError) {
	s := export.Selection{Template: in.Template, Every: in.Every, Points: in.Points, Table: in.Table}
	var bad []lombard.FieldError
	fail := func(field string, value any, suggestion, format string, args ...any) {
		bad = append(bad, lombard.FieldError{Field: field, Value: value, Code: lombard.CodeInvalid, Suggestion: suggestion, Message: fmt.Sprintf(format, args...)})
	}
	_, isTable := export.FormOf(in.Format)
	switch {
	case in.Fields == fieldsSummary && in.Format != formatJSON:
		fail("fields", in.Fields, fieldsAll, "fields=summary goes with format=json only, not with format=%s.", in.Format)
	case in.Fields == fieldsPath && in.Format != formatColumns:
		fail("fields", in.Fields, fieldsAll, "fields=path goes with format=columns only, not with format=%s.", in.Format)
	case in.Fields != fieldsAll && in.Fields != fieldsSummary && in.Fields != fieldsPath:
		s.Fields = strings.Split(in.Fields, ",")
		if in.Format == formatHTML {
			fail("fields", in.Fields, fieldsAll, "A report (format=html) has all fields.")
		}
	}
	if in.Table != export.TablePath && !isTable {
		fail("table", in.Table, export.TablePath, "table=%s goes with format=csv, parquet, arrow and xlsx only, not with format=%s.", in.Table, in.Format)
	}
	if in.Fields == fieldsSummary && (in.Every != export.EveryDay || in.Points != 0) {
		fail("fields", in.Fields, fieldsAll, "every and points choose days of the path, which fields=summary leaves out. Leave them out.")
	}
	for _, x := range []struct {
		field, text string
		to          *lombard.Date
	}{{"from", in.From, &s.From}, {"to", in.To, &s.To}} {
		if x.text == "" {
			continue
		}
		var err error
		if *x.to, err = lombard.ParseDate(x.text); err != nil {
			fail(x.field, x.text, "", "%s, %q, is not a date of the form YYYY-MM-DD.", x.field, lombard.Cut(x.text))
		}
	}
	return s, append(bad, s.Faults()...)
}

// tag returns the entity tag of what is asked for: the digest of the result,
// and the view of it.
func (in *resultInput) tag(digest string) string {
	view := in.Format
	if in.Fields == fieldsSummary || in.Fields == fieldsPath {
		view = in.Fields
	}
	fields := in.Fields
	if view == fields {
		fields = fieldsAll
	}
	more := []any{fields, in.Template, in.From, in.To, in.Every, in.Points, in.Table}
	if plain := []any{fieldsAll, "", "", "", export.EveryDay, 0, export.TablePath}; !slices.Equal(more, plain) {
		view += "-" + strings.Trim(tag(fmt.Appendf(nil, "%q", more)), `"`)
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

type logOutput struct{ Body app.JobLog }

func (s *server) jobLog(ctx context.Context, in *InJob) (*logOutput, error) {
	log, err := s.backend.JobLog(ctx, in.Workspace, in.JobID)
	return &logOutput{log}, err
}

// resultOutput writes itself, because its type depends on the format.
type resultOutput struct {
	Body func(huma.Context)
}

func (s *server) result(ctx context.Context, in *resultInput) (*resultOutput, error) {
	selection, bad := in.selection()
	if err := lombard.Invalid(bad); err != nil {
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
	view, err := export.Look(opened, selection)
	if err != nil {
		return nil, err
	}
	if in.Format == formatHTML {
		return s.reportOutput(ctx, view, headers), nil
	}
	write := export.JSON
	if form, isTable := export.FormOf(in.Format); isTable {
		attach(headers, form.Media, view.Title()+form.Extension)
		write = form.Write
	} else {
		headers.Set("Content-Type", "application/json")
		switch {
		case in.Fields == fieldsSummary:
			write = export.Summary
		case in.Fields == fieldsPath:
			write = export.Path
		case in.Format == formatColumns:
			write = export.Columns
		}
	}
	return s.send(headers, func(w io.Writer) error { return write(ctx, w, view) }), nil
}

// reportOutput answers with the page and the result in one file. It is a
// download: shown from here, its script would run as the page's own.
func (s *server) reportOutput(ctx context.Context, view *export.View, headers http.Header) *resultOutput {
	attach(headers, "text/html; charset=utf-8", view.Title()+".html")
	return s.send(headers, func(w io.Writer) error { return export.Report(ctx, w, s.page.source, view.Title(), view) })
}

func attach(headers http.Header, media, name string) {
	headers.Set("Content-Type", media)
	headers.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
}

// firstPiece is how much of a result is made before the answer begins: what goes
// wrong until then is answered as an error.
const firstPiece = 32 << 10

// send answers 200 with what write writes. A failure half-way ends the
// connection, so that nobody takes a part for the whole.
func (s *server) send(headers http.Header, write func(io.Writer) error) *resultOutput {
	return &resultOutput{Body: func(ctx huma.Context) {
		done, err := s.place(ctx.Context())
		if err != nil {
			s.deny(ctx, err)
			return
		}
		defer done()
		_, w := humago.Unwrap(ctx)
		control := http.NewResponseController(w)
		defer control.SetWriteDeadline(time.Time{}) //nolint:errcheck // where it could not be set, nothing is to be lifted
		out := &lateWriter{w: w, headers: headers, control: control}
		err = write(out)
		if err == nil {
			err = out.flush()
		}
		if err != nil && !out.begun {
			s.deny(ctx, err)
		} else if err != nil {
			panic(fmt.Errorf("write the result: %w", err))
		}
	}}
}

// place waits for room to write a result: one of the places, and its share of
// the memory.
func (s *server) place(ctx context.Context) (done func(), err error) {
	full := &lombard.Error{
		Kind: lombard.KindResourceLimit, Code: lombard.CodeTooManyReads,
		Message: fmt.Sprintf("Results are being read by %d clients, or the memory for another one is in use.", len(s.reads)), Hint: "Try again in a few seconds.",
	}
	waiting, cancel := context.WithTimeoutCause(ctx, s.queuing, full)
	defer cancel()
	select {
	case s.reads <- struct{}{}:
	case <-waiting.Done():
		return nil, context.Cause(waiting)
	}
	release, err := s.Budget.Acquire(waiting, min(readBytes, max(s.Budget.Total()/4, 1)))
	if err != nil {
		<-s.reads
		return nil, err
	}
	return func() {
		release()
		<-s.reads
	}, nil
}

// lateWriter holds the first piece back and begins the answer with the second.
// A client may take its time, but not over one piece.
type lateWriter struct {
	w       http.ResponseWriter
	headers http.Header
	control *http.ResponseController
	held    []byte
	begun   bool
}

// Write implements io.Writer.
func (o *lateWriter) Write(b []byte) (int, error) {
	if !o.begun && len(o.held)+len(b) <= firstPiece {
		o.held = append(o.held, b...)
		return len(b), nil
	}
	if err := o.flush(); err != nil {
		return 0, err
	}
	return o.put(b)
}

// flush begins the answer.
func (o *lateWriter) flush() error {
	if !o.begun {
		o.begun = true
		maps.Copy(o.w.Header(), o.headers)
	}
	_, err := o.put(o.held)
	o.held = nil
	return err
}

// put writes piece by piece, each with its own time limit.
func (o *lateWriter) put(b []byte) (n int, err error) {
	for piece := range slices.Chunk(b, pieceBytes) {
		_ = o.control.SetWriteDeadline(time.Now().Add(pieceTimeout)) // where there is none, a client may take for ever
		wrote, err := o.w.Write(piece)
		if n += wrote; err != nil {
			return n, err
		}
	}
	return n, nil
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
