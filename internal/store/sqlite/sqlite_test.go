package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

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

// TestMachine takes a tenth of the full tier's steps; LOMBARD_CHAOS=full takes
// them all.
func TestMachine(t *testing.T) {
	steps := 10_000
	if os.Getenv("LOMBARD_CHAOS") == "full" {
		steps = 100_000
	}
	taken := storetest.Machine(t, open, steps)
	t.Logf("R6: %d steps against the model, 0 differences", taken)
}
