package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"lombard.example/lombard/internal/live"
)

// writeTimeout is how long a client may leave an event unread before its
// stream is given up.
const writeTimeout = 20 * time.Second

// retryMillis is after how long a browser whose stream broke connects again.
const retryMillis = 1000

type eventsInput struct {
	InJob

	LastEventID string `header:"Last-Event-ID" doc:"Sent by browsers when they connect again. The job in full comes first in any case."`
}

type eventsOutput struct {
	Body func(huma.Context)
}

// events streams a job. Whether it exists is known before the first byte.
func (s *server) events(ctx context.Context, in *eventsInput) (*eventsOutput, error) {
	watched, err := s.backend.Watch(ctx, in.Workspace, in.JobID)
	if err != nil {
		return nil, err
	}
	return &eventsOutput{Body: func(hctx huma.Context) {
		defer watched.Close()
		r, w := humago.Unwrap(hctx)
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("X-Accel-Buffering", "no") // of proxies that would hold events back
		if r.Method == http.MethodHead {
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.Stopping, cancel)()
		out := &eventWriter{w: w, control: http.NewResponseController(w)}
		defer out.release()
		if err := s.tell(ctx, watched, out); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "event stream broke", "job_id", in.JobID, "error", err, "request_id", requestID(ctx))
		}
	}}, nil
}

// tell writes events until the job is terminal, the client has gone or the
// server stops; the stream then just ends, and the client connects again.
func (s *server) tell(ctx context.Context, watched Events, out *eventWriter) error {
	if err := out.send(fmt.Appendf(nil, "retry: %d\n\n", retryMillis)); err != nil {
		return err
	}
	for {
		e, err := s.next(ctx, watched)
		switch {
		case err == nil:
			if err := out.event(e); err != nil || e.Kind == live.EventDone {
				return err
			}
		case errors.Is(err, errQuiet):
			if err := out.send([]byte(": still here\n\n")); err != nil {
				return err
			}
		default: // the end of the stream, or of the watcher
			return err
		}
	}
}

// errQuiet says that nothing happened for as long as a heartbeat takes.
var errQuiet = errors.New("nothing happened")

func (s *server) next(ctx context.Context, watched Events) (*live.Event, error) {
	quiet, cancel := context.WithTimeoutCause(ctx, s.Heartbeat, errQuiet)
	defer cancel()
	e, err := watched.Next(quiet)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(quiet), errQuiet) {
		return e, errQuiet
	}
	return e, err
}

// eventWriter writes Server-Sent Events. It copies nothing: the bytes of an
// event are those that all watchers of the job share.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (o *eventWriter) event(e *live.Event) error {
	data, err := e.JSON()
	if err != nil {
		return err
	}
	pieces := make([][]byte, 0, len(data)+2)
	pieces = append(pieces, fmt.Appendf(nil, "id: %d\nevent: %s\ndata: ", e.Job.Version, e.Kind))
	return o.send(append(append(pieces, data...), []byte("\n\n"))...)
}

// send writes the pieces and passes them on to the client.
func (o *eventWriter) send(pieces ...[]byte) error {
	if err := o.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("set the time limit of a write: %w", err)
	}
	for _, b := range pieces {
		if _, err := o.w.Write(b); err != nil {
			return fmt.Errorf("write an event: %w", err)
		}
	}
	return o.control.Flush()
}

// release lifts the time limit of writes from the connection, which may serve
// other requests. Where there is no limit there is nothing to lift.
func (o *eventWriter) release() { _ = o.control.SetWriteDeadline(time.Time{}) }
