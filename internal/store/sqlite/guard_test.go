package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/store/storetest"
)

// noticed is how long the guard may take; twice that on a busy machine.
const noticed = 10 * time.Second

// openDir opens a data directory with a queue that wakes nobody.
func openDir(t testing.TB, dir string) (*sqlite.DB, *storetest.Tickets) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), dir, sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	tickets := storetest.NewTickets()
	db.UseTickets(tickets)
	return db, tickets
}

func newRun(id string) app.NewRun {
	return app.NewRun{
		ID: id, Workspace: "w", ScenarioID: "s-" + id, RequestKey: "k-" + id, BodyHash: "b-" + id, Now: time.Unix(1_700_000_000, 0),
		Scenario: lombard.Scenario{
			ScenarioName: "Gold", Symbol: "XAU", StartDate: lombard.MustDate("1987-12-14"), EndDate: lombard.MustDate("1989-03-31"),
			TemplateSlug: "unhedged", UnderlyingUnits: 1, LoanAmount: 100, MarginCallLTV: 0.75, DataSource: "sample",
		},
	}
}

func codeOf(err error) string {
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		return own.Code
	}
	return ""
}

// harms are the ways in which a file goes from under an open database.
var harms = map[string]func(path string) error{
	"removed": os.Remove,
	"moved":   func(path string) error { return os.Rename(path, path+".away") },
	"replaced": func(path string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(path+".new", text, 0o600); err != nil {
			return err
		}
		return os.Rename(path+".new", path)
	},
}

func TestFilesTakenAwayEndTheService(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed there")
	}
	for _, name := range []string{"lombard.db", "lombard.db-wal", "lombard.db-shm", "lombard.lock"} {
		for how, harm := range harms {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				db, _ := openDir(t, dir)
				defer db.Close()
				if _, err := db.Submit(t.Context(), newRun("before")); err != nil {
					t.Fatal(err)
				}
				if err := db.Writable(t.Context()); err != nil {
					t.Fatalf("before: %v", err)
				}
				if err := harm(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
				// Nothing is acknowledged from this moment on, whether or not the
				// guard has looked yet.
				if _, err := db.Submit(t.Context(), newRun("after")); codeOf(err) != lombard.CodeFilesGone {
					t.Errorf("submit answered %v", err)
				}
				if err := db.Writable(t.Context()); codeOf(err) != lombard.CodeFilesGone {
					t.Errorf("readiness answered %v", err)
				}
				select {
				case err := <-db.Fatal():
					if codeOf(err) != lombard.CodeFilesGone {
						t.Errorf("ends with %v", err)
					}
				case <-time.After(noticed):
					t.Error("nobody noticed")
				}
			})
		}
	}
}

// TestTheGuardLooksByItself: an idle server notices too.
func TestTheGuardLooksByItself(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed there")
	}
	dir := filepath.Join(t.TempDir(), "data")
	db, _ := openDir(t, dir)
	defer db.Close()
	if err := os.Rename(dir, dir+"-moved"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-db.Fatal():
		if codeOf(err) != lombard.CodeFilesGone || db.Failed() == nil {
			t.Errorf("ends with %v, failed with %v", err, db.Failed())
		}
		if _, err := db.Submit(t.Context(), newRun("late")); codeOf(err) != lombard.CodeFilesGone || !errors.Is(err, app.ErrStoreFailed) {
			t.Errorf("a write after the end was answered %v", err)
		}
	case <-time.After(noticed):
		t.Error("nobody noticed")
	}
}

// TestWhatWasAcknowledgedOutlivesALostLog: the log is open, so closing still
// folds it into the database.
func TestWhatWasAcknowledgedOutlivesALostLog(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed there")
	}
	dir := t.TempDir()
	db, _ := openDir(t, dir)
	if _, err := db.Submit(t.Context(), newRun("kept")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "lombard.db-wal")); err != nil {
		t.Fatal(err)
	}
	<-db.Fatal()
	_ = db.Close()
	again, _ := openDir(t, dir)
	defer again.Close()
	if _, err := again.Job(t.Context(), "w", "kept"); err != nil {
		t.Error(err)
	}
}

// TestNoSecondProcessWithoutTheLockFile: the lock on the database, or on its
// folder, stays when the lock file goes.
func TestNoSecondProcessWithoutTheLockFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be removed there")
	}
	dir := t.TempDir()
	db, _ := openDir(t, dir)
	if err := os.Remove(filepath.Join(dir, "lombard.lock")); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), dir, sqlite.Options{Purpose: "second"}); codeOf(err) != lombard.CodeInUse {
		t.Errorf("opened twice: %v", err)
	}
	linked := t.TempDir() // the same database under another name
	if runtime.GOOS == "linux" {
		if err := os.Link(filepath.Join(dir, "lombard.db"), filepath.Join(linked, "lombard.db")); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(t.Context(), linked, sqlite.Options{Purpose: "second"}); codeOf(err) != lombard.CodeInUse {
			t.Errorf("opened under another name: %v", err)
		}
	}
	_ = db.Close()
	again, _ := openDir(t, dir) // a closed one stays in nobody's way
	_ = again.Close()
}

// TestAProbeWritesOneRow: readiness checks leave one row behind, however many
// there were.
func TestAProbeWritesOneRow(t *testing.T) {
	db, _ := openDir(t, t.TempDir())
	defer db.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Writable(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("asked by nobody, it answered %v", err)
	}
	for range 3 {
		if err := db.Writable(t.Context()); err != nil {
			t.Error(err)
		}
	}
	var rows int
	if err := db.Writer().QueryRowContext(t.Context(), "SELECT count(*) FROM heartbeat WHERE length(filler) > 0").Scan(&rows); err != nil || rows != 1 {
		t.Errorf("%d rows, %v", rows, err)
	}
}
