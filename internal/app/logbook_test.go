package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/vendorhttp"
)

// logged is a log that a test reads.
type logged struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

// of returns the records of a job, each as "message attempt" with some of its
// attributes.
func (l *logged) of(t *testing.T, id string) []string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var records []string
	for line := range strings.Lines(l.out.String()) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r["job"] != id || r["level"] != "INFO" {
			continue
		}
		if _, ok := r["duration"].(float64); !ok || r["workspace"] != "w" {
			t.Errorf("a record without a duration or its workspace: %s", line)
		}
		text := fmt.Sprint(r["msg"], " ", r["attempt"])
		for _, more := range []string{"kind", "reason", "by"} {
			if r[more] != nil {
				text += fmt.Sprint(" ", r[more])
			}
		}
		records = append(records, text)
	}
	return records
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come about", what)
		}
	}
}

func TestTheServerLogTellsTheLifeOfEachJob(t *testing.T) {
	var out logged
	asked := make(chan struct{}, 10)
	var fail error
	source := newRemote(func(ctx context.Context, _ int) error {
		if fail != nil {
			return fail
		}
		asked <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	})
	p := start(t, t.TempDir(), settings{Log: out.logger()}, source)
	defer p.stop()
	complete := p.wait(p.submit("w", gold))
	cached := p.submit("w", gold)
	replaced := p.submit("w", onRemote(gold))
	<-asked
	cancelled := p.submit("w", onRemote(gold))
	<-asked
	p.wait(replaced)
	if _, err := p.Cancel(t.Context(), "w", cancelled.JobID); err != nil {
		t.Fatal(err)
	}
	p.wait(cancelled)
	if _, err := p.Cancel(t.Context(), "w", cancelled.JobID); err != nil { // which changes nothing and tells nothing
		t.Fatal(err)
	}
	fail = &lombard.Error{Kind: lombard.KindVendorAuth, Message: "The key was rejected."}
	failed := p.wait(p.submit("w", onRemote(gold)))
	for id, want := range map[string][]string{
		complete.JobID:  {"backtest created 0", "backtest claimed 1", "backtest completed 1"},
		cached.JobID:    {"backtest created 0", "backtest completed 0"},
		replaced.JobID:  {"backtest created 0", "backtest claimed 1", "backtest replaced 1 " + cancelled.JobID},
		cancelled.JobID: {"backtest created 0", "backtest claimed 1", "backtest cancelled 1 user"},
		failed.JobID:    {"backtest created 0", "backtest claimed 1", "backtest failed 1 vendor_auth"},
	} {
		sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) } // a claim may be told before the submit returns
		eventually(t, fmt.Sprintf("the log of %s, %q", id, want), func() bool { return len(out.of(t, id)) >= len(want) })
		if got := out.of(t, id); !slices.Equal(sorted(got), sorted(want)) {
			t.Errorf("the log tells %q, want %q", got, want)
		}
	}
}

func TestAJobKeepsALogOfItsOwn(t *testing.T) {
	pauses, goOn := make(chan time.Duration, 1), make(chan struct{})
	close(goOn)
	p := start(t, t.TempDir(), settings{Redact: func(text string) string { return strings.ReplaceAll(text, "candles", "…") }},
		calling(pauses, goOn, http.StatusTooManyRequests, http.StatusOK))
	defer p.stop()
	job := p.wait(p.submit("w", onRemote(strings.NewReplacer(`"1987-12-14"`, `"1986-12-15"`, `301650`, `200000`).Replace(gold))))
	log, err := p.JobLog(t.Context(), "w", job.JobID)
	if err != nil || log.JobID != job.JobID {
		t.Fatalf("log of %s: %v", log.JobID, err)
	}
	want := []string{
		"validating info Submitted.",
		"validating info Attempt 1 begins",
		"fetching_prices info Fetching prices for XAU…",
		"fetching_prices warn Coinbase: GET /products/XAU/…, status 429, 2 bytes in",
		"fetching_prices info Coinbase: GET /products/XAU/…, status 200, 2 bytes in",
		"calculating info Done after",
		"calculating info Running backtest calculations…",
		"calculating warn The run is longer than two years",
		"calculating info Done after",
		"calculating info Storing the result…",
		"complete info Backtest complete! It took",
	}
	rest := want
	last := time.Time{}
	for _, l := range log.Lines {
		if l.Time.Before(last.Add(-time.Millisecond)) {
			t.Errorf("%q is told after a later line", l.Message)
		}
		last = l.Time
		if text := fmt.Sprintf("%s %s %s", l.Stage, l.Level, l.Message); len(rest) > 0 && strings.HasPrefix(text, rest[0]) {
			rest = rest[1:]
		}
	}
	if len(rest) > 0 {
		t.Errorf("from %q on the log lacks what it should have:\n%+v", rest[0], log.Lines)
	}
	if _, err := p.JobLog(t.Context(), "v", job.JobID); lombard.KindOf(err) != lombard.KindNotFound {
		t.Errorf("log of another workspace's job: %v", err)
	}
}

func TestAJobsOwnLogHasALimit(t *testing.T) {
	client := vendorhttp.Client{Title: "Vendor", Base: "https://vendor.test", Transport: transport(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
	})}
	const calls = 2 * app.MaxLogLines
	source := newRemote(func(ctx context.Context, _ int) error {
		for range calls {
			if _, err := client.Get(ctx, "/"+strings.Repeat("ä", 300), nil); err != nil {
				return err
			}
		}
		return nil
	})
	p := start(t, t.TempDir(), settings{}, source)
	defer p.stop()
	job := p.wait(p.submit("w", onRemote(gold)))
	log, err := p.JobLog(t.Context(), "w", job.JobID)
	if err != nil || len(log.Lines) != app.MaxLogLines {
		t.Fatalf("%d lines, %v; want %d", len(log.Lines), err, app.MaxLogLines)
	}
	for _, l := range log.Lines {
		if len(l.Message) > app.MaxLogLine || !utf8.ValidString(l.Message) {
			t.Errorf("line of %d bytes: %q", len(l.Message), l.Message)
		}
	}
	var dropped int
	if _, err := fmt.Sscanf(log.Lines[app.MaxLogLines-2].Message, "%d more lines were dropped.", &dropped); err != nil || dropped < calls-app.MaxLogLines {
		t.Errorf("the last line but the end says %q, of %d calls", log.Lines[app.MaxLogLines-2].Message, calls)
	}
	if end := log.Lines[app.MaxLogLines-1]; end.Stage != lombard.StageComplete {
		t.Errorf("the last line is of stage %s: %q", end.Stage, end.Message)
	}
}
