package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"lombard.example/lombard"
)

// KeyNames are the variables that hold keys of vendors. They are no settings:
// they are never shown, never a flag and never stored.
func KeyNames() []string { return []string{"DATABENTO_API_KEY", "TIINGO_API_KEY", "FRED_API_KEY"} }

// KeysFile is the file in the folder of settings that may hold keys instead,
// lines of NAME=value that nobody but its owner may read.
func KeysFile(p Places) string {
	if p.Config == "" {
		return ""
	}
	return filepath.Join(p.Config, "lombard", "keys")
}

// readKeys returns the keys of vendors: the environment's before the file's.
func readKeys(in Inputs) (map[string]string, error) {
	keys, err := keysFile(in, KeysFile(in.Places))
	if err != nil {
		return nil, err
	}
	for _, pair := range in.Environ {
		if name, value, _ := strings.Cut(pair, "="); slices.Contains(KeyNames(), name) && value != "" {
			keys[name] = strings.TrimSpace(value)
		}
	}
	return keys, nil
}

func keysFile(in Inputs, path string) (map[string]string, error) {
	keys := map[string]string{}
	if path == "" || in.ReadFile == nil || in.FileMode == nil {
		return keys, nil
	}
	mode, err := in.FileMode(path)
	if errors.Is(err, fs.ErrNotExist) {
		return keys, nil
	}
	refuse := func(message, hint string) error {
		return &lombard.Error{Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Message: message, Hint: hint}
	}
	if err == nil && mode.Perm()&0o077 != 0 {
		return nil, refuse(fmt.Sprintf("The keys file %s can be read by others.", path), fmt.Sprintf("Make it yours alone: chmod 600 %s", path))
	}
	text, readErr := in.ReadFile(path)
	if err := errors.Join(err, readErr); err != nil {
		return nil, refuse(fmt.Sprintf("The keys file %s cannot be read.", path), "Check that it is a file of yours.")
	}
	line := 0
	for row := range strings.Lines(string(text)) {
		line++
		row = strings.TrimSpace(row)
		if row == "" || row[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(row, "=")
		if name = strings.TrimSpace(name); !ok || !slices.Contains(KeyNames(), name) {
			return nil, refuse(fmt.Sprintf("Line %d of the keys file %s names no key.", line, path), "Write lines such as DATABENTO_API_KEY=db-…; known are "+strings.Join(KeyNames(), ", ")+".")
		}
		keys[name] = strings.Trim(strings.TrimSpace(value), `"'`)
	}
	return keys, nil
}
