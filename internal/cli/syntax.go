package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"lombard.example/lombard"
)

// parseJSON reads one JSON value and the line of each value in it.
func parseJSON(file string, text []byte) (*value, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	p := &jsonParser{file: file, text: text, dec: dec}
	root, err := p.value(0)
	if err == nil {
		if _, end := dec.Token(); !errors.Is(end, io.EOF) {
			err = badDocument(file, p.line(), "goes on after the end of the scenario")
		}
	}
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		return nil, own
	}
	if err != nil {
		return nil, badDocument(file, p.line(), "is not JSON ("+strings.TrimPrefix(err.Error(), "json: ")+")")
	}
	return root, nil
}

type jsonParser struct {
	file   string
	text   []byte
	dec    *json.Decoder
	values int

	counted, breaks int // line breaks up to a byte
}

// line returns the line that has been read up to, from 1.
func (p *jsonParser) line() int {
	to := min(int(p.dec.InputOffset()), len(p.text))
	p.breaks += bytes.Count(p.text[p.counted:to], []byte("\n"))
	p.counted = to
	return p.breaks + 1
}

func (p *jsonParser) value(depth int) (*value, error) {
	if p.values++; depth > maxDepth || p.values > maxValues {
		return nil, badDocument(p.file, p.line(), "is too deep or too long for a scenario")
	}
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	v := &value{line: p.line()}
	switch token {
	case json.Delim('{'):
		v.object = true
		lines := map[string]int{}
		for p.dec.More() {
			key, err := p.dec.Token()
			if err != nil {
				return nil, err
			}
			name, line := fmt.Sprint(key), p.line()
			if first, stands := lines[name]; stands {
				return nil, twice(p.file, line, name, first)
			}
			lines[name] = line
			child, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			child.line = line
			v.members = append(v.members, member{name, child})
		}
		_, err = p.dec.Token()
	case json.Delim('['):
		for p.dec.More() {
			child, err := p.value(depth + 1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, child)
		}
		_, err = p.dec.Token()
	default:
		v.scalar, err = json.Marshal(token)
	}
	return v, err
}

func twice(file string, line int, key string, first int) error {
	return badDocument(file, line, fmt.Sprintf("gives %s a second time, after line %d", lombard.Cut(key), first))
}

// parseYAML reads one YAML document and the line of each value in it.
func parseYAML(file string, text []byte) (*value, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var tree, more yaml.Node
	if err := dec.Decode(&tree); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, badDocument(file, 0, "is empty")
		}
		return nil, yamlFault(file, err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, yamlFault(file, err)
		}
		return nil, badDocument(file, more.Line, "holds more than one scenario")
	}
	p := &yamlParser{file: file}
	return p.value(&tree, 0)
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// yamlFault says what the YAML library said, with the line in front.
func yamlFault(file string, err error) error {
	line := 0
	text := err.Error()
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		_, _ = fmt.Sscan(m[1], &line)
		text = strings.TrimPrefix(text, m[0])
	}
	return badDocument(file, line, "is not YAML ("+strings.TrimPrefix(text, "yaml: ")+")")
}

type yamlParser struct {
	file   string
	values int
}

func (p *yamlParser) value(n *yaml.Node, depth int) (*value, error) {
	if p.values++; depth > maxDepth || p.values > maxValues {
		return nil, badDocument(p.file, n.Line, "is too deep or too long for a scenario")
	}
	v := &value{line: n.Line}
	switch n.Kind {
	case yaml.DocumentNode:
		return p.value(n.Content[0], depth)
	case yaml.AliasNode:
		return p.value(n.Alias, depth+1)
	case yaml.MappingNode:
		v.object = true
		lines := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
				return nil, badDocument(p.file, key.Line, "has a key that is not a plain word")
			}
			if first, stands := lines[key.Value]; stands {
				return nil, twice(p.file, key.Line, key.Value, first)
			}
			lines[key.Value] = key.Line
			child, err := p.value(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			child.line = key.Line
			v.members = append(v.members, member{key.Value, child})
		}
		return v, nil
	case yaml.SequenceNode:
		for _, item := range n.Content {
			child, err := p.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, child)
		}
		return v, nil
	case yaml.ScalarNode:
		fallthrough
	default: // a kind that the format has one day is refused as a value
		var err error
		v.scalar, err = scalarOf(n)
		if err != nil {
			return nil, badDocument(p.file, n.Line, fmt.Sprintf("has a value that cannot be read: %q", lombard.Cut(n.Value)))
		}
		return v, nil
	}
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// scalarOf returns a YAML scalar as JSON text. Dates stay as they are written,
// and so do numbers that JSON writes alike.
func scalarOf(n *yaml.Node) (json.RawMessage, error) {
	switch n.Tag {
	case "!!null":
		return json.RawMessage("null"), nil
	case "!!bool", "!!int", "!!float":
		if n.Tag != "!!bool" && jsonNumber.MatchString(n.Value) {
			return json.RawMessage(n.Value), nil
		}
		var x any
		if err := n.Decode(&x); err != nil {
			return nil, err
		}
		return json.Marshal(x) // refuses .nan and .inf
	default:
		return quote(n.Value), nil
	}
}
