package sqlite

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"lombard.example/lombard"
)

func temporary(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".tmp") {
			left = append(left, e.Name())
		}
	}
	return left
}

func TestASpooledFileIsPrivateAndGoesAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a [strange] folder") // whose name is a pattern too
	db, err := Open(t.Context(), dir, Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	want := bytes.Repeat([]byte("0123456789"), 100_000)
	f, err := db.Spool(t.Context(), bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	name := f.(spooled).Name()
	if info, err := os.Stat(name); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	for range 2 { // it can be read again
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("read %d bytes, %v, want %d", len(got), err, len(want))
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("after Close the file is there: %v", err)
	}
}

func TestASpoolThatFailsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(t.Context(), dir, Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	own := &lombard.Error{Kind: lombard.KindMalformed, Code: "body_too_large", Message: "Too large."}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, row := range map[string]struct {
		ctx  context.Context
		r    io.Reader
		want func(error) bool
	}{
		"our own error":   {t.Context(), io.MultiReader(strings.NewReader("x"), iotest.ErrReader(own)), func(err error) bool { return errors.Is(err, error(own)) }},
		"a foreign error": {t.Context(), iotest.ErrReader(errors.New("torn")), func(err error) bool { return lombard.KindOf(err) == lombard.KindStorage }},
		"the client left": {gone, strings.NewReader("x"), func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		if f, err := db.Spool(row.ctx, row.r); f != nil || !row.want(err) {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
	if left := temporary(t, dir); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

func TestWhatACrashLeftIsRemovedAtTheNextStart(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "upload-notes.txt")
	for _, name := range []string{filepath.Join(dir, "upload-123.tmp"), mine} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := Open(t.Context(), dir, Options{Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if left := temporary(t, dir); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	if _, err := os.Stat(mine); err != nil {
		t.Errorf("a file of somebody else's: %v", err)
	}
}
