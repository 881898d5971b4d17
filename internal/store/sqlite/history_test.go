package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/store/storetest"
)

// openFilled opens a store with n finished runs of the workspace, oldest first
// and named by their number, and then waiting ones.
func openFilled(t testing.TB, workspace string, n, waiting int) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store"), sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	db.UseTickets(storetest.NewTickets())
	for _, statement := range []string{
		"INSERT INTO workspace (id) VALUES (?1)",
		`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2 + ?3)
		INSERT INTO run (id, workspace_id, scenario, scenario_id, request_key, body_hash, name, symbol, status, stage, cancel_reason, ticket, created_at, completed_at, updated_at)
		SELECT 'run-' || i, ?1, '{}', '', '', '', 'number ' || i || '.', 'XAU',
			iif(i > ?2, 'pending', 'cancelled'), iif(i > ?2, 'validating', 'cancelled'), iif(i > ?2, NULL, 'user'), i, 0, iif(i > ?2, NULL, 0), 0 FROM n WHERE ?2 + ?3 > 0`,
	} {
		if _, err := db.Writer().ExecContext(t.Context(), statement, workspace, n, waiting); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// TestASearchLooksAtABoundedNumberOfRuns: the oldest of many runs is found by
// following the cursor, and no page looks at more than its window.
func TestASearchLooksAtABoundedNumberOfRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("one query after another, which needs no race detector")
	}
	db := openFilled(t, "w", 25_000, 0)
	for _, status := range []lombard.Status{"", lombard.StatusCancelled} {
		q := app.ListQuery{Limit: 10, Search: "number 1.", Status: status}
		for pages := 1; ; pages++ {
			page, err := db.List(t.Context(), "w", q)
			if err != nil {
				t.Fatal(err)
			}
			if found := len(page.Jobs); found != 0 || page.NextCursor == "" {
				if found != 1 || pages != 3 || page.NextCursor != "" {
					t.Errorf("page %d of 3 has %d runs and the cursor %q", pages, found, page.NextCursor)
				}
				break
			}
			q.Cursor = page.NextCursor
		}
	}
}

func TestAQueuePositionIsNotCountedWithoutEnd(t *testing.T) {
	db := openFilled(t, "w", 10, lombard.MostCountedAhead+2)
	for id, want := range map[string]int{"run-11": 1, "run-1010": 1000, "run-1011": 1001, "run-1012": 1001} {
		job, err := db.Job(t.Context(), "w", id)
		if err != nil || job.QueuePosition == nil || *job.QueuePosition != want {
			t.Errorf("position of %s = %v, %v; want %d", id, job.QueuePosition, err, want)
		}
	}
	n := app.NewRun{ID: "more", Workspace: "v", Now: time.Unix(0, 0)}
	for limit, want := range map[int]lombard.Kind{lombard.MostCountedAhead + 2: lombard.KindResourceLimit, lombard.MostCountedAhead + 3: ""} {
		n.MaxPending = limit
		if _, err := db.Submit(t.Context(), n); (err != nil) != (want != "") || err != nil && lombard.KindOf(err) != want {
			t.Errorf("submit with a limit of %d: %v, want kind %q", limit, err, want)
		}
	}
}
