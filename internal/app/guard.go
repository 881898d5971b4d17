package app

import (
	"context"
	"errors"
	"runtime"
	"runtime/metrics"
	"time"

	"lombard.example/lombard"
)

// The guard stops the run that takes memory without bound, before the system
// stops the whole process: what a run was expected to take is in the budget,
// this is for what nobody expected. Go does not tell which goroutine holds what,
// so the guard goes by growth since each run began.
const (
	guardEvery = 50 * time.Millisecond

	// guardShare of the limit of the heap may be live before a run is stopped.
	guardShare = 0.95

	// guardPatience is how long a run may take to stop, and its memory to come
	// free, before another one is stopped.
	guardPatience = time.Second
)

// errMemory and errMemoryAlone are why the guard stops a run: among others, or
// as the only one, which leaves no doubt.
var (
	errMemory      = errors.New("the heap is full")
	errMemoryAlone = errors.New("the heap is full and no other run is computed")
)

// OutOfMemory is how a run ends that took more memory than there is.
func OutOfMemory() *lombard.Error {
	return &lombard.Error{
		Kind: lombard.KindResourceLimit, Code: lombard.CodeTooMuchMemory,
		Message: "The backtest took more memory than the server has and was stopped.",
		Hint:    "Choose a shorter period or fewer templates, or start the server with more memory (--memory).",
	}
}

// liveHeap returns how many bytes were live on the heap at the last collection.
func liveHeap() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(min(sample[0].Value.Uint64(), 1<<62))
}

// guard watches the heap until ctx ends.
func (s *Service) guard(ctx context.Context) {
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	var stopped time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		heap := liveHeap()
		if float64(heap) < guardShare*float64(s.HeapLimit) || time.Since(stopped) < guardPatience {
			continue
		}
		if runtime.GC(); float64(liveHeap()) < guardShare*float64(s.HeapLimit) { // nobody holds it any more
			continue
		}
		if id := s.hub.stopLargest(heap); id != "" {
			stopped = time.Now()
			s.Log.WarnContext(ctx, "the heap is full: stopped a run", "job", id, "heap_bytes", heap, "limit_bytes", s.HeapLimit)
		}
	}
}

// stopLargest stops the run that most likely fills the heap, and returns its
// id; empty when no run is computed.
func (h *hub) stopLargest(heap int64) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var runs []*liveRun
	for _, run := range h.live {
		if !run.stopped {
			runs = append(runs, run)
		}
	}
	run := largest(runs, heap)
	if run == nil {
		return ""
	}
	run.stopped = true
	if len(h.live) == 1 {
		run.cancel(errMemoryAlone)
	} else {
		run.cancel(errMemory)
	}
	return run.job.JobID
}

// largest picks the run that was begun last of those since whose beginning the
// heap has grown by half of all the growth or more: runs before it have seen the
// same growth, runs after it too little of it.
func largest(runs []*liveRun, heap int64) *liveRun {
	var most int64
	for _, run := range runs {
		most = max(most, heap-run.heap)
	}
	var pick *liveRun
	for _, run := range runs {
		if (heap-run.heap)*2 >= most && (pick == nil || run.began.After(pick.began)) {
			pick = run
		}
	}
	return pick
}
