package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"lombard.example/lombard"
)

// watched returns a subscription as Watch makes it of a running job.
func watched(t interface {
	Helper()
	Fatal(args ...any)
}, h *Hub, job lombard.Job,
) *Subscription {
	t.Helper()
	s, err := h.subscribe(job.JobID)
	if err != nil {
		t.Fatal(err)
	}
	s.feed.saw(&job)
	s.first = &Event{Kind: kindOf(&job), Job: job}
	return s
}

func runningJob() lombard.Job {
	return lombard.Job{JobID: "a", Status: lombard.StatusRunning, Stage: lombard.StageCalculating, Progress: 70, Attempt: 1, Version: 3, TemplateSlugs: []string{"put"}}
}

// days returns points that tell which day they are.
func days(from, n int) []lombard.PartialPoint {
	points := make([]lombard.PartialPoint, n)
	for i := range points {
		points[i].SpotClose = float64(from + i)
	}
	return points
}

// TestPublishingCostsTheSameHoweverManyWatch counts bytes: what watchers do not
// read must not be copied for each of them.
func TestPublishingCostsTheSameHoweverManyWatch(t *testing.T) {
	const rounds, perRound = 200, 32
	cost := func(watchers int) (publish, watcher float64) {
		h, job := New(watchers, nil), runningJob()
		h.Begin(job, 1, func(error) {})
		var before, between, after runtime.MemStats
		runtime.ReadMemStats(&before)
		kept := make([]*Subscription, watchers)
		for i := range kept {
			kept[i] = watched(t, h, job)
		}
		runtime.ReadMemStats(&between)
		for i := range rounds {
			job.Progress = 70 + float64(i)/10
			h.Publish(EventProgress, job, 1, days(i*perRound, perRound))
		}
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(kept)
		return float64(after.TotalAlloc-between.TotalAlloc) / rounds, float64(between.TotalAlloc-before.TotalAlloc) / float64(max(1, watchers))
	}
	alone, _ := cost(1)
	crowd, watcher := cost(5000)
	t.Logf("bytes allocated: %.0f a publish with 1 watcher, %.0f with 5,000; %.0f a watcher", alone, crowd, watcher)
	if crowd > 1.5*alone+1024 {
		t.Errorf("a publish allocates %.0f bytes with 5,000 watchers that do not read and %.0f with one", crowd, alone)
	}
	if watcher > 4096 {
		t.Errorf("a watcher costs %.0f bytes, want at most 4,096", watcher)
	}
}

func TestAllWatchersAreGivenTheSameBytes(t *testing.T) {
	h, job := New(10, nil), runningJob()
	h.Begin(job, 1, func(error) {})
	one, other := watched(t, h, job), watched(t, h, job)
	job.Progress = 71
	h.Publish(EventProgress, job, 1, days(0, 3))
	for _, kind := range []EventKind{EventStage, EventProgress, EventPartial} {
		var texts [2][][]byte
		for i, s := range []*Subscription{one, other} {
			e, err := s.Next(t.Context())
			if err != nil || e.Kind != kind {
				t.Fatalf("event %s, %v, want %s", e.Kind, err, kind)
			}
			if texts[i], err = e.JSON(); err != nil {
				t.Fatal(err)
			}
			whole, want := bytes.Join(texts[i], nil), any(e.Job)
			if kind == EventPartial {
				want = e.Partial
			}
			if plain, _ := json.Marshal(want); !bytes.Equal(whole, plain) {
				t.Errorf("%s is %s, want %s", kind, whole, plain)
			}
		}
		at := 0
		if kind == EventPartial {
			at = 1 // between its brackets
		}
		if shared := &texts[0][at][0] == &texts[1][at][0]; shared != (kind != EventStage) { // the first is each watcher's own
			t.Errorf("%s: bytes shared %v", kind, shared)
		}
	}
}

