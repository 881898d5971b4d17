package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"lombard.example/lombard"
)

const (
	// maxMarks is how many stages a feed keeps for watchers that have not read
	// them. A run has about four an attempt; a reader further behind than that
	// continues with the oldest that is kept.
	maxMarks = 64

	// pathStep is how many points of a path are told day by day. After each
	// further pathStep points only every eighth of what was told before is told,
	// and nothing beyond maxPathPoints.
	pathStep      = 4096
	maxPathPoints = 4 * pathStep

	// maxFramePoints is how many points one event carries, about 100 KB of JSON.
	maxFramePoints = 1024
)

// feed is what is told of one job: one append-only record that all watchers of
// the job share, each event encoded at most once. A watcher holds nothing but
// its place in it, so one that does not read costs its place, not a queue.
type feed struct {
	watchers int // guarded by hub.mu

	mu      sync.Mutex
	seq     int64       // of the event told last
	marks   []*told     // stages and the end, oldest first, at most maxMarks
	latest  *told       // the last progress
	path    *path       // nil until a worker of this process has computed a day
	job     lombard.Job // as last told, before the end
	version int64       // the least that may be told: somebody has seen it
	over    bool        // the end was told
	heard   time.Time   // when the job was last told, or the store last asked
	wake    chan struct{}
	alarm   chan struct{} // like wake, but not for progress and points
}

// told is an event in a feed.
type told struct {
	event Event
	seq   int64

	once sync.Once
	text []byte
	err  error
}

// newTold returns an event whose encoding is made once.
func newTold(kind EventKind, job lombard.Job, seq int64) *Event {
	t := &told{event: Event{Kind: kind, Job: job}, seq: seq}
	t.event.shared = t
	return &t.event
}

func (t *told) json() ([]byte, error) {
	t.once.Do(func() {
		aside(func() { t.text, t.err = json.Marshal(&t.event.Job) })
	})
	return t.text, t.err
}

// behind reports whether telling next after last would go back in time.
func behind(next *lombard.Job, attempt int, progress float64) bool {
	return next.Attempt < attempt || next.Attempt == attempt && next.Progress < progress
}

// tell appends an event, unless it goes back in time. It takes the same work
// however many watch.
func (f *feed) tell(kind EventKind, job lombard.Job) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over || kind != EventDone && behind(&job, f.job.Attempt, f.job.Progress) {
		return
	}
	job.Version = max(job.Version, f.version)
	f.version, f.heard = job.Version, time.Now()
	if kind != EventDone {
		f.job = job
	}
	f.seq++
	t := newTold(kind, job, f.seq).shared
	if kind == EventProgress {
		f.latest = t
	} else {
		if len(f.marks) == maxMarks {
			f.marks = append(f.marks[:0:0], f.marks[1:]...)
		}
		f.marks = append(f.marks, t)
		f.over = kind == EventDone
	}
	f.notify(kind != EventProgress)
}

// extend appends points to the path of the primary template.
func (f *feed) extend(slug string, points []lombard.PartialPoint) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.path == nil {
		f.path = &path{slug: slug}
	}
	f.path.add(points)
	f.notify(false)
}

// restart forgets the path: another attempt computes it from its first day.
func (f *feed) restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.path = nil
}

// notify wakes those who wait. The caller holds mu.
func (f *feed) notify(loud bool) {
	if f.wake != nil {
		close(f.wake)
		f.wake = nil
	}
	if loud && f.alarm != nil {
		close(f.alarm)
		f.alarm = nil
	}
}

// waiting returns the channel that is closed when something is told; quiet
// leaves out progress and points. The caller holds mu.
func (f *feed) waiting(quiet bool) <-chan struct{} {
	on := &f.wake
	if quiet {
		on = &f.alarm
	}
	if *on == nil {
		*on = make(chan struct{})
	}
	return *on
}

// saw notes that somebody has read the job from the store: nothing with a
// lower version is told from now on.
func (f *feed) saw(job *lombard.Job) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version = max(f.version, job.Version)
	if f.seq == 0 {
		f.job = *job
	}
}

// mayAsk reports whether nothing was heard of the job for so long that the
// store should be asked, and has the other watchers wait for the answer.
func (f *feed) mayAsk(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over || now.Sub(f.heard) < pollEvery {
		return false
	}
	f.heard = now
	return true
}

// answered tells what the store says of the job, if that is news.
func (f *feed) answered(job lombard.Job, err error) {
	f.mu.Lock()
	news := err == nil && (job.Version != f.job.Version || job.Status != f.job.Status)
	if err != nil {
		f.heard = time.Time{} // the next one asks for itself
	}
	f.mu.Unlock()
	if news {
		f.tell(kindOf(&job), job)
	}
}

// place is how far one watcher has read.
type place struct {
	seq      int64
	path     *path
	points   int
	attempt  int     // as last told to this watcher
	progress float64 // as last told to this watcher
	version  int64

	progressAt, pointsAt time.Time // when the last of either was taken
}

// note remembers what the watcher is told.
func (at *place) note(job *lombard.Job) {
	at.attempt, at.progress, at.version = job.Attempt, job.Progress, max(at.version, job.Version)
}

