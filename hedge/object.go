package hedge

import (
	"slices"
	"strings"

	"lombard.example/lombard"
	"lombard.example/lombard/document"
)

// parser reads a template and collects what is wrong with it.
type parser struct {
	document.Reader
	vars   map[string]document.Node
	names  []string // of vars, in order
	used   map[string]bool
	unread bool // vars cannot be read, which is said already
}

// fail reports a value that is wrong; message goes on from the field's name and
// has no full stop. A field has one fault, the first that is found.
func (p *parser) fail(path string, value any, message string) {
	if !slices.ContainsFunc(p.Bad, func(f lombard.FieldError) bool { return f.Field == path }) {
		p.Fail(path, value, message+".")
	}
}

// substitute replaces a "$name" by what vars says.
func (p *parser) substitute(path string, n document.Node) (document.Node, bool) {
	text, _ := n.Text()
	name, isName := strings.CutPrefix(text, "$")
	if !isName {
		return n, true
	}
	value, known := p.vars[name]
	if !known {
		if !p.unread {
			p.fail(path, n.Plain(), "names a variable that vars does not set")
		}
		return n, false
	}
	p.used[name] = true
	return value, !value.Is(nil) // which is reported where it is set
}
