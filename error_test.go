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
		{"a field that repeats message and hint", &lombard.Error{
			Message: "Data not available before 2010-06-06.", Hint: "Please set start date to 2010-06-06 or later.",
			Fields: []lombard.FieldError{{Field: "start_date", Message: "Data not available before 2010-06-06. Please set start date to 2010-06-06 or later."}},
		}, "Data not available before 2010-06-06. Please set start date to 2010-06-06 or later."},
		{"fields that repeat the message and say more", &lombard.Error{
			Message: "There are quotes from A to B.", Hint: "Choose dates between.",
			Fields: []lombard.FieldError{{Field: "start_date", Message: "There are quotes from A to B. Start at A."}, {Field: "end_date", Message: "There are quotes from A to B. End at B."}},
		}, "There are quotes from A to B. Choose dates between. start_date: Start at A. end_date: End at B."},
		{"two fields with one fault", &lombard.Error{
			Message: "2 fields of the request are wrong.",
			Fields:  []lombard.FieldError{{Field: "a", Message: "It must be a date."}, {Field: "b", Message: "It must be a date."}},
		}, "2 fields of the request are wrong. a: It must be a date. b: It must be a date."},
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
