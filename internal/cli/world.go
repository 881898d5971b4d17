// Package cli is the command line: it reads flags, files and settings, wires
// the program together, and is the only place that prints. Results go to
// standard output, everything else to standard error, and a failure leaves
// standard output empty. Run is its entry; World is all it knows of the machine.
package cli

import (
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/term"

	"lombard.example/lombard/internal/config"
)

// version is what `lombard version` prints; the build sets it.
var version = "dev"

// World is the machine as the command line sees it. Tests make their own.
type World struct {
	Args    []string // without the program's name
	Environ []string // NAME=value

	Stdin          io.Reader
	Stdout, Stderr io.Writer

	StdoutTerminal bool
	StderrTerminal bool
	Columns        int   // width of the terminal; 0 while unknown
	Memory         int64 // of the machine or of the cgroup that limits the process; 0 while unknown

	Places   config.Places
	ReadFile func(name string) ([]byte, error)
	FileMode func(name string) (fs.FileMode, error)

	// Interrupts delivers SIGINT and SIGTERM. The first ends the command in
	// good order, the second calls Exit.
	Interrupts <-chan os.Signal
	Exit       func(code int)
}

// OS returns the World of this process.
func OS() World {
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	w := World{
		Args: os.Args[1:], Environ: os.Environ(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		StdoutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		StderrTerminal: term.IsTerminal(int(os.Stderr.Fd())),
		Places:         places(os.Getenv, runtime.GOOS),
		ReadFile:       os.ReadFile,
		FileMode:       fileMode,
		Memory:         machineMemory(),
		Interrupts:     interrupts,
		Exit:           os.Exit,
	}
	for _, stream := range []*os.File{os.Stdout, os.Stderr} {
		if columns, _, err := term.GetSize(int(stream.Fd())); err == nil && w.Columns == 0 {
			w.Columns = columns
		}
	}
	return w
}

// places returns where the operating system wants data and settings of a user
// to be; an unknown place is empty.
func places(getenv func(string) string, system string) config.Places {
	home := getenv("HOME")
	under := func(dir string, parts ...string) string {
		if dir == "" {
			return ""
		}
		return filepath.Join(append([]string{dir}, parts...)...)
	}
	either := func(variable, fallback string) string {
		if dir := getenv(variable); filepath.IsAbs(dir) {
			return dir
		}
		return fallback
	}
	switch system {
	case "windows":
		return config.Places{Data: getenv("LocalAppData"), Config: getenv("AppData")}
	case "darwin":
		support := under(home, "Library", "Application Support")
		return config.Places{Data: either("XDG_DATA_HOME", support), Config: either("XDG_CONFIG_HOME", support)}
	default:
		return config.Places{
			Data:   either("XDG_DATA_HOME", under(home, ".local", "share")),
			Config: either("XDG_CONFIG_HOME", under(home, ".config")),
		}
	}
}

// getenv returns the value of an environment variable, empty when unset.
func (w *World) getenv(name string) string {
	for _, pair := range w.Environ {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// screen is how to draw on standard output.
type screen struct {
	columns int
	unicode bool // box drawing, dashes and other letters beyond ASCII
	color   bool
}

// Widths of the page: text is as hard to read on very wide lines as on narrow ones.
const (
	minColumns     = 60
	maxColumns     = 120
	defaultColumns = 80
)

func (w *World) screen() screen {
	s := screen{columns: w.Columns, unicode: w.unicode()}
	if s.columns <= 0 {
		s.columns = defaultColumns
	}
	s.columns = min(max(s.columns, minColumns), maxColumns)
	s.color = w.StdoutTerminal && w.getenv("NO_COLOR") == "" && w.getenv("TERM") != "dumb"
	return s
}

// unicode reports whether the locale says that letters beyond ASCII can be shown.
func (w *World) unicode() bool {
	if w.getenv("TERM") == "dumb" {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := w.getenv(name); value != "" {
			value = strings.ToUpper(value)
			return strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8")
		}
	}
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin"
}

// fileMode returns who may read a file. Windows has no such bits.
func fileMode(name string) (fs.FileMode, error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	if runtime.GOOS == "windows" {
		const ownerOnly = 0o600
		return ownerOnly, nil
	}
	return info.Mode(), nil
}
