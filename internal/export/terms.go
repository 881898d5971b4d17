package export

import (
	"bytes"
	"encoding/json"
	"fmt"

	"lombard.example/lombard"
)

// terms calls write with every field of a resolved request, lists and inline
// templates as their JSON.
func terms(asked lombard.Scenario, write func(label string, values ...known) error) error {
	encoded, err := json.Marshal(asked)
	if err != nil {
		return fmt.Errorf("encode the request: %w", err)
	}
	return walkTerms(encoded, "", write)
}

func walkTerms(encoded []byte, name string, write func(label string, values ...known) error) error {
	if encoded[0] != '{' || name == "template" {
		var value any = string(encoded)
		if encoded[0] != '[' && encoded[0] != '{' {
			if err := json.Unmarshal(encoded, &value); err != nil {
				return fmt.Errorf("read the request: %w", err)
			}
		}
		return write(name, known{value: value})
	}
	d := json.NewDecoder(bytes.NewReader(encoded))
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("read the request: %w", err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("read the request: %w", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("read the request: %w", err)
		}
		label := fmt.Sprint(key)
		if name != "" {
			label = name + "." + label
		}
		if err := walkTerms(value, label, write); err != nil {
			return err
		}
	}
	return nil
}