// TestWhatAWatcherIsTold draws what a worker publishes and when each watcher
// comes and reads. Whatever the pace: every stage since it came, the path
// without a gap, nothing that goes back, and the end once and last.
func TestWhatAWatcherIsTold(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h, job := New(100, nil), runningJob()
		job.Progress, job.Stage = 0, lombard.StageValidating
		type reader struct {
			*Subscription
			stages, wanted []string
			points         []float64
			last           lombard.Job
			ended          bool
		}
		var readers []*reader
		var path []float64
		fence, live := int64(0), false
		read := func(w *reader) {
			e, err := w.Next(r.Context())
			switch {
			case errors.Is(err, io.EOF):
				if !w.ended {
					r.Fatal("the stream ended before the job did")
				}
				return
			case err != nil:
				r.Fatal(err)
			case w.ended:
				r.Fatal("something follows the end")
			}
			if e.Job.Version < w.last.Version || e.Kind != EventDone && behind(&e.Job, w.last.Attempt, w.last.Progress) {
				r.Fatalf("from attempt %d, %v, version %d back to %d, %v, %d", w.last.Attempt, w.last.Progress, w.last.Version, e.Job.Attempt, e.Job.Progress, e.Job.Version)
			}
			w.last, w.ended = e.Job, e.Kind == EventDone
			if e.Kind == EventStage {
				w.stages = append(w.stages, fmt.Sprint(e.Job.Attempt, e.Job.Stage))
			}
			if e.Kind == EventPartial {
				if e.Partial.From > len(w.points) {
					r.Fatalf("points from %d after %d", e.Partial.From, len(w.points))
				}
				w.points = w.points[:e.Partial.From]
				for _, p := range e.Partial.Points {
					w.points = append(w.points, p.SpotClose)
				}
			}
		}
		stage := func(s lombard.Stage) {
			job.Stage = s
			job.Progress += 1
			h.Publish(EventStage, job, fence, nil)
			for _, w := range readers {
				w.wanted = append(w.wanted, fmt.Sprint(job.Attempt, s))
			}
		}
		begin := func() {
			fence++
			live, path = true, nil
			job.Attempt, job.Stage, job.Progress, job.Version = job.Attempt+1, lombard.StageValidating, 10, job.Version+1
			h.Begin(job, fence, func(error) {})
			for _, w := range readers {
				w.wanted = append(w.wanted, fmt.Sprint(job.Attempt, job.Stage))
			}
		}
		r.Repeat(map[string]func(*rapid.T){
			"a watcher comes": func(*rapid.T) {
				seen := job
				seen.Version += int64(rapid.IntRange(0, 2).Draw(r, "rows written since"))
				w := &reader{Subscription: watched(r, h, seen)}
				w.wanted = []string{fmt.Sprint(job.Attempt, job.Stage)}
				readers = append(readers, w)
				read(w) // the job in full, at once
			},
			"a watcher reads": func(*rapid.T) {
				for _, w := range readers {
					at := w.at
					if e, _, _ := w.feed.next(&at, 0, time.Now()); e != nil && rapid.Bool().Draw(r, "reads") {
						read(w)
					}
				}
			},
			"progress": func(*rapid.T) {
				n := rapid.IntRange(0, 40).Draw(r, "days")
				if !live {
					return
				}
				job.Progress += 0.01
				h.Publish(EventProgress, job, fence, days(len(path), n))
				for _, p := range days(len(path), n) {
					path = append(path, p.SpotClose)
				}
			},
			"a stage": func(*rapid.T) {
				if live {
					stage(lombard.StageCalculating)
				}
			},
			"an attempt": func(*rapid.T) {
				if job.Attempt < 5 {
					begin()
				}
			},
		})
		job.Status, job.Stage, job.Version = lombard.StatusFailed, lombard.StageFailed, job.Version+1
		h.End(job.JobID, fence)
		h.Changed(job)
		for _, w := range readers {
			for !w.ended {
				read(w)
			}
			if len(w.wanted) <= maxMarks && !slices.Equal(w.stages, w.wanted) {
				r.Fatalf("stages %q, want %q", w.stages, w.wanted)
			}
			if len(path) > 0 && !slices.Equal(w.points, path) { // an attempt without a day leaves the former's
				r.Fatalf("the path has %v, want %v", w.points, path)
			}
			w.Close()
		}
		if len(h.feeds) != 0 || h.watchers.Load() != 0 {
			r.Fatalf("%d feeds and %d watchers are left", len(h.feeds), h.watchers.Load())
		}
	})
}

