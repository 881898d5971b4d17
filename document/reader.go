package document

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"lombard.example/lombard"
)

// join continues a path by a key; one that is too long for a key is cut.
func join(path, name string) string {
	name = lombard.Cut(name)
	if path == "" {
		return name
	}
	return path + "." + name
}

// Reader collects what is wrong with one document.
type Reader struct {
	Bad []lombard.FieldError

	// Resolve returns what a value stands for, such as a variable that it names;
	// not ok where it stands for nothing. nil: every value stands for itself.
	Resolve func(path string, n Node) (value Node, ok bool)
}

// Read reads a document that is one object. name stands for the document in
// the fault that it is none, such as "The request"; path is what the paths of its
// fields begin with.
func (r *Reader) Read(data []byte, path string, read func(o *Object)) *Fault {
	root, fault := parseObject(data)
	if fault != nil {
		return fault
	}
	r.inside(path, root, read)
	return nil
}

// Object reads a value that is an object, and reports the keys that read did
// not ask for.
func (r *Reader) Object(path string, n Node, read func(o *Object)) {
	if n.object == nil {
		r.wrongType(path, n, "an object")
		return
	}
	r.inside(path, n, read)
}

func (r *Reader) inside(path string, n Node, read func(o *Object)) {
	o := &Object{r: r, path: path, members: n.object}
	read(o)
	o.end()
}

// Fail reports a value that is wrong; message goes on from the field's name.
func (r *Reader) Fail(path string, value any, message string) {
	r.fail(lombard.FieldError{Field: path, Value: value, Code: lombard.CodeInvalid, Message: path + " " + message})
}

func (r *Reader) fail(f lombard.FieldError) { r.Bad = append(r.Bad, f) }

func (r *Reader) wrongType(path string, n Node, want string) {
	r.fail(lombard.FieldError{Field: path, Value: n.Plain(), Code: lombard.CodeWrongType, Message: fmt.Sprintf("%s must be %s.", path, want)})
}

// Object is one object of a document; its methods bind keys to places.
type Object struct {
	r        *Reader
	path     string
	members  []member
	names    []string
	required bool
}

// Fields returns the keys of an object and their values, in the order in which
// they stand: for one whose keys are free.
func (n Node) Fields() (names []string, values []Node, ok bool) {
	for _, m := range n.object {
		names, values = append(names, m.key), append(values, m.Node)
	}
	return names, values, n.object != nil
}

func (r *Reader) resolve(path string, n Node) (Node, bool) {
	if r.Resolve == nil {
		return n, true
	}
	return r.Resolve(path, n)
}

// Value calls read with the member of that name, unless it is missing or null.
func (o *Object) Value(name string, read func(path string, n Node)) {
	o.names = append(o.names, name)
	path := join(o.path, name)
	for _, m := range o.members {
		if m.key != name || m.isNull() {
			continue
		}
		if n, ok := o.r.resolve(path, m.Node); ok {
			read(path, n)
		}
		return
	}
	if o.required {
		o.r.fail(lombard.FieldError{Field: join(o.path, name), Code: lombard.CodeRequired, Message: join(o.path, name) + " is required."})
	}
}

// Slug reads one of the schema's words or a name as short as one.
func (o *Object) Slug(name string, to *string) { o.Text(name, to, lombard.MaxSlug) }

// Word reads a value of a typed choice; whether there is such a value is checked later.
func Word[T ~string](o *Object, name string, to *T) {
	o.Value(name, func(path string, n Node) { readWord(o.r, path, n, to) })
}

func readWord[T ~string](r *Reader, path string, n Node, to *T) {
	s := string(*to)
	r.text(path, n, &s, lombard.MaxSlug)
	*to = T(s)
}

// Text reads a text of at most so many bytes.
func (o *Object) Text(name string, to *string, most int) {
	o.Value(name, func(path string, n Node) { o.r.text(path, n, to, most) })
}

func (r *Reader) text(path string, n Node, to *string, most int) {
	s, ok := n.value.(string)
	if !ok {
		r.wrongType(path, n, "a string")
		return
	}
	if problem := lombard.TextProblem(s, most); problem != "" {
		r.fail(lombard.FieldError{Field: path, Value: s, Code: lombard.CodeInvalid, Message: path + " " + problem})
		return
	}
	*to = s
}

func (r *Reader) number(path string, n Node, to *float64) {
	number, ok := n.value.(json.Number)
	if !ok {
		r.wrongType(path, n, "a number")
		return
	}
	x, problem := ParseNumber(number.String())
	if problem != "" {
		r.Fail(path, number.String(), problem)
		return
	}
	*to = x
}

