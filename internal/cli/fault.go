package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"

	"lombard.example/lombard"
)

// usageError is a mistake in how a command was called.
func usageError(message, hint string) error {
	return &lombard.Error{Kind: lombard.KindValidation, Code: "usage", Message: message, Hint: hint}
}

// fileFault says that a file of the user cannot be read.
func fileFault(name string, err error) error {
	if err == nil {
		return nil
	}
	what := "cannot be read"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		what = "does not exist"
	case errors.Is(err, fs.ErrPermission):
		what = "cannot be read: permission denied"
	}
	return &lombard.Error{
		Kind: lombard.KindValidation, Code: lombard.CodeInvalid, Err: err,
		Message: fmt.Sprintf("The file %s %s.", name, what), Hint: "Check the path.",
	}
}

// fieldsOf returns the bad fields an error carries.
func fieldsOf(err error) []lombard.FieldError {
	if own, ok := errors.AsType[*lombard.Error](err); ok {
		return own.Fields
	}
	return nil
}

// plainly returns an error whose one bad field is an argument of the command,
// which needs no name.
func plainly(err error) error {
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok || len(own.Fields) != 1 {
		return err
	}
	return &lombard.Error{Kind: own.Kind, Code: own.Code, Message: own.Fields[0].Message, Hint: own.Hint, Err: err}
}

// fault is an error on its way to standard error, with the document whose
// fields it may name.
type fault struct {
	err      error
	document *draft
}

// Error implements error.
func (f *fault) Error() string { return f.err.Error() }

// Unwrap returns the error within.
func (f *fault) Unwrap() error { return f.err }

// about ties an error to the document it is about.
func about(d *draft, err error) error {
	if err == nil {
		return nil
	}
	return &fault{err: err, document: d}
}

// report writes an error for people: what is wrong, with which value, and what
// would work. Bad fields are named by the flag or the line they came from.
func report(w io.Writer, err error) {
	line := func(text string) { fmt.Fprintln(w, escaped(text, "")) } // whatever is repeated in it stays on its line
	if c, ok := errors.AsType[*codedError](err); ok && c.err == nil {
		return
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, errInterrupted) {
		line("lombard: Interrupted.")
		return
	}
	own, ok := errors.AsType[*lombard.Error](err)
	if !ok {
		line("lombard: " + sentence(err.Error()))
		return
	}
	var d *draft
	if f, ok := errors.AsType[*fault](err); ok {
		d = f.document
	}
	listed, more := own.Listed()
	switch len(listed) {
	case 0:
		line("lombard: " + join(own.Message, own.Hint))
	case 1:
		line("lombard: " + join(fieldSentence(d, listed[0]), hintBeside(own, listed[0])))
	default:
		line("lombard: " + headline(own))
		for _, f := range listed {
			line("  " + fieldSentence(d, f))
		}
		if more > 0 {
			line("  And " + count(more) + " more.")
		}
		if own.Hint != "" {
			line(own.Hint)
		}
	}
}

// manyFields ends the sentence that lombard.Invalid makes of several bad fields.
const manyFields = "fields of the request are wrong."

// headline is what stands above several bad fields.
func headline(e *lombard.Error) string {
	if strings.Contains(e.Message, manyFields) {
		return fmt.Sprintf("%s values are wrong.", count(len(e.Fields)+e.More))
	}
	return e.Message
}

// hintBeside returns the error's hint unless the field's sentence says it.
func hintBeside(e *lombard.Error, f lombard.FieldError) string {
	if strings.Contains(f.Message, e.Hint) {
		return ""
	}
	return e.Hint
}

