package chaos

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lombard.example/lombard/internal/tier"
)

// peakMemory returns the most memory that the process has had resident, in
// bytes; ok is false where the system does not tell.
func (s *server) peakMemory() (peak int64, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n << 10, err == nil
		}
	}
	return 0, false
}

// listener is one client with an event stream, bare of everything else: a
// crowd of them must not cost the test more than the server.
type listener struct {
	conn   net.Conn
	events *bufio.Reader
}

// listen opens the event stream of a job. That of a silent client has a small
// receive buffer, so that the server's writing soon stops.
func listen(address, path string, silent bool) (*listener, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		return nil, err
	}
	l := &listener{conn: conn, events: bufio.NewReaderSize(conn, 512)}
	if silent {
		l.buffer(4 << 10)
	}
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, strings.TrimPrefix(address, "http://"))
	return l, err
}

// buffer sets how much the system takes in for the client.
func (l *listener) buffer(size int) {
	if tcp, ok := l.conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(size) // a test of less, where it cannot be set
	}
}

// until reads until an event of that kind begins.
func (l *listener) until(kind string) error {
	for want := "event: " + kind; ; {
		line, err := l.events.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull): // data, which is long
		case err != nil:
			return fmt.Errorf("the stream ended before the event %s: %w", kind, err)
		case strings.TrimSpace(string(line)) == want:
			return nil
		}
	}
}

// TestACrowdOfWatchers is R18: so many clients watch one job, every other one
// without reading until the job is over. All are told the end, and the memory
// of the server stays within its ceiling.
func TestACrowdOfWatchers(t *testing.T) {
	const ceiling = 512 << 20
	crowd := tier.Of(2000, 10_000)
	s := newServer(t, program(t), "LOMBARD_MEMORY=512MiB")
	s.start()
	l := bareLoad(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	c := newClient("w1", "w1", s, l.history)
	in := newInput(t, chance(1, "crowd"), "watched by a crowd", 1, endless)
	l.known.keep(in)
	job := c.must(ctx, in)
	silent := func(i int) bool { return i%2 == 1 }
	listeners := make([]*listener, crowd)
	for i := range listeners {
		var err error
		if listeners[i], err = listen(*s.address.Load(), "/api/v1"+c.in(job.ID, "events"), silent(i)); err != nil {
			t.Fatalf("client %d of %d: %v", i+1, crowd, err)
		}
		defer listeners[i].conn.Close()
	}
	cancelled := make(chan struct{})
	var asked atomic.Int64
	var mu sync.Mutex
	var latency spread
	var watching, ready sync.WaitGroup
	for i, l := range listeners {
		ready.Add(1)
		watching.Go(func() {
			err := l.until("stage") // the job in full: the server has this one
			ready.Done()
			if silent(i) {
				<-cancelled
				l.buffer(1 << 20)
			}
			if err == nil {
				err = l.until("done")
			}
			if err != nil {
				t.Errorf("client %d: %v", i+1, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if !silent(i) {
				latency = append(latency, time.Since(time.Unix(0, asked.Load())))
			}
		})
	}
	ready.Wait()
	pause(ctx, time.Second) // in which the job tells of its progress
	asked.Store(time.Now().UnixNano())
	c.cancel(ctx, job.ID)
	close(cancelled)
	watching.Wait()
	peak, known := s.peakMemory()
	t.Logf("R18: %d clients, half of them silent: all told the end; those who read p50 %s, p99 %s after the cancel; peak memory of the server %d MiB",
		crowd, latency.at(0.5), latency.at(0.99), peak>>20)
	if known && peak > ceiling {
		t.Errorf("the server had %d MiB resident, want at most %d", peak>>20, ceiling>>20)
	}
}
