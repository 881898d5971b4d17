package cli

import (
	"os"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
	"lombard.example/lombard/hedge"
	"lombard.example/lombard/internal/config"
)

// completed returns the values that a shell offers after words, without what is
// said of them.
func completed(t *testing.T, folder string, words ...string) []string {
	t.Helper()
	var out, errs strings.Builder
	code := Run(t.Context(), World{
		Args: append([]string{"__complete"}, words...), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		ReadFile: os.ReadFile, Places: config.Places{Data: folder, Config: folder},
	})
	if code != ExitOK {
		t.Fatalf("completion of %q ended with %d: %s", words, code, errs.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; last != ":36" { // no files, in this order
		t.Errorf("completion of %q ends with %q, want that no files are offered", words, last)
	}
	var values []string
	for _, line := range lines[:len(lines)-1] {
		value, _, _ := strings.Cut(line, "\t")
		values = append(values, value)
	}
	return values
}

// TestValuesAreCompleted: what a flag or an argument takes is what a shell offers.
func TestValuesAreCompleted(t *testing.T) {
	folder := t.TempDir()
	var slugs []string
	for _, template := range hedge.All() {
		slugs = append(slugs, template.Slug)
	}
	for _, row := range []struct {
		words []string
		want  []string
	}{
		{[]string{"run", "--template", ""}, slugs},
		{[]string{"templates", "show", ""}, slugs},
		{[]string{"run", "--facility", ""}, lombard.NamesOf[lombard.PresetName]()},
		{[]string{"run", "--style", ""}, lombard.NamesOf[lombard.Style]()},
		{[]string{"run", "--contract-mode", ""}, lombard.NamesOf[lombard.ContractMode]()},
		{[]string{"run", "--execution", ""}, lombard.NamesOf[lombard.Execution]()},
		{[]string{"run", "--pricing-mode", ""}, lombard.NamesOf[lombard.PricingMode]()},
		{[]string{"price", "--style", ""}, []string{"european", "american", "black76", "american_future"}},
		{[]string{"run", "-o", ""}, resultForms()},
		{[]string{"jobs", "result", "-o", ""}, resultForms()},
		{[]string{"jobs", "list", "-o", ""}, []string{formTable, formJSON}},
		{[]string{"jobs", "list", "--kind", ""}, lombard.NamesOf[lombard.JobKind]()},
		{[]string{"jobs", "list", "--status", ""}, namesOf(lombard.Statuses())},
		{[]string{"jobs", "list", "--status", "c"}, []string{"complete", "cancelled"}},
	} {
		want := slices.DeleteFunc(slices.Clone(row.want), func(v string) bool { return !strings.HasPrefix(v, row.words[len(row.words)-1]) })
		if got := completed(t, folder, row.words...); !slices.Equal(got, want) || len(got) == 0 {
			t.Errorf("%q offers %q, want %q", row.words, got, want)
		}
	}
}

// TestWhatIsStoredIsCompleted: sources, symbols and jobs are looked up.
func TestWhatIsStoredIsCompleted(t *testing.T) {
	folder := t.TempDir()
	if got := completed(t, folder, "run", "--source", ""); !slices.Contains(got, "sample") || !slices.Contains(got, "file") {
		t.Errorf("--source offers %q, want sample and file among them", got)
	}
	if got := completed(t, folder, "run", "--source", "sample", "--symbol", "X"); !slices.Contains(got, "XAU") {
		t.Errorf("--symbol offers %q, want XAU among them", got)
	}
	if got := completed(t, folder, "data", "range", "X"); !slices.Contains(got, "XAU") {
		t.Errorf("data range offers %q, want XAU among them", got)
	}
	if got := completed(t, folder, "jobs", "show", ""); len(got) > 0 {
		t.Errorf("jobs show offers %q before there are jobs", got)
	}
	if made, err := os.ReadDir(folder); err != nil || len(made) > 0 {
		t.Errorf("completion made %v: %v", made, err)
	}
	var out, errs strings.Builder
	code := Run(t.Context(), World{
		Args: []string{"run", "--no-progress", "-o", "json"}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
		ReadFile: os.ReadFile, Places: config.Places{Data: folder, Config: folder},
	})
	if code != ExitOK {
		t.Fatalf("run = %d: %s", code, errs.String())
	}
	if got := completed(t, folder, "jobs", "show", ""); len(got) != 1 || !strings.Contains(errs.String(), got[0]) {
		t.Errorf("jobs show offers %q, want the one job of %q", got, errs.String())
	}
	if got := completed(t, folder, "jobs", "show", "x", ""); len(got) > 0 {
		t.Errorf("jobs show offers %q after a job", got)
	}
}
