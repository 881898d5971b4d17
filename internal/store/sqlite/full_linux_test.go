package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/store/sqlite"
)

// smallDisk mounts a disk of 2 MB in memory and returns where; the test is
// skipped where that is not allowed.
func smallDisk(t *testing.T) string {
	t.Helper()
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a disk of its own needs the right to mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	return disk
}

// TestAFullDiskIsNotReady fills a small disk: readiness says so whenever a
// submit would be refused, and is back when there is space, without a restart.
func TestAFullDiskIsNotReady(t *testing.T) {
	disk := smallDisk(t)
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

// TestADiskThatTurnedReadOnlyIsKnown remounts a disk: it is told from one that
// can be written to, and from a directory that is not there. It may not end the
// service, for nothing is in the file that a later write could not follow.
func TestADiskThatTurnedReadOnlyIsKnown(t *testing.T) {
	disk := smallDisk(t)
	for round := range 2 {
		if sqlite.TurnedReadOnly(disk) {
			t.Errorf("round %d: a disk that can be written to counts as read-only", round)
		}
		if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		if !sqlite.TurnedReadOnly(disk) {
			t.Errorf("round %d: a disk that is read-only counts as one that can be written to", round)
		}
		if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, ""); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(disk); err != nil || len(left) > 0 {
		t.Errorf("the looks left %v, %v", left, err)
	}
	if sqlite.TurnedReadOnly(filepath.Join(disk, "none")) {
		t.Error("a directory that is not there counts as read-only")
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
