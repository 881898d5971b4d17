package chaos

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard/internal/store/sqlite"
)

// asHolder, in the environment of this test's own binary, makes it a process that
// takes the write lock of the database named by the value, says so, and keeps it
// until its input ends.
const asHolder = "LOMBARD_CHAOS_HOLD"

// becomeHolder holds the lock.
func becomeHolder() {
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	db, err := sql.Open("sqlite", "file:"+os.Getenv(asHolder)+"?_txlock=immediate&_pragma=busy_timeout(10000)")
	fail(err)
	tx, err := db.Begin()
	fail(err)
	fmt.Println("held")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	fail(tx.Rollback())
	os.Exit(0)
}

// holdLock has another process take the lock, and returns what lets it go.
func holdLock(t *testing.T, dir string) (release func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asHolder+"="+filepath.Join(dir, sqlite.FileName))
	cmd.Stderr = os.Stderr
	tether(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the other process did not get the lock: %v", err)
	}
	return sync.OnceFunc(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the process that held the lock: %v", err)
		}
	})
}

// TestLockStorm is R13: fifty clients submit as fast as they are answered while
// another process, which heeds no lock but SQLite's, keeps the database locked
// for four seconds, one in the share. Nobody is answered with an error, and all that was
// acknowledged is there.
func TestLockStorm(t *testing.T) {
	const writers, limit = 50, 5 * time.Second
	held := time.Second
	if full() {
		held = 4 * time.Second
	}
	t.Parallel()
	seed, storms := newSeed(t), amount(10, 1)
	s := newServer(t, program(t))
	s.start()
	l := bareLoad(t, s)
	l.workspaces = crowd(writers)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var mu sync.Mutex
	var latency spread
	codes := map[int]int{}
	var writing sync.WaitGroup
	for i, workspace := range l.workspaces {
		in := newInput(t, chance(seed, workspace), "storm in "+workspace, i, light)
		l.known.keep(in)
		c := newClient(workspace, workspace, s, l.history)
		writing.Go(func() {
			for ctx.Err() == nil {
				e := c.history.Begin(submitOf(c, in), time.Now())
				began := time.Now()
				a := c.do(context.WithoutCancel(ctx), http.MethodPost, c.in(), in.body)
				took := time.Since(began)
				c.settle(e, &a)
				mu.Lock()
				latency = append(latency, took)
				codes[a.code]++
				mu.Unlock()
				pause(ctx, 20*time.Millisecond)
			}
		})
	}
	for range storms {
		pause(ctx, 300*time.Millisecond)
		release := holdLock(t, s.dir)
		pause(ctx, held)
		release()
	}
	pause(ctx, 300*time.Millisecond)
	stop()
	writing.Wait()
	failed := 0
	for code, n := range codes {
		if code == 0 || code >= 500 {
			failed += n
		}
	}
	r := l.verdict("")
	t.Logf("R13: %d locks of %s by another process beside %d writers: %d submits, %d of them answered with an error; p50 %s, p99 %s, max %s; lost=%d",
		storms, held, writers, len(latency), failed, latency.at(0.5), latency.at(0.99), latency.at(1), r.Lost)
	judge(t, l.history, r)
	if failed > 0 || latency.at(0.99) > limit {
		t.Errorf("%d errors (%v), p99 %s; want none and at most %s", failed, codes, latency.at(0.99), limit)
	}
	if latency.at(1) < held/2 {
		t.Errorf("the slowest submit took %s: nobody waited for the lock", latency.at(1))
	}
}
