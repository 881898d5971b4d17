// Package document reads what people send, strictly: one JSON document becomes
// a scenario, a template or an annotation, and everything that is wrong with it
// is named at once, each fault with its path. Keys that are unknown or stand
// twice, values of another type and documents larger than any of ours are
// refused; nothing is guessed.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"lombard.example/lombard"
)

// Limits of a document, whatever it asks for. They are checked by counting
// bytes, before anything is made of it.
const (
	MaxBytes    = 1 << 20
	maxDepth    = 32       // lists and objects within one another
	maxValues   = 2_000    // a request with all that it may have holds about 600
	maxText     = 64 << 10 // bytes of a text as it is written; the longest note with every letter escaped
	maxScalar   = 1_000    // bytes of a number
	maxTemplate = 64 << 10 // bytes of an inline template
)

// Node is one JSON value as it was written.
type Node struct {
	object []member // nil unless an object
	value  any      // string, json.Number, bool, nil or []Node
	raw    json.RawMessage
}

type member struct {
	key string
	Node
}

// Raw returns the value as it was written.
func (n Node) Raw() json.RawMessage { return n.raw }

// Text returns a string; not ok where the value is none.
func (n Node) Text() (text string, ok bool) {
	text, ok = n.value.(string)
	return text, ok
}

// Items returns the values of a list; not ok where the value is none.
func (n Node) Items() (items []Node, ok bool) {
	items, ok = n.value.([]Node)
	return items, ok
}

// Number returns a number of a size that can be computed with, or says what is
// wrong in words that go on from the name of its field.
func (n Node) Number() (x float64, problem string) {
	number, ok := n.value.(json.Number)
	if !ok {
		return 0, "must be a number."
	}
	return ParseNumber(number.String())
}

// Is reports whether the value is true, false or null as this one, or a string
// or whole number equal to it.
func (n Node) Is(value any) bool {
	if whole, ok := value.(int); ok {
		return string(n.raw) == strconv.Itoa(whole)
	}
	return n.object == nil && !n.isArray() && n.value == value
}

// Plain returns the value as an error report shows it.
func (n Node) Plain() any {
	if n.object != nil || n.isArray() {
		return n.raw
	}
	return n.value
}

func (n Node) isArray() bool { _, ok := n.value.([]Node); return ok }

func (n Node) isNull() bool { return n.object == nil && n.value == nil }

// Fault is why a text is no document of ours.
type Fault struct {
	Says  string // what is wrong, in words that go on from a name for the document or the field
	Field string // the key at the top that is to blame, if one is
	Err   error  // for logs
}

// Of returns the fault as the error of a document that is called so, such as
// "The request": of lombard.KindValidation where one field is to blame, of
// lombard.KindMalformed otherwise.
func (f *Fault) Of(name string) *lombard.Error {
	if f.Field != "" {
		bad := lombard.FieldError{Field: f.Field, Code: lombard.CodeInvalid, Message: f.Field + " " + f.Says + "."}
		return &lombard.Error{Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Message: bad.Message, Fields: []lombard.FieldError{bad}, Err: f.Err}
	}
	return &lombard.Error{
		Kind: lombard.KindMalformed, Code: "malformed_json", Message: name + " " + f.Says + ".", Err: f.Err,
		Hint: "Send one JSON object, each key once.",
	}
}

// parseObject reads a document that is one JSON object, strictly: each key
// stands once at every depth, nothing follows, and it is not larger, deeper or
// fuller than a document of ours can be.
func parseObject(data []byte) (Node, *Fault) {
	root, fault := parseTree(data)
	if fault == nil && root.object == nil {
		fault = notAnObject()
	}
	return root, fault
}

func notAnObject() *Fault { return &Fault{Says: "must be an object"} }

// parseTree reads one JSON value and nothing after it.
func parseTree(data []byte) (Node, *Fault) {
	if fault := weigh(data); fault != nil {
		return Node{}, fault
	}
	p := &treeParser{dec: json.NewDecoder(bytes.NewReader(data)), data: data}
	p.dec.UseNumber()
	n, err := p.node()
	if fault, ok := errors.AsType[*duplicateKey](err); ok {
		return Node{}, &Fault{Says: fmt.Sprintf("holds the key %q twice", fault.path)}
	}
	if err != nil {
		return Node{}, &Fault{Says: fmt.Sprintf("is not valid JSON (near byte %d)", p.dec.InputOffset()), Err: err}
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return Node{}, &Fault{Says: "holds more than one JSON value"}
	}
	return n, nil
}

