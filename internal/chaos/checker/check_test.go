package checker_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// noon is when the histories of these tests happen.
func noon() time.Time { return time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC) }

// story is one history with its end, in which everything is right until a test
// spoils it: client "a" of workspace "wa" submits inputs "i1", sees the run at
// work and complete, and reads its result.
type story struct {
	events     []checker.Event
	final      []checker.Final
	goldens    checker.Goldens
	conditions checker.Conditions
}

func running(id string, attempt int, progress float64) *checker.Job {
	return &checker.Job{ID: id, Workspace: "wa", Input: "i1", Status: "running", Stage: "calculating", Progress: progress, Attempt: attempt, Version: int64(progress), CreatedAt: noon()}
}

func complete(id, workspace, input, digest string) checker.Job {
	return checker.Job{
		ID: id, Workspace: workspace, Input: input, Status: "complete", Stage: "complete", Progress: 100, Attempt: 1, Version: 100,
		ResultDigest: digest, CreatedAt: noon(), CompletedAt: noon().Add(time.Second),
	}
}

func ended(j checker.Job, change func(*checker.Job)) checker.Job {
	change(&j)
	return j
}

func cancelled(j *checker.Job) {
	j.Status, j.Stage, j.ResultDigest, j.CancelReason = "cancelled", "cancelled", "", "user"
}

func (s *story) add(events ...checker.Event) { s.events = append(s.events, events...) }

// call appends an invoke and its return.
func (s *story) call(e checker.Event, phase checker.Phase, change func(*checker.Event)) {
	e.Call, e.Phase = int64(len(s.events)+1), checker.Invoke
	s.add(e)
	e.Phase = phase
	if change != nil {
		change(&e)
	}
	s.add(e)
}

func (s *story) submit(id, input, key string, phase checker.Phase) {
	s.call(checker.Event{Client: "a", Op: checker.OpSubmit, Workspace: "wa", Input: input, Key: key}, phase, func(e *checker.Event) {
		if phase == checker.OK {
			e.JobID = id
		}
	})
}

func (s *story) read(client string, j checker.Job) {
	s.call(checker.Event{Client: client, Op: checker.OpRead, Workspace: "wa", JobID: j.ID}, checker.OK, func(e *checker.Event) { e.Job = &j })
}

func good() *story {
	s := &story{goldens: checker.Goldens{"i1": "d1", "i2": "d2"}, conditions: checker.Conditions{Healed: noon(), Bound: time.Minute, Canaries: []string{"hunter2"}}}
	s.submit("j1", "i1", "k1", checker.OK)
	s.read("a", *running("j1", 1, 70))
	s.read("a", *running("j1", 1, 85))
	done := complete("j1", "wa", "i1", "d1")
	s.read("a", done)
	s.call(checker.Event{Client: "a", Op: checker.OpResult, Workspace: "wa", JobID: "j1"}, checker.OK, func(e *checker.Event) { e.Digest = "d1" })
	s.add(checker.Event{Client: "server", Op: checker.OpOutput, Phase: checker.Seen, Text: "served"})
	s.final = []checker.Final{{Job: done, Digest: "d1"}}
	return s
}

func (s *story) check() checker.Report {
	return checker.Check(s.events, s.final, s.goldens, s.conditions)
}

func TestAGoodHistoryIsClean(t *testing.T) {
	got := good().check()
	if !got.Clean() || got.Acked != 1 || got.Jobs != 1 || got.Complete != 1 || got.Compared != 1 {
		t.Errorf("report = %s", got.String())
	}
}

// worker appends what a worker did to its run.
func (s *story) worker(op checker.Op, fence int64, ended bool) {
	s.call(checker.Event{Client: "w", Op: op, JobID: "j1", Fence: fence, Ended: ended}, checker.OK, nil)
}

