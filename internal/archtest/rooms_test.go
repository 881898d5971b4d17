package archtest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of the layers into docs/architecture.md")

// architecture is the page that shows the layers.
const architecture = "docs/architecture.md"

// The table stands between these lines.
const (
	tableBegins = "<!-- the table of internal/archtest: go test ./internal/archtest -run Architecture -update -->\n"
	tableEnds   = "<!-- end of the table -->\n"
)

// TestArchitecturePageShowsTheLayers holds the page to the table that is
// enforced.
func TestArchitecturePageShowsTheLayers(t *testing.T) {
	file := filepath.Join(root, architecture)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !found || !ends {
		t.Fatalf("%s has no place for the table", architecture)
	}
	want := before + tableBegins + roomTable() + tableEnds + after
	if string(text) == want {
		return
	}
	if !*update {
		t.Fatalf("%s does not show the layers as they are: run go test ./internal/archtest -run Architecture -update", architecture)
	}
	if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
		t.Fatal(err)
	}
}

func roomTable() string {
	var b strings.Builder
	b.WriteString("| layer | package | what it holds |\n|---|---|---|\n")
	for n, layer := range layers {
		for _, r := range layer {
			name := "`" + strings.ReplaceAll(r.dir, "...", "…") + "`"
			if r.dir == "." {
				name = "the root, `lombard`"
			}
			fmt.Fprintf(&b, "| %d | %s | %s |\n", n, name, r.holds)
		}
	}
	return b.String()
}