// next returns the first event after the place. Progress and points are taken
// once in pace at the most; stages and the end at once. When there is nothing
// to take it returns a channel that is closed when there may be, and how long
// to wait for the rest of the pace, 0 when there is nothing to wait for.
func (f *feed) next(at *place, pace time.Duration, now time.Time) (e *Event, wake <-chan struct{}, wait time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.path != at.path && f.path != nil {
		at.path, at.points, at.pointsAt = f.path, 0, time.Time{}
	}
	unread := f.path != nil && at.points < len(f.path.points)
	switch t := f.mark(at); {
	case t != nil && t.event.Kind == EventDone && unread: // the end comes last
		return f.part(at, now), nil, 0
	case t != nil:
		at.seq = t.seq
		return at.take(t), nil, 0
	}
	fresh := f.latest != nil && f.latest.seq > at.seq && !behind(&f.latest.event.Job, at.attempt, at.progress)
	if fresh && now.Sub(at.progressAt) >= pace {
		at.seq, at.progressAt = f.latest.seq, now
		return at.take(f.latest), nil, 0
	}
	if unread && now.Sub(at.pointsAt) >= pace {
		return f.part(at, now), nil, 0
	}
	if fresh {
		wait = pace - now.Sub(at.progressAt)
	}
	if rest := pace - now.Sub(at.pointsAt); unread && (wait == 0 || rest < wait) {
		wait = rest
	}
	return nil, f.waiting(wait > 0), wait
}

// mark returns the first stage after the place that does not go back in time,
// or the end. The caller holds mu.
func (f *feed) mark(at *place) *told {
	for _, t := range f.marks {
		if t.seq > at.seq && (t.event.Kind == EventDone || !behind(&t.event.Job, at.attempt, at.progress)) {
			return t
		}
	}
	return nil
}

// take returns the event as this watcher is told it: with the version that it
// has seen already where that is ahead, which is rare and costs an encoding of
// its own.
func (at *place) take(t *told) *Event {
	e := &t.event
	if e.Job.Version < at.version {
		own := *e
		own.Job.Version, own.shared = at.version, nil
		e = &own
	}
	at.note(&e.Job)
	return e
}

// part returns the next points of the path. The caller holds mu.
func (f *feed) part(at *place, now time.Time) *Event {
	from, to := at.points, min(len(f.path.points), at.points+maxFramePoints)
	at.points, at.pointsAt = to, now
	job := f.job
	job.Version = max(job.Version, at.version)
	return &Event{Kind: EventPartial, Job: job, Partial: &Partial{
		TemplateSlug: f.path.slug, From: from, Points: f.path.points[from:to:to], path: f.path, before: f.path.points[:to:to],
	}}
}

// path is the stretch of a path that is known so far.
type path struct {
	slug   string
	points []lombard.PartialPoint // append-only; guarded by feed.mu
	given  int                    // days given, those left out included

	encoding sync.Mutex
	text     []byte // every point as JSON with a comma before it, append-only
	ends     []int  // where each point ends in text
}

// add appends the points that are to be told: all of them at first, fewer and
// fewer on a very long path.
func (p *path) add(points []lombard.PartialPoint) {
	for _, point := range points {
		n := len(p.points)
		if every := 1 << (3 * (n / pathStep)); n < maxPathPoints && p.given%every == 0 {
			p.points = append(p.points, point)
		}
		p.given++
	}
}

// json returns the points from one index on as JSON, without the brackets.
// Each point is encoded once, for the first watcher that wants it.
func (p *path) json(known []lombard.PartialPoint, from int) ([]byte, error) {
	p.encoding.Lock()
	defer p.encoding.Unlock()
	for i := len(p.ends); i < len(known); i++ {
		point, err := json.Marshal(&known[i])
		if err != nil {
			return nil, fmt.Errorf("encode a point of a path: %w", err)
		}
		p.text = append(append(p.text, ','), point...)
		p.ends = append(p.ends, len(p.text))
	}
	start := 0
	if from > 0 {
		start = p.ends[from-1]
	}
	end := start
	if len(known) > 0 {
		end = p.ends[len(known)-1]
	}
	return bytes.TrimPrefix(p.text[start:end:end], []byte(",")), nil
}

// JSON returns the event's data as JSON, in pieces to be written one after the
// other. They are shared with the other watchers of the job: nobody may change
// them.
func (e *Event) JSON() ([][]byte, error) {
	var data any = &e.Job
	if e.Kind == EventPartial {
		data = e.Partial
	}
	switch {
	case e.shared != nil:
		text, err := e.shared.json()
		return [][]byte{text}, err
	case e.Kind == EventPartial && e.Partial.path != nil:
		var points []byte
		var err error
		aside(func() { points, err = e.Partial.path.json(e.Partial.before, e.Partial.From) })
		if err != nil {
			return nil, err
		}
		head, err := json.Marshal(e.Partial.TemplateSlug)
		if err != nil {
			return nil, fmt.Errorf("encode a slug: %w", err)
		}
		return [][]byte{fmt.Appendf(nil, `{"template_slug":%s,"from":%d,"points":[`, head, e.Partial.From), points, []byte("]}")}, nil
	default:
		text, err := json.Marshal(data)
		if err != nil {
			return nil, fmt.Errorf("encode event %s: %w", e.Kind, err)
		}
		return [][]byte{text}, nil
	}
}
