package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// weigher is what an overlay adds to the program, so that it tells on a signal
// how much it holds.
const weigher = `package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

func init() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() {
		for n := 1; ; n++ {
			<-asked
			runtime.GC()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			fmt.Fprintf(os.Stderr, "weighed %d: goroutines=%d heap=%d\n", n, runtime.NumGoroutine(), m.HeapAlloc)
		}
	}()
}
`

// holds is what a process holds when it has nothing to do.
type holds struct{ goroutines, files, heap int }

var weighed = regexp.MustCompile(`weighed (\d+): goroutines=(\d+) heap=(\d+)`)

// weigh asks a server for the n-th time what it holds.
func (s *server) weigh(t *testing.T, n int) (h holds) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(30 * time.Second); time.Now().Before(until); pause(t.Context(), 10*time.Millisecond) {
		for _, m := range weighed.FindAllStringSubmatch(s.log.String(), -1) {
			if m[1] != fmt.Sprint(n) {
				continue
			}
			_, err := fmt.Sscan(m[2]+" "+m[3], &h.goroutines, &h.heap)
			files, readErr := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
			if err != nil || readErr != nil {
				t.Fatal(err, readErr)
			}
			h.files = len(files)
			return h
		}
	}
	t.Fatalf("the server did not say what it holds\n%s", s.log.String())
	return h
}

// TestLeaks is the part of R21 that is about the process: after 10,000 runs, each
// watched over a connection of its own, it holds no more goroutines and open
// files than before, and its heap has not grown with their number.
func TestLeaks(t *testing.T) {
	if !full() {
		t.Skip("skipped: it takes minutes; LOMBARD_CHAOS=full runs it")
	}
	const slack, heapSlack = 5, 4 << 20
	runs := amount(10_000, 200)
	dir := t.TempDir()
	binary, err := build(filepath.Join(dir, "weighed"), "build", overlayOf(t, dir, map[string]string{"cmd/lombard/weigher.go": weigher}), "./cmd/lombard")
	if err != nil {
		t.Fatal(err)
	}
	seed := newSeed(t)
	s := newServer(t, binary)
	s.start()
	work := func(first, n int) {
		var working sync.WaitGroup
		for hand := range submitters {
			working.Go(func() {
				for i := first + hand; i < first+n; i += submitters {
					workspace := fmt.Sprintf("w%d", hand)
					c := newClient(workspace, workspace, s, checker.NewHistory(time.Now())) // a connection of its own
					in := newInput(t, chance(seed, workspace), fmt.Sprintf("leak #%d", i), i, light)
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					if job, _ := c.submit(ctx, in, ""); job == nil || c.watch(ctx, job.ID, nil) == nil {
						t.Errorf("run %d was not seen to its end", i)
					}
					cancel()
					c.http.CloseIdleConnections()
				}
			})
		}
		working.Wait()
		pause(t.Context(), 5*time.Second) // workers and connections come to rest
	}
	work(0, max(200, runs/10))
	before := s.weigh(t, 1)
	began := time.Now()
	work(runs, runs)
	after := s.weigh(t, 2)
	t.Logf("R21: %d runs, each submitted and watched over a connection of its own, in %s: goroutines %d before and %d after, open files %d and %d, heap %d and %d KiB",
		runs, time.Since(began).Round(time.Second), before.goroutines, after.goroutines, before.files, after.files, before.heap>>10, after.heap>>10)
	if after.goroutines > before.goroutines+slack || after.files > before.files+slack || after.heap > before.heap+heapSlack {
		t.Errorf("before %+v, after %+v: want at most %d more goroutines and files and %d bytes of heap", before, after, slack, heapSlack)
	}
}
