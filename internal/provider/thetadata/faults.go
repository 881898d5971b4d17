package thetadata

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"lombard.example/lombard"
	"lombard.example/lombard/internal/vendorhttp"
)

// The terminal's own statuses.
const (
	statusPermission   = 471
	statusNoData       = 472
	statusDisconnected = 474
	statusOtherAddress = 476
	statusTwoTerminals = 478
	statusTooLarge     = 570
	statusStarting     = 571
)

var errNoData = errors.New("the terminal has no data")

// word turns what went wrong into the sentence of its kind. The answer may be
// there beside an error: its status says more than that it failed.
func (v *Vendor) word(ctx context.Context, a vendorhttp.Answer, err error) error {
	if ctx.Err() != nil {
		return err
	}
	if dial := new(net.OpError); errors.As(err, &dial) && dial.Op == "dial" {
		return busy(vendorhttp.CodeDown, fmt.Sprintf("The ThetaData terminal does not answer at %s.", v.address()), "Start it, or set "+Variable+".", err)
	}
	switch a.Status {
	case statusStarting:
		return busy(vendorhttp.CodeBusy, "The ThetaData terminal is still starting.", "Wait a minute, then try again.", err)
	case statusDisconnected:
		return busy(vendorhttp.CodeDown, "The ThetaData terminal has lost its connection.", "Wait until it has connected again, or restart it.", err)
	case statusOtherAddress, statusTwoTerminals:
		return &lombard.Error{
			Kind: lombard.KindVendorAuth, Code: vendorhttp.CodeAuth, Err: err,
			Message: "The ThetaData terminal refuses this session.",
			Hint:    fmt.Sprintf("Run one terminal only, restart it, and ask it always under the same address (%s).", v.address()),
		}
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, statusPermission:
		return vendorhttp.NotLicensed(title, 0, err)
	case statusTooLarge:
		return vendorhttp.Refused(title, a.Status, err)
	}
	if rejected := new(vendorhttp.Rejection); errors.As(err, &rejected) {
		return v.client.Refusal(rejected)
	}
	return err
}

func busy(code, message, hint string, err error) error {
	return &lombard.Error{Kind: lombard.KindVendorBusy, Code: code, Message: message, Hint: hint, Err: err}
}

// address is the terminal's, without a password that may stand in it.
func (v *Vendor) address() string {
	u, err := url.Parse(v.client.Base)
	if err != nil {
		return "its address"
	}
	return u.Redacted()
}
