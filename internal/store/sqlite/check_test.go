package sqlite_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/data"
	"lombard.example/lombard/internal/store/sqlite"
	"lombard.example/lombard/market"
)

// filled makes a data directory with something of every kind, and closes it.
func filled(t *testing.T, dir string) {
	t.Helper()
	s := openShop(t, dir)
	other := func(n int) string {
		id := fmt.Sprintf("job-%02d", n)
		r := newRun(id)
		r.Workspace = id
		s.submit(r)
		return id
	}
	for n := 0; n < 40; n += 2 {
		s.compute(other(n))
	}
	s.submit(newRun("first"))
	s.compute("first")
	for n := 1; n < 40; n += 2 { // these wait
		other(n)
	}
	f := chainFile(t, "w")
	if _, err := s.SavePrices(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	bars := app.PriceFile{Workspace: "w", Symbol: "BARS", Name: "bars.csv", Bars: []market.Bar{{Date: f.First, Close: 1}}, Warnings: []lombard.Warning{}}
	bars.Digest = (&market.Series{Bars: bars.Bars}).Digest()
	if _, err := s.SavePrices(t.Context(), bars); err != nil {
		t.Fatal(err)
	}
	days := market.Range{First: f.First, Last: f.First + 2}
	if err := s.StoreBars(t.Context(), barKey, days, []market.Bar{{Date: f.First, Close: 1}, {Date: f.First + 1, Close: 2}, {Date: f.First + 2, Close: 3}}, data.Purchase{}); err != nil {
		t.Fatal(err)
	}
	if err := s.StoreChain(t.Context(), chainKey, f.Chains[0], data.Purchase{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

var (
	barKey   = data.Key{Source: "v", Dataset: "d", Schema: "bars", Symbol: "X"}
	chainKey = data.Key{Source: "v", Dataset: "d", Schema: data.SchemaChains, Symbol: "X"}
)

// change alters a closed database as a failing disk would.
func change(t *testing.T, dir, statement string) {
	t.Helper()
	db, _ := openDir(t, dir)
	if err := alter(t.Context(), db, statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, dir string, repair bool) sqlite.CheckReport {
	t.Helper()
	r, err := sqlite.Check(t.Context(), dir, repair)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func kindOf(r sqlite.CheckReport, name string) sqlite.Checked {
	for _, c := range r.Checks {
		if c.Kind == name {
			return c
		}
	}
	return sqlite.Checked{}
}

func TestCheckReadsEverything(t *testing.T) {
	dir := t.TempDir()
	filled(t, dir)
	r := check(t, dir, false)
	if r.Damaged != 0 || r.InUse {
		t.Fatalf("%+v", r)
	}
	for kind, want := range map[string]int{"requests": 41, "result pieces": 3, "results": 1, "price files": 2, "prices": 3, "option chains": 3} {
		if c := kindOf(r, kind); c.Read < want {
			t.Errorf("%d of %s were read, want %d", c.Read, kind, want)
		}
	}
	db, _ := openDir(t, dir)
	defer db.Close()
	if r := check(t, dir, false); r.Damaged != 0 || !r.InUse {
		t.Errorf("beside a process that uses it: %+v", r)
	}
	if _, err := sqlite.Check(t.Context(), dir, true); codeOf(err) != lombard.CodeInUse {
		t.Errorf("a repair beside a process that uses it: %v", err)
	}
	if _, err := sqlite.Check(t.Context(), t.TempDir(), false); codeOf(err) != "no_database" {
		t.Errorf("of nothing: %v", err)
	}
}

// TestCheckFindsAndRepairs damages one thing of every kind.
func TestCheckFindsAndRepairs(t *testing.T) {
	cases := map[string]struct{ kind, damage string }{
		"request":               {"requests", rowHarms["a number"] + " WHERE id = 'first'"},
		"request of a waiter":   {"requests", rowHarms["a number"] + " WHERE id = 'job-01'"},
		"bars file":             {"price files", "UPDATE price_file SET bars = x'00' WHERE symbol = 'BARS'"},
		"bars file's digest":    {"price files", "UPDATE price_file SET digest = 'other' WHERE symbol = 'BARS'"},
		"bar":                   {"prices", "UPDATE bar SET close = 9e999 WHERE date = (SELECT min(date) + 1 FROM bar)"},
		"bar that looks sound":  {"prices", "UPDATE bar SET close = 2.5 WHERE date = (SELECT min(date) + 1 FROM bar)"},
		"bar of another series": {"prices", "UPDATE bar SET symbol = 'Y' WHERE date = (SELECT min(date) + 1 FROM bar)"},
		"flag of a bar":         {"prices", "UPDATE bar SET repaired = 7 WHERE date = (SELECT min(date) + 1 FROM bar)"},
		"verdict":               {"outcomes", "UPDATE run SET verdict = 'It was called.' WHERE id = 'first'"},
		"digest of an outcome":  {"outcomes", "UPDATE run SET outcome_digest = 'x' WHERE id = 'first'"},
		"waits again":           {"outcomes", "UPDATE run SET status = 'pending', completed_at = NULL, result_digest = NULL WHERE id = 'first'"},
		"id of a run":           {"outcomes", "UPDATE run SET id = 'other' WHERE id = 'first'"},
		"waits uncounted":       {"outcomes", "UPDATE run SET status = 'pending', completed_at = NULL, result_digest = NULL WHERE id = 'first'; UPDATE queue SET pending = 0"},
		"ended by itself":       {"outcomes", "UPDATE run SET status = 'cancelled', cancel_reason = 'user', completed_at = 1 WHERE id = 'job-01'"},
		"chain of a vendor":     {"option chains", "UPDATE chain SET body = x'00' WHERE source = 'v'"},
		"chain's digest":        {"option chains", "UPDATE chain SET digest = 'other' WHERE source <> 'v'"},
		"queue's count":         {"queue", "UPDATE queue SET pending = pending + 1"},
		"queue's row":           {"queue", "DELETE FROM queue"},
		"log of no run":         {"references", "INSERT INTO run_log (run_id, count, dropped, lines) VALUES ('none', 0, 0, '')"},
		"workspace":             {"references", "DELETE FROM workspace WHERE id = 'job-02'"},
	}
	for name, damage := range damages {
		kind := "results"
		if strings.Contains(name, "piece") && !strings.Contains(name, "gone") {
			kind = "result pieces"
		}
		cases[name] = struct{ kind, damage string }{kind, damage}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			filled(t, dir)
			change(t, dir, c.damage)
			if r := check(t, dir, false); kindOf(r, c.kind).Damaged == 0 || len(kindOf(r, c.kind).Notes) == 0 {
				t.Fatalf("not found: %+v", r)
			}
			r := check(t, dir, true)
			waits := name == "request of a waiter" // it fails when it is claimed
			if (r.Damaged == 0) == waits || (r.Repaired == 0) != waits {
				t.Errorf("not repaired: %+v", r)
			}
			if again := check(t, dir, false); (again.Damaged == 0) == waits {
				t.Errorf("after the repair: %+v", again)
			}
			db, _ := openDir(t, dir) // it works as before
			defer db.Close()
			wantSound(t, db)
			if err := db.Writable(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestARepairedResultCanBeRunAgain: its job stays and says what became of it.
func TestARepairedResultCanBeRunAgain(t *testing.T) {
	dir := t.TempDir()
	filled(t, dir)
	change(t, dir, damages["a piece is overwritten"])
	change(t, dir, "DELETE FROM run WHERE status = 'pending'")
	check(t, dir, true)
	s := openShop(t, dir)
	defer s.Close()
	job := s.job("first")
	if job.Status != lombard.StatusComplete || job.HasResult || !strings.Contains(job.Message, "damaged") {
		t.Errorf("%s, %v, %q", job.Status, job.HasResult, job.Message)
	}
	if err := s.read("first"); codeOf(err) != "result_damaged" {
		t.Errorf("read %v", err)
	}
	again := newRun("again")
	again.RequestKey = newRun("first").RequestKey
	s.submit(again)
	s.compute("again")
	if err := s.read("first"); err != nil {
		t.Errorf("after it was run again: %v", err)
	}
}

// TestUncoveredDaysAreFetchedAgain: only the damaged day is no longer covered,
// also where the damage put its price into another series.
func TestUncoveredDaysAreFetchedAgain(t *testing.T) {
	for _, harm := range []string{"close = 9e999", "symbol = 'Y'", "date = date + 1000"} {
		t.Run(harm, func(t *testing.T) {
			dir := t.TempDir()
			filled(t, dir)
			change(t, dir, "UPDATE bar SET "+harm+" WHERE date = (SELECT min(date) + 1 FROM bar)")
			check(t, dir, true)
			db, _ := openDir(t, dir)
			defer db.Close()
			covered, err := db.Covered(t.Context(), barKey)
			first := chainFile(t, "w").First
			if err != nil || len(covered) != 2 || covered[0] != (market.Range{First: first, Last: first}) || covered[1] != (market.Range{First: first + 2, Last: first + 2}) {
				t.Errorf("%v, %v", covered, err)
			}
		})
	}
}

// pageSize is SQLite's, as the program makes databases.
const pageSize = 4096

// TestDamagedPagesLoseOnlyTheirRows overwrites whole pages, one at a time. What
// stands in the others is there after a repair, and the program works.
func TestDamagedPagesLoseOnlyTheirRows(t *testing.T) {
	source := t.TempDir()
	filled(t, source)
	whole, err := os.ReadFile(filepath.Join(source, "lombard.db"))
	if err != nil {
		t.Fatal(err)
	}
	pages := len(whole) / pageSize
	root := rootOf(t, source, "run")
	rng := rand.New(rand.NewPCG(1, 2))
	rounds := 25
	if testing.Short() {
		rounds = 5
	}
	salvaged := 0
	for range rounds {
		page := 1 + rng.IntN(pages-1)
		dir := t.TempDir()
		harmed := append([]byte(nil), whole...)
		for b := range harmed[page*pageSize : (page+1)*pageSize] {
			harmed[page*pageSize+b] = byte(rng.Uint32())
		}
		if err := os.WriteFile(filepath.Join(dir, "lombard.db"), harmed, 0o600); err != nil {
			t.Fatal(err)
		}
		before := check(t, dir, false)
		if before.Damaged == 0 {
			continue // a page that nothing uses
		}
		after, err := sqlite.Check(t.Context(), dir, true)
		if codeOf(err) == lombard.CodeDamaged {
			continue // the schema itself is gone, which is said
		}
		if err != nil || after.Damaged != 0 {
			t.Errorf("page %d: %v, %+v", page, err, after)
			continue
		}
		if after.Kept != "" {
			salvaged++
			if kept, err := os.ReadFile(after.Kept); err != nil || len(kept) == 0 {
				t.Errorf("page %d: the damaged database was not kept: %v", page, err)
			}
		}
		if c := kindOf(after, "requests"); c.Read < 20 && page != root-1 { // behind the root is the whole table
			t.Errorf("page %d: %d of 41 jobs are left", page, c.Read)
		}
		db, _ := openDir(t, dir)
		wantSound(t, db)
		if err := errors.Join(db.Writable(t.Context()), db.Close()); err != nil {
			t.Errorf("page %d: %v", page, err)
		}
	}
	if salvaged == 0 {
		t.Error("no round needed a new database, so nothing was tried")
	}
}

// TestLostPricesDoNotCountAsFetched overwrites the page that a table of prices is
// in: what it held is fetched or imported again, and not left out of a result. What
// the other table holds stays.
func TestLostPricesDoNotCountAsFetched(t *testing.T) {
	for table, want := range map[string]struct{ bars, chains, files int }{"bar": {0, 1, 2}, "chain": {1, 0, 1}} {
		t.Run(table, func(t *testing.T) {
			dir := t.TempDir()
			filled(t, dir)
			page := rootOf(t, dir, table)
			path := filepath.Join(dir, "lombard.db")
			harmed, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			copy(harmed[(page-1)*pageSize:page*pageSize], strings.Repeat("garbage ", pageSize/8))
			if err := os.WriteFile(path, harmed, 0o600); err != nil {
				t.Fatal(err)
			}
			if r := check(t, dir, true); r.Damaged != 0 || r.Kept == "" {
				t.Fatalf("not repaired: %+v", r)
			}
			db, _ := openDir(t, dir)
			defer db.Close()
			bars, err := db.Covered(t.Context(), barKey)
			chains, chainsErr := db.Covered(t.Context(), chainKey)
			var files int
			filesErr := db.Writer().QueryRowContext(t.Context(), "SELECT count(*) FROM price_file").Scan(&files)
			if err := errors.Join(err, chainsErr, filesErr); err != nil || len(bars) != want.bars || len(chains) != want.chains || files != want.files {
				t.Errorf("stretches of prices %v and of quotes %v, %d files, %v; want %+v", bars, chains, files, err, want)
			}
		})
	}
}

// TestASalvageKnowsEveryTable: one that a migration adds is copied too, or
// stands here with the reason why not.
func TestASalvageKnowsEveryTable(t *testing.T) {
	notCopied := map[string]string{
		"heartbeat": "the readiness check's", "queue": "counted anew by the schema's triggers",
		"lombard_schema": "the migrations'", "sqlite_sequence": "SQLite's", "sqlite_stat1": "SQLite's", "sqlite_stat4": "SQLite's",
	}
	db, _ := openDir(t, t.TempDir())
	defer db.Close()
	rows, err := db.Writer().QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
		if !slices.Contains(sqlite.Salvaged(), name) && notCopied[name] == "" && !strings.HasPrefix(name, "river_") {
			t.Errorf("a salvage loses the table %s", name)
		}
	}
	for _, name := range sqlite.Salvaged() {
		if !slices.Contains(names, name) {
			t.Errorf("a salvage copies %s, which does not exist", name)
		}
	}
}

// rootOf is the number, from 1, of the page that all others of a table are found
// by.
func rootOf(t *testing.T, dir, table string) (page int) {
	t.Helper()
	db, _ := openDir(t, dir)
	defer db.Close()
	if err := db.Writer().QueryRowContext(t.Context(), "SELECT rootpage FROM sqlite_master WHERE name = ?", table).Scan(&page); err != nil {
		t.Fatal(err)
	}
	return page
}

// TestABitFlipIsNeverAWrongAnswer flips single bits anywhere in the file: what
// is read is what was written, or an error.
func TestABitFlipIsNeverAWrongAnswer(t *testing.T) {
	source := t.TempDir()
	filled(t, source)
	whole, err := os.ReadFile(filepath.Join(source, "lombard.db"))
	if err != nil {
		t.Fatal(err)
	}
	flips := 60
	switch {
	case os.Getenv("LOMBARD_CHAOS") == "full":
		flips = 10_000
	case testing.Short():
		flips = 20
	}
	want := answer(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "lombard.db")
	rng := rand.New(rand.NewPCG(3, 4))
	served, refused := 0, 0
	for n := range flips {
		bit := rng.IntN(len(whole) * 8)
		if n%10 == 0 { // in what every database begins with, so that some are refused in every share
			bit = rng.IntN(len("SQLite format 3") * 8)
		}
		whole[bit/8] ^= 1 << (bit % 8)
		for _, suffix := range []string{"-wal", "-shm"} {
			_ = os.Remove(path + suffix)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		whole[bit/8] ^= 1 << (bit % 8)
		db, err := sqlite.Open(t.Context(), dir, sqlite.Options{Purpose: "test"})
		if err != nil {
			refused++
			if codeOf(err) == "" {
				t.Errorf("bit %d: the start failed without a sentence: %v", bit, err)
			}
			continue
		}
		stored, err := db.Result(t.Context(), "w", "first")
		switch {
		case err != nil:
			refused++
		case stored.Digest != want.Digest || string(stored.Document) != string(want.Document):
			t.Errorf("bit %d: a wrong result was served", bit)
		default:
			served++
		}
		if job, err := db.Job(t.Context(), "w", "first"); err == nil && (job.Symbol != "XAU" || job.StartDate != lombard.MustDate("1987-12-14")) {
			t.Errorf("bit %d: a wrong job was served: %+v", bit, job)
		}
		_ = db.Close()
	}
	if served == 0 || served == flips {
		t.Errorf("%d served, %d refused: nothing was tried", served, refused)
	}
	t.Logf("R28: %d flips, %d served as written, %d refused, 0 wrong", flips, served, refused)
}

// TestADamagedDatabaseSaysSoAtTheStart: not that it cannot be written to.
func TestADamagedDatabaseSaysSoAtTheStart(t *testing.T) {
	harmed := map[string]func(b []byte) []byte{
		"no database":   func([]byte) []byte { return []byte(strings.Repeat("garbage ", 2000)) },
		"cut off":       func(b []byte) []byte { return b[:len(b)/2] },
		"header":        func(b []byte) []byte { return append([]byte("SQLite format 4\x00"), b[16:]...) },
		"schema's page": func(b []byte) []byte { binary.BigEndian.PutUint32(b[100:], 0xdeadbeef); return b },
	}
	for name, harm := range harmed {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			filled(t, dir)
			path := filepath.Join(dir, "lombard.db")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, harm(b), 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := sqlite.Open(t.Context(), dir, sqlite.Options{Purpose: "test"})
			if err == nil { // what is read first is whole; a check still finds it
				_ = db.Close()
			} else if own, _ := errors.AsType[*lombard.Error](err); codeOf(err) != lombard.CodeDamaged || !strings.Contains(own.Hint, "lombard check --repair") || !strings.Contains(own.Hint, "lombard restore") {
				t.Errorf("%v", err)
			}
			if r := check(t, dir, false); r.Damaged == 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}
