package live

import "runtime/metrics"

// Heap returns how many bytes were live on the heap at the last collection.
func Heap() int64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(min(sample[0].Value.Uint64(), 1<<62))
}

// StopLargest stops the run that most likely fills the heap, and returns its
// id; empty when no run is computed.
func (h *Hub) StopLargest(heap int64) string {
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
		run.cancel(ErrMemoryAlone)
	} else {
		run.cancel(ErrMemory)
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
