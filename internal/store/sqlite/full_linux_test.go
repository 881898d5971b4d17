package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"lombard.example/lombard"
)

// TestAFullDiskIsNotReady fills a small disk: readiness says so whenever a
// submit would be refused, and is back when there is space, without a restart.
func TestAFullDiskIsNotReady(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a disk of its own needs the right to mount: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	}()
	db, _ := openDir(t, filepath.Join(disk, "data"))
	defer db.Close()
	for round := range 3 {
		ballast := filepath.Join(disk, "ballast")
		fill(t, ballast)
		// The log may have room left of its own; what is written meanwhile fills it.
		full := false
		for range 200 {
			if err := db.Writable(t.Context()); err != nil {
				full = codeOf(err) == lombard.CodeDiskFull
				break
			}
		}
		if !full {
			t.Fatalf("round %d: a full disk is ready", round)
		}
		if _, err := db.Job(t.Context(), "w", "none"); codeOf(err) != "job_not_found" {
			t.Errorf("round %d: a read answered %v", round, err)
		}
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		if err := db.Writable(t.Context()); err != nil {
			t.Errorf("round %d: with space again: %v", round, err)
		}
	}
	if err := db.Failed(); err != nil {
		t.Errorf("a full disk ended the service: %v", err)
	}
}

// fill writes zeroes until the disk takes no more.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}
