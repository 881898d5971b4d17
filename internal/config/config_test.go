package config

import (
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lombard.example/lombard"
)

func inputs(file string, environ []string, flags map[string]string) Inputs {
	return Inputs{
		Flags: flags, Environ: environ, Places: Places{Data: "/home/ada/share", Config: "/home/ada/config"},
		ReadFile: func(string) ([]byte, error) {
			if file == "" {
				return nil, fs.ErrNotExist
			}
			return []byte(file), nil
		},
	}
}

func TestLoad(t *testing.T) {
	base := Config{
		DataDir: "/home/ada/share/lombard", Addr: "127.0.0.1:8420", Workspace: "default", Memory: "60%", MemoryBytes: unknownMachine * 6 / 10, LogLevel: "auto", LogFormat: "text",
		DayCapUSD: 25, DatabentoURL: "https://hist.databento.com", TiingoURL: "https://api.tiingo.com", FREDURL: "https://api.stlouisfed.org",
		FREDTablesURL: "https://fred.stlouisfed.org", NYFedURL: "https://markets.newyorkfed.org", CoinbaseURL: "https://api.exchange.coinbase.com",
		YahooURL: "https://query2.finance.yahoo.com", ThetaDataURL: "http://127.0.0.1:25503", VendorKeys: map[string]string{},
	}
	with := func(change func(*Config)) Config {
		c := base
		change(&c)
		return c
	}
	for name, row := range map[string]struct {
		in   Inputs
		want Config
	}{
		"defaults stand alone":           {inputs("", nil, nil), base},
		"the file overrides defaults":    {inputs("workers: 3\naddr: localhost:9\n", nil, nil), with(func(c *Config) { c.Workers, c.Addr = 3, "localhost:9" })},
		"the environment overrides both": {inputs("workers: 3", []string{"LOMBARD_WORKERS=4"}, nil), with(func(c *Config) { c.Workers = 4 })},
		"a flag overrides all":           {inputs("workers: 3", []string{"LOMBARD_WORKERS=4"}, map[string]string{"workers": "5"}), with(func(c *Config) { c.Workers = 5 })},
		"memory is reckoned in bytes":    {inputs("memory: 30%", []string{"LOMBARD_MEMORY=1GiB"}, nil), with(func(c *Config) { c.Memory, c.MemoryBytes = "1GiB", 1<<30 })},
		"an empty variable is none":      {inputs("", []string{"LOMBARD_ADDR="}, nil), base},
		"an empty file is none":          {inputs("# nothing\n", nil, nil), base},
		"a server loses its last slash":  {inputs("", []string{"LOMBARD_SERVER=http://h:1/"}, nil), with(func(c *Config) { c.Server = "http://h:1" })},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Load(row.in)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Config, row.want) {
				t.Errorf("Load = %+v, want %+v", got.Config, row.want)
			}
		})
	}
}