// Number reads a number of a size that can be computed with.
func (o *Object) Number(name string, to *float64) {
	o.Value(name, func(path string, n Node) { o.r.number(path, n, to) })
}

// Optional is Number of a field whose absence says something: it leaves nil then.
func (o *Object) Optional(name string, to **float64) {
	var x float64
	before := len(o.r.Bad)
	o.Number(name, &x)
	if len(o.r.Bad) == before && o.Has(name) {
		*to = &x
	}
}

// Has reports whether a key is there and not null.
func (o *Object) Has(name string) bool {
	return slices.ContainsFunc(o.members, func(m member) bool { return m.key == name && !m.isNull() })
}

// Integer reads a whole number of at most nine digits. As with every other type,
// what stands in its place stays where the key is left out.
func (o *Object) Integer(name string, to *int) {
	x := float64(*to)
	o.Number(name, &x)
	if x != math.Trunc(x) || math.Abs(x) > 1e9 {
		o.r.fail(lombard.FieldError{Field: join(o.path, name), Value: x, Code: lombard.CodeWrongType, Message: join(o.path, name) + " must be a whole number."})
		return
	}
	*to = int(x)
}

// Boolean reads true or false.
func (o *Object) Boolean(name string, to *bool) {
	o.Value(name, func(path string, n Node) {
		b, ok := n.value.(bool)
		if !ok {
			o.r.wrongType(path, n, "true or false")
			return
		}
		*to = b
	})
}

// OptionalBoolean is Boolean of a field whose absence says something: it leaves
// nil then.
func (o *Object) OptionalBoolean(name string, to **bool) {
	var x bool
	before := len(o.r.Bad)
	o.Boolean(name, &x)
	if len(o.r.Bad) == before && o.Has(name) {
		*to = &x
	}
}

// Either reads a field that is a Word, or an object that says more.
func Either[T ~string](o *Object, name string, to *T, read func(inner *Object)) {
	for _, m := range o.members {
		if m.key == name && m.object != nil {
			o.Object(name, read)
			return
		}
	}
	Word(o, name, to)
}

// Date reads a date of the form YYYY-MM-DD.
func (o *Object) Date(name string, to *lombard.Date) {
	o.Value(name, func(path string, n Node) {
		s, ok := n.value.(string)
		if !ok {
			o.r.wrongType(path, n, "a date of the form YYYY-MM-DD")
			return
		}
		d, err := lombard.Date(0), error(nil)
		if len(s) == len(time.DateOnly) {
			d, err = lombard.ParseDate(s)
		}
		if err != nil || d.IsZero() {
			o.r.fail(lombard.FieldError{
				Field: path, Value: s, Code: lombard.CodeInvalid,
				Message: fmt.Sprintf("%s is not a date of the form YYYY-MM-DD.", path),
			})
			return
		}
		*to = d
	})
}

// Strings reads a list of at most so many words.
func (o *Object) Strings(name string, to *[]string, most int) { Words(o, name, to, most) }

// Words reads a list of at most so many words; one that cannot be read
// counts as empty, so that the others keep their places.
func Words[T ~string](o *Object, name string, to *[]T, most int) {
	o.List(name, "a list of strings", most, func(items []Node) { *to = make([]T, len(items)) }, func(path string, i int, n Node) {
		readWord(o.r, path, n, &(*to)[i])
	})
}

// Numbers reads a list of at most so many numbers; one that cannot be read
// counts as 0.
func (o *Object) Numbers(name string, to *[]float64, most int) {
	o.List(name, "a list of numbers", most, func(items []Node) { *to = make([]float64, len(items)) }, func(path string, i int, n Node) {
		o.r.number(path, n, &(*to)[i])
	})
}

// List reads a list: its length first, then each item.
func (o *Object) List(name, what string, most int, begin func(items []Node), each func(path string, i int, n Node)) {
	o.Value(name, func(path string, n Node) {
		items, ok := n.value.([]Node)
		if !ok {
			o.r.wrongType(path, n, what)
			return
		}
		if len(items) > most {
			o.r.fail(lombard.FieldError{
				Field: path, Value: n.Plain(), Code: lombard.CodeInvalid,
				Message: fmt.Sprintf("%s holds %d entries; at most %d are allowed.", path, len(items), most),
			})
			return
		}
		begin(items)
		for i, item := range items {
			each(fmt.Sprintf("%s[%d]", path, i), i, item)
		}
	})
}

