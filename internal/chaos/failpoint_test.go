package chaos

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// failpoint is a function of the program before or after which something goes
// wrong. Its last result is an error.
type failpoint struct{ file, function string }

// failpoints lists every transition of a run, every write to the queue, every
// commit, the reading of prices and the storing of what was computed.
func failpoints() []failpoint {
	var all []failpoint
	for _, of := range []struct{ file, functions string }{
		{"internal/store/sqlite/submit.go", "Submit replay admit supersede cancel insertRun cached"},
		{"internal/store/sqlite/order.go", "turnOf nextRun anyWaits serve call"},
		{"internal/store/sqlite/work.go", "Claim claim Heartbeat Finish update cancelled complete"},
		{"internal/store/sqlite/query.go", "Job Result Cancel"},
		{"internal/store/sqlite/parts.go", "keepParts handOver release"},
		{"internal/store/sqlite/runlog.go", "writeLog"},
		{"internal/store/sqlite/reconcile.go", "Reconcile listAbandoned"},
		{"internal/store/sqlite/committer.go", "run attempt"},
		{"internal/jobs/queue.go", "Call add"},
		{"internal/provider/sample/sample.go", "Bars"},
	} {
		for name := range strings.FieldsSeq(of.functions) {
			all = append(all, failpoint{of.file, name})
		}
	}
	return all
}

// String names the point, as "submit.insertRun".
func (f failpoint) String() string {
	return strings.TrimSuffix(filepath.Base(f.file), ".go") + "." + f.function
}

// faults lists what goes wrong at a point.
func faults() []string { return []string{"panic", "exit", "error", "stall", "late"} }

// hurt is the package that the overlay adds to the program. The point and its
// fault are in the environment; the fault strikes once.
const hurt = `package failpoint

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

var (
	point, fault, _ = strings.Cut(os.Getenv("LOMBARD_FAILPOINT"), "=")
	struck          atomic.Bool
)

func strikes(at string, late bool) bool {
	if at != point || late != (fault == "late") || struck.Swap(true) {
		return false
	}
	fmt.Fprintln(os.Stderr, "failpoint reached")
	return true
}

func Before(at string) error {
	if !strikes(at, false) {
		return nil
	}
	switch fault {
	case "panic":
		panic("a fault that was injected")
	case "exit":
		os.Exit(137)
	case "stall":
		time.Sleep(3 * time.Second)
	case "error":
		return errors.New("a fault that was injected")
	}
	return nil
}

// After is called when the function succeeded: late reports that it took too long.
func After(at string) error {
	if strikes(at, true) {
		return os.ErrDeadlineExceeded
	}
	return nil
}
`

// wrap returns the source of a file in which the functions of these points are
// called through their points.
func wrap(name string, points []failpoint) (string, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	text := string(source)
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	at := func(p token.Pos) int { return files.Position(p).Offset }
	of := func(n ast.Node) string { return text[at(n.Pos()):at(n.End())] }
	wanted := map[string]failpoint{}
	for _, p := range points {
		wanted[p.function] = p
	}
	var wrappers strings.Builder
	var renamed []int // places right after a function's name
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		p, ok := wanted[f.Name.Name]
		if !ok {
			continue
		}
		delete(wanted, f.Name.Name)
		renamed = append(renamed, at(f.Name.End()))
		wrappers.WriteString(wrapper(f, p, of))
	}
	if len(wanted) > 0 {
		return "", fmt.Errorf("%s has no functions %v; write the table anew", name, wanted)
	}
	var out strings.Builder
	rest := 0
	after := at(parsed.Name.End())
	out.WriteString(text[:after] + "\n\nimport \"lombard.example/lombard/internal/failpoint\"\n")
	rest = after
	for _, place := range renamed {
		out.WriteString(text[rest:place] + "Unhurt")
		rest = place
	}
	out.WriteString(text[rest:] + wrappers.String())
	return out.String(), nil
}

