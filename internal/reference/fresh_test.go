package reference

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write the generated files anew")

// root is the folder of the module.
const root = "../.."

// described are the packages whose structs are documents.
var described = []string{".", "hedge", "market", "backtest", "internal/app", "internal/data", "internal/live", "internal/httpapi"}

// TestWordsAreFresh compares the table of words with the comments at the fields.
func TestWordsAreFresh(t *testing.T) {
	all := map[string]map[string]string{}
	for _, dir := range described {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			collect(file, packageOf(dir), all)
		}
	}
	var b bytes.Buffer
	b.WriteString("// Code generated from the comments at the fields by go generate; DO NOT EDIT.\n\npackage reference\n\n")
	b.WriteString("// words are what fields mean, by type and name in JSON.\nvar words = map[string]map[string]string{\n")
	for _, typ := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%q: {\n", typ)
		for _, name := range slices.Sorted(maps.Keys(all[typ])) {
			fmt.Fprintf(&b, "%q: %s,\n", name, quoted(all[typ][name]))
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	text, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	fresh(t, "internal/reference/words_gen.go", text)
}

// fresh compares a generated file with what it should be, or writes it.
func fresh(t *testing.T, name string, want []byte) {
	t.Helper()
	where := filepath.Join(root, name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(where), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(where, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(where); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is stale: run make reference and commit what it writes", name)
	}
}

func quoted(text string) string {
	if strings.Contains(text, `"`) && !strings.Contains(text, "`") {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

func packageOf(dir string) string {
	if dir == "." {
		return "lombard"
	}
	return filepath.Base(dir)
}

// collect notes what the comments of a file say of the fields with a name in JSON.
func collect(file *ast.File, pkg string, all map[string]map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		fields, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range fields.Fields.List {
			text := sentence(f.Comment.Text()) // a comment above may be about the group of fields below it
			if text == "" {
				text = sentence(f.Doc.Text())
			}
			if f.Tag == nil || text == "" {
				continue
			}
			tag, err := strconv.Unquote(f.Tag.Value)
			if err != nil {
				continue
			}
			name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			key := pkg + "." + spec.Name.Name
			if all[key] == nil {
				all[key] = map[string]string{}
			}
			all[key][name] = text
		}
		return true
	})
}

// sentence makes a sentence of a comment: "per year" becomes "Per year.". A
// comment that begins with a name or a value as it is written keeps it so: "put
// or call", "clamp (default), skip or error", "offset: the leg it is counted from".
func sentence(comment string) string {
	text := strings.Join(strings.Fields(comment), " ")
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	word, rest, _ := strings.Cut(text, " ")
	written := strings.ContainsAny(word, "_/,:") || word == "sha256" || strings.HasPrefix(rest, "or ") || strings.HasPrefix(rest, "(default)")
	if !written {
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
