package lombard

import (
	"slices"
	"strings"
)

// Choice is one of the values that a field of a request takes, with the words
// that help texts, documents and pickers show for it.
type Choice struct {
	Value   string // as the field has it in JSON
	Short   string // a few words that go on from a label, such as "at market value"
	Long    string // what it does, as one sentence or two
	Default string // when a field that is left out has this value: Always, or a condition in words; empty: never
}

// Always is the Default of the value that a field has whenever it is left out.
const Always = "always"

// Chosen is a type of text whose values are those of one table. Validation, the
// description of the API, help texts, completion, the reference pages and the
// pickers of the web page read that table, and nothing else lists the values.
type Chosen interface {
	~string
	// Choices returns the table, in the order in which people read it.
	Choices() []Choice
}

// ChoicesOf returns the table of a type.
func ChoicesOf[T Chosen]() []Choice { return T("").Choices() }

// ValuesOf returns the values of a type in the order of its table.
func ValuesOf[T Chosen]() []T {
	var all []T
	for _, c := range ChoicesOf[T]() {
		all = append(all, T(c.Value))
	}
	return all
}

// NamesOf returns the same values as plain text.
func NamesOf[T Chosen]() []string {
	var all []string
	for _, c := range ChoicesOf[T]() {
		all = append(all, c.Value)
	}
	return all
}

// DefaultOf returns the value that a field of the type has whenever it is left
// out; empty where that depends.
func DefaultOf[T Chosen]() T {
	for _, c := range ChoicesOf[T]() {
		if c.Default == Always {
			return T(c.Value)
		}
	}
	return ""
}

// WordsOf returns the short words of a value; the value itself when its table
// does not have it.
func WordsOf[T Chosen](value T) string {
	for _, c := range value.Choices() {
		if c.Value == string(value) {
			return c.Short
		}
	}
	return string(value)
}

// Known reports whether the table of its type has a value.
func Known[T Chosen](value T) bool {
	return slices.ContainsFunc(value.Choices(), func(c Choice) bool { return c.Value == string(value) })
}

// orWords joins words as a sentence does: a, b or c.
func orWords(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
