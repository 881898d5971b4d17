package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"strings"
	"testing"
)

// Sizes of docs/style.md: a longer file fails, a longer function is reported.
const (
	longFile     = 500 // lines
	longFunction = 70  // lines
)

// linkerSet are the variables that the linker sets: "dir:name" to the reason.
var linkerSet = map[string]string{
	"internal/cli:version": "the build writes the version here",
}

func TestNoInitFunctions(t *testing.T) {
	for _, src := range sources(t) {
		checkDeclarations(src, func(_, format string, args ...any) { t.Errorf(src.where()+": "+format, args...) })
	}
}

func TestPackageVariablesNeverChange(t *testing.T) {
	for _, files := range packages(sources(t)) {
		checkPackageVariables(files, func(src *source, format string, args ...any) {
			t.Errorf(src.where()+": "+format, args...)
		})
	}
}

func TestFilesAreReadInASitting(t *testing.T) {
	for _, src := range sources(t) {
		checkSize(src, func(_, format string, args ...any) { t.Errorf(src.where()+": "+format, args...) })
	}
}

func TestFunctionsWorthALook(t *testing.T) {
	for _, src := range sources(t) {
		if src.generated {
			continue
		}
		for _, decl := range src.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || src.test {
				continue
			}
			if n := src.fset.Position(f.End()).Line - src.line(f) + 1; n > longFunction {
				t.Logf("%s: %s has %d lines", src.where(), f.Name.Name, n)
			}
		}
	}
}

func TestNothingIsLeftOpen(t *testing.T) {
	open := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	walk(t, func(at string, text []byte) {
		for i, line := range strings.Split(string(text), "\n") {
			if word := open.FindString(line); word != "" {
				t.Errorf("%s: line %d: %s; finish it or write it down elsewhere", at, i+1, word)
			}
		}
	})
}

// checkSize complains about a file that is too long.
func checkSize(src *source, fail complain) {
	if src.lines > longFile && !src.generated {
		fail("size", "%d lines, at most %d; split it by meaning", src.lines, longFile)
	}
}

// checkDeclarations complains about init functions.
func checkDeclarations(src *source, fail complain) {
	for _, decl := range src.file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			fail("init", "line %d: init function; pass dependencies to a constructor", src.line(f))
		}
	}
}

// checkVariables checks one file as if it were its whole package.
func checkVariables(src *source, fail complain) {
	checkPackageVariables([]*source{src}, func(_ *source, format string, args ...any) { fail("var", format, args...) })
}

// variable is a package-level variable and the file that declares it.
type variable struct {
	src  *source
	name *ast.Ident
	spec *ast.ValueSpec
	at   int // index of name in spec
}

// checkPackageVariables complains about package-level variables that are more
// than constants Go cannot write as such.
func checkPackageVariables(files []*source, fail func(src *source, format string, args ...any)) {
	var checked []*source
	for _, src := range files {
		if !src.test && !src.generated {
			checked = append(checked, src)
		}
	}
	uses, defs := resolve(checked)
	changed := changes(checked, uses)
	for _, v := range variables(checked) {
		if linkerSet[v.src.dir+":"+v.name.Name] != "" {
			continue
		}
		line, value := v.src.line(v.name), v.value()
		if at, ok := changed[defs[v.name]]; ok {
			fail(v.src, "line %d: package variable %s is changed on line %d", line, v.name.Name, at)
			continue
		}
		switch {
		case v.frozen():
		case value == nil:
			fail(v.src, "line %d: package variable %s has no value; it can only be filled later", line, v.name.Name)
		case refersToState(value):
			fail(v.src, "line %d: package variable %s refers to state; pass it as an argument", line, v.name.Name)
		case v.name.IsExported():
			fail(v.src, "line %d: package variable %s is exported; another package could change it", line, v.name.Name)
		}
	}
}

// variables lists the package-level variables; blank and embedded ones are
// not variables to anybody.
func variables(files []*source) []variable {
	var out []variable
	for _, src := range files {
		for _, decl := range src.file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, s := range gen.Specs {
				spec, ok := s.(*ast.ValueSpec)
				if !ok || embedded(gen.Doc) || embedded(spec.Doc) {
					continue
				}
				for i, name := range spec.Names {
					if name.Name != "_" {
						out = append(out, variable{src: src, name: name, spec: spec, at: i})
					}
				}
			}
		}
	}
	return out
}

