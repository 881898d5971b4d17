package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"lombard.example/lombard"
)

// Limits of an event stream.
const (
	maxReconnects = 8
	maxEventLine  = 8 << 20 // bytes; a partial path is the longest
)

// Watch implements runner. A stream that breaks is taken up again: the server
// begins every stream with the job in full, so nothing is missed.
func (r *remote) Watch(ctx context.Context, workspace, id string, show func(lombard.Job)) (lombard.Job, error) {
	var last lombard.Job
	pause := r.pause
	for tries := 0; ; tries++ {
		job, heard, err := r.stream(ctx, workspace, id, show)
		if heard {
			last, tries, pause = job, 0, r.pause
		}
		if last.Status.Terminal() {
			return last, nil
		}
		if ctx.Err() != nil {
			return last, context.Cause(ctx)
		}
		if own, ok := errors.AsType[*lombard.Error](err); ok && own.Code != "server_unreachable" {
			return last, err
		}
		if tries >= r.reconnects {
			return last, err
		}
		if tries == 1 { // the first try after a break is made at once and in silence
			r.notice(fmt.Sprintf("The server at %s does not answer; trying again for a minute.", r.base))
		}
		if err := sleep(ctx, pause); err != nil {
			return last, err
		}
		pause = min(2*pause, answerPatience)
	}
}

// sleep waits, or returns why the context ended first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// stream reads one event stream to its end; heard reports whether it told the
// job at all.
func (r *remote) stream(ctx context.Context, workspace, id string, show func(lombard.Job)) (job lombard.Job, heard bool, err error) {
	answer, err := r.send(ctx, http.MethodGet, jobsPath(workspace, id, "events"), nil, "text/event-stream")
	if err != nil {
		return job, false, err
	}
	defer answer.Body.Close()
	err = readEvents(answer.Body, func(name string, data []byte) error {
		switch name {
		case "stage", "progress", "done":
		default:
			return nil // a partial path, or something newer than this program
		}
		var told lombard.Job
		if err := json.Unmarshal(data, &told); err != nil {
			return r.strange(err)
		}
		job, heard = told, true
		show(job)
		return nil
	})
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) {
		err = r.unreachable(ctx, io.ErrUnexpectedEOF)
	}
	return job, heard, err
}

// readEvents reads Server-Sent Events: it calls on for each with its name and data.
func readEvents(from io.Reader, on func(name string, data []byte) error) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), maxEventLine)
	var name string
	var data []string
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if line == "" {
			if len(data) > 0 {
				if err := on(name, []byte(strings.Join(data, "\n"))); err != nil {
					return err
				}
			}
			name, data = "", nil
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			name = value
		case "data":
			data = append(data, value)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the event stream: %w", err)
	}
	return nil
}
