// Package archtest fails when the shape of the module drifts: an import that
// points outward, a clock or a file in pure code, a package without a place, a
// document nobody links. Its tables are the architecture; the reasons stand in
// docs/architecture.md.
package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// room is a package, or with "/..." a tree of them, and what it holds.
type room struct{ dir, holds string }

// layers is the architecture, innermost first. A package imports packages on
// earlier lines only, never one on its own line. docs/architecture.md shows the
// table as it stands here.
var layers = [][]room{
	{{".", "the vocabulary: Scenario, Job, Result, Error, Date; plain data and its validation"}},
	{
		{"document", "what people send, read strictly into a scenario, a template or an annotation"},
		{"market", "bars, series, instruments and their calendars; the ports of sources"},
		{"vol", "volatility from past prices, its term structure and smile"},
		{"option", "European and American prices, greeks, implied vol; batches in vectors"},
		{"loan", "loan-to-value, a lender's terms, what a hedge counts, the margin call, interest"},
	},
	{{"hedge", "templates of relative legs, resolved on a day into contracts"}},
	{{"backtest", "the day loop: prices, contracts and the loan become the account of every day"}},
	{{"metrics", "a path of days becomes figures and a verdict in words"}},
	{{"calc", "the front door of the engine: scenario → plan → what it needs → case on its prices → result"}},
	{{"study", "many runs of the same function"}},
	{
		{"internal/archive", "a result at rest: columns in parts that are named by their digests"},
		{"internal/reference", "what each field of a document means, for the API's description and the reference pages"},
		{"internal/vendorhttp", "calls over HTTP to vendors: limits, retries, secrets kept out of what is said"},
		{"internal/data", "vendors' prices: estimated, reserved, bought once, checked and stored"},
		{"internal/tabular", "tables in files, unpacked and cut into cells"},
		{"internal/occ", "how listed US options are named"},
		{"internal/tier", "how much of a test runs for every change"},
		{"internal/budget", "the memory that runs, uploads, reads of results and event streams share"},
	},
	{
		{"internal/load", "the only I/O of a run: what a plan needs becomes a series"},
		{"internal/live", "what workers tell of the runs that they compute now, for those who watch"},
	},
	{
		{"internal/app", "the desk: submit, check, estimate, query, cancel; and the ports: Runs, Work, Files, Tickets, Clock"},
		{"internal/export", "what is asked of a result, in rows, columns and files"},
	},
	{{"internal/worker", "claim → load → calc → finish, and the upkeep of runs that crashes leave behind"}},
	{
		{"internal/provider/...", "sources of prices, each behind `market.Source`, and the list of them"},
		{"internal/store/...", "the record of runs in a database"},
		{"internal/jobs", "the queue that wakes workers"},
		{"internal/httpapi", "routes, problem documents, the event stream, the OpenAPI description"},
		{"internal/licenses", "the licences of what the program is made of, collected when it is built"},
		{"internal/config", "flags, environment and file as one struct"},
		{"web", "the page, embedded"},
	},
	{{"market/csv", "files of daily prices as people have them, for programs that import the engine"}},
	{{"internal/cli", "commands, tables, exit codes, and the wiring of all the above"}},
	{
		{"cmd/...", "the program's entry, and what collects the licences for its build"},
		{"internal/chaos/...", "the fault tests"},
		{"internal/archtest", "the test of this page"},
	},
}

// pure packages compute; they never reach outside the process.
var pure = []string{".", "document", "market", "vol", "option", "loan", "hedge", "backtest", "metrics", "calc", "study"}

// concurrent are the pure packages that may start goroutines.
var concurrent = []string{"study"}

// printers are the packages that talk to the terminal and the environment.
var printers = []string{"internal/cli", "cmd/...", "internal/chaos/..."}

// leftovers are names that say nothing about a package's subject.
var leftovers = []string{"util", "utils", "common", "helper", "helpers", "misc", "types", "base", "shared", "lib"}

// impureTrees are the standard packages, each with all below it, that reach
// outside the process.
var impureTrees = []string{"database", "io/fs", "io/ioutil", "log", "math/rand", "net", "os", "path/filepath", "plugin", "syscall", "testing", "unsafe"}

// impureNames are what pure code must not use of packages that it may import.
var impureNames = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local", "LoadLocation"},
	"fmt":  {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
}

// seeded is what may be used of math/rand/v2: everything else there draws from
// the global generator.
var seeded = []string{"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf"}

// terminalNames belong to the printers.
var terminalNames = map[string][]string{
	"fmt": {"Print", "Printf", "Println"},
	"os":  {"Stdout", "Stderr", "Stdin", "Exit", "Args"},
}

// exempt lists agreed exceptions: "dir/file.go:key" to the reason.
var exempt = map[string]string{}

// complain receives one complaint; key is what an exemption names.
type complain func(key, format string, args ...any)

func TestImportsPointInward(t *testing.T) {
	eachFile(t, checkImports)
}

func TestPureCodeStaysPure(t *testing.T) {
	eachFile(t, checkPure)
}