func TestEveryViolationIsCounted(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(s *story)
		want  string
	}{
		{"an acknowledged run that is not on record", func(s *story) { s.final = nil }, "lost=1"},
		{"an acknowledged run that never ends", func(s *story) {
			s.final = []checker.Final{{Job: *running("j1", 1, 85)}}
			s.events = s.events[:6]
		}, "lost=1 stuck=1"},
		{"a complete run without a result", func(s *story) { s.final[0].Digest = "" }, "lost=1"},
		{"a run that nobody cancelled", func(s *story) {
			s.submit("j2", "i2", "", checker.OK)
			s.final = append(s.final, checker.Final{Job: ended(complete("j2", "wa", "i2", ""), cancelled)})
		}, "lost=1"},
		{"a run superseded by nothing", func(s *story) {
			s.submit("j2", "i2", "", checker.OK)
			s.final = append(s.final, checker.Final{Job: ended(complete("j2", "wa", "i2", ""), func(j *checker.Job) {
				cancelled(j)
				j.CancelReason, j.SupersededBy = "superseded", "j3"
			})})
		}, "lost=1"},
		{"a run answered with 404 once", func(s *story) {
			s.call(checker.Event{Client: "a", Op: checker.OpRead, Workspace: "wa", JobID: "j1"}, checker.Fail, func(e *checker.Event) { e.Code = 404 })
		}, "lost=1"},
		{"a run that nobody submitted", func(s *story) {
			s.final = append(s.final, checker.Final{Job: complete("j9", "wa", "i9", "d9"), Digest: "d9"})
		}, "unexpected=1"},
		{"a run whose submit was refused", func(s *story) {
			s.submit("j2", "i2", "", checker.Fail)
			s.final = append(s.final, checker.Final{Job: complete("j2", "wa", "i2", "d2"), Digest: "d2"})
		}, "unexpected=1"},
		{"two runs for one key", func(s *story) {
			s.submit("j2", "i1", "k1", checker.OK)
			s.final = append(s.final, checker.Final{Job: complete("j2", "wa", "i1", "d1"), Digest: "d1"})
		}, "duplicated=1"},
		{"a run on record twice", func(s *story) { s.final = append(s.final, s.final[0]) }, "duplicated=1"},
		{"two results of one run", func(s *story) {
			s.goldens = nil
			s.call(checker.Event{Client: "a", Op: checker.OpResult, Workspace: "wa", JobID: "j1"}, checker.OK, func(e *checker.Event) { e.Digest = "d7" })
		}, "duplicated=1"},
		{"the result of other inputs", func(s *story) {
			s.submit("j2", "i2", "", checker.OK)
			s.final = append(s.final, checker.Final{Job: complete("j2", "wa", "i2", "d1"), Digest: "d1"})
		}, "wrong_result=1"},
		{"bytes that are not those of the stated digest", func(s *story) {
			s.goldens = nil
			s.final[0].Job.ResultDigest = "d8"
			s.events = s.events[:6]
		}, "wrong_result=1"},
		{"a run about inputs that were not submitted", func(s *story) {
			s.goldens = nil
			j := *running("j1", 1, 70)
			j.Input = "i2"
			s.events[3].Job = &j
		}, "wrong_result=1"},
		{"a failed run that does not say why", func(s *story) {
			s.submit("j2", "i2", "", checker.OK)
			s.final = append(s.final, checker.Final{Job: ended(complete("j2", "wa", "i2", ""), func(j *checker.Job) { j.Status, j.Stage, j.Progress = "failed", "failed", 0 })})
		}, "wrong_result=1"},
		{"a run that failed for no reason that the faults explain", func(s *story) {
			s.conditions.Excused = []string{"orphaned"}
			s.submit("j2", "i2", "", checker.OK)
			s.final = append(s.final, checker.Final{Job: ended(complete("j2", "wa", "i2", ""), func(j *checker.Job) {
				j.Status, j.Stage, j.Progress, j.Error, j.ErrorKind = "failed", "failed", 0, "Something went wrong.", "internal"
			})})
		}, "wrong_result=1"},
		{"a job of another workspace shown", func(s *story) {
			s.call(checker.Event{Client: "b", Op: checker.OpRead, Workspace: "wb", JobID: "j1"}, checker.OK, func(e *checker.Event) { e.Job = &s.final[0].Job })
		}, "cross_tenant=1"},
		{"a result of another workspace read", func(s *story) {
			s.call(checker.Event{Client: "b", Op: checker.OpResult, Workspace: "wb", JobID: "j1"}, checker.OK, func(e *checker.Event) { e.Digest = "d1" })
		}, "cross_tenant=1"},
		{"progress that goes back", func(s *story) { s.events[5].Job = running("j1", 1, 69.5); s.events[5].Job.Version = 71 }, "non_monotone=1"},
		{"a stage that goes back", func(s *story) { s.events[5].Job.Stage = "fetching_prices" }, "non_monotone=1"},
		{"an attempt that goes back", func(s *story) { s.events[3].Job.Attempt = 2 }, "non_monotone=1"},
		{"a version that goes back", func(s *story) { s.events[5].Job.Version = 69 }, "non_monotone=1"},
		{"a finished run that changes for another observer", func(s *story) {
			s.read("b", ended(complete("j1", "wa", "i1", ""), cancelled))
		}, "terminal_changed=1"},
		{"a finished run that runs again", func(s *story) {
			s.read("b", *running("j1", 1, 99))
		}, "terminal_changed=1"},
		{"a finished run that ends otherwise on record", func(s *story) {
			s.final[0].Job.CompletedAt = noon().Add(2 * time.Second)
		}, "terminal_changed=1"},
		{"a write behind a newer claim", func(s *story) {
			s.worker(checker.OpClaim, 1, false)
			s.worker(checker.OpClaim, 3, false)
			s.worker(checker.OpWrite, 1, false)
		}, "stale_write=1"},
		{"a write behind a takeover", func(s *story) {
			s.worker(checker.OpClaim, 1, false)
			s.worker(checker.OpRevoke, 0, false)
			s.worker(checker.OpWrite, 1, false)
		}, "stale_write=1"},
		{"two ends of one run", func(s *story) {
			s.worker(checker.OpClaim, 1, false)
			s.worker(checker.OpWrite, 1, true)
			s.worker(checker.OpWrite, 1, true)
		}, "stale_write=1"},
		{"a run that ended long after the faults", func(s *story) {
			s.events = s.events[:6]
			s.final[0].Job.CompletedAt = noon().Add(time.Hour)
		}, "stuck=1"},
		{"a dataset paid for twice", func(s *story) {
			for range 2 {
				s.add(checker.Event{Client: "vendor", Op: checker.OpSpend, Phase: checker.OK, Digest: "gld"})
			}
		}, "double_spend=1"},
		{"a secret in the log", func(s *story) {
			s.add(checker.Event{Client: "server", Op: checker.OpOutput, Phase: checker.Seen, Text: "key hunter2 refused"})
		}, "leaked_secret=1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := good()
			tt.spoil(s)
			got := s.check()
			if got.Found() != tt.want {
				t.Errorf("found %q, want %q; problems: %q", got.Found(), tt.want, got.Problems)
			}
		})
	}
}

