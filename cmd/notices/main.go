// Command notices writes the licence notices that are embedded in the program:
// of every Go module that it is compiled from, for the operating systems that
// are named, and of what the built page has of npm. It runs at the root of the
// module (make licenses).
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"lombard.example/lombard/internal/licenses"
)

const (
	to        = "internal/licenses/dist/notices.json.gz"
	builtPage = "web/dist/index.html"
	ofPage    = "build/page-licenses.json" // written by the page's build
)

func main() {
	systems := os.Args[1:]
	if len(systems) == 0 {
		systems = []string{runtime.GOOS}
	}
	if err := collect(systems); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

func collect(systems []string) error {
	all, err := modules(systems)
	if err != nil {
		return err
	}
	if _, err := os.Stat(builtPage); err == nil {
		parts, err := page()
		if err != nil {
			return err
		}
		all = append(all, parts...)
	}
	slices.SortFunc(all, func(a, b licenses.Part) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	packed, err := licenses.Pack(all)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	if old, err := os.ReadFile(to); err == nil && bytes.Equal(old, packed) {
		return nil // nothing is compiled anew
	}
	return os.WriteFile(to, packed, 0o600) //nolint:gosec // the path is a constant of this file
}

// page returns the parts of the built page.
func page() ([]licenses.Part, error) {
	data, err := os.ReadFile(ofPage)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the page in web/dist goes with %s, which is missing: run make web, or remove web/dist to build without the page", ofPage)
	}
	if err != nil {
		return nil, err
	}
	var parts []licenses.Part
	if err := json.Unmarshal(data, &parts); err != nil {
		return nil, fmt.Errorf("read %s: %w", ofPage, err)
	}
	for i := range parts {
		p := &parts[i]
		p.From = licenses.FromNPM
		if p.License = cmp.Or(p.License, strings.Join(licenses.Identify(p.Text), " AND ")); p.License == "" || p.Text == "" {
			return nil, fmt.Errorf("npm package %s has no licence that is known", p.Name)
		}
	}
	return parts, nil
}

// module is a module with the folders of its packages that are compiled.
type module struct {
	name, version, dir string
	packages           map[string]bool
}

// modules returns the Go modules that the program is compiled from, and Go itself.
func modules(systems []string) ([]licenses.Part, error) {
	found := map[string]*module{}
	for _, system := range systems {
		if err := list(system, found); err != nil {
			return nil, err
		}
	}
	goRoot, err := exec.CommandContext(context.Background(), "go", "env", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	home, version, _ := strings.Cut(strings.TrimSpace(string(goRoot)), "\n")
	found["go"] = &module{name: "Go standard library", version: version, dir: home, packages: map[string]bool{home: true}}
	var all []licenses.Part
	for _, m := range found {
		part, err := m.part()
		if err != nil {
			return nil, err
		}
		all = append(all, part)
	}
	return all, nil
}

// list adds the modules behind the program on an operating system.
func list(system string, found map[string]*module) error {
	const fields = `{{with .Module}}{{if not .Main}}{{.Path}}{{"\t"}}{{.Version}}{{"\t"}}{{.Dir}}{{"\t"}}{{$.Dir}}{{end}}{{end}}`
	cmd := exec.CommandContext(context.Background(), "go", "list", "-deps", "-tags", "ui", "-f", fields, "./cmd/lombard")
	if _, err := os.Stat(builtPage); err != nil {
		cmd.Args = slices.DeleteFunc(cmd.Args, func(a string) bool { return a == "-tags" || a == "ui" })
	}
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list for %s: %w", system, err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		const columns = 4
		if len(cells) != columns {
			continue
		}
		m := found[cells[0]]
		if m == nil {
			m = &module{name: cells[0], version: cells[1], dir: cells[2], packages: map[string]bool{}}
			found[cells[0]] = m
		}
		m.packages[cells[3]] = true
	}
	return lines.Err()
}

// part reads the licences that hold for the compiled packages: those beside
// them, and in every folder above up to the module's.
func (m *module) part() (licenses.Part, error) {
	folders := map[string]bool{}
	for dir := range m.packages {
		for ; strings.HasPrefix(dir, m.dir); dir = filepath.Dir(dir) {
			folders[dir] = true
		}
	}
	p := licenses.Part{Name: m.name, Version: m.version, From: licenses.FromGo}
	var ids []string
	var texts []string
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return p, err
		}
		for _, e := range entries {
			if e.IsDir() || !isNotice(e.Name()) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return p, err
			}
			for _, id := range licenses.Identify(string(text)) {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
			if t := strings.TrimSpace(string(text)); !slices.Contains(texts, t) {
				texts = append(texts, t)
			}
		}
	}
	if len(ids) == 0 {
		return p, fmt.Errorf("module %s has no licence that is known", m.name)
	}
	p.License, p.Text = strings.Join(ids, " AND "), strings.Join(texts, "\n\n")+"\n"
	return p, nil
}

// isNotice reports whether a file holds a licence or a notice.
func isNotice(name string) bool {
	name = strings.ToUpper(name)
	if ext := filepath.Ext(name); ext == ".GO" || ext == ".S" {
		return false
	}
	return slices.ContainsFunc([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"}, func(word string) bool { return strings.Contains(name, word) })
}
