package sqlite_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/jobs"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/store/storetest"
	"lombard.example/lombard/market"
)

// mayScan is what a statement may read from end to end, and why. The steps are
// those of EXPLAIN QUERY PLAN.
var mayScan = map[string]string{
	"SCAN CONSTANT ROW ": "one row, of no table",
	"SCAN j ":            "a list that the statement was given",
	"SCAN json_each ":    "a list that the statement was given",
	"SCAN (subquery-":    "what another step of the statement found",
	"SCAN original ":     "what another step of the queue's statement found",
	"SCAN merged ":       "what another step of the queue's statement found",
	"SCAN updates ":      "what another step of the queue's statement found",
	"SCAN w ":            "the runs that one page of a search looks at, at most searchWindow",
	"SCAN r ":            "the list of all that was bought: a row for each stretch, of which each cost a call",
	"SCAN bar_range ":    "the same, for a price that is damaged",
	"SCAN river_queue ":  "the queues, of which there is one",
	"SCAN river_leader ": "the leader of the queue, of which there is one",

	"SCAN run USING INDEX run_running ":           "what is running: no more than there are workers",
	"SCAN run USING INDEX run_queue ":             "the head of the queue, of which the first is taken",
	"SCAN run USING COVERING INDEX run_queue ":    "the head of the queue, no more than mostCalled",
	"SCAN run USING COVERING INDEX run_running ":  "what is running: no more than there are workers",
	"SCAN run USING COVERING INDEX run_suspect ":  "what is running: no more than there are workers",
	"SCAN spend USING COVERING INDEX spend_open ": "calls to vendors that have not ended, no more than reconcileBatch",
}

// TestNoStatementReadsAWholeTable runs everything that the store and the queue
// do, and asks SQLite how it answers each of their statements. A scan of a
// table makes every job dearer the more jobs there have been.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	if testing.Short() {
		t.Skip("one statement after another, which needs no race detector")
	}
	seen := &statements{texts: map[string]bool{}}
	storetest.Exercise(t, func(t testing.TB, tickets app.Tickets) (app.Store, func()) {
		t.Helper()
		db := seen.open(t)
		db.UseTickets(tickets)
		return db, func() {
			if err := db.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
	})
	db := seen.open(t)
	defer db.Close()
	useLibrary(t, db)
	useQueue(t, db)

	seen.addWritten(t, ".", "../../jobs")
	for _, query := range seen.sorted() {
		steps, err := plan(t.Context(), db, query)
		if err != nil {
			t.Errorf("a statement that is put together from parts was not run here, so nothing is known of its plan: %v: %s", err, query)
		}
		for _, step := range steps {
			if fault := faultOf(query, step); fault != "" {
				t.Errorf("%s: %s\n\t%s", fault, step, strings.Join(strings.Fields(query), " "))
			}
		}
	}
}

// weak are conditions that leave as much to be read as a scan: all that one
// workspace has ever asked, all chains of a source.
var weak = regexp.MustCompile(`^SEARCH .*\((workspace_id|source|status|state)=\?\)$`)

// ofRuns are statements that no list of runs may be sorted for.
var ofRuns = regexp.MustCompile(`\b(FROM|JOIN|UPDATE) run\b`)

// mayMatchMany is what may be found by such a condition, and why.
var mayMatchMany = map[string]string{
	"SEARCH run USING COVERING INDEX run_waiting (workspace_id=?)":             "the last turn of a workspace, which ends the index",
	"SEARCH spend USING INDEX spend_day (workspace_id=?)":                      "a page of the ledger, in the order of the index",
	"SEARCH price_file USING INDEX price_file_newest":                          "the list of a workspace's files, all of which are asked for",
	"SEARCH river_job USING INDEX river_job_prioritized_fetching_index (state": "the tickets at work when the process ended, no more than there are workers",
}

// faultOf says what is wrong with a step of a plan.
func faultOf(query, step string) string {
	may := func(list map[string]string) bool {
		for prefix := range list {
			if strings.HasPrefix(step+" ", prefix) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.HasPrefix(step, "SCAN ") && !may(mayScan):
		return "reads a whole table"
	case strings.HasPrefix(step, "USE TEMP B-TREE") && ofRuns.MatchString(query):
		return "sorts"
	case weak.MatchString(step) && !may(mayMatchMany):
		return "finds too many rows"
	default:
		return ""
	}
}

// TestAScanIsRecognised keeps the test above honest: the statements that made
// jobs slow must be found by it.
func TestAScanIsRecognised(t *testing.T) {
	db := (&statements{texts: map[string]bool{}}).open(t)
	defer db.Close()
	for _, query := range []string{
		"SELECT count(*) FROM run",
		"SELECT id FROM run WHERE status IN ('pending', 'running')",
		"SELECT id FROM run WHERE request_key = ?",
		"UPDATE workspace SET current_run_id = NULL WHERE current_run_id = ?",
		"SELECT id FROM run WHERE workspace_id = ? AND name = ?",
		"DELETE FROM result WHERE size = ?",
		"SELECT id FROM run WHERE workspace_id = ? AND status IN ('failed', 'cancelled') ORDER BY seq",
	} {
		steps, err := plan(t.Context(), db, query)
		if err != nil || !slices.ContainsFunc(steps, func(step string) bool { return faultOf(query, step) != "" }) {
			t.Errorf("no fault was found in %s: %q, %v", query, steps, err)
		}
	}
}

// statements are the different texts that databases were asked to run.
type statements struct {
	mu    sync.Mutex
	texts map[string]bool
}

func (s *statements) open(t testing.TB) *sqlite.DB {
	t.Helper()
	var opened atomic.Bool // migrations run once, and may read what they like
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store"), sqlite.Options{Purpose: "test", Observe: func(query string) {
		if opened.Load() {
			s.observe(query)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	opened.Store(true)
	return db
}

func (s *statements) observe(query string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts[query] = true
}

var dataStatement = regexp.MustCompile(`(?is)^(\s|--[^\n]*\n)*(SELECT|INSERT|UPDATE|DELETE|WITH)\s`)

// ofSchema are statements about the schema itself, which is small.
var ofSchema = regexp.MustCompile(`lombard_schema|river_migration|sqlite_master|pragma_`)

func (s *statements) sorted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for text := range s.texts {
		if dataStatement.MatchString(text) && !ofSchema.MatchString(text) {
			texts = append(texts, text)
		}
	}
	slices.Sort(texts)
	return texts
}

// readEverything are files whose statements read whole tables because that is
// what they are for: no job waits for them.
var readEverything = []string{"check.go", "checkrows.go", "repair.go", "salvage.go", "backup.go"}

// addWritten adds the statements that stand in the code and were not run.
func (s *statements) addWritten(t *testing.T, dirs ...string) {
	t.Helper()
	run := strings.Join(s.sorted(), "\x00")
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || slices.Contains(readEverything, filepath.Base(name)) {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				literal, ok := n.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(run, text) {
					s.observe(text)
				}
				return true
			})
		}
	}
}

