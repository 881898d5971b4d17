package reference

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lombard.example/lombard"
)

func TestEventsPageIsFresh(t *testing.T) {
	p := newPage("Events", "What a job streams while it runs, and what happened on the days of its result.")
	p.WriteString("\n## Of a job\n\nServer-Sent Events of a job. `id` is the job's version; the stream ends after done.\n")
	p.head("event", "when")
	p.constants(t, "internal/live/hub.go", "Event", 4)
	p.WriteString("\n## Of a day\n\nThe `type` of what stands in `events` of a day and of a facility's branch.\n")
	p.head("type", "what happened")
	for _, c := range EventTypes() {
		p.row(c.Value, c.Long)
	}
	p.objectsOf(t, "", "fields of an event", reflect.TypeFor[lombard.Event](), nil)
	fresh(t, "docs/reference/events.md", []byte(p.String()))
}

// TestEveryEventIsListed looks for the types of events in the engine.
func TestEveryEventIsListed(t *testing.T) {
	var known []string
	for _, c := range EventTypes() {
		known = append(known, c.Value)
	}
	files, err := filepath.Glob(filepath.Join(root, "backtest", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	see := func(value ast.Expr) {
		if text, ok := value.(*ast.BasicLit); ok && text.Kind == token.STRING {
			kind, _ := strconv.Unquote(text.Value)
			seen[kind] = true
		}
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "event" && len(n.Args) > 0 {
					see(n.Args[0])
				}
			case *ast.CompositeLit:
				if of, ok := n.Type.(*ast.SelectorExpr); ok && of.Sel.Name == "Event" {
					for _, e := range n.Elts {
						if field, ok := e.(*ast.KeyValueExpr); ok && fmt.Sprint(field.Key) == "Type" {
							see(field.Value)
						}
					}
				}
			}
			return true
		})
	}
	for kind := range seen {
		if !slices.Contains(known, kind) {
			t.Errorf("the type of event %q is not among EventTypes", kind)
		}
	}
	if len(seen) < 12 {
		t.Errorf("%d types of events are found in the engine, want most of %d", len(seen), len(known))
	}
}
