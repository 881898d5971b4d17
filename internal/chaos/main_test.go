package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lombard.example/lombard/internal/chaos/checker"
)

// seedFlag replays a schedule; LOMBARD_CHAOS_SEED does the same.
var seedFlag = flag.Uint64("seed", 0, "replay the schedule of this seed; 0: a new one")

// module is the folder of go.mod, seen from this package.
const module = "../.."

// workshop holds the program that the tests of this package break.
var workshop struct {
	once   sync.Once
	dir    string
	binary string
	err    error
}

func TestMain(m *testing.M) {
	if os.Getenv(asTraced) != "" {
		becomeTraced()
	}
	if os.Getenv(asHolder) != "" {
		becomeHolder()
	}
	flag.Parse()
	code := m.Run()
	if workshop.dir != "" {
		_ = os.RemoveAll(workshop.dir)
	}
	os.Exit(code)
}

// program returns the path of the server's binary, built once.
func program(t *testing.T) string {
	t.Helper()
	workshop.once.Do(func() {
		if workshop.dir, workshop.err = os.MkdirTemp("", "lombard-chaos-"); workshop.err == nil { //nolint:usetesting // shared by all tests, removed by TestMain
			workshop.binary, workshop.err = build(filepath.Join(workshop.dir, "lombard"), "build", "", "./cmd/lombard")
		}
	})
	if workshop.err != nil {
		t.Fatal(workshop.err)
	}
	return workshop.binary
}

// build compiles a package of this module; command is "build", or "test" for
// its test binary. The overlay replaces source files; empty replaces none.
func build(output, command, overlay, pkg string) (string, error) {
	args := []string{command, "-o", output, "-ldflags=-s -w"}
	if command == "test" {
		args = append(args, "-c")
	}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(cmd.Args[1:], " "), err, text)
	}
	return output, nil
}

// full reports whether everything is asked for, or the share of every change.
func full() bool { return os.Getenv("LOMBARD_CHAOS") == "full" }

// amount returns how often something is done: all of it, or the short share.
func amount(all, short int) int {
	if n, err := strconv.Atoi(os.Getenv("LOMBARD_CHAOS_AMOUNT")); err == nil && n > 0 {
		return n
	}
	if full() {
		return all
	}
	return short
}

// newSeed returns the seed of a test and says how to use it again.
func newSeed(t *testing.T) uint64 {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed, _ = strconv.ParseUint(os.Getenv("LOMBARD_CHAOS_SEED"), 10, 64)
	}
	if seed == 0 {
		seed = uint64(time.Now().UnixNano()) % 1e9
	}
	t.Logf("seed %d (LOMBARD_CHAOS_SEED=%d replays the schedule)", seed, seed)
	return seed
}

// chance returns the generator of one actor under a seed.
func chance(seed uint64, actor string) *rand.Rand {
	var stream uint64
	for _, c := range []byte(actor) {
		stream = stream*131 + uint64(c)
	}
	return rand.New(rand.NewPCG(seed, stream))
}

// upTo returns a random duration below the limit.
func upTo(rng *rand.Rand, limit time.Duration) time.Duration {
	return time.Duration(rng.Int64N(int64(limit)))
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// spread is a set of durations.
type spread []time.Duration

// at returns a quantile, rounded for reading; 0 when there is nothing.
func (s spread) at(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	at := sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
	if at > 10*time.Millisecond {
		return at.Round(time.Millisecond)
	}
	return at.Round(10 * time.Microsecond)
}

// judge fails the test when a promise was broken, and keeps the history then.
func judge(t *testing.T, h *checker.History, r checker.Report) {
	t.Helper()
	if r.Clean() {
		return
	}
	t.Errorf("broken promises: %s", r.Found())
	for _, problem := range r.Problems {
		t.Log(problem)
	}
	file, err := os.CreateTemp("", "lombard-history-*.jsonl") //nolint:usetesting // kept after the test, to be looked at
	if err != nil {
		t.Logf("the history could not be kept: %v", err)
		return
	}
	defer file.Close()
	if _, err := h.WriteTo(file); err != nil {
		t.Logf("the history could not be kept: %v", err)
		return
	}
	t.Logf("the history is in %s", file.Name())
}

// encode is json.Marshal of what cannot fail.
func encode(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
