package chaos

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// canary is a secret that is in every request and in the environment, and must
// never come back.
const canary = "canary-5f0c1d9e7ab24"

// readyWithin is how long a start may take before the test gives up.
const readyWithin = 30 * time.Second

// server is one data directory and the processes that serve it, one after
// another.
type server struct {
	t       *testing.T
	binary  string
	dir     string
	environ []string
	address atomic.Pointer[string] // of the process of now; nil while there is none
	log     transcript
	tracer  *tracer // of the next process; nil: nobody watches its calls

	cmd     *exec.Cmd
	code    int // the exit code of a process that has ended, -1 after a signal
	started time.Time
	exited  chan struct{} // closed once the process has ended
}

func newServer(t *testing.T, binary string, environ ...string) *server {
	t.Helper()
	s := &server{t: t, binary: binary, dir: t.TempDir(), environ: environ}
	t.Cleanup(s.kill)
	return s
}

// transcript keeps what a process says and finds the address in it.
type transcript struct {
	mu    sync.Mutex
	text  strings.Builder
	found chan string
}

var addressLine = regexp.MustCompile(`serves at (http://[^ ]+) `)

// Write implements io.Writer.
func (l *transcript) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	if m := addressLine.FindSubmatch(b); m != nil && l.found != nil {
		l.found <- string(m[1])
		l.found = nil
	}
	return len(b), nil
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start starts a process and returns once a submit would be accepted.
func (s *server) start() {
	s.t.Helper()
	if err := s.tryStart(); err != nil {
		s.t.Fatalf("%v\n%s", err, s.log.String())
	}
}

func (s *server) tryStart() error {
	found := make(chan string, 1)
	s.log.mu.Lock()
	s.log.found = found
	s.log.mu.Unlock()
	s.launch()
	ctx, cancel := context.WithTimeout(context.Background(), readyWithin)
	defer cancel()
	select {
	case address := <-found:
		s.address.Store(&address)
	case <-s.exited:
		return fmt.Errorf("the server ended at its start with code %d", s.code)
	case <-ctx.Done():
		return fmt.Errorf("the server told no address within %s", readyWithin)
	}
	for {
		if ready(ctx, *s.address.Load()) {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("the server was not ready within %s", readyWithin)
		}
		select {
		case <-s.exited:
			return fmt.Errorf("the server ended at its start with code %d", s.code)
		case <-time.After(time.Millisecond):
		}
	}
}

// launch starts a process and does not wait for it.
func (s *server) launch() {
	s.t.Helper()
	cmd := exec.Command(s.binary, "serve", "--addr", "127.0.0.1:0", "--log-level", "info")
	cmd.Env = append(append(os.Environ(), "LOMBARD_DATA_DIR="+s.dir, "DATABENTO_API_KEY="+canary), s.environ...)
	cmd.Stderr = &s.log
	tether(cmd)
	s.started = time.Now()
	exited := make(chan struct{})
	s.cmd, s.exited = cmd, exited
	if s.tracer != nil {
		s.launchTraced(cmd, exited)
		return
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("start the server: %v", err)
	}
	go func() {
		defer close(exited)
		_ = cmd.Wait() // how it ended is the process's state
		s.code = cmd.ProcessState.ExitCode()
	}()
}

// launchTraced is launch under the tracer, which reaps the process.
func (s *server) launchTraced(cmd *exec.Cmd, exited chan struct{}) {
	s.t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd.Stderr = write
	said := make(chan struct{})
	go func() {
		defer close(said)
		defer read.Close()
		_, _ = io.Copy(&s.log, read)
	}()
	err = s.tracer.start(cmd, func(code int) {
		<-said
		s.code = code
		close(exited)
	})
	_ = write.Close()
	if err != nil {
		s.t.Fatalf("start the server under the tracer: %v", err)
	}
}

func ready(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/readyz", http.NoBody)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// kill ends the process as the power button does.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	s.address.Store(nil)
	_ = s.cmd.Process.Kill()
	<-s.exited
	s.cmd = nil
}

// stop ends the process in good order and returns how long that took.
func (s *server) stop() time.Duration {
	s.t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatalf("send SIGTERM: %v", err)
	}
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.t.Errorf("the server did not end within 20 s of SIGTERM")
		s.kill()
		return time.Since(began)
	}
	took := time.Since(began)
	s.address.Store(nil)
	if code := s.code; code != 0 && code != 130 && code != 143 {
		s.t.Errorf("the server ended with code %d after SIGTERM\n%s", code, s.log.String())
	}
	s.cmd = nil
	return took
}

// alarms returns the lines of the log that no fault of ours explains.
func (s *server) alarms() []string {
	var lines []string
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "panic") || strings.Contains(line, "goroutine ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}
