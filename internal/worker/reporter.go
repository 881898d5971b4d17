package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/live"
	"lombard.example/lombard/internal/vendorhttp"
)

const (
	publishEvery = 100 * time.Millisecond // to watchers
	writeEvery   = time.Second            // to the store, besides stage changes
	daysPerLook  = 32                     // simulated days between two looks at the clock
)

// reporter carries the progress of one claimed run to watchers and, from a
// goroutine of its own, to the store. What it shows never goes back within an
// attempt.
type reporter struct {
	w      *Worker
	claim  app.Claim
	cancel context.CancelCauseFunc
	dirty  chan struct{} // a stage began: write soon

	mu        sync.Mutex
	job       lombard.Job // as shown
	points    []lombard.PartialPoint
	published time.Time
	began     time.Time   // of the calculating stage
	seen      int         // days since the last look at the clock
	entered   time.Time   // when the stage began
	log       app.LogPart // not yet written
	storing   bool        // all days are simulated, and the result is being stored
	simulated lombard.Counts
}

var _ vendorhttp.Observer = (*reporter)(nil)

func newReporter(w *Worker, c app.Claim, job lombard.Job, cancel context.CancelCauseFunc) *reporter {
	r := &reporter{w: w, claim: c, cancel: cancel, dirty: make(chan struct{}, 1), job: job, entered: w.Clock.Now()}
	r.write(app.LevelInfo, fmt.Sprintf("Attempt %d begins at a worker of process %s.", c.Attempt, w.name))
	if c.Floor.Stage == lombard.StageValidating {
		r.raise(lombard.ProgressValidating)
	}
	return r
}

// rank orders the stages of a computation.
func rank(s lombard.Stage) int {
	switch s {
	case lombard.StageValidating:
		return 1
	case lombard.StageFetching:
		return 2
	case lombard.StageCalculating:
		return 3
	case lombard.StageComplete, lombard.StageFailed, lombard.StageCancelled: // the store enters them
	}
	return 0
}

// raise moves progress up to at least x. The caller holds mu or is alone.
func (r *reporter) raise(x float64) { r.job.Progress = max(r.job.Progress, x) }

// stage begins a stage, unless the attempt was already past it.
func (r *reporter) stage(stage lombard.Stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.enter(stage)
}

func (r *reporter) enter(stage lombard.Stage) {
	if rank(stage) <= rank(r.job.Stage) {
		return
	}
	r.job.Stage, r.job.StageLabel, r.job.RetryAt = stage, stage.Label(), nil
	r.job.Message = app.MessageOf(&r.job)
	r.passed()
	r.job.Counts = lombard.Counts{}
	switch stage {
	case lombard.StageFetching:
		r.raise(lombard.ProgressFetching)
	case lombard.StageCalculating:
		r.raise(lombard.ProgressCalculating)
	case lombard.StageValidating, lombard.StageComplete, lombard.StageFailed, lombard.StageCancelled: // the store enters them
	}
	r.tell(r.job.Message)
}

// passed notes what the stage before has done, and in what time. The caller
// holds mu.
func (r *reporter) passed() {
	now := r.w.Clock.Now()
	if c := r.job.Counts; c.Done > 0 {
		r.write(app.LevelInfo, fmt.Sprintf("Done after %s: %d %s.", app.Span(now.Sub(r.entered)), c.Done, c.Unit))
	}
	r.entered = now
}

// publish shows the job to watchers. The caller holds mu.
func (r *reporter) publish(kind live.EventKind) {
	now := r.w.Clock.Now()
	r.job.UpdatedAt, r.published = now.UTC(), now
	r.w.Feed.Publish(kind, r.job, r.claim.Fence, r.points)
	r.points = nil
}

// Fetched tells the bars or quotes read so far; it is a load.Progress.
func (r *reporter) Fetched(done, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.job.Stage != lombard.StageFetching {
		return
	}
	r.job.Counts = lombard.Counts{Done: done, Total: total, Unit: "bars"}
	if total > 0 {
		share := min(1, float64(done)/float64(total))
		r.raise(lombard.ProgressFetching + share*(lombard.ProgressCalculating-lombard.ProgressFetching))
	}
	if r.w.Clock.Now().Sub(r.published) >= publishEvery {
		r.publish(live.EventProgress)
	}
}

// almost is the progress of a computation whose days are all done but whose
// result is not stored yet.
const almost = 99.0

// Simulated tells of a day that is computed; it is a calc.Observer.
func (r *reporter) Simulated(template, templates, done, total int, day *lombard.Day) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.began.IsZero() {
		r.enter(lombard.StageCalculating)
		r.began = r.w.Clock.Now()
	}
	if template == 1 {
		r.points = append(r.points, lombard.PartialPoint{Date: day.Date, SpotClose: day.SpotClose, LTVHedged: day.LTVHedged, LTVUnhedged: day.LTVUnhedged})
	}
	if r.seen++; r.seen < daysPerLook && done < total {
		return
	}
	r.seen = 0
	date := day.Date
	r.job.Counts = lombard.Counts{
		Done: int64(done), Total: int64(total), Unit: "days", SimulatedTo: &date, TemplateIndex: template, TemplateCount: templates,
	}
	r.raise(lombard.ProgressCalculating + float64(done)/float64(total)*(almost-lombard.ProgressCalculating))
	now := r.w.Clock.Now()
	r.job.ETASeconds = nil // of storing it is not known
	if done < total {
		eta := now.Sub(r.began).Seconds() / float64(done) * float64(total-done)
		r.job.ETASeconds = &eta
	}
	if done == total || now.Sub(r.published) >= publishEvery {
		r.publish(live.EventProgress)
	}
}

