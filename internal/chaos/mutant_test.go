package chaos

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// edit replaces text in one source file of this module.
type edit struct{ file, old, new string }

// mutant is a defect that a naive runner of jobs has, put into this one.
type mutant struct {
	name   string
	defect string
	edits  []edit
	suite  string // the test that catches it in this process; empty: load on a real server does
	kills  bool   // the server is killed under the load
	golden bool   // results are compared with those of the real program
	images bool   // images of a loss of power catch it, not load
	caught string // the count that shows it
}

const (
	work      = "internal/store/sqlite/work.go"
	committer = "internal/store/sqlite/committer.go"
	submitSQL = "internal/store/sqlite/submit.go"
	schema    = "internal/store/sqlite/migrations/00001_runs.sql"
)

// mutants is the table of defects. A row whose old text is gone fails the
// test: the code has moved on and the row must follow.
func mutants() []mutant {
	guard := "WHERE id = ? AND fence = ? AND status = 'running'`, args...)"
	return []mutant{
		{
			name: "D1", defect: "a worker's last write finds its run by the workspace, so a replaced run writes onto the newer one",
			edits: []edit{{
				work, guard,
				"WHERE id = (SELECT w.current_run_id FROM workspace w JOIN run mine ON mine.workspace_id = w.id WHERE mine.id = ?) AND ? > 0 AND completed_at IS NULL`, args...)",
			}},
			caught: "lost",
		},
		{
			name: "D3", defect: "a finished run can be cancelled, so that its terminal status changes",
			edits: []edit{
				{submitSQL, "WHERE id = ? AND status = 'pending' AND `+unsealed,", "WHERE id = ? AND status IN ('pending', 'complete', 'failed')`,"},
				{schema, "WHEN OLD.status IN ('complete', 'failed', 'cancelled')\n AND (", "WHEN OLD.status = 'nothing' AND ("},
				{schema, "CHECK ((status = 'complete') = (result_digest IS NOT NULL)),", "CHECK (1),"},
				{schema, "CHECK ((status = 'failed') = (error IS NOT NULL)),", "CHECK (1),"},
			},
			caught: "terminal_changed",
		},
		{
			name: "D22", defect: "the idempotency key is not looked at, so a repeated submit is a second run",
			edits: []edit{
				{submitSQL, `if n.IdempotencyKey == "" {`, `if len(n.IdempotencyKey) >= 0 {`},
				{schema, "CREATE UNIQUE INDEX run_idem", "CREATE INDEX run_idem"},
			},
			caught: "duplicated",
		},
		{
			name: "D33", defect: "a failed run is written without its error",
			edits: []edit{
				{work, "sentence, sentence, string(text), at.Progress", "sentence, nil, nil, at.Progress"},
				{work, "text, err := json.Marshal(detail)", "_, err := json.Marshal(detail)"},
				{schema, "CHECK ((status = 'failed') = (error IS NOT NULL)),", "CHECK (1),"},
			},
			suite: "TestEveryEndSaysWhy", caught: "wrong_result",
		},
		{
			name: "no fence", defect: "a worker's writes do not carry its fence, so a worker that lost its run still writes",
			edits: []edit{
				{work, guard, "WHERE id = ? AND ? > 0 AND status = 'running'`, args...)"},
				{work, "FROM run WHERE id = ? AND fence = ? AND status = 'running'\"", "FROM run WHERE id = ? AND ? > 0 AND status = 'running'\""},
				{work, "WHERE id = ? AND fence = ? AND status = 'running' RETURNING cancel_requested", "WHERE id = ? AND ? > 0 AND status = 'running' RETURNING cancel_requested"},
			},
			suite: "TestFrozenWorker", caught: "stale_write",
		},
	}
}

// moreMutants is the rest of the table, for the full tier.
func moreMutants() []mutant {
	normal := *unsynced()
	normal.images, normal.caught = true, "lost"
	return []mutant{
		normal,
		{
			name: "D11", defect: "a write is acknowledged before its transaction is committed",
			edits: []edit{
				{committer, "func (c *committer) run(batch []*write) error {\n", "func (c *committer) run(batch []*write) error {\n\tall := batch\n"},
				{committer, "	if err := tx.Commit(); err != nil {", "	for _, w := range all {\n\t\tw.answer <- passOn(w.err)\n\t}\n	if err := tx.Commit(); err != nil {"},
			},
			images: true, caught: "lost",
		},
		{
			name: "D12", defect: "what ran when the process died is not taken over at the next start",
			edits: []edit{{"internal/store/sqlite/reconcile.go", "runs, err := listAbandoned(ctx, tx, now, takeOver)", "runs, err := listAbandoned(ctx, tx, now.Add(-24*time.Hour), false)"}},
			kills: true, caught: "lost",
		},
		{
			name: "D22 cache", defect: "the key of the cache leaves the loan out, so that another question is answered",
			edits:  []edit{{"calc/identity.go", "	return hashOf(struct {\n\t\tScenario lombard.Scenario", "	s.ScenarioName, s.LoanAmount = \"\", 0\n	return hashOf(struct {\n\t\tScenario lombard.Scenario"}},
			golden: true, caught: "wrong_result",
		},
		{
			name: "D39", defect: "a job is read by its id alone, from whatever workspace",
			edits:  []edit{{"internal/store/sqlite/rows.go", "FROM run r WHERE r.workspace_id = ? AND r.id = ?", "FROM run r WHERE ? <> '' AND r.id = ?"}},
			caught: "cross_tenant",
		},
		{
			name: "D45", defect: "a vendor's key is written to the log",
			edits: []edit{
				{"internal/cli/serve.go", `p.tell("lombard serves at %s (data in %s). Interrupt to stop.", address, c.DataDir)`, `p.tell("lombard serves at %s (data in %s). Interrupt to stop. %v", address, c.DataDir, os.Environ())`},
				{"internal/cli/serve.go", `	"net/http"` + "\n", `	"net/http"` + "\n" + `	"os"` + "\n"},
			},
			caught: "leaked_secret",
		},
	}
}

