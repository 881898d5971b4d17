package worker

import (
	"context"
	"runtime"
	"time"

	"lombard.example/lombard/internal/live"
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

// guard watches the heap until ctx ends.
func (w *Worker) guard(ctx context.Context) {
	tick := time.NewTicker(guardEvery)
	defer tick.Stop()
	var stopped time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		heap := live.Heap()
		if float64(heap) < guardShare*float64(w.HeapLimit) || time.Since(stopped) < guardPatience {
			continue
		}
		if runtime.GC(); float64(live.Heap()) < guardShare*float64(w.HeapLimit) { // nobody holds it any more
			continue
		}
		if id := w.Feed.StopLargest(heap); id != "" {
			stopped = time.Now()
			w.Log.WarnContext(ctx, "the heap is full: stopped a run", "job", id, "heap_bytes", heap, "limit_bytes", w.HeapLimit)
		}
	}
}
