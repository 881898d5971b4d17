package budget

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// asker is one who asked for bytes.
type asker struct {
	bytes   int64
	cancel  context.CancelFunc
	release func()
	err     error
	done    chan struct{}
	gone    bool // gave back, or gave up
}

func (a *asker) served() bool {
	select {
	case <-a.done:
		return a.err == nil
	default:
		return false
	}
}

// TestInvariants draws who asks, gives up and gives back: never is more taken
// than there is, what is taken is what was given, those who wait are served in
// the order they came, and nobody waits for what is free.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		total := rapid.Int64Range(1, 100).Draw(r, "total")
		var all []*asker // who asked with Acquire, in order
		var small []func()
		var smallBytes int64
		synctest.Test(t, func(*testing.T) {
			b := New(total)
			check := func() {
				synctest.Wait()
				sum := smallBytes
				waiting := false
				for _, a := range all {
					if a.gone {
						continue
					}
					switch {
					case !a.served() && !waiting:
						waiting = true
						if b.Used()+a.bytes <= total {
							r.Fatalf("%d bytes are free and the first waits for %d", total-b.Used(), a.bytes)
						}
					case a.served() && waiting:
						r.Fatal("one who came later was served before one who waits")
					}
					if a.served() {
						sum += a.bytes
					}
				}
				if b.Used() != sum || sum > total {
					r.Fatalf("%d bytes of %d are taken, given were %d", b.Used(), total, sum)
				}
			}
			for range rapid.IntRange(1, 40).Draw(r, "steps") {
				var live []*asker
				for _, a := range all {
					if !a.gone {
						live = append(live, a)
					}
				}
				switch rapid.IntRange(0, 4).Draw(r, "step") {
				case 0, 1:
					ctx, cancel := context.WithCancel(context.Background())
					a := &asker{bytes: rapid.Int64Range(0, total+1).Draw(r, "bytes"), cancel: cancel, done: make(chan struct{})}
					go func() {
						defer close(a.done)
						a.release, a.err = b.Acquire(ctx, a.bytes)
					}()
					synctest.Wait()
					if a.bytes > total {
						if !errors.Is(a.err, ErrTooLarge) {
							r.Fatalf("%d bytes of %d: %v", a.bytes, total, a.err)
						}
						cancel()
						break
					}
					all = append(all, a)
				case 2:
					n := rapid.Int64Range(0, total+1).Draw(r, "small")
					free := total - b.Used()
					release, ok := b.Try(n)
					if ok != (n <= free) {
						r.Fatalf("%d of %d free bytes: %v", n, free, ok)
					}
					if ok {
						smallBytes += n
						small = append(small, func() { release(); release(); smallBytes -= n })
					}
				case 3:
					if len(small) > 0 {
						small[0]()
						small = small[1:]
					}
				case 4: // one gives back, or gives up
					if len(live) > 0 {
						a := live[rapid.IntRange(0, len(live)-1).Draw(r, "who")]
						if a.gone = true; a.served() {
							a.release()
							a.release()
						}
						a.cancel()
					}
				}
				check()
			}
			for _, a := range all {
				a.cancel()
			}
			synctest.Wait()
		})
	})
}

func TestWhoGivesUpIsToldWhy(t *testing.T) {
	b := New(1)
	release, err := b.Acquire(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	cause := errors.New("the run was cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := b.Acquire(ctx, 1); !errors.Is(err, cause) {
		t.Errorf("err = %v, want the cause", err)
	}
}

func TestABudgetWithoutLimit(t *testing.T) {
	var b *Budget
	release, err := b.Acquire(t.Context(), 1<<60)
	if err != nil {
		t.Fatal(err)
	}
	release()
	if _, ok := b.Try(1 << 60); !ok || b.Used() != 0 || b.Total() != 0 {
		t.Error("a nil budget has a limit")
	}
}

// TestManyAtOnce has more goroutines than bytes; under the race detector it
// shows that nothing is shared without its lock.
func TestManyAtOnce(t *testing.T) {
	b := New(10)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			for range 20 {
				release, err := b.Acquire(t.Context(), int64(i%10)+1)
				if err != nil {
					t.Error(err)
					return
				}
				if used := b.Used(); used > 10 {
					t.Errorf("%d bytes of 10 are taken", used)
				}
				release()
			}
		})
	}
	all.Wait()
	if b.Used() != 0 {
		t.Errorf("%d bytes are still taken", b.Used())
	}
}