func TestWhatIsAllowedIsNotCounted(t *testing.T) {
	for _, tt := range []struct {
		name  string
		adorn func(s *story)
		want  func(r checker.Report) bool
	}{
		{"a submit that broke and whose run exists is recovered", func(s *story) {
			s.submit("", "i2", "", checker.Info)
			s.final = append(s.final, checker.Final{Job: complete("j2", "wa", "i2", "d2"), Digest: "d2"})
		}, func(r checker.Report) bool { return r.Recovered == 1 && r.Jobs == 2 }},
		{"a submit that broke and is found by its key is recovered", func(s *story) {
			s.submit("", "i2", "k2", checker.Info)
			s.call(checker.Event{Client: "a", Op: checker.OpSubmit, Workspace: "wa", Input: "i2", Key: "k2"}, checker.OK, func(e *checker.Event) { e.JobID, e.Replayed = "j2", true })
			s.final = append(s.final, checker.Final{Job: complete("j2", "wa", "i2", "d2"), Digest: "d2"})
		}, func(r checker.Report) bool { return r.Recovered == 1 }},
		{"the same inputs asked for twice without a key are two runs", func(s *story) {
			s.submit("j2", "i1", "", checker.OK)
			s.final = append(s.final, checker.Final{Job: complete("j2", "wa", "i1", "d1"), Digest: "d1"})
		}, func(r checker.Report) bool { return r.Jobs == 2 }},
		{"a submit that broke and whose run does not exist is nothing", func(s *story) {
			s.submit("", "i2", "", checker.Info)
		}, func(r checker.Report) bool { return r.Jobs == 1 && r.Recovered == 0 }},
		{"a run cancelled on request is not lost", func(s *story) {
			s.submit("j2", "i2", "", checker.OK)
			s.call(checker.Event{Client: "a", Op: checker.OpCancel, Workspace: "wa", JobID: "j2"}, checker.Info, nil)
			s.final = append(s.final, checker.Final{Job: ended(complete("j2", "wa", "i2", ""), cancelled)})
		}, func(r checker.Report) bool { return r.Cancelled == 1 }},
		{"progress starts again with a new attempt", func(s *story) {
			s.events = s.events[:6]
			j := *running("j1", 2, 0)
			j.Stage, j.Version = "validating", 90
			s.read("a", j)
			s.final[0].Job.Attempt = 2
		}, func(r checker.Report) bool { return r.Resumed == 1 }},
		{"a failed run tells progress 0", func(s *story) {
			s.events = s.events[:6]
			s.final[0].Job = ended(s.final[0].Job, func(j *checker.Job) {
				j.Status, j.Stage, j.Progress, j.Error, j.ErrorKind, j.ResultDigest = "failed", "failed", 0, "It took too long.", "timeout", ""
			})
			s.final[0].Digest = ""
			s.read("a", s.final[0].Job)
		}, func(r checker.Report) bool { return r.Failed == 1 }},
		{"a look that began before the end may answer from before it", func(s *story) {
			s.add(checker.Event{Client: "b", Op: checker.OpRead, Phase: checker.OK, Call: 1, Workspace: "wa", JobID: "j1", Job: running("j1", 1, 99)})
		}, func(checker.Report) bool { return true }},
		{"a foreign run answered with 404 is as it should be", func(s *story) {
			s.call(checker.Event{Client: "b", Op: checker.OpRead, Workspace: "wb", JobID: "j1"}, checker.Fail, func(e *checker.Event) { e.Code = 404 })
		}, func(checker.Report) bool { return true }},
		{"a write under way while the run is taken away may be accepted", func(s *story) {
			s.worker(checker.OpClaim, 1, false)
			s.add(checker.Event{Op: checker.OpWrite, Phase: checker.Invoke, Call: 98, JobID: "j1", Fence: 1})
			s.worker(checker.OpRevoke, 0, false)
			s.add(checker.Event{Op: checker.OpWrite, Phase: checker.OK, Call: 98, JobID: "j1", Fence: 1})
		}, func(checker.Report) bool { return true }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := good()
			tt.adorn(s)
			if got := s.check(); !got.Clean() || !tt.want(got) {
				t.Errorf("report = %s; problems: %q", got.String(), got.Problems)
			}
		})
	}
}

func TestAHistorySurvivesItsFile(t *testing.T) {
	h := checker.NewHistory(noon())
	submit := h.Begin(checker.Event{Client: "a", Op: checker.OpSubmit, Workspace: "wa", Input: "i1"}, noon())
	submit.Phase, submit.JobID, submit.Job = checker.OK, "j1", running("j1", 1, 70)
	h.Add(submit, noon().Add(time.Second))
	var file bytes.Buffer
	if n, err := h.WriteTo(&file); err != nil || n != int64(file.Len()) {
		t.Fatalf("wrote %d of %d bytes, %v", n, file.Len(), err)
	}
	got, err := checker.Read(&file)
	if err != nil || !reflect.DeepEqual(got, h.Events()) {
		t.Errorf("read %+v, %v; want %+v", got, err, h.Events())
	}
	if _, err := checker.Read(bytes.NewReader([]byte("{\"op\":"))); err == nil {
		t.Error("half a line was read as a history")
	}
}
