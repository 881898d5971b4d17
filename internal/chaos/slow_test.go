package chaos

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// slowness is a way to keep a connection of a server busy.
type slowness int

const (
	slowHead slowness = iota // the head of a request, a byte at a time
	slowBody                 // the body of a submit, a byte at a time
	slowRead                 // an answer, a byte at a time
	silent                   // nothing at all
	slownesses
)

// cling opens one connection after another and keeps each for as long as the
// server lets it.
func (s *server) cling(ctx context.Context, how slowness, path string, open, all *atomic.Int64) {
	for ctx.Err() == nil {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(*s.address.Load(), "http://"))
		if err != nil {
			pause(ctx, 100*time.Millisecond)
			continue
		}
		open.Add(1)
		all.Add(1)
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		drip(ctx, conn, how, path)
		stop()
		_ = conn.Close()
		open.Add(-1)
	}
}

// drip goes on until the other side has had enough.
func drip(ctx context.Context, conn net.Conn, how slowness, path string) {
	const pace = time.Second
	host := conn.RemoteAddr().String()
	write := func(text string) bool {
		_, err := io.WriteString(conn, text)
		return err == nil
	}
	switch how {
	case slowHead:
		for _, c := range "GET /readyz HTTP/1.1\r\nHost: " + host + "\r\nX-Slow: " + strings.Repeat("x", 1<<12) {
			if !write(string(c)) {
				return
			}
			pause(ctx, pace)
		}
	case slowBody:
		if !write("POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n") {
			return
		}
		for write("{") {
			pause(ctx, pace)
		}
	case slowRead:
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetReadBuffer(1 << 10)
		}
		if !write("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n") {
			return
		}
		for b := make([]byte, 1); ; pause(ctx, pace) {
			if _, err := conn.Read(b); err != nil {
				return
			}
		}
	case silent:
		_, _ = conn.Read(make([]byte, 1))
	case slownesses: // how many there are
	}
}

// TestSlowClients is R30: clients that send or read a byte a second, or nothing,
// hold as many connections as they are let. Others are served meanwhile as
// quickly as ever.
func TestSlowClients(t *testing.T) {
	seed, connections, length, limit := newSeed(t), amount(4000, 200), 2*time.Second, 20*time.Second // on a machine that is busy with other tests
	if full() {
		length, limit = 5*time.Minute, time.Second
	}
	s := newServer(t, program(t))
	s.start()
	l := bareLoad(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := newClient("w1", "w1", s, l.history)
	in := newInput(t, chance(seed, "slow"), "read slowly", 1, medium)
	l.known.keep(in)
	job := c.must(ctx, in)
	if c.await(ctx, job.ID, 5*time.Millisecond) == nil {
		t.Fatal("the run is not over")
	}
	var open, all atomic.Int64
	var clinging sync.WaitGroup
	for i := range connections {
		how := slowness(i) % slownesses
		path := "/api/v1" + c.in()
		if how == slowRead {
			path = "/api/v1" + c.in(job.ID, "result")
		}
		clinging.Go(func() { s.cling(ctx, how, path, &open, &all) })
	}
	for until := time.Now().Add(time.Minute); all.Load() < int64(connections) && time.Now().Before(until); {
		pause(ctx, 10*time.Millisecond)
	}
	var latency spread
	failed, most := 0, int64(0)
	for i, until := 0, time.Now().Add(length); time.Now().Before(until); i++ {
		normal := newClient("normal", fmt.Sprintf("n%d", i%20), s, checker.NewHistory(time.Now()))
		began := time.Now()
		a := normal.do(ctx, http.MethodPost, normal.in(), newInput(t, chance(seed, "normal"), fmt.Sprintf("normal #%d", i), i, light).body)
		latency = append(latency, time.Since(began))
		if a.err != nil || a.code != http.StatusAccepted {
			failed++
		}
		most = max(most, open.Load())
		normal.http.CloseIdleConnections()
		pause(ctx, 20*time.Millisecond)
	}
	cancel()
	clinging.Wait()
	peak, _ := s.peakMemory()
	t.Logf("R30: up to %d connections at once, %d in all, of clients that send or read a byte a second or nothing, for %s: %d submits of others, %d not accepted, p50 %s, p99 %s, max %s; peak memory of the server %d MiB",
		most, all.Load(), length, len(latency), failed, latency.at(0.5), latency.at(0.99), latency.at(1), peak>>20)
	if failed > 0 || latency.at(0.99) > limit {
		t.Errorf("%d submits were not accepted, p99 %s; want none and at most %s", failed, latency.at(0.99), limit)
	}
	if most == 0 {
		t.Error("no slow connection was open: the figure means nothing")
	}
}