// weigh checks the size, the depth and the number of values of a document in
// one pass over its bytes. It takes no heed of what JSON forbids.
func weigh(data []byte) *Fault {
	if len(data) > MaxBytes {
		return &Fault{Says: fmt.Sprintf("is larger than %d KiB", MaxBytes>>10)}
	}
	if !utf8.Valid(data) {
		return &Fault{Says: "is not valid UTF-8"}
	}
	depth, values, scalar := 0, 1, 0
	key, isKey := "", false // at the top: the one that is being read, and whether a text would be one
	for i := 0; i < len(data); i++ {
		scalar++
		switch data[i] {
		case '"':
			end := endOfString(data, i+1)
			if depth == 1 && isKey {
				key = lombard.Cut(string(data[i+1 : min(end, i+1+lombard.MaxEcho*utf8.UTFMax)]))
			}
			if end-i > maxText {
				return &Fault{Says: fmt.Sprintf("holds a text of more than %d KiB", maxText>>10), Field: key}
			}
			i, scalar = end, 0
		case ':':
			isKey, scalar = false, 0
		case '{', '[':
			depth++
			values++
			isKey, scalar = depth == 1, 0
		case '}', ']':
			depth--
			scalar = 0
		case ',':
			values++
			isKey, scalar = depth == 1, 0
		case ' ', '\t', '\n', '\r':
			scalar = 0
		}
		switch {
		case depth > maxDepth:
			return &Fault{Says: fmt.Sprintf("is nested more than %d deep", maxDepth)}
		case values > maxValues:
			return &Fault{Says: fmt.Sprintf("holds more than %d values", maxValues), Field: key}
		case scalar > maxScalar:
			return &Fault{Says: fmt.Sprintf("holds a number of more than %d digits", maxScalar), Field: key}
		}
	}
	return nil
}

// endOfString returns where the closing quote of a string is, or where the
// data ends.
func endOfString(data []byte, from int) int {
	for i := from; i < len(data); i++ {
		switch data[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return max(from, len(data)-1)
}

// duplicateKey is a key that stands twice in one object.
type duplicateKey struct{ path string }

// Error names the key.
func (e *duplicateKey) Error() string { return "duplicate key " + e.path }

// within puts a step in front of the path, if err is about a duplicate key.
func within(step string, err error) error {
	if twice, ok := errors.AsType[*duplicateKey](err); ok {
		if !strings.HasPrefix(twice.path, "[") {
			step += "."
		}
		twice.path = step + twice.path
	}
	return err
}

type treeParser struct {
	dec  *json.Decoder
	data []byte
}

// node reads the next value.
func (p *treeParser) node() (Node, error) {
	before := p.dec.InputOffset()
	token, err := p.dec.Token()
	if err != nil {
		return Node{}, err
	}
	n := Node{}
	switch token {
	case json.Delim('{'):
		err = p.members(&n)
	case json.Delim('['):
		items := []Node{}
		for p.dec.More() {
			child, err := p.node()
			if err != nil {
				return Node{}, within(fmt.Sprintf("[%d]", len(items)), err)
			}
			items = append(items, child)
		}
		n.value = items
		_, err = p.dec.Token()
	default:
		n.value = token
	}
	n.raw = bytes.TrimLeft(p.data[before:p.dec.InputOffset()], " \t\r\n:,")
	return n, err
}

func (p *treeParser) members(n *Node) error {
	n.object = []member{}
	seen := map[string]bool{}
	for p.dec.More() {
		key, err := p.dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		if seen[name] {
			return &duplicateKey{lombard.Cut(name)}
		}
		seen[name] = true
		child, err := p.node()
		if err != nil {
			return within(lombard.Cut(name), err)
		}
		n.object = append(n.object, member{name, child})
	}
	_, err := p.dec.Token()
	return err
}

// smallest is the least size of a number that is not 0: products of a few of
// them must not become 0.
const smallest = 1e-100

// ParseNumber reads a JSON number, or says what is wrong with it in words that
// go on from the name of its field. Minus zero is zero.
func ParseNumber(text string) (x float64, problem string) {
	x, err := json.Number(text).Float64()
	switch {
	case math.IsInf(x, 0):
		return 0, "is too large for a number."
	case err != nil || math.IsNaN(x):
		return 0, "must be a number."
	case x == 0 && isZero(text):
		return 0, ""
	case math.Abs(x) < smallest:
		return 0, fmt.Sprintf("is too close to 0 to compute with: its size must be at least %g.", smallest)
	}
	return x, ""
}

// isZero reports whether the digits of a number, its exponent aside, are all 0.
func isZero(text string) bool {
	for _, c := range []byte(text) {
		switch {
		case c == 'e' || c == 'E':
			return true
		case c >= '1' && c <= '9':
			return false
		}
	}
	return true
}
