package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// parseAnnotation reads the change of a job strictly: unknown keys and wrong
// types are one validation error, a repeated key is malformed.
func parseAnnotation(body []byte) (app.Annotation, error) {
	members, err := parseObject(body)
	if err != nil {
		return app.Annotation{}, err
	}
	var change app.Annotation
	var bad []lombard.FieldError
	for _, m := range members {
		var err error
		want := "a string"
		switch m.name {
		case "name":
			err = decodeInto(m.value, &change.Name)
		case "note":
			err = decodeInto(m.value, &change.Note)
		case "tags":
			want = "a list of strings"
			err = decodeInto(m.value, &change.Tags)
		default:
			bad = append(bad, lombard.FieldError{
				Field: m.name, Value: m.value, Code: lombard.CodeUnknownField,
				Message: fmt.Sprintf("%s is not a known field. Known are name, note, tags.", m.name),
			})
		}
		if err != nil {
			bad = append(bad, lombard.FieldError{
				Field: m.name, Value: m.value, Code: lombard.CodeWrongType, Message: fmt.Sprintf("%s must be %s.", m.name, want),
			})
		}
	}
	return change, lombard.Invalid(bad)
}

type objectMember struct {
	name  string
	value json.RawMessage
}

// parseObject reads one JSON object and nothing after it.
func parseObject(body []byte) ([]objectMember, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	broken := func(err error) error {
		return &lombard.Error{
			Kind: lombard.KindMalformed, Code: "malformed_json", Err: err,
			Message: fmt.Sprintf("The body is not one JSON object (near byte %d).", dec.InputOffset()), Hint: "Send one object with name, note or tags.",
		}
	}
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil, broken(err)
	}
	var members []objectMember
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, broken(err)
		}
		m := objectMember{}
		m.name, _ = token.(string)
		if seen[m.name] {
			return nil, &lombard.Error{Kind: lombard.KindMalformed, Code: "malformed_json", Message: fmt.Sprintf("The key %q appears twice.", m.name)}
		}
		seen[m.name] = true
		if err := dec.Decode(&m.value); err != nil {
			return nil, broken(err)
		}
		members = append(members, m)
	}
	if _, err := dec.Token(); err != nil {
		return nil, broken(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, broken(err)
	}
	return members, nil
}

var errNull = errors.New("the value is null")

// decodeInto reads a value that is not null, nor a list with a null in it:
// encoding/json would take both for the zero value.
func decodeInto[T any](value json.RawMessage, to **T) error {
	var plain any
	if err := json.Unmarshal(value, &plain); err != nil {
		return err
	}
	if hasNull(plain) {
		return errNull
	}
	return json.Unmarshal(value, to)
}

func hasNull(value any) bool {
	items, ok := value.([]any)
	if !ok {
		return value == nil
	}
	for _, item := range items {
		if item == nil {
			return true
		}
	}
	return false
}
