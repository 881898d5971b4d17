package thetadata_test

import (
	"testing"

	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/store/sqlite"
)

// library opens an empty store.
func library(t testing.TB) data.Library {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir(), sqlite.Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
