package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/internal/store/storetest"
)

func open(t testing.TB, tickets app.Tickets) (store app.Store, remove func()) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	db, err := sqlite.Open(t.Context(), dir, sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	db.UseTickets(tickets)
	return db, func() {
		if err := errors.Join(db.Close(), os.RemoveAll(dir)); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

func TestConformance(t *testing.T) { storetest.Exercise(t, open) }

// TestMachine takes a small share of the steps; LOMBARD_CHAOS=full takes
// them all.
func TestMachine(t *testing.T) {
	steps := 1_500
	if testing.Short() {
		steps = 100
	}
	if os.Getenv("LOMBARD_CHAOS") == "full" {
		steps = 100_000
	}
	taken := storetest.Machine(t, open, steps)
	t.Logf("R6: %d steps against the model, 0 differences", taken)
}

func TestADatabaseOfANewerProgramIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	db, err := sqlite.Open(t.Context(), dir, sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Writer().ExecContext(t.Context(), "INSERT INTO lombard_schema (version_id, is_applied) VALUES (999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the refusal changes nothing and gives the directory free
		_, err = sqlite.Open(t.Context(), dir, sqlite.Options{Purpose: "test"})
		own, ok := errors.AsType[*lombard.Error](err)
		if !ok || own.Kind != lombard.KindStorage || own.Code != lombard.CodeNewerSchema {
			t.Fatalf("opened with %v, want the code %s", err, lombard.CodeNewerSchema)
		}
	}
}
