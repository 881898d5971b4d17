package cli

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
	"lombard.example/lombard/internal/config"
	"lombard.example/lombard/market"
)

// hostileName controls a terminal in every way there is.
const hostileName = "Gold\x1b]0;title\a\x1b[31m\u202egnp\u200b\u009b2J\nfaked line\r\U000E0041"

func TestEscaped(t *testing.T) {
	for name, row := range map[string]struct{ text, allowed, want string }{
		"plain":             {"Gold, 60 %", "", "Gold, 60 %"},
		"letters":           {"Größe − 金 · …", "", "Größe − 金 · …"},
		"an escape":         {"a\x1b[31mb", "", `a\u001b[31mb`},
		"text turned round": {"a\u202eb", "", `a\u202eb`},
		"a line break":      {"a\nb", "", `a\u000ab`},
		"one that may":      {"a\nb", "\n\t", "a\nb"},
		"a pair":            {"\U000E0041", "", `\udb40\udc41`},
		"half a letter":     {"a\xc3", "", `a\xc3`},
		"a replacement":     {"a\ufffd", "", "a\ufffd"},
	} {
		if got := escaped(row.text, row.allowed); got != row.want {
			t.Errorf("%s: escaped = %q, want %q", name, got, row.want)
		}
	}
}

func TestOnlyOurOwnSequencesReachTheTerminal(t *testing.T) {
	var out bytes.Buffer
	for _, colors := range []bool{true, false} {
		if _, err := (escaping{&out, colors}).Write([]byte(bold + "a\x1b[0m" + plain + "\n")); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := out.String(), "\x1b[1ma\\u001b[0m\x1b[0m\n"+`\xff[1ma\u001b[0m\xff[0m`+"\n"; got != want {
		t.Errorf("written %q, want %q", got, want)
	}
}

// TestWhatPeopleMadeCannotControlTheTerminal shows names that were stored
// before they were checked, and echoes ones that are refused.
func TestWhatPeopleMadeCannotControlTheTerminal(t *testing.T) {
	dir := t.TempDir()
	id := storeHostile(t, dir)
	for _, row := range []struct {
		args []string
		says string // part of what is shown; empty: it is enough that nothing hostile is
	}{
		{[]string{"jobs", "list"}, `Gold\u001b]0;`},
		{[]string{"jobs", "list", "-o", "json"}, `\u202e`},
		{[]string{"jobs", "show"}, `Gold\u001b]0;title\u0007`},
		{[]string{"jobs", "show", "-o", "json"}, `\u202e`},
		{[]string{"jobs", "cancel", id}, ""},
		{[]string{"jobs", "show", hostileName}, ""},
		{[]string{"jobs", "list", "--status", hostileName}, ""},
		{[]string{"data", "list"}, `Gold\u001b]0;`},
		{[]string{"data", "list", "-o", "json"}, `\u202e`},
		{[]string{"data", "import", "prices.csv", "--symbol", hostileName}, "symbol"},
		{[]string{"templates", "show", hostileName}, "There is no template"},
		{[]string{"templates", "validate", "template.json"}, "U+001B ESCAPE"},
		{[]string{"templates", "validate", hostileName}, `does not exist`},
		{[]string{"run", "--name", hostileName}, "U+001B ESCAPE"},
		{[]string{"run", "--symbol", hostileName, "--template", hostileName, "--source", hostileName}, "--symbol"},
		{[]string{"run", "-f", "scenario.json"}, "template_slug"},
		{[]string{"data", "estimate", "-f", "scenario.json"}, "template_slug"},
		{[]string{"data", "range", hostileName, "--source", "sample"}, ""},
		{[]string{hostileName}, "There is no command"},
		{[]string{"--" + hostileName}, ""},
		{[]string{"--workspace", hostileName, "jobs", "list"}, ""},
	} {
		var out, errs bytes.Buffer
		files := map[string]string{
			"template.json": `{"title":` + string(quote(hostileName)) + `,"legs":[]}`,
			"scenario.json": `{"symbol":"XAU","template_slug":` + string(quote(hostileName)) + `}`,
			"prices.csv":    "date,close\n2020-01-02,1\n2020-01-03,1\n",
		}
		Run(t.Context(), World{
			Args: row.args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, StdoutTerminal: true, Columns: 120,
			Environ: []string{"LANG=C.UTF-8", "LOMBARD_DATA_DIR=" + dir}, FileMode: fileMode,
			ReadFile: func(name string) ([]byte, error) {
				if text, ok := files[name]; ok {
					return []byte(text), nil
				}
				return nil, os.ErrNotExist
			},
		})
		shown := strings.NewReplacer(strings.ReplaceAll(dim, ownEscape, "\x1b"), "", strings.ReplaceAll(plain, ownEscape, "\x1b"), "", strings.ReplaceAll(bold, ownEscape, "\x1b"), "").
			Replace(out.String()) + errs.String()
		if !strings.Contains(shown, row.says) {
			t.Errorf("lombard %q shows %q, want %q in it", row.args, shown, row.says)
		}
		for _, r := range shown {
			if r != '\n' && !lombard.Shows(r) {
				t.Errorf("lombard %q shows %s: %q", row.args, lombard.RuneName(r), shown)
				break
			}
		}
		if strings.Contains(shown, "\nfaked line") {
			t.Errorf("lombard %q lets a name make a line: %q", row.args, shown)
		}
	}
}

// storeHostile keeps a job and a price file under names that could be kept
// before they were checked. The id is that of the job, which waits.
func storeHostile(t *testing.T, dir string) string {
	t.Helper()
	l, err := openLocal(t.Context(), config.Config{DataDir: dir}, holder{purpose: "test", log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	job, err := l.Submit(t.Context(), "default", []byte(flatGold))
	if err != nil {
		t.Fatal(err)
	}
	name := hostileName
	if _, err := l.db.Annotate(t.Context(), "default", job.JobID, app.Annotation{Name: &name, Note: &name, Tags: &[]string{name}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	bars := []market.Bar{{Date: lombard.MustDate("2020-01-02"), Close: 1}, {Date: lombard.MustDate("2020-01-03"), Close: 1}}
	_, err = l.db.SavePrices(t.Context(), app.PriceFile{
		Workspace: "default", Symbol: "MINE", Name: name, Digest: strings.Repeat("a", 64), Sessions: 2,
		First: bars[0].Date, Last: bars[1].Date, Bars: bars, ImportedAt: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return job.JobID
}
