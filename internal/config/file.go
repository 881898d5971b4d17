package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"lombard.example/lombard"
)

// parseFile reads a settings file: one YAML mapping of known keys to scalars.
func parseFile(path string, text []byte) (layer, error) {
	lines := map[string]int{}
	l := layer{values: map[string]string{}, origin: func(key string) string { return fmt.Sprintf("%s:%d", path, lines[key]) }}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return l, &lombard.Error{
			Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Err: err,
			Message: fmt.Sprintf("The settings file %s is not YAML (%s).", path, strings.TrimPrefix(err.Error(), "yaml: ")),
			Hint:    "Write one setting a line, such as data_dir: /srv/lombard.",
		}
	}
	if len(document.Content) == 0 || document.Content[0].Tag == "!!null" {
		return l, nil
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return l, &lombard.Error{
			Kind: lombard.KindValidation, Code: lombard.CodeInvalid,
			Message: fmt.Sprintf("The settings file %s is not a list of settings.", path),
			Hint:    "Write one setting a line, such as data_dir: /srv/lombard.",
		}
	}
	var bad []lombard.FieldError
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		fail := func(message string) {
			at := fmt.Sprintf("%s:%d", path, key.Line)
			bad = append(bad, lombard.FieldError{Field: at, Value: key.Value, Code: lombard.CodeInvalid, Message: at + " " + message})
		}
		switch _, twice := l.values[key.Value]; {
		case !slices.Contains(Keys(), key.Value):
			fail(fmt.Sprintf("names a setting %q that does not exist. Known are %s.", key.Value, strings.Join(Keys(), ", ")))
		case twice:
			fail(fmt.Sprintf("sets %s a second time, after line %d.", key.Value, lines[key.Value]))
		case value.Kind != yaml.ScalarNode:
			fail(fmt.Sprintf("gives %s more than one value.", key.Value))
		default:
			l.values[key.Value], lines[key.Value] = value.Value, key.Line
		}
	}
	return l, lombard.Invalid(bad)
}