// wrapper is the function that takes the place of f.
func wrapper(f *ast.FuncDecl, p failpoint, of func(ast.Node) string) string {
	receiver, call := "", f.Name.Name+"Unhurt"
	if f.Recv != nil {
		receiver = "(" + of(f.Recv.List[0]) + ") "
		call = f.Recv.List[0].Names[0].Name + "." + call
	}
	var params, args, results, names []string
	for _, field := range f.Type.Params.List {
		for range max(1, len(field.Names)) {
			name := fmt.Sprintf("p%d", len(params))
			params = append(params, name+" "+of(field.Type))
			if _, variadic := field.Type.(*ast.Ellipsis); variadic {
				name += "..."
			}
			args = append(args, name)
		}
	}
	for _, field := range f.Type.Results.List {
		for range max(1, len(field.Names)) {
			name := fmt.Sprintf("r%d", len(results))
			results, names = append(results, name+" "+of(field.Type)), append(names, name)
		}
	}
	failed := names[len(names)-1]
	return fmt.Sprintf(`
func %[1]s%[2]s(%[3]s) (%[4]s) {
	if %[5]s = failpoint.Before(%[6]q); %[5]s != nil {
		return
	}
	if %[7]s = %[8]s(%[9]s); %[5]s == nil {
		%[5]s = failpoint.After(%[6]q)
	}
	return
}
`, receiver, f.Name.Name, strings.Join(params, ", "), strings.Join(results, ", "), failed, p.String(),
		strings.Join(names, ", "), call, strings.Join(args, ", "))
}

// buildWithFailpoints compiles the program with its points.
func buildWithFailpoints(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	byFile := map[string][]failpoint{}
	for _, p := range failpoints() {
		byFile[p.file] = append(byFile[p.file], p)
	}
	texts := map[string]string{"internal/failpoint/failpoint.go": hurt}
	for file, points := range byFile {
		text, err := wrap(filepath.Join(module, filepath.FromSlash(file)), points)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = text
	}
	binary, err := build(filepath.Join(dir, "hurt"), "build", overlayOf(t, dir, texts), "./cmd/lombard")
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// TestFailpoints is R4: at every point, before or after every transition of a
// run, the program panics, exits, gets an error, stalls, or is told of a timeout
// though the thing was done. It goes on by itself, or is started again where it
// ended, and what clients were told is so.
func TestFailpoints(t *testing.T) {
	t.Parallel()
	d := newDrill(t, program(t))
	d.binary, d.heals, d.long = buildWithFailpoints(t), true, true
	points, cases, reached, ended := failpoints(), 0, map[failpoint]int{}, 0
	all := len(points) * len(faults())
	step := max(1, all/amount(all, 4))
	only := os.Getenv("LOMBARD_CHAOS_FAILPOINT") // such as work.Finish=late: that case alone
	for n := step / 2; n < all; n += step {
		p, fault := points[n/len(faults())], faults()[n%len(faults())]
		if only != "" && p.String()+"="+fault != only {
			continue
		}
		code, log := d.liveWith([]string{"LOMBARD_FAILPOINT=" + p.String() + "=" + fault}, fmt.Sprintf("%s at %s", fault, p))
		cases++
		hit := strings.Contains(log, "failpoint reached")
		if hit {
			reached[p]++
		}
		if code != 0 {
			ended++
		}
		if hit && fault == "exit" && code != 137 {
			t.Errorf("an exit at %s: the server ended with code %d", p, code)
		}
		if t.Failed() && !full() {
			t.FailNow()
		}
	}
	t.Logf("R4: %d cases at %d of %d points, %d of which ended the process: 0 violations in %d acknowledged runs, %d of %d results compared with an undisturbed process",
		cases, len(reached), len(points), ended, d.total.Acked, d.total.Compared, d.total.Complete)
	if len(reached) == 0 {
		t.Error("no point was reached: the figure means nothing")
	}
	for _, p := range points {
		if full() && step == 1 && reached[p] != len(faults()) {
			t.Errorf("%s was reached in %d of %d cases: the others mean nothing", p, reached[p], len(faults()))
		}
	}
}
