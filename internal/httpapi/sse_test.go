package httpapi

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/live"
)

// sent is one event as a client reads it.
type sent struct {
	id, event, data string
	comment         bool
}

// readEvents reads a stream to its end, or until stop says so.
func readEvents(t *testing.T, body io.Reader, stop func(sent) bool) []sent {
	t.Helper()
	var all []sent
	var e sent
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.event = value
		case "data":
			e.data = value
		case "":
			if strings.HasPrefix(lines.Text(), ":") {
				e.comment = true
				continue
			}
			if e == (sent{}) {
				continue // after retry
			}
			all = append(all, e)
			if stop != nil && stop(e) {
				return all
			}
			e = sent{}
		case "retry":
		default:
			t.Errorf("strange line %q", lines.Text())
		}
	}
	return all
}

func jobIn(t *testing.T, e sent) lombard.Job {
	t.Helper()
	var job lombard.Job
	if err := json.Unmarshal([]byte(e.data), &job); err != nil {
		t.Fatalf("event %+v: %v", e, err)
	}
	return job
}

// watchStream connects to the events of a job.
func watchStream(t *testing.T, ctx context.Context, address, id string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", address+base+"/"+id+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("stream answers %d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
	}
	return answer
}

// moving is a job that moves on, as a service would tell it: a subscriber gets
// the job as it is, then every stage and the end, and of the progress between
// two reads only the last.
type moving struct {
	mu      sync.Mutex
	job     lombard.Job
	done    []live.Event // since the start
	changed chan struct{}
}

func newMoving(job lombard.Job) *moving { return &moving{job: job, changed: make(chan struct{})} }

func (l *moving) move(kind live.EventKind, stage lombard.Stage, progress float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.job.Stage, l.job.Progress, l.job.Version = stage, progress, l.job.Version+1
	if stage == lombard.StageComplete {
		l.job.Status = lombard.StatusComplete
	}
	l.done = append(l.done, live.Event{Kind: kind, Job: l.job})
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *moving) watch() *liveWatch {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := live.Event{Kind: live.EventStage, Job: l.job}
	if l.job.Status.Terminal() {
		first.Kind = live.EventDone
	}
	return &liveWatch{moving: l, first: &first, at: len(l.done)}
}

type liveWatch struct {
	moving *moving
	first  *live.Event
	at     int
	ended  bool
}

func (w *liveWatch) Next(ctx context.Context) (*live.Event, error) {
	if w.ended {
		return nil, io.EOF
	}
	if e := w.first; e != nil {
		w.first, w.ended = nil, e.Kind == live.EventDone
		return e, nil
	}
	for {
		w.moving.mu.Lock()
		changed, waiting := w.moving.changed, w.moving.done[w.at:]
		w.moving.mu.Unlock()
		for i, e := range waiting {
			w.at++
			if e.Kind == live.EventProgress && i+1 < len(waiting) && waiting[i+1].Kind == live.EventProgress {
				continue // merged into the next
			}
			w.ended = e.Kind == live.EventDone
			return &e, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-changed:
		}
	}
}

func (w *liveWatch) Close() {}

func TestAStreamTellsEverythingInOrder(t *testing.T) {
	back := newFake()
	running, done := back.jobs[runningID], back.jobs[runningID]
	done.Status, done.Stage, done.Version = lombard.StatusComplete, lombard.StageComplete, 9
	part := &live.Partial{TemplateSlug: "a", From: 3, Points: []lombard.PartialPoint{{Date: running.StartDate, SpotClose: 500, LTVHedged: 0.5, LTVUnhedged: 0.6}}}
	closed := make(chan struct{})
	back.watch = func(string) (Events, error) {
		return &script{closed: closed, events: []live.Event{
			{Kind: live.EventStage, Job: running}, {Kind: live.EventProgress, Job: running}, {Kind: live.EventPartial, Job: running, Partial: part}, {Kind: live.EventDone, Job: done},
		}}, nil
	}
	answer := watchStream(t, t.Context(), serve(t, New(back, testOptions())), runningID)
	got := readEvents(t, answer.Body, nil)
	<-closed
	var kinds, ids []string
	for _, e := range got {
		kinds, ids = append(kinds, e.event), append(ids, e.id)
	}
	if !slices.Equal(kinds, []string{"stage", "progress", "partial", "done"}) || !slices.Equal(ids, []string{"7", "7", "7", "9"}) {
		t.Fatalf("events %q with ids %q, want stage, progress, partial, done with 7, 7, 7, 9", kinds, ids)
	}
	if job := jobIn(t, got[0]); job.JobID != runningID || job.Progress != 80.5 || job.Symbol != "XAU" {
		t.Errorf("the first event tells %+v, want the job in full", job)
	}
	if want := `{"template_slug":"a","from":3,"points":[{"date":"1987-12-14","spot_close":500,"ltv_hedged":0.5,"ltv_unhedged":0.6}]}`; got[2].data != want {
		t.Errorf("partial = %s, want %s", got[2].data, want)
	}
	if job := jobIn(t, got[3]); job.Status != lombard.StatusComplete {
		t.Errorf("done tells a job that is %s, want complete", job.Status)
	}
}

