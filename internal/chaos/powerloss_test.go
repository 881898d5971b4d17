package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/chaos/checker"
	"lombard.example/lombard/internal/store/sqlite"
)

// Images of a disk as the loss of power may leave it: what was written before a
// completed sync of its file is there; of what came after, any part may be.

// variant is what the loss of power makes of writes that no sync has covered.
type variant int

const (
	dropped   variant = iota // none is on the disk
	scattered                // some are, whatever their order
	torn                     // some sectors of each are
	kept                     // all are, as after a kill
	variants
)

// String names the variant.
func (v variant) String() string {
	return [...]string{"all unsynced writes dropped", "some unsynced writes kept", "unsynced writes torn", "all writes kept"}[v]
}

// sector is what a disk writes whole.
const sector = 512

// diskFile is a file as it is for certain, and what may have happened to it since.
type diskFile struct {
	content []byte  // nil: there is no file
	pending []*call // in order; what was made of it since its last sync
}

// disk follows a recorded process.
type disk struct {
	files map[string]*diskFile
	log   []*call
	at    int // calls applied
}

func newDisk(dir string, log []*call) (*disk, error) {
	d := &disk{files: map[string]*diskFile{}, log: log}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if err == nil && e.Type().IsRegular() {
			var text []byte
			text, err = os.ReadFile(filepath.Join(dir, e.Name()))
			d.files[e.Name()] = &diskFile{content: append(make([]byte, 0, len(text)), text...)}
		}
	}
	return d, err
}

func (d *disk) file(name string) *diskFile {
	if d.files[name] == nil {
		d.files[name] = &diskFile{}
	}
	return d.files[name]
}

// advance applies the calls up to the n-th.
func (d *disk) advance(n int) {
	for ; d.at < n; d.at++ {
		c := d.log[d.at]
		switch {
		case c.op == opSync && c.path == ".":
			for _, f := range d.files { // what names a file, or none
				f.settle(c.began, func(c *call) bool { return c.op == opCreate || c.op == opRemove })
			}
		case c.op == opSync:
			d.file(c.path).settle(c.began, func(c *call) bool { return c.op == opWrite || c.op == opTruncate })
		case c.op == opRename: // of no file that matters here
		default:
			f := d.file(c.path)
			f.pending = append(f.pending, c)
		}
	}
}

// settle makes certain what had returned when a sync began, of the kinds that it
// covers.
func (f *diskFile) settle(before int, covers func(*call) bool) {
	var left []*call
	for _, c := range f.pending {
		if covers(c) && c.place < before {
			f.content = apply(f.content, c, nil)
		} else {
			left = append(left, c)
		}
	}
	f.pending = left
}

// apply does a call to content, sector by sector of a write if only is given.
func apply(content []byte, c *call, only func() bool) []byte {
	switch c.op {
	case opOther, opRead, opSync, opRename: // change no content
	case opCreate:
		if content == nil {
			content = []byte{}
		}
	case opRemove:
		return nil
	case opTruncate:
		content = stretch(content, c.size)[:c.size]
	case opWrite:
		content = stretch(content, c.at+int64(len(c.data)))
		for from := int64(0); from < int64(len(c.data)); {
			to := min(int64(len(c.data)), (c.at+from)/sector*sector+sector-c.at)
			if only == nil || only() {
				copy(content[c.at+from:], c.data[from:to])
			}
			from = to
		}
	}
	return content
}

// stretch makes content at least so long, with zeroes.
func stretch(content []byte, size int64) []byte {
	if short := size - int64(len(content)); short > 0 {
		content = append(content, make([]byte, short)...)
	}
	return content
}

