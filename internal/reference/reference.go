// Package reference says what each field of a document means, in the words of
// the comment at its declaration. The description of the API and the pages
// under docs/reference read it; its tests write both of them anew.
package reference

import (
	"path"
	"reflect"
	"strings"

	"lombard.example/lombard"
)

// The pages are written with the words that are compiled in: the words come first.

//go:generate go test . -run WordsAreFresh -update
//go:generate go test . -run Fresh -update

// Field is one field of a document.
type Field struct {
	Name  string       // in JSON
	Type  reflect.Type // in Go
	Words string       // what it means, as sentences; empty where nothing is said
}

// Choices returns the table of the values that the field, or each item of a list,
// takes; nil where it takes others.
func (f Field) Choices() []lombard.Choice {
	t := f.Type
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if chosen, ok := reflect.TypeAssert[interface{ Choices() []lombard.Choice }](reflect.Zero(t)); ok {
		return chosen.Choices()
	}
	return nil
}

// FieldsOf returns the fields that a struct has as a JSON object, those of
// embedded structs among them, in the order of their declaration.
func FieldsOf(t reflect.Type) []Field {
	var all []Field
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	own := words[path.Base(t.PkgPath())+"."+t.Name()]
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			all = append(all, FieldsOf(f.Type)...)
		case name != "" && name != "-":
			text := own[name]
			if tag := f.Tag.Get("doc"); tag != "" {
				text = tag
			}
			all = append(all, Field{Name: name, Type: f.Type, Words: text})
		}
	}
	return all
}