func TestAStreamTakenUpAgainMissesNoStage(t *testing.T) {
	back := newFake()
	job := back.jobs[runningID]
	job.Status, job.Stage, job.Progress, job.Version = lombard.StatusPending, lombard.StageValidating, 0, 1
	l := newMoving(job)
	back.watch = func(string) (Events, error) { return l.watch(), nil }
	address := serve(t, New(back, testOptions()))

	script := []func(){
		func() { l.move(live.EventStage, lombard.StageValidating, 10) },
		func() {
			l.move(live.EventStage, lombard.StageFetching, 30)
			l.move(live.EventProgress, lombard.StageFetching, 50)
		},
		func() {
			l.move(live.EventStage, lombard.StageCalculating, 70)
			for i := range 1000 {
				l.move(live.EventProgress, lombard.StageCalculating, 70+float64(i)*0.029)
			}
		},
		func() { l.move(live.EventDone, lombard.StageComplete, 100) },
	}
	var seen []sent
	for len(script) > 0 { // one connection for every step: read, let something happen, read that, hang up
		ctx, hangUp := context.WithCancel(t.Context())
		answer := watchStream(t, ctx, address, runningID)
		before := len(seen)
		seen = append(seen, readEvents(t, answer.Body, func(sent) bool {
			if len(script) > 0 && before == len(seen) {
				script[0]()
				script, before = script[1:], -1
				return false
			}
			return true
		})...)
		hangUp()
	}
	var stages []lombard.Stage
	progress, version := -1.0, int64(0)
	for _, e := range seen {
		now := jobIn(t, e)
		if now.Progress < progress || now.Version < version {
			t.Errorf("the job goes back from %v (version %d) to %v (version %d)", progress, version, now.Progress, now.Version)
		}
		if id := strconv.FormatInt(now.Version, 10); e.id != id {
			t.Errorf("id %s, want the version %s", e.id, id)
		}
		progress, version = now.Progress, now.Version
		if !slices.Contains(stages, now.Stage) {
			stages = append(stages, now.Stage)
		}
	}
	want := []lombard.Stage{lombard.StageValidating, lombard.StageFetching, lombard.StageCalculating, lombard.StageComplete}
	if !slices.Equal(stages, want) || seen[len(seen)-1].event != "done" {
		t.Errorf("stages %q ending in %q, want %q ending in done", stages, seen[len(seen)-1].event, want)
	}
	if len(seen) > 20 {
		t.Errorf("%d events reached the client, want progress merged", len(seen))
	}
}

func TestASilentStreamShowsThatItLives(t *testing.T) {
	back := newFake()
	running := live.Event{Kind: live.EventStage, Job: back.jobs[runningID]}
	back.watch = func(string) (Events, error) {
		return &script{events: []live.Event{running, {Kind: waitHere}, {Kind: waitHere}, {Kind: live.EventDone, Job: back.jobs[doneID]}}}, nil
	}
	o := testOptions()
	o.Heartbeat = time.Millisecond
	answer := watchStream(t, t.Context(), serve(t, New(back, o)), runningID)
	got := readEvents(t, answer.Body, nil)
	var kinds []string
	for _, e := range got {
		if e.comment {
			e.event = "comment"
		}
		kinds = append(kinds, e.event)
	}
	if !slices.Equal(kinds, []string{"stage", "comment", "comment", "done"}) {
		t.Errorf("events %q, want stage, comment, comment, done", kinds)
	}
}

func TestAClientThatHangsUpEndsItsStream(t *testing.T) {
	back := newFake()
	closed := make(chan struct{})
	back.watch = func(string) (Events, error) {
		return &script{closed: closed, events: []live.Event{{Kind: live.EventStage, Job: back.jobs[runningID]}, {Kind: waitHere}}}, nil
	}
	ctx, hangUp := context.WithCancel(t.Context())
	answer := watchStream(t, ctx, serve(t, New(back, testOptions())), runningID)
	readEvents(t, answer.Body, func(sent) bool { return true })
	hangUp()
	<-closed
}

func TestAServerThatStopsTellsNothingFalse(t *testing.T) {
	stopping, stop := context.WithCancel(t.Context())
	back := newFake()
	back.watch = func(string) (Events, error) {
		return &script{events: []live.Event{{Kind: live.EventStage, Job: back.jobs[runningID]}, {Kind: waitHere}, {Kind: live.EventDone, Job: back.jobs[doneID]}}}, nil
	}
	o := testOptions()
	o.Stopping = stopping
	answer := watchStream(t, t.Context(), serve(t, New(back, o)), runningID)
	got := readEvents(t, answer.Body, func(sent) bool { stop(); return false })
	if len(got) != 1 || got[0].event != "stage" {
		t.Errorf("events %+v, want only the job as it was", got)
	}
}

func TestAConnectionOutlivesItsStream(t *testing.T) {
	address := serve(t, New(newFake(), testOptions()))
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	for range 3 {
		for _, path := range []string{base + "/" + doneID + "/events", base + "/" + doneID} {
			r, err := http.NewRequestWithContext(t.Context(), "GET", address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err != nil || answer.StatusCode != 200 || !strings.Contains(string(body), doneID) {
				t.Errorf("%s: %d %s, %v", path, answer.StatusCode, body, err)
			}
		}
	}
}

func TestManyStreamsAtOnce(t *testing.T) {
	back := newFake()
	job := back.jobs[runningID]
	l := newMoving(job)
	back.watch = func(string) (Events, error) { return l.watch(), nil }
	address := serve(t, New(back, testOptions()))
	const streams = 100
	var connected, ended sync.WaitGroup
	connected.Add(streams)
	for range streams {
		ended.Go(func() {
			answer := watchStream(t, t.Context(), address, runningID)
			var first sync.Once
			got := readEvents(t, answer.Body, func(sent) bool { first.Do(connected.Done); return false })
			if len(got) < 2 || got[len(got)-1].event != "done" {
				t.Errorf("%d events, want the job and its end", len(got))
			}
		})
	}
	connected.Wait()
	for i := range 100 {
		l.move(live.EventProgress, lombard.StageCalculating, 81+float64(i)/10)
	}
	l.move(live.EventDone, lombard.StageComplete, 100)
	ended.Wait()
}
