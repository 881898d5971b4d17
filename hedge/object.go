package hedge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"lombard.example/lombard"
)

// parser collects what is wrong with a document.
type parser struct {
	bad    []lombard.FieldError
	vars   map[string]json.RawMessage
	names  []string // of vars, in order
	used   map[string]bool
	unread bool // vars cannot be read, which is said already
}

func (p *parser) fail(path string, value any, message string) {
	if raw, ok := value.(json.RawMessage); ok {
		value = lombard.Echo(raw) // raw text that is no JSON would spoil the answer
	}
	p.bad = append(p.bad, lombard.FieldError{Field: path, Value: value, Code: lombard.CodeInvalid, Message: path + " " + message + "."})
}

// object binds the keys of one JSON object.
type object struct {
	p      *parser
	path   string
	fields map[string]json.RawMessage
	known  []string
}

// object reads raw and reports the keys that read did not ask for.
func (p *parser) object(path string, raw json.RawMessage, read func(o *object)) {
	members, ok := p.members(path, raw)
	if !ok {
		return
	}
	o := &object{p: p, path: path, fields: make(map[string]json.RawMessage, len(members))}
	for _, m := range members {
		o.fields[m.Key] = m.Value
	}
	read(o)
	for _, m := range members {
		if slices.Contains(o.known, m.Key) {
			continue
		}
		message := "is not a known field"
		if len(p.bad) < lombard.MaxFaults { // later ones are only counted
			message += ". Known are " + strings.Join(o.known, ", ")
		}
		p.fail(path+"."+lombard.Cut(m.Key), m.Value, message)
	}
}

// members reads the keys of an object that stands at a path.
func (p *parser) members(path string, raw json.RawMessage) ([]lombard.Member, bool) {
	members, fault := lombard.Members(raw)
	if fault == nil {
		return members, true
	}
	if fault.Field != "" {
		path += "." + fault.Field
	}
	p.fail(path, raw, fault.Says)
	return nil, false
}

func (o *object) value(name string, read func(path string, raw json.RawMessage)) {
	o.known = append(o.known, name)
	if raw, ok := o.fields[name]; ok && string(raw) != "null" {
		if raw, ok = o.p.substitute(o.path+"."+name, raw); ok {
			read(o.path+"."+name, raw)
		}
	}
}

// substitute replaces a "$name" by what vars says.
func (p *parser) substitute(path string, raw json.RawMessage) (json.RawMessage, bool) {
	var text string
	if json.Unmarshal(raw, &text) != nil || !strings.HasPrefix(text, "$") {
		return raw, true
	}
	value, known := p.vars[text[1:]]
	if !known {
		if !p.unread {
			p.fail(path, raw, "names a variable that vars does not set")
		}
		return nil, false
	}
	p.used[text[1:]] = true
	return value, string(value) != "null" // which is reported where it is set
}

// required reports a key that is missing or null; such says what would do.
func (o *object) required(name, such string) {
	if raw, ok := o.fields[name]; !ok || string(raw) == "null" {
		path := o.path + "." + name
		o.p.bad = append(o.p.bad, lombard.FieldError{Field: path, Code: lombard.CodeRequired, Message: path + " is required: " + such + "."})
	}
}

func (o *object) text(name string, to *string, ok func(string) bool, message string) {
	o.value(name, func(path string, raw json.RawMessage) {
		if json.Unmarshal(raw, to) != nil || !ok(*to) {
			o.p.fail(path, raw, message)
		}
	})
}

// title reads a line of text for people.
func (o *object) title(name string, to *string) {
	o.value(name, func(path string, raw json.RawMessage) {
		var text string
		if json.Unmarshal(raw, &text) != nil || text == "" || len(text) > maxTitle {
			o.p.fail(path, raw, fmt.Sprintf("must have 1 to %d bytes", maxTitle))
			return
		}
		if problem := lombard.TextProblem(text, maxTitle); problem != "" {
			o.p.fail(path, raw, strings.TrimSuffix(problem, "."))
			return
		}
		*to = text
	})
}

func (o *object) list(name string, limit int, each func(path string, i int, raw json.RawMessage)) {
	o.value(name, func(path string, raw json.RawMessage) {
		var items []json.RawMessage
		switch {
		case json.Unmarshal(raw, &items) != nil:
			o.p.fail(path, raw, "must be a list")
		case len(items) > limit:
			o.p.fail(path, len(items), fmt.Sprintf("must hold at most %d", limit))
		default:
			for i, item := range items {
				each(fmt.Sprintf("%s[%d]", path, i), i, item)
			}
		}
	})
}

// choice reads one of a few words.
func (o *object) choice(name string, to *string, choices ...string) {
	o.text(name, to, func(s string) bool { return slices.Contains(choices, s) }, "must be "+strings.Join(choices, " or "))
}

func (o *object) number(name string, to *float64, low, high float64) {
	o.value(name, func(path string, raw json.RawMessage) {
		x, ok := float(raw)
		if !ok || !(x >= low && x <= high) {
			o.p.fail(path, raw, fmt.Sprintf("must be a number between %g and %g", low, high))
			return
		}
		*to = x
	})
}

// float reads a number of a size that can be computed with.
func float(raw json.RawMessage) (float64, bool) {
	x, problem := lombard.ParseNumber(string(raw))
	return x, problem == ""
}

func (o *object) integer(name string, to *int, low, high int) {
	o.value(name, func(path string, raw json.RawMessage) {
		if json.Unmarshal(raw, to) != nil || *to < low || *to > high {
			o.p.fail(path, raw, fmt.Sprintf("must be a whole number between %d and %d", low, high))
		}
	})
}