// overlay writes the mutated files into dir and returns the file that tells
// the compiler to use them in place of the real ones.
func (m *mutant) overlay(t *testing.T, dir string) string {
	t.Helper()
	root, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, e := range m.edits {
		text, read := texts[e.file]
		if !read {
			b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(e.file)))
			if err != nil {
				t.Fatal(err)
			}
			text = string(b)
		}
		if n := strings.Count(text, e.old); n != 1 {
			t.Fatalf("mutant %s: %s holds %q %d times, want once; write the row anew", m.name, e.file, e.old, n)
		}
		texts[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	return overlayOf(t, dir, texts)
}

// overlayOf writes files of the module, changed or new, into dir and returns the
// file that tells the compiler to use them.
func overlayOf(t *testing.T, dir string, texts map[string]string) string {
	t.Helper()
	root, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for file, text := range texts {
		mutated := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(mutated, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, filepath.FromSlash(file))] = mutated
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, encode(t, map[string]any{"Replace": replace}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// program compiles the mutant's server.
func (m *mutant) program(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	binary, err := build(filepath.Join(dir, "mutant"), "build", m.overlay(t, dir), "./cmd/lombard")
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// how names what is to catch the mutant.
func (m *mutant) how() string {
	switch {
	case m.suite != "":
		return m.suite
	case m.images:
		return "images of a loss of power"
	case m.kills:
		return "load and kills"
	default:
		return "load"
	}
}

// underLoad lets the mutant serve the load that the real program passes, until
// the checker has seen enough, and returns the counts it found.
func (m *mutant) underLoad(t *testing.T, binary string, seed uint64) string {
	t.Helper()
	if m.images {
		return lostInImages(t, binary, seed)
	}
	s := newServer(t, binary)
	s.start()
	l := newLoad(t, s, seed)
	for range 6 {
		pause(t.Context(), 500*time.Millisecond)
		if m.kills {
			s.kill()
			s.start()
		}
	}
	l.halt()
	golden := ""
	if m.golden {
		golden = program(t)
	}
	r := l.verdictWithin(3*time.Second, golden)
	s.kill()
	return r.Found()
}

// lostInImages loses power under the mutant.
func lostInImages(t *testing.T, binary string, seed uint64) string {
	t.Helper()
	r := record(t, binary, seed, 3*time.Second)
	if _, bad, _ := r.images(t, 200, seed); sum(bad) > 0 {
		return fmt.Sprintf("lost=%d", sum(bad))
	}
	return ""
}

var found = regexp.MustCompile(`broken promises: (.*)`)

// inSuite runs one test of this package against the mutant and returns the
// counts it found.
func (m *mutant) inSuite(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	binary, err := build(filepath.Join(dir, "mutant.test"), "test", m.overlay(t, dir), "./internal/chaos")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.run", "^"+m.suite+"$", "-test.timeout", "2m")
	cmd.Env = append(os.Environ(), "LOMBARD_CHAOS_AMOUNT=24", "TMPDIR="+dir)
	tether(cmd)
	text, err := cmd.CombinedOutput()
	if match := found.FindSubmatch(text); match != nil {
		return string(match[1])
	}
	t.Logf("%s of mutant %s (%v):\n%s", m.suite, m.name, err, text)
	return ""
}

// TestMutants is R33: the suites of this package are run against programs with
// known defects, and each is caught. A checker that never fails proves nothing.
func TestMutants(t *testing.T) {
	seed, caught := newSeed(t), 0
	all := mutants()
	if full() {
		all = append(all, moreMutants()...)
	}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			if m.images {
				needTracer(t)
			}
			how, counts := m.how(), ""
			seen := func() bool { return strings.Contains(" "+counts, " "+m.caught+"=") }
			if m.suite != "" {
				counts = m.inSuite(t)
			} else { // a busy machine may do too little in one try for the defect to show
				binary := m.program(t)
				for try := range uint64(4) {
					if counts = m.underLoad(t, binary, seed+try); seen() {
						break
					}
				}
			}
			if !seen() {
				t.Errorf("mutant %s (%s) was not caught by %s: found %q, want %s", m.name, m.defect, how, counts, m.caught)
				return
			}
			caught++
			t.Logf("R33: %s (%s): caught by %s: %s", m.name, m.defect, how, counts)
		})
	}
	t.Logf("R33: %d of %d mutants caught", caught, len(all))
}
