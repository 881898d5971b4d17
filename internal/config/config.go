// Package config reads the program's settings: flags before LOMBARD_*
// variables before a YAML file before defaults. It returns one struct and says
// of every value where it came from; it reads no environment of its own.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"

	"lombard.example/lombard"
)

// Config is every setting of the program.
type Config struct {
	// DataDir is the folder that holds the database: jobs, results and imported
	// prices. Defaults to the user's data directory.
	DataDir string `koanf:"data_dir"`

	// Addr is where `lombard serve` listens, HOST:PORT. Only loopback hosts are
	// accepted. Port 0 takes a free one. Defaults to 127.0.0.1:8420.
	Addr string `koanf:"addr"`

	// Server is the address of a running server that commands work through,
	// such as http://127.0.0.1:8420. Defaults to none: commands work on DataDir.
	Server string `koanf:"server"`

	// Workspace is where jobs are filed. Defaults to "default".
	Workspace string `koanf:"workspace"`

	// Workers is how many backtests are computed at a time. Defaults to 0: one
	// for each processor.
	Workers int `koanf:"workers"`

	// Memory is how much the program may take: a size such as 512MiB or 2GB, or
	// a share of what the machine, or its cgroup, has. Defaults to 60%.
	Memory string `koanf:"memory"`

	// MemoryBytes is Memory in bytes, on this machine. It is no setting.
	MemoryBytes int64 `koanf:"-"`

	// LogLevel is the least level that is logged: debug, info, warn or error, or
	// auto, which is info for a server and warn for every other command. Defaults
	// to auto.
	LogLevel string `koanf:"log_level"`

	// LogFormat is text or json. Defaults to text.
	LogFormat string `koanf:"log_format"`

	// DayCapUSD is the most that a workspace may spend on data on one UTC day.
	// Defaults to 25.
	DayCapUSD float64 `koanf:"day_cap_usd"`

	// Yahoo turns the unofficial source yahoo on, for personal use. Defaults to
	// false.
	Yahoo bool `koanf:"yahoo"`

	// Addresses of the vendors, for a proxy or a stand-in.
	DatabentoURL  string `koanf:"databento_url"`
	TiingoURL     string `koanf:"tiingo_url"`
	FREDURL       string `koanf:"fred_url"`
	FREDTablesURL string `koanf:"fred_tables_url"`
	NYFedURL      string `koanf:"nyfed_url"`
	CoinbaseURL   string `koanf:"coinbase_url"`
	YahooURL      string `koanf:"yahoo_url"`
	ThetaDataURL  string `koanf:"thetadata_url"` // of the terminal, which runs on this machine by default

	// VendorKeys are the keys of vendors, by variable. They are no setting.
	VendorKeys map[string]string `koanf:"-"`
}

// addresses are the settings that hold one.
var addresses = []string{"databento_url", "tiingo_url", "fred_url", "fred_tables_url", "nyfed_url", "coinbase_url", "yahoo_url", "thetadata_url"}

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

// keys lists every setting in the order in which they are shown.
var keys = []string{"data_dir", "addr", "server", "workspace", "workers", "memory", "log_level", "log_format", "day_cap_usd", "yahoo", "databento_url", "tiingo_url", "fred_url", "fred_tables_url", "nyfed_url", "coinbase_url", "yahoo_url", "thetadata_url"}

// Keys returns the names of the settings.
func Keys() []string { return slices.Clone(keys) }

// Variable returns the environment variable of a setting.
func Variable(key string) string { return Prefix + strings.ToUpper(key) }

// layer is one origin of settings.
type layer struct {
	values map[string]any
	origin func(key string) string
}

// ReadBytes implements koanf.Provider; a layer is already parsed.
func (layer) ReadBytes() ([]byte, error) {
	return nil, errors.New("a layer of settings has no bytes")
}

// Read implements koanf.Provider.
func (l layer) Read() (map[string]any, error) { return l.values, nil }

var _ koanf.Provider = layer{}

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

	k := koanf.New(".")
	origin := map[string]string{}
	for _, l := range layers {
		if err := k.Load(l, nil); err != nil {
			return out, fmt.Errorf("merge settings: %w", err)
		}
		for key := range l.values {
			origin[key] = l.origin(key)
		}
	}
	for _, key := range keys {
		out.Settings = append(out.Settings, Setting{Key: key, Value: k.String(key), Origin: origin[key]})
	}
	if err := check(k, origin); err != nil {
		return out, err
	}
	if err := k.Unmarshal("", &out.Config); err != nil {
		return out, fmt.Errorf("read settings: %w", err)
	}
	out.MemoryBytes, _ = memoryOf(out.Memory, in.Memory)
	if out.VendorKeys, err = readKeys(in); err != nil {
		return out, err
	}
	out.Server = strings.TrimRight(out.Server, "/")
	return out, nil
}

