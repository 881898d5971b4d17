package sqlite_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"lombard.example/lombard/internal/store/sqlite"
)

// TestOnlyTheOwnerReadsTheData opens folders as people leave them; every file
// of lombard in them becomes private, and so does a folder that is its own.
func TestOnlyTheOwnerReadsTheData(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such bits")
	}
	cases := map[string]struct {
		make   func(dir string) error
		folder fs.FileMode
		told   string
	}{
		"new":           {func(string) error { return nil }, 0o700, ""},
		"empty":         {func(dir string) error { return os.Mkdir(dir, 0o755) }, 0o700, ""},
		"with settings": {func(dir string) error { return leave(dir, "config.yaml") }, 0o700, ""},
		"with a spool":  {func(dir string) error { return leave(dir, "spool/upload") }, 0o700, ""},
		"somebody's":    {func(dir string) error { return leave(dir, "letter.txt") }, 0o755, "holds other things too"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			if err := c.make(dir); err != nil {
				t.Fatal(err)
			}
			for range 2 { // made, and opened again after its modes were widened
				db, _ := openDir(t, dir)
				wantPrivate(t, dir, c.folder)
				if told := strings.Join(sqlite.Exposed(dir), " "); (told == "") != (c.told == "") || !strings.Contains(told, c.told) {
					t.Errorf("told %q, want %q", told, c.told)
				}
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
				widen(t, dir)
			}
		})
	}
}

func leave(dir, name string) error {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, nil, 0o644)
}

func wantPrivate(t *testing.T, dir string, folder fs.FileMode) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		switch {
		case path == dir:
			want = folder
		case d.IsDir():
			want = 0o700
		case d.Name() == "letter.txt":
			want = 0o644
		}
		seen++
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
		return nil
	})
	if err != nil || seen < 5 { // the folder, database, log, index, lock, owner
		t.Errorf("%d files, %v", seen, err)
	}
}

// widen gives everybody all rights, as another program might.
func widen(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == "letter.txt" {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return os.Chmod(path, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
