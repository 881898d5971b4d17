// Package vendorhttp is how the program talks to vendors of market data over HTTP:
// bounded, retried where that can help, suspicious of every answer. What went
// wrong is said in our own words, made from facts and never from a vendor's
// prose, and no key is ever in it.
package vendorhttp

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"lombard.example/lombard"
)

// Codes of the errors that vendors cause.
const (
	CodeAuth        = "vendor_key_rejected"
	CodeNoKey       = "vendor_key_missing"
	CodePayment     = "vendor_out_of_credit"
	CodeEntitlement = "vendor_not_licensed"
	CodeBusy        = "vendor_busy"
	CodeDown        = "vendor_unavailable"
	CodeAnswer      = "vendor_answer"
)

// KeyMissing is the error of a vendor that needs a key and was given none.
func KeyMissing(title, variable string) error {
	return &lombard.Error{
		Kind: lombard.KindVendorAuth, Code: CodeNoKey,
		Message: fmt.Sprintf("There is no key for %s.", title),
		Hint:    fmt.Sprintf("Put it in the environment variable %s or in the keys file, or use another source.", variable),
	}
}

// KeyRejected is the error of a key that the vendor does not accept.
func KeyRejected(title, variable string, detail error) error {
	return &lombard.Error{
		Kind: lombard.KindVendorAuth, Code: CodeAuth, Err: detail,
		Message: fmt.Sprintf("The %s key was rejected.", title),
		Hint:    fmt.Sprintf("Check the key in %s, and that it is active.", variable),
	}
}

// OutOfCredit is the error of an account that cannot pay.
func OutOfCredit(title string, detail error) error {
	return &lombard.Error{
		Kind: lombard.KindVendorAuth, Code: CodePayment, Err: detail,
		Message: fmt.Sprintf("The account at %s is out of credit.", title),
		Hint:    "Add credit there, or use another source.",
	}
}

// NotLicensed is the error of data beyond what the account may use: from a date
// on, where one is known.
func NotLicensed(title string, upTo lombard.Date, detail error) error {
	if upTo.IsZero() {
		return &lombard.Error{
			Kind: lombard.KindVendorAuth, Code: CodeEntitlement, Err: detail,
			Message: fmt.Sprintf("The account at %s is not licensed for this data.", title),
			Hint:    "Ask for the licence there, choose an earlier end date, or use another source.",
		}
	}
	message := fmt.Sprintf("Your plan at %s covers data up to %s.", title, upTo)
	hint := fmt.Sprintf("Please set end date to %s or earlier.", upTo)
	return &lombard.Error{
		Kind: lombard.KindDataUnavailable, Code: CodeEntitlement, Err: detail, Message: message, Hint: hint,
		Fields: []lombard.FieldError{{Field: "end_date", Code: lombard.CodeOutOfRange, Message: message + " " + hint, Suggestion: upTo.String()}},
	}
}

// UnknownSymbol is the error of a symbol that the vendor does not know.
func UnknownSymbol(title, dataset, symbol string, detail error) error {
	where := title
	if dataset != "" {
		where += "'s dataset " + dataset
	}
	message := fmt.Sprintf("The symbol %s is unknown in %s for these dates. Check how it is written there, and when it was listed.", symbol, where)
	return &lombard.Error{
		Kind: lombard.KindValidation, Code: lombard.CodeUnknown, Err: detail, Message: message,
		Fields: []lombard.FieldError{{Field: "symbol", Value: symbol, Code: lombard.CodeUnknown, Message: message}},
	}
}

// Busy is the error of a vendor that asks to wait longer than a run does.
func Busy(title string, wait time.Duration, detail error) error {
	hint := "Try again in a minute."
	if wait > 0 {
		hint = fmt.Sprintf("Try again in %s.", wait.Round(time.Second))
	}
	return &lombard.Error{Kind: lombard.KindVendorBusy, Code: CodeBusy, Err: detail, Message: fmt.Sprintf("%s is busy and asks to wait.", title), Hint: hint}
}

const notAvailable = " is not available at the moment"

// Reason says in a few words, without a full stop, why a call or a run is tried
// again.
func Reason(e *lombard.Error) string {
	if title, down := strings.CutSuffix(e.Message, notAvailable+"."); down && e.Code == CodeDown {
		return title + " does not answer"
	}
	return strings.TrimSuffix(e.Message, ".")
}

// Down is the error of a vendor that cannot be reached or fails inside.
func Down(title string, detail error) error {
	return &lombard.Error{
		Kind: lombard.KindVendorBusy, Code: CodeDown, Err: detail,
		Message: title + notAvailable + ".", Hint: "Try again in a few minutes, or use another source.",
	}
}

// Malformed is the error of an answer that is not what the vendor promises;
// what continues the sentence.
func Malformed(title, what string, detail error) error {
	return &lombard.Error{
		Kind: lombard.KindDataUnavailable, Code: CodeAnswer, Err: detail,
		Message: fmt.Sprintf("%s answered with %s; nothing of it was stored.", title, what),
		Hint:    "Try again later, or use another source. If it stays so, the vendor has changed its answers: please report it.",
	}
}

// Malformed is the error of an answer whose words may stand in what and detail:
// the key is taken out of both.
func (c *Client) Malformed(what string, detail error) error {
	const longest = 200
	return Malformed(c.Title, c.Redact(what, longest), c.clean(detail))
}

// Refusal is the error of a rejection by its status alone, where the vendor's
// own words say nothing more.
func (c *Client) Refusal(r *Rejection) error {
	switch {
	case r.Status == http.StatusUnauthorized && c.Variable != "" && c.Secret != "":
		return KeyRejected(c.Title, c.Variable, r)
	case r.Status == http.StatusForbidden && c.Variable != "" && c.Secret != "":
		return NotLicensed(c.Title, 0, r)
	default:
		return Refused(c.Title, r.Status, r)
	}
}

// Refused is the error of a request that the vendor refuses by a status: of 402
// the account's, of others the request's.
func Refused(title string, status int, detail error) error {
	if status == http.StatusPaymentRequired {
		return OutOfCredit(title, detail)
	}
	return &lombard.Error{
		Kind: lombard.KindDataUnavailable, Code: CodeAnswer, Err: detail,
		Message: fmt.Sprintf("%s refused the request (status %d).", title, status),
		Hint:    "Check the symbol, the dates and the dataset, or use another source.",
	}
}
