// Package budget shares a fixed number of bytes among everything that needs
// memory in proportion to what somebody asks for: runs, uploads, reads of
// results, event streams. Each takes what it is expected to use before it
// begins and gives it back at its end.
package budget

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrTooLarge says that more was asked for than the whole budget has: waiting
// would be for ever.
var ErrTooLarge = errors.New("more than the budget has")

// Budget is a number of bytes. It is safe for concurrent use. A nil Budget has
// no limit.
type Budget struct {
	total int64

	mu      sync.Mutex
	used    int64
	waiting list.List // of *request, first come first served
}

// request is one who waits.
type request struct {
	bytes int64
	ready chan struct{} // closed once the bytes are the waiter's
}

// New returns a budget of so many bytes, of which none are used.
func New(total int64) *Budget { return &Budget{total: total} }

// Total returns how many bytes there are in all; 0 for a budget without limit.
func (b *Budget) Total() int64 {
	if b == nil {
		return 0
	}
	return b.total
}

// Used returns how many bytes are taken.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// Acquire takes so many bytes, waiting in turn until they are there: who came
// first is served first, so that many small requests cannot keep a large one
// waiting. The returned function gives them back, once however often it is
// called. Errors are ErrTooLarge and the cause of ctx's end; nothing is taken
// then.
func (b *Budget) Acquire(ctx context.Context, bytes int64) (release func(), err error) {
	if b == nil {
		return func() {}, nil
	}
	if bytes > b.total {
		return nil, fmt.Errorf("%d bytes of %d: %w", bytes, b.total, ErrTooLarge)
	}
	b.mu.Lock()
	if b.waiting.Len() == 0 && b.used+bytes <= b.total {
		b.used += bytes
		b.mu.Unlock()
		return b.releaser(bytes), nil
	}
	r := &request{bytes: bytes, ready: make(chan struct{})}
	place := b.waiting.PushBack(r)
	b.mu.Unlock()

	select {
	case <-r.ready:
		return b.releaser(bytes), nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	select {
	case <-r.ready: // at the same moment
		b.used -= bytes
	default:
		b.waiting.Remove(place)
	}
	b.serve()
	b.mu.Unlock()
	return nil, context.Cause(ctx)
}

// Try takes so many bytes if they are there now, past those who wait. It is for
// small amounts whose sum the caller bounds.
func (b *Budget) Try(bytes int64) (release func(), ok bool) {
	if b == nil {
		return func() {}, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.used+bytes > b.total {
		return nil, false
	}
	b.used += bytes
	return b.releaser(bytes), true
}

func (b *Budget) releaser(bytes int64) func() {
	return sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.used -= bytes
		b.serve()
	})
}

// serve gives bytes to those who wait, as far as there are some. The caller
// holds mu.
func (b *Budget) serve() {
	for first := b.waiting.Front(); first != nil; first = b.waiting.Front() {
		r, _ := first.Value.(*request)
		if b.used+r.bytes > b.total {
			return
		}
		b.used += r.bytes
		b.waiting.Remove(first)
		close(r.ready)
	}
}
