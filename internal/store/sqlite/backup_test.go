package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/store/sqlite"
)

// TestBackupsUnderLoadHoldWhatWasAcknowledged takes one after another while
// runs are submitted and computed: every one restores, is whole, and has every
// run that was acknowledged before it began.
func TestBackupsUnderLoadHoldWhatWasAcknowledged(t *testing.T) {
	backups := 5
	switch {
	case os.Getenv("LOMBARD_CHAOS") == "full":
		backups = 100
	case testing.Short():
		backups = 2
	}
	dir := t.TempDir()
	s := openShop(t, dir)
	var acknowledged atomic.Int64
	stop := make(chan struct{})
	var load sync.WaitGroup
	load.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			r := newRun(fmt.Sprintf("job-%06d", n))
			r.Workspace = r.ID
			if _, err := s.Submit(t.Context(), r); err != nil {
				t.Errorf("submit: %v", err)
				return
			}
			acknowledged.Store(int64(n + 1))
			if c, err := s.claim(); err != nil {
				t.Errorf("claim: %v", err)
			} else if _, err := s.Finish(t.Context(), c, answer(t), r.Now); err != nil {
				t.Errorf("finish: %v", err)
			}
		}
	})
	for n := range backups {
		for acknowledged.Load() < int64(n+1)*3 { // there is something new in each
			if t.Failed() {
				break
			}
		}
		before := acknowledged.Load()
		file := filepath.Join(t.TempDir(), "backup.db")
		if _, err := sqlite.Backup(t.Context(), dir, file, false); err != nil {
			t.Fatalf("backup %d: %v", n, err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("backup %d: %v, %v", n, info.Mode(), err)
		}
		restored := filepath.Join(t.TempDir(), "restored")
		if _, err := sqlite.Restore(t.Context(), file, restored, false); err != nil {
			t.Fatalf("restore %d: %v", n, err)
		}
		if r := check(t, restored, false); r.Damaged != 0 || int64(kindOf(r, "requests").Read) < before {
			t.Errorf("backup %d has %d runs of %d, %d damaged", n, kindOf(r, "requests").Read, before, r.Damaged)
		}
		db, _ := openDir(t, restored) // and it works
		if err := db.Writable(t.Context()); err != nil {
			t.Errorf("restored %d: %v", n, err)
		}
		_ = db.Close()
	}
	close(stop)
	load.Wait()
	if err := s.Failed(); err != nil {
		t.Errorf("a backup disturbed the server: %v", err)
	}
	t.Logf("R27: %d backups, %d runs meanwhile", backups, acknowledged.Load())
	_ = s.Close()
}

func TestBackupsAndRestoresReplaceNothingUntold(t *testing.T) {
	dir, away := t.TempDir(), t.TempDir()
	filled(t, dir)
	file := filepath.Join(away, "backup.db")
	backup := func(overwrite bool) error {
		_, err := sqlite.Backup(t.Context(), dir, file, overwrite)
		return err
	}
	restore := func(from, to string, overwrite bool) error {
		_, err := sqlite.Restore(t.Context(), from, to, overwrite)
		return err
	}
	if err := backup(false); err != nil {
		t.Fatal(err)
	}
	if err := backup(false); codeOf(err) != "file_exists" {
		t.Errorf("a second backup: %v", err)
	}
	if err := backup(true); err != nil {
		t.Errorf("a second backup, told to: %v", err)
	}
	if err := restore(file, dir, false); codeOf(err) != "database_exists" {
		t.Errorf("over a database: %v", err)
	}
	change(t, dir, "DELETE FROM run WHERE id = 'first'")
	db, _ := openDir(t, dir)
	if err := restore(file, dir, true); codeOf(err) != lombard.CodeInUse {
		t.Errorf("under a process that uses it: %v", err)
	}
	_ = db.Close()
	if err := restore(file, dir, true); err != nil {
		t.Fatalf("over a database, told to: %v", err)
	}
	s := openShop(t, dir)
	if err := s.read("first"); err != nil {
		t.Errorf("the restored result: %v", err)
	}
	_ = s.Close()
	left, err := filepath.Glob(filepath.Join(dir, "*.restore*"))
	hidden, _ := filepath.Glob(filepath.Join(away, ".lombard*"))
	if err != nil || len(left)+len(hidden) > 0 {
		t.Errorf("left behind: %q %q %v", left, hidden, err)
	}
}

func TestWhatIsNoBackupIsNotRestored(t *testing.T) {
	dir, away := t.TempDir(), t.TempDir()
	filled(t, dir)
	good := filepath.Join(away, "good.db")
	if _, err := sqlite.Backup(t.Context(), dir, good, false); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	filled(t, other)
	change(t, other, damages["the head is overwritten"])
	harmed, err := os.ReadFile(filepath.Join(other, "lombard.db"))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		make func(path string) error
		code string
	}{
		"nothing":      {func(string) error { return nil }, "no_such_file"},
		"a folder":     {func(path string) error { return os.Mkdir(path, 0o700) }, "not_a_backup"},
		"another file": {func(path string) error { return os.WriteFile(path, []byte("letter"), 0o600) }, "not_a_backup"},
		"empty":        {func(path string) error { return os.WriteFile(path, nil, 0o600) }, "not_a_backup"},
		"half":         {func(path string) error { return os.WriteFile(path, whole[:len(whole)/2], 0o600) }, "not_a_backup"},
		"damaged":      {func(path string) error { return os.WriteFile(path, harmed, 0o600) }, lombard.CodeDamaged},
		"with a log": {func(path string) error {
			if err := os.WriteFile(path+"-wal", []byte("log"), 0o600); err != nil {
				return err
			}
			return os.WriteFile(path, whole, 0o600)
		}, "not_a_backup"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "backup.db")
			if err := c.make(file); err != nil {
				t.Fatal(err)
			}
			if _, err := sqlite.Restore(t.Context(), file, dir, true); codeOf(err) != c.code {
				t.Errorf("restored with %v, want %s", err, c.code)
			}
			if r := check(t, dir, false); r.Damaged != 0 || kindOf(r, "requests").Read != 41 {
				t.Errorf("what was there is changed: %+v", r)
			}
		})
	}
	change(t, dir, damages["a piece is overwritten"])
	if _, err := sqlite.Backup(t.Context(), dir, filepath.Join(away, "bad.db"), false); codeOf(err) != lombard.CodeDamaged {
		t.Errorf("damaged data were backed up: %v", err)
	}
	if _, err := sqlite.Backup(t.Context(), t.TempDir(), filepath.Join(away, "none.db"), false); codeOf(err) != "no_database" {
		t.Errorf("nothing was backed up: %v", err)
	}
	if _, err := sqlite.Backup(t.Context(), dir, filepath.Join(away, "none", "bad.db"), false); codeOf(err) != "file_not_written" {
		t.Errorf("into no folder: %v", err)
	}
}
