package sqlite

import (
	"context"
	"io/fs"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// quiet is a queue that does nothing.
type quiet struct{}

func (quiet) Call(context.Context, app.Tx, int) (int, error)  { return 0, nil }
func (quiet) CallAt(context.Context, app.Tx, time.Time) error { return nil }
func (quiet) Claimed(context.Context)                         {}
func (quiet) Done(context.Context, app.Tx) error              { return nil }
func (quiet) Wake()                                           {}
func runOf(workspace, id string, at time.Time) (n app.NewRun) {
	n.ID, n.Workspace, n.ScenarioID, n.BodyHash, n.Now = id, workspace, id, id, at
	return n
}

// TestMigrationsGoDownAndUpWithRunsThatWait: a database of before turns were
// introduced is served in the order of submission, and knows how many wait.
func TestMigrationsGoDownAndUpWithRunsThatWait(t *testing.T) {
	const beforeTurns = 9
	dir, now := t.TempDir(), time.Unix(1_700_000_000, 0)
	open := func() *DB {
		t.Helper()
		db, err := Open(t.Context(), dir, Options{Purpose: "test"})
		if err != nil {
			t.Fatal(err)
		}
		db.UseTickets(quiet{})
		return db
	}
	claim := func(db *DB) (app.Claim, error) {
		return db.Claim(t.Context(), app.ClaimRequest{Worker: "test", Now: now, LeaseUntil: now.Add(time.Minute), Deadline: now.Add(time.Hour)})
	}
	db := open()
	ids := []string{"first", "second", "third", "fourth"}
	for _, id := range ids {
		if _, err := db.Submit(t.Context(), runOf("of "+id, id, now)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := claim(db)
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db.writer, files, goose.WithTableName("lombard_schema"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.DownTo(t.Context(), beforeTurns); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	db = open()
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if job, err := db.Job(t.Context(), "of fourth", "fourth"); err != nil || job.QueuePosition == nil || *job.QueuePosition != 3 {
		t.Errorf("the last is at %v, %v; want 3", job.QueuePosition, err)
	}
	n := runOf("late", "late", now)
	n.MaxPending = 3
	if _, err := db.Submit(t.Context(), n); lombard.KindOf(err) != lombard.KindResourceLimit {
		t.Errorf("three wait and three may: a submit answered %v", err)
	}
	if _, err := db.Finish(t.Context(), c, app.Outcome{Cancelled: true}, now); err != nil {
		t.Errorf("the run that was claimed before: %v", err)
	}
	for _, id := range ids[1:] {
		if c, err := claim(db); err != nil || c.RunID != id {
			t.Errorf("claimed %q, %v; want %s", c.RunID, err, id)
		}
	}
}
