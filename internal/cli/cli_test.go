package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"lombard.example/lombard/internal/config"
)

func TestAnInterruptEndsACommandThatWaitsForInput(t *testing.T) {
	input, keepOpen := io.Pipe()
	defer keepOpen.Close()
	interrupts := make(chan os.Signal, 1)
	interrupts <- os.Interrupt
	var out, errs strings.Builder
	code := Run(t.Context(), World{
		Args: []string{"run", "-f", "-"}, Stdin: input, Stdout: &out, Stderr: &errs,
		ReadFile: os.ReadFile, Interrupts: interrupts, Places: config.Places{Data: t.TempDir()},
	})
	if code != ExitInterrupted || out.String() != "" || errs.String() != "lombard: Interrupted.\n" {
		t.Errorf("Run = %d, %q, %q, want %d and only a word", code, out.String(), errs.String(), ExitInterrupted)
	}
}

func TestASecondInterruptEndsTheProcess(t *testing.T) {
	interrupts, codes := make(chan os.Signal), make(chan int, 1)
	w := &World{Interrupts: interrupts, Exit: func(code int) { codes <- code }}
	ctx, release := w.interruptible(t.Context())
	defer release()
	interrupts <- syscall.SIGTERM
	<-ctx.Done()
	if got := context.Cause(ctx); !errors.Is(got, errInterrupted) {
		t.Errorf("cause = %v, want %v", got, errInterrupted)
	}
	interrupts <- os.Interrupt
	if got := <-codes; got != ExitInterrupted {
		t.Errorf("exit code = %d, want %d", got, ExitInterrupted)
	}
}

func TestPlaces(t *testing.T) {
	environment := map[string]string{
		"HOME": "/home/ada", "LocalAppData": `C:\Local`, "AppData": `C:\Roaming`, "XDG_CONFIG_HOME": "relative/is/ignored",
	}
	getenv := func(name string) string { return environment[name] }
	for system, want := range map[string]config.Places{
		"linux":   {Data: "/home/ada/.local/share", Config: "/home/ada/.config"},
		"darwin":  {Data: "/home/ada/Library/Application Support", Config: "/home/ada/Library/Application Support"},
		"windows": {Data: `C:\Local`, Config: `C:\Roaming`},
	} {
		if got := places(getenv, system); got != want {
			t.Errorf("places on %s = %+v, want %+v", system, got, want)
		}
	}
	environment["XDG_DATA_HOME"] = "/data"
	if got := places(getenv, "linux").Data; got != "/data" {
		t.Errorf("data = %s, want /data", got)
	}
	if got := places(func(string) string { return "" }, "linux"); got != (config.Places{}) {
		t.Errorf("places of nobody = %+v, want none", got)
	}
}

func TestScreen(t *testing.T) {
	for name, row := range map[string]struct {
		w    World
		want screen
	}{
		"a pipe":                    {World{Environ: []string{"LANG=C.UTF-8"}}, screen{columns: 80, unicode: true}},
		"a terminal":                {World{StdoutTerminal: true, Columns: 100, Environ: []string{"LANG=en_GB.utf8"}}, screen{columns: 100, unicode: true, color: true}},
		"a very wide terminal":      {World{StdoutTerminal: true, Columns: 400, Environ: []string{"LANG=C.UTF-8"}}, screen{columns: 120, unicode: true, color: true}},
		"a very narrow terminal":    {World{StdoutTerminal: true, Columns: 20, Environ: []string{"LANG=C.UTF-8"}}, screen{columns: 60, unicode: true, color: true}},
		"NO_COLOR":                  {World{StdoutTerminal: true, Columns: 80, Environ: []string{"LANG=C.UTF-8", "NO_COLOR=1"}}, screen{columns: 80, unicode: true}},
		"a dumb terminal":           {World{StdoutTerminal: true, Columns: 80, Environ: []string{"LANG=C.UTF-8", "TERM=dumb"}}, screen{columns: 80}},
		"LC_ALL decides over LANG":  {World{Environ: []string{"LANG=C.UTF-8", "LC_ALL=C"}}, screen{columns: 80}},
		"LC_CTYPE decides likewise": {World{Environ: []string{"LANG=C", "LC_CTYPE=C.UTF-8"}}, screen{columns: 80, unicode: true}},
	} {
		if got := row.w.screen(); got != row.want {
			t.Errorf("%s: screen = %+v, want %+v", name, got, row.want)
		}
	}
}

// TestAPanicOfACommandIsASentence breaks the world under a command.
func TestAPanicOfACommandIsASentence(t *testing.T) {
	for name, row := range map[string]struct {
		args  []string
		trace bool
	}{
		"plain":      {[]string{"run", "-f", "scenario.json"}, false},
		"with debug": {[]string{"--debug", "run", "-f", "scenario.json"}, true},
	} {
		var out, errs strings.Builder
		code := Run(t.Context(), World{
			Args: row.args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Places: config.Places{Data: t.TempDir()},
			ReadFile: func(string) ([]byte, error) { panic("the disk is on fire") },
		})
		said, trace, _ := strings.Cut(errs.String(), "\n")
		if code != ExitInternal || out.String() != "" || !strings.HasPrefix(said, "lombard: Something went wrong inside lombard. ") {
			t.Errorf("%s: Run = %d, %q, %q; want %d and a sentence", name, code, out.String(), said, ExitInternal)
		}
		if got := strings.Contains(trace, "goroutine") && strings.Contains(trace, "the disk is on fire"); got != row.trace {
			t.Errorf("%s: trace %q; want one: %v", name, trace, row.trace)
		}
	}
}
