// Package config reads the program's settings: flags before LOMBARD_*
// variables before a YAML file before defaults. It returns one struct and says
// of every value where it came from; it reads no environment of its own.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"lombard.example/lombard"
)

// Config is every setting of the program.
type Config struct {
	// DataDir is the folder that holds the database: jobs, results and imported
	// prices. Defaults to the user's data directory.
	DataDir string

	// Addr is where `lombard serve` listens, HOST:PORT. Only loopback hosts are
	// accepted. Port 0 takes a free one. Defaults to 127.0.0.1:8420.
	Addr string

	// Server is the address of a running server that commands work through,
	// such as http://127.0.0.1:8420. Defaults to none: commands work on DataDir.
	Server string

	// Workspace is where jobs are filed. Defaults to "default".
	Workspace string

	// Workers is how many backtests are computed at a time. Defaults to 0: one
	// for each processor.
	Workers int

	// Memory is how much the program may take: a size such as 512MiB or 2GB, or
	// a share of what the machine, or its cgroup, has. Defaults to 60%.
	Memory string

	// MemoryBytes is Memory in bytes, on this machine. It is no setting.
	MemoryBytes int64

	// LogLevel is the least level that is logged: debug, info, warn or error, or
	// auto, which is info for a server and warn for every other command. Defaults
	// to auto.
	LogLevel string

	// LogFormat is text or json. Defaults to text.
	LogFormat string

	// DayCapUSD is the most that a workspace may spend on data on one UTC day.
	// Defaults to 25.
	DayCapUSD float64

	// Yahoo turns the unofficial source yahoo on, for personal use. Defaults to
	// false.
	Yahoo bool

	// Addresses of the vendors, for a proxy or a stand-in.
	DatabentoURL  string
	TiingoURL     string
	FREDURL       string
	FREDTablesURL string
	NYFedURL      string
	CoinbaseURL   string
	YahooURL      string
	ThetaDataURL  string // of the terminal, which runs on this machine by default

	// VendorKeys are the keys of vendors, by variable. They are no setting.
	VendorKeys map[string]string
}

// Prefix starts the name of every environment variable of the program.
const Prefix = "LOMBARD_"

// FileVariable names the environment variable that holds the path of the
// settings file.
const FileVariable = Prefix + "CONFIG"

// Setting is one value and where it came from.
type Setting struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Origin string `json:"origin"` // such as "default" or "LOMBARD_ADDR"
}

// Inputs are the places settings come from.
type Inputs struct {
	Flags    map[string]string            // key to value, of the flags that were given
	Environ  []string                     // NAME=value
	ReadFile func(string) ([]byte, error) // reads the settings file
	FileMode func(string) (fs.FileMode, error)
	Places   Places // the user's folders
	Memory   int64  // of the machine or its cgroup, in bytes; 0: unknown
}

// Places are folders of the operating system's user; empty ones are unknown.
type Places struct {
	Data   string // where programs keep data
	Config string // where programs keep settings
}

// Loaded is the settings with their history.
type Loaded struct {
	Config
	File     string    // path of the settings file, whether it exists or not
	Settings []Setting // every setting, in the order of the struct
	Unknown  []string  // LOMBARD_* variables that name no setting
}

// LevelAuto is the log level that each command chooses for itself.
const LevelAuto = "auto"

// Variable returns the environment variable of a setting.
func Variable(key string) string { return Prefix + strings.ToUpper(key) }

// layer is one origin of settings.
type layer struct {
	values map[string]string
	origin func(key string) string
}

// Load reads the settings. Errors are *lombard.Error of kind validation that
// name where the wrong value stands, all of them at once.
func Load(in Inputs) (Loaded, error) {
	out := Loaded{File: filePath(in)}
	fromFile, err := readFile(in, out.File)
	if err != nil {
		return out, err
	}
	fromEnv, unknown := readEnviron(in.Environ)
	out.Unknown = unknown
	layers := []layer{defaults(in.Places), fromFile, fromEnv, readFlags(in.Flags)}

	var bad []lombard.FieldError
	for _, x := range settings {
		value, origin := "", ""
		for _, l := range layers { // the last that has it is heard
			if given, ok := l.values[x.key]; ok {
				value, origin = given, l.origin(x.key)
			}
		}
		out.Settings = append(out.Settings, Setting{Key: x.key, Value: value, Origin: origin})
		if !x.read(&out.Config, value) {
			bad = append(bad, x.fault(value, origin))
		}
	}
	if err := lombard.Invalid(bad); err != nil {
		return out, err
	}
	out.MemoryBytes, _ = memoryOf(out.Memory, in.Memory)
	if out.VendorKeys, err = readKeys(in); err != nil {
		return out, err
	}
	out.Server = strings.TrimRight(out.Server, "/")
	return out, nil
}

func defaults(p Places) layer {
	l := layer{values: map[string]string{}, origin: func(string) string { return "default" }}
	for _, x := range settings {
		l.values[x.key] = x.fallback
	}
	if p.Data != "" {
		l.values["data_dir"] = filepath.Join(p.Data, "lombard")
	}
	return l
}

func readEnviron(environ []string) (l layer, unknown []string) {
	l = layer{values: map[string]string{}, origin: Variable}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		short, ours := strings.CutPrefix(name, Prefix)
		key := strings.ToLower(short)
		switch {
		case !ours || name == FileVariable:
		case !slices.Contains(Keys(), key):
			unknown = append(unknown, name)
		case value != "": // an empty variable is as good as none
			l.values[key] = value
		}
	}
	slices.Sort(unknown)
	return l, unknown
}

func readFlags(flags map[string]string) layer {
	l := layer{values: map[string]string{}, origin: func(key string) string { return "--" + strings.ReplaceAll(key, "_", "-") }}
	maps.Copy(l.values, flags)
	return l
}

func filePath(in Inputs) string {
	for _, pair := range in.Environ {
		if value, ok := strings.CutPrefix(pair, FileVariable+"="); ok && value != "" {
			return value
		}
	}
	if in.Places.Config == "" {
		return ""
	}
	return filepath.Join(in.Places.Config, "lombard", "config.yaml")
}

// named reports whether the path was asked for, rather than the usual one.
func named(in Inputs) bool {
	return slices.ContainsFunc(in.Environ, func(pair string) bool {
		return strings.HasPrefix(pair, FileVariable+"=") && pair != FileVariable+"="
	})
}

func readFile(in Inputs, path string) (layer, error) {
	empty := layer{values: map[string]string{}}
	if path == "" || in.ReadFile == nil {
		return empty, nil
	}
	text, err := in.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named(in):
		return empty, nil
	case err != nil:
		return empty, &lombard.Error{
			Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Err: err,
			Message: fmt.Sprintf("The settings file %s cannot be read.", path),
			Hint:    "Correct " + FileVariable + ", or remove it to use the usual file.",
		}
	}
	return parseFile(path, text)
}
