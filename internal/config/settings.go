package config

import (
	"net"
	"net/url"
	"slices"
	"strconv"

	"lombard.example/lombard"
)

// setting is one setting of the program. What is known of it stands here.
type setting struct {
	key, fallback string
	read          func(c *Config, text string) bool // not what it must be: false
	must          string                            // goes on from where the value stands
	meant         func(text string) string          // a value that would do; nil: none is known
}

// settings is every setting, in the order of Config, in which they are shown.
var settings = []setting{
	{"data_dir", "", func(c *Config, text string) bool {
		c.DataDir = text
		return text != ""
	}, "", nil},
	{"addr", "127.0.0.1:8420", func(c *Config, text string) bool {
		c.Addr = text
		_, port, err := net.SplitHostPort(text)
		_, portErr := strconv.ParseUint(port, 10, 16)
		return err == nil && portErr == nil
	}, "must be HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8420.", nil},
	{"server", "", func(c *Config, text string) bool {
		c.Server = text
		return text == "" || isAddress(text)
	}, "must be an address such as http://127.0.0.1:8420.", suggestServer},
	{"workspace", "default", func(c *Config, text string) bool {
		c.Workspace = text
		return lombard.ValidWorkspace(text)
	}, "must have 1 to 64 characters of A–Z, a–z, 0–9, '.', '_' and '-'.", nil},
	{"workers", "0", func(c *Config, text string) (ok bool) {
		var err error
		c.Workers, err = strconv.Atoi(text)
		return err == nil && c.Workers >= 0 && c.Workers <= 1024
	}, "must be a whole number from 0 to 1024.", nil},
	{"memory", "60%", func(c *Config, text string) bool {
		c.Memory = text
		_, enough := memoryOf(text, 0)
		return enough
	}, "must be a size of at least 256MiB, such as 512MiB or 2GB, or a share such as 60%.", func(string) string { return "512MiB" }},
	{"log_level", LevelAuto, oneOf(func(c *Config) *string { return &c.LogLevel }, LevelAuto, "debug", "info", "warn", "error"), "must be auto, debug, info, warn or error.", nil},
	{"log_format", "text", oneOf(func(c *Config) *string { return &c.LogFormat }, "text", "json"), "must be text or json.", nil},
	{"day_cap_usd", "25", func(c *Config, text string) bool {
		var err error
		c.DayCapUSD, err = strconv.ParseFloat(text, 64)
		return err == nil && c.DayCapUSD >= 0 && c.DayCapUSD <= 1e6
	}, "must be an amount of dollars from 0 to 1,000,000.", nil},
	{"yahoo", "false", func(c *Config, text string) bool {
		c.Yahoo = text == "true"
		return c.Yahoo || text == "false"
	}, "must be true or false.", nil},
	vendorAt("databento_url", "https://hist.databento.com", func(c *Config) *string { return &c.DatabentoURL }),
	vendorAt("tiingo_url", "https://api.tiingo.com", func(c *Config) *string { return &c.TiingoURL }),
	vendorAt("fred_url", "https://api.stlouisfed.org", func(c *Config) *string { return &c.FREDURL }),
	vendorAt("fred_tables_url", "https://fred.stlouisfed.org", func(c *Config) *string { return &c.FREDTablesURL }),
	vendorAt("nyfed_url", "https://markets.newyorkfed.org", func(c *Config) *string { return &c.NYFedURL }),
	vendorAt("coinbase_url", "https://api.exchange.coinbase.com", func(c *Config) *string { return &c.CoinbaseURL }),
	vendorAt("yahoo_url", "https://query2.finance.yahoo.com", func(c *Config) *string { return &c.YahooURL }),
	vendorAt("thetadata_url", "http://127.0.0.1:25503", func(c *Config) *string { return &c.ThetaDataURL }), // the terminal, on this machine
}

// Keys returns the names of the settings.
func Keys() []string {
	keys := make([]string, len(settings))
	for i, x := range settings {
		keys[i] = x.key
	}
	return keys
}

// fault says what is wrong with a value of the setting.
func (x *setting) fault(value, origin string) lombard.FieldError {
	if x.must == "" { // it has no default on this machine
		return lombard.FieldError{Field: x.key, Code: lombard.CodeRequired, Message: "Your user has no folder for data. Set " + Variable(x.key) + " to one."}
	}
	f := lombard.FieldError{Field: origin, Value: value, Code: lombard.CodeInvalid, Message: origin + " " + x.must}
	if x.meant != nil {
		f.Suggestion = x.meant(value)
	}
	return f
}

// oneOf reads a setting that is one of some words.
func oneOf(to func(*Config) *string, words ...string) func(*Config, string) bool {
	return func(c *Config, text string) bool {
		*to(c) = text
		return slices.Contains(words, text)
	}
}

// vendorAt is the setting of the address of a vendor.
func vendorAt(key, fallback string, to func(*Config) *string) setting {
	return setting{key, fallback, func(c *Config, text string) bool {
		*to(c) = text
		u, err := url.Parse(text)
		return isAddress(text) && err == nil && u.User == nil
	}, "must be an address such as https://example.com, without a password.", nil}
}

func isAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// suggestServer guesses what somebody meant who left out the scheme.
func suggestServer(server string) string {
	if _, _, err := net.SplitHostPort(server); err == nil {
		return "http://" + server
	}
	return ""
}
