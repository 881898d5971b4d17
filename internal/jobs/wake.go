package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// topicInsert is River's own name for "a job was inserted".
const topicInsert = "river_insert"

// wakeDriver is River's SQLite driver with a wake-up inside the process, so
// that a ticket just committed does not wait for the 50 ms poll of the outbox.
// A wake is a hint: the outbox and the fetch poll stay as they are, and a
// lost, late or superfluous wake costs time and never a ticket. This file is
// the only one that touches riverdriver.
type wakeDriver struct {
	*riversqlite.Driver
	wakes chan string
}

func newWakeDriver(d *riversqlite.Driver) *wakeDriver {
	return &wakeDriver{Driver: d, wakes: make(chan string, 64)}
}

// wake makes the producer of the queue fetch now. It never blocks: when the
// buffer is full, fetches are due anyway.
func (d *wakeDriver) wake(queue string) {
	select {
	case d.wakes <- queue:
	default:
	}
}

// GetListener returns the outbox's listener with the wakes beside it.
func (d *wakeDriver) GetListener(params *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &wakeListener{Listener: d.Driver.GetListener(params), wakes: d.wakes}
}

// wakeListener merges two streams of notifications: the outbox's, which a
// goroutine reads between Connect and Close, and the wakes.
type wakeListener struct {
	riverdriver.Listener
	wakes chan string

	mu    sync.Mutex
	relay chan heard
	stop  context.CancelFunc
	done  chan struct{}
}

type heard struct {
	notification *riverdriver.Notification
	err          error
}

// Connect connects the outbox's listener and begins to relay it.
func (l *wakeListener) Connect(ctx context.Context) error {
	if err := l.Listener.Connect(ctx); err != nil {
		return err
	}
	reading, stop := context.WithCancel(context.WithoutCancel(ctx))
	relay, done := make(chan heard), make(chan struct{})
	go func() {
		defer close(done)
		for {
			n, err := l.Listener.WaitForNotification(reading)
			select {
			case relay <- heard{n, err}:
			case <-reading.Done():
				return
			}
			if err != nil {
				return // River closes the listener and connects again
			}
		}
	}()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.relay, l.stop, l.done = relay, stop, done
	return nil
}

// Close ends the relay and closes the outbox's listener.
func (l *wakeListener) Close(ctx context.Context) error {
	l.mu.Lock()
	stop, done := l.stop, l.done
	l.stop = nil
	l.mu.Unlock()
	if stop != nil {
		stop()
		<-done
	}
	return l.Listener.Close(ctx)
}

// WaitForNotification returns the next wake or outbox notification.
func (l *wakeListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	l.mu.Lock()
	relay := l.relay
	l.mu.Unlock()
	select {
	case queue := <-l.wakes:
		payload, err := json.Marshal(map[string]string{"queue": queue})
		if err != nil {
			return nil, fmt.Errorf("encode a wake: %w", err)
		}
		return &riverdriver.Notification{Topic: topicInsert, Payload: string(payload)}, nil
	case h := <-relay:
		return h.notification, h.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
