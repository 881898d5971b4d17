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
	"slices"
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
	vendor := standIn(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true,
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			for name, value := range map[string]string{
				"LOMBARD_DATA_DIR": filepath.Join(e.WorkDir, "data"), "HOME": filepath.Join(e.WorkDir, "home"),
				"LANG": "C.UTF-8", "EXAMPLES": examples, "VENDOR": vendor,
				"GORACE": "atexit_sleep_ms=0", // the race detector's default is a second for every command
			} {
				e.Setenv(name, value)
			}
			e.Values[runningKey{}] = running{}
			return nil
		},
		Condition: func(name string) (bool, error) { return name == "root" && os.Geteuid() == 0, nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"number": scriptNumber, "exits": scriptExits, "begin": scriptBegin, "signal": scriptSignal, "serve": scriptServe, "ends": scriptEnds,
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
// number FILE path.to.it WANT [TOLERANCE].
func scriptNumber(ts *testscript.TestScript, neg bool, args []string) {
	var at any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &at))
	for key := range strings.SplitSeq(args[1], ".") {
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

// running are the processes that a script has begun, by name.
type running map[string]*process

type process struct {
	cmd    *exec.Cmd
	stderr *bufio.Scanner
}

// runningKey is where a script keeps its processes.
type runningKey struct{}

// begin starts lombard and waits until its standard error matches pattern; it
// returns the match.
func begin(ts *testscript.TestScript, name, pattern string, args []string) []string {
	path := filepath.Join(strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator))[0], "lombard")
	cmd := exec.Command(path, args...)
	cmd.Dir = ts.MkAbs(".")
	for _, variable := range []string{"PATH", "HOME", "LANG", "LOMBARD_DATA_DIR", "GOCOVERDIR", "GORACE"} {
		cmd.Env = append(cmd.Env, variable+"="+ts.Getenv(variable))
	}
	stderr, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Kill() // most have ended
		_ = cmd.Wait()
	})
	p := &process{cmd: cmd, stderr: bufio.NewScanner(stderr)}
	ts.Value(runningKey{}).(running)[name] = p
	for p.stderr.Scan() {
		ts.Logf("%s: %s", name, p.stderr.Text())
		if m := regexp.MustCompile(pattern).FindStringSubmatch(p.stderr.Text()); m != nil {
			return m
		}
	}
	ts.Fatalf("%s ended before it said %s", name, pattern)
	return nil
}

// scriptBegin starts a command in the background and waits for its word:
// begin NAME PATTERN args of lombard...
func scriptBegin(ts *testscript.TestScript, _ bool, args []string) {
	begin(ts, args[0], args[1], args[2:])
}

// scriptServe starts a server on a free port, waits until it is ready and puts
// its address into $SERVER and $ADDR and its process id into $PID.
func scriptServe(ts *testscript.TestScript, _ bool, args []string) {
	m := begin(ts, "server", `serves at (http://\S+)`, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...))
	ts.Setenv("SERVER", m[1])
	ts.Setenv("ADDR", strings.TrimPrefix(m[1], "http://"))
	ts.Setenv("PID", strconv.Itoa(ts.Value(runningKey{}).(running)["server"].cmd.Process.Pid))
}

// scriptSignal sends a signal to a background command and checks that it ends
// within ten seconds, with one of the exit codes: signal NAME INT|TERM|KILL CODE|CODE.
func scriptSignal(ts *testscript.TestScript, _ bool, args []string) {
	p := background(ts, args[0])
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "KILL": os.Kill}
	began := time.Now()
	ts.Check(p.cmd.Process.Signal(signals[args[1]]))
	p.end(ts, args[0], args[2])
	if took := time.Since(began); took > softStop+2*time.Second {
		ts.Fatalf("%s took %s to end", args[0], took)
	}
}

// scriptEnds waits until a background command has ended by itself, with one of
// the exit codes, and until it has said what a pattern matches:
// ends NAME CODE|CODE PATTERN.
func scriptEnds(ts *testscript.TestScript, _ bool, args []string) {
	said := background(ts, args[0]).end(ts, args[0], args[1])
	if !regexp.MustCompile(args[2]).MatchString(said) {
		ts.Fatalf("%s said %q, want %s", args[0], said, args[2])
	}
}

func background(ts *testscript.TestScript, name string) *process {
	p := ts.Value(runningKey{}).(running)[name]
	if p == nil {
		ts.Fatalf("%s does not run", name)
	}
	return p
}

// end waits for the process, checks its exit code and returns what it said.
func (p *process) end(ts *testscript.TestScript, name, codes string) string {
	var said strings.Builder
	for p.stderr.Scan() {
		ts.Logf("%s: %s", name, p.stderr.Text())
		said.WriteString(p.stderr.Text() + "\n")
	}
	_ = p.cmd.Wait() // the exit code says it
	if got := strconv.Itoa(p.cmd.ProcessState.ExitCode()); !slices.Contains(strings.Split(codes, "|"), got) {
		ts.Fatalf("%s ended with %s, want %s", name, got, codes)
	}
	return said.String()
}