// image writes into dir what the loss of power at this moment leaves.
func (d *disk) image(dir string, v variant, rng *rand.Rand) error {
	coin := func() bool { return rng.IntN(2) == 0 }
	for name, f := range d.files {
		content := bytes.Clone(f.content)
		if f.content != nil && content == nil {
			content = []byte{}
		}
		for _, c := range f.pending {
			switch {
			case v == dropped, v == scattered && coin():
			case v == torn:
				content = apply(content, c, coin)
			default:
				content = apply(content, c, nil)
			}
		}
		if content == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// promise is what a client was told of a run: that it is taken, how it ended,
// what its result is.
type promise struct{ workspace, id, status, digest string }

// promisesBefore returns what had been told of every run when a call was made.
func promisesBefore(events []checker.Event, moment time.Duration) map[string]*promise {
	told := map[string]*promise{}
	for _, e := range events {
		if e.At >= moment || e.JobID == "" && e.Job == nil {
			continue
		}
		if e.Op == checker.OpSubmit && e.Phase == checker.OK && told[e.JobID] == nil {
			told[e.JobID] = &promise{workspace: e.Workspace, id: e.JobID}
		}
		if e.Job != nil && e.Job.Terminal() && told[e.Job.ID] != nil {
			told[e.Job.ID].status = e.Job.Status
		}
		if p := told[e.JobID]; p != nil && e.Op == checker.OpResult && e.Phase == checker.OK {
			p.digest = e.Digest
		}
	}
	return told
}

// broken opens an image with the program's own store, and returns what was
// promised and is not so.
func broken(ctx context.Context, dir string, told map[string]*promise) []string {
	db, err := sqlite.Open(ctx, dir, sqlite.Options{Purpose: "test"})
	if err != nil {
		return []string{fmt.Sprintf("corrupt: %v", err)}
	}
	defer db.Close()
	var found []string
	for id, p := range told {
		job, err := db.Job(ctx, p.workspace, id)
		switch {
		case err != nil:
			found = append(found, fmt.Sprintf("lost: %s: %v", id, err))
			continue
		case p.status != "" && string(job.Status) != p.status:
			found = append(found, fmt.Sprintf("lost: %s was %s and is %s", id, p.status, job.Status))
			continue
		case job.Status != lombard.StatusComplete:
			continue
		}
		stored, err := db.Result(ctx, p.workspace, id)
		if err != nil || p.digest != "" && stored.Digest != p.digest {
			found = append(found, fmt.Sprintf("lost: the result of %s: %.12s, %v", id, stored.Digest, err))
		}
	}
	report, err := sqlite.Check(ctx, dir, false)
	if err != nil || report.Damaged > 0 {
		found = append(found, fmt.Sprintf("corrupt: %v, %+v", err, report.Checks))
	}
	return found
}

// recording is a load on a server and every change it made to its files.
type recording struct {
	before string // the directory as it was
	began  time.Time
	log    []*call
	events []checker.Event
}

// record lets a server work under load for a while.
func record(t *testing.T, binary string, seed uint64, length time.Duration) *recording {
	t.Helper()
	d := newDrill(t, binary)
	s := d.serverOn()
	tr := &tracer{dir: s.dir, keep: true, decide: func(*call) action { return action{} }}
	s.tracer = tr
	r := &recording{before: d.prepared, began: time.Now()}
	s.start()
	l := newLoad(t, s, seed)
	r.began = l.began
	pause(t.Context(), length)
	s.kill()
	l.halt()
	r.log, r.events = tr.log, l.history.Events()
	return r
}

// images loses power at so many moments of the recording, and returns how many
// promises had been made in all and in which images some were broken.
func (r *recording) images(t *testing.T, n int, seed uint64) (promises int, bad map[variant]int, first string) {
	t.Helper()
	rng := chance(seed, "power")
	moments := make([]int, n)
	for i := range moments {
		moments[i] = rng.IntN(len(r.log))
	}
	slices.Sort(moments)
	d, err := newDisk(r.before, r.log)
	if err != nil {
		t.Fatal(err)
	}
	bad = map[variant]int{}
	for i, at := range moments {
		d.advance(at)
		dir := scratch(t)
		v := variant(i) % variants
		if err := d.image(dir, v, rng); err != nil {
			t.Fatal(err)
		}
		told := promisesBefore(r.events, r.log[at].when.Sub(r.began))
		promises += len(told)
		if found := broken(t.Context(), dir, told); len(found) > 0 {
			bad[v]++
			if first == "" {
				first = fmt.Sprintf("before call %d of %d, a %s of %s, %s: %v", at, len(r.log), r.log[at].op, r.log[at].path, v, found)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	return promises, bad, first
}

// scratch is a directory in memory where there is one: an image needs no disk.
func scratch(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "lombard-image-") //nolint:usetesting // in memory, and removed by the caller
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return t.TempDir()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func sum(of map[variant]int) (n int) {
	for _, x := range of {
		n += x
	}
	return n
}

// TestPowerLoss is R3: the writes of a server under load are recorded, and the
// power is lost at many moments of them. In every image the program's store
// finds all that had been acknowledged, and nothing damaged. That the images
// can tell is shown by a program that syncs less: of what it acknowledged, some
// is lost.
func TestPowerLoss(t *testing.T) {
	needTracer(t)
	t.Parallel()
	seed, n := newSeed(t), amount(1000, 40)
	length := time.Second
	if full() {
		length = 10 * time.Second
	}
	r := record(t, program(t), seed, length)
	promises, bad, first := r.images(t, n, seed)
	t.Logf("R3: %d images of a loss of power within %d calls, %d promises looked up: broken in %d images", n, len(r.log), promises, sum(bad))
	if sum(bad) > 0 {
		t.Errorf("broken promises in images: %v; the first %s", bad, first)
	}
	if promises == 0 {
		t.Error("nothing had been promised in any image; the figure means nothing")
	}
	if !full() {
		return
	}
	dir := t.TempDir()
	binary, err := build(filepath.Join(dir, "unsynced"), "build", unsynced().overlay(t, dir), "./cmd/lombard")
	if err != nil {
		t.Fatal(err)
	}
	control := record(t, binary, seed, length)
	_, bad, _ = control.images(t, n, seed)
	t.Logf("R3: the control, synchronous=NORMAL: broken in %d of %d images", sum(bad), n)
	if sum(bad) == 0 {
		t.Error("a program that syncs less loses nothing: the images prove nothing")
	}
}

// unsynced is the program with a commit that does not wait for the disk.
func unsynced() *mutant {
	return &mutant{
		name: "NORMAL", defect: "a commit is acknowledged before it is synced",
		edits: []edit{{"internal/store/sqlite/open.go", "synchronous(FULL)", "synchronous(NORMAL)"}},
	}
}
