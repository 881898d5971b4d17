package app_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
	"lombard.example/lombard/internal/load"
	"lombard.example/lombard/internal/provider"
	"lombard.example/lombard/internal/provider/sample"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/market"
)

// steps watches a computation and stops it at one of its steps.
type steps struct {
	stop    context.CancelFunc
	at      string
	days    int // simulated
	after   int // of them, after the stop
	stopped bool
}

func (s *steps) reach(step string) {
	if step == s.at {
		s.stop()
		s.stopped = true
	}
}

func (s *steps) Fetched(int64, int64) { s.reach("fetched") }

func (s *steps) Simulated(template, _, done, _ int, _ *lombard.Day) {
	if s.days++; s.stopped {
		s.after++
	}
	s.reach(fmt.Sprintf("day %d of hedge %d", done-(template-1)*days, template))
}

// days are the sessions of the gold story.
const days = 319

func TestAComputationStopsWithinAStepOfBeingAsked(t *testing.T) {
	const daysPerLook = 16
	for _, at := range []string{"fetched", "day 1 of hedge 1", "day 300 of hedge 1", "day 319 of hedge 1", "hedge 1 kept", "day 100 of hedge 2"} {
		for _, facility := range []string{`{}`, `{"preset":"private_bank_lombard"}`} {
			t.Run(at+" "+facility, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				asked, err := document.Scenario([]byte(`{"symbol":"XAU","start_date":"1987-12-14","end_date":"1989-03-31","template_slugs":["protective-put-atm-12m","protective-put-95pct-12m"],
					"underlying_units":1000,"loan_amount":150000,"margin_call_ltv":0.75,"data_source":"sample","facility":` + facility + `}`))
				if err != nil {
					t.Fatal(err)
				}
				w := &steps{stop: cancel, at: at}
				kept := 0
				sources := load.Sources(provider.New(sample.New()).Lookup)
				plan, err := sources.Plan(asked)
				if err != nil {
					t.Fatal(err)
				}
				opened, err := sources.Open(ctx, load.Caller{Workspace: "w"}, &plan, w.Fetched)
				if err != nil {
					t.Fatal(err)
				}
				_, err = opened.ResultInto(ctx, w.Simulated, func(place, _ int, _ *lombard.TemplateResult) error {
					if w.stopped {
						kept++
					}
					w.reach(fmt.Sprintf("hedge %d kept", place+1))
					return nil
				})
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("the computation ends with %v", err)
				}
				if w.after >= daysPerLook || kept > 0 {
					t.Errorf("%d days and %d answers came after the stop", w.after, kept)
				}
			})
		}
	}
}

// long is a run whose result is more than is kept back until its end.
const long = `{"symbol":"SPX","start_date":"2001-06-01","end_date":"2020-04-17","underlying_units":100,"loan_amount":60000,"margin_call_ltv":0.75,"data_source":"sample",
 "template_slugs":["unhedged","protective-put-atm-12m","protective-put-95pct-12m","protective-put-90pct-12m","ladder-50-50-atm-95pct-12m","ladder-33-33-33-atm-95pct-90pct-12m"]}`

// stages are moments of a run at which it can be held: its source waits, or its
// store.
func stages(t *testing.T, check func(t *testing.T, p *program, job lombard.Job)) {
	t.Helper()
	t.Run("fetching", func(t *testing.T) {
		asked := make(chan struct{}, 1)
		p := start(t, t.TempDir(), settings{}, hang(asked))
		defer p.stop()
		job := p.submit("w", onRemote(gold))
		<-asked
		check(t, p, job)
	})
	t.Run("saving parts", func(t *testing.T) {
		store := newHeldStore()
		store.parts = true
		p := startOn(t, t.TempDir(), settings{}, func(*sqlite.DB) []market.Source { return nil }, store.front)
		defer p.stop()
		job := p.submit("w", long)
		<-store.storing
		check(t, p, job)
	})
	t.Run("storing", func(t *testing.T) {
		store := newHeldStore()
		p := startOn(t, t.TempDir(), settings{}, func(*sqlite.DB) []market.Source { return nil }, store.front)
		defer p.stop()
		job := p.submit("w", gold)
		<-store.storing
		check(t, p, job)
	})
}

func TestACancelIsHeardInEveryStage(t *testing.T) {
	stages(t, func(t *testing.T, p *program, job lombard.Job) {
		t.Helper()
		if _, err := p.Cancel(t.Context(), "w", job.JobID); err != nil {
			t.Fatal(err)
		}
		done := p.wait(job) // nothing but the cancel lets it go on
		if done.Status != lombard.StatusCancelled || *done.CancelReason != lombard.CancelUser || done.Message != "Cancelled." {
			t.Errorf("job is %s, %v, %q", done.Status, done.CancelReason, done.Message)
		}
	})
}

func TestAReplacementIsHeardInEveryStage(t *testing.T) {
	stages(t, func(t *testing.T, p *program, job lombard.Job) {
		t.Helper()
		next := p.submit("w", instead("scenario_name", `"next"`))
		done := p.wait(job)
		if done.Status != lombard.StatusCancelled || *done.CancelReason != lombard.CancelSuperseded || *done.SupersededBy != next.JobID {
			t.Errorf("job is %s, %v", done.Status, done.CancelReason)
		}
		if _, err := p.Cancel(t.Context(), "w", next.JobID); err != nil { // which may be held in the store as well
			t.Fatal(err)
		}
		p.wait(next)
	})
}

func TestAShutdownInAnyStageHandsTheRunBack(t *testing.T) {
	stages(t, func(t *testing.T, p *program, job lombard.Job) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		p.Drain()
		if err := p.queue.Stop(ctx); err != nil { // returns when no work goes on
			t.Fatalf("stop: %v", err)
		}
		left, err := p.Job(t.Context(), "w", job.JobID)
		if err != nil || left.Status != lombard.StatusPending || left.Attempt != 1 || left.Message != "Waiting for a worker." {
			t.Errorf("job is %s at attempt %d, %q, %v; want it handed back", left.Status, left.Attempt, left.Message, err)
		}
		log, err := p.JobLog(t.Context(), "w", job.JobID)
		if err != nil || log.Lines[len(log.Lines)-1].Message != "Handed back: the server shuts down." {
			t.Errorf("the log ends %+v, %v", log.Lines[len(log.Lines)-1], err)
		}
	})
}

func TestADeadlinePassesWhileTheResultIsStored(t *testing.T) {
	store := newHeldStore()
	p := startOn(t, t.TempDir(), settings{Deadline: time.Second}, func(*sqlite.DB) []market.Source { return nil }, store.front)
	defer p.stop()
	if done := p.wait(p.submit("w", gold)); done.Status != lombard.StatusFailed || done.ErrorDetail.Kind != lombard.KindTimeout {
		t.Errorf("job is %s, %+v", done.Status, done.ErrorDetail)
	}
}
