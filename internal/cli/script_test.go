package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"lombard": func() { os.Exit(Run(context.Background(), OS())) },
	})
}

// TestScripts runs the command line as a user does; each script is one
// behaviour, told in its first comment.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		UpdateScripts: os.Getenv("UPDATE_GOLDEN") != "",
		Setup: func(e *testscript.Env) error {
			for name, value := range map[string]string{
				"LOMBARD_DATA_DIR": filepath.Join(e.WorkDir, "data"), "HOME": filepath.Join(e.WorkDir, "home"),
				"LANG": "C.UTF-8", "EXAMPLES": examples,
			} {
				e.Setenv(name, value)
			}
			e.Values[serverKey{}] = new(*running)
			return nil
		},
		Condition: func(name string) (bool, error) { return name == "root" && os.Geteuid() == 0, nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"number": scriptNumber, "serve": scriptServe, "stop": scriptStop, "exits": scriptExits,
		},
	})
}

// scriptExits runs a command and compares its exit code:
// exits CODE command args...
func scriptExits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if failed, ok := err.(*exec.ExitError); ok { //nolint:errorlint // Exec returns it as it is
		got = failed.ExitCode()
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("exit code = %d, want %s", got, want)
	}
}

// scriptNumber compares a number of a JSON file:
// number FILE path.to.it WANT [TOLERANCE]
func scriptNumber(ts *testscript.TestScript, neg bool, args []string) {
	var at any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &at))
	for _, key := range strings.Split(args[1], ".") {
		if i, err := strconv.Atoi(key); err == nil {
			list, _ := at.([]any)
			at = list[i]
			continue
		}
		object, _ := at.(map[string]any)
		at = object[key]
	}
	got, ok := at.(float64)
	want, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	tolerance := 0.0
	if len(args) > 3 {
		tolerance, err = strconv.ParseFloat(args[3], 64)
		ts.Check(err)
	}
	if !ok || (math.Abs(got-want) <= tolerance) == neg {
		ts.Fatalf("%s = %v, want %s within %g", args[1], at, args[2], tolerance)
	}
}

// running is a server that a script has started.
type running struct {
	cmd    *exec.Cmd
	stderr *bufio.Scanner
}

// serverKey is where a script keeps its server.
type serverKey struct{}

func serverOf(ts *testscript.TestScript) **running {
	at, _ := ts.Value(serverKey{}).(**running)
	return at
}

var servesAt = regexp.MustCompile(`serves at (http://\S+)`)

// scriptServe starts a server on a free port, waits until it says that it is
// ready and puts its address into $SERVER and its process id into $PID.
func scriptServe(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command("lombard", append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...)
	path, err := exec.LookPath(filepath.Join(strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator))[0], "lombard"))
	ts.Check(err)
	cmd.Path, cmd.Err = path, nil
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "LANG", "LOMBARD_DATA_DIR", "GOCOVERDIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	r := &running{cmd: cmd, stderr: bufio.NewScanner(stderr)}
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for r.stderr.Scan() {
		ts.Logf("server: %s", r.stderr.Text())
		if m := servesAt.FindStringSubmatch(r.stderr.Text()); m != nil {
			ts.Setenv("SERVER", m[1])
			ts.Setenv("ADDR", strings.TrimPrefix(m[1], "http://"))
			ts.Setenv("PID", strconv.Itoa(cmd.Process.Pid))
			*serverOf(ts) = r
			return
		}
	}
	ts.Fatalf("the server ended before it was ready")
}

// scriptStop asks the server to stop and checks that it does within ten
// seconds with the exit code 0; `stop kill` kills it instead.
func scriptStop(ts *testscript.TestScript, _ bool, args []string) {
	r := *serverOf(ts)
	if r == nil {
		ts.Fatalf("no server is running")
	}
	*serverOf(ts) = nil
	if len(args) == 1 && args[0] == "kill" {
		ts.Check(r.cmd.Process.Kill())
		_ = r.cmd.Wait()
		return
	}
	began := time.Now()
	ts.Check(r.cmd.Process.Signal(syscall.SIGTERM))
	for r.stderr.Scan() {
		ts.Logf("server: %s", r.stderr.Text())
	}
	if err := r.cmd.Wait(); err != nil {
		ts.Fatalf("the server ended with %v", err)
	}
	if took := time.Since(began); took > softStop+2*time.Second {
		ts.Fatalf("the server took %s to stop", took)
	}
}
