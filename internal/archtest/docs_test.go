package archtest

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// howTo is the folder of the pages that list the files to touch.
const howTo = "docs/how-to/"

// link is an inline Markdown link or picture.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// quoted is a path in code quotes: it has a slash, or names a file at the root.
var quoted = regexp.MustCompile("`([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.<>*-]+)*/?)`")

// document is a Markdown file.
type document struct {
	at    string
	lines []string // without what stands in code blocks
}

func TestEveryDocumentHasOneTitle(t *testing.T) {
	for _, doc := range documents(t) {
		titles := 0
		for _, line := range doc.lines {
			if strings.HasPrefix(line, "# ") {
				titles++
			}
		}
		if titles != 1 {
			t.Errorf("%s: %d titles, want 1", doc.at, titles)
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, doc := range documents(t) {
		for _, to := range links(doc) {
			if !exists(to) {
				t.Errorf("%s: links to %s, which does not exist", doc.at, to)
			}
		}
	}
}

func TestEveryPageOfDocsCanBeReached(t *testing.T) {
	docs := documents(t)
	var reached []string
	var visit func(at string)
	visit = func(at string) {
		i := slices.IndexFunc(docs, func(d document) bool { return d.at == at })
		if i < 0 || slices.Contains(reached, at) {
			return
		}
		reached = append(reached, at)
		for _, to := range links(docs[i]) {
			visit(to)
		}
	}
	for _, doc := range docs {
		if !strings.Contains(doc.at, "/") {
			visit(doc.at)
		}
	}
	for _, doc := range docs {
		if within(doc.at, "docs") && !slices.Contains(reached, doc.at) {
			t.Errorf("%s: no chain of links leads here from the documents at the root", doc.at)
		}
	}
}

func TestHowToPagesNameFilesThatExist(t *testing.T) {
	named := 0
	for _, doc := range documents(t) {
		if !strings.HasPrefix(doc.at, howTo) {
			continue
		}
		for i, line := range doc.lines {
			for _, match := range quoted.FindAllStringSubmatch(line, -1) {
				p := match[1]
				if !strings.Contains(p, "/") {
					continue
				}
				named++
				if at := knownPart(p); !exists(at) {
					t.Errorf("%s: line %d names %s, but there is no %s", doc.at, i+1, p, at)
				}
			}
		}
	}
	if named == 0 {
		t.Error("the pages in docs/how-to name no path; the test looks at the wrong thing")
	}
}

// coded is what stands in code quotes.
var coded = regexp.MustCompile("`([^`]+)`")

// word is a name of the program: of a type, a function, a field, a flag, a command
// or a variable of the environment. What a reader fills in is in capitals.
var word = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]{2,}`)

// stands are words that stand for a name which the reader chooses.
var stands = regexp.MustCompile(`<[^>]*>|\b[A-Z]{1,8}\b|…`)

// TestHowToPagesNameWhatExists: every name in code quotes occurs in what the
// program is made of. A page that names a flag, a field or a function that is gone
// sends its reader nowhere.
func TestHowToPagesNameWhatExists(t *testing.T) {
	known := map[string]bool{}
	walk(t, func(at string, text []byte) {
		for _, w := range word.FindAllString(at, -1) {
			known[w] = true
		}
		if path.Ext(at) == ".md" || at == "internal/archtest/docs_test.go" {
			return
		}
		for _, w := range word.FindAllString(string(text), -1) {
			known[w] = true
			known[strings.TrimPrefix(w, "Test")] = true // as -run takes it
		}
	})
	for name := range strings.FieldsSeq("systemctl journalctl") { // of the machine that runs it
		known[name] = true
	}
	checked := 0
	for _, doc := range documents(t) {
		if !strings.HasPrefix(doc.at, howTo) {
			continue
		}
		for i, line := range doc.lines {
			for _, match := range coded.FindAllStringSubmatch(line, -1) {
				for _, w := range word.FindAllString(stands.ReplaceAllString(match[1], " "), -1) {
					if checked++; !known[w] {
						t.Errorf("%s: line %d names %s in %s, and nothing of the program does", doc.at, i+1, w, match[0])
					}
				}
			}
		}
	}
	const least = 100
	if checked < least {
		t.Errorf("the pages in docs/how-to name %d things, want at least %d; the test looks at the wrong thing", checked, least)
	}
}

// knownPart returns a path up to its first element that stands for a name the
// reader chooses, such as <slug>.json.
func knownPart(p string) string {
	var known []string
	for element := range strings.SplitSeq(strings.TrimSuffix(p, "/"), "/") {
		if strings.ContainsAny(element, "<*") {
			break
		}
		known = append(known, element)
	}
	return path.Join(known...)
}

// documents reads every Markdown file of the module.
func documents(t *testing.T) []document {
	t.Helper()
	var out []document
	walk(t, func(at string, text []byte) {
		if path.Ext(at) != ".md" {
			return
		}
		doc := document{at: at}
		code := false
		for line := range strings.SplitSeq(string(text), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "```") {
				code, line = !code, ""
			}
			if code {
				line = ""
			}
			doc.lines = append(doc.lines, line)
		}
		out = append(out, doc)
	})
	return out
}

// links returns the files of the module that a document links to.
func links(doc document) []string {
	var out []string
	for _, line := range doc.lines {
		for _, match := range link.FindAllStringSubmatch(line, -1) {
			to, _, _ := strings.Cut(match[1], "#")
			if to == "" || strings.Contains(to, ":") {
				continue
			}
			out = append(out, path.Join(path.Dir(doc.at), to))
		}
	}
	return out
}

// exists reports whether the module has a file or folder at a slash-separated path.
func exists(at string) bool {
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(at)))
	return err == nil
}
