package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// answering returns a remote whose server is the handler.
func answering(t *testing.T, h http.HandlerFunc) *remote {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r := newRemote(server.URL, func(string) {})
	r.pause = time.Millisecond
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func sendEvent(t *testing.T, w http.ResponseWriter, name string, job lombard.Job) {
	t.Helper()
	text, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(w, ": still here\nid: %d\nevent: %s\ndata: %s\n\n", job.Version, name, text)
}

func TestWatchTakesALostStreamUpAgain(t *testing.T) {
	var streams atomic.Int32
	r := answering(t, func(w http.ResponseWriter, q *http.Request) {
		if got, want := q.URL.Path, "/api/v1/workspaces/my%20desk/backtests/job-1/events"; q.URL.EscapedPath() != want {
			t.Errorf("path = %s, want %s", got, want)
		}
		w.Header().Set("Content-Type", "text/event-stream")
		switch streams.Add(1) {
		case 1: // breaks in the middle of a run
			sendEvent(t, w, "stage", lombard.Job{JobID: "job-1", Status: lombard.StatusRunning, Progress: 30})
			fmt.Fprint(w, "event: progress\ndata: {\"job_i")
		case 2: // the server is being restarted
			panic(http.ErrAbortHandler)
		default:
			sendEvent(t, w, "stage", lombard.Job{JobID: "job-1", Status: lombard.StatusRunning, Progress: 70})
			fmt.Fprint(w, "event: partial\ndata: {\"points\":[]}\n\n")
			sendEvent(t, w, "done", lombard.Job{JobID: "job-1", Status: lombard.StatusComplete, Progress: 100})
		}
	})
	var seen []float64
	job, err := r.Watch(t.Context(), "my desk", "job-1", func(j lombard.Job) { seen = append(seen, j.Progress) })
	if err != nil || job.Status != lombard.StatusComplete {
		t.Fatalf("Watch = %s, %v, want complete", job.Status, err)
	}
	if fmt.Sprint(seen) != "[30 70 100]" {
		t.Errorf("progress seen = %v, want [30 70 100]", seen)
	}
}

func TestWatchEndsWhenTheCallerDoes(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	r := answering(t, func(w http.ResponseWriter, q *http.Request) {
		sendEvent(t, w, "stage", lombard.Job{Status: lombard.StatusRunning})
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-q.Context().Done()
	})
	_, err := r.Watch(ctx, "default", "job-1", func(lombard.Job) { cancel(errInterrupted) })
	if !errors.Is(err, errInterrupted) {
		t.Errorf("Watch = %v, want %v", err, errInterrupted)
	}
}

func TestWatchOfAnUnknownJobDoesNotTryAgain(t *testing.T) {
	var calls atomic.Int32
	r := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"type":"urn:lombard:problem:not_found","detail":"There is no job x."}`)
	})
	if _, err := r.Watch(t.Context(), "default", "x", func(lombard.Job) {}); lombard.KindOf(err) != lombard.KindNotFound {
		t.Errorf("Watch = %v, want not found", err)
	}
	if calls.Load() != 1 {
		t.Errorf("asked %d times, want once", calls.Load())
	}
}

func TestProblemsBecomeErrorsAgain(t *testing.T) {
	for name, row := range map[string]struct {
		status   int
		body     string
		want     string
		wantExit int
	}{
		"bad fields": {
			422, `{"type":"urn:lombard:problem:validation","detail":"2 fields are wrong.","code":"invalid_value","errors":[
				{"field":"symbol","value":"XX","message":"symbol is unknown."},{"field":"loan_amount","value":-1,"message":"loan_amount must be above 0."}]}`,
			"2 fields are wrong. symbol: symbol is unknown. loan_amount: loan_amount must be above 0.", ExitUsage,
		},
		"a date out of range": {
			422, `{"type":"urn:lombard:problem:validation","detail":"Data not available before 1985-01-02.","errors":[
				{"field":"start_date","message":"Data not available before 1985-01-02.","code":"date_out_of_range"}]}`,
			"Data not available before 1985-01-02.", ExitNoData,
		},
		"a busy vendor":     {503, `{"type":"urn:lombard:problem:vendor_busy","detail":"Busy."}`, "Busy.", ExitNoData},
		"a draining server": {503, `{"type":"urn:lombard:problem:draining","detail":"The server is shutting down."}`, "The server is shutting down.", ExitUnusable},
		"no result yet":     {409, `{"job_id":"j","status":"running"}`, "The backtest is not finished", ExitUsage},
		"some other server": {404, `<html>not here</html>`, "is not a lombard server", ExitUnusable},
	} {
		t.Run(name, func(t *testing.T) {
			r := answering(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(row.status)
				fmt.Fprint(w, row.body)
			})
			_, err := r.Result(t.Context(), "default", "j")
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error = %v, want %q", err, row.want)
			}
			if got := exitCode(err); got != row.wantExit {
				t.Errorf("exit code = %d, want %d", got, row.wantExit)
			}
		})
	}
}

func TestUnreachableServerIsASentence(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := newRemote(server.URL, func(string) {}).Jobs(t.Context(), "default", app.ListQuery{Limit: 1})
	if want := "No lombard server answers at " + server.URL; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error = %v, want %q", err, want)
	}
	if got := exitCode(err); got != ExitUnusable {
		t.Errorf("exit code = %d, want %d", got, ExitUnusable)
	}
}

func TestReadEvents(t *testing.T) {
	stream := "retry: 1000\n\n: comment\nevent: stage\ndata: {\"a\":\ndata: 1}\n\ndata: plain\r\n\r\nevent: lost\ndata: unfinished"
	var got []string
	err := readEvents(strings.NewReader(stream), func(name string, data []byte) error {
		got = append(got, name+"="+string(data))
		return nil
	})
	if want := "[stage={\"a\":\n1} =plain]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("readEvents = %v, %v, want %s", got, err, want)
	}
}

func FuzzReadEvents(f *testing.F) {
	f.Add("event: stage\ndata: {}\n\n")
	f.Add("data\n\n:\n\nid:1\n")
	f.Fuzz(func(t *testing.T, stream string) {
		err := readEvents(strings.NewReader(stream), func(_ string, data []byte) error {
			if strings.Contains(string(data), "\r\n") {
				t.Errorf("data of %q has a line end: %q", stream, data)
			}
			return nil
		})
		if err != nil {
			t.Errorf("readEvents(%q) = %v", stream, err)
		}
	})
}
