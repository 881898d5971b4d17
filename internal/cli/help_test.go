package cli

import (
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write the golden files anew")

// walkCommands calls visit for a command and all below it.
func walkCommands(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			walkCommands(c, visit)
		}
	}
}

// helpOf runs a command with --help.
func helpOf(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	w := World{Args: append(args, "--help"), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, ReadFile: os.ReadFile}
	if code := Run(t.Context(), w); code != ExitOK || errs.String() != "" {
		t.Fatalf("lombard %v --help = %d, %s", args, code, errs.String())
	}
	return out.String()
}

func TestEveryHelpBeginsWithAnExample(t *testing.T) {
	p := &program{world: &World{Stdout: io.Discard, Stderr: io.Discard}}
	var all strings.Builder
	walkCommands(p.command(), func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		text := helpOf(t, path...)
		lines := strings.Split(text, "\n")
		if lines[0] != "Example:" || !strings.Contains(lines[1], "lombard") {
			t.Errorf("help of %s begins with %q, %q; want an example", cmd.CommandPath(), lines[0], lines[1])
		}
		if !strings.Contains(lines[1], cmd.CommandPath()) && cmd.HasParent() && !cmd.HasSubCommands() {
			t.Errorf("the first example of %s is of another command: %s", cmd.CommandPath(), lines[1])
		}
		all.WriteString("$ " + cmd.CommandPath() + " --help\n" + text + "\n")
	})
	const golden = "testdata/help.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if all.String() != string(want) {
		t.Errorf("the help texts differ from %s; if that is meant, run the test with -update and read the difference. Now:\n%s", golden, all.String())
	}
}

func TestExamplesUseFlagsThatExist(t *testing.T) {
	p := &program{world: &World{Stdout: io.Discard, Stderr: io.Discard}}
	root := p.command()
	walkCommands(root, func(cmd *cobra.Command) {
		for line := range strings.Lines(strings.ReplaceAll(cmd.Example, "\\\n", " ")) {
			line, _, _ = strings.Cut(line, "#")
			_, call, ok := strings.Cut(line, "lombard ")
			if !ok || strings.Contains(line, "<(") {
				continue
			}
			call, _, _ = strings.Cut(call, ">")
			found, rest, err := root.Find(strings.Fields(call))
			if err != nil {
				t.Errorf("example of %s: %v", cmd.CommandPath(), err)
				continue
			}
			if err := found.ParseFlags(rest); err != nil {
				t.Errorf("example of %s: %v in %q", cmd.CommandPath(), err, line)
			}
		}
	})
}