// fieldSentence says what is wrong with one field.
func fieldSentence(d *draft, f lombard.FieldError) string {
	f = forFlag(flagOf(d, f.Field), f)
	name := nameOf(d, f.Field)
	text, joint := strings.TrimSpace(f.Message), ": "
	shown := valueText(f.Value)
	named := strings.ContainsFunc(shown, unicode.IsLetter) && strings.Contains(text, shown)
	if shown != "" && !named { // a sentence about a name mostly has it
		shown = " " + shown
	} else {
		shown = ""
	}
	if rest, ok := strings.CutPrefix(text, f.Field+" "); ok {
		text, joint = strings.TrimSpace(rest), " " // the sentence goes on from the name
	}
	if f.Suggestion != "" && !strings.Contains(text, f.Suggestion) {
		text = join(text, fmt.Sprintf("Try %s.", asGiven(d, f.Field, f.Suggestion)))
	}
	return name + shown + joint + text
}

// forFlag words a complaint for somebody who gave a flag rather than JSON.
func forFlag(flag string, f lombard.FieldError) lombard.FieldError {
	switch {
	case flag == "":
	case f.Code == lombard.CodeRequired:
		f.Message = f.Field + " is required."
		if other := flagFor(otherOf(f.Field)); other != "" {
			f.Message = fmt.Sprintf("%s is required (or %s).", f.Field, other)
		}
	case f.Code == lombard.CodeWrongType:
		if given, ok := f.Value.(string); ok && f.Suggestion == "" {
			f.Suggestion = numberMeant(given)
		}
		if flag == "--vol" {
			f.Message = f.Field + " must be a fraction a year such as 0.2, or realised."
		}
	case otherOf(f.Field) != "":
		other := otherOf(f.Field)
		f.Message = strings.ReplaceAll(f.Message, "beside "+other, "beside "+flagFor(other))
	}
	return f
}

// asGiven shows a suggestion in the form the value was given in.
func asGiven(d *draft, path, suggestion string) string {
	if flag := flagOf(d, path); flag != "" {
		return flag + " " + suggestion
	}
	return suggestion
}

// nameOf returns what the user calls a field: the flag it came from, the line
// of the file, or, when it is missing, how to give it.
func nameOf(d *draft, path string) string {
	if flag := flagOf(d, path); flag != "" {
		return flag
	}
	if d == nil {
		return path
	}
	if v := d.origin(path); v != nil && v.line > 0 && d.file != "" {
		return fmt.Sprintf("%s:%d: %s", d.file, v.line, path)
	}
	if d.file == "" {
		return path
	}
	return fmt.Sprintf("%s: %s", d.file, path)
}

// ofScenario returns the path of a field within a scenario, which a study has
// within its own request.
func ofScenario(path string) string { return strings.TrimPrefix(path, "scenario.") }

// otherOf returns the field that states the same in another way, if there is one.
func otherOf(path string) string { return lombard.OtherOf(ofScenario(path)) }

// flagOf returns the flag that set a field, or that would when there is no
// file; empty when the file is where to look.
func flagOf(d *draft, path string) string {
	if d == nil {
		return ""
	}
	if v := d.origin(path); v != nil && (v.flag != "" || d.file != "") {
		return v.flag
	}
	if d.file != "" {
		return ""
	}
	switch ofScenario(path) {
	case "template_slug", "template_slugs", "template":
		return "--template"
	case "assumptions.vol", "assumptions.vol.value", "assumptions.vol.model":
		return "--vol"
	}
	return flagFor(path)
}

// flagFor returns the flag of one value that gives a field; empty for none.
func flagFor(path string) string {
	path = ofScenario(path)
	for _, def := range scenarioFields {
		if def.path == path {
			return "--" + def.flag
		}
	}
	return ""
}

// valueText shows a value that was sent, shortened; empty for none.
func valueText(v any) string {
	if v == nil {
		return ""
	}
	text, ok := v.(string)
	if !ok {
		encoded, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		text = strings.Trim(string(encoded), `"`)
	}
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "..."
	}
	if text == "" || strings.ContainsAny(text, " \t\n") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return fmt.Sprintf("%q", text)
	}
	return text
}

// join puts sentences together.
func join(sentences ...string) string {
	var said []string
	for _, s := range sentences {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, " ")
}

// sentence gives text a capital letter and a full stop.
func sentence(text string) string {
	if text == "" {
		return "Something went wrong."
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	return text
}