func defaults(p Places) layer {
	dir := ""
	if p.Data != "" {
		dir = filepath.Join(p.Data, "lombard")
	}
	return layer{
		origin: func(string) string { return "default" },
		values: map[string]any{
			"data_dir": dir, "addr": "127.0.0.1:8420", "server": "", "workspace": "default",
			"workers": "0", "memory": "60%", "log_level": LevelAuto, "log_format": "text",
			"day_cap_usd": "25", "yahoo": "false",
			"databento_url": "https://hist.databento.com", "tiingo_url": "https://api.tiingo.com", "fred_url": "https://api.stlouisfed.org",
			"fred_tables_url": "https://fred.stlouisfed.org", "nyfed_url": "https://markets.newyorkfed.org",
			"coinbase_url": "https://api.exchange.coinbase.com", "yahoo_url": "https://query2.finance.yahoo.com",
			"thetadata_url": "http://127.0.0.1:25503",
		},
	}
}

func readEnviron(environ []string) (l layer, unknown []string) {
	l = layer{values: map[string]any{}, origin: Variable}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		short, ours := strings.CutPrefix(name, Prefix)
		key := strings.ToLower(short)
		switch {
		case !ours || name == FileVariable:
		case !slices.Contains(keys, key):
			unknown = append(unknown, name)
		case value != "": // an empty variable is as good as none
			l.values[key] = value
		}
	}
	slices.Sort(unknown)
	return l, unknown
}

func readFlags(flags map[string]string) layer {
	l := layer{values: map[string]any{}, origin: func(key string) string { return "--" + strings.ReplaceAll(key, "_", "-") }}
	for key, value := range flags {
		l.values[key] = value
	}
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
	empty := layer{values: map[string]any{}}
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

// check says which values cannot be right.
func check(k *koanf.Koanf, origin map[string]string) error {
	var bad []lombard.FieldError
	that := func(ok bool, key, message, suggestion string) {
		if !ok {
			bad = append(bad, lombard.FieldError{
				Field: origin[key], Value: k.String(key), Code: lombard.CodeInvalid, Suggestion: suggestion, Message: origin[key] + " " + message,
			})
		}
	}
	if k.String("data_dir") == "" {
		bad = append(bad, lombard.FieldError{
			Field: "data_dir", Code: lombard.CodeRequired, Message: "Your user has no folder for data. Set LOMBARD_DATA_DIR to one.",
		})
	}
	_, port, err := net.SplitHostPort(k.String("addr"))
	_, portErr := strconv.ParseUint(port, 10, 16)
	that(err == nil && portErr == nil, "addr", "must be HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8420.", "")
	if server := k.String("server"); server != "" {
		u, err := url.Parse(server)
		that(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", "server", "must be an address such as http://127.0.0.1:8420.", suggestServer(server))
	}
	that(lombard.ValidWorkspace(k.String("workspace")), "workspace", "must have 1 to 64 characters of A–Z, a–z, 0–9, '.', '_' and '-'.", "")
	workers, err := strconv.Atoi(k.String("workers"))
	that(err == nil && workers >= 0 && workers <= 1024, "workers", "must be a whole number from 0 to 1024.", "")
	_, enough := memoryOf(k.String("memory"), 0)
	that(enough, "memory", "must be a size of at least 256MiB, such as 512MiB or 2GB, or a share such as 60%.", "512MiB")
	that(slices.Contains([]string{LevelAuto, "debug", "info", "warn", "error"}, k.String("log_level")), "log_level", "must be auto, debug, info, warn or error.", "")
	that(slices.Contains([]string{"text", "json"}, k.String("log_format")), "log_format", "must be text or json.", "")
	dayCap, err := strconv.ParseFloat(k.String("day_cap_usd"), 64)
	that(err == nil && dayCap >= 0 && dayCap <= 1e6, "day_cap_usd", "must be an amount of dollars from 0 to 1,000,000.", "")
	that(slices.Contains([]string{"true", "false"}, k.String("yahoo")), "yahoo", "must be true or false.", "")
	for _, key := range addresses {
		u, err := url.Parse(k.String(key))
		that(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil, key, "must be an address such as https://example.com, without a password.", "")
	}
	return lombard.Invalid(bad)
}

// suggestServer guesses what somebody meant who left out the scheme.
func suggestServer(server string) string {
	if _, _, err := net.SplitHostPort(server); err == nil {
		return "http://" + server
	}
	return ""
}