// plan returns the steps in which SQLite answers a statement.
func plan(ctx context.Context, db *sqlite.DB, query string) (steps []string, err error) {
	rows, err := db.Writer().QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, make([]any, 64)...) // more parameters than any has
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// useLibrary does everything that the library of bought data can.
func useLibrary(t *testing.T, db *sqlite.DB) {
	t.Helper()
	ctx, now := t.Context(), time.Unix(1_700_000_000, 0)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	k := data.Key{Source: "s", Dataset: "d", Schema: "bars", Symbol: "X"}
	days := market.Range{First: lombard.MustDate("2024-01-02"), Last: lombard.MustDate("2024-01-03")}
	for _, id := range []string{"a", "b", "c"} {
		_, ok, err := db.Reserve(ctx, data.Spend{ID: id, Caller: market.Caller{Workspace: "w", Run: "r"}, Key: k, Range: days, USD: 1, At: now}, 10)
		if must(err); !ok {
			t.Fatal("not reserved")
		}
	}
	must(db.Void(ctx, "a", ""))
	must(db.Keep(ctx, "b", ""))
	must(db.StoreBars(ctx, k, days, []market.Bar{{Date: days.First, Close: 1}}, data.Purchase{Spend: "c", At: now}))
	for _, q := range []data.LedgerQuery{{Workspace: "w", Limit: 1, Now: now}, {Workspace: "w", Limit: 1, Now: now, Cursor: "b"}} {
		_, err := db.Ledger(ctx, q)
		must(err)
	}
	chains := k
	chains.Schema = data.SchemaChains
	must(db.StoreChain(ctx, chains, market.Chain{Date: days.First}, data.Purchase{At: now}))
	for _, packed := range []bool{true, false} {
		must(db.StoredChains(ctx, chains, days, packed, func(data.StoredChain) error { return nil }))
	}
	_, err := db.Covered(ctx, k)
	must(err)
	_, err = db.Datasets(ctx, k.Source, k.Schema, k.Symbol)
	must(err)
	_, err = db.StoredBars(ctx, k, days)
	must(err)
	_, err = db.Remarks(ctx, k, days)
	must(err)
	_, err = db.Holdings(ctx)
	must(err)
	_, err = db.Spent(ctx, "r")
	must(err)
	must(db.Forget(ctx, k))
	must(db.Forget(ctx, chains))
	f := chainFile(t, "w")
	_, err = db.SavePrices(ctx, f)
	must(err)
	must(db.DeletePrices(ctx, "w", f.Digest))
	must(db.Writable(ctx))
}

// useQueue runs a job through the real queue, cancels another, and finds the
// lost ticket of a third.
func useQueue(t *testing.T, db *sqlite.DB) {
	t.Helper()
	queue, err := jobs.New(t.Context(), db.Writer(), jobs.Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	db.UseTickets(queue)
	submit := func(id string) {
		t.Helper()
		if _, err := db.Submit(t.Context(), app.NewRun{ID: id, Workspace: id, ScenarioID: id, BodyHash: id, Now: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	submit("cancelled")
	if _, err := db.Cancel(t.Context(), "cancelled", "cancelled", lombard.CancelUser, time.Now()); err != nil {
		t.Fatal(err)
	}
	submit("one")
	if _, err := db.Reconcile(t.Context(), time.Now(), true); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	asleep := make(chan bool, 1)
	err = queue.Start(t.Context(), func(ctx context.Context, last bool) (bool, error) {
		now := time.Now()
		c, err := db.Claim(ctx, app.ClaimRequest{Last: last, Worker: "test", Now: now, LeaseUntil: now.Add(time.Minute), Deadline: now.Add(time.Hour)})
		if errors.Is(err, app.ErrNothing) {
			if last {
				asleep <- true
			}
			return false, nil
		}
		if err == nil {
			_, err = db.Finish(ctx, c, app.Outcome{HandBack: c.Fence == 1, NextAttempt: true, RetryAt: now.Add(time.Millisecond)}, now)
		}
		if c.Fence != 1 {
			done <- err
		}
		return true, err
	})
	if err != nil {
		t.Fatal(err)
	}
	<-asleep
	if err := queue.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}
