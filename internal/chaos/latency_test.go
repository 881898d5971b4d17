package chaos

import (
	"context"
	"fmt"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// TestCancelLatency is the first half of R7: how long after a cancel the
// computation has stopped and the client has been told so.
func TestCancelLatency(t *testing.T) {
	seed, cancels := newSeed(t), amount(200, 25)
	rng := chance(seed, "canceller")
	s := newServer(t, program(t))
	s.start()
	l := bareLoad(t, s)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	c := newClient("w1", "w1", s, l.history)
	var latency spread
	for i := range cancels {
		in := newInput(t, rng, fmt.Sprintf("cancel #%d", i+1), i, huge)
		l.known.keep(in)
		job := c.must(ctx, in)
		begun, told := make(chan struct{}), make(chan *checker.Job, 1)
		go func() {
			once := false
			told <- c.watch(ctx, job.ID, func(j *checker.Job) {
				if calculating(j) && !once {
					once = true
					close(begun)
				}
			})
		}()
		select {
		case <-begun:
		case <-ctx.Done():
			t.Fatalf("%s did not begin to calculate", job.ID)
		}
		pause(ctx, upTo(rng, 100*time.Millisecond))
		asked := time.Now()
		c.cancel(ctx, job.ID)
		if end := <-told; end != nil && end.Status == "cancelled" {
			latency = append(latency, time.Since(asked))
		}
	}
	r := l.verdict("")
	t.Logf("R7: %d cancels of a computing run: stopped and told in p50 %s, p99 %s, max %s", len(latency), latency.at(0.5), latency.at(0.99), latency.at(1))
	judge(t, l.history, r)
	if len(latency) < cancels*3/4 {
		t.Errorf("%d of %d runs were over before they were cancelled; the figure means nothing", cancels-len(latency), cancels)
	}
	limit := time.Second // on a machine that is busy with other tests
	if full() {
		limit = 200 * time.Millisecond
	}
	if latency.at(0.99) > limit {
		t.Errorf("p99 = %s, want at most %s", latency.at(0.99), limit)
	}
}
