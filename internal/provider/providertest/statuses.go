package providertest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lombard.example/lombard"
)

// kinds are those that the error of a status may have. A vendor has statuses of
// its own, which it words; the rest follows from what the status means.
func kinds(status int) []lombard.Kind {
	const auth, data, busy, bad = lombard.KindVendorAuth, lombard.KindDataUnavailable, lombard.KindVendorBusy, lombard.KindValidation
	switch {
	case status == http.StatusPaymentRequired:
		return []lombard.Kind{auth}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return []lombard.Kind{auth, data}
	case status == http.StatusNotFound:
		return []lombard.Kind{bad, data}
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500 && status < 570:
		return []lombard.Kind{busy}
	case status < 400:
		return []lombard.Kind{data}
	default:
		return []lombard.Kind{auth, data, busy, bad}
	}
}

// Names of answers that are treated apart: one may be a success, one has to be
// waited for.
const (
	empty   = "an empty body"
	silence = "no answer"
)

// odd are answers with a status of success that nobody can use, and silence.
func odd() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		empty: func(http.ResponseWriter, *http.Request) {},
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "<!doctype html><h1>Sign in</h1>")
		},
		"a body that breaks off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `[{"date":`)
			panic(http.ErrAbortHandler)
		},
		silence: func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
	}
}

// wordsEveryStatus answers the first call, and then the last one, with every
// status from 300 to 599 and with answers that are none.
func wordsEveryStatus(t testing.TB, s subject) error {
	t.Helper()
	calls, err := s.wellBehaved(t)
	if err != nil {
		return err
	}
	read := s.reader(t)
	for _, from := range slices.Compact([]int{0, calls - 1}) {
		try := func(name string, fault http.HandlerFunc, allowed []lombard.Kind) error {
			bad := newStand(t, s.handler, fault, from)
			defer bad.Close()
			c := impatient()
			if name == silence {
				c.Patience = 200 * time.Millisecond
			}
			err := read(t.Context(), bad.URL, c)
			if err == nil && name == empty {
				return nil // a day without quotes
			}
			own, ok := errors.AsType[*lombard.Error](err)
			if !ok || !slices.Contains(allowed, own.Kind) {
				return fmt.Errorf("%s from call %d on: %s, %w; want one of %v", name, from+1, lombard.KindOf(err), err, allowed)
			}
			const tries = 3 + 1 // of ours, and one of package net/http on a connection that was kept
			if asked := bad.asked(); asked > from+tries {
				return fmt.Errorf("%s from call %d on: %d calls", name, from+1, asked)
			}
			return saidOnce(own)
		}
		for status := 300; status < 600; status++ {
			fault := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
			if err := try(fmt.Sprintf("status %d", status), fault, kinds(status)); err != nil {
				return err
			}
		}
		for name, fault := range odd() {
			read = s.reader(t) // a success would be stored
			allowed := []lombard.Kind{lombard.KindDataUnavailable, lombard.KindVendorBusy, lombard.KindValidation}
			if err := try(name, fault, allowed); err != nil {
				return err
			}
		}
	}
	return nil
}

// saidOnce checks that an error is sentences, each of which is said once.
func saidOnce(e *lombard.Error) error {
	text := e.Error()
	if !strings.HasSuffix(text, ".") {
		return fmt.Errorf("no full stop ends %q", text)
	}
	said := strings.Split(strings.TrimSuffix(text, "."), ". ")
	slices.Sort(said)
	if len(slices.Compact(slices.Clone(said))) < len(said) {
		return fmt.Errorf("a sentence stands twice in %q", text)
	}
	return nil
}
