package httpapi

import (
	"encoding/json"
	"fmt"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/app"
)

// parseAnnotation reads the change of a job strictly: unknown keys and wrong
// types are one validation error, a repeated key is malformed.
func parseAnnotation(body []byte) (app.Annotation, error) {
	members, fault := lombard.Members(body)
	if fault != nil {
		return app.Annotation{}, fault.Of("The body")
	}
	var change app.Annotation
	var bad []lombard.FieldError
	for _, m := range members {
		ok, want := true, "a string"
		switch m.Key {
		case "name":
			ok = decodeInto(m.Value, &change.Name)
		case "note":
			ok = decodeInto(m.Value, &change.Note)
		case "tags":
			want = "a list of strings"
			ok = decodeInto(m.Value, &change.Tags)
		default:
			field := lombard.Cut(m.Key)
			bad = append(bad, lombard.FieldError{
				Field: field, Value: m.Value, Code: lombard.CodeUnknownField,
				Message: fmt.Sprintf("%s is not a known field. Known are name, note, tags.", field),
			})
		}
		if !ok {
			bad = append(bad, lombard.FieldError{
				Field: m.Key, Value: m.Value, Code: lombard.CodeWrongType, Message: fmt.Sprintf("%s must be %s.", m.Key, want),
			})
		}
	}
	return change, lombard.Invalid(bad)
}

// decodeInto reads a value that is not null, nor a list with a null in it:
// encoding/json would take both for the zero value.
func decodeInto[T any](value json.RawMessage, to **T) bool {
	var plain any
	return json.Unmarshal(value, &plain) == nil && !hasNull(plain) && json.Unmarshal(value, to) == nil
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
