package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// maxDocument is the largest request document, in bytes.
const maxDocument = document.MaxBytes

// maxDepth and maxValues bound what a document may unfold to.
const (
	maxDepth  = 32
	maxValues = 20_000
)

// draft is a request that is being put together from a file and from flags.
// It remembers where every value came from, so that an error can say so.
type draft struct {
	file string // name of the file, empty without one
	root *value
}

// value is one JSON value: an object, a list or a scalar.
type value struct {
	members []member        // of an object
	items   []*value        // of a list
	scalar  json.RawMessage // of neither; JSON text
	object  bool
	line    int    // in the file; 0 when it is not from there
	flag    string // such as --loan; empty when it is not from one
}

type member struct {
	key string
	*value
}

// newDocument returns an empty request.
func newDocument() *draft { return &draft{root: &value{object: true}} }

// parseDocument reads YAML or JSON. Errors are of kind malformed and say the line.
func parseDocument(file string, text []byte) (*draft, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	if len(text) > maxDocument {
		return nil, badDocument(file, 0, fmt.Sprintf("is larger than %d KiB", maxDocument>>10))
	}
	trimmed := bytes.TrimSpace(text)
	if len(trimmed) == 0 {
		return nil, badDocument(file, 0, "is empty")
	}
	var root *value
	var err error
	looksJSON := trimmed[0] == '{' || trimmed[0] == '['
	if looksJSON || strings.HasSuffix(strings.ToLower(file), ".json") {
		root, err = parseJSON(file, text)
		if err != nil && looksJSON && !strings.HasSuffix(strings.ToLower(file), ".json") {
			if flow, yamlErr := parseYAML(file, text); yamlErr == nil { // {symbol: XAU} is YAML too
				root, err = flow, nil
			}
		}
	} else {
		root, err = parseYAML(file, text)
	}
	if err != nil {
		return nil, err
	}
	if !root.object {
		return nil, badDocument(file, root.line, "is not a scenario")
	}
	return &draft{file: file, root: root}, nil
}

func badDocument(file string, line int, what string) error {
	at := file
	if line > 0 {
		at = fmt.Sprintf("%s:%d", file, line)
	}
	return &lombard.Error{
		Kind: lombard.KindMalformed, Code: "malformed_document", Message: at + " " + what + ".",
		Hint: "Write one field a line, such as symbol: XAU; `lombard run --help` lists them.",
	}
}

// set puts JSON text at a path, on behalf of a flag.
func (d *draft) set(path, flag string, text json.RawMessage) {
	at := d.root
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		next := at.member(key)
		if next == nil || !next.object {
			at.remove(key)
			next = &value{object: true, flag: flag}
			at.members = append(at.members, member{key, next})
		}
		at = next
	}
	last := keys[len(keys)-1]
	at.remove(last)
	at.members = append(at.members, member{last, &value{scalar: text, flag: flag}})
}

// remove takes the value at a top-level key away.
func (d *draft) remove(key string) { d.root.remove(key) }

// text returns the string at a top-level key, empty when it is none.
func (d *draft) text(key string) string {
	v := d.root.member(key)
	if v == nil || v.scalar == nil {
		return ""
	}
	var s string
	if json.Unmarshal(v.scalar, &s) != nil {
		return ""
	}
	return s
}

func (v *value) member(key string) *value {
	for _, m := range v.members {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

func (v *value) remove(key string) {
	v.members = slices.DeleteFunc(v.members, func(m member) bool { return m.key == key })
}

// origin returns the value at a path such as template_slugs[1] or
// assumptions.vol.value, or its nearest ancestor below the root; nil when
// there is neither.
func (d *draft) origin(path string) *value {
	at, found := d.root, (*value)(nil)
	for _, step := range steps(path) {
		var next *value
		if i, err := strconv.Atoi(step); err == nil && !at.object && i < len(at.items) {
			next = at.items[i]
		} else {
			next = at.member(step)
		}
		if next == nil {
			break
		}
		at, found = next, next
	}
	return found
}

// steps splits a path into keys and indices.
func steps(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

// JSON returns the document as a request body.
func (d *draft) JSON() []byte {
	var b bytes.Buffer
	d.root.write(&b)
	return b.Bytes()
}

func (v *value) write(b *bytes.Buffer) {
	switch {
	case v.object:
		b.WriteByte('{')
		for i, m := range v.members {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(quote(m.key))
			b.WriteByte(':')
			m.write(b)
		}
		b.WriteByte('}')
	case v.scalar != nil:
		b.Write(v.scalar)
	default:
		b.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.write(b)
		}
		b.WriteByte(']')
	}
}

// quote returns s as JSON text.
func quote(s string) json.RawMessage {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return text
}