// storesRest tells that all days are simulated and what is not yet stored of the
// result is being stored: all but so many of its hedges.
func (r *reporter) storesRest(done, total int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.enter(lombard.StageCalculating) // of a run without a day to simulate
	r.storing, r.simulated = true, r.job.Counts
	r.passed()
	r.write(app.LevelInfo, messageStoring)
	r.job.ETASeconds, r.job.Message = nil, messageStoring
	r.job.Counts = lombard.Counts{Done: int64(done), Total: int64(total), Unit: "hedges"}
	const last = 0.9 // the rest is for the record of the run itself
	r.raise(almost + last*float64(done)/float64(max(1, total)))
	r.publish(live.EventStage)
}

// held shows a message for as long as something holds the run up within its
// stage, from publishEvery on: until the returned function is called.
func (r *reporter) held(message string) (over func()) {
	var shown, ended bool
	var before string
	timer := time.AfterFunc(publishEvery, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if ended {
			return
		}
		shown, before = true, r.job.Message
		r.job.Message, r.job.ETASeconds = message, nil // how long it takes is not known
		r.tell(message)
	})
	return func() {
		timer.Stop()
		r.mu.Lock()
		defer r.mu.Unlock()
		if ended = true; shown && r.job.Message == message {
			r.job.Message = before
			r.publish(live.EventStage)
		}
	}
}

// tell notes the message of a stage, shows it and has it written soon. The
// caller holds mu.
func (r *reporter) tell(message string) {
	r.write(app.LevelInfo, message)
	r.publish(live.EventStage)
	select {
	case r.dirty <- struct{}{}:
	default:
	}
}

// Called implements vendorhttp.Observer: a pause before another try is shown.
func (r *reporter) Called(c vendorhttp.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.write(callLine(c))
	if c.Wait <= 0 || r.job.Stage != lombard.StageFetching {
		return
	}
	until := r.w.Clock.Now().Add(c.Wait).UTC()
	r.job.RetryAt, r.job.Message = &until, app.RetryMessage(c.Wait, c.Fault, c.Try+1, c.Tries)
	r.publish(live.EventStage) // which no later progress takes the place of
}

// CallsAgain implements vendorhttp.Observer.
func (r *reporter) CallsAgain() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.job.RetryAt == nil {
		return
	}
	r.job.RetryAt = nil
	r.job.Message = app.MessageOf(&r.job)
	r.publish(live.EventStage)
}

// progress returns what the store is to know.
func (r *reporter) progress() app.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return app.Progress{Stage: r.job.Stage, Progress: r.job.Progress, Message: r.job.Message, Counts: r.job.Counts}
}

// note adds a line to the job's own log, to be written with the next progress.
func (r *reporter) note(level, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.write(level, message)
}

// write is note for a caller that holds mu.
func (r *reporter) write(level, message string) {
	if r.w.Redact != nil {
		message = r.w.Redact(message)
	}
	r.log.Add(app.LogLine{Time: r.w.Clock.Now().UTC(), Stage: r.job.Stage, Level: level, Message: message})
}

// takeLog returns the lines that are not yet written and forgets them.
func (r *reporter) takeLog() app.LogPart {
	r.mu.Lock()
	defer r.mu.Unlock()
	part := r.log
	r.log = app.LogPart{}
	return part
}

// untakeLog puts lines back that could not be written.
func (r *reporter) untakeLog(part app.LogPart) {
	r.mu.Lock()
	defer r.mu.Unlock()
	later := r.log.Lines
	part.Dropped += r.log.Dropped
	r.log = part
	for _, l := range later {
		r.log.Add(l)
	}
}

// noted reports whether there are lines to write.
func (r *reporter) noted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.log.Lines) > 0
}

// reached is how far the run has come, with the days that were simulated and
// the lines that are not yet written: what a finished run keeps.
func (r *reporter) reached() app.Progress {
	p := r.progress()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.storing {
		p.Counts = r.simulated
	}
	p.Log, r.log = r.log, app.LogPart{}
	return p
}

// beat writes progress to the store at stage changes and at most once a
// second, and renews the lease at least every HeartbeatEvery, until the
// returned function has returned. It stops the computation when a cancel is
// requested or the claim is lost.
func (r *reporter) beat(ctx context.Context) (stop func()) {
	beating, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	last := r.progress() // now, so that no stage that begins before the goroutine does counts as written
	go func() {
		defer close(done)
		r.beatUntil(beating, last)
	}()
	return func() {
		cancel()
		<-done
	}
}

func (r *reporter) beatUntil(ctx context.Context, last app.Progress) {
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	written := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-r.dirty:
		}
		p := r.progress()
		if p.Same(last) && !r.noted() && time.Since(written) < r.w.HeartbeatEvery {
			continue
		}
		p.Log = r.takeLog()
		now := r.w.Clock.Now()
		signal, err := r.w.Store.Heartbeat(ctx, r.claim, p, now, now.Add(r.w.Lease))
		switch {
		case errors.Is(err, app.ErrStale):
			r.cancel(app.ErrStale)
			return
		case err != nil:
			r.untakeLog(p.Log)
			if ctx.Err() == nil {
				r.w.Log.WarnContext(ctx, "heartbeat", "job", r.claim.RunID, "error", err)
			}
		case signal.CancelRequested:
			r.cancel(live.ErrCancelRequested)
		}
		written, last = time.Now(), p
	}
}