// Object reads an object, and reports the keys that read did not ask for.
func (o *Object) Object(name string, read func(inner *Object)) {
	o.Value(name, func(path string, n Node) {
		if n.object == nil {
			o.r.wrongType(path, n, "an object")
			return
		}
		o.r.inside(path, n, read)
	})
}

// end reports the keys that nothing was bound to.
func (o *Object) end() {
	for _, m := range o.members {
		if !slices.Contains(o.names, m.key) {
			path := join(o.path, m.key)
			message := path + " is not a known field."
			if len(o.r.Bad) < lombard.MaxFaults { // later ones are only counted
				message += " Known are " + strings.Join(o.names, ", ") + "."
			}
			o.r.fail(lombard.FieldError{Field: path, Value: m.Plain(), Code: lombard.CodeUnknownField, Message: message})
		}
	}
}

// Checked reads a text that ok accepts; wrong says what it must be and goes on
// from the field's name. A text that is refused is kept, so that what is checked
// later does not say that it is missing.
func Checked[T ~string](o *Object, name string, to *T, ok func(string) bool, wrong string) {
	o.Value(name, func(path string, n Node) {
		text, isText := n.Text()
		if isText {
			*to = T(text)
		}
		if !isText || !ok(text) {
			o.r.Fail(path, n.Plain(), wrong)
		}
	})
}

// Choose reads one of the values of a table.
func Choose[T lombard.Chosen](o *Object, name string, to *T) {
	OneOf(o, name, to, lombard.NamesOf[T]()...)
}

// OneOf reads one of a few words.
func OneOf[T ~string](o *Object, name string, to *T, words ...string) {
	Checked(o, name, to, func(s string) bool { return slices.Contains(words, s) }, "must be "+strings.Join(words, " or ")+".")
}

// Line reads a line of text for people, of 1 to most bytes.
func (o *Object) Line(name string, to *string, most int) {
	o.Value(name, func(path string, n Node) {
		text, ok := n.Text()
		if !ok || text == "" || len(text) > most {
			o.r.Fail(path, n.Plain(), fmt.Sprintf("must have 1 to %d bytes.", most))
			return
		}
		if problem := lombard.TextProblem(text, most); problem != "" {
			o.r.Fail(path, n.Plain(), problem)
			return
		}
		*to = text
	})
}

// Between reads a number between two bounds, both included.
func (o *Object) Between(name string, to *float64, low, high float64) {
	o.Value(name, func(path string, n Node) {
		x, problem := n.Number()
		if problem != "" || !(x >= low && x <= high) {
			o.r.Fail(path, n.Plain(), fmt.Sprintf("must be a number between %g and %g.", low, high))
			return
		}
		*to = x
	})
}

// WholeBetween reads a whole number between two bounds, both included. One
// outside of them is refused and counts as the nearer bound.
func (o *Object) WholeBetween(name string, to *int, low, high int) {
	o.Value(name, func(path string, n Node) {
		x, problem := n.Number()
		whole := problem == "" && x == math.Trunc(x)
		if whole {
			*to = int(min(max(x, float64(low)), float64(high)))
		}
		if !whole || x < float64(low) || x > float64(high) {
			o.r.Fail(path, n.Plain(), fmt.Sprintf("must be a whole number between %d and %d.", low, high))
		}
	})
}

// Items reads a list of at most so many values, each by each.
func (o *Object) Items(name string, most int, each func(path string, i int, n Node)) {
	o.Value(name, func(path string, n Node) {
		items, ok := n.value.([]Node)
		switch {
		case !ok:
			o.r.Fail(path, n.Plain(), "must be a list.")
		case len(items) > most:
			o.r.Fail(path, len(items), fmt.Sprintf("must hold at most %d.", most))
		default:
			for i, item := range items {
				each(fmt.Sprintf("%s[%d]", path, i), i, item)
			}
		}
	})
}

// Require reports a key that is missing or null; such says what would do.
func (o *Object) Require(name, such string) {
	if !o.Has(name) {
		path := join(o.path, name)
		o.r.fail(lombard.FieldError{Field: path, Code: lombard.CodeRequired, Message: path + " is required: " + such + "."})
	}
}

// Given calls read with the value of a key that is there, null included; one that
// read does not take is not what is wanted, such as "a string".
func (o *Object) Given(name, want string, read func(n Node) bool) {
	o.names = append(o.names, name)
	if n, given := o.Written(name); given && !read(n) {
		o.r.wrongType(join(o.path, name), n, want)
	}
}

// Written returns the value of a key as it was written, whatever it stands for.
func (o *Object) Written(name string) (n Node, given bool) {
	for _, m := range o.members {
		if m.key == name {
			return m.Node, true
		}
	}
	return Node{}, false
}