func TestALateWatcherIsToldThePathInPieces(t *testing.T) {
	h, job := New(1, nil), runningJob()
	h.Begin(job, 1, func(error) {})
	const n = 2*maxFramePoints + 1
	h.Publish(EventProgress, job, 1, days(0, n))
	s := watched(t, h, job)
	defer s.Close()
	if e, _ := s.Next(t.Context()); e.Kind != EventStage {
		t.Fatalf("the first event is %s, want the job in full", e.Kind)
	}
	for from := 0; from < n; from += maxFramePoints {
		e, err := s.Next(t.Context())
		if err != nil || e.Kind != EventPartial || e.Partial.From != from || len(e.Partial.Points) != min(maxFramePoints, n-from) {
			t.Fatalf("event %+v, %v, want %d points from %d on", e, err, min(maxFramePoints, n-from), from)
		}
	}
}

func TestALongPathIsThinnedOut(t *testing.T) {
	for _, row := range []struct{ given, want int }{
		{pathStep, pathStep},
		{pathStep + 8, pathStep + 1},
		{pathStep + 8*pathStep, 2 * pathStep},
		{3_000_000, maxPathPoints},
	} {
		var p path
		for given := 0; given < row.given; given += 1000 {
			p.add(make([]lombard.PartialPoint, min(1000, row.given-given)))
		}
		if len(p.points) != row.want {
			t.Errorf("of %d points %d are told, want %d", row.given, len(p.points), row.want)
		}
	}
}

func TestAWatcherFarBehindContinuesWithTheOldestStageKept(t *testing.T) {
	h, job := New(1, nil), runningJob()
	h.Begin(job, 1, func(error) {})
	s := watched(t, h, job)
	for i := range 2 * maxMarks {
		job.Progress = 70 + float64(i)/10
		h.Publish(EventStage, job, 1, nil)
	}
	job.Status = lombard.StatusComplete
	h.Changed(job)
	told, ended := 0, false
	for {
		e, err := s.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		told, ended = told+1, e.Kind == EventDone
	}
	if told != 1+maxMarks || !ended { // the job in full, and what is kept
		t.Errorf("%d events, ended %v, want %d with the end", told, ended, 1+maxMarks)
	}
}

func TestNoMoreWatchersThanAllowed(t *testing.T) {
	h, job := New(2, nil), runningJob()
	one, _ := watched(t, h, job), watched(t, h, job)
	_, err := h.subscribe("b")
	own, _ := errors.AsType[*lombard.Error](err)
	if own == nil || own.Kind != lombard.KindResourceLimit || own.Code != lombard.CodeTooManyWatchers {
		t.Fatalf("a third watcher: %v, want a limit", err)
	}
	one.Close()
	one.Close() // which frees one place, not two
	if _, err := h.subscribe("b"); err != nil {
		t.Errorf("after one has gone: %v", err)
	}
	if _, err := h.subscribe("b"); err == nil {
		t.Error("a place was freed twice")
	}
}

// TestACrowdIsToldOfProgressLessOften has a job publish ten times a second to
// so many watchers that writing all of it to each would take the processor.
func TestACrowdIsToldOfProgressLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const crowd = 1000 // so progress comes every half second
		h, job := New(crowd, nil), runningJob()
		h.Begin(job, 1, func(error) {})
		s := watched(t, h, job)
		for range crowd - 1 {
			watched(t, h, job)
		}
		var progress, partial int
		var stageAt, doneAt time.Duration
		began := time.Now()
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				e, err := s.Next(t.Context())
				if err != nil {
					return
				}
				switch e.Kind {
				case EventProgress:
					progress++
				case EventPartial:
					partial++
				case EventDone:
					doneAt = time.Since(began)
				case EventStage:
					stageAt = time.Since(began)
				}
			}
		}()
		for i := range 100 {
			time.Sleep(100 * time.Millisecond)
			job.Progress = 70 + float64(i)/10
			h.Publish(EventProgress, job, 1, days(i, 1))
		}
		stagePublished := time.Since(began)
		h.Publish(EventStage, job, 1, nil)
		time.Sleep(time.Millisecond)
		h.Publish(EventProgress, job, 1, days(100, 1))
		job.Status = lombard.StatusComplete
		donePublished := time.Since(began)
		h.Changed(job)
		<-done
		if progress < 18 || progress > 22 || partial < 18 || partial > 23 {
			t.Errorf("%d progress events and %d with points in 10 s, want about 20 each", progress, partial)
		}
		if stageAt != stagePublished || doneAt != donePublished {
			t.Errorf("a stage of %s is told at %s, the end of %s at %s; want both at once", stagePublished, stageAt, donePublished, doneAt)
		}
	})
}
