package lombard_test

import (
	"errors"
	"fmt"
	"testing"

	"lombard.example/lombard"
)

func TestErrorIsItsSentences(t *testing.T) {
	field := lombard.FieldError{Field: "loan_amount", Message: "loan_amount must be above 0."}
	other := lombard.FieldError{Field: "symbol", Message: "symbol is required."}
	for _, row := range []struct {
		name string
		err  error
		want string
	}{
		{"message and hint", &lombard.Error{Message: "No data.", Hint: "Choose a later start."}, "No data. Choose a later start."},
		{"one field lends its sentence", lombard.Invalid([]lombard.FieldError{field}), "loan_amount must be above 0."},
		{"several fields are all told", lombard.Invalid([]lombard.FieldError{field, other}), "2 fields of the request are wrong. loan_amount: loan_amount must be above 0. symbol: symbol is required."},
	} {
		if got := row.err.Error(); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestInvalidWithoutFieldsIsNoError(t *testing.T) {
	if err := lombard.Invalid(nil); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestKindAndCauseSurviveWrapping(t *testing.T) {
	cause := errors.New("connection reset")
	err := fmt.Errorf("fetch GLD: %w", &lombard.Error{Kind: lombard.KindVendorBusy, Message: "Busy.", Err: cause})
	if lombard.KindOf(err) != lombard.KindVendorBusy || !errors.Is(err, cause) {
		t.Errorf("kind %s, cause lost: %v", lombard.KindOf(err), !errors.Is(err, cause))
	}
	if lombard.KindOf(cause) != lombard.KindInternal {
		t.Error("an error that is not ours must be internal")
	}
}