func TestLoadSaysWhereAValueCameFrom(t *testing.T) {
	got, err := Load(inputs("\nworkers: 3\nlog_level: info\n", []string{"LOMBARD_LOG_LEVEL=debug", "LOMBARD_DATADIR=/x"}, map[string]string{"data_dir": "/d"}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"data_dir": "--data-dir", "addr": "default", "server": "default", "workspace": "default",
		"workers": "/home/ada/config/lombard/config.yaml:2", "memory": "default", "log_level": "LOMBARD_LOG_LEVEL", "log_format": "default",
		"day_cap_usd": "default", "yahoo": "default", "databento_url": "default", "tiingo_url": "default", "fred_url": "default",
		"fred_tables_url": "default", "nyfed_url": "default", "coinbase_url": "default", "yahoo_url": "default", "thetadata_url": "default",
	}
	for _, s := range got.Settings {
		if s.Origin != want[s.Key] {
			t.Errorf("origin of %s = %q, want %q", s.Key, s.Origin, want[s.Key])
		}
	}
	if len(got.Settings) != len(want) {
		t.Errorf("%d settings, want %d", len(got.Settings), len(want))
	}
	if want := []string{"LOMBARD_DATADIR"}; !reflect.DeepEqual(got.Unknown, want) {
		t.Errorf("unknown variables = %v, want %v", got.Unknown, want)
	}
}

// TestEveryFieldIsASetting: a value given to every setting reaches every field
// of Config but those that are no setting.
func TestEveryFieldIsASetting(t *testing.T) {
	given := map[string]string{
		"data_dir": "/d", "addr": "h:1", "server": "http://h", "workspace": "w", "workers": "3", "memory": "1GiB", "log_level": "debug", "log_format": "json",
		"day_cap_usd": "7", "yahoo": "true",
	}
	for _, key := range Keys() {
		if _, ok := given[key]; !ok {
			given[key] = "http://" + key
		}
	}
	in := inputs("", nil, nil)
	in.Flags = given
	got, err := Load(in)
	if err != nil {
		t.Fatal(err)
	}
	noSetting := []string{"MemoryBytes", "VendorKeys"}
	seen := map[any]bool{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		value := reflect.ValueOf(got.Config).FieldByIndex(f.Index)
		if slices.Contains(noSetting, f.Name) {
			continue
		}
		if value.IsZero() || seen[value.Interface()] {
			t.Errorf("%s is %v, which no setting gave it", f.Name, value)
		}
		seen[value.Interface()] = true
	}
	if want := len(Keys()); len(seen) != want {
		t.Errorf("%d fields have a value of their own, and there are %d settings", len(seen), want)
	}
}

func TestLoadRefuses(t *testing.T) {
	unreadable := inputs("", []string{"LOMBARD_CONFIG=/nowhere.yaml"}, nil)
	homeless := inputs("", nil, nil)
	homeless.Places = Places{}
	for name, row := range map[string]struct {
		in   Inputs
		want []string
	}{
		"an unknown setting, with its line": {inputs("addr: a:1\nadress: b\n", nil, nil), []string{"config.yaml:2", `"adress"`, "Known are data_dir"}},
		"a setting given twice":             {inputs("workers: 1\nworkers: 2\n", nil, nil), []string{"config.yaml:2", "second time, after line 1"}},
		"a list of values":                  {inputs("addr: [a, b]\n", nil, nil), []string{"config.yaml:1", "more than one value"}},
		"a file that is not YAML":           {inputs("a: b: c", nil, nil), []string{"is not YAML"}},
		"a file that is not a mapping":      {inputs("- a\n", nil, nil), []string{"is not a list of settings"}},
		"a named file that is not there":    {unreadable, []string{"/nowhere.yaml cannot be read", "LOMBARD_CONFIG"}},
		"no home at all":                    {homeless, []string{"no folder for data. Set LOMBARD_DATA_DIR"}},
		"every wrong value at once": {
			inputs("", []string{"LOMBARD_ADDR=8420", "LOMBARD_WORKERS=many", "LOMBARD_LOG_LEVEL=loud", "LOMBARD_LOG_FORMAT=xml", "LOMBARD_WORKSPACE=a b", "LOMBARD_SERVER=h:1"}, nil),
			[]string{"6 fields", "LOMBARD_ADDR must be HOST:PORT", "LOMBARD_WORKERS must", "LOMBARD_LOG_LEVEL must", "LOMBARD_LOG_FORMAT must", "LOMBARD_WORKSPACE must", "LOMBARD_SERVER must"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(row.in)
			own, ok := errors.AsType[*lombard.Error](err)
			if !ok || own.Kind != lombard.KindValidation {
				t.Fatalf("Load = %v, want a validation error", err)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
		})
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add([]byte("addr: 127.0.0.1:1\nworkers: 2\n"))
	f.Add([]byte("a: &x [*x]\n? {b: c}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseFile("f.yaml", text)
		if err != nil && lombard.KindOf(err) != lombard.KindValidation {
			t.Errorf("parseFile(%q) = %v, want a validation error or none", text, err)
		}
		for key := range l.values {
			if l.origin(key) == "f.yaml:0" {
				t.Errorf("parseFile(%q): %s has no line", text, key)
			}
		}
	})
}

func TestKeysComeFromTheEnvironmentOrAFileOfOnesOwn(t *testing.T) {
	load := func(mode fs.FileMode, environ ...string) (Loaded, error) {
		in := inputs("", environ, nil)
		in.ReadFile = func(name string) ([]byte, error) {
			if name == "/home/ada/config/lombard/keys" {
				return []byte("# mine\nTIINGO_API_KEY = abc\nDATABENTO_API_KEY='db-1'\n"), nil
			}
			return nil, fs.ErrNotExist
		}
		in.FileMode = func(string) (fs.FileMode, error) { return mode, nil }
		return Load(in)
	}
	got, err := load(0o600, "DATABENTO_API_KEY=db-2")
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"TIINGO_API_KEY": "abc", "DATABENTO_API_KEY": "db-2"}; !reflect.DeepEqual(got.VendorKeys, want) {
		t.Errorf("got %v, want %v", got.VendorKeys, want)
	}
	for _, s := range got.Settings {
		if strings.Contains(s.Value, "db-") || strings.Contains(s.Value, "abc") {
			t.Errorf("the setting %s shows a key", s.Key)
		}
	}
	if _, err := load(0o644); err == nil || !strings.Contains(err.Error(), "chmod 600") || strings.Contains(err.Error(), "abc") {
		t.Errorf("a file that others can read: %v", err)
	}
}
