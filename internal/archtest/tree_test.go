package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the import path of the module this package belongs to.
const module = "lombard.example/lombard"

// root is the module's folder, seen from this package.
const root = "../.."

// source is one parsed Go file.
type source struct {
	dir       string // slash-separated, relative to the module; "." for the root
	name      string // of the file
	lines     int
	test      bool
	generated bool
	fset      *token.FileSet
	file      *ast.File
}

// where names the file as a complaint shows it.
func (s *source) where() string { return path.Join(s.dir, s.name) }

// line returns the line of a node.
func (s *source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// importPaths maps each name by which the file calls an import to its path.
func (s *source) importPaths() map[string]string {
	names := map[string]string{}
	for _, spec := range s.file.Imports {
		p := importPath(spec)
		name := path.Base(p)
		if isVersion(name) {
			name = path.Base(path.Dir(p))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = p
	}
	return names
}

// isVersion reports whether an element of an import path is a major version.
func isVersion(element string) bool {
	_, err := strconv.Atoi(strings.TrimPrefix(element, "v"))
	return err == nil && strings.HasPrefix(element, "v")
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return p
}

// parseSource parses one file; at is its slash-separated path in the module.
func parseSource(fset *token.FileSet, at string, text []byte) (*source, error) {
	file, err := parser.ParseFile(fset, at, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &source{
		dir: path.Dir(at), name: path.Base(at), fset: fset, file: file,
		lines: strings.Count(string(text), "\n"), generated: ast.IsGenerated(file),
		test: strings.HasSuffix(at, "_test.go"),
	}, nil
}

// skipped reports whether a folder holds nothing of ours to read.
func skipped(name string) bool {
	switch name {
	case "node_modules", "testdata", "vendor", "bin", "dist", "build":
		return true
	}
	return strings.HasPrefix(name, ".") && strings.Trim(name, ".") != ""
}

// walk calls visit with the slash-separated path of each file of the module
// that people write, in order.
func walk(t *testing.T, visit func(at string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains(written, filepath.Ext(p)) && d.Name() != "Makefile" {
			return nil
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(rel), text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// written are the extensions of the files that people write.
var written = []string{".go", ".md", ".sql", ".yml", ".yaml", ".sh", ".html", ".css", ".ts", ".svelte"}

// sources parses every Go file of the module, whatever its build tags.
func sources(t *testing.T) []*source {
	t.Helper()
	var out []*source
	fset := token.NewFileSet()
	walk(t, func(at string, text []byte) {
		if path.Ext(at) != ".go" {
			return
		}
		src, err := parseSource(fset, at, text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, src)
	})
	if len(out) == 0 {
		t.Fatal("no Go files found; the test looks in the wrong folder")
	}
	return out
}

// packages groups files by folder, in order of folder and name.
func packages(files []*source) [][]*source {
	var out [][]*source
	for _, src := range files {
		i := slices.IndexFunc(out, func(p []*source) bool { return p[0].dir == src.dir })
		if i < 0 {
			out = append(out, []*source{src})
			continue
		}
		out[i] = append(out[i], src)
	}
	return out
}