func embedded(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//go:embed ") {
			return true
		}
	}
	return false
}

// value returns the initial value, nil when there is none.
func (v *variable) value() ast.Expr {
	switch {
	case len(v.spec.Values) == len(v.spec.Names):
		return v.spec.Values[v.at]
	case len(v.spec.Values) == 1:
		return v.spec.Values[0]
	default:
		return nil
	}
}

// frozen reports whether the variable is an error to compare with, a pattern
// compiled once or a table computed once: values that are variables for want of a constant form.
func (v *variable) frozen() bool {
	named := strings.HasPrefix(strings.ToLower(v.name.Name), "err")
	switch value := v.value().(type) {
	case *ast.CallExpr:
		switch types.ExprString(value.Fun) {
		case "errors.New", "fmt.Errorf":
			return named
		case "regexp.MustCompile", "template.Must", "sync.OnceValue", "sync.OnceValues":
			return true
		}
	case *ast.UnaryExpr:
		lit, ok := value.X.(*ast.CompositeLit)
		return ok && named && strings.HasSuffix(types.ExprString(lit.Type), "Error")
	}
	return false
}

// refersToState reports whether a value is a pointer, a channel, a made map or
// something of package sync.
func refersToState(value ast.Expr) bool {
	switch e := value.(type) {
	case *ast.UnaryExpr:
		return e.Op == token.AND
	case *ast.CallExpr:
		fun := types.ExprString(e.Fun)
		return fun == "make" || fun == "new" || strings.HasPrefix(fun, "sync.") || strings.HasPrefix(fun, "atomic.")
	case *ast.CompositeLit:
		if e.Type == nil {
			return false
		}
		of := types.ExprString(e.Type)
		return strings.HasPrefix(of, "sync.") || strings.HasPrefix(of, "atomic.")
	}
	return false
}

// resolve finds which declaration each name of a package means. Imports are
// not followed: their names stay unresolved, which is enough here.
func resolve(files []*source) (uses, defs map[*ast.Ident]types.Object) {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	var trees []*ast.File
	for _, src := range files {
		trees = append(trees, src.file)
	}
	if len(trees) > 0 {
		config := types.Config{Importer: noImports{}, Error: func(error) {}}
		// The error only repeats that imports are unknown.
		_, _ = config.Check(files[0].dir, files[0].fset, trees, info)
	}
	return info.Uses, info.Defs
}

// noImports knows no package.
type noImports struct{}

// Import returns an error; the checker goes on with an empty package.
func (noImports) Import(p string) (*types.Package, error) {
	return nil, fmt.Errorf("%s is not read", p)
}

// changes returns the line on which each object is first written to, filled,
// emptied or handed out by address.
func changes(files []*source, uses map[*ast.Ident]types.Object) map[types.Object]int {
	out := map[types.Object]int{}
	for _, src := range files {
		note := func(target ast.Expr) {
			if id := base(target); id != nil && uses[id] != nil && out[uses[id]] == 0 {
				out[uses[id]] = src.line(id)
			}
		}
		ast.Inspect(src.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, target := range n.Lhs {
					note(target)
				}
			case *ast.IncDecStmt:
				note(n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					note(n.X)
				}
			case *ast.RangeStmt:
				note(n.Key)
				note(n.Value)
			case *ast.CallExpr:
				if fun, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && (fun.Name == "delete" || fun.Name == "clear" || fun.Name == "copy") {
					note(n.Args[0])
				}
			}
			return true
		})
	}
	return out
}

// base returns the variable that an assignment to target changes.
func base(target ast.Expr) *ast.Ident {
	for {
		switch e := target.(type) {
		case *ast.Ident:
			return e
		case *ast.IndexExpr:
			target = e.X
		case *ast.SelectorExpr:
			target = e.X
		case *ast.StarExpr:
			target = e.X
		case *ast.ParenExpr:
			target = e.X
		case *ast.SliceExpr:
			target = e.X
		default:
			return nil
		}
	}
}
