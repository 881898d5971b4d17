package study

import (
	"context"
	"sync"
	"sync/atomic"
)

// Map calls f for each index from 0 up to n, on so many goroutines at most, and
// returns when all have ended. The first error, or the end of ctx, keeps further
// calls from being made; of several errors the one with the smallest index is
// returned.
func Map(ctx context.Context, n, workers int, f func(ctx context.Context, i int) error) error {
	var (
		next   atomic.Int64
		all    sync.WaitGroup
		lock   sync.Mutex
		failed = n
		first  error
	)
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	for range min(n, max(1, workers)) {
		all.Go(func() {
			for running.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := f(running, i); err != nil {
					lock.Lock()
					if i < failed {
						failed, first = i, err
					}
					lock.Unlock()
					cancel()
				}
			}
		})
	}
	all.Wait()
	if first != nil && ctx.Err() == nil {
		return first
	}
	return ctx.Err()
}