func TestOnlyTheCommandLinePrints(t *testing.T) {
	eachFile(t, checkTerminal)
}

func TestEveryPackageIsPlacedAndDocumented(t *testing.T) {
	for _, files := range packages(sources(t)) {
		checkPackage(files, func(_, format string, args ...any) { t.Errorf(format, args...) })
	}
}

// eachFile runs a check over every file that is not a test.
func eachFile(t *testing.T, check func(*source, complain)) {
	t.Helper()
	for _, src := range sources(t) {
		if src.test {
			continue
		}
		check(src, func(key, format string, args ...any) {
			if reason := exempt[src.where()+":"+key]; reason == "" {
				t.Errorf("%s: %s", src.where(), fmt.Sprintf(format, args...))
			}
		})
	}
}

// checkImports complains about imports of ours that are not further in.
func checkImports(src *source, fail complain) {
	from := layerOf(src.dir)
	for _, spec := range src.file.Imports {
		to := importPath(spec)
		dir, inside := strings.CutPrefix(to+"/", module+"/")
		if !inside {
			continue
		}
		dir = path.Clean(dir)
		if at := layerOf(dir); at < 0 || at >= from {
			fail(to, "imports %s, which is not further in", dir)
		}
	}
}

// checkPure complains about everything in a pure package that depends on more
// than its arguments.
func checkPure(src *source, fail complain) {
	if !slices.Contains(pure, src.dir) {
		return
	}
	for _, spec := range src.file.Imports {
		p := importPath(spec)
		first, _, _ := strings.Cut(p, "/")
		switch {
		case p == "math/rand/v2":
		case slices.ContainsFunc(impureTrees, func(tree string) bool { return within(p, tree) }):
			fail(p, "pure package imports %s", p)
		case strings.Contains(first, ".") && !within(p, module) && first != "gonum.org":
			fail(p, "pure package depends on third-party %s", p)
		}
	}
	uses(src, func(p, name string, line int) {
		if slices.Contains(impureNames[p], name) || p == "math/rand/v2" && !slices.Contains(seeded, name) {
			fail(path.Base(p)+"."+name, "line %d: pure package uses %s.%s", line, p, name)
		}
	})
	ast.Inspect(src.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if !slices.Contains(concurrent, src.dir) {
				fail("go", "line %d: pure package starts a goroutine", src.line(n))
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "print" || id.Name == "println") {
				fail(id.Name, "line %d: pure package calls %s", src.line(n), id.Name)
			}
		}
		return true
	})
}

// checkTerminal complains about output and process control outside the
// packages that own the terminal.
func checkTerminal(src *source, fail complain) {
	if slices.ContainsFunc(printers, func(pattern string) bool { return covers(pattern, src.dir) }) {
		return
	}
	uses(src, func(p, name string, line int) {
		if slices.Contains(terminalNames[p], name) {
			fail(p+"."+name, "line %d: uses %s.%s; only the command line touches the terminal", line, p, name)
		}
	})
}

// checkPackage complains about a package without a place, with a name that
// says nothing, or without the three lines that tell a newcomer whether to
// read on.
func checkPackage(files []*source, fail complain) {
	dir := files[0].dir
	if layerOf(dir) < 0 {
		fail(dir, "%s: not placed in layers; say where it belongs", dir)
	}
	if slices.Contains(leftovers, path.Base(dir)) {
		fail(dir, "%s: a package is named after its subject", dir)
	}
	onlyTests := !slices.ContainsFunc(files, func(s *source) bool { return !s.test })
	doc := ""
	for _, src := range files {
		if src.file.Doc != nil && (onlyTests || !src.test) && !src.generated {
			doc = src.file.Doc.Text()
		}
	}
	name := files[0].file.Name.Name
	switch lines := strings.Count(doc, "\n"); {
	case doc == "":
		fail(dir, "%s: no package comment", dir)
	case name != "main" && !strings.HasPrefix(doc, "Package "+strings.TrimSuffix(name, "_test")+" "):
		fail(dir, "%s: the package comment does not start with %q", dir, "Package "+name)
	case lines < 3:
		fail(dir, "%s: the package comment has %d lines, want three or more", dir, lines)
	}
}

// uses calls visit for every qualified use of an imported package.
func uses(src *source, visit func(importPath, name string, line int)) {
	names := src.importPaths()
	ast.Inspect(src.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && names[x.Name] != "" {
				visit(names[x.Name], sel.Sel.Name, src.line(n))
			}
		}
		return true
	})
}

// layerOf returns the line of layers on which dir stands, −1 if on none.
func layerOf(dir string) int {
	return slices.IndexFunc(layers, func(layer []room) bool {
		return slices.ContainsFunc(layer, func(r room) bool { return covers(r.dir, dir) })
	})
}

// covers reports whether a pattern of layers names dir.
func covers(pattern, dir string) bool {
	tree, isTree := strings.CutSuffix(pattern, "/...")
	return dir == tree || isTree && within(dir, tree)
}

// within reports whether a slash-separated path is tree or below it.
func within(p, tree string) bool { return p == tree || strings.HasPrefix(p, tree+"/") }
